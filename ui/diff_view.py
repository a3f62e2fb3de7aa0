"""What differs: two wordings, two rules, two versions of a rubric, as HTML. Pure.

Knows how a person reads a change: before and after, each named in words, with the changed words marked by line and
weight and never by colour alone. Refuses to decide what a change means: that is `rubric_diff`'s word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from mmjudge.rubric_diff import Change, Meaning, meaning_of
from mmjudge.types import Example, Grade, Precondition, Question, Rubric, Rule
from mmjudge.ui import words
from mmjudge.ui.markup import esc, icon, isolated

MOST_TOKENS = 1500
"""Words of a text up to which single words are compared; a longer one is shown as a whole."""

_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")

FIELDS = {
    "id": "short name",
    "title": "title",
    "source": "source",
    "licence": "licence",
    "text": "policy text",
    "objective_text": "objective text",
    "objectiveness": "rating",
    "category": "category",
    "severity": "severity",
    "modalities": "where it can show",
    "preconditions": "chain",
    "grades": "what makes it more severe",
    "examples": "examples",
    "reuses": "shared chain",
}
"""The fields of a rule and a rubric, as people are told."""

MEANINGS: dict[Meaning, str] = {
    "nothing": "Verdicts that are stored stand as they are.",
    "redecide": "Verdicts that are stored can be decided again by arithmetic; no model has to be asked.",
    "rejudge": "Something has to be asked anew before stored items are decided again.",
}


def marked(before: str, after: str) -> tuple[str, str]:
    """Both texts as HTML, what is only in one of them within del and ins."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(old), len(new)) > MOST_TOKENS:
        return _cut("del", before), _cut("ins", after)
    left, right = "", ""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        left += esc(gone) if kind == "equal" else _cut("del", gone)
        right += esc(come) if kind == "equal" else _cut("ins", come)
    return left, right


def _cut(tag: str, text: str) -> str:
    said = {"del": "removed", "ins": "added"}[tag]
    return f'<{tag}><span class="sr">[{said}: </span>{esc(text)}<span class="sr">]</span></{tag}>' if text else ""


def before_after_html(before: str, after: str, first: str = "Before", second: str = "After") -> str:
    """Two wordings under each other, each with its name; one line where they are the same."""
    if before == after:
        return f'<dl class="mm-pair"><dt>Unchanged</dt><dd dir="auto">{esc(after)}</dd></dl>'
    left, right = marked(before, after)
    none = '<span class="mm-quiet">nothing</span>'
    return (
        f'<dl class="mm-pair"><dt>{esc(first)}</dt><dd class="was" dir="auto">{left or none}</dd>'
        f'<dt>{esc(second)}</dt><dd class="is" dir="auto">{right or none}</dd></dl>'
    )


def legend_html() -> str:
    """How the marks are to be read."""
    return (
        '<p class="mm-diff-legend mm-quiet"><del>Struck through</del> is taken away, <ins>underlined</ins> is new.</p>'
    )


# --- two versions of a rubric -----------------------------------------------------------------------------------


def changes_html(old: Rubric, new: Rubric, changes: Sequence[Change], heading: str = "What changed") -> str:
    """All changes with what each means, the gravest meaning first in a sentence."""
    if not changes:
        return '<p class="mm-quiet">The rules and the words of the rubric are the same.</p>'
    rules = {rule.id: rule for rule in (*old.rules, *new.rules)}
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    parts = "".join(
        _rubric_words(old, new, change)
        if not change.rule_id
        else _change_html(change, before.get(change.rule_id), after.get(change.rule_id), rules[change.rule_id])
        for change in changes
    )
    return (
        f'<section class="mm-changes" aria-label="{esc(heading)}"><h3>{esc(heading)}</h3>'
        f'<p class="mm-meaning {meaning_of(changes)}">{esc(summary(changes))}</p>{legend_html()}{parts}</section>'
    )


def summary(changes: Sequence[Change]) -> str:
    """How many rules are new, changed and gone, and what that means at most."""
    counts = {
        kind: sum(c.kind == kind and bool(c.rule_id) for c in changes) for kind in ("added", "changed", "removed")
    }
    said = [words.plural(n, f"rule {kind}", f"rules {kind}") for kind, n in counts.items() if n]
    said = said or ["only the rubric's own words changed"]
    asked = sum(len(change.questions) for change in changes)
    text = f"{', '.join(said)}. {MEANINGS[meaning_of(changes)]}"
    if asked:
        text += f" {words.plural(asked, 'question is', 'questions are')} new or reworded."
    return text[:1].upper() + text[1:]


def _change_html(change: Change, before: Rule | None, after: Rule | None, rule: Rule) -> str:
    kinds = {"added": "new", "removed": "removed", "changed": "changed"}
    body = "" if before is None or after is None else rule_changes_html(before, after, change.fields)
    if after is None or before is None:
        body = f'<p class="mm-rule-text" dir="auto">{esc((after or before or rule).objective_text)}</p>'
    return (
        f'<div class="mm-change {change.kind}"><h4>{isolated(words.rule_name(rule))} '
        f'<span class="mm-tag">{kinds[change.kind]}</span></h4>{body}{meaning_html(change, after)}</div>'
    )


def _rubric_words(old: Rubric, new: Rubric, change: Change) -> str:
    rows = "".join(
        f'<p class="mm-step">{FIELDS[f].capitalize()}</p>'
        + before_after_html(str(getattr(old, f)), str(getattr(new, f)))
        for f in change.fields
    )
    return (
        f'<div class="mm-change changed"><h4>The rubric itself <span class="mm-tag">changed</span></h4>{rows}'
        f"{meaning_html(change, None)}</div>"
    )


def meaning_html(change: Change, rule: Rule | None) -> str:
    """What a change means for verdicts that are stored, and which questions have to be asked."""
    asks = {q.id: q.ask for q in _asked(rule)} if rule else {}
    if change.kind == "added":
        said = f"New: its {words.plural(len(change.questions), 'question has', 'questions have')} to be asked."
    elif change.kind == "removed":
        said = "Gone: stored verdicts can be decided again without it; no model has to be asked."
    elif change.questions:
        said = "To be asked:"
    elif change.meaning == "rejudge":
        said = "The rule has to be measured anew: how it is found relevant, or where it can show, changed."
    else:
        said = MEANINGS[change.meaning]
    listed = ""
    if change.kind == "changed" and change.questions:
        listed = "".join(f'<li dir="auto">{esc(asks.get(i, i))}</li>' for i in change.questions)
        listed = f'<ul class="mm-asked">{listed}</ul>'
    return f'<div class="mm-means {change.meaning}"><p>{icon("idle")}<span>{esc(said)}</span></p>{listed}</div>'


def _asked(rule: Rule) -> Iterable[Question]:
    return (*rule.questions, *(grade.question for grade in rule.grades))


# --- one rule ---------------------------------------------------------------------------------------------------


def rule_changes_html(before: Rule, after: Rule, fields: Sequence[str]) -> str:
    """The fields of one rule that differ, each before and after."""
    return "".join(_field(before, after, name) for name in fields)


def _field(before: Rule, after: Rule, name: str) -> str:
    head = f'<p class="mm-step">{FIELDS[name].capitalize()}</p>'
    if name == "preconditions":
        return head + chain_changes_html(before.preconditions, after.preconditions)
    return head + before_after_html(_value(before, name), _value(after, name))


def _value(rule: Rule, name: str) -> str:
    value = getattr(rule, name)
    if name == "objectiveness":
        return f"{value} of 10" if value else "not rated"
    if name == "severity":
        return words.SEVERITIES.get(value, str(value))
    if name == "modalities":
        return ", ".join(value)
    if name == "grades":
        return " ".join(_grade(grade) for grade in value)
    if name == "examples":
        return " ".join(_example(example) for example in value)
    return str(value)


def _grade(grade: Grade) -> str:
    return f"{words.SEVERITIES[grade.severity].capitalize()} where: {grade.question.ask}"


def _example(example: Example) -> str:
    asked = f"asked “{example.prompt}”, answered " if example.prompt else ""
    return f"{'Breaks it' if example.violates else 'Does not'}: {asked}“{example.text}”."


def chain_changes_html(before: Sequence[Precondition], after: Sequence[Precondition]) -> str:
    """Question by question: the same, reworded, new, gone; and whether they are grouped otherwise."""
    old, new = _places(before), _places(after)
    rows = []
    for key, (place, question) in new.items():
        if key not in old:
            rows.append(_row("new", place, _cut("ins", question_words(question))))
        elif question_words(old[key][1]) != question_words(question):
            inside = before_after_html(question_words(old[key][1]), question_words(question))
            rows.append(_row("changed", place, inside))
        elif old[key][0] != place:
            rows.append(_row("moved", place, esc(question_words(question))))
    rows += [_row("gone", p, _cut("del", question_words(q))) for key, (p, q) in old.items() if key not in new]
    if not rows:
        return '<p class="mm-quiet">The same questions; only what they are called differs.</p>'
    return f'<ul class="mm-chain-diff">{"".join(rows)}</ul>'


def _places(chain: Sequence[Precondition]) -> dict[str, tuple[int, Question]]:
    """Question id -> the number of its precondition, from 1, and the question."""
    return {q.id: (n, q) for n, precondition in enumerate(chain, 1) for q in precondition.any_of}


def _row(kind: str, place: int, inside: str) -> str:
    return f'<li class="{kind}"><span class="mm-tag">{kind}</span> <b>Condition {place}</b> {inside}</li>'


def question_words(question: Question) -> str:
    """A question on one line: its statement, the answer that speaks for a violation where it is no, and its objects."""
    said = question.ask if question.expect else f"{question.ask} (must be answered no)"
    return f"{said} [looks for: {', '.join(question.about)}]" if question.about else said

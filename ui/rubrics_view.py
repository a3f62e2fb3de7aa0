"""The rubrics as a list, the head of the one that lies open, and its rules, as HTML. Pure.

Knows how a rule is told to somebody who does not programme. Refuses to read files and to judge wording: hints come from
`lint`. Every word of a rubric is a stranger's word and is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.library import Entry
from mmjudge.lint import OBJECTIVE, Hint
from mmjudge.truth_table import (
    clearing_sentence,
    rule_sentence,
    sufficient_to_clear,
    violating_answers,
    violation_sentence,
    ways,
)
from mmjudge.types import Example, Rubric, Rule
from mmjudge.ui import words
from mmjudge.ui.desk import Desk
from mmjudge.ui.lint_view import hints_html
from mmjudge.ui.markup import esc, icon, isolated, shortened
from mmjudge.ui.tree_view import tree_html

MOST_WAYS = 3
"""Sets of answers that are written out one by one; a chain with more is told condition by condition."""

WELCOME = """<section class="mm-welcome"><h2>What is judged, and by which rules</h2>
<p>A rubric is a set of rules. Each rule is broken when a short chain of yes/no questions comes out, so that two people
who look at the same thing give the same answer. Open one from the list, or make one of your own.</p>
<ol><li><strong>Rules</strong> shows every rule, its chain, and when it is a violation.</li>
<li><strong>Edit</strong> changes the text, marks wording that people would read differently, and says what a change
means before it is saved.</li>
<li><strong>Objectify</strong> lets a model propose a wording two people would read alike; you decide.</li>
<li><strong>Try</strong> judges an example by one rule and shows every answer.</li>
<li><strong>History</strong> keeps every version: nothing is ever lost.</li></ol></section>"""


# --- the list -------------------------------------------------------------------------------------------------------


def list_html(entries: Sequence[Entry], chosen: str, searched: bool = False) -> str:
    """The rubrics as buttons, own ones first; a file that cannot be read stands there with why."""
    own = [entry for entry in entries if entry.own]
    others = [entry for entry in entries if not entry.own]
    if not entries:
        return '<p class="mm-empty" role="status">No rubric has these words. Try others, or clear the search.</p>'
    none = "" if searched else '<p class="mm-quiet">None yet: “New rubric” makes one.</p>'
    mine = _group("Your rubrics", own, chosen) if own else f"<h3>Your rubrics</h3>{none}" if none else ""
    return f'<nav class="mm-shelf" aria-label="Rubrics">{mine}{_group("Shipped, read-only", others, chosen)}</nav>'


def _group(title: str, entries: Sequence[Entry], chosen: str) -> str:
    if not entries:
        return ""
    rows = "".join(_entry(entry, chosen) for entry in entries)
    return f'<h3>{title} <span class="mm-count">{len(entries)}</span></h3><ul>{rows}</ul>'


def _entry(entry: Entry, chosen: str) -> str:
    if entry.error and not entry.revision:  # no id to open it by
        return (
            f'<li class="mm-broken-file"><strong>{isolated(entry.id)}</strong><p dir="auto">{esc(entry.error)}</p></li>'
        )
    facts = [words.plural(entry.rules, "rule")] if entry.rules else []
    facts += ["yours" if entry.own else "read-only"]
    facts += [f"revision {entry.number}{f' by {shortened(entry.by, 24)}' if entry.by else ''}"] if entry.number else []
    told = f"<code>{esc(entry.id)}</code> {' · '.join(isolated(fact) for fact in facts)}"
    broken = f'<span class="mm-broken">{icon("controversial")}Cannot be read: open it to repair it</span>'
    current = ' aria-current="true"' if entry.id == chosen else ""
    return (
        f'<li><button type="button" class="mm-book" data-act="open" data-rubric="{esc(entry.id)}"{current}>'
        f"<strong>{isolated(entry.title or entry.id)}</strong>"
        f'<span class="mm-book-facts">{told}</span>'
        f"{broken if entry.error else ''}</button></li>"
    )


def fits(entry: Entry, rubric: Rubric | None, search: str) -> bool:
    """Whether all words stand somewhere in a rubric's names and rules."""
    rules = rubric.rules if rubric else ()
    held = [entry.id, entry.title, entry.by, *(f"{r.id} {r.category} {r.text} {r.objective_text}" for r in rules)]
    said = " ".join(held).casefold()
    return all(word in said for word in search.casefold().split())


# --- the rubric that lies open --------------------------------------------------------------------------------------


def head_html(desk: Desk) -> str:
    """What lies open: its title, whose it is, which version, and where to go with it."""
    rubric = desk.rubric
    title = rubric.title if rubric else desk.id
    whose = f"yours, revision {desk.number}" if desk.own else "shipped, read-only"
    facts = [f"<code>{esc(desk.id)}</code>", esc(whose)]
    if rubric:
        facts += [esc(words.plural(len(rubric.rules), "rule")), f"version {esc(rubric.version[:8])}"]
    judge = f'<a class="mm-link" href="./?rubric={esc(desk.id)}">Judge by it</a>' if rubric else ""
    about = f'<p class="mm-source" dir="auto">{esc(rubric.source)}</p>' if rubric and rubric.source else ""
    about += f'<p class="mm-source">Licence: {esc(rubric.licence)}</p>' if rubric and rubric.licence else ""
    more = f'<details class="mm-about"><summary>About this rubric</summary>{about}</details>' if about else ""
    broken = (
        f'<div class="mm-message error" role="alert">{icon("controversial")}<p dir="auto">{esc(desk.error)}. Repair it '
        "under “Edit”.</p></div>"
        if desk.error
        else ""
    )
    return (
        f'<section class="mm-open" aria-labelledby="mm-open-title" data-announce="{esc(title)} is open.">'
        f'<div class="mm-open-head"><h2 class="mm-title" id="mm-open-title" tabindex="-1">{isolated(title)}</h2>'
        f'<a class="mm-link" href="./rubrics?rubric={esc(desk.id)}">Link to this rubric</a>{judge}</div>'
        f'<p class="mm-tags">{"".join(f"<span>{fact}</span>" for fact in facts)}</p>{more}{broken}</section>'
    )


def rules_html(rubric: Rubric | None, hints: Sequence[Hint] = ()) -> str:
    """Every rule, to open; the first one is."""
    if rubric is None:
        return '<p class="mm-empty">The file cannot be read, so its rules are not known. Repair it under “Edit”.</p>'
    rated = sum(rule.objectiveness >= OBJECTIVE for rule in rubric.rules)
    unrated = sum(not rule.objectiveness for rule in rubric.rules)
    said = f"{rated} of {words.plural(len(rubric.rules), 'rule')} rated {OBJECTIVE} or more for objectiveness"
    said += f"; {unrated} not rated yet" if unrated else ""
    rows = "".join(
        rule_html(rule, rubric, [h for h in hints if h.rule_id == rule.id], opened=n == 0)
        for n, rule in enumerate(rubric.rules)
    )
    return f'<section class="mm-rules" aria-label="Rules"><p class="mm-quiet">{said}.</p>{rows}</section>'


def rule_html(rule: Rule, rubric: Rubric, hints: Sequence[Hint], opened: bool = False) -> str:
    """One rule: what the policy says, what is asked, and when it is a violation."""
    marks = f'<span class="mm-tag hinted">{words.plural(len(hints), "hint")}</span>' if hints else ""
    rated = f"{rule.objectiveness} of 10" if rule.objectiveness else "not rated"
    facts = [
        ("Objectiveness", rated),
        ("Severity", words.SEVERITIES[rule.severity]),
        ("Shows in", ", ".join(rule.modalities)),
    ]
    facts += [("Category", rule.category)] if rule.category else []
    facts += [("Shares its chain with", rule.reuses)] if rule.reuses else []
    rows = "".join(f"<div><dt>{name}</dt><dd>{isolated(value)}</dd></div>" for name, value in facts)
    return (
        f'<details id="mm-book-{esc(rule.id)}" class="mm-rule idle"{" open" if opened else ""}><summary>'
        f'<span class="grow"><strong>{isolated(words.rule_name(rule))}</strong>{marks}'
        f'<span class="mm-why" dir="auto">{esc(shortened(rule.text, 160))}</span></span></summary>'
        f'<div class="mm-rule-body">{_wording(rule)}<dl class="mm-facts">{rows}</dl>'
        f'<div class="mm-twin"><div><h4>The chain</h4>{tree_html(rule)}</div><div>{ways_html(rule)}</div></div>'
        f"{examples_html(rule.examples)}"
        f"{_hinted(hints, rubric)}</div></details>"
    )


def _wording(rule: Rule) -> str:
    same = rule.objective_text == rule.text
    objective = "the same words" if same else rule.objective_text
    quiet = ' class="mm-quiet"' if same else ""
    return (
        f'<dl class="mm-pair"><dt>Policy</dt><dd dir="auto">{esc(rule.text)}</dd>'
        f'<dt>Seen or read when it is broken</dt><dd dir="auto"{quiet}>{esc(objective)}</dd></dl>'
    )


def _hinted(hints: Sequence[Hint], rubric: Rubric) -> str:
    return f"<h4>Hints</h4>{hints_html(tuple(hints), rubric)}" if hints else ""


def ways_html(rule: Rule) -> str:
    """When it is a violation, and when it is none, in sentences."""
    n = ways(rule)
    cleared = "".join(f'<li dir="auto">{esc(clearing_sentence(answers))}</li>' for answers in sufficient_to_clear(rule))
    if n > MOST_WAYS:
        said = f'<li dir="auto">{esc(rule_sentence(rule))} These are {n} ways in all.</li>'
    else:
        said = "".join(f'<li dir="auto">{esc(violation_sentence(answers))}</li>' for answers in violating_answers(rule))
    return f'<h4>In sentences</h4><ul class="mm-ways">{said}{cleared}</ul>'


def examples_html(examples: Sequence[Example]) -> str:
    """What breaks a rule, and near misses."""
    if not examples:
        return ""
    rows = "".join(f'<li class="{"yes" if e.violates else "no"}">{_example(e)}</li>' for e in examples)
    return f'<h4>Examples</h4><ul class="mm-examples">{rows}</ul>'


def _example(example: Example) -> str:
    kind = "unsafe" if example.violates else "safe"
    said = "Breaks it" if example.violates else "Does not break it"
    prompt = f'<p class="mm-quiet" dir="auto">Asked: {esc(example.prompt)}</p>' if example.prompt else ""
    what = "Described: " if example.described else ""
    return (
        f'<p class="mm-example-kind">{icon(kind, "yes" if example.violates else "no")}<b>{said}</b></p>{prompt}'
        f'<p dir="auto">{what}{esc(example.text)}</p>'
    )

"""The verdict card, messages and the history as HTML. Pure.

Knows a verdict and a rubric. Refuses to know how either came about. Colour never speaks alone: every label has a word
and an icon of its own shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmjudge.policy import Policy
from mmjudge.store import VerdictRow
from mmjudge.types import Label, Rubric, Truth, Verdict
from mmjudge.ui import words
from mmjudge.ui.bars import Mark, score_bar
from mmjudge.ui.markup import esc, icon, isolated, shortened


def card_html(verdict: Verdict, rubric: Rubric, policy: Policy, judge_name: str, link: str = "", note: str = "") -> str:
    """The verdict: label, what is broken, severity, coverage, score, and what it was decided with. `link`: address of
    this verdict; `note`: how it came about, in words."""
    label = verdict.label
    broken = "".join(_broken(verdict, rubric, rule_id) for rule_id in (*verdict.categories, *verdict.allowed))
    score = "none: nothing could be scored" if verdict.score is None else f"{verdict.score:.2f}"
    facts = [
        ("Severity", _severity(verdict.severity)),
        ("Score", esc(score)),
        ("Coverage", _covered(verdict)),
        ("Rubric", isolated(rubric.title)),
        ("Policy", isolated(policy.title.partition(":")[0] or policy.id)),
        ("Judge", isolated(judge_name)),
        ("Measured in", esc(words.seconds(verdict.measurement.seconds))),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    said = f'<p class="mm-note">{esc(note)}</p>' if note else ""
    open_link = f'<a class="mm-link" href="{esc(link)}">Link to this verdict</a>' if link else ""
    spoken = f"Verdict: {words.LABELS[label]}. {words.headline(verdict, rubric)}"
    return (
        f'<section class="mm-card {label}" aria-labelledby="mm-verdict" data-verdict="{_mark(verdict)}" '
        f'data-announce="{esc(spoken)}">'
        f'<div class="mm-card-head">{icon(label, "big")}<div><p class="mm-eyebrow">Verdict</p>'
        f'<h2 id="mm-verdict" tabindex="-1">{words.LABELS[label]}</h2></div>{open_link}</div>'
        f'<p class="mm-headline">{esc(words.headline(verdict, rubric))}</p>'
        + (f'<ul class="mm-categories">{broken}</ul>' if broken else "")
        + f'<p class="mm-coverage">{esc(words.coverage(verdict))}</p>{said}<dl class="mm-facts">{rows}</dl></section>'
    )


def _mark(verdict: Verdict) -> str:
    """Tells the page's script whether another measurement is shown now: then what was opened closes."""
    return esc(f"{verdict.item_id[:12]}-{verdict.measurement.measurer_id[:12]}-{verdict.measurement.attempt}")


def _broken(verdict: Verdict, rubric: Rubric, rule_id: str) -> str:
    finding = next(f for f in verdict.findings if f.rule_id == rule_id)
    kind = "idle" if finding.allowed else "controversial" if finding.controversial else "unsafe"
    said = f", {words.ALLOWED}" if finding.allowed else ""
    return f'<li class="{kind}">{icon(kind)}{isolated(words.rule_name(rubric.rule(rule_id)))}{said}</li>'


def _severity(severity: int) -> str:
    dots = "".join(f'<i class="{"on" if n <= severity else ""}"></i>' for n in (1, 2, 3))
    return f'{words.SEVERITIES.get(severity, str(severity))} <span class="mm-dots" aria-hidden="true">{dots}</span>'


def _covered(verdict: Verdict) -> str:
    return f"{verdict.assessed} of {words.plural(verdict.applicable, 'rule')}"


def thresholds_html(verdict: Verdict, policy: Policy) -> str:
    """Where the verdict's score lies under a policy's numbers."""
    if verdict.score is None:
        return '<p class="mm-quiet">Nothing was scored, so no threshold applies.</p>'
    marks = (
        Mark(policy.no_below, "no below"),
        Mark(policy.yes_from, "yes from"),
        Mark(policy.unsafe_from, "unsafe from"),
    )
    return score_bar(verdict.score, marks, "highest score")


def redecided_html(before: Verdict, after: Verdict) -> str:
    """What another policy makes of the same evidence."""
    same = (before.label, before.categories, before.allowed) == (after.label, after.categories, after.allowed)
    said = (
        "The verdict stays the same."
        if same
        else f"{words.LABELS[before.label]} becomes {words.LABELS[after.label].lower()}."
        if before.label != after.label
        else "The label stays; the broken rules differ."
    )
    return f'<p class="mm-note" role="status">{icon("done")} Decided again: no model was asked. {esc(said)}</p>'


def message_html(text: str, kind: str = "info") -> str:
    """A sentence to a person. `kind`: "info", "done" or "error"."""
    picture = {"info": "idle", "done": "done", "error": "controversial"}[kind]
    role = "alert" if kind == "error" else "status"
    return f'<div class="mm-message {kind}" role="{role}">{icon(picture)}<p dir="auto">{esc(text)}</p></div>'


def labels_html(labels: Sequence[Label], rubric: Rubric) -> str:
    """What people have said about an item, newest first."""
    if not labels:
        return '<p class="mm-quiet">Nobody has said anything about this item yet.</p>'
    rows = "".join(_label(label, rubric) for label in sorted(labels, key=lambda e: -e.at)[:50])
    return f'<ul class="mm-labels">{rows}</ul>'


def _label(label: Label, rubric: Rubric) -> str:
    rule = next((words.rule_name(r) for r in rubric.rules if r.id == label.rule_id), label.rule_id)
    about = f"{rule}: " if label.rule_id else "The whole item "
    said = {"yes": "violated", "no": "not violated"} if label.rule_id else words.ANSWERS
    return (
        f"<li><strong>{isolated(label.rater)}</strong> {isolated(about)}"
        f"{esc(said.get(label.value, words.ANSWERS[label.value]))}</li>"
    )


def opinion_question(verdict: Verdict) -> str:
    """What a person is asked about the whole item."""
    if verdict.truth is Truth.UNKNOWN:
        return "The judge can't say. Does this item break a rule?"
    return f"The judge says: {words.LABELS[verdict.label].lower()}. Do you agree?"


# --- history --------------------------------------------------------------------------------------------------


def history_html(rows: Sequence[VerdictRow], titles: Mapping[str, str], now: float, filtered: bool = False) -> str:
    """A page of the history. `titles`: rubric titles by id; `now`: seconds since 1970."""
    if not rows:
        said = "No verdict fits these filters." if filtered else "Nothing has been judged yet."
        return f'<div class="mm-empty"><p>{said}</p><p><a href="./">Judge something</a></p></div>'
    return f'<ol class="mm-history">{"".join(_row(row, titles, now) for row in rows)}</ol>'


def _row(row: VerdictRow, titles: Mapping[str, str], now: float) -> str:
    title = row.title or shortened(row.preview, 80) or "An item without words"
    preview = f'<p class="mm-row-text" dir="auto">{esc(shortened(row.preview, 160))}</p>' if row.preview else ""
    score = "no score" if row.score is None else f"score {row.score:.2f}"
    picture = "file" if not row.kinds else row.kinds[0] if len(row.kinds) == 1 else "mixed"
    facts = [
        words.ago(row.at, now),
        " + ".join(row.kinds) or "document",
        score,
        f"{row.assessed} of {row.applicable} rules answered",
        titles.get(row.rubric_id, row.rubric_id),
        row.judge_name,
    ]
    if row.only_not_observable:
        facts.append("open only because not observable")
    pill = f'<span class="mm-pill {row.label}">{icon(row.label)}{words.LABELS[row.label]}</span>'
    named = f'<strong class="mm-row-title">{icon(picture)}{isolated(title)}</strong>'
    small = "".join(f"<span>{isolated(fact)}</span>" for fact in facts)
    return (
        f'<li><a class="mm-row" href="./?verdict={row.id}">{pill}<span class="grow">{named}{preview}'
        f'<span class="mm-row-facts">{small}</span></span></a></li>'
    )


LABEL_CHOICES: tuple[tuple[str, str], ...] = (
    ("Any verdict", ""),
    *((said, label) for label, said in words.LABELS.items()),
)

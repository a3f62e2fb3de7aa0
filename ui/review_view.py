"""The review queue and one item side by side, as HTML. Pure.

Knows pairs, verdicts and labels. Refuses to order or to settle. Everything a person or a file said is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import urlencode

from mmjudge.parting import answers_of, parts_at
from mmjudge.review import KINDS, Cause, Place, reason_of
from mmjudge.reviewing import Listed, Seen, Wanted, answered_by_judge, decided_by, held_by_judge, rule_in, said_by
from mmjudge.truth_table import condition_words
from mmjudge.types import Label, Rubric, Rule, Truth, Verdict
from mmjudge.ui import words
from mmjudge.ui.markup import esc, isolated
from mmjudge.ui.tree_view import tree_html

WHOLE = "The whole item"
PHASES = {
    "blind": "blind",
    "assisted": "with the judge's help",
    "after_reveal": "after seeing the verdict",
    "adjudication": "settled",
}
SAID = {
    "yes": "violated",
    "no": "not violated",
    "controversial": "controversial",
    "cant_tell": "can't tell",
    "skipped": "skipped",
    "withdrawn": "taken back",
}
HELP = (
    ("J", "next"), ("K", "previous"), ("Y", "it is violated"), ("N", "it is not violated"),
    ("Enter", "settle, in the reason"), ("Esc", "leave the field"), ("R", "reveal or hide the first file"),
    ("G", "keep the reason as a guideline"), ("E", "open the rubric editor"), ("U", "reopen"), ("?", "this help"),
)  # fmt: skip


def name_of(rubric: Rubric, rule_id: str) -> str:
    rule = rule_in(rubric, rule_id)
    return words.rule_name(rule) if rule else rule_id or WHOLE


# --- the queue ----------------------------------------------------------------------------------------------------


def list_html(listed: Listed, rubric: Rubric, wanted: Wanted, judges: Sequence[tuple[str, str]]) -> str:
    """Filters, and the queue as links. `judges`: pairs of id and name."""
    rows = "".join(_row(place, rubric, wanted) for place in listed.places)
    told = (
        f"{len(listed.places)} of {words.plural(listed.found, 'open pair')} shown; {listed.settled} settled; in "
        f"{listed.unanswered} an answer is missing and nobody parts."
    )
    empty = '<p class="mm-empty">Nothing is open under these filters.</p>'
    if not (wanted.missing or listed.places) and listed.unanswered:
        more = esc(f"./review?{_query(rubric, wanted)}&kind=missing")
        link = f'<a class="mm-link" href="{more}">Where an answer is missing</a>'
        empty = f'<p class="mm-empty">Nobody parts here. {link}</p>'
    return (
        f'<div class="rv-head"><h1 class="mm-title">Review</h1><a class="mm-link" href="./review/explain?'
        f'{esc(_query(rubric, wanted))}">What explains most</a></div>{_filters(rubric, wanted, judges)}'
        f'<p class="mm-quiet" role="status">{esc(told)} Keys: J, K and Enter.</p>'
        + (f'<ol id="rv-queue" class="mm-history">{rows}</ol>' if rows else empty)
    )


def _row(place: Place, rubric: Rubric, wanted: Wanted) -> str:
    pair = place.pair
    at = "an answer is missing" if math.isnan(place.priority) else f"priority {place.priority:.2f}"
    if not math.isnan(place.probability):
        at = f"drawn with probability {place.probability:.3f}"
    tags = "".join(f'<span class="mm-tag">{kind.replace("-", " and ")}</span>' for kind in pair.kinds)
    facts = (reason_of(pair), at, pair.modality or "no modality known", f"item {pair.item_id[:12]}")
    small = "".join(f"<span>{isolated(fact)}</span>" for fact in facts)
    to = urlencode({"rule": pair.rule_id, "rubric": rubric.id, "version": rubric.version} | _judge(wanted))
    return (
        f'<li><a class="mm-row" href="./review/{esc(pair.item_id)}?{esc(to)}"><span class="grow">'
        f'<strong class="mm-row-title">{isolated(name_of(rubric, pair.rule_id))}{tags}</strong>'
        f'<span class="mm-row-facts">{small}</span></span></a></li>'
    )


def _judge(wanted: Wanted) -> dict[str, str]:
    return {"judge": wanted.judge} if wanted.judge else {}


def _query(rubric: Rubric, wanted: Wanted) -> str:
    given = {"project": wanted.project, "rule": wanted.rule, "modality": wanted.modality, "rater": wanted.rater}
    known = {name: value for name, value in given.items() if value is not None}
    return urlencode({"rubric": rubric.id, "version": rubric.version} | known | _judge(wanted))


def _filters(rubric: Rubric, wanted: Wanted, judges: Sequence[tuple[str, str]]) -> str:
    rules = [("any", "Any rule"), ("", WHOLE), *((rule.id, words.rule_name(rule)) for rule in rubric.rules)]
    kinds = [
        ("", "Any kind"),
        *((kind, kind.replace("-", " and ")) for kind in KINDS),
        ("missing", "nobody: no answer"),
    ]
    modalities = [("", "Any modality"), *((m, m) for m in ("text", "image", "video", "audio"))]
    seen = [("", "All judges"), *((judge, f"{name} ({judge[:8]})") for judge, name in judges)]
    return (
        '<form class="rv-filters" method="get" action="./review">'
        f'<input type="hidden" name="rubric" value="{esc(rubric.id)}">'
        f'<input type="hidden" name="version" value="{esc(rubric.version)}">'
        + _select("rule", "Rule", rules, "any" if wanted.rule is None else wanted.rule)
        + _select("kind", "Who parts", kinds, "missing" if wanted.missing else wanted.kind or "")
        + _select("modality", "Modality", modalities, wanted.modality or "")
        + _select("judge", "Judge", seen, wanted.judge or "")
        + f'<label>Only rater<input name="rater" maxlength="64" value="{esc(wanted.rater or "")}"></label>'
        + f'<label>So many by chance<input name="sample" type="number" min="1" value="{wanted.sample or ""}"></label>'
        + f'<label>Seed<input name="seed" type="number" value="{wanted.seed}"></label>'
        + '<button class="mm-button">Show</button></form>'
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    shown = "".join(
        f'<option value="{esc(value)}"{" selected" if value == chosen else ""}>{esc(said)}</option>'
        for value, said in options
    )
    return f'<label>{label}<select name="{name}">{shown}</select></label>'


# --- what explains most -------------------------------------------------------------------------------------------


def explain_html(by_rule: Sequence[Cause], by_precondition: Sequence[Cause], rubric: Rubric) -> str:
    """Two tables: rules, then preconditions, most disagreements of people and judges first."""
    if not by_rule:
        return (
            '<h1 class="mm-title">What explains most</h1><p class="mm-empty">People and judges part nowhere here.</p>'
        )
    n = sum(cause.n for cause in by_rule)
    return (
        f'<h1 class="mm-title">What explains most</h1><p class="mm-quiet">Of {words.plural(n, "time")} that a judge '
        "said the opposite of at least half of the people. Where people part themselves the rule may be unclear; where "
        "they agree the judge stands alone.</p>"
        + _table("Rules", by_rule, rubric)
        + _table("Preconditions", by_precondition, rubric)
    )


def _table(title: str, causes: Sequence[Cause], rubric: Rubric) -> str:
    rows = "".join(_cause(cause, rubric) for cause in causes[:20])
    heads = ("", "disagreements", "share", "called fine", "called violated", "people part by")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<section class="mm-box mm-scroll"><h2>{title}</h2><table class="mm-table rv-causes">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _cause(cause: Cause, rubric: Rubric) -> str:
    rule = rule_in(rubric, cause.rule_id)
    name = name_of(rubric, cause.rule_id) if cause.rule_id else "No rule is known"
    if cause.precondition_id and rule is not None:
        name += f": {_condition(rule, cause.precondition_id)}"
    split = "one person each" if math.isnan(cause.split) else f"{cause.split:.2f}"
    cells = (cause.n, f"{100 * cause.share:.0f} %", cause.missed, cause.alarms, split)
    return f'<tr><th scope="row">{isolated(name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _condition(rule: Rule, precondition_id: str) -> str:
    known = next((p for p in rule.preconditions if p.id == precondition_id), None)
    return condition_words(known) if known else precondition_id


# --- one item -----------------------------------------------------------------------------------------------------


def labels_html(seen: Seen, rule_id: str) -> str:
    """What people and judges say about the rule, one line each, then what people say about its questions."""
    judges = "".join(
        _line(f"{row.judge_name} ({row.judge_id[:8]})", "judge", _truth(said_by(verdict, rule_id)))
        for row, verdict in seen.verdicts
    )
    mine = [label for label in seen.labels if label.rule_id == rule_id and not label.question_id]
    people = "".join(_line(e.rater, PHASES[e.phase], SAID[e.value], _severity(e) + e.note) for e in mine)
    asked = [label for label in seen.labels if label.rule_id == rule_id and label.question_id]
    rule = rule_in(seen.rubric, rule_id)
    asks = {question.id: question.ask for question in rule.questions} if rule else {}
    questions = "".join(
        _line(e.rater, asks.get(e.question_id, e.question_id), {"yes": "yes", "no": "no"}.get(e.value, SAID[e.value]))
        for e in asked
    )
    nobody = '<p class="mm-quiet">No person has said anything about this yet.</p>' if not people else ""
    below = f"<h3>Questions</h3><ul>{questions}</ul>" if questions else ""
    return f'<h2>Who says what</h2><ul class="rv-said">{people}{judges}</ul>{nobody}{below}'


def _line(who: str, how: str, said: str, note: str = "") -> str:
    more = f'<p dir="auto" class="mm-quiet">{esc(note)}</p>' if note else ""
    by = f'<strong>{isolated(who)}</strong> <span class="mm-quiet">{isolated(how)}</span>'
    return f"<li>{by} {isolated(said)}{more}</li>"


def _severity(label: Label) -> str:
    return f"severity {label.severity}. " if label.severity is not None else ""


def _truth(truth: Truth | None) -> str:
    return "does not apply" if truth is None else words.TRUTHS[truth].lower()


def decided_html(seen: Seen, verdict: Verdict, rule_id: str) -> str:
    """Which rule and precondition the judge's answer hangs on, where people's answers part from it, and the chain."""
    about, by = decided_by(seen.rubric, verdict, rule_id)
    rule = rule_in(seen.rubric, about)
    if rule is None:
        return '<h2>What decided</h2><p class="mm-quiet">No rule was scored.</p>'
    hangs = f"The verdict hangs on {isolated(words.rule_name(rule))}. " if not rule_id else ""
    if by is None:
        return (
            f"<h2>What decided</h2><p>{hangs}This judge was not asked the questions of this rule.</p>{tree_html(rule)}"
        )
    holds = {Truth.YES: "holds", Truth.NO: "does not hold", Truth.UNKNOWN: "is undecided by itself"}[by.held.truth]
    score = "" if by.held.score is None else f" (score {by.held.score:.2f})"
    held = held_by_judge(rule, verdict)
    others = ": all others hold at least as well" if len(held) > 1 else ""
    apart = ""
    for rater in dict.fromkeys(label.rater for label in seen.labels if label.question_id):
        mine = answers_of((label for label in seen.labels if label.rater == rater), rule.id)
        apart += "".join(
            f"<p><strong>{isolated(rater)}</strong> parts from it where {isolated(_condition(rule, p))}.</p>"
            for p in parts_at(rule, mine, held)
        )
    return (
        f"<h2>What decided</h2><p>{hangs}The condition “{isolated(_condition(rule, by.held.precondition_id))}” "
        f"{holds}{score}{others}.</p>{apart}"
        f"{tree_html(rule, answered_by_judge(rule, verdict))}"
    )


def settle_html(rubric: Rubric, rule_id: str, settled: Label | None, who: str, editor: bool) -> str:
    """The form that settles it, or what was settled. `who`: the name signed in with, "" where nobody is; `editor`:
    whether the rubric editor can be reached."""
    name = isolated(name_of(rubric, rule_id))
    edit = (
        f'<a class="mm-link" id="rv-edit" href="./rubrics?{esc(urlencode({"rubric": rubric.id, "rule": rule_id}))}">'
        "Edit this rule</a>"
        if editor
        else ""
    )
    by = f'<label>Your name<input id="rv-by" maxlength="80" value="{esc(who)}"{" readonly" if who else ""}></label>'
    if settled is not None:
        return (
            f"<h2>Settled: {name}</h2><p><strong>{esc(SAID[settled.value])}</strong>, by {isolated(settled.rater)}</p>"
            f'<p dir="auto">{esc(settled.note)}</p><p class="mm-quiet">It stays closed until the rubric changes.</p>'
            f'{by}<label>Why reopen<input id="rv-reason" maxlength="2000"></label>'
            f'<div class="rv-do"><button type="button" class="mm-button" id="rv-reopen">Reopen (U)</button>{edit}</div>'
            '<div id="rv-message" role="status"></div>'
        )
    return (
        f'<h2>Settle: {name}</h2><div class="rv-do" role="group" aria-label="Decision">'
        '<button type="button" class="mm-button" id="rv-yes" aria-pressed="false">Violated (Y)</button>'
        '<button type="button" class="mm-button" id="rv-no" aria-pressed="false">Not violated (N)</button></div>'
        f'{by}<label>Reason<textarea id="rv-reason" rows="3" maxlength="2000" dir="auto"></textarea></label>'
        '<div class="rv-do"><button type="button" class="mm-button first" id="rv-settle">Settle (Enter)</button>'
        f'<button type="button" class="mm-button" id="rv-guideline">Keep as guideline (G)</button>{edit}</div>'
        '<div id="rv-message" role="status"></div>'
    )


def help_html() -> str:
    rows = "".join(f"<div><dt><kbd>{key}</kbd></dt><dd>{said}</dd></div>" for key, said in HELP)
    keys = f'<h2>Keys</h2><dl class="mm-facts">{rows}</dl><p>Esc closes.</p>'
    return f'<dialog id="rv-help" aria-label="Keys">{keys}</dialog>'

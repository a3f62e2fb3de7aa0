"""The evidence of a verdict as HTML: rule by rule, part by part, question by question. Pure.

Knows the order in which a person wants to see it. Refuses to decide: truths come from `decide` under the policy given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mmjudge.chain import Outcome
from mmjudge.policy import under
from mmjudge.switches import switch_of
from mmjudge.types import Evidence, Finding, Passage, Rule, Truth
from mmjudge.ui import words
from mmjudge.ui.bars import Mark, meter, score_bar
from mmjudge.ui.case import ICONS, KINDS, Case
from mmjudge.ui.chain_view import by_html, chain_html, missing_html, nothing_html, whole_rule_html
from mmjudge.ui.markup import esc, icon, isolated, shortened

MOST_PARTS = 6
"""Parts shown for one rule: the one that carried it and those nearest to it. The rest is counted."""


def evidence_html(case: Case) -> str:
    """All rules: violated first (what the policy allows after what counts), then without an answer, then not
    observable, clear, and not applicable."""
    by_id = {finding.rule_id: finding for finding in case.findings}
    pairs = [(rule, by_id[rule.id]) for rule in case.rubric.rules if rule.id in by_id]
    applying = [pair for pair in pairs if pair[1].applies]
    violated = _sorted(p for p in applying if p[1].truth is Truth.YES)
    missing = [p for p in applying if p[1].truth is Truth.UNKNOWN]
    blind = [p for p in missing if set(p[1].reasons) == {"not_observable"}]
    open_ = _sorted(p for p in missing if p not in blind)
    clear = _sorted(p for p in applying if p[1].truth is Truth.NO)
    idle = [p for p in pairs if not p[1].applies]
    return (
        '<section class="mm-evidence" aria-labelledby="mm-evidence-title">'
        '<h2 id="mm-evidence-title">Evidence, rule by rule</h2>'
        + "".join(rule_html(case, rule, found, opened=n == 0) for n, (rule, found) in enumerate(violated))
        + "".join(rule_html(case, rule, found) for rule, found in open_)
        + _group(case, blind, "not observable by this judge", "needs_review", "unknown")
        + _group(case, clear, "checked and clear", "safe", "no")
        + _group(case, idle, "not speaking to this kind of item", "idle", "idle")
        + _whole(case)
        + "</section>"
    )


def _sorted(pairs: Iterable[tuple[Rule, Finding]]) -> list[tuple[Rule, Finding]]:
    def order(pair: tuple[Rule, Finding]) -> tuple[bool, int, float]:
        found = pair[1]
        return found.allowed, -found.severity * (found.truth is Truth.YES), -(found.score or 0.0)

    return sorted(pairs, key=order)


def _group(case: Case, pairs: Sequence[tuple[Rule, Finding]], said: str, picture: str, kind: str) -> str:
    if not pairs:
        return ""
    inside = "".join(rule_html(case, rule, found) for rule, found in pairs)
    return (
        f'<details id="mm-group-{picture}" class="mm-group {kind}"><summary>{icon(picture, kind)}<span class="grow">'
        f"{words.plural(len(pairs), 'rule')} {said}</span></summary>{inside}</details>"
    )


def rule_html(case: Case, rule: Rule, finding: Finding, opened: bool = False) -> str:
    """One rule, to open."""
    kind = KINDS[finding.truth] if finding.applies else "idle"
    picture = "controversial" if finding.controversial else ICONS[finding.truth] if finding.applies else "idle"
    truth = words.TRUTHS[finding.truth] if finding.applies else "Does not apply"
    if finding.controversial:
        truth, kind = "Controversial", "maybe"
    if finding.allowed and finding.applies and finding.truth is not Truth.NO:
        truth, kind, picture = f"{words.TRUTHS[finding.truth]}, {words.ALLOWED}", "idle", "idle"
    why = words.reasons_in_words(finding.reasons)
    note = f'<span class="mm-why">{esc(why)}</span>' if why else ""
    return (
        f'<details id="mm-rule-{esc(rule.id)}" class="mm-rule {kind}"{" open" if opened else ""}>'
        f"<summary>{icon(picture, kind)}"
        f'<span class="grow"><strong>{isolated(words.rule_name(rule))}</strong>'
        f'<span class="mm-truth {kind}">{truth}</span>{note}</span>{meter(finding.score)}</summary>'
        f'<div class="mm-rule-body">{_about(case, rule, finding)}{_final_score(case, rule, finding)}'
        f"{_parts(case, rule, finding)}{_say(case, rule, finding)}</div></details>"
    )


def _about(case: Case, rule: Rule, finding: Finding) -> str:
    tags = [f"severity {words.SEVERITIES.get(finding.severity, str(finding.severity))}"]
    tags += [rule.category] if rule.category else []
    tags += [f"shows in {', '.join(rule.modalities)}"]
    state = switch_of(rule, case.policy.switches).state
    tags += [words.STATES[state]] if state != "default" else []
    return (
        f'<p class="mm-rule-text" dir="auto">{esc(rule.objective_text or rule.text)}</p>'
        f'<p class="mm-tags">{"".join(f"<span>{isolated(tag)}</span>" for tag in tags)}</p>'
    )


def _final_score(case: Case, rule: Rule, finding: Finding) -> str:
    """The rule's score with the thresholds it is read by: only a calibrated score has any."""
    if finding.score is None or case.calibration is None or case.calibration.rule(rule.id) is None:
        return ""
    p = under(rule, case.policy)[1]
    marks = (Mark(p.no_below, "no below"), Mark(p.yes_from, "yes from"), Mark(p.unsafe_from, "unsafe from"))
    return score_bar(finding.score, marks, "calibrated score")


def _parts(case: Case, rule: Rule, finding: Finding) -> str:
    """The parts it was looked for in: the one that carried it first, then by truth and score."""
    found = [(index, o) for index in case.passages if (o := case.outcome(rule, index)) is not None]
    found.sort(key=lambda e: (e[0] != finding.segment, -e[1].truth, -(e[1].score or 0.0), e[0]))
    most = MOST_PARTS if finding.truth is not Truth.NO else 2
    shown = "".join(
        _part(case, rule, index, outcome, carried=index == finding.segment) for index, outcome in found[:most]
    )
    left = len(found) - most
    return shown + (f'<p class="mm-more">… and {words.plural(left, "more part")}, none higher.</p>' if left > 0 else "")


def _part(case: Case, rule: Rule, index: int, outcome: Outcome, carried: bool) -> str:
    pieces = case.pieces.get((rule.id, index), [])
    lead = "Carried by " if carried and outcome.truth is Truth.YES else ""
    title = f"{lead}{case.place(index)}"
    kind = KINDS[outcome.truth]
    ways: dict[tuple[str, ...], list[Evidence]] = defaultdict(list)
    for piece in pieces:
        ways[piece.modalities].append(piece)
    inside = "".join(_way(case, rule, way, group, many=len(ways) > 1) for way, group in ways.items())
    return (
        f'<div class="mm-part {kind}"><h4><span class="dot {kind}" aria-hidden="true"></span>{isolated(title)}'
        f'<span class="mm-part-truth">{words.TRUTHS[outcome.truth].lower()}</span></h4>'
        f"{_excerpt(case.passages[index])}{inside or nothing_html()}</div>"
    )


def _excerpt(passage: Passage) -> str:
    """The words of a part, shortened: what was written, said and seen."""
    rows = []
    if passage.text:
        rows.append(("Text", passage.text))
    if passage.heard:
        rows.append(("Speech", " ".join(heard.text for heard in passage.heard)))
    if passage.seen:
        rows.append(("On screen", passage.seen))
    if not rows:
        return ""
    cells = "".join(f'<dt>{name}</dt><dd dir="auto">{esc(shortened(text, 280))}</dd>' for name, text in rows)
    return f'<dl class="mm-excerpt">{cells}</dl>'


def _way(case: Case, rule: Rule, way: tuple[str, ...], pieces: list[Evidence], many: bool) -> str:
    """What one way of looking (words, pictures, both) gave."""
    head = f'<p class="mm-way">As {" and ".join(way)}</p>' if many and way else ""
    asked = [p for p in pieces if p.question_id]
    about = "".join(whole_rule_html(piece, case.policy) for piece in pieces if not piece.question_id)
    chain = chain_html(case, rule, asked) if asked else ""
    return head + about + chain


def _whole(case: Case) -> str:
    """The light evaluator's word on each part, which speaks about no rule in particular."""
    jurors = [p for p in case.measurement.evidence if not p.rule_id]
    if not jurors:
        return ""
    rows = "".join(
        f'<div class="mm-question"><p class="mm-ask"><span class="grow">{isolated(case.place(p.segment))}</span></p>'
        + (score_bar(p.score, (), "some rule is broken") + by_html(p) if p.score is not None else missing_html(p))
        + "</div>"
        for p in jurors[:MOST_PARTS]
    )
    return (
        f'<details class="mm-group idle"><summary>{icon("idle", "idle")}<span class="grow">Light evaluator, a second '
        f'juror</span></summary><div class="mm-rule-body">{rows}</div></details>'
    )


def _say(case: Case, rule: Rule, finding: Finding) -> str:
    """Buttons for a label on this rule alone. What they send is checked against the verdict on the server."""
    if not finding.applies:
        return ""

    def said(say: str, text: str) -> str:
        data = f'data-act="label" data-rule="{esc(rule.id)}" data-say="{say}"'
        return f'<button type="button" class="mm-mini" {data}>{text}</button>'

    if finding.truth is Truth.UNKNOWN:
        buttons = said("yes", "It is violated") + said("no", "It is not violated") + said("cant_tell", "Can't tell")
    else:
        buttons = said("agree", "I agree") + said("disagree", "I disagree") + said("cant_tell", "Can't tell")
    receipts = "".join(
        f'<p class="mm-receipt">{esc(text)}</p>' for rule_id, text in case.labelled if rule_id == rule.id
    )
    name = esc(words.rule_name(rule))
    group = f'<div class="mm-say" role="group" aria-label="Your word on {name}"><span>This rule:</span>{buttons}</div>'
    return group + receipts

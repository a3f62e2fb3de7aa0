"""One chain as HTML: its conditions, their questions, and how each was answered. Pure.

Knows probes, reasoning, detectors and missing answers. Refuses to decide: `decide` says what holds.
"""

from __future__ import annotations

from collections import defaultdict

from mmjudge.chain import question_outcome, settle
from mmjudge.policy import Policy, under
from mmjudge.types import Evidence, Question, Rule, Truth
from mmjudge.ui import words
from mmjudge.ui.bars import Mark, probe_bar, score_bar
from mmjudge.ui.case import KINDS, Case
from mmjudge.ui.markup import esc, icon, isolated


def nothing_html() -> str:
    return '<p class="mm-quiet">Nothing was asked about this part.</p>'


def whole_rule_html(piece: Evidence, policy: Policy) -> str:
    """Evidence about the whole rule: a detector, a similarity, or why nobody could look."""
    if piece.score is None:
        return missing_html(piece)
    if piece.stage == "relevance":
        similar = f"similarity to the rule, {piece.note}" if piece.note else "similarity to the rule"
        bar = score_bar(piece.score, (Mark(policy.relevant_from(piece.model), "asked from"),), similar)
    else:
        bar = score_bar(piece.score, (Mark(policy.detector_at, "violated from"),), f"detector, {piece.note or 'score'}")
    return f'<div class="mm-question">{bar}{by_html(piece)}</div>'


def missing_html(piece: Evidence) -> str:
    assert piece.reason is not None
    note = f'<span dir="auto"> — {esc(piece.note)}</span>' if piece.note else ""
    said = f"<span>{esc(words.REASONS[piece.reason])}{note}</span>"
    return f'<p class="mm-missing">{icon("needs_review", "unknown")}{said}</p>'


def chain_html(case: Case, rule: Rule, pieces: list[Evidence]) -> str:
    """The preconditions in order: all must hold; of each, any question is enough."""
    by_question: dict[str, list[Evidence]] = defaultdict(list)
    for piece in pieces:
        by_question[piece.question_id].append(piece)
    rows = []
    kept = under(rule, case.policy)[0].preconditions
    for n, precondition in enumerate(rule.preconditions, 1):
        options = "".join(_question(case, q, by_question.get(q.id, [])) for q in precondition.any_of)
        either = ' <span class="mm-quiet">any of these is enough</span>' if len(precondition.any_of) > 1 else ""
        dropped = "" if precondition in kept else ' <span class="mm-quiet">an exemption: does not count here</span>'
        step = f"Condition {n} of {len(rule.preconditions)}{either}{dropped}"
        rows.append(f'<li><p class="mm-step">{step}</p>{options}</li>')
    return f'<ol class="mm-chain">{"".join(rows)}</ol>' + "".join(
        f'<p class="mm-step">If violated, severity {words.SEVERITIES[grade.severity]} where this holds</p>'
        + _question(case, grade.question, by_question.get(grade.question.id, []))
        for grade in rule.grades
    )


def _question(case: Case, question: Question, pieces: list[Evidence]) -> str:
    outcome = question_outcome(question, pieces, case.policy)
    probe = next((p for p in pieces if p.stage != "reason"), None)
    thought = next((p for p in pieces if p.stage == "reason"), None)
    kind = KINDS[outcome.truth]
    expects = "" if question.expect else '<span class="mm-expect">holds if the answer is no</span>'
    body = ""
    if probe is None or probe.reason is not None:
        body = missing_html(probe) if probe else nothing_html()
    elif probe.m is not None:
        body = (
            probe_bar(probe.m, probe.prior, case.policy, probe.m_removed)
            + _route(case, probe, thought)
            + by_html(probe)
        )
    if thought is not None:
        body += _thought(thought)
    holds = {Truth.YES: "holds", Truth.NO: "does not hold", Truth.UNKNOWN: "open"}[outcome.truth]
    return (
        f'<div class="mm-question"><p class="mm-ask"><span class="grow" dir="auto">{esc(question.ask)}</span>{expects}'
        f'<span class="mm-holds {kind}">{holds}</span></p>{body}</div>'
    )


def _route(case: Case, probe: Evidence, thought: Evidence | None) -> str:
    settled = settle(probe, case.policy)
    said = words.ROUTES[settled.path]
    if settled.truth is Truth.UNKNOWN and thought is not None and thought.score is not None:
        said += ", then " + words.ROUTES["reasoned_yes" if thought.score >= 0.5 else "reasoned_no"]
    if probe.mass is not None and probe.mass < case.policy.min_mass:
        said = f"not counted: only {probe.mass:.0%} of the model's probability lay on yes or no"
    said = "; ".join(part for part in (said, probe.note) if part)
    return f'<p class="mm-route" dir="auto">{esc(said)}</p>' if said else ""


def _thought(piece: Evidence) -> str:
    if piece.score is None:
        return missing_html(piece)
    said = f'<blockquote dir="auto">{esc(piece.note)}</blockquote>' if piece.note else ""
    return f'<div class="mm-thought"><p class="mm-way">Reasoning</p>{said}{by_html(piece)}</div>'


def by_html(piece: Evidence) -> str:
    said = [piece.model or "no model", words.seconds(piece.seconds) if piece.seconds else ""]
    return f'<p class="mm-by">{" · ".join(isolated(s) for s in said if s)}</p>'

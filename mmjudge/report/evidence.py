"""What a verdict hangs on where people see it otherwise: the rule, the precondition, and what was measured.

Knows verdicts and rubrics. Refuses to decide anew: it reads scores, not thresholds. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from mmjudge import words
from mmjudge.types import Evidence, Finding, Rubric, Rule, Truth, Verdict

MOST_LINES = 6


def decisive(verdict: Verdict, rule_id: str, violation: bool) -> Finding | None:
    """The finding that made the judge say so: that of the rule asked about; of a whole item the worst violated one, or,
    where it found none, the one that came nearest. None where nothing applies."""
    counting = [finding for finding in verdict.findings if finding.counts]
    if rule_id:
        return next((finding for finding in verdict.findings if finding.rule_id == rule_id), None)
    found = [finding for finding in counting if finding.truth is Truth.YES] if violation else []
    return max(found or counting, key=lambda one: (one.severity if found else 0, one.score or 0.0), default=None)


def hinge(verdict: Verdict, rubric: Rubric, finding: Finding) -> tuple[str, str]:
    """(rule, precondition) that carries a finding: the precondition with the least score, for a chain stands or falls
    with it. The precondition is "" where the rule was judged as a whole, or nothing was measured."""
    rule = _rule(rubric, finding.rule_id)
    if rule is None:
        return finding.rule_id, ""
    expected = {q.id: q.expect for q in rule.questions}
    scores: dict[str, float] = {}
    for piece in _pieces(verdict, finding):
        if piece.score is not None and piece.question_id in expected:
            held = piece.score if expected[piece.question_id] else 1 - piece.score
            scores[piece.question_id] = max(held, scores.get(piece.question_id, 0.0))
    chain = [
        (max(scores[q.id] for q in one.any_of if q.id in scores), one.id)
        for one in rule.preconditions
        if any(q.id in scores for q in one.any_of)
    ]
    return rule.id, min(chain)[1] if chain else ""


def lines(verdict: Verdict, rubric: Rubric, finding: Finding) -> tuple[str, ...]:
    """What was measured of that rule, a line each: question, score or why there is none. No words of the item."""
    rule = _rule(rubric, finding.rule_id)
    asked = {q.id: q.ask for q in rule.questions} if rule else {}
    said = [f"rule {finding.rule_id}: {words.TRUTHS[finding.truth]}"]
    for piece in _pieces(verdict, finding):
        what = asked.get(piece.question_id, piece.question_id or "the rule as a whole")
        measured = f"{piece.score:.2f}" if piece.score is not None else words.REASONS[piece.reason or "not_asked"]
        said.append(f"{what} {measured} ({piece.stage})")
    return tuple(said[:MOST_LINES])


def reasons(verdict: Verdict) -> Iterable[str]:
    """Why an item needs review, each reason once, in words; gaps say that they are gaps."""
    unknown = {r for f in verdict.findings if f.counts and f.truth is Truth.UNKNOWN for r in f.reasons}
    yield from sorted(words.REASONS[reason] for reason in unknown)
    yield from sorted({f"not read: {words.REASONS[gap.reason]}" for gap in verdict.measurement.gaps})


def _pieces(verdict: Verdict, finding: Finding) -> list[Evidence]:
    mine = [piece for piece in verdict.measurement.evidence if piece.rule_id == finding.rule_id]
    there = [piece for piece in mine if finding.segment in (None, piece.segment)]
    return there or mine


def _rule(rubric: Rubric, rule_id: str) -> Rule | None:
    return next((rule for rule in rubric.rules if rule.id == rule_id), None)

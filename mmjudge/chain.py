"""Evidence about one rule in one segment -> Outcome: its questions, its chain (AND of ORs), any way of looking.

Knows the thresholds a policy brings. Refuses to know segments, calibration and items, and to measure: whatever was not
measured is UNKNOWN with a reason, never NO.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mmjudge import probability
from mmjudge.policy import Policy
from mmjudge.types import Evidence, Modality, Question, Reason, Route, Rule, Truth, all_of, any_of


class Settled(NamedTuple):
    """What one question's probe says under a policy, and by which strategy."""

    truth: Truth
    path: Route


class Outcome(NamedTuple):
    """`score` in [0, 1] or None; `reasons` are empty unless the truth is UNKNOWN; `undecided`: measured, but between
    the thresholds, so that reasoning could settle it (no answer is missing). Of a chain, whatever its truth: `unscored`
    says why preconditions have no score at all (with one the chain's score could only fall), `options` why alternatives
    beside scored ones have none (with one it could rise). `doubted`: whoever found it
    violated calls it controversial."""

    truth: Truth
    score: float | None
    reasons: tuple[Reason, ...] = ()
    undecided: bool = False
    unscored: tuple[Reason, ...] = ()
    options: tuple[Reason, ...] = ()
    doubted: bool = False


def settle(probe: Evidence, policy: Policy) -> Settled:
    """CLUE's strategies on one probe, about the answer "yes" (before `expect`).

    Without a prior M(x) itself is held against the bounds a prior of 0.5 would give.
    """
    if probe.m is None:
        return Settled(Truth.UNKNOWN, "")
    prior = 0.5 if probe.prior is None else probe.prior
    if probability.rejected_by_prior(probe.m, prior, policy.reject):
        return Settled(Truth.NO, "rejected_s1")
    if probability.accepted_by_prior(probe.m, prior, policy.accept):
        return Settled(Truth.YES, "accepted_s1")
    if probe.m_removed is not None and probability.accepted_by_removal(probe.m, probe.m_removed, policy.removed):
        return Settled(Truth.YES, "accepted_s2")
    return Settled(Truth.UNKNOWN, "undecided")


def question_outcome(question: Question, pieces: Iterable[Evidence], policy: Policy) -> Outcome:
    """Fold the evidence about one question in one segment; reasoning speaks only where the probe is undecided."""
    probe = reasoned = None
    for piece in pieces:
        if piece.stage == "reason":
            reasoned = piece
        else:
            probe = piece
    if probe is None:
        return Outcome(Truth.UNKNOWN, None, ("not_asked",))
    if probe.reason is not None:
        return Outcome(Truth.UNKNOWN, None, (probe.reason,))
    if probe.mass is not None and probe.mass < policy.min_mass:
        return Outcome(Truth.UNKNOWN, None, ("no_answer_mass",))
    truth, score = settle(probe, policy).truth, probe.score
    reasons: tuple[Reason, ...] = ()
    if truth is Truth.UNKNOWN:
        if reasoned is None:
            reasons = ("not_asked",)
        elif reasoned.score is None:
            reasons = (reasoned.reason,) if reasoned.reason else ()
        else:
            truth = Truth.YES if reasoned.score >= 0.5 else Truth.NO
    if not question.expect:
        truth, score = ~truth, None if score is None else 1.0 - score
    return Outcome(truth, score, reasons, undecided=truth is Truth.UNKNOWN)


def chain_outcome(rule: Rule, pieces: Sequence[Evidence], policy: Policy) -> Outcome:
    """AND over preconditions of OR over questions. `score` = min over the AND of max over the OR of what was scored:
    an upper bound where a chain ended early."""
    by_question: dict[str, list[Evidence]] = defaultdict(list)
    for piece in pieces:
        by_question[piece.question_id].append(piece)
    truths: list[Truth] = []
    scores: list[float] = []
    reasons: list[Reason] = []
    unscored: list[Reason] = []
    others: list[Reason] = []
    undecided = True
    for precondition in rule.preconditions:
        options = [question_outcome(q, by_question.get(q.id, ()), policy) for q in precondition.any_of]
        truths.append(any_of(option.truth for option in options))
        scored = [option.score for option in options if option.score is not None]
        silent = [reason for option in options if option.score is None for reason in option.reasons]
        if scored:
            scores.append(max(scored))
            others += silent
        else:
            unscored += silent
        if truths[-1] is Truth.UNKNOWN:
            unknown = [option for option in options if option.truth is Truth.UNKNOWN]
            reasons += [reason for option in unknown for reason in option.reasons]
            undecided = undecided and all(option.undecided for option in unknown)
    truth = all_of(truths)
    unknown_now = truth is Truth.UNKNOWN
    return Outcome(
        truth,
        min(scores) if scores else None,
        tuple(reasons) if unknown_now else (),
        unknown_now and undecided,
        tuple(unscored),
        tuple(others),
    )


def graded(rule: Rule, pieces: Iterable[Evidence], policy: Policy, least: Truth = Truth.YES) -> int:
    """The severity of the gravest grade that holds in one segment by any way of looking, 0 if none does; with `least`
    UNKNOWN of those whose answer is missing, too. Reasoning is not spent on grades: what a probe leaves open stays
    open, and is not missing."""
    ways: dict[tuple[Modality, ...], list[Evidence]] = defaultdict(list)
    for piece in pieces:
        ways[piece.modalities].append(piece)
    held = [0]
    for grade in rule.grades:
        mine = [[p for p in way if p.question_id == grade.question.id] for way in ways.values()]
        answers = [question_outcome(grade.question, found, policy) for found in mine if found]
        holds = any(answer.truth is Truth.YES for answer in answers)
        if holds or (least is Truth.UNKNOWN and _missing(answers)):
            held.append(grade.severity)
    return max(held)


def _missing(answers: Sequence[Outcome]) -> bool:
    """Whether an answer failed, or none was asked for at all: a way of looking that had no need to ask hides none."""
    unanswered = [o for o in answers if o.truth is Truth.UNKNOWN and not o.undecided]
    failed = any(reason != "not_asked" for o in unanswered for reason in o.reasons)
    return failed or len(unanswered) == len(answers)


def either(outcomes: Sequence[Outcome]) -> Outcome:
    """OR of outcomes: truths by `any_of`, score the highest, reasons those of the UNKNOWN ones."""
    truth = any_of(o.truth for o in outcomes)
    scores = [o.score for o in outcomes if o.score is not None]
    if truth is not Truth.UNKNOWN:
        doubted = truth is Truth.YES and all(o.doubted for o in outcomes if o.truth is Truth.YES)
        return Outcome(truth, max(scores) if scores else None, doubted=doubted)
    unknown = [o for o in outcomes if o.truth is Truth.UNKNOWN]
    reasons = tuple(reason for o in unknown for reason in o.reasons)
    return Outcome(truth, max(scores) if scores else None, reasons, all(o.undecided for o in unknown))

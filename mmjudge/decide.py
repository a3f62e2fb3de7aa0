"""Evidence -> Truth -> Finding -> Verdict. Pure arithmetic: no model, no file, no clock.

Knows the chain (AND of ORs within a segment, any segment, any gap), the thresholds a policy brings and the
calibration learnt from labels. Refuses to measure: whatever was not measured is UNKNOWN with a reason, never NO.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mmjudge import probability
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.policy import Policy
from mmjudge.types import (
    Evidence,
    Finding,
    Measurement,
    Passage,
    Question,
    Reason,
    Route,
    Rubric,
    Rule,
    TriClass,
    Truth,
    Verdict,
    all_of,
    any_of,
)


class Settled(NamedTuple):
    """What one question's probe says under a policy, and by which strategy."""

    truth: Truth
    path: Route


class Outcome(NamedTuple):
    """`score` in [0, 1] or None; `reasons` are empty unless the truth is UNKNOWN; `undecided`: measured, but between
    the thresholds, so that reasoning could settle it (no answer is missing). Of a chain, whatever its truth: `unscored`
    says why preconditions have no score at all (with one the chain's score could only fall), `options` why alternatives
    beside scored ones have none (with one it could rise)."""

    truth: Truth
    score: float | None
    reasons: tuple[Reason, ...] = ()
    undecided: bool = False
    unscored: tuple[Reason, ...] = ()
    options: tuple[Reason, ...] = ()


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


def calibrated_outcome(
    chain: Outcome, calibration: RuleCalibration, juror: float | None, policy: Policy, clearest: float | None = None
) -> Outcome:
    """The chain's outcome with its score calibrated, truth read off the score except where an answer is missing.

    `clearest`: the highest such score of a rule found violated in the segment, None if there is none; a score more
    than `policy.beside` behind it is held below the band, so that one violation is not reported as all of them.

    A score below `no_below` settles NO even for a chain with preconditions that were not scored, because with them it
    can only fall; it settles nothing if an alternative is missing, because with that it could rise. A violation needs
    every precondition scored. Between the bounds the chain's own truth stands.
    """
    if chain.score is None or (juror is None and calibration.juror):
        return chain if chain.truth is Truth.UNKNOWN else Outcome(Truth.UNKNOWN, chain.score, ("not_asked",))
    others = [] if juror is None else [(juror, calibration.juror)]
    score = probability.calibrated(chain.score, calibration.slope, calibration.bias, others)
    if clearest is not None and probability.logit(clearest) - probability.logit(score) > policy.beside:
        score = min(score, 0.99 * policy.no_below)
    if score < policy.no_below:
        return Outcome(Truth.UNKNOWN, score, chain.options) if chain.options else Outcome(Truth.NO, score)
    if score >= policy.yes_from:
        return Outcome(Truth.UNKNOWN, score, chain.unscored) if chain.unscored else Outcome(Truth.YES, score)
    return Outcome(chain.truth, score, chain.reasons, chain.undecided)


def segment_outcome(
    rule: Rule,
    pieces: Sequence[Evidence],
    juror: float | None,
    policy: Policy,
    calibration: RuleCalibration | None,
    clearest: float | None = None,
) -> Outcome:
    """One rule in one segment: any of the ways it was looked at (words, pictures, both at once) may show it."""
    relevance = [p for p in pieces if p.stage == "relevance" and p.score is not None]
    if relevance and relevance[-1].score is not None and relevance[-1].score < policy.relevant_below:
        return Outcome(Truth.NO, None)
    groups: dict[tuple[str, ...], list[Evidence]] = defaultdict(list)
    for piece in pieces:
        if piece.stage != "relevance":
            groups[piece.modalities].append(piece)
    if not groups:
        return Outcome(Truth.UNKNOWN, None, ("not_asked",))
    return either([group_outcome(rule, group, juror, policy, calibration, clearest) for group in groups.values()])


def group_outcome(
    rule: Rule,
    pieces: Sequence[Evidence],
    juror: float | None,
    policy: Policy,
    calibration: RuleCalibration | None,
    clearest: float | None = None,
) -> Outcome:
    """One rule as seen through one set of modalities. Evidence about the whole rule stands beside the chain."""
    whole = [rule_evidence_outcome(p, policy) for p in pieces if not p.question_id]
    asked = [p for p in pieces if p.question_id]
    if asked:
        chain = chain_outcome(rule, asked, policy)
        if calibration is not None and "text" in pieces[0].modalities:
            chain = calibrated_outcome(chain, calibration, juror, policy, clearest)
        whole.append(chain)
    return either(whole)


def rule_evidence_outcome(piece: Evidence, policy: Policy) -> Outcome:
    """A detector's score, or why the rule could not be looked at."""
    if piece.score is None:
        return Outcome(Truth.UNKNOWN, None, (piece.reason,) if piece.reason else ())
    return Outcome(Truth.YES if piece.score >= policy.detector_at else Truth.NO, piece.score)


def either(outcomes: Sequence[Outcome]) -> Outcome:
    """OR of outcomes: truths by `any_of`, score the highest, reasons those of the UNKNOWN ones."""
    truth = any_of(o.truth for o in outcomes)
    scores = [o.score for o in outcomes if o.score is not None]
    if truth is not Truth.UNKNOWN:
        return Outcome(truth, max(scores) if scores else None)
    unknown = [o for o in outcomes if o.truth is Truth.UNKNOWN]
    reasons = tuple(reason for o in unknown for reason in o.reasons)
    return Outcome(truth, max(scores) if scores else None, reasons, all(o.undecided for o in unknown))


def speaks_to(rule: Rule, passage: Passage) -> bool:
    """Whether the passage has anything in it that the rule is about."""
    return bool(set(rule.modalities) & set(passage.modalities))


def clearest_of(
    rubric: Rubric, measurement: Measurement, policy: Policy, calibration: Calibration | None
) -> dict[int, float]:
    """The highest calibrated score of a rule found violated by its score, in each segment that has one."""
    if calibration is None:
        return {}
    jurors = {p.segment: p.score for p in measurement.evidence if p.stage == "juror"}
    channels = {passage.index: passage.channel for passage in measurement.passages}
    asked: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
    for piece in measurement.evidence:
        if piece.question_id and "text" in piece.modalities:
            asked[piece.rule_id, piece.segment].append(piece)
    for piece in measurement.evidence:
        if piece.stage == "relevance" and piece.score is not None and piece.score < policy.relevant_below:
            asked.pop((piece.rule_id, piece.segment), None)
    highest: dict[int, float] = {}
    for (rule_id, segment), pieces in asked.items():
        learnt = calibration.rule(rule_id, channels.get(segment, "post"))
        if learnt is not None:
            chain = chain_outcome(rubric.rule(rule_id), pieces, policy)
            found = calibrated_outcome(chain, learnt, jurors.get(segment), policy)
            if found.truth is Truth.YES and found.score is not None and found.score >= policy.yes_from:
                highest[segment] = max(highest.get(segment, 0.0), found.score)
    return highest


def finding(
    rule: Rule,
    measurement: Measurement,
    policy: Policy,
    calibration: Calibration | None = None,
    clearest: Mapping[int, float] | None = None,
) -> Finding:
    """One rule over all segments and gaps of an item. `clearest` as `clearest_of` gives it."""
    highest = clearest or {}
    mine: dict[int, list[Evidence]] = defaultdict(list)
    jurors: dict[int, float] = {}
    for piece in measurement.evidence:
        if piece.rule_id == rule.id:
            mine[piece.segment].append(piece)
        elif piece.stage == "juror" and piece.score is not None:
            jurors[piece.segment] = piece.score
    outcomes = {
        passage.index: segment_outcome(
            rule,
            mine[passage.index],
            jurors.get(passage.index),
            policy,
            calibration.rule(rule.id, passage.channel) if calibration else None,
            highest.get(passage.index),
        )
        for passage in measurement.passages
        if speaks_to(rule, passage)
    }
    unread = [Outcome(Truth.UNKNOWN, None, (gap.reason,)) for gap in measurement.gaps]
    if not outcomes and not unread:
        return Finding(rule.id, Truth.NO, applies=False, severity=rule.severity)
    total = either([*outcomes.values(), *unread])
    carrier = max(outcomes, key=lambda i: (outcomes[i].truth, outcomes[i].score or 0.0, -i), default=None)
    firm = max((o.score for o in outcomes.values() if o.truth is Truth.YES and o.score is not None), default=None)
    mild = rule.severity < policy.severity_at or (firm is not None and firm < policy.unsafe_from)
    return Finding(
        rule.id,
        total.truth,
        total.score,
        carrier,
        tuple(sorted(set(total.reasons))),
        severity=rule.severity,
        controversial=total.truth is Truth.YES and mild,
    )


def label_of(findings: Sequence[Finding]) -> TriClass:
    """What people are told: a firm violation first, then anything unknown, then the doubtful, and only then safe.

    An item no rule speaks to was not judged at all: it needs review.
    """
    applicable = [f for f in findings if f.applies]
    if any(f.truth is Truth.YES and not f.controversial for f in applicable):
        return "unsafe"
    if not applicable or any(f.truth is Truth.UNKNOWN for f in applicable):
        return "needs_review"
    return "controversial" if any(f.truth is Truth.YES for f in applicable) else "safe"


def decide(
    rubric: Rubric, measurement: Measurement, policy: Policy, judge_id: str, calibration: Calibration | None = None
) -> Verdict:
    """A verdict from what was measured. The same evidence, policy and calibration always give the same verdict."""
    clearest = clearest_of(rubric, measurement, policy, calibration)
    findings = tuple(finding(rule, measurement, policy, calibration, clearest) for rule in rubric.rules)
    applicable = [f for f in findings if f.applies]
    scores = [f.score for f in applicable if f.score is not None]
    violated = [f.severity for f in applicable if f.truth is Truth.YES]
    return Verdict(
        item_id=measurement.item_id,
        judge_id=judge_id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        policy_id=policy.id,
        label=label_of(findings),
        truth=any_of(f.truth for f in applicable) if applicable else Truth.UNKNOWN,
        score=max(scores) if scores else None,
        severity=max(violated, default=0),
        assessed=sum(f.truth is not Truth.UNKNOWN for f in applicable),
        applicable=len(applicable),
        findings=findings,
        measurement=measurement,
    )


class Waiting(NamedTuple):
    """A question that was measured, came out between the thresholds, and on which a rule still hangs."""

    rule: Rule
    question: Question
    segment: int


def undecided(
    rubric: Rubric, measurement: Measurement, policy: Policy, calibration: Calibration | None = None
) -> list[Waiting]:
    """What reasoning could still settle, the likeliest violation first; ties in rubric order."""
    jurors = {p.segment: p.score for p in measurement.evidence if p.stage == "juror"}
    clearest = clearest_of(rubric, measurement, policy, calibration)
    waiting: list[tuple[float, Waiting]] = []
    for rule in rubric.rules:
        for passage in measurement.passages:
            learnt = calibration.rule(rule.id, passage.channel) if calibration else None
            pieces = [p for p in measurement.evidence if p.rule_id == rule.id and p.segment == passage.index]
            asked = [p for p in pieces if p.question_id]
            if not asked:
                continue
            highest = clearest.get(passage.index)
            outcome = group_outcome(rule, asked, jurors.get(passage.index), policy, learnt, highest)
            if outcome.truth is not Truth.UNKNOWN or not outcome.undecided:
                continue
            for question in rule.questions:
                mine = [p for p in asked if p.question_id == question.id]
                if question_outcome(question, mine, policy).undecided:
                    waiting.append((outcome.score or 0.0, Waiting(rule, question, passage.index)))
    return [entry for _, entry in sorted(waiting, key=lambda pair: -pair[0])]

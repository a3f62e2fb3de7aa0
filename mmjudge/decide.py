"""Outcomes of chains -> Finding -> Verdict. Pure arithmetic: no model, no file, no clock.

Knows how rules are folded over segments, gaps and an item, the calibration learnt from labels, and a policy's
numbers and its switches for single rules. Refuses to measure: whatever was not measured is UNKNOWN with a reason,
never NO.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mmjudge import probability
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.chain import Outcome, chain_outcome, either, graded, question_outcome
from mmjudge.policy import Policy, allows, under
from mmjudge.switches import switch_of
from mmjudge.types import (
    Evidence,
    Finding,
    Measurement,
    Modality,
    Passage,
    Question,
    Rubric,
    Rule,
    TriClass,
    Truth,
    Verdict,
    any_of,
)


class Scale(NamedTuple):
    """By what a chain's score in one segment is read: what was learnt about the rule, what the juror says there, and
    the highest calibrated score of a rule found violated there (`clearest_of`), None if there is none."""

    learnt: RuleCalibration
    juror: float | None = None
    clearest: float | None = None


Scales = Mapping[tuple[str, int], Scale]
"""By rule id and segment; a rule without one is read by its chain alone."""


def scales_of(rubric: Rubric, measurement: Measurement, policy: Policy, calibration: Calibration | None) -> Scales:
    """The scale of every rule in every segment that the calibration speaks to: none without a calibration."""
    if calibration is None:
        return {}
    jurors = {p.segment: p.score for p in measurement.evidence if p.stage == "juror"}
    scales = {
        (rule.id, passage.index): Scale(learnt, jurors.get(passage.index))
        for rule in rubric.rules
        for passage in measurement.passages
        if (learnt := calibration.rule(rule.id, passage.channel)) is not None
    }
    highest = clearest_of(rubric, measurement, policy, scales)
    return {key: scale._replace(clearest=highest.get(key[1])) for key, scale in scales.items()}


def clearest_of(rubric: Rubric, measurement: Measurement, policy: Policy, scales: Scales) -> dict[int, float]:
    """The highest calibrated score of a rule found violated by its score, in each segment that has one.

    Of the rules that count: what a policy allows must not hold down what it does not allow.
    """
    decided = {rule.id: under(rule, policy) for rule in rubric.rules if not allows(policy, rule)}
    asked: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
    for piece in measurement.evidence:
        if piece.question_id and piece.rule_id in decided and "text" in piece.modalities:
            asked[piece.rule_id, piece.segment].append(piece)
    for piece in measurement.evidence:
        about = (piece.rule_id, piece.segment)
        if about in asked and irrelevant(rubric.rule(piece.rule_id), piece, asked[about][0].modalities, policy):
            del asked[about]
    highest: dict[int, float] = {}
    for key, pieces in asked.items():
        if key in scales:
            rule, own = decided[key[0]]
            found = calibrated_outcome(chain_outcome(rule, pieces, own), scales[key], own)
            if found.truth is Truth.YES and found.score is not None and found.score >= own.yes_from:
                highest[key[1]] = max(highest.get(key[1], 0.0), found.score)
    return highest


def calibrated_outcome(chain: Outcome, scale: Scale, policy: Policy) -> Outcome:
    """The chain's outcome with its score calibrated, truth read off the score except where an answer is missing.

    A score more than `policy.beside` behind the clearest one is held below the band, so that one violation is not
    reported as all of them.

    A score below `no_below` settles NO even for a chain with preconditions that were not scored, because with them it
    can only fall; it settles nothing if an alternative is missing, because with that it could rise. A violation needs
    every precondition scored. Between the bounds the chain's own truth stands.
    """
    learnt, juror, clearest = scale
    if chain.score is None or (juror is None and learnt.juror):
        return chain if chain.truth is Truth.UNKNOWN else Outcome(Truth.UNKNOWN, chain.score, ("not_asked",))
    others = [] if juror is None else [(juror, learnt.juror)]
    score = probability.calibrated(chain.score, learnt.slope, learnt.bias, others)
    score = score if learnt.curve is None else learnt.curve(score)
    if clearest is not None and probability.logit(clearest) - probability.logit(score) > policy.beside:
        score = min(score, 0.99 * policy.no_below)
    if score < policy.no_below:
        return Outcome(Truth.UNKNOWN, score, chain.options) if chain.options else Outcome(Truth.NO, score)
    if score >= policy.yes_from:
        return Outcome(Truth.UNKNOWN, score, chain.unscored) if chain.unscored else Outcome(Truth.YES, score)
    return Outcome(chain.truth, score, chain.reasons, chain.undecided)


def segment_outcome(rule: Rule, pieces: Sequence[Evidence], policy: Policy, scale: Scale | None) -> Outcome:
    """One rule in one segment: any of the ways it was looked at (words, pictures, both at once) may show it.

    An irrelevant rule need not have been asked: that is NO in place of its chain. What detectors say, and what nobody
    could look at, stands beside it. Answers about grades say nothing about whether the rule is violated.
    """
    rule, policy = under(rule, policy)
    grades = {grade.question.id for grade in rule.grades}
    relevance = [piece for piece in pieces if piece.stage == "relevance"]
    groups: dict[tuple[Modality, ...], list[Evidence]] = defaultdict(list)
    outcomes: list[Outcome] = []
    for piece in pieces:
        if piece.stage == "relevance" or piece.question_id in grades:
            continue
        if piece.question_id and any(irrelevant(rule, p, piece.modalities, policy) for p in relevance):
            outcomes = [Outcome(Truth.NO, None)]
        else:
            groups[piece.modalities].append(piece)
    outcomes += [group_outcome(rule, group, policy, scale) for group in groups.values()]
    return either(outcomes) if outcomes else Outcome(Truth.UNKNOWN, None, ("not_asked",))


def irrelevant(rule: Rule, piece: Evidence, looked: Iterable[Modality], policy: Policy) -> bool:
    """Whether this is a similarity that makes it needless to ask about the rule what can be seen through `looked`.

    Only where the encoder looked at everything there that the rule can show in: a picture unlike a rule says nothing
    about the words beside it.
    """
    if piece.stage != "relevance" or piece.score is None or piece.score >= policy.relevant_from(piece.model):
        return False
    return set(rule.modalities) & set(looked) <= set(piece.modalities)


def group_outcome(rule: Rule, pieces: Sequence[Evidence], policy: Policy, scale: Scale | None) -> Outcome:
    """One rule as seen through one set of modalities. Evidence about the whole rule stands beside the chain."""
    whole = [rule_evidence_outcome(p, policy) for p in pieces if not p.question_id]
    asked = [p for p in pieces if p.question_id]
    if asked:
        chain = chain_outcome(rule, asked, policy)
        if scale is not None and "text" in pieces[0].modalities:
            chain = calibrated_outcome(chain, scale, policy)
        whole.append(chain)
    return either(whole)


def rule_evidence_outcome(piece: Evidence, policy: Policy) -> Outcome:
    """A detector's or guard's score, or why the rule could not be looked at.

    A guard that named no category bounds every rule's score from above: below the threshold that settles NO, above it
    nobody asked which category it would be.
    """
    if piece.score is None:
        return Outcome(Truth.UNKNOWN, None, (piece.reason,) if piece.reason else ())
    if piece.mass is not None and piece.mass < policy.min_mass:
        return Outcome(Truth.UNKNOWN, None, ("no_answer_mass",))
    if piece.score < policy.detector_at:
        return Outcome(Truth.NO, piece.score)
    if piece.path == "bounded":
        return Outcome(Truth.UNKNOWN, piece.score, ("not_asked",))
    return Outcome(Truth.YES, piece.score, doubted=piece.path == "doubted")


def speaks_to(rule: Rule, passage: Passage) -> bool:
    """Whether the passage has anything in it that the rule is about."""
    return bool(set(rule.modalities) & set(passage.modalities))


def finding(rule: Rule, measurement: Measurement, policy: Policy, scales: Scales) -> Finding:
    """One rule over all segments and gaps of an item, as the policy's switch for it has it.

    A grade that holds in any segment that is violated raises its severity.
    """
    state = switch_of(rule, policy.switches).state
    rule, policy = under(rule, policy)
    mine: dict[int, list[Evidence]] = defaultdict(list)
    for piece in measurement.evidence:
        if piece.rule_id == rule.id:
            mine[piece.segment].append(piece)
    outcomes = {
        passage.index: segment_outcome(rule, mine[passage.index], policy, scales.get((rule.id, passage.index)))
        for passage in measurement.passages
        if speaks_to(rule, passage)
    }
    unread = [Outcome(Truth.UNKNOWN, None, (gap.reason,)) for gap in measurement.gaps]
    if not outcomes and not unread:
        return Finding(rule.id, Truth.NO, applies=False, severity=rule.severity, allowed=state == "allowed")
    total = either([*outcomes.values(), *unread])
    carrier = max(outcomes, key=lambda i: (outcomes[i].truth, outcomes[i].score or 0.0, -i), default=None)
    firm = max((o.score for o in outcomes.values() if o.truth is Truth.YES and o.score is not None), default=None)
    violating = [i for i, outcome in outcomes.items() if outcome.truth is Truth.YES]
    severity = max([rule.severity, *(graded(rule, mine[i], policy) for i in violating)])
    # a grade nobody answered could be the one that counts: what is missing makes nothing mild
    gravest = max([severity, *(graded(rule, mine[i], policy, Truth.UNKNOWN) for i in violating)])
    mild = gravest < policy.severity_at or (firm is not None and firm < policy.unsafe_from) or total.doubted
    return Finding(
        rule.id,
        total.truth,
        total.score,
        carrier,
        tuple(sorted(set(total.reasons))),
        severity=severity,
        controversial=total.truth is Truth.YES and mild and state != "sensitive",
        allowed=state == "allowed",
    )


def label_of(findings: Sequence[Finding]) -> TriClass:
    """What people are told: a firm violation first, then anything unknown, then the doubtful, and only then safe.

    Only findings that count are looked at. An item no rule that counts speaks to was not judged: it needs review.
    """
    counted = [f for f in findings if f.counts]
    if any(f.truth is Truth.YES and not f.controversial for f in counted):
        return "unsafe"
    if not counted or any(f.truth is Truth.UNKNOWN for f in counted):
        return "needs_review"
    return "controversial" if any(f.truth is Truth.YES for f in counted) else "safe"


def decide(
    rubric: Rubric, measurement: Measurement, policy: Policy, judge_id: str, calibration: Calibration | None = None
) -> Verdict:
    """A verdict from what was measured. The same evidence, policy and calibration always give the same verdict."""
    scales = scales_of(rubric, measurement, policy, calibration)
    findings = tuple(finding(rule, measurement, policy, scales) for rule in rubric.rules)
    applicable = [f for f in findings if f.applies]
    counted = [f for f in findings if f.counts]
    scores = [f.score for f in counted if f.score is not None]
    violated = [f.severity for f in counted if f.truth is Truth.YES]
    return Verdict(
        item_id=measurement.item_id,
        judge_id=judge_id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        policy_id=policy.id,
        label=label_of(findings),
        truth=any_of(f.truth for f in counted) if counted else Truth.UNKNOWN,
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
    scales = scales_of(rubric, measurement, policy, calibration)
    waiting: list[tuple[float, Waiting]] = []
    for rule, own in (under(rule, policy) for rule in rubric.rules):
        for passage in measurement.passages:
            pieces = [p for p in measurement.evidence if p.rule_id == rule.id and p.segment == passage.index]
            asked = [p for p in pieces if p.question_id]
            if not asked:
                continue
            outcome = group_outcome(rule, asked, own, scales.get((rule.id, passage.index)))
            if outcome.truth is not Truth.UNKNOWN or not outcome.undecided:
                continue
            for question in rule.questions:
                mine = [p for p in asked if p.question_id == question.id]
                if question_outcome(question, mine, own).undecided:
                    waiting.append((outcome.score or 0.0, Waiting(rule, question, passage.index)))
    return [entry for _, entry in sorted(waiting, key=lambda pair: -pair[0])]

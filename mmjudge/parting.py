"""Which precondition decided a judge's answer about a rule, and at which a person parted from it. Pure.

Knows one measurement under one policy. Refuses to know who is right. Reads the same folds as `decide` and stores
nothing: under another policy another precondition may decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mmjudge.chain import Outcome, chain_outcome, question_outcome
from mmjudge.policy import Policy, under
from mmjudge.truth_table import precondition_holds
from mmjudge.types import Evidence, Label, Modality, Rule, Truth, Verdict, any_of

ANSWERED: dict[str, Truth] = {"yes": Truth.YES, "no": Truth.NO}
"""A label as a truth; whatever else it says is UNKNOWN."""


class Held(NamedTuple):
    """What the judge made of one precondition: whether it holds, and its score (the highest of its questions')."""

    precondition_id: str
    truth: Truth
    score: float | None


class Decider(NamedTuple):
    """The precondition a judge's answer about a rule hangs on, and in which segment."""

    rule_id: str
    held: Held
    segment: int


def held_by(rule: Rule, pieces: Iterable[Evidence], policy: Policy) -> tuple[Held, ...]:
    """Each precondition by the evidence of one segment and one way of looking, in the order of the chain."""
    by_question: dict[str, list[Evidence]] = defaultdict(list)
    for piece in pieces:
        by_question[piece.question_id].append(piece)
    found = []
    for precondition in rule.preconditions:
        options = [question_outcome(q, by_question.get(q.id, ()), policy) for q in precondition.any_of]
        scores = [option.score for option in options if option.score is not None]
        found.append(Held(precondition.id, any_of(o.truth for o in options), max(scores, default=None)))
    return tuple(found)


def decider(rule: Rule, verdict: Verdict, policy: Policy) -> Decider | None:
    """The precondition that decided: of the segment and way of looking nearest to a violation, the one that holds
    least (by truth, then by score). A NO fell there first; a YES stands on it as on its weakest link. None where the
    rule was not asked by its questions (guards, detectors, nothing observable)."""
    segment, pieces = nearest(rule, verdict, policy)
    asked = [one for one in held_by(rule, pieces, policy) if one.truth is not Truth.UNKNOWN or one.score is not None]
    least = min(asked, key=lambda one: (one.truth, 2.0 if one.score is None else one.score), default=None)
    return None if least is None else Decider(rule.id, least, segment)


def nearest(rule: Rule, verdict: Verdict, policy: Policy) -> tuple[int, tuple[Evidence, ...]]:
    """The segment and way of looking nearest to a violation (the segment that carried the finding, where one did), and
    the evidence there; none where the rule was not asked by its questions."""
    carried = next((f.segment for f in verdict.findings if f.rule_id == rule.id), None)
    ways: dict[tuple[int, tuple[Modality, ...]], list[Evidence]] = defaultdict(list)
    for piece in verdict.measurement.evidence:
        if piece.rule_id == rule.id and piece.question_id and piece.stage in ("probe", "reason"):
            ways[piece.segment, piece.modalities].append(piece)
    if any(segment == carried for segment, _ in ways):
        ways = defaultdict(list, {key: group for key, group in ways.items() if key[0] == carried})
    rule, policy = under(rule, policy)

    def high(outcome: Outcome) -> tuple[int, float]:
        return outcome.truth, outcome.score if outcome.score is not None else -1.0

    ranked = sorted(ways.items(), key=lambda way: (high(chain_outcome(rule, way[1], policy)), -way[0][0]))
    return (ranked[-1][0][0], tuple(ranked[-1][1])) if ranked else (0, ())


def judged_answers(rule: Rule, verdict: Verdict, policy: Policy) -> dict[str, Truth]:
    """The judge's answers to the questions of a rule, as they were asked, where it was nearest to a violation."""
    by_question: dict[str, list[Evidence]] = defaultdict(list)
    for piece in nearest(rule, verdict, policy)[1]:
        by_question[piece.question_id].append(piece)
    truths = {q: question_outcome(q, by_question[q.id], policy).truth for q in rule.questions if q.id in by_question}
    return {question.id: truth if question.expect else ~truth for question, truth in truths.items()}


def rule_behind(verdict: Verdict) -> str:
    """The rule a verdict on the whole item hangs on: the gravest one violated, else the one with the highest score.
    "" where none has any."""
    if verdict.categories:
        return verdict.categories[0]
    scored = [f for f in verdict.findings if f.counts and f.score is not None]
    return max(scored, key=lambda f: (f.truth, f.score or 0.0, f.rule_id)).rule_id if scored else ""


def answers_of(labels: Iterable[Label], rule_id: str) -> dict[str, Truth]:
    """One person's answers to the questions of a rule, as they were asked (question id: truth)."""
    return {
        label.question_id: ANSWERED.get(label.value, Truth.UNKNOWN)
        for label in labels
        if label.question_id and label.rule_id == rule_id and label.value != "withdrawn"
    }


def parts_at(rule: Rule, answers: Mapping[str, Truth], held: Iterable[Held]) -> tuple[str, ...]:
    """The preconditions on which a person's answers and the judge's come to opposite truths, in the order of the
    chain. UNKNOWN on either side parts from nobody."""
    judged = {one.precondition_id: one.truth for one in held}
    return tuple(
        p.id
        for p in rule.preconditions
        if {precondition_holds(p, answers), judged.get(p.id, Truth.UNKNOWN)} == {Truth.YES, Truth.NO}
    )

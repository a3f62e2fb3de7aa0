"""What came of a rule tried on something, and trials counted. Pure.

Knows how the evidence of a trial reads as answers to the questions of its chain, and how shares and their intervals are
counted. Refuses to measure (`trying` does) and to decide. What was not answered is never counted as right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from mmjudge.chain import chain_outcome, question_outcome
from mmjudge.policy import Policy
from mmjudge.truth_table import outcome
from mmjudge.types import Evidence, Example, Finding, Measurement, Modality, Reason, Rule, Truth

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are of 95 %."""


class Look(NamedTuple):
    """What was asked in one segment through one set of modalities: answers by question id, as asked (YES: the statement
    is true), and what the chain alone makes of them."""

    segment: int
    modalities: tuple[Modality, ...]
    answers: Mapping[str, Truth]
    outcome: Truth


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a rule tried on something.

    `rule` and `policy`: as it was tried and decided, with the policy's switch for it applied and, for an example that
    describes, with text among the modalities. `example`: None where something without a known answer was tried.
    `note`: what to bear in mind, in words, or "".
    """

    example: Example | None
    finding: Finding
    measurement: Measurement
    rule: Rule
    policy: Policy
    note: str = ""

    @property
    def truth(self) -> Truth:
        """YES: violated. UNKNOWN too where the rule does not speak to what was given: nothing was asked."""
        return self.finding.truth if self.finding.applies else Truth.UNKNOWN

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the truth is UNKNOWN; () if it is not."""
        return self.finding.reasons if self.finding.applies else ("not_asked",)

    @property
    def right(self) -> bool | None:
        """Whether the example came out as it says; None where there is none, or the truth is UNKNOWN."""
        if self.example is None or self.truth is Truth.UNKNOWN:
            return None
        return (self.truth is Truth.YES) is self.example.violates

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence about the rule; a juror's, about the whole rubric, stands in the measurement."""
        return tuple(piece for piece in self.measurement.evidence if piece.rule_id == self.rule.id)

    @property
    def asked(self) -> int:
        """How many questions a model was asked about it."""
        return sum(p.stage == "probe" and bool(p.question_id) and p.reason != "not_asked" for p in self.evidence)

    @property
    def undecided(self) -> bool:
        """Whether it is UNKNOWN for one thing only: answers that lie between the policy's thresholds. Reasoning could
        settle them; its reasons say what kept it from that (not_asked: it was off, or its budget was used up)."""
        if self.truth is not Truth.UNKNOWN or not self.looks:
            return False
        open_looks = [look for look in self.looks if look.outcome is Truth.UNKNOWN]
        return bool(open_looks) and all(
            chain_outcome(self.rule, self._seen(look.segment, look.modalities), self.policy).undecided
            for look in open_looks
        )

    def _seen(self, segment: int, modalities: tuple[Modality, ...]) -> list[Evidence]:
        return [p for p in self.evidence if p.question_id and (p.segment, p.modalities) == (segment, modalities)]

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every way it was looked at, that which speaks most for a violation first."""
        looks = []
        for segment, modalities in dict.fromkeys((p.segment, p.modalities) for p in self.evidence if p.question_id):
            answers = answers_of(self.rule, self._seen(segment, modalities), self.policy)
            looks.append(Look(segment, modalities, answers, outcome(self.rule, answers)))
        return tuple(sorted(looks, key=lambda look: (-look.outcome, look.segment != self.finding.segment)))


def answers_of(rule: Rule, pieces: Sequence[Evidence], policy: Policy) -> dict[str, Truth]:
    """Evidence from one way of looking at one segment as answers, for `truth_table`: YES says the statement is true."""
    answers = {}
    for question in rule.questions:
        truth = question_outcome(question, [p for p in pieces if p.question_id == question.id], policy).truth
        answers[question.id] = truth if question.expect else ~truth
    return answers


# --- counting ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Of `n` examples: came out as they say, the other way round, or not known."""

    n: int = 0
    right: int = 0
    wrong: int = 0
    unknown: int = 0

    @property
    def accuracy(self) -> float | None:
        """Right of all; what is unknown is not right. None of nothing."""
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the accuracy (Wilson), as if the examples were drawn at random."""
        return wilson(self.right, self.n) if self.n else None


@dataclass(frozen=True, slots=True)
class Score:
    """Trials of examples counted: all, those that violate, near misses.

    `pairs`: of every violating example and near miss of one rule, right if the first scores higher whatever the
    thresholds, unknown if one has no score; a tie is wrong. `undecided`: how many of the unknown only lie between the
    thresholds; `reasons`: why the others are unknown, each reason counted once a trial, commonest first. `asked`
    questions took `seconds` (priors apart, they are measured once).
    """

    total: Tally
    violating: Tally
    near_misses: Tally
    pairs: Tally
    undecided: int
    reasons: tuple[tuple[Reason, int], ...]
    asked: int
    seconds: float


def score(trials: Iterable[Trial]) -> Score:
    """The score of the trials that have an example; others are left out."""
    judged = [trial for trial in trials if trial.example is not None]
    counted = Counter(reason for trial in judged if not trial.undecided for reason in set(trial.reasons))
    return Score(
        tally(judged),
        tally([trial for trial in judged if trial.example and trial.example.violates]),
        tally([trial for trial in judged if trial.example and not trial.example.violates]),
        ordered(judged),
        sum(trial.undecided for trial in judged),
        tuple(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))),
        sum(trial.asked for trial in judged),
        sum(trial.measurement.seconds for trial in judged),
    )


def tally(trials: Sequence[Trial]) -> Tally:
    """Trials with an example, counted."""
    return _counted([trial.right for trial in trials])


def _counted(answers: Sequence[bool | None]) -> Tally:
    return Tally(len(answers), *(sum(answer is kind for answer in answers) for kind in (True, False, None)))


def ordered(trials: Sequence[Trial]) -> Tally:
    """Pairs of a violating example and a near miss of the same rule: whether the first has the higher score.

    Of one rubric: elsewhere the same id is another rule."""
    above: list[bool | None] = []
    for rule_id in dict.fromkeys(trial.rule.id for trial in trials):
        mine = [trial for trial in trials if trial.rule.id == rule_id and trial.example is not None]
        scores = [(trial.example.violates, trial.finding.score) for trial in mine if trial.example]
        for high in (score for violates, score in scores if violates):
            for low in (score for violates, score in scores if not violates):
                above.append(None if high is None or low is None else high > low)
    return _counted(above)


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, in [0, 1]; holds for small n and for shares of 0 and 1. n at least 1."""
    share = right / n
    middle = share + Z * Z / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)

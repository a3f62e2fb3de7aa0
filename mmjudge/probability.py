"""Yes/no masses to scores: normalising, debiasing, averaging, calibrating. Pure arithmetic on floats.

Knows the formulas of CLUE (arXiv 2501.00192, section 1.1 of the method: M = P(yes) / (P(yes) + P(no)), strategies 1
and 2) and of Platt scaling. Refuses to know models, rules and thresholds: those are arguments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from mmjudge.types import Missing, YesNo

EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1 before a logit is taken: float32 softmax gives exact zeros."""


class Share(NamedTuple):
    """M = yes / (yes + no) in [0, 1]; `mass` = yes + no; [`low`, `high`] bounds M over what the server did not show."""

    m: float
    mass: float
    low: float
    high: float


def share(answer: YesNo) -> Share | Missing:
    """Renormalise once. No mass at all on yes or no is `no_answer_mass`, never 0 or 0.5."""
    mass = answer.yes + answer.no
    if mass <= 0.0:
        return Missing(
            "no_answer_mass", f"neither yes nor no among the tokens shown; at most {answer.unseen:.2g} unseen"
        )
    total = mass + answer.unseen
    return Share(answer.yes / mass, mass, answer.yes / total, (answer.yes + answer.unseen) / total)


def logit(p: float) -> float:
    """Log-odds of p in [0, 1], finite because p is kept `EDGE` from both ends."""
    p = min(max(p, EDGE), 1.0 - EDGE)
    return math.log(p / (1.0 - p))


def sigmoid(x: float) -> float:
    """Inverse of `logit`, without overflow for any finite x."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


def debiased(m: float, prior: float | None) -> float:
    """A score in [0, 1] that is 0.5 where the content changed nothing: sigmoid(logit M(x) - logit M(none)).

    A difference of log-odds keeps the order of the paper's difference for one question and, unlike it, does not
    squeeze questions whose prior lies near 0 or 1. Without a prior the score is M(x) itself.
    """
    return m if prior is None else sigmoid(logit(m) - logit(prior))


def average(shares: Sequence[Share]) -> Share:
    """The mean over phrasings of one question, in log-odds, so that one hesitant phrasing cannot hide a firm one."""
    n = len(shares)
    return Share(
        sigmoid(sum(logit(s.m) for s in shares) / n),
        sum(s.mass for s in shares) / n,
        min(s.low for s in shares),
        max(s.high for s in shares),
    )


def rejected_by_prior(m: float, prior: float, alpha: float) -> bool:
    """Strategy 1, reject: M(x) - M(none) < -alpha * M(none). Paper: alpha = 0.3."""
    return m - prior < -alpha * prior


def accepted_by_prior(m: float, prior: float, alpha: float) -> bool:
    """Strategy 1, accept: M(x) - M(none) > alpha * (1 - M(none)). Paper: alpha = 0.8."""
    return m - prior > alpha * (1.0 - prior)


def accepted_by_removal(m: float, m_removed: float, beta: float) -> bool:
    """Strategy 2, accept: M(x) - M(x without its central object) > beta. Paper: beta = 0.6. It never rejects."""
    return m - m_removed > beta


def calibrated(score: float, slope: float, bias: float, others: Sequence[tuple[float, float]] = ()) -> float:
    """Platt scaling in log-odds, with further (score, weight) pairs of other jurors: a probability in [0, 1]."""
    return sigmoid(bias + slope * logit(score) + sum(weight * logit(other) for other, weight in others))

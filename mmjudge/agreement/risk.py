"""A threshold that misses at most a share alpha of the violations, said with a confidence. Pure numpy and scipy.

Knows one-sided Clopper-Pearson bounds and fixed-sequence testing. Refuses to promise what the labels cannot carry: then
it says how many are needed. The promise holds for content like that which was labelled, and for nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Threshold:
    """Call a violation what scores `at` or more. `missed` of `n` labelled violations score less; with probability
    `confidence` over the labels, at most `alpha` of all such violations do. `bound`: the upper end of the one-sided
    Clopper-Pearson interval of the miss rate."""

    at: float
    missed: int
    n: int
    alpha: float
    confidence: float
    bound: float


@dataclass(frozen=True, slots=True)
class TooFew:
    """No threshold can be promised. `needed`: violations it takes even if none of them is missed."""

    n: int
    needed: int
    why: str


def upper_bound(missed: int, n: int, confidence: float) -> float:
    """Highest miss rate that `missed` of n does not rule out: Clopper and Pearson 1934, one-sided. 1 for n = 0."""
    if missed >= n:
        return 1.0
    return float(stats.beta.ppf(confidence, missed + 1, n - missed))


def needed(alpha: float, confidence: float) -> int:
    """Least n with (1 - alpha)^n <= 1 - confidence: fewer violations prove nothing, even with none missed."""
    check(alpha, confidence)
    return math.ceil(math.log(1.0 - confidence) / math.log(1.0 - alpha) - 1e-12)


def allowed(n: int, alpha: float, confidence: float) -> int:
    """How many of n violations may score below: the most k with P(Binomial(n, alpha) <= k) <= 1 - confidence; -1:
    not even none."""
    check(alpha, confidence)
    k = int(stats.binom.ppf(1.0 - confidence, n, alpha)) + 1
    while k >= 0 and stats.binom.cdf(k, n, alpha) > (1.0 - confidence) * (1.0 + 1e-12):
        k -= 1
    return k


def threshold(scores: np.ndarray, alpha: float, confidence: float) -> Threshold | TooFew:
    """The highest threshold that keeps the promise, from the scores (n,) of labelled violations.

    -inf: missed whatever the threshold; inf: never missed. Thresholds are tried from the lowest score upwards, each
    against "the miss rate is above alpha" by the exact binomial test at level 1 - confidence, up to the first that
    cannot be rejected: a fixed sequence needs no correction (Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn
    then Test"). The sequence is one of ranks, so that a rising map fitted to the same labels changes nothing.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    if np.isnan(ordered).any():
        raise ValueError("a score is NaN: say -inf for what is always missed, inf for what is never missed")
    n, may = len(ordered), allowed(len(ordered), alpha, confidence)
    goal = f"a miss rate of at most {alpha:.3g} with confidence {confidence:.3g}"
    if may < 0:
        least = needed(alpha, confidence)
        return TooFew(n, least, f"{goal} needs at least {least} labelled violations, and there are {n}")
    at = float(ordered[may]) if may < n else float(ordered[-1])
    if not np.isfinite(at):
        finite = ordered[np.isfinite(ordered)]
        lost = int(np.sum(ordered == -np.inf))
        if at < 0 or not len(finite):
            why = f"{goal}: {lost} of {n} labelled violations were settled as none before they were scored"
            return TooFew(n, needed(alpha, confidence), f"{why}, and no threshold brings them back" if lost else why)
        at = float(finite[-1])
    missed = int(np.sum(ordered < at))
    return Threshold(at, missed, n, alpha, confidence, upper_bound(missed, n, confidence))


def check(alpha: float, confidence: float) -> None:
    """ValueError where one of them is no share strictly between 0 and 1."""
    for name, value in (("alpha", alpha), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise ValueError(f"{name} is {value}, it must lie between 0 and 1")

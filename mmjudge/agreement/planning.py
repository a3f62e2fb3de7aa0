"""How many items to label before a figure is known well enough.

Knows formulas and what is expected. Refuses to promise: a plan holds on average, and only if what was expected comes
true. Everything is for items drawn at random, one truth each.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from mmjudge.agreement.bootstrap import wilson

MOST = 100_000_000
"""Nobody labels more: a plan beyond it is refused."""


def for_share(within: float, expected: float = 0.5, level: float = 0.95) -> int:
    """Cases until Wilson's interval (1927) of a share reaches no further than `within` to either side on average; a
    half as `expected` is the worst. Cases are labelled items for a prevalence, violations for a recall."""
    _open("within", within)
    _open("expected", expected, closed=True)
    _open("level", level)

    def half(n: int) -> float:
        low, high = wilson(expected * n, n, level)
        return (high - low) / 2

    return _first(lambda n: half(n) <= within)


def for_prevalence(within: float, expected: float, level: float = 0.95, judge: float = 0.0) -> int:
    """Items for the share that violates. `judge`: the correlation of its answers with the labels where it has judged a
    much larger set (prediction-powered, PPI++ arXiv 2311.01453): only 1 - its square of the labels is needed."""
    if not 0 <= judge < 1:
        raise ValueError(f"the judge's correlation is {judge}: it lies in [0, 1)")
    return math.ceil(for_share(within, expected, level) * (1 - judge**2))


def for_recall(within: float, expected: float, prevalence: float, level: float = 0.95) -> tuple[int, int]:
    """(items, violations among them) for a recall: only violations tell. For a precision: the share flagged in place of
    the `prevalence`, and (items, flagged among them)."""
    _open("prevalence", prevalence, closed=True)
    if prevalence == 0:
        raise ValueError("prevalence is 0: where nothing violates no recall can be known")
    cases = for_share(within, expected, level)
    return math.ceil(cases / prevalence - 1e-9), cases


def for_kappa(within: float, expected: float, prevalence: float, level: float = 0.95) -> int:
    """Items that two raters both answer, for Cohen's kappa between them, where both say yes with the same `prevalence`.
    The variance is that of Fleiss, Cohen and Everitt (1969)."""
    _open("within", within)
    _open("prevalence", prevalence)
    _open("level", level)
    if not -1 < expected < 1:
        raise ValueError(f"kappa is expected to be {expected}: it lies between -1 and 1")
    return math.ceil(kappa_variance(expected, prevalence) * _z(level) ** 2 / within**2)


def kappa_variance(kappa: float, prevalence: float) -> float:
    """The variance of kappa times the number of items. ValueError where the two cannot be at once."""
    p, q = prevalence, 1 - prevalence
    table = np.array([[q * q + kappa * p * q, p * q * (1 - kappa)], [p * q * (1 - kappa), p * p + kappa * p * q]])
    if table.min() < 0:
        raise ValueError(f"a kappa of {kappa} cannot be at a prevalence of {prevalence}")
    shares = np.array([q, p])
    same, chance = float(np.trace(table)), float(shares @ shares)
    agree = sum(table[i, i] * ((1 - chance) - 2 * shares[i] * (1 - same)) ** 2 for i in (0, 1))
    differ = (1 - same) ** 2 * sum(table[i, 1 - i] for i in (0, 1))
    return float((agree + differ - (same * chance - 2 * chance + same) ** 2) / (1 - chance) ** 4)


def for_comparison(difference: float, differing: float, power: float = 0.8, level: float = 0.95) -> int:
    """Items until McNemar's test finds, with `power`, that one judge is right more often by `difference`, where the two
    part on the share `differing` of items: Connor (1987), "Sample size for testing differences in proportions for the
    paired-sample design"."""
    for name, given in (("difference", difference), ("power", power), ("level", level)):
        _open(name, given)
    if not difference <= differing <= 1:
        raise ValueError(f"judges that differ by {difference} must part on at least as many items, not on {differing}")
    spread = math.sqrt(max(differing - difference**2, 0.0))
    return math.ceil(((_z(level) * math.sqrt(differing) + float(ndtri(power)) * spread) / difference) ** 2)


def _z(level: float) -> float:
    return float(ndtri((1 + level) / 2))


def _first(holds: Callable[[int], bool]) -> int:
    """The smallest number from which it holds, if it goes on holding."""
    high = 1
    while not holds(high):
        high *= 2
        if high > MOST:
            raise ValueError(f"more than {MOST:,} items would be needed: allow for more doubt")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _open(name: str, given: float, closed: bool = False) -> None:
    if not (0 <= given <= 1 if closed else 0 < given < 1):
        raise ValueError(f"{name} is {given}: it lies {'from 0 to 1' if closed else 'between 0 and 1'}")

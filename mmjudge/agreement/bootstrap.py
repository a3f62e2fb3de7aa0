"""Intervals by cluster bootstrap over items: draws as weights, so that one product does all of them.

Knows statistics that are functions of sums over rows, or of weighted rows. Refuses to know what is being counted. An
interval is BCa: Efron (1987), "Better bootstrap confidence intervals", JASA 82; DiCiccio and Efron (1996).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

MOST_GROUPS = 5000
"""More clusters than these are joined at random to so many: sums of independent clusters keep variance and skewness,
and a spread estimated from 5000 groups is off by one per cent."""
MOST_LEFT_OUT = 500
MOST_UNDEFINED = 0.05
FEW = 50
CELLS = 4_000_000

Under = Callable[[np.ndarray], np.ndarray]
"""Weights (draws, groups) to the statistic under each (draws,)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its doubt. `n`: the cases it rests on; `level`: the share of such intervals that hold the truth;
    `undefined`: the share of draws in which the statistic did not exist. `low` and `high` are NaN where `value` is,
    where no draw differs from it, and where more than 5 % of the draws are undefined: then n is too small to say.
    Proportions and AUROC have formulas to fall back on (`intervals`)."""

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95
    undefined: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranks:
    """The cases of an AUROC."""

    positives: int
    negatives: int


class Statistic(Protocol):
    """What an interval can be had for."""

    @property
    def n(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def value(self) -> float: ...
    @property
    def cases(self) -> tuple[float, float] | Ranks | None:
        """Successes and cases where the value is a proportion; positives and negatives where it is an AUROC."""

    def grouped(self, codes: np.ndarray, groups: int) -> Under:
        """The statistic as a function of group weights; `codes` (rows,): the group of every row."""


@dataclass(frozen=True, eq=False, slots=True)
class Additive:
    """`combine` of the column sums of `parts` (float64: rows, m); it takes (..., m) and gives (...). `n`: the cases it
    rests on. `proportion`: it is the first sum over the second, each row adding from 0 to its cases."""

    parts: np.ndarray
    combine: Callable[[np.ndarray], np.ndarray]
    n: int
    proportion: bool = False

    @property
    def rows(self) -> int:
        return len(self.parts)

    @property
    def value(self) -> float:
        return float(self.combine(self.parts.sum(axis=0)))

    @property
    def cases(self) -> tuple[float, float] | None:
        return (float(self.parts[:, 0].sum()), float(self.parts[:, 1].sum())) if self.proportion else None

    def grouped(self, codes: np.ndarray, groups: int) -> Under:
        totals = np.column_stack([np.bincount(codes, column, minlength=groups) for column in self.parts.T])
        return lambda weights: self.combine(weights @ totals)


@dataclass(frozen=True, eq=False, slots=True)
class Resampled:
    """Any function of rows, called once per draw with the rows drawn: slow, for what is not additive. `data`: an array
    whose first axis are the rows."""

    function: Callable[[np.ndarray], float]
    data: np.ndarray
    cases: None = None

    @property
    def n(self) -> int:
        return len(self.data)

    @property
    def rows(self) -> int:
        return len(self.data)

    @property
    def value(self) -> float:
        return float(self.function(self.data))

    def grouped(self, codes: np.ndarray, groups: int) -> Under:
        def under(weights: np.ndarray) -> np.ndarray:
            times = weights[:, codes].astype(np.int64)
            return np.array([self.function(np.repeat(self.data, row, axis=0)) for row in times], dtype=np.float64)

        return under


def ratio(above: np.ndarray, below: np.ndarray | float) -> np.ndarray:
    """above / below, NaN where below is 0."""
    below = np.asarray(below, dtype=np.float64)
    return np.divide(
        above, below, out=np.full(np.broadcast_shapes(np.shape(above), below.shape), np.nan), where=below != 0
    )


def proportion(hits: np.ndarray, of: np.ndarray) -> Additive:
    """The share of cases (bool or [0, 1], rows) that are hits: a mean with its Wilson interval to fall back on."""
    parts = np.column_stack([np.where(of, hits, 0), of]).astype(np.float64)
    return Additive(parts, lambda sums: ratio(sums[..., 0], sums[..., 1]), n=int(np.sum(of)), proportion=True)


def wilson(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval (1927) of a proportion; (NaN, NaN) where n is 0."""
    if n <= 0:
        return float("nan"), float("nan")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    share = hits / n
    centre, spread = share + z2 / (2 * n), np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    low, high = (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)
    return max(0.0, min(share, float(low))), min(1.0, max(share, float(high)))


def newcombe(auroc: float, positives: float, negatives: float, level: float = 0.95) -> tuple[float, float]:
    """An interval of an AUROC of few cases, as Wilson's is of a proportion: Newcombe (2006), "Confidence intervals for
    an effect size measure based on the Mann-Whitney statistic", part 2, method 5. (NaN, NaN) where there is none."""
    if not np.isfinite(auroc) or min(positives, negatives) <= 0:
        return float("nan"), float("nan")
    z2, others = float(ndtri((1 + level) / 2)) ** 2, max((positives + negatives) / 2 - 1, 0)

    def apart(t: float) -> float:
        spread = t * (1 - t) * (1 + others * (1 - t) / (2 - t) + others * t / (1 + t))
        return (auroc - t) ** 2 * positives * negatives - z2 * spread

    inside = min(max(auroc, 1e-9), 1 - 1e-9)
    low = float(brentq(apart, 0, inside)) if auroc > 0 else 0.0
    return low, float(brentq(apart, inside, 1)) if auroc < 1 else 1.0


def bootstrap_weights(n_items: int, draws: int = 2000, seed: int = 0) -> np.ndarray:
    """float64 (draws, n_items): how often every item is drawn, n_items at a time with replacement."""
    drawn = list(_weights(n_items, draws, np.random.default_rng(seed)))
    return np.concatenate(drawn) if drawn else np.empty((draws, n_items))


def interval(
    statistic: Statistic, clusters: np.ndarray | None = None, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> Interval:
    """The statistic's value with its interval; see `intervals`."""
    return intervals([statistic], clusters, draws, seed, level)[0]


def intervals(
    statistics: Sequence[Statistic],
    clusters: np.ndarray | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Interval, ...]:
    """BCa intervals of several statistics of the same rows, over the same draws. `clusters` (rows,): what is drawn
    together, an item's code; None: every row for itself. The same seed gives the same numbers.

    A proportion without usable draws (none or all are hits, or cases are few) gets Wilson's interval instead, an AUROC
    of fewer than 50 positives or negatives Newcombe's: there the bootstrap's is too narrow. Both count a cluster of
    several rows as one case.
    """
    if not statistics:
        return ()
    codes, groups, known = _codes(statistics[0].rows, clusters, seed)
    if any(len(codes) != statistic.rows for statistic in statistics):
        raise ValueError("statistics and clusters must have the same rows")
    unders = [statistic.grouped(codes, groups) for statistic in statistics]
    drawn = _evaluate(unders, _weights(groups, draws, np.random.default_rng(seed)))
    left = _evaluate(unders, _leaving_out(groups))
    share = known / max(len(codes), 1)
    return tuple(_interval(s, d, j, level, share) for s, d, j in zip(statistics, drawn, left, strict=True))


def draws_of(
    statistics: Sequence[Statistic], clusters: np.ndarray | None = None, draws: int = 2000, seed: int = 0
) -> np.ndarray:
    """float64 (statistics, draws): every statistic under the same draws, NaN where undefined. Differences of two rows
    are paired."""
    codes, groups, _ = _codes(statistics[0].rows, clusters, seed)
    unders = [statistic.grouped(codes, groups) for statistic in statistics]
    return np.array(_evaluate(unders, _weights(groups, draws, np.random.default_rng(seed))))


def cluster_bootstrap(
    statistic: Callable[[np.ndarray], float],
    data: np.ndarray,
    clusters: np.ndarray | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """An interval for any function of rows: it is called some 2500 times. Prefer `interval` with an `Additive`."""
    return interval(Resampled(statistic, np.asarray(data)), clusters, draws, seed, level)


def _codes(rows: int, clusters: np.ndarray | None, seed: int) -> tuple[np.ndarray, int, int]:
    """The group of every row, how many groups there are, and how many clusters."""
    if clusters is None:
        codes, groups = np.arange(rows), rows
    else:
        known, codes = np.unique(clusters, return_inverse=True)
        groups = len(known)
    if groups <= MOST_GROUPS:
        return codes, groups, groups
    joined = np.arange(groups) % MOST_GROUPS
    np.random.default_rng(seed).shuffle(joined)
    return joined[codes], MOST_GROUPS, groups


def _weights(groups: int, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    size = max(1, CELLS // max(groups, 1))
    for start in range(0, draws if groups else 0, size):
        rows = min(size, draws - start)
        cells = rng.integers(groups, size=(rows, groups)) + np.arange(rows)[:, None] * groups
        yield np.bincount(cells.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)


def _leaving_out(groups: int) -> Iterator[np.ndarray]:
    """Weights of the jackknife: all but one group; of more than 500 groups, all but every 500th."""
    blocks = min(groups, MOST_LEFT_OUT)
    size = max(1, CELLS // max(groups, 1))
    block = np.arange(groups) % max(blocks, 1)
    for start in range(0, blocks, size):
        yield (block[None, :] != np.arange(start, min(start + size, blocks))[:, None]).astype(np.float64)


def _evaluate(unders: Sequence[Under], weights: Iterator[np.ndarray]) -> list[np.ndarray]:
    chunks: list[list[np.ndarray]] = [[] for _ in unders]
    for some in weights:
        for under, found in zip(unders, chunks, strict=True):
            found.append(under(some))
    return [np.concatenate(found) if found else np.empty(0) for found in chunks]


def _interval(statistic: Statistic, drawn: np.ndarray, left: np.ndarray, level: float, share: float) -> Interval:
    value, cases = statistic.value, statistic.cases
    defined = drawn[np.isfinite(drawn)]
    undefined = 1 - len(defined) / len(drawn) if len(drawn) else 1.0
    differs = len(defined) > 0 and not np.allclose(defined, value, rtol=0, atol=1e-12)
    low = high = float("nan")
    if isinstance(cases, Ranks) and min(cases.positives, cases.negatives) * share < FEW:
        low, high = newcombe(value, cases.positives * share, cases.negatives * share, level)
    elif np.isfinite(value) and differs and undefined <= MOST_UNDEFINED:
        low, high = _bca(defined, value, left[np.isfinite(left)], level)
    elif isinstance(cases, tuple):
        low, high = wilson(cases[0] * share, cases[1] * share, level)
    return Interval(value, low, high, statistic.n, level, undefined)


def _bca(drawn: np.ndarray, value: float, left: np.ndarray, level: float) -> tuple[float, float]:
    equal = np.isclose(drawn, value, rtol=0, atol=1e-12)
    below = (np.sum(drawn[~equal] < value) + equal.sum() / 2) / len(drawn)
    bias = ndtri(np.clip(below, 1 / (len(drawn) + 1), len(drawn) / (len(drawn) + 1)))
    apart = left.mean() - left if len(left) else np.zeros(1)
    spread = np.sum(apart**2) ** 1.5
    skew = np.sum(apart**3) / (6 * spread) if spread > 0 else 0.0
    z = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(drawn, ndtr(bias + z / np.maximum(1 - skew * z, 0.1)))
    return float(low), float(high)

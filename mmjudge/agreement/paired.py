"""Two judges, or two versions of one, on the same items.

Knows what both said and what people said. Refuses to compare figures of different items: what either judge left UNKNOWN
is left out for both, and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mmjudge.agreement.bootstrap import Additive, Interval, intervals
from mmjudge.agreement.pairs import cells_of


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar (1947). `only_a`, `only_b`: items that only the one got right; `same`: both right or both wrong;
    `unknown`: items with a truth that either judge left UNKNOWN. `exact`: two-sided binomial p; `chi2` with continuity
    correction and its `p`. Without an item on which they differ both p are 1."""

    only_a: int
    only_b: int
    same: int
    unknown: int
    exact: float
    chi2: float
    p: float


@dataclass(frozen=True, slots=True)
class Paired:
    """A figure of judge a, of judge b, and a less b over the same draws of items."""

    a: Interval
    b: Interval
    difference: Interval
    unknown: int


def mcnemar(a: np.ndarray, b: np.ndarray, truth: np.ndarray) -> McNemar:
    """Whether two judges are right equally often. All (items,), codes or NaN; items without a truth are left out."""
    a, b, truth = _vectors(a, b, truth)
    known = ~np.isnan(truth)
    used = known & ~np.isnan(a) & ~np.isnan(b)
    right_a, right_b = a[used] == truth[used], b[used] == truth[used]
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    differing = only_a + only_b
    exact = float(stats.binomtest(only_a, differing).pvalue) if differing else 1.0
    chi2 = max(abs(only_a - only_b) - 1, 0) ** 2 / differing if differing else 0.0
    same = int(used.sum()) - differing
    return McNemar(only_a, only_b, same, int((known & ~used).sum()), exact, chi2, float(stats.chi2.sf(chi2, 1)))


def paired_bootstrap(
    a: np.ndarray,
    b: np.ndarray,
    truth: np.ndarray,
    figure: Callable[[np.ndarray], np.ndarray],
    clusters: np.ndarray | None = None,
    k: int = 2,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Paired:
    """The difference of any figure of tables (..., k, k), rows the truth, columns what was said: those of `classify`,
    `pairs.kappa_of`. `clusters` (items,): what is drawn together, such as items of one source."""
    a, b, truth = _vectors(a, b, truth)
    used = ~np.isnan(truth) & ~np.isnan(a) & ~np.isnan(b)
    groups = None if clusters is None else np.asarray(clusters)[used]
    cells = [cells_of(truth[used], said[used], k) for said in (a, b)]

    def one(sums: np.ndarray) -> np.ndarray:
        return figure(sums.reshape(*sums.shape[:-1], k, k))

    def less(sums: np.ndarray) -> np.ndarray:
        return one(sums[..., : k * k]) - one(sums[..., k * k :])

    n = int(used.sum())
    of = (*(Additive(some, one, n) for some in cells), Additive(np.hstack(cells), less, n))
    of_a, of_b, difference = intervals(of, groups, draws, seed, level)
    return Paired(of_a, of_b, difference, int((~np.isnan(truth)).sum()) - n)


def _vectors(*given: np.ndarray) -> list[np.ndarray]:
    vectors = [np.asarray(one, dtype=np.float64) for one in given]
    if len({one.shape for one in vectors}) > 1 or vectors[0].ndim != 1:
        raise ValueError(f"vectors of one length are compared, not {[one.shape for one in vectors]}")
    return vectors

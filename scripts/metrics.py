"""Figures with their intervals: AUC by ranks, cluster bootstrap over split groups, paired differences. Pure.

Knows that a row without a score ranks on the wrong side. Refuses to know models, files and sets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

DRAWS = 2000
SEED = 20261123


class Figure(NamedTuple):
    """A point estimate and its 95 % percentile interval; `n` rows, of which `positive` are unsafe."""

    value: float
    low: float
    high: float
    n: int
    positive: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n {self.n}, {self.positive} unsafe)"


def auc(unsafe: np.ndarray, scores: np.ndarray) -> float:
    """Probability that an unsafe row ranks above a safe one, ties half (Mann-Whitney). NaN with one class only."""
    positive = int(unsafe.sum())
    negative = len(unsafe) - positive
    if not positive or not negative:
        return float("nan")
    return float((rankdata(scores)[unsafe].sum() - positive * (positive + 1) / 2) / (positive * negative))


def filled(unsafe: Sequence[bool], scores: Sequence[float | None]) -> np.ndarray:
    """Scores as an array, a missing one ranked on the wrong side: below all for an unsafe row, above all for a safe."""
    return np.array([(-1e9 if u else 1e9) if s is None else s for u, s in zip(unsafe, scores, strict=True)])


def _draws(groups: Sequence[str]) -> list[np.ndarray]:
    """Row indices of each bootstrap draw: whole groups are drawn with replacement."""
    members: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    clusters = [np.array(rows) for rows in members.values()]
    random = np.random.default_rng(SEED)
    picks = (random.integers(0, len(clusters), len(clusters)) for _ in range(DRAWS))
    return [np.concatenate([clusters[i] for i in pick]) for pick in picks]


def auc_figure(unsafe: Sequence[bool], scores: Sequence[float | None], groups: Sequence[str]) -> Figure:
    """AUC with a cluster bootstrap interval."""
    truth, values = np.array(unsafe, dtype=bool), filled(unsafe, scores)
    drawn = [auc(truth[d], values[d]) for d in _draws(groups)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Figure(auc(truth, values), float(low), float(high), len(truth), int(truth.sum()))


def difference(
    unsafe: Sequence[bool], first: Sequence[float | None], second: Sequence[float | None], groups: Sequence[str]
) -> Figure:
    """AUC(first) - AUC(second) on the same rows and the same draws."""
    truth, a, b = np.array(unsafe, dtype=bool), filled(unsafe, first), filled(unsafe, second)
    drawn = [auc(truth[d], a[d]) - auc(truth[d], b[d]) for d in _draws(groups)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Figure(auc(truth, a) - auc(truth, b), float(low), float(high), len(truth), int(truth.sum()))


def share_difference(
    unsafe: Sequence[bool], first: Sequence[bool], second: Sequence[bool], groups: Sequence[str]
) -> Figure:
    """Share of rows that are right in `first` less that in `second`, on the same rows and the same draws."""
    truth, gain = np.array(unsafe, dtype=bool), np.array(first, dtype=float) - np.array(second, dtype=float)
    low, high = np.percentile([gain[d].mean() for d in _draws(groups)], [2.5, 97.5])
    return Figure(float(gain.mean()), float(low), float(high), len(truth), int(truth.sum()))


def length_matched(unsafe: Sequence[bool], chars: Sequence[int]) -> list[int]:
    """Rows of a subset in which each unsafe row is paired with the safe one of nearest length, none used twice.

    Pairs whose lengths differ by more than 20 % are left out, so that length alone ranks the subset at about .5.
    """
    free = {at for at, u in enumerate(unsafe) if not u}
    kept: list[int] = []
    for at in sorted((i for i, u in enumerate(unsafe) if u), key=lambda i: (chars[i], i)):
        nearest = min(free, key=lambda j: (abs(chars[j] - chars[at]), j), default=None)
        if nearest is not None and abs(chars[nearest] - chars[at]) <= 0.2 * max(chars[at], 1):
            free.remove(nearest)
            kept += [at, nearest]
    return kept

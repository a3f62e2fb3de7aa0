"""Where the judge and people part, and what its scores are worth: tables of single units and of scores.

Knows a panel. Refuses to know evidence and intervals.
"""

from __future__ import annotations

import numpy as np

from mmjudge.agreement import scoring
from mmjudge.report.panel import Panel, answered
from mmjudge.report.values import Bin, Worst

BINS = 10


def wrong(base: Panel) -> np.ndarray:
    """bool, U: both decided, and otherwise."""
    return ~(np.isnan(base.said) | np.isnan(base.truth)) & (base.said != base.truth)


def worst(base: Panel, most: int) -> tuple[Worst, ...]:
    """Where the judge is furthest from people, among those it decided the other way."""
    known = base.counts.sum(axis=1)
    share = base.counts[:, 1] / np.maximum(known, 1)
    stood = np.where(np.isnan(base.score), base.said, base.score)
    apart = np.abs(stood - share)
    places = np.flatnonzero(wrong(base))
    first = places[np.lexsort([base.item[places], -known[places], -apart[places]])][:most]
    names = {0.0: "no", 1.0: "violation"}
    return tuple(
        Worst(base.ratings.items[base.item[at]], base.ratings.rules[base.rule[at]], int(base.counts[at, 1]),
              int(base.counts[at, 0]), int(base.unknown[at]), names[float(base.said[at])], float(base.score[at]),
              float(apart[at]))
        for at in first
    )  # fmt: skip


def calibration(base: Panel, seed: int) -> tuple[tuple[Bin, ...], tuple[float, float]]:
    """The reliability curve, and the calibration error of a perfect judge: its mean and 95th percentile."""
    known = ~(np.isnan(base.score) | np.isnan(base.truth))
    if not known.any():
        return (), (float("nan"), float("nan"))
    curve = scoring.reliability(base.score[known], base.truth[known], BINS)
    columns = (curve.lower, curve.upper, curve.n, curve.score, curve.rate, curve.low, curve.high)
    bins = tuple(
        Bin(float(lower), float(upper), int(n), float(score), float(rate), float(low), float(high))
        for lower, upper, n, score, rate, low, high in zip(*columns, strict=True)
    )
    perfect = scoring.ece_of_perfect(base.score[known], BINS, seed)
    return bins, (float(perfect.mean()), float(np.quantile(perfect, 0.95)))


def scored_table(base: Panel) -> tuple[tuple[tuple[float, int, int], ...], int]:
    """(score down to thousandths, violations, others) by rising score, and how many with a truth have no score."""
    known = ~(np.isnan(base.score) | np.isnan(base.truth))
    step = np.floor(base.score[known] * 1000 + 1e-9).astype(np.int64)
    up = np.bincount(step, base.truth[known], 1001).astype(int)
    down = np.bincount(step, 1 - base.truth[known], 1001).astype(int)
    rows = tuple((at / 1000, int(up[at]), int(down[at])) for at in np.flatnonzero(up + down))
    return rows, int((answered(base) & ~np.isnan(base.truth) & np.isnan(base.score)).sum())

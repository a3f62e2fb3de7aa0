"""How well scores put positives above negatives, whatever the threshold.

Knows scores and truth (0, 1) of the same rows; rows where either is NaN are left out. Refuses to know thresholds. NaN:
no positive is left, or (AUROC) no negative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.bootstrap import Ranks, Under, ratio

MOST_EXACT = 5000
"""With more rows the draws follow the statistic's influence function: its error is of order 1 / rows."""


@dataclass(frozen=True, eq=False, slots=True)
class Ranked:
    """A figure of ranked rows for `bootstrap.interval`. `order` (n,): the rows that count, by rising score; `starts`:
    where a new score begins among them; `truth`: theirs; `figure`: of positives and negatives per score (..., scores);
    `influence` (n,): what one more of that row adds."""

    order: np.ndarray
    starts: np.ndarray
    truth: np.ndarray
    figure: Callable[[np.ndarray, np.ndarray], np.ndarray]
    influence: np.ndarray
    rows: int
    cases: Ranks | None = None

    @property
    def n(self) -> int:
        return len(self.order)

    @property
    def value(self) -> float:
        return float(self._under(np.ones((1, self.n)))[0])

    def grouped(self, codes: np.ndarray, groups: int) -> Under:
        codes = codes[self.order]
        if self.n <= MOST_EXACT:
            return lambda weights: self._under(weights[:, codes])
        value, totals = self.value, np.bincount(codes, self.influence, minlength=groups)
        return lambda weights: value + (weights - 1) @ totals

    def _under(self, weights: np.ndarray) -> np.ndarray:
        if not self.n:
            return np.full(len(weights), np.nan)
        positives = np.add.reduceat(weights * self.truth, self.starts, axis=1)
        return self.figure(positives, np.add.reduceat(weights, self.starts, axis=1) - positives)


def auroc(scores: np.ndarray, truth: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties half: Mann and Whitney (1947); Hanley and McNeil (1982).
    In [0, 1]; 1/2 is chance."""
    return auroc_statistic(scores, truth).value


def auprc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Average precision: the precision at every positive's score, averaged; the area under the precision-recall curve
    by steps, as in scikit-learn. In [0, 1]; the share of positives is chance."""
    return auprc_statistic(scores, truth).value


def auroc_statistic(scores: np.ndarray, truth: np.ndarray) -> Ranked:
    """`auroc` for `bootstrap.interval`. Influence: DeLong and others (1988), the placement values."""
    order, starts, positive, rows = _sorted(scores, truth)
    group, up, down = _groups(starts, positive)
    above, below = _auroc_placements(up, down)
    value = ratio(above @ up, up.sum()) if len(up) else np.nan
    parts = np.where(positive > 0, ratio(above[group] - value, up.sum()), ratio(below[group] - value, down.sum()))
    cases = Ranks(int(up.sum()), int(down.sum()))
    return Ranked(order, starts, positive, _auroc, parts, rows, cases)


def auprc_statistic(scores: np.ndarray, truth: np.ndarray) -> Ranked:
    """`auprc` for `bootstrap.interval`. Influence: the derivative of average precision by a row's weight."""
    order, starts, positive, rows = _sorted(scores, truth)
    group, up, down = _groups(starts, positive)
    at_least = np.cumsum((up + down)[::-1])[::-1]
    precision = ratio(np.cumsum(up[::-1])[::-1], at_least)
    value = ratio(np.sum(up * precision), up.sum()) if len(up) else np.nan
    lifted, held = np.cumsum(ratio(up, at_least)), np.cumsum(ratio(up * precision, at_least))
    own = positive * (precision[group] - value)
    parts = ratio(own + positive * lifted[group] - held[group], up.sum())
    return Ranked(order, starts, positive, _auprc, parts, rows)


def _sorted(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if scores.shape != truth.shape or scores.ndim != 1:
        raise ValueError(f"scores and truth must be vectors of one length, not {scores.shape} and {truth.shape}")
    kept = np.flatnonzero(~(np.isnan(scores) | np.isnan(truth)))
    if not np.isin(truth[kept], (0.0, 1.0)).all():
        raise ValueError("truth must be 0 or 1, NaN where it is unknown")
    order = kept[np.argsort(scores[kept], kind="stable")]
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(order) else np.empty(0, dtype=np.int64)
    return order, starts, truth[order], len(scores)


def _groups(starts: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The score's place of every row, and positives and negatives at every score."""
    group = np.zeros(len(positive), dtype=np.int64)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    up = np.bincount(group, positive, minlength=len(starts))
    return group, up, np.bincount(group, minlength=len(starts)) - up


def _auroc_placements(up: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per score: the share of negatives below it, and of positives above it, ties half."""
    above = ratio(np.cumsum(down) - down / 2, down.sum())
    return above, ratio(up.sum() - np.cumsum(up) + up / 2, up.sum())


def _auroc(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    below = np.cumsum(down, axis=-1) - down / 2
    return ratio(np.sum(up * below, axis=-1), up.sum(axis=-1) * down.sum(axis=-1))


def _auprc(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    hits = np.cumsum(up[..., ::-1], axis=-1)[..., ::-1]
    at_least = np.cumsum((up + down)[..., ::-1], axis=-1)[..., ::-1]
    precision = np.divide(hits, at_least, out=np.zeros_like(hits), where=at_least > 0)
    return ratio(np.sum(up * precision, axis=-1), up.sum(axis=-1))

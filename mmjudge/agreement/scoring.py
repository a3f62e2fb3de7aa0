"""Whether scores can be read as chances: Brier score, calibration error, reliability curve.

Knows scores in [0, 1] and truth (0, 1) of the same rows; rows where either is NaN are left out. Refuses to know how
scores were calibrated. NaN: no row is left. Bins are equally wide, each with its upper end: Guo and others (2017), "On
calibration of modern neural networks".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.bootstrap import CELLS, Additive, ratio, wilson

MOST_EXACT = 20_000


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Per bin (bins,): `lower` and `upper` end, `n` rows, their mean `score`, the `rate` of positives among them and
    its Wilson interval, `low` to `high`. Score, rate and interval are NaN where a bin is empty."""

    lower: np.ndarray
    upper: np.ndarray
    n: np.ndarray
    score: np.ndarray
    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def brier(scores: np.ndarray, truth: np.ndarray) -> float:
    """The mean squared distance of score and truth, in [0, 1]; 0 is best: Brier (1950)."""
    return brier_statistic(scores, truth).value


def ece(scores: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error, in [0, 1]: how far mean score and rate lie apart in a bin, averaged by rows. A
    perfect judge does not reach 0: compare with `ece_floor`."""
    return ece_statistic(scores, truth, bins).value


def ece_floor(scores: np.ndarray, bins: int = 10, seed: int = 0, draws: int = 1000) -> float:
    """The mean ECE that a perfect judge with these scores would show at this n: labels are drawn from the scores."""
    found = ece_of_perfect(scores, bins, seed, draws)
    return float(found.mean()) if len(found) else float("nan")


def ece_of_perfect(scores: np.ndarray, bins: int = 10, seed: int = 0, draws: int = 1000) -> np.ndarray:
    """float64 (draws,): the ECE of labels drawn from the scores; () without scores. Its upper quantiles say which ECE
    is still no evidence against the judge. Above 20,000 rows a bin's positives are drawn from a normal distribution."""
    scores = np.asarray(scores, dtype=np.float64)
    scores = scores[~np.isnan(scores)]
    n, rng = len(scores), np.random.default_rng(seed)
    if not n:
        return np.empty(0)
    bin_of = _bins(scores, bins)
    if n > MOST_EXACT:
        spread = np.sqrt(np.bincount(bin_of, scores * (1 - scores), minlength=bins))
        return np.abs(rng.standard_normal((draws, bins)) * spread).sum(axis=1) / n
    member = np.eye(bins)[bin_of]
    found: list[np.ndarray] = []
    size = max(1, CELLS // n)
    for start in range(0, draws, size):
        drawn = rng.random((min(size, draws - start), n)) < scores
        found.append(np.abs((drawn - scores) @ member).sum(axis=1) / n)
    return np.concatenate(found)


def reliability(scores: np.ndarray, truth: np.ndarray, bins: int = 10, level: float = 0.95) -> Reliability:
    """The reliability curve: what was said against what was so, per bin."""
    scores, truth, _ = _both(scores, truth)
    bin_of = _bins(scores, bins)
    n = np.bincount(bin_of, minlength=bins)
    positives = np.bincount(bin_of, truth, minlength=bins)
    ends = np.linspace(0, 1, bins + 1)
    around = np.array([wilson(hits, of, level) for hits, of in zip(positives, n, strict=True)])
    mean = ratio(np.bincount(bin_of, scores, minlength=bins), n)
    return Reliability(ends[:-1], ends[1:], n, mean, ratio(positives, n), around[:, 0], around[:, 1])


def brier_statistic(scores: np.ndarray, truth: np.ndarray) -> Additive:
    """`brier` for `bootstrap.interval`."""
    some, true, kept = _both(scores, truth)
    parts = np.zeros((len(kept), 2))
    parts[kept] = np.column_stack([(some - true) ** 2, np.ones(len(some))])
    return Additive(parts, lambda sums: ratio(sums[..., 0], sums[..., 1]), n=len(some))


def ece_statistic(scores: np.ndarray, truth: np.ndarray, bins: int = 10) -> Additive:
    """`ece` for `bootstrap.interval`. Noise only adds to it, in the draws once more: read the interval beside
    `ece_floor`, not alone."""
    some, true, kept = _both(scores, truth)
    parts = np.zeros((len(kept), bins + 1))
    parts[np.flatnonzero(kept), _bins(some, bins)] = true - some
    parts[kept, bins] = 1.0
    return Additive(parts, lambda sums: ratio(np.abs(sums[..., :-1]).sum(axis=-1), sums[..., -1]), n=len(some))


def _bins(scores: np.ndarray, bins: int) -> np.ndarray:
    return np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], scores)


def _both(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if scores.shape != truth.shape or scores.ndim != 1:
        raise ValueError(f"scores and truth must be vectors of one length, not {scores.shape} and {truth.shape}")
    kept = ~(np.isnan(scores) | np.isnan(truth))
    if np.any((scores[kept] < 0) | (scores[kept] > 1)) or not np.isin(truth[kept], (0.0, 1.0)).all():
        raise ValueError("scores must lie in [0, 1] and truth must be 0 or 1, NaN where they are missing")
    return scores[kept], truth[kept], kept

"""Agreement of any number of raters, from how often every item got every answer.

Knows counts (items, categories). Refuses to know who answered: two named raters are in `pairs`. Every function is a
sum over items and one formula, so a million labels and two thousand draws of a bootstrap are one product.

The columns are the categories that could be answered, not only those that were. A missing answer is simply not counted:
an item with fewer than two answers tells nothing about agreement. NaN means that the counts cannot tell: no item has
two answers, or (but for raw agreement and Gwet's) only one category was ever used, so that nothing but chance is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from mmjudge.agreement.bootstrap import Additive, proportion, ratio

Level = Literal["nominal", "ordinal", "interval"]
Closeness = Literal["identity", "linear", "quadratic", "ordinal"]


def raw_agreement(counts: np.ndarray) -> float:
    """The chance that two answers to one item are equal, averaged over items with two answers or more, in [0, 1]."""
    return raw_agreement_statistic(counts).value


def fleiss_kappa(counts: np.ndarray) -> float:
    """Fleiss (1971), "Measuring nominal scale agreement among many raters"; at most 1. Where items have different
    numbers of answers: as generalised in Gwet (2014), Handbook of Inter-Rater Reliability, section 2.7."""
    return fleiss_kappa_statistic(counts).value


def krippendorff_alpha(counts: np.ndarray, level: Level = "nominal", values: np.ndarray | None = None) -> float:
    """Krippendorff (2018), Content Analysis, chapter 12: 1 - observed / expected disagreement; at most 1. `ordinal`:
    the columns stand in their order; `interval`: their numbers are `values` (categories,), 0, 1, 2, ... by default."""
    return krippendorff_alpha_statistic(counts, level, values).value


def gwet_ac1(counts: np.ndarray) -> float:
    """Gwet (2008), "Computing inter-rater reliability and its variance in the presence of high agreement", eq. 9; at
    most 1. Unlike kappa it does not collapse where one category is rare: all answers equal is 1."""
    return gwet_ac1_statistic(counts).value


def gwet_ac2(counts: np.ndarray, weights: Closeness = "ordinal") -> float:
    """AC1 with part credit for close categories: Gwet (2014), Handbook of Inter-Rater Reliability, section 3.5. The
    columns stand in their order."""
    return gwet_ac2_statistic(counts, weights).value


def raw_agreement_statistic(counts: np.ndarray) -> Additive:
    """`raw_agreement` for `bootstrap.interval`, rows: items."""
    counts = _checked(counts)
    return proportion(_within(counts, np.eye(counts.shape[1])), counts.sum(axis=1) >= 2)


def fleiss_kappa_statistic(counts: np.ndarray) -> Additive:
    """`fleiss_kappa` for `bootstrap.interval`, rows: items."""
    counts = _checked(counts)
    return _beyond_chance(counts, np.eye(counts.shape[1]), lambda shares: np.sum(shares**2, axis=-1))


def gwet_ac1_statistic(counts: np.ndarray) -> Additive:
    """`gwet_ac1` for `bootstrap.interval`, rows: items."""
    return gwet_ac2_statistic(counts, "identity")


def gwet_ac2_statistic(counts: np.ndarray, weights: Closeness = "ordinal") -> Additive:
    """`gwet_ac2` for `bootstrap.interval`, rows: items."""
    counts = _checked(counts)
    k = counts.shape[1]
    close = closeness(k, weights)
    scale = close.sum() / (k * (k - 1)) if k > 1 else np.nan
    return _beyond_chance(counts, close, lambda shares: scale * np.sum(shares * (1 - shares), axis=-1))


def krippendorff_alpha_statistic(
    counts: np.ndarray, level: Level = "nominal", values: np.ndarray | None = None
) -> Additive:
    """`krippendorff_alpha` for `bootstrap.interval`, rows: items."""
    counts = _checked(counts)
    answers = counts.sum(axis=1)
    paired = np.where((answers >= 2)[:, None], counts, 0.0)
    scale = 1 / np.maximum(answers - 1, 1)
    n, k = int((answers >= 2).sum()), counts.shape[1]
    if level == "ordinal":
        one, other = np.triu_indices(k, 1)
        mixed = paired[:, one] * paired[:, other] * scale[:, None]

        def ordinal(sums: np.ndarray) -> np.ndarray:
            apart = _ordinal_distance(sums[..., :k])
            observed = 2 * np.sum(sums[..., k:] * apart[..., one, other], axis=-1)
            return _alpha(observed, sums[..., :k], apart)

        return Additive(np.column_stack([paired, mixed]), ordinal, n)
    apart = _distance(level, k, values)
    disagreement = np.einsum("ik,ik->i", paired @ apart, paired) * scale
    parts = np.column_stack([paired, disagreement])
    return Additive(parts, lambda sums: _alpha(sums[..., k], sums[..., :k], apart), n)


def closeness(k: int, kind: Closeness) -> np.ndarray:
    """(k, k) in [0, 1]: how much of an agreement two categories are; 1 on the diagonal. Gwet (2014), section 3.5."""
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    furthest = max(k - 1, 1)
    if kind == "identity":
        return np.eye(k)
    if kind == "linear":
        return 1 - steps / furthest
    if kind == "quadratic":
        return 1 - (steps / furthest) ** 2
    if kind == "ordinal":
        return 1 - steps * (steps + 1) / (furthest * (furthest + 1))
    raise ValueError(f"closeness {kind!r} is unknown: use identity, linear, quadratic or ordinal")


def _checked(counts: np.ndarray) -> np.ndarray:
    counts = np.asarray(counts, dtype=np.float64)
    if counts.ndim != 2:
        raise ValueError(f"counts must be (items, categories), not {counts.shape}")
    if counts.size and not np.min(counts) >= 0:
        raise ValueError("counts must not be negative or NaN: leave missing answers out")
    return counts


def _within(counts: np.ndarray, close: np.ndarray) -> np.ndarray:
    """Per item: the mean closeness of two of its answers; 0 where there are fewer than two."""
    answers = counts.sum(axis=1)
    equal = np.einsum("ik,ik->i", counts @ close, counts) - answers
    return np.where(answers >= 2, equal / np.maximum(answers * (answers - 1), 1), 0.0)


def _beyond_chance(counts: np.ndarray, close: np.ndarray, chance: Callable[[np.ndarray], np.ndarray]) -> Additive:
    """(observed - chance) / (1 - chance), chance being a function of the mean shares (..., categories)."""
    answers = counts.sum(axis=1)
    shares = counts / np.maximum(answers, 1)[:, None]
    parts = np.column_stack([_within(counts, close), answers >= 2, answers >= 1, shares])

    def combine(sums: np.ndarray) -> np.ndarray:
        observed = ratio(sums[..., 0], sums[..., 1])
        expected = chance(ratio(sums[..., 3:], sums[..., 2:3]))
        return ratio(observed - expected, _settled(1 - expected))

    return Additive(parts, combine, n=int((answers >= 2).sum()))


def _settled(rest: np.ndarray) -> np.ndarray:
    """Zero where only rounding keeps it from being zero."""
    return np.where(np.abs(rest) < 1e-14, 0.0, rest)


def _distance(level: str, k: int, values: np.ndarray | None) -> np.ndarray:
    if level == "nominal":
        return 1 - np.eye(k)
    if level != "interval":
        raise ValueError(f"level {level!r} is unknown: use nominal, ordinal or interval")
    numbers = np.arange(k) if values is None else np.asarray(values, dtype=np.float64)
    if len(numbers) != k:
        raise ValueError(f"{len(numbers)} values for {k} categories")
    return np.subtract.outer(numbers, numbers) ** 2.0


def _ordinal_distance(used: np.ndarray) -> np.ndarray:
    """(..., k, k): the squared number of answers between two categories, each end counted half."""
    place = np.cumsum(used, axis=-1) - used / 2
    return (place[..., :, None] - place[..., None, :]) ** 2


def _alpha(observed: np.ndarray, used: np.ndarray, apart: np.ndarray) -> np.ndarray:
    expected = np.sum((used[..., None, :] @ apart)[..., 0, :] * used, axis=-1)
    return 1 - ratio(observed * (used.sum(axis=-1) - 1), expected)

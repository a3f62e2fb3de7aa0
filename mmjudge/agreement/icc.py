"""Intraclass correlation: agreement of raters who give numbers.

Knows a matrix (items, raters). Refuses to know scales: the numbers are taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.bootstrap import Additive, ratio

FORMS = ("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k")


@dataclass(frozen=True, slots=True)
class Icc:
    """The six forms of Shrout and Fleiss (1979), at most 1. 1: every item has raters of its own; 2: the raters are a
    sample of raters, their levels count as disagreement; 3: these raters only, levels do not count. With k: of the mean
    of all raters instead of a single one. `n`: items rated by all; items that are not are left out."""

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float
    n: int


def icc(matrix: np.ndarray) -> Icc:
    """The six forms of a matrix (items, raters), NaN where a number is missing. All NaN where fewer than two items are
    rated by all, there is one rater, or all numbers are equal."""
    statistics = {form: icc_statistic(matrix, form) for form in FORMS}
    return Icc(**{form: found.value for form, found in statistics.items()}, n=statistics["icc1"].n)


def icc_statistic(matrix: np.ndarray, form: str) -> Additive:
    """One form for `bootstrap.interval`, rows: items."""
    if form not in FORMS:
        raise ValueError(f"{form!r} is no form of ICC: use one of {', '.join(FORMS)}")
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"a matrix (items, raters) is needed, not {matrix.shape}")
    whole = ~np.isnan(matrix).any(axis=1) & (matrix.shape[1] > 0)
    origin = matrix[whole][0, 0] if whole.any() else 0.0
    x = np.where(whole[:, None], matrix - origin, 0.0)
    parts = np.column_stack([whole, x.sum(axis=1) ** 2, (x**2).sum(axis=1), x])
    return Additive(parts, lambda sums: _form(form, sums), n=int(whole.sum()))


def _form(form: str, sums: np.ndarray) -> np.ndarray:
    """Shrout and Fleiss (1979), table 2, from sums over items: items, squared item sums, squares, one sum per rater."""
    n, k = sums[..., 0], sums.shape[-1] - 3
    mean = ratio(np.sum(sums[..., 3:], axis=-1) ** 2, n * k)
    total = sums[..., 2] - mean
    rounding = 1e-12 * sums[..., 2]
    between = _settled(ratio(sums[..., 1], float(k)) - mean, rounding)
    raters = _settled(ratio(np.sum(sums[..., 3:] ** 2, axis=-1), n) - mean, rounding)
    items = ratio(between, n - 1)
    within = ratio(_settled(total - between, rounding), n * (k - 1))
    levels = ratio(raters, float(k - 1))
    error = ratio(_settled(total - between - raters, rounding), (n - 1) * (k - 1))
    noise = within if form.startswith("icc1") else error
    shift = ratio(levels - error, n) if form.startswith("icc2") else 0.0
    if form.endswith("k"):
        return ratio(items - noise, items + shift)
    return ratio(items - noise, items + (k - 1) * noise + k * shift)


def _settled(squares: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Zero where only rounding keeps it from being zero."""
    return np.where(squares <= rounding, 0.0, squares)

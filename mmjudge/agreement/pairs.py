"""Two raters, answer against answer.

Knows two vectors of codes 0 .. k-1 of the same items, NaN where an answer is missing: such pairs are left out. Refuses
to know who is right: `classify` takes one side for the truth. NaN as a result: no pair is left, or (kappa) both only
ever said one and the same.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from mmjudge.agreement.bootstrap import Additive, proportion, ratio

Weights = Literal["linear", "quadratic"]


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """The share of pairs that are equal, in [0, 1]."""
    return agreement_statistic(a, b).value


def confusion(a: np.ndarray, b: np.ndarray, k: int = 2) -> np.ndarray:
    """int64 (k, k): how often a said the row and b the column."""
    cells, both = _cells(a, b, k)
    return np.bincount(cells[both], minlength=k * k).reshape(k, k)


def cohen_kappa(a: np.ndarray, b: np.ndarray, weights: Weights | None = None, k: int | None = None) -> float:
    """Cohen (1960), "A coefficient of agreement for nominal scales"; with `weights` Cohen (1968), by the distance of
    codes or its square: the codes must then stand in their order (NO 0, YES 1, CONTROVERSIAL 2 do not). At most 1."""
    return cohen_kappa_statistic(a, b, weights, k).value


def agreement_statistic(a: np.ndarray, b: np.ndarray) -> Additive:
    """`agreement` for `bootstrap.interval`, rows: pairs."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return proportion(a == b, ~(np.isnan(a) | np.isnan(b)))


def cohen_kappa_statistic(
    a: np.ndarray, b: np.ndarray, weights: Weights | None = None, k: int | None = None
) -> Additive:
    """`cohen_kappa` for `bootstrap.interval`, rows: pairs."""
    k = _categories(a, b) if k is None else k
    parts = cells_of(a, b, k)
    return Additive(parts, lambda sums: kappa_of(sums.reshape(*sums.shape[:-1], k, k), weights), int(parts.sum()))


def kappa_of(table: np.ndarray, weights: Weights | None = None) -> np.ndarray:
    """Cohen's kappa of confusion tables (..., k, k)."""
    k = table.shape[-1]
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights {weights!r} are unknown: use None, linear or quadratic")
    apart = (steps > 0).astype(np.float64) if weights is None else steps if weights == "linear" else steps**2
    rows, columns = table.sum(axis=-1), table.sum(axis=-2)
    expected = np.sum((rows[..., None, :] @ apart)[..., 0, :] * columns, axis=-1)
    return 1 - ratio(np.sum(table * apart, axis=(-2, -1)) * rows.sum(axis=-1), expected)


def cells_of(a: np.ndarray, b: np.ndarray, k: int = 2) -> np.ndarray:
    """float64 (pairs, k * k): 1 in the cell of the confusion table that the pair falls into; zeros where one is NaN."""
    cells, both = _cells(a, b, k)
    parts = np.zeros((len(cells), k * k))
    parts[np.flatnonzero(both), cells[both]] = 1.0
    return parts


def _categories(a: np.ndarray, b: np.ndarray) -> int:
    known = np.concatenate([np.ravel(a), np.ravel(b)]).astype(np.float64)
    known = known[~np.isnan(known)]
    return int(known.max()) + 1 if len(known) else 1


def _cells(a: np.ndarray, b: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two vectors of one length are compared, not {a.shape} and {b.shape}")
    both = ~(np.isnan(a) | np.isnan(b))
    for vector in (a[both], b[both]):
        if np.any((vector < 0) | (vector >= k) | (vector != np.floor(vector))):
            raise ValueError(f"codes must be whole numbers from 0 to {k - 1}, NaN where an answer is missing")
    return np.where(both, a * k + b, 0).astype(np.int64), both

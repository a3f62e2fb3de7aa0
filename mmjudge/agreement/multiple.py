"""Many tests at once: p values adjusted so that the share of false finds stays bounded.

Knows p values only. Benjamini and Hochberg (1995); for any dependence Benjamini and Yekutieli (2001).
"""

from __future__ import annotations

import numpy as np


def benjamini_hochberg(p: np.ndarray, dependent: bool = False) -> np.ndarray:
    """Adjusted p values in [0, 1] in the same order: those at most q are found at a false discovery rate of q. NaN
    stays NaN and counts for nothing. `dependent`: hold under any dependence (Benjamini-Yekutieli), at the price of
    power."""
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    if not m:
        return adjusted
    order = known[np.argsort(p[known], kind="stable")]
    ranks = np.arange(1, m + 1)
    factor = m * (np.sum(1 / ranks) if dependent else 1.0)
    adjusted[order] = np.minimum(1, np.minimum.accumulate((p[order] * factor / ranks)[::-1])[::-1])
    return adjusted

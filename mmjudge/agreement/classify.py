"""How well answers hit the truth: figures of a two-by-two table.

Knows tables (..., 2, 2): rows the truth, columns what was said, 0 no and 1 yes, as `pairs.confusion(truth, said)` makes
them. Refuses to know scores: `ranking` and `scoring` do. All are in [0, 1]; NaN where there is nothing to divide by: no
recall without a positive, no precision where nothing was called positive. Sources: van Rijsbergen (1979), chapter 7,
for F; Brodersen and others (2010) for balanced accuracy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmjudge.agreement.bootstrap import Additive, proportion, ratio
from mmjudge.agreement.pairs import cells_of


def accuracy(table: np.ndarray) -> np.ndarray:
    """Right answers of all."""
    tn, fp, fn, tp = _cells(table)
    return ratio(tp + tn, tn + fp + fn + tp)


def precision(table: np.ndarray) -> np.ndarray:
    """Positives of those called positive."""
    _, fp, _, tp = _cells(table)
    return ratio(tp, tp + fp)


def recall(table: np.ndarray) -> np.ndarray:
    """Positives found of the positives."""
    _, _, fn, tp = _cells(table)
    return ratio(tp, tp + fn)


def specificity(table: np.ndarray) -> np.ndarray:
    """Negatives left alone of the negatives."""
    tn, fp, _, _ = _cells(table)
    return ratio(tn, tn + fp)


def balanced_accuracy(table: np.ndarray) -> np.ndarray:
    """The mean of recall and specificity."""
    return (recall(table) + specificity(table)) / 2


def fbeta(table: np.ndarray, beta: float = 1.0) -> np.ndarray:
    """Recall counts beta times as much as precision. NaN only where nothing is positive and nothing was called so."""
    _, fp, fn, tp = _cells(table)
    both = (1 + beta**2) * tp
    return ratio(both, both + beta**2 * fn + fp)


def f1(table: np.ndarray) -> np.ndarray:
    """The harmonic mean of precision and recall."""
    return fbeta(table, 1.0)


def table_statistic(figure: Callable[[np.ndarray], np.ndarray], truth: np.ndarray, said: np.ndarray) -> Additive:
    """Any figure above for `bootstrap.interval`; `truth` and `said` (rows,) are 0, 1 or NaN; pairs with a NaN are left
    out. Those that are proportions know their cases, and so have an interval where all of them are hits."""
    cells = cells_of(truth, said, 2)
    tn, fp, fn, tp = cells.T
    parts = {
        accuracy: (tn + tp, tn + fp + fn + tp),
        precision: (tp, tp + fp),
        recall: (tp, tp + fn),
        specificity: (tn, tn + fp),
    }
    if figure in parts:
        hits, of = parts[figure]
        return proportion(hits, of > 0)
    return Additive(cells, lambda sums: figure(sums.reshape(*sums.shape[:-1], 2, 2)), n=int(cells.sum()))


def _cells(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    table = np.asarray(table, dtype=np.float64)
    if table.shape[-2:] != (2, 2):
        raise ValueError(f"a table (..., 2, 2) is needed, not {table.shape}")
    return table[..., 0, 0], table[..., 0, 1], table[..., 1, 0], table[..., 1, 1]

"""People's answers as rows of codes, whatever they came in.

Knows `Ratings` about one rule and matrices (raters, items). Refuses to compute anything but counts and majorities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmjudge.ratings import UNKNOWN, Ratings

Answers = Ratings | np.ndarray
"""What people said of the same items: `Ratings` about one rule (judges and UNKNOWN are left out), or a matrix of codes
0, 1, 2, ... (raters, items), NaN where there is no answer."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """One row per known answer, one answer per rater and item; int64 each. `k`: codes are 0 .. k-1, k at least 2."""

    item: np.ndarray
    rater: np.ndarray
    value: np.ndarray
    items: int
    raters: int

    @property
    def k(self) -> int:
        return max(2, int(self.value.max(initial=1)) + 1)

    @property
    def counts(self) -> np.ndarray:
        """int64 (items, k): how often every item got every code."""
        cells = np.bincount(self.item * self.k + self.value, minlength=self.items * self.k)
        return cells.reshape(self.items, self.k)


def rows_of(answers: Answers) -> Rows:
    """The rows; of several answers by one rater to one item the last counts. ValueError: ratings about several rules,
    or codes that are none."""
    if isinstance(answers, Ratings):
        if len(np.unique(answers.rule)) > 1:
            raise ValueError("answers about several rules were given: pass ratings.about(rule)")
        said = answers.where(answers.by_people)
        item, rater, value = (column.astype(np.int64) for column in (said.item, said.rater, said.value))
        last = _last(item * max(len(answers.raters), 1) + rater)
        last = last[value[last] != UNKNOWN]
        return Rows(item[last], rater[last], value[last], len(answers.items), len(answers.raters))
    matrix = np.asarray(answers, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"answers must be a matrix (raters, items), not {matrix.shape}")
    rater, item = np.nonzero(~np.isnan(matrix))
    known = matrix[rater, item]
    if np.any((known < 0) | (known != np.floor(known))):
        raise ValueError("codes must be whole numbers from 0, NaN where an answer is missing")
    return Rows(item, rater, known.astype(np.int64), matrix.shape[1], matrix.shape[0])


def plurality(counts: np.ndarray) -> np.ndarray:
    """float64 (items,): the code most answers gave; NaN where there is none, or where two are level."""
    top = counts.max(axis=1, initial=0)
    alone = (counts == top[:, None]).sum(axis=1) == 1
    return np.where((top > 0) & alone, counts.argmax(axis=1), np.nan)


def _last(keys: np.ndarray) -> np.ndarray:
    """The place of every key's last appearance, in the order of the rows."""
    _, first_from_end = np.unique(keys[::-1], return_index=True)
    return np.sort(len(keys) - 1 - first_from_end)

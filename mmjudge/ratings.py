"""Answers of people and judges in one long form: columns of numbers, the only thing statistics read.

Knows codes and columns. Refuses to know where they come from (`store`, `formats`) and what is computed of them
(`agreement`). A judge is one more rater; its UNKNOWN is an answer that is missing, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

NO, YES, CONTROVERSIAL, UNKNOWN = 0, 1, 2, -1
"""The codes of `Ratings.value`. UNKNOWN: can't tell, skipped, or a judge's UNKNOWN (needs review)."""


@dataclass(frozen=True, eq=False, slots=True)
class Ratings:
    """One row per answer; all columns have the same length n.

    `items`, `rules`, `raters` are the names that `item`, `rule` and `rater` (int32 each) point into; the rule "" is the
    whole item. `value` (int8): NO, YES, CONTROVERSIAL or UNKNOWN. `severity` (int8): 0 to 3, -1 where nobody said.
    `score` (float64): a judge's, in [0, 1]; NaN where there is none. `seconds` and `at` (float64): how long it took and
    when (since 1970); NaN where unknown. `judges`: the codes of those raters that are no people. `probability`
    (float64, per item): with which the item was chosen, NaN where nobody knows.
    """

    items: tuple[str, ...]
    rules: tuple[str, ...]
    raters: tuple[str, ...]
    item: np.ndarray
    rule: np.ndarray
    rater: np.ndarray
    value: np.ndarray
    severity: np.ndarray
    score: np.ndarray
    seconds: np.ndarray
    at: np.ndarray
    judges: frozenset[int]
    probability: np.ndarray

    def __len__(self) -> int:
        return len(self.item)

    def where(self, mask: np.ndarray) -> Ratings:
        """The rows where the mask (bool, n) holds; names and codes stay."""
        columns = ("item", "rule", "rater", "value", "severity", "score", "seconds", "at")
        return replace(self, **{name: getattr(self, name)[mask] for name in columns})

    @property
    def by_people(self) -> np.ndarray:
        """bool, n: whether a person said it."""
        return ~np.isin(self.rater, np.fromiter(self.judges, dtype=np.int32, count=len(self.judges)))

    def about(self, rule: str) -> Ratings:
        """The rows about one rule ("": the whole item). An unknown rule has none."""
        code = self.rules.index(rule) if rule in self.rules else -1
        return self.where(self.rule == code)


def ratings_of(
    rows: Iterable[Sequence[object]], judges: Iterable[str] = (), probability: dict[str, float] | None = None
) -> Ratings:
    """Ratings of rows (item, rule, rater, value, severity, score, seconds, at), where `value` is one of the codes and
    what follows may be left out or None. Names are coded in the order of their first appearance."""
    names: tuple[dict[str, int], ...] = ({}, {}, {})
    columns: list[list[Any]] = [[] for _ in range(8)]
    for row in rows:
        for known, name, column in zip(names, row[:3], columns[:3], strict=True):
            column.append(known.setdefault(str(name), len(known)))
        columns[3].append(row[3])
        severity = row[4] if len(row) > 4 else None
        columns[4].append(-1 if severity is None else severity)
        for place in (5, 6, 7):
            given = row[place] if len(row) > place else None
            columns[place].append(np.nan if given is None else given)
    kinds = (np.int32, np.int32, np.int32, np.int8, np.int8, np.float64, np.float64, np.float64)
    item, rule, rater, value, severity, score, seconds, at = (
        np.asarray(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)
    )
    items, rules, raters = (tuple(known) for known in names)
    coded = frozenset(names[2][name] for name in judges if name in names[2])
    chances = np.asarray([(probability or {}).get(name, np.nan) for name in items], dtype=np.float64)
    return Ratings(
        items, rules, raters, item, rule, rater, value, severity, score, seconds, at, judges=coded, probability=chances
    )


def counts(ratings: Ratings, values: Sequence[int] = (NO, YES)) -> np.ndarray:
    """int64 (items, values): how many answers of each value every item has, in the order of `Ratings.items`. Answers of
    another value are left out. Of one rule: pass `ratings.about(rule)`."""
    table = np.zeros((len(ratings.items), len(values)), dtype=np.int64)
    for column, value in enumerate(values):
        of_value = ratings.item[ratings.value == value]
        table[:, column] = np.bincount(of_value, minlength=len(ratings.items))
    return table


def vector(ratings: Ratings, rater: str) -> np.ndarray:
    """float64 (items,): that rater's answers (NaN where there is none or it is UNKNOWN), the last one where there are
    several. Of one rule: pass `ratings.about(rule)`."""
    answers = np.full(len(ratings.items), np.nan)
    if rater in ratings.raters:
        mine = ratings.where((ratings.rater == ratings.raters.index(rater)) & (ratings.value != UNKNOWN))
        answers[mine.item] = mine.value
    return answers

"""Whom does the judge side with? The judge against the answers of every group of raters.

Knows answers, what raters said of themselves, and the judge's codes. Refuses to say which group is right. Intervals are
bootstraps over items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.answers import Answers, rows_of
from mmjudge.agreement.bootstrap import Additive, Interval, intervals
from mmjudge.agreement.ceiling import OfTable, equal, less, tables_of


@dataclass(frozen=True, slots=True)
class Beside:
    """The judge against single answers of the `raters` of one group (n answers), and `gap`: that figure less the same
    for the other groups of the axis. `unknown`: answers of the group to items on which the judge said nothing."""

    axis: str
    name: str
    raters: int
    figure: Interval
    gap: Interval
    unknown: int


def judge_by_group(
    answers: Answers,
    attributes: Sequence[Mapping[str, str]],
    judge: np.ndarray,
    figure: OfTable = equal,
    least: int = 3,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Beside, ...]:
    """Every group with at least `least` raters, of axes with two groups or more. `attributes` as in `compare_groups`;
    `judge` (items,): its codes, NaN where it is UNKNOWN; `figure`: of tables, rows what people said, columns the
    judge."""
    rows = rows_of(answers)
    judge = np.asarray(judge, dtype=np.float64)
    if len(attributes) != rows.raters or judge.shape != (rows.items,):
        raise ValueError(f"attributes of {rows.raters} raters and answers to {rows.items} items are needed")
    k = int(max(rows.k, np.nanmax(judge, initial=0) + 1))
    said = judge[rows.item]
    known = ~np.isnan(said)
    heard = np.unique(rows.rater).tolist()
    found = []
    for axis in sorted({axis for rater in heard for axis in attributes[rater]}):
        group = np.array([one.get(axis, "") for one in attributes])
        names = sorted({str(group[rater]) for rater in heard} - {""})
        for name in names if len(names) > 1 else ():
            raters = sum(group[rater] == name for rater in heard)
            if raters < least:
                continue
            mine = group[rows.rater] == name
            theirs = (group[rows.rater] != name) & (group[rows.rater] != "")
            one, other = (tables_of(rows.item, rows.value, said, w & known, rows.items, k) for w in (mine, theirs))
            of = (
                Additive(one, lambda s: figure(s.reshape(*s.shape[:-1], k, k)), int(one.sum())),
                less(one, other, figure, k),
            )
            value, gap = intervals(of, draws=draws, seed=seed, level=level)
            found.append(Beside(axis, name, int(raters), value, gap, int((mine & ~known).sum())))
    return tuple(found)

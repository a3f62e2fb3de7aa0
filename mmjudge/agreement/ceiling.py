"""What people reach among themselves: the ceiling beside which a judge is read.

Knows answers and, if given, a judge's. Refuses to know truth: the majority of the others stands for it, and items on
which the others are level are left out. Intervals are bootstraps over items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.answers import Answers, plurality, rows_of
from mmjudge.agreement.bootstrap import Additive, Interval, interval, intervals, ratio
from mmjudge.agreement.pairs import kappa_of

OfTable = Callable[[np.ndarray], np.ndarray]
"""A figure of tables (..., k, k): rows the majority of the others, columns what was said. `pairs.kappa_of` is one, and
for two codes all of `classify`."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """`person`: one person against the majority of the others, n answers. `judge`: the judge against the same
    majorities, and `gap` its figure less the person's over the answers both have; None without a judge. `ties`: answers
    left out because the others are level or absent. `unknown`: answers to items on which the judge said nothing."""

    person: Interval
    judge: Interval | None
    gap: Interval | None
    ties: int
    unknown: int


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """People divided at random into two halves, item by item, and this often averaged. `equal`: the halves' majorities
    are the same, where neither is level; `kappa`: beyond chance. `reliability`: Spearman-Brown of the correlation of
    the halves' shares of YES: how well a new crowd of the same size would reproduce the shares."""

    equal: Interval
    kappa: Interval
    reliability: Interval


def equal(table: np.ndarray) -> np.ndarray:
    """The share of a table (..., k, k) on its diagonal."""
    return ratio(np.trace(table, axis1=-2, axis2=-1), table.sum(axis=(-2, -1)))


def human_ceiling(
    answers: Answers,
    judge: np.ndarray | None = None,
    figure: OfTable = equal,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Ceiling:
    """Every answer against the majority of the other people's answers to the item, all answers weighing the same.
    `judge` (items,): its codes, NaN where it is UNKNOWN."""
    rows = rows_of(answers)
    rest = rows.counts[rows.item]
    rest[np.arange(len(rows.item)), rows.value] -= 1
    truth = plurality(rest)
    clear = ~np.isnan(truth)
    said = np.full(rows.items, np.nan) if judge is None else np.asarray(judge, dtype=np.float64)
    if said.shape != (rows.items,):
        raise ValueError(f"the judge's answers are {said.shape}, the people's are about {rows.items} items")
    k = int(max(rows.k, np.nanmax(said, initial=0) + 1))
    person = tables_of(rows.item, truth, rows.value, clear, rows.items, k)
    ties = int((~clear).sum())
    alone = interval(_statistic(person, figure, k), draws=draws, seed=seed, level=level)
    if judge is None:
        return Ceiling(alone, None, None, ties, 0)
    theirs = said[rows.item]
    both = clear & ~np.isnan(theirs)
    machine = tables_of(rows.item, truth, theirs, both, rows.items, k)
    beside = tables_of(rows.item, truth, rows.value, both, rows.items, k)
    of = _statistic(machine, figure, k), less(machine, beside, figure, k)
    of_judge, gap = intervals(of, draws=draws, seed=seed, level=level)
    return Ceiling(alone, of_judge, gap, ties, int((clear & ~both).sum()))


def split_half(answers: Answers, splits: int = 20, draws: int = 2000, seed: int = 0, level: float = 0.95) -> SplitHalf:
    """Items with fewer than two answers are left out; of an odd number the larger part is the second half."""
    rows = rows_of(answers)
    rng, k = np.random.default_rng(seed), rows.k
    counts = rows.counts
    used = counts.sum(axis=1) >= 2
    tables, sums = np.zeros((rows.items, k * k)), np.zeros((rows.items, 6))
    for _ in range(splits):
        half = _half(counts, rng)
        one, other = plurality(half), plurality(counts - half)
        clear = used & ~np.isnan(one) & ~np.isnan(other)
        tables += tables_of(np.arange(rows.items), one, other, clear, rows.items, k) / splits
        sums += _moments(half, counts - half, used) / splits
    n = int(used.sum())
    of = (
        Additive(tables, lambda s: equal(s.reshape(*s.shape[:-1], k, k)), n),
        Additive(tables, lambda s: kappa_of(s.reshape(*s.shape[:-1], k, k)), n),
        Additive(sums, _spearman_brown, n),
    )
    return SplitHalf(*intervals(of, draws=draws, seed=seed, level=level))


def _half(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Counts of half of every item's answers, rounded down, drawn without putting back: code after code."""
    left, wanted = counts.sum(axis=1), counts.sum(axis=1) // 2
    drawn = np.zeros_like(counts)
    for code in range(counts.shape[1]):
        left = left - counts[:, code]
        drawn[:, code] = rng.hypergeometric(counts[:, code], left, wanted)
        wanted = wanted - drawn[:, code]
    return drawn


def tables_of(
    item: np.ndarray, truth: np.ndarray, said: np.ndarray, which: np.ndarray, items: int, k: int
) -> np.ndarray:
    """float64 (items, k * k): the cells of every item's table, of rows (item, truth, said) where `which` holds."""
    cells = item[which] * k * k + truth[which].astype(np.int64) * k + said[which].astype(np.int64)
    return np.bincount(cells, minlength=items * k * k).reshape(items, k * k).astype(np.float64)


def _statistic(tables: np.ndarray, figure: OfTable, k: int) -> Additive:
    return Additive(tables, lambda s: figure(s.reshape(*s.shape[:-1], k, k)), int(tables.sum()))


def less(one: np.ndarray, other: np.ndarray, figure: OfTable, k: int) -> Additive:
    """A figure of tables `one` less that of tables `other` (items, k * k), for `bootstrap.interval`, rows: items."""

    def combine(sums: np.ndarray) -> np.ndarray:
        both = sums.reshape(*sums.shape[:-1], 2, k, k)
        return figure(both[..., 0, :, :]) - figure(both[..., 1, :, :])

    return Additive(np.hstack([one, other]), combine, int(one.sum()))


def _moments(one: np.ndarray, other: np.ndarray, used: np.ndarray) -> np.ndarray:
    x, y = (half[:, 1] / np.maximum(half.sum(axis=1), 1) for half in (one, other))
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y]) * used[:, None]


def _spearman_brown(sums: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
    r = ratio(n * xy - x * y, np.sqrt(spread))
    return ratio(2 * r, 1 + r)

"""Figures with their intervals, from a panel: the judge against the truth, people among themselves, both side by side.

Knows which statistics a report holds, and sums them by item first, so that a million answers and all groups share the
same draws. Refuses to know words and looks. An interval is a cluster bootstrap over items (`agreement.bootstrap`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mmjudge.agreement import classify, coefficients, pairs, ranking, scoring
from mmjudge.agreement.bootstrap import MOST_GROUPS, Additive, Interval, Statistic, Under, intervals, proportion, ratio
from mmjudge.report.panel import Panel, answered, chosen, compared
from mmjudge.report.values import Figure, Kind, Subject

OF_TABLE = ("balanced_accuracy", "f1")
"""Figures of a two-by-two table that are no proportions; the proportions among them are named in `_of_table`."""


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """A statistic to be given an interval, and where it belongs."""

    subject: Subject
    name: str
    kind: Kind
    group: str
    statistic: Additive


@dataclass(eq=False, slots=True)
class _Sums:
    """The sums of all parts (clusters, columns) under the weights asked for last: one product serves them all."""

    parts: np.ndarray
    weights: np.ndarray | None = None
    sums: np.ndarray | None = None

    def under(self, weights: np.ndarray) -> np.ndarray:
        if self.sums is None or weights is not self.weights:
            self.weights, self.sums = weights, weights @ self.parts
        return self.sums


@dataclass(frozen=True, eq=False, slots=True)
class _Shared:
    """An additive statistic, every row a cluster, that takes its sums from those of all."""

    own: Additive
    all: _Sums
    columns: slice

    @property
    def n(self) -> int:
        return self.own.n

    @property
    def rows(self) -> int:
        return self.own.rows

    @property
    def value(self) -> float:
        return self.own.value

    @property
    def cases(self) -> tuple[float, float] | None:
        return self.own.cases

    def grouped(self, codes: np.ndarray, groups: int) -> Under:
        assert groups == self.rows, "every row is a cluster"
        return lambda weights: self.own.combine(self.all.under(weights)[:, self.columns])


def _sharing(some: list[Additive]) -> list[Statistic]:
    ends = np.cumsum([0, *(one.parts.shape[1] for one in some)])
    sums = _Sums(np.hstack([one.parts for one in some]))
    return [_Shared(one, sums, slice(ends[place], ends[place + 1])) for place, one in enumerate(some)]


@dataclass(frozen=True, eq=False, slots=True)
class Clusters:
    """`code` (items,): the group that an item is drawn with; `groups` of them."""

    code: np.ndarray
    groups: int


def clusters(items: int, seed: int = 0) -> Clusters:
    """Every item for itself, or of many items so many random groups as the bootstrap would make."""
    groups = min(items, MOST_GROUPS)
    code = np.arange(items) % max(groups, 1)
    if items > groups:
        np.random.default_rng(seed).shuffle(code)
    return Clusters(code, groups)


def wanted(part: Panel, by: Clusters, kind: Kind = "all", group: str = "") -> Iterator[Wanted]:
    """What a report says about these units."""
    codes = by.code[part.item]
    for name, statistic in _judge(part, codes, by.groups):
        yield Wanted("judge", name, kind, group, statistic)
    for name, statistic in _people(part, codes, by.groups):
        yield Wanted("people", name, kind, group, statistic)
    for name, statistic in _side_by_side(part, codes, by.groups):
        yield Wanted("both", name, kind, group, statistic)


def figures_of(some: list[Wanted], draws: int = 2000, seed: int = 0) -> list[Figure]:
    """All of them over the same draws."""
    found = intervals(_sharing([one.statistic for one in some]), None, draws, seed) if some else ()
    return [_figure(one.subject, one.name, one.kind, one.group, got) for one, got in zip(some, found, strict=True)]


def ranked(part: Panel, kind: Kind = "all", group: str = "", draws: int = 2000, seed: int = 0) -> list[Figure]:
    """What scores say whatever the threshold: AUPRC, AUROC, Brier, calibration error. Nothing without scores."""
    some = chosen(part, ~np.isnan(part.score) & ~np.isnan(part.truth))
    if not len(some.item):
        return []
    of: dict[str, Statistic] = {
        "auprc": ranking.auprc_statistic(some.score, some.truth),
        "auroc": ranking.auroc_statistic(some.score, some.truth),
        "brier": scoring.brier_statistic(some.score, some.truth),
        "ece": scoring.ece_statistic(some.score, some.truth),
    }
    found = intervals(list(of.values()), some.item, draws, seed)
    return [_figure("judge", name, kind, group, got) for name, got in zip(of, found, strict=True)]


def by_rater(whole: Panel, by: Clusters) -> Iterator[Wanted]:
    """Every person against the majority of the others."""
    codes = by.code[whole.item[whole.unit]]
    for code in np.unique(whole.rater):
        mine = whole.rater == code
        hits, of = _equal(whole.rest[mine], whole.value[mine])
        statistic = _summed(proportion(hits, of), codes[mine], by.groups)
        yield Wanted("people", "with_others", "rater", whole.ratings.raters[code], statistic)


def _figure(subject: Subject, name: str, kind: Kind, group: str, got: Interval) -> Figure:
    few = np.isnan(got.low) and not np.isnan(got.value)
    note = "too few to give an interval" if few else "cannot be computed: see n" if np.isnan(got.value) else ""
    return Figure(subject, name, kind, group, got.value, got.low, got.high, got.n, got.level, note)


def _summed(statistic: Additive, codes: np.ndarray, groups: int) -> Additive:
    """The same statistic with the rows of a cluster added up."""
    parts = np.column_stack([np.bincount(codes, column, minlength=groups) for column in statistic.parts.T])
    return replace(statistic, parts=parts)


def _judge(part: Panel, codes: np.ndarray, groups: int) -> Iterator[tuple[str, Additive]]:
    """The judge against the truth."""
    seen = answered(part) & ~np.isnan(part.truth)
    if not seen.any():
        return
    cells = pairs.cells_of(part.truth, part.said, 2)
    yield from _of_table(_by_cluster(cells, codes, groups), "")
    two = np.column_stack([2 * cells[:, 0] + cells[:, 1] + cells[:, 2], cells[:, 1] + cells[:, 2] + 2 * cells[:, 3]])
    yield "krippendorff_alpha", _summed(coefficients.krippendorff_alpha_statistic(two), codes, groups)
    yield "gwet_ac1", _summed(coefficients.gwet_ac1_statistic(two), codes, groups)
    yield "decided", _summed(proportion(~np.isnan(part.said), seen), codes, groups)
    right = part.said == part.truth
    yield "accuracy_unknown_wrong", _summed(proportion(right, seen), codes, groups)
    yield "recall_unknown_missed", _summed(proportion(right, seen & (part.truth == 1)), codes, groups)


def _people(part: Panel, codes: np.ndarray, groups: int) -> Iterator[tuple[str, Additive]]:
    """People among themselves."""
    of: dict[str, Callable[[np.ndarray], Additive]] = {
        "raw_agreement": coefficients.raw_agreement_statistic,
        "krippendorff_alpha": coefficients.krippendorff_alpha_statistic,
        "gwet_ac1": coefficients.gwet_ac1_statistic,
        "fleiss_kappa": coefficients.fleiss_kappa_statistic,
    }
    for name, statistic in of.items():
        yield name, _summed(statistic(part.counts), codes, groups)
    known = part.counts.sum(axis=1)
    asked = (known + part.unknown).astype(np.float64)
    parts = _by_cluster(np.column_stack([known, asked]), codes, groups)
    yield "decided", Additive(parts, lambda s: ratio(s[..., 0], s[..., 1]), int(asked.sum()), proportion=True)
    cells = pairs.cells_of(part.rest, part.value, 2)
    yield from _of_table(_by_cluster(cells, codes[part.unit], groups), "one_")
    yield "violations", _summed(proportion(part.truth == 1, ~np.isnan(part.truth)), codes, groups)


def _side_by_side(part: Panel, codes: np.ndarray, groups: int) -> Iterator[tuple[str, Additive]]:
    """The judge and one person against the majority of the others, on the same answers, and the difference."""
    theirs = part.said[part.unit]
    both = compared(part)
    if not both.any():
        return
    rows = codes[part.unit]
    parts = _by_cluster(
        np.column_stack([both & (theirs == part.rest), both & (part.value == part.rest), both]), rows, groups
    )
    n = int(both.sum())
    yield "judge_with_others", Additive(parts[:, [0, 2]], lambda s: ratio(s[..., 0], s[..., 1]), n, proportion=True)
    yield "person_with_others", Additive(parts[:, [1, 2]], lambda s: ratio(s[..., 0], s[..., 1]), n, proportion=True)
    yield "judge_less_person", Additive(parts, lambda s: ratio(s[..., 0] - s[..., 1], s[..., 2]), n)


def _of_table(cells: np.ndarray, prefix: str) -> Iterator[tuple[str, Additive]]:
    """Figures of tables (clusters, 4): true and false negatives and positives as `pairs.confusion` orders them."""
    tn, fp, fn, tp = cells.T
    n = int(cells.sum())
    shares = {
        "accuracy": (tn + tp, tn + fp + fn + tp),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "specificity": (tn, tn + fp),
    }
    for name, (hits, of) in shares.items():
        parts = np.column_stack([hits, of])
        yield prefix + name, Additive(parts, lambda s: ratio(s[..., 0], s[..., 1]), int(of.sum()), proportion=True)
    for name in OF_TABLE:
        figure = getattr(classify, name)
        yield prefix + name, Additive(cells, lambda s, f=figure: f(s.reshape(*s.shape[:-1], 2, 2)), n)  # type: ignore[misc]
    yield prefix + "cohen_kappa", Additive(cells, lambda s: pairs.kappa_of(s.reshape(*s.shape[:-1], 2, 2)), n)


def _by_cluster(rows: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    return np.column_stack([np.bincount(codes, column, minlength=groups) for column in rows.T])


def _equal(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return a == b, ~(np.isnan(a) | np.isnan(b))

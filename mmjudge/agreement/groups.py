"""Do groups of raters see things differently? GRASP: Prabhakaran and others (2023), arXiv 2311.05074.

Knows answers and what raters said of themselves. Refuses to know names. A figure is a function of how often a group and
the rest gave every answer to every item, so all shuffles of a permutation test are one product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import xlogy

from mmjudge.agreement.answers import Answers, Rows, rows_of
from mmjudge.agreement.bootstrap import ratio
from mmjudge.agreement.multiple import benjamini_hochberg

MEASURES = ("alpha", "plurality", "negentropy", "xrr", "voting", "cross_negentropy", "gai")
CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A value beside the values of shuffled groups. `p`: the share of shuffles at least as far out in `tail`, the tail
    the value lies in (one more counted above and below, so never 0). Because the tail was chosen by the data, twice p
    is what goes into `adjusted` (Benjamini-Hochberg over all groups, or over all axes). All NaN where undefined."""

    value: float
    p: float
    adjusted: float
    tail: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group of an axis. Within it: Krippendorff's `alpha`, `plurality` (mean share of the commonest answer),
    `negentropy` (mean of ln k less the entropy, nats). Between it and the rest: `xrr`, `voting` (alpha between the two
    commonest answers), `cross_negentropy`. `gai`: alpha / xrr, above 1 where the group has a view of its own."""

    axis: str
    name: str
    raters: int
    answers: int
    alpha: Figure
    plurality: Figure
    negentropy: Figure
    xrr: Figure
    voting: Figure
    cross_negentropy: Figure
    gai: Figure


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups; `dsi`: per axis the largest GAI of its groups. `small`: groups with too few raters to be shown, as
    (axis, group, raters); they still count among the rest. `shuffles`: how many the p values rest on."""

    groups: tuple[Group, ...]
    dsi: tuple[tuple[str, Figure], ...]
    small: tuple[tuple[str, str, int], ...]
    shuffles: int


def compare_groups(
    answers: Answers,
    attributes: Sequence[Mapping[str, str]],
    shuffles: int = 1000,
    seed: int = 0,
    least: int = 3,
) -> Groups:
    """Every group of every axis against the raters of other groups of that axis.

    `attributes`: per rater, in the order of the raters, axis to group; who did not say is left out of that axis.
    Shuffled are whole rows of attributes among raters who answered. `least`: raters a group needs to be shown.
    """
    rows = rows_of(answers)
    if len(attributes) != rows.raters:
        raise ValueError(f"{rows.raters} raters but attributes of {len(attributes)}")
    heard = np.bincount(rows.rater, minlength=rows.raters)
    voices = np.flatnonzero(heard)
    said = [attributes[int(rater)] for rater in voices]
    sizes = _sizes(said)
    shown = [key for key, size in sizes.items() if size >= least]
    small = tuple((axis, name, size) for (axis, name), size in sizes.items() if size < least)
    if not shown:
        return Groups((), (), small, 0)
    axes = list(dict.fromkeys(axis for axis, _ in shown))
    values = _shuffled(rows, voices, said, shown, axes, shuffles, seed)
    dsi = np.stack([_largest(values[[a == axis for a, _ in shown], -1]) for axis in axes])
    figures = [_figures(values[:, place]) for place in range(len(MEASURES))]
    groups = tuple(
        Group(axis, name, sizes[axis, name], _answers(heard[voices], said, axis, name), *(f[place] for f in figures))
        for place, (axis, name) in enumerate(shown)
    )
    return Groups(groups, tuple(zip(axes, _figures(dsi), strict=True)), small, shuffles)


def in_group(counts: np.ndarray) -> np.ndarray:
    """(3, draws): alpha, plurality and negentropy of counts (items, k, draws). NaN: no item has the answers it
    needs."""
    answers = counts.sum(axis=1)
    paired = np.where((answers >= 2)[:, None], counts, 0)
    used = paired.sum(axis=0)
    total = used.sum(axis=0)
    differing = (answers**2 - (counts**2).sum(axis=1)) * (answers >= 2) / np.maximum(answers - 1, 1)
    alpha = 1 - ratio(differing.sum(axis=0) * (total - 1), total**2 - (used**2).sum(axis=0))
    some = (answers > 0).sum(axis=0)
    shares = counts / np.maximum(answers, 1)[:, None]
    size = ratio(shares.max(axis=1).sum(axis=0), some)
    order = np.log(counts.shape[1]) + ratio(xlogy(shares, shares).sum(axis=(0, 1)), some)
    return np.stack([alpha, size, order])


def cross_group(counts: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(3, draws): xrr, voting agreement and cross-negentropy of two counts (items, k, draws), over items both answered.

    xrr: Wong, Paritosh and Aroyo (2021), arXiv 2106.07393, with missing data. Voting: items on which either side is
    level are left out. Cross-negentropy as in the authors' code: an answer the rest never gave adds nothing, so it
    flatters a group beside a small rest. NaN: no such item, or one answer only."""
    mine, theirs = counts.sum(axis=1), rest.sum(axis=1)
    both = (mine > 0) & (theirs > 0)
    here, there = np.where(both[:, None], counts, 0), np.where(both[:, None], rest, 0)
    shares, others = here / np.maximum(mine, 1)[:, None], there / np.maximum(theirs, 1)[:, None]
    weight = (mine + theirs) * both
    observed = ratio((weight * (1 - (shares * others).sum(axis=1))).sum(axis=0), weight.sum(axis=0))
    used, used_there = here.sum(axis=0), there.sum(axis=0)
    chance = 1 - ratio((used * used_there).sum(axis=0), used.sum(axis=0) * used_there.sum(axis=0))
    logs = np.log(others, out=np.zeros_like(others), where=others > 0)
    order = np.log(counts.shape[1]) + ratio((shares * logs).sum(axis=(0, 1)), both.sum(axis=0))
    return np.stack([1 - ratio(observed, chance), in_group(_votes(here) + _votes(there))[0], order])


def gai(alpha: np.ndarray, xrr: np.ndarray) -> np.ndarray:
    """Group association index: cohesion within over cohesion across. NaN where that is not above 0: then people of the
    two sides agree no better than by chance, and a ratio says nothing."""
    return np.where(xrr > 0, ratio(alpha, np.where(xrr > 0, xrr, 1)), np.nan)


def _votes(counts: np.ndarray) -> np.ndarray:
    """1 at the commonest answer of every item, nothing where two are level."""
    top = counts.max(axis=1, keepdims=True)
    first = (counts == top) & (top > 0)
    return np.where(first.sum(axis=1, keepdims=True) == 1, first, 0).astype(np.float64)


def _shuffled(rows: Rows, voices, said, shown, axes, shuffles: int, seed: int) -> np.ndarray:
    """(groups, measures, 1 + shuffles): first the true values."""
    place = np.zeros(rows.raters, dtype=np.int64)
    place[voices] = np.arange(len(voices))
    cells = (rows.item * rows.k + rows.value, place[rows.rater])
    table = csr_array((np.ones(len(rows.item)), cells), shape=(rows.items * rows.k, len(voices)))
    member = np.array([[one.get(axis) == name for one in said] for axis, name in shown], dtype=np.float64)
    declared = np.array([[axis in one for one in said] for axis in axes], dtype=np.float64)
    axis_of = np.array([axes.index(axis) for axis, _ in shown])
    rng = np.random.default_rng(seed)
    orders = np.stack([np.arange(len(voices)), *(rng.permutation(len(voices)) for _ in range(shuffles))])
    size = max(1, CELLS // max(1, rows.items * rows.k * (len(shown) + len(axes))))
    chunks = []
    for start in range(0, len(orders), size):
        some = orders[start : start + size]
        inside = _counted(table, member[:, some], rows)
        around = _counted(table, declared[:, some], rows)
        chunks.append(np.stack([_measures(inside[:, :, g], around[:, :, axis_of[g]]) for g in range(len(shown))]))
    return np.concatenate(chunks, axis=2)


def _counted(table: csr_array, chosen: np.ndarray, rows: Rows) -> np.ndarray:
    """(items, k, sets, draws) of chosen raters (sets, draws, raters)."""
    sets, draws, raters = chosen.shape
    return (table @ chosen.reshape(-1, raters).T).reshape(rows.items, rows.k, sets, draws)


def _measures(inside: np.ndarray, around: np.ndarray) -> np.ndarray:
    within, across = in_group(inside), cross_group(inside, around - inside)
    return np.concatenate([within, across, gai(within[0], across[0])[None]])


def _figures(values: np.ndarray) -> list[Figure]:
    """Figures of values (cases, 1 + shuffles), adjusted together."""
    found = [(case[0], *_beyond(case[0], case[1:])) for case in values]
    adjusted = benjamini_hochberg(np.minimum(1, 2 * np.array([p for _, p, _ in found])))
    return [Figure(float(v), p, float(a), tail) for (v, p, tail), a in zip(found, adjusted, strict=True)]


def _beyond(value: float, shuffled: np.ndarray) -> tuple[float, str]:
    known = shuffled[np.isfinite(shuffled)]
    if not np.isfinite(value) or not len(known):
        return float("nan"), ""
    lower = value < np.median(known)
    far = known <= value + 1e-12 if lower else known >= value - 1e-12
    return float((far.sum() + 1) / (len(known) + 1)), "lower" if lower else "upper"


def _largest(of: np.ndarray) -> np.ndarray:
    """The largest known value of every column; NaN where none is known."""
    known = np.where(np.isnan(of), -np.inf, of).max(axis=0)
    return np.where(np.isfinite(known), known, np.nan)


def _sizes(said: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], int]:
    """Raters per (axis, group), for axes with two groups or more."""
    sizes: dict[tuple[str, str], int] = {}
    for one in said:
        for key in one.items():
            sizes[key] = sizes.get(key, 0) + 1
    names = [axis for axis, _ in sizes]
    return {key: sizes[key] for key in sorted(sizes) if names.count(key[0]) > 1}


def _answers(heard: np.ndarray, said: Sequence[Mapping[str, str]], axis: str, name: str) -> int:
    return int(sum(number for number, one in zip(heard, said, strict=True) if one.get(axis) == name))

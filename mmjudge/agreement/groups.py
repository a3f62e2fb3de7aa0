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
MOST_ITEMS = 10_000
"""Of more items than these, so many drawn at random are what p values rest on: more shuffles are worth more."""
CELLS = 100_000


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
    rng = np.random.default_rng(seed)
    values = _shuffled(_some(rows, rng), voices, said, shown, axes, shuffles, rng)
    true = values[..., 0] if rows.items <= MOST_ITEMS else _shuffled(rows, voices, said, shown, axes, 0, rng)[..., 0]
    of_axis = [[a == axis for a, _ in shown] for axis in axes]
    dsi = _figures(*(np.stack([_largest(of[which, -1]) for which in of_axis]) for of in (true, values)))
    figures = [_figures(true[:, place], values[:, place]) for place in range(len(MEASURES))]
    groups = tuple(
        Group(axis, name, sizes[axis, name], _answers(heard[voices], said, axis, name), *(f[place] for f in figures))
        for place, (axis, name) in enumerate(shown)
    )
    return Groups(groups, tuple(zip(axes, dsi, strict=True)), small, shuffles)


def in_group(counts: np.ndarray) -> np.ndarray:
    """(3, draws): alpha, plurality and negentropy of counts (items, k, draws). NaN: no item has the answers it
    needs."""
    return _cohesion(_within(counts), counts.shape[1])


def cross_group(counts: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(3, draws): xrr, voting agreement and cross-negentropy of two counts (items, k, draws), over items both answered.

    xrr: Wong, Paritosh and Aroyo (2021), arXiv 2106.07393, with missing data. Voting: items on which either side is
    level are left out. Cross-negentropy as in the authors' code: an answer the rest never gave adds nothing, so it
    flatters a group beside a small rest. NaN: no such item, or one answer only."""
    return _likeness(_across(counts, rest), counts.shape[1])


def gai(alpha: np.ndarray, xrr: np.ndarray) -> np.ndarray:
    """Group association index: cohesion within over cohesion across. NaN where that is not above 0: then people of the
    two sides agree no better than by chance, and a ratio says nothing."""
    return np.where(xrr > 0, ratio(alpha, np.where(xrr > 0, xrr, 1)), np.nan)


def _within(counts: np.ndarray) -> np.ndarray:
    """(4 + k, draws): sums over items from which cohesion within follows."""
    answers = counts.sum(axis=1)
    paired = answers >= 2
    differing = (answers**2 - (counts**2).sum(axis=1)) * paired / np.maximum(answers - 1, 1)
    shares = counts / np.maximum(answers, 1)[:, None]
    parts = (answers > 0, differing, shares.max(axis=1), xlogy(shares, shares).sum(axis=1))
    return np.concatenate([np.stack([part.sum(axis=0) for part in parts]), (counts * paired[:, None]).sum(axis=0)])


def _cohesion(sums: np.ndarray, k: int) -> np.ndarray:
    some, differing, largest, logs = sums[:4]
    return np.stack([_alpha(differing, sums[4:]), ratio(largest, some), np.log(k) + ratio(logs, some)])


def _across(counts: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(5 + 3 k, draws): sums over items that both sides answered, from which likeness follows."""
    mine, theirs = counts.sum(axis=1), rest.sum(axis=1)
    both = (mine > 0) & (theirs > 0)
    here, there = counts * both[:, None], rest * both[:, None]
    shares, others = here / np.maximum(mine, 1)[:, None], there / np.maximum(theirs, 1)[:, None]
    weight = (mine + theirs) * both
    logs = shares * np.log(others, out=np.zeros_like(others), where=others > 0)
    one, other = _votes(here), _votes(there)
    voted = np.asarray(one.any(axis=1) & other.any(axis=1))
    votes = (one.astype(np.float64) + other) * voted[:, None]
    apart = voted & ~(one & other).any(axis=1)
    parts = (both, weight, weight * (1 - (shares * others).sum(axis=1)), logs.sum(axis=1), 2 * apart)
    used = (here.sum(axis=0), there.sum(axis=0), votes.sum(axis=0))
    return np.concatenate([np.stack([part.sum(axis=0) for part in parts]), *used])


def _likeness(sums: np.ndarray, k: int) -> np.ndarray:
    both, weight, observed, logs, apart = sums[:5]
    here, there, votes = sums[5 : 5 + k], sums[5 + k : 5 + 2 * k], sums[5 + 2 * k :]
    chance = 1 - ratio((here * there).sum(axis=0), here.sum(axis=0) * there.sum(axis=0))
    xrr = 1 - ratio(ratio(observed, weight), chance)
    return np.stack([xrr, _alpha(apart, votes), np.log(k) + ratio(logs, both)])


def _alpha(differing: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Krippendorff's, nominal, of the differing pairs per answer and of how often every code was used."""
    total = used.sum(axis=0)
    return 1 - ratio(differing * (total - 1), total**2 - (used**2).sum(axis=0))


def _votes(counts: np.ndarray) -> np.ndarray:
    """bool: the commonest answer of every item, none where two are level."""
    top = counts.max(axis=1, keepdims=True)
    first = (counts == top) & (top > 0)
    return first & (first.sum(axis=1, keepdims=True) == 1)


def _shuffled(rows: Rows, voices, said, shown, axes, shuffles: int, rng: np.random.Generator) -> np.ndarray:
    """(groups, measures, 1 + shuffles): first the true values. Some items at a time, all shuffles at once."""
    place = np.zeros(rows.raters, dtype=np.int64)
    place[voices] = np.arange(len(voices))
    k, cells = rows.k, (rows.item * rows.k + rows.value, place[rows.rater])
    table = csr_array((np.ones(len(rows.item)), cells), shape=(rows.items * k, len(voices)))
    member = np.array([[one.get(axis) == name for one in said] for axis, name in shown], dtype=np.float64)
    declared = np.array([[axis in one for one in said] for axis in axes], dtype=np.float64)
    axis_of = [axes.index(axis) for axis, _ in shown]
    orders = np.stack([np.arange(len(voices)), *(rng.permutation(len(voices)) for _ in range(shuffles))])
    size = k * max(1, CELLS // (k * len(orders)))
    within = [np.zeros((4 + k, len(orders))) for _ in shown]
    across = [np.zeros((5 + 3 * k, len(orders))) for _ in shown]
    for start in range(0, max(rows.items * k, 1), size):
        some = table[start : start + size]
        around = [_counted(some, chosen[orders], k) for chosen in declared]
        for g, chosen in enumerate(member):
            inside = _counted(some, chosen[orders], k)
            within[g] += _within(inside)
            across[g] += _across(inside, around[axis_of[g]] - inside)
    return np.stack([_measures(_cohesion(w, k), _likeness(a, k)) for w, a in zip(within, across, strict=True)])


def _counted(table: csr_array, chosen: np.ndarray, k: int) -> np.ndarray:
    """(items, k, draws) of chosen raters (draws, raters)."""
    return (table @ chosen.T).reshape(-1, k, len(chosen))


def _measures(within: np.ndarray, across: np.ndarray) -> np.ndarray:
    return np.concatenate([within, across, gai(within[0], across[0])[None]])


def _figures(true: np.ndarray, values: np.ndarray) -> list[Figure]:
    """Figures (cases,) with p from values (cases, 1 + shuffles), adjusted together."""
    found = [_beyond(case[0], case[1:]) for case in values]
    adjusted = benjamini_hochberg(np.minimum(1, 2 * np.array([p for p, _ in found])))
    return [Figure(float(v), p, float(a), tail) for v, (p, tail), a in zip(true, found, adjusted, strict=True)]


def _some(rows: Rows, rng: np.random.Generator) -> Rows:
    """All rows, or those of as many items as p values rest on."""
    if rows.items <= MOST_ITEMS:
        return rows
    new = np.full(rows.items, -1)
    new[rng.choice(rows.items, MOST_ITEMS, replace=False)] = np.arange(MOST_ITEMS)
    kept = new[rows.item] >= 0
    return Rows(new[rows.item[kept]], rows.rater[kept], rows.value[kept], MOST_ITEMS, rows.raters)


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

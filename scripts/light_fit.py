"""Fits the head of the light evaluator: one weighted kernel ridge regression, solved once, written out as arrays.

Knows features, weights and linear algebra. Every held-out score (by fold, by set) comes from the one inverse, by block
elimination, so cross-validation costs hardly more than the fit. Refuses to read files and to see the test half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from light_data import Row
from scipy import sparse
from scipy.linalg import lapack
from scipy.optimize import minimize

from mmjudge.backends.light import Head
from mmjudge.backends.light_words import BITS, Hashed, hashed, weighted
from mmjudge.backends.minilm import unit


class Shape(NamedTuple):
    """How much each part of the kernel counts, and the ridge. Chosen on the tuning half (scripts/LOG.md)."""

    quadratic: float = 0.5
    lexical: float = 1.0
    context: float = 0.5
    context_lexical: float = 0.25
    cross: float = 0.5
    constant: float = 0.05
    ridge: float = 8.0


class Features(NamedTuple):
    """`t`, `c` (n, d): centred states, c zero without context; `words`, `context_words` (n, v) sparse."""

    t: np.ndarray
    c: np.ndarray
    words: sparse.csr_matrix
    context_words: sparse.csr_matrix


class Scales(NamedTuple):
    """What features are measured against: centres (d,) and rarity (v,). From the tuning rows, without labels."""

    target_centre: np.ndarray
    context_centre: np.ndarray
    rarity: np.ndarray


def rarity_of(found: Sequence[Hashed]) -> np.ndarray:
    """1 + ln((1 + n) / (1 + rows that have it)) for each place, (v,)."""
    counts = np.zeros(2 << BITS)
    for one in found:
        counts[one.places] += 1
    return (np.log((1 + len(found)) / (1 + counts)) + 1).astype(np.float32)


def matrix(found: Sequence[Hashed], rarity: np.ndarray) -> sparse.csr_matrix:
    """Sparse rows of weighted lexical features."""
    starts = np.cumsum([0, *(len(one.places) for one in found)])
    values = np.concatenate([weighted(one, rarity) for one in found])
    places = np.concatenate([one.places for one in found])
    return sparse.csr_matrix((values.astype(np.float32), places, starts), shape=(len(found), 2 << BITS))


def features(texts: Sequence[tuple[str, str]], t: np.ndarray, c: np.ndarray) -> tuple[Features, Scales]:
    """From plain (target, context) texts and their states (n, layers, width); c is zero where there is no context."""
    there = np.array([bool(context) for _, context in texts])
    targets, contexts = ([hashed(pair[at]) for pair in texts] for at in (0, 1))
    scales = Scales(t.mean(0).ravel(), c[there].mean(0).ravel(), rarity_of(targets))
    flat_t = unit(t - t.mean(0)).reshape(len(t), -1)
    flat_c = unit(c - c[there].mean(0)).reshape(len(c), -1) * there[:, None]
    return Features(flat_t, flat_c, matrix(targets, scales.rarity), matrix(contexts, scales.rarity)), scales


def kernel(f: Features, s: Shape) -> np.ndarray:
    """(n, n): inner products of all that the head will weigh."""
    near = f.t @ f.t.T
    beside = f.c @ f.c.T
    k = near + s.quadratic * near * near + s.context * beside + s.cross * near * beside + s.constant
    k += s.lexical * (f.words @ f.words.T).toarray()
    return k + s.context_lexical * (f.context_words @ f.context_words.T).toarray()


def row_weights(rows: Sequence[Row]) -> np.ndarray:
    """Mean 1. A set counts as the root of its size; within a level both classes count the same, at most five-fold."""
    sets, levels = np.array([r.set for r in rows]), np.array([r.level for r in rows])
    unsafe = np.array([r.unsafe for r in rows])
    names, sizes = np.unique(sets, return_counts=True)
    size = dict(zip(names, sizes, strict=True))
    weights = np.array([size[name] ** -0.5 for name in sets])
    for level in np.unique(levels):
        sides = [(levels == level) & (unsafe == truth) for truth in (True, False)]
        sums = [weights[side].sum() for side in sides]
        if min(sums) > 0:
            for side, total in zip(sides, sums, strict=True):
                weights[side] *= min(sum(sums) / 2 / total, 5.0)
    return weights / weights.mean()


class Solved(NamedTuple):
    """`inverse` (m, m) of the regularised kernel of the m rows used, their positions `used`, and `dual` (m,)."""

    inverse: np.ndarray
    used: np.ndarray
    dual: np.ndarray


def solve(k: np.ndarray, rows: Sequence[Row], used: np.ndarray, ridge: float) -> Solved:
    """Dual weights of the rows `used`. Each level has an intercept of its own here, which the head leaves out: sets
    draw the line in different places, and the head should not learn which set a text comes from."""
    _, level = np.unique([rows[at].level for at in used], return_inverse=True)
    system = k[np.ix_(used, used)] + (level[:, None] == level[None, :])
    system[np.diag_indices(len(used))] += ridge / row_weights([rows[at] for at in used])
    factor, failed = lapack.spotrf(system.astype(np.float32), lower=1)
    if failed:
        raise ArithmeticError("the kernel is not positive definite: raise the ridge")
    lower, _ = lapack.spotri(factor, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    sign = np.array([1.0 if rows[at].unsafe else -1.0 for at in used], dtype=np.float32)
    return Solved(inverse, used, inverse @ sign)


def held_out(k: np.ndarray, solved: Solved, blocks: Sequence[str]) -> np.ndarray:
    """(n,) score of each row by the fit without all rows of its block, the intercepts left out."""
    names = np.array(blocks)
    scores = np.zeros(len(k), np.float32)
    for name in np.unique(names):
        inside = np.flatnonzero(names[solved.used] == name)
        dual = solved.dual
        if len(inside):
            part = np.linalg.solve(solved.inverse[np.ix_(inside, inside)], solved.dual[inside])
            dual = solved.dual - solved.inverse[:, inside] @ part
            dual[inside] = 0.0
        asked = np.flatnonzero(names == name)
        scores[asked] = k[np.ix_(asked, solved.used)] @ dual
    return scores


def platt(scores: np.ndarray, unsafe: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """(slope, intercept) of the logistic map of held-out scores to probabilities."""
    sign = np.where(unsafe, 1.0, -1.0)

    def loss(p: np.ndarray) -> float:
        return float((weights * np.logaddexp(0.0, -sign * (p[0] * scores + p[1]))).mean())

    slope, intercept = minimize(loss, np.array([1.0, 0.0])).x
    return float(slope), float(intercept)


def head(f: Features, scales: Scales, s: Shape, solved: Solved, line: tuple[float, float]) -> Head:
    """The fit as the arrays that score a text without any training row."""
    dual = solved.dual
    t, c = f.t[solved.used], f.c[solved.used]
    scaled = t * dual[:, None]
    kept: Callable[[np.ndarray], np.ndarray] = lambda a: np.asarray(a, dtype=np.float32)  # noqa: E731
    return Head(
        target_centre=kept(scales.target_centre),
        context_centre=kept(scales.context_centre),
        linear=kept(t.T @ dual),
        context_linear=kept(s.context * (c.T @ dual)),
        quadratic=kept(s.quadratic * (scaled.T @ t)),
        cross=kept(s.cross * (scaled.T @ c)),
        rarity=scales.rarity,
        lexical=kept(s.lexical * (f.words[solved.used].T @ dual)),
        context_lexical=kept(s.context_lexical * (f.context_words[solved.used].T @ dual)),
        bias=float(s.constant * dual.sum()),
        slope=line[0],
        intercept=line[1],
    )

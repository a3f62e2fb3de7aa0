"""Maps of a score to a probability, fitted to labels: Platt, beta, isotonic. Pure numpy and scipy.

Knows the three fits, and how a fit from few labels is drawn towards one from many. Refuses to know rules, judges and
files. No map here ever reverses the order of scores: slopes are bounded at 0, steps never fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

Method = Literal["platt", "beta", "isotonic"]
METHODS: tuple[Method, ...] = get_args(Method)

EDGE = 1e-6
"""Scores are kept this far from 0 and 1 before a logarithm is taken."""
PULL = 4.0
"""How strongly a rule's own numbers are drawn to the pooled ones: a normal prior around them with standard deviation
1 / sqrt(PULL) = 0.5 log-odds (partial pooling; Gelman and Hill 2007, chapter 12)."""
PSEUDO = 20.0
"""Labels that the pooled steps count for beside a rule's own, in an isotonic fit."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`numbers` of "platt": slope, bias in probability = expit(slope * logit(score) + bias). Of "beta": a, b, c in
    expit(a * ln(score) - b * ln(1 - score) + c). Of "isotonic": score, probability of every knot, in turn, rising; a
    straight line between two, flat outside. `n`, `positives`: labels it was fitted to."""

    method: Method
    numbers: tuple[float, ...]
    n: int
    positives: int

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities in [0, 1] of scores in [0, 1], in the same order; NaN stays NaN."""
        if self.method == "isotonic":
            return np.interp(scores, self.numbers[0::2], self.numbers[1::2])
        return expit(features(self.method, scores) @ np.asarray(self.numbers))


def features(method: Method, scores: np.ndarray) -> np.ndarray:
    """(n, 2) or (n, 3): what a logistic map is linear in. "platt": logit, 1 (Platt 1999, on log-odds). "beta": ln s,
    -ln(1 - s), 1 (Kull, Silva Filho and Flach 2017, equation 5)."""
    s = np.clip(np.asarray(scores, dtype=np.float64), EDGE, 1.0 - EDGE)
    ones = np.ones_like(s)
    if method == "platt":
        return np.stack([np.log(s) - np.log1p(-s), ones], axis=-1)
    return np.stack([np.log(s), -np.log1p(-s), ones], axis=-1)


def smoothed(truth: np.ndarray) -> np.ndarray:
    """Platt's targets: (N+ + 1) / (N+ + 2) for a yes, 1 / (N- + 2) for a no, so that classes which never overlap still
    give finite numbers (Platt 1999; Lin, Lin and Weng 2007)."""
    positives = float(np.sum(truth))
    negatives = len(truth) - positives
    return np.where(truth, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))


def logistic(x: np.ndarray, targets: np.ndarray, towards: np.ndarray | None = None, pull: float = 0.0) -> np.ndarray:
    """(k,) coefficients of least cross-entropy for targets in [0, 1], the last one free, the others at least 0.

    `towards` (k,), `pull`: adds pull / 2 * |coefficients - towards|^2 to the summed cross-entropy.
    """
    centre = np.zeros(x.shape[1]) if towards is None else towards

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z, off = x @ theta, theta - centre
        value = np.sum(np.logaddexp(0.0, z) - targets * z) + 0.5 * pull * off @ off
        return float(value), x.T @ (expit(z) - targets) + pull * off

    start = np.ones(x.shape[1]) if towards is None else towards.copy()
    bounds = [(0.0, None)] * (x.shape[1] - 1) + [(None, None)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-9})
    return np.asarray(best.x)


def fit(method: Method, scores: np.ndarray, truth: np.ndarray, pooled: Fit | None = None, smooth: bool = True) -> Fit:
    """The map of scores (n,) in [0, 1] to the probability that truth (bool, n) holds, drawn to `pooled` if given.

    Without labels of its own it is `pooled`. ValueError without labels and without `pooled`, where a number is not
    finite, or where `pooled` is of another method. `smooth`: Platt's targets in place of 0 and 1 (not of isotonic).
    """
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=bool)
    if pooled is not None and pooled.method != method:
        raise ValueError(f"a {method} fit cannot be drawn to one by {pooled.method}")
    if not np.all(np.isfinite(scores)):
        raise ValueError("every score must be finite: leave out what was not scored, and count it")
    if not len(scores):
        if pooled is None:
            raise ValueError("there are no labels to fit to")
        return Fit(method, pooled.numbers, 0, 0)
    if method == "isotonic":
        numbers = steps(scores, truth)
        numbers = numbers if pooled is None else blended(numbers, len(scores), pooled.numbers)
    else:
        targets = smoothed(truth) if smooth else truth.astype(np.float64)
        centre = None if pooled is None else np.asarray(pooled.numbers)
        found = logistic(features(method, scores), targets, centre, PULL if pooled else 0.0)
        numbers = tuple(float(number) for number in found)
    return Fit(method, numbers, len(scores), int(truth.sum()))


def steps(scores: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Knots of the non-decreasing map of least squares (pool adjacent violators; Zadrozny and Elkan 2002). Equal
    scores are one knot; inner knots of a level stretch are left out."""
    at, where, weights = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(where, weights=truth.astype(np.float64)) / weights
    level = isotonic_regression(means, weights=weights.astype(np.float64)).x
    kept = np.ones(len(at), dtype=bool)
    kept[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return tuple(float(number) for pair in zip(at[kept], level[kept], strict=True) for number in pair)


def blended(own: tuple[float, ...], n: int, pooled: tuple[float, ...]) -> tuple[float, ...]:
    """Own steps from n labels and pooled ones as n to `PSEUDO`, on the knots of both."""
    at = np.union1d(own[0::2], pooled[0::2])
    share = n / (n + PSEUDO)
    level = share * np.interp(at, own[0::2], own[1::2]) + (1.0 - share) * np.interp(at, pooled[0::2], pooled[1::2])
    return tuple(float(number) for pair in zip(at, level, strict=True) for number in pair)


def flat(found: Fit) -> bool:
    """Whether the map says the same of every score: the scores tell nothing about the labels, or point the other way
    round."""
    if found.method == "isotonic":
        return found.numbers[1] == found.numbers[-1]
    return not any(number > EDGE for number in found.numbers[:-1])

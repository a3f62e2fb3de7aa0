"""Which items of a set become tasks, in which order, and with which probability.

Knows the four rules of choosing (`people.Sampling`) as arithmetic on names, scores and answers. Refuses to know where
items and verdicts are kept. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mmjudge.ratings import CONTROVERSIAL, NO, YES, Ratings, counts

Chosen = list[tuple[str, float | None]]
"""Item ids in queue order, each with the probability with which it was chosen; None where nobody can know it."""


def everything(items: Sequence[str]) -> Chosen:
    """All of them as they come: probability 1."""
    return [(item, 1.0) for item in items]


def at_random(items: Sequence[str], n: int, seed: int) -> Chosen:
    """A simple random sample without replacement of at most `n`, in random order: each item's probability is n over the
    number of items. The same seed and items in any order draw the same."""
    size = len(items)
    n = min(n, size)
    order = np.random.default_rng(seed).permutation(size)[:n]
    known = sorted(items)
    return [(known[place], n / size) for place in order]


def uncertain_first(
    items: Sequence[str], scores: Mapping[str, float | None], band: tuple[float, float], n: int | None = None
) -> Chosen:
    """Those the judge knows least about first. `scores`: of the newest verdict, None where it needs review; an item
    without one counts as needing review. After those, by the distance of the score to the band (`no_below`, `yes_from`
    of the policy), then to its middle."""
    low, high = band

    def distance(item: str) -> tuple[float, float]:
        score = scores.get(item)
        if score is None:
            return -1.0, 0.0
        return max(low - score, score - high, 0.0), abs(score - (low + high) / 2)

    return [(item, None) for item in sorted(items, key=distance)[:n]]


def disagreed_first(items: Sequence[str], ratings: Ratings, n: int | None = None) -> Chosen:
    """Those whose raters, people and judges alike, disagree: by the share of pairs of answers that differ, on the
    item or on the rule where it is highest. Items on which nobody disagrees are left out."""
    worst = np.zeros(len(ratings.items))
    for rule in ratings.rules:
        given = counts(ratings.about(rule), (NO, YES, CONTROVERSIAL))
        total = given.sum(axis=1)
        pairs, same = total * (total - 1), (given * (given - 1)).sum(axis=1)
        worst = np.maximum(worst, 1.0 - np.divide(same, pairs, out=np.ones(len(worst)), where=pairs > 0))
    part = dict(zip(ratings.items, worst.tolist(), strict=True))
    parted = [item for item in items if part.get(item, 0.0) > 0.0]
    return [(item, None) for item in sorted(parted, key=lambda item: -part[item])[:n]]

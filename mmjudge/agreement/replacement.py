"""May the judge stand in for a rater? The alternative annotator test: Calderon, Reichart and Dror (2025), arXiv
2501.10970.

Knows what people said and what the judge said of the same items. Refuses to know what is true: people are the measure.
Each person is left out in turn; on every item the judge and that person are held against the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from mmjudge.agreement.answers import Answers, rows_of
from mmjudge.agreement.multiple import benjamini_hochberg

EPSILON = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
"""What a judge's cheapness is worth, by what the people are that it stands in for (the authors' suggestions)."""
LEAST_ITEMS = 30
PASSING = 0.5

Near = Literal["same", "distance"]


@dataclass(frozen=True, slots=True)
class Against:
    """The judge beside one person, on `items`. `judge` (rho_f) and `person` (rho_h): the share of items on which it (he
    or she) is at least as near to the others; level items count for both. `p`: of the hypothesis that the person is
    ahead by epsilon or more; `beaten`: refused, at the false discovery rate of the test."""

    rater: int
    items: int
    judge: float
    person: float
    p: float
    beaten: bool


@dataclass(frozen=True, slots=True)
class ReplacementTest:
    """`winning`: the share of people beaten (omega); `passed`: at least half; None, with the reason in `why`, where the
    answers cannot support the test. `advantage`: the chance that the judge is as near as a person picked at random
    (rho). `unknown`: items with answers enough on which the judge said nothing; `skipped`: people with too few
    items."""

    passed: bool | None
    winning: float
    advantage: float
    epsilon: float
    against: tuple[Against, ...]
    items: int
    unknown: int
    skipped: int
    why: str = ""


def alternative_test(
    people: Answers,
    judge: np.ndarray,
    epsilon: float = 0.15,
    near: Near = "same",
    rate: float = 0.05,
    least: int = LEAST_ITEMS,
) -> ReplacementTest:
    """The test on all items with two people's answers or more and the judge's.

    `judge` (items,): its codes, NaN where it is UNKNOWN. `near`: "same" (the share of others who said the same) or
    "distance" (codes stand in their order; least root mean square distance). `rate`: of false discoveries, held under
    any dependence (Benjamini-Yekutieli). `least`: items a person needs to be compared.
    """
    rows = rows_of(people)
    judge = np.asarray(judge, dtype=np.float64)
    if judge.shape != (rows.items,):
        raise ValueError(f"the judge's answers are {judge.shape}, the people's are about {rows.items} items")
    k = int(max(rows.k, np.nanmax(judge, initial=0) + 1))
    counts = np.pad(rows.counts, ((0, 0), (0, k - rows.k)))
    enough = counts.sum(axis=1) >= 2
    used = enough & ~np.isnan(judge)
    keep = used[rows.item]
    item, rater, value = rows.item[keep], rows.rater[keep], rows.value[keep]
    others = counts[item].astype(np.float64)
    others[np.arange(len(item)), value] -= 1
    of_person, of_judge = (_distance(others, one, near) for one in (value, judge[item].astype(int)))
    found, skipped = _each(rater, of_judge <= of_person, of_person <= of_judge, epsilon, least)
    unknown, items = int((enough & ~used).sum()), int(used.sum())
    if not found:
        why = f"no person has {least} items that two people and the judge answered: label more of the same items"
        return ReplacementTest(None, np.nan, np.nan, epsilon, (), items, unknown, skipped, why)
    adjusted = benjamini_hochberg(np.array([one.p for one in found]), dependent=True)
    against = tuple(
        Against(one.rater, one.items, one.judge, one.person, one.p, bool(p <= rate))
        for one, p in zip(found, adjusted, strict=True)
    )
    winning = float(np.mean([one.beaten for one in against]))
    advantage = float(np.mean([one.judge for one in against]))
    return ReplacementTest(winning >= PASSING, winning, advantage, epsilon, against, items, unknown, skipped)


def _distance(others: np.ndarray, said: np.ndarray, near: Near) -> np.ndarray:
    """How far every answer is from the others' (rows, k): the sum over them, which orders as share and root mean do."""
    codes = np.arange(others.shape[1])
    apart = np.subtract.outer(codes, codes)
    far = (apart != 0) if near == "same" else apart**2
    return np.einsum("rk,rk->r", others, far[said].astype(np.float64))


def _each(rater: np.ndarray, judge_near: np.ndarray, person_near: np.ndarray, epsilon: float, least: int):
    """One comparison per person with items enough, and how many have too few."""
    found, skipped = [], 0
    for code in np.unique(rater):
        own = rater == code
        if own.sum() < least:
            skipped += 1
            continue
        ahead = person_near[own].astype(np.float64) - judge_near[own]
        means = float(judge_near[own].mean()), float(person_near[own].mean())
        found.append(Against(int(code), int(own.sum()), *means, _p_less(ahead, epsilon), False))
    return found, skipped


def _p_less(differences: np.ndarray, epsilon: float) -> float:
    """One-sided paired t-test: p of a mean of `epsilon` or more. Without any spread the mean itself decides."""
    n, mean = len(differences), differences.mean()
    spread = differences.std(ddof=1)
    if spread == 0:
        return 0.0 if mean < epsilon else 1.0
    return float(stats.t.cdf((mean - epsilon) / (spread / np.sqrt(n)), n - 1))

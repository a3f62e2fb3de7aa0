"""One answer from many: votes, shares, and models of who errs how; and how good and how fast every rater is.

Knows counts and `Ratings`. Refuses to call an item safe because nobody could tell: a tie and an item without answers
are UNKNOWN. In the models a judge is one more rater. Dawid and Skene (1979); GLAD: Whitehill and others (2009); both by
crowd-kit, brought only where they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmjudge.agreement.answers import plurality
from mmjudge.ratings import NO, UNKNOWN, YES, Ratings

FEWEST = 3
"""Raters below which no model can tell who errs: two who differ are equally likely to be wrong."""


@dataclass(frozen=True, eq=False, slots=True)
class Consensus:
    """What a model makes of the answers, in the order of `Ratings.items` and `.raters`.

    `value` (int8, items): the likeliest code, UNKNOWN where there is no answer or two are level. `probability` (items,
    k): of every code; rows of NaN where there is no answer. `skill` (raters,): for Dawid-Skene the expected share of
    right answers in [0, 1], for GLAD its alpha (0: guesses, below: errs on purpose); NaN for who said nothing. `errors`
    (raters, k, k): Dawid-Skene's chance to say the column where the row is true. `difficulty` (items,): GLAD's, above
    0, large is hard. NaN throughout, and UNKNOWN, with fewer than three raters.
    """

    value: np.ndarray
    probability: np.ndarray
    skill: np.ndarray
    errors: np.ndarray
    difficulty: np.ndarray


@dataclass(frozen=True, slots=True)
class RaterQuality:
    """One rater. `answers` known, `unknown` others; `compared`: answers to items on which the other people have a
    majority, `agrees` of them equal to it (share in [0, 1], NaN where none). `seconds`: the median; `hurried`: the
    share of timed answers in less than a third of the median that people took for all items; both NaN where nobody
    timed."""

    rater: str
    judge: bool
    answers: int
    unknown: int
    compared: int
    agrees: float
    seconds: float
    hurried: float


def majority(counts: np.ndarray, values: Sequence[int] | None = None) -> np.ndarray:
    """int8 (items,): the answer most gave; UNKNOWN on a tie and without answers. `values`: the codes of the columns of
    `counts` (items, columns); None: 0, 1, 2, ..."""
    winner = plurality(np.asarray(counts))
    codes = np.arange(counts.shape[1]) if values is None else np.asarray(values)
    return np.where(np.isnan(winner), UNKNOWN, codes[np.nan_to_num(winner).astype(int)]).astype(np.int8)


def any_unsafe(counts: np.ndarray, column: int = YES) -> np.ndarray:
    """int8 (items,): YES where at least one answer is in that column, NO where all are in others, UNKNOWN without."""
    counts = np.asarray(counts)
    answered = np.where(counts.sum(axis=1) > 0, NO, UNKNOWN)
    return np.where(counts[:, column] > 0, YES, answered).astype(np.int8)


def soft(counts: np.ndarray) -> np.ndarray:
    """float64 (items, columns): the share of every answer; rows of NaN without answers."""
    counts = np.asarray(counts, dtype=np.float64)
    answers = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, answers, out=np.full(counts.shape, np.nan), where=answers > 0)


def dawid_skene(ratings: Ratings, iterations: int = 100) -> Consensus:
    """Dawid-Skene on ratings about one rule, judges among the raters."""
    from crowdkit.aggregation.classification import DawidSkene

    table = _table(ratings)
    if table is None:
        return _nothing(ratings)
    fitted = DawidSkene(n_iter=iterations).fit(table)
    assert fitted.errors_ is not None
    found = _empty(ratings, fitted.probas_)
    for (worker, label), row in fitted.errors_.iterrows():
        for code, chance in row.items():
            found.errors[worker, code, label] = chance
    prior = np.nan_to_num(found.probability).sum(axis=0) / table["task"].nunique()
    heard = np.unique(table["worker"])
    filled = np.nan_to_num(found.errors[heard])
    found.errors[heard] = filled
    found.skill[heard] = np.einsum("k,rkk->r", prior, filled)
    return found


def glad(ratings: Ratings, iterations: int = 100) -> Consensus:
    """GLAD on ratings about one rule, judges among the raters: raters of one ability each, items of one difficulty.
    Slow: some seconds for 20,000 answers, where Dawid-Skene takes one."""
    from crowdkit.aggregation.classification import GLAD

    table = _table(ratings)
    if table is None:
        return _nothing(ratings)
    fitted = GLAD(n_iter=iterations).fit(table)
    found = _empty(ratings, fitted.probas_)
    found.skill[fitted.alphas_.index.to_numpy()] = fitted.alphas_.to_numpy()
    found.difficulty[fitted.betas_.index.to_numpy()] = np.exp(-fitted.betas_.to_numpy())
    return found


def rater_quality(ratings: Ratings) -> tuple[RaterQuality, ...]:
    """Every rater of ratings about one rule, in the order of `Ratings.raters`, those without rows left out."""
    known = ratings.value != UNKNOWN
    people = ratings.by_people
    k = max(2, int(ratings.value.max(initial=1)) + 1)
    counts = np.zeros((len(ratings.items), k), dtype=np.int64)
    np.add.at(counts, (ratings.item[known & people], ratings.value[known & people]), 1)
    rest = counts[ratings.item]
    mine = np.flatnonzero(known & people)
    rest[mine, ratings.value[mine]] -= 1
    majorities = plurality(rest)
    compared = known & ~np.isnan(majorities)
    usual = _median(ratings.seconds[people])
    found = []
    for code, name in enumerate(ratings.raters):
        own = ratings.rater == code
        if own.any():
            against = own & compared
            times = ratings.seconds[own & ~np.isnan(ratings.seconds)]
            found.append(
                RaterQuality(
                    name,
                    code in ratings.judges,
                    int((own & known).sum()),
                    int((own & ~known).sum()),
                    int(against.sum()),
                    _mean(ratings.value[against] == majorities[against]),
                    _median(times),
                    _mean(times < usual / 3) if np.isfinite(usual) else float("nan"),
                )
            )
    return tuple(found)


def _table(ratings: Ratings):
    """crowd-kit's table of the known answers (the last per rater and item); None with fewer than three raters."""
    import pandas as pd

    if len(np.unique(ratings.rule)) > 1:
        raise ValueError("answers about several rules were given: pass ratings.about(rule)")
    table = pd.DataFrame({"task": ratings.item, "worker": ratings.rater, "label": ratings.value.astype(np.int64)})
    table = table.drop_duplicates(["task", "worker"], keep="last")
    table = table[table["label"] != UNKNOWN]
    return table if table["worker"].nunique() >= FEWEST else None


def _nothing(ratings: Ratings, k: int = 2) -> Consensus:
    items, raters = len(ratings.items), len(ratings.raters)
    return Consensus(
        np.full(items, UNKNOWN, dtype=np.int8),
        np.full((items, k), np.nan),
        np.full(raters, np.nan),
        np.full((raters, k, k), np.nan),
        np.full(items, np.nan),
    )


def _empty(ratings: Ratings, probabilities) -> Consensus:
    """Only what a table of probabilities (items x codes) says."""
    found = _nothing(ratings, max(2, int(ratings.value.max()) + 1))
    tasks = probabilities.index.to_numpy()
    found.probability[tasks] = 0.0
    for code in probabilities.columns:
        found.probability[tasks, code] = probabilities[code].to_numpy()
    best = found.probability[tasks].max(axis=1, keepdims=True)
    alone = np.isclose(found.probability[tasks], best, rtol=0, atol=1e-9).sum(axis=1) == 1
    found.value[tasks] = np.where(alone, found.probability[tasks].argmax(axis=1), UNKNOWN)
    return found


def _mean(of: np.ndarray) -> float:
    return float(np.mean(of)) if len(of) else float("nan")


def _median(of: np.ndarray) -> float:
    known = of[~np.isnan(of)]
    return float(np.median(known)) if len(known) else float("nan")

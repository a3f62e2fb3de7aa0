"""Answers laid out for comparison: per pair of item and rule, what people said, what is true, what the judge said.

Knows who is a judge, what counts as the truth, and which answers are missing. Refuses to compute figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, Ratings
from mmjudge.report.values import Controversial

NOT_JUDGED = -2


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """Columns per unit (a pair of item and rule about which a person was asked), U of them, and per person's answer, n.

    `item`, `rule`: int32, U, codes of the ratings. `counts` (U, 2): people's NO and YES; `unknown` (U): their UNKNOWN.
    `truth` (U): 0, 1, NaN where there is none (nobody answered, or a tie). `said` (U): the judge's 0 or 1, NaN where
    there is none; `code` (U): its own word, NOT_JUDGED where it has none. `score` (U): NaN where there is none.
    `unit`, `rater` (n): whose answer about which unit; `value` (n): 0, 1, NaN for UNKNOWN; `rest` (n): what the
    majority of the other people said, NaN where they are split or nobody.
    """

    ratings: Ratings
    item: np.ndarray
    rule: np.ndarray
    counts: np.ndarray
    unknown: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    code: np.ndarray
    score: np.ndarray
    unit: np.ndarray
    rater: np.ndarray
    value: np.ndarray
    rest: np.ndarray


def panel(
    ratings: Ratings, judge: str = "", truth: str = "majority", controversial: Controversial = "violation"
) -> Panel:
    """`judge`: the name of a rater, "" for none. `truth`: "majority" (a tie is none), "any" (one yes is enough), or
    "expert:RATER" (what that one said). ValueError where judge or expert answered nothing."""
    ratings = last_answers(ratings)
    people = ratings.where(ratings.by_people)
    width = max(len(ratings.rules), 1)
    units, unit = np.unique(_pair(people, width), return_inverse=True)
    value = binary(people.value, controversial)
    counts = np.column_stack([np.bincount(unit[value == answer], minlength=len(units)) for answer in (0, 1)])
    unknown = np.bincount(unit[np.isnan(value)], minlength=len(units))
    code, score = _judged(ratings, judge, units, width)
    others = counts[unit] - np.column_stack([value == 0, value == 1])
    return Panel(
        ratings, (units // width).astype(np.int32), (units % width).astype(np.int32), counts, unknown,
        _truth(ratings, truth, units, width, counts, controversial), binary(code, controversial), code, score,
        unit, people.rater, value, majority(others),
    )  # fmt: skip


def last_answers(ratings: Ratings) -> Ratings:
    """The last row of every rater about every item and rule."""
    key = _pair(ratings, max(len(ratings.rules), 1)) * max(len(ratings.raters), 1) + ratings.rater
    _, back = np.unique(key[::-1], return_index=True)
    return ratings.where(np.sort(len(key) - 1 - back))


def binary(value: np.ndarray, controversial: Controversial) -> np.ndarray:
    """Codes as 0, 1 and NaN."""
    as_ = {"violation": 1.0, "fine": 0.0, "unknown": np.nan}[controversial]
    return np.select([value == NO, value == YES, value == CONTROVERSIAL], [0.0, 1.0, as_], np.nan)


def majority(counts: np.ndarray) -> np.ndarray:
    """0 or 1 per row of (NO, YES) counts, NaN for a tie or no answer."""
    return np.select([counts[:, 0] > counts[:, 1], counts[:, 1] > counts[:, 0]], [0.0, 1.0], np.nan)


def chosen(whole: Panel, units: np.ndarray) -> Panel:
    """The panel of some units (bool, U) only."""
    place = np.cumsum(units) - 1
    rows = units[whole.unit]
    some = {name: getattr(whole, name)[units] for name in UNIT_COLUMNS}
    some |= {name: getattr(whole, name)[rows] for name in ("rater", "value", "rest")}
    return replace(whole, unit=place[whole.unit[rows]], **some)


UNIT_COLUMNS = ("item", "rule", "counts", "unknown", "truth", "said", "code", "score")


def _pair(ratings: Ratings, width: int) -> np.ndarray:
    return ratings.item.astype(np.int64) * width + ratings.rule


def _placed(rows: Ratings, units: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Of rows about units: their places among the units, and which rows they are."""
    key = _pair(rows, width)
    place = np.searchsorted(units, key)
    known = place < len(units)
    known[known] = units[place[known]] == key[known]
    return place[known], known


def _judged(ratings: Ratings, judge: str, units: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    code, score = np.full(len(units), NOT_JUDGED, dtype=np.int8), np.full(len(units), np.nan)
    if judge:
        if judge not in ratings.raters:
            raise ValueError(
                f"no judge {judge!r} among the answers; there are {', '.join(judges_of(ratings)) or 'none'}"
            )
        rows = ratings.where(ratings.rater == ratings.raters.index(judge))
        place, known = _placed(rows, units, width)
        code[place], score[place] = rows.value[known], rows.score[known]
    return code, score


def judges_of(ratings: Ratings) -> tuple[str, ...]:
    """Judges by the number of their answers, most first."""
    n = np.bincount(ratings.rater, minlength=len(ratings.raters))
    return tuple(ratings.raters[code] for code in sorted(ratings.judges, key=lambda code: (-n[code], code)))


def _truth(
    ratings: Ratings, truth: str, units: np.ndarray, width: int, counts: np.ndarray, controversial: Controversial
) -> np.ndarray:
    if truth == "majority":
        return majority(counts)
    if truth == "any":
        return np.select([counts[:, 1] > 0, counts[:, 0] > 0], [1.0, 0.0], np.nan)
    name = truth.removeprefix("expert:")
    if name == truth or name not in ratings.raters:
        raise ValueError(f"truth {truth!r} is unknown: use majority, any, or expert:NAME of somebody who answered")
    found = np.full(len(units), np.nan)
    rows = ratings.where(ratings.rater == ratings.raters.index(name))
    place, known = _placed(rows, units, width)
    found[place] = binary(rows.value[known], controversial)
    return found


def about_items(part: Panel) -> bool:
    """Whether people answered about whole items."""
    return "" in part.ratings.rules and bool((part.rule == part.ratings.rules.index("")).any())


def compared(part: Panel) -> np.ndarray:
    """bool, n: the answers beside which both the judge and the other people have one."""
    return ~(np.isnan(part.said[part.unit]) | np.isnan(part.value) | np.isnan(part.rest))


def answered(part: Panel) -> np.ndarray:
    """bool, U: whether the judge has a word on it, UNKNOWN included."""
    return part.code != NOT_JUDGED


def unknown_to_judge(part: Panel) -> np.ndarray:
    """bool, U: the judge looked and could not say."""
    return part.code == UNKNOWN

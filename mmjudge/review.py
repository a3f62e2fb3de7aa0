"""Where answers part, and in which order a person should look. Pure, on `Ratings`.

Knows distances between answers, doubt, and how a queue is ordered or drawn. Refuses to know stores, evidence and pages
(`reviewing`, `parting`). Disagreements are computed whenever somebody asks and never stored.

The queue is greedy. Next comes the open pair of item and rule with the highest

    priority = disagreement x (1 + doubt) / 2 x 1 / (1 + places already taken in its bin)

where a bin is (rule, modality of the item, fifth of the judge's score). The middle factor lies in [1/2, 1]: an error a
judge is sure of counts half as much as one it doubts, never nothing.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, Ratings

Kind = Literal["person-judge", "person-person", "judge-judge"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BINS = 5
"""Of the judge's score, of equal width; one more for pairs without a score."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One item and one rule ("" the whole item) with what was answered about it.

    `person_judge`, `person_person`, `judge_judge` in [0, 1]: the mean distance of two known answers of that kind; NaN
    where there are none. Two answers are 0 apart where equal and 1 where opposite; controversial stands in the middle.
    `people`, `judges`: known answers; `unknown`: answers that are missing, which are no disagreement. `violates`: share
    of people who say so, controversial counting half, NaN where nobody does; `judged`: the same of judges. `score`:
    mean of the judges' scores, NaN where there is none. `doubt` in [0, 1]: see `doubt_of`.
    """

    item_id: str
    rule_id: str
    person_judge: float
    person_person: float
    judge_judge: float
    people: int
    judges: int
    unknown: int
    violates: float
    score: float
    doubt: float
    modality: str = ""
    judged: float = math.nan

    @property
    def disagreement(self) -> float:
        """The largest of the three, 0 where nobody parts."""
        return max((d for d in self.by_kind.values() if not math.isnan(d)), default=0.0)

    @property
    def by_kind(self) -> dict[Kind, float]:
        return dict(zip(KINDS, (self.person_judge, self.person_person, self.judge_judge), strict=True))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds in which somebody parts."""
        return tuple(kind for kind, distance in self.by_kind.items() if distance > 0)

    @property
    def weight(self) -> float:
        """Disagreement x (1 + doubt) / 2."""
        return self.disagreement * (1.0 + self.doubt) / 2.0

    @property
    def bin(self) -> tuple[str, str, int]:
        """Rule, modality, fifth of the score (`BINS` without one)."""
        fifth = BINS if math.isnan(self.score) else min(int(self.score * BINS), BINS - 1)
        return self.rule_id, self.modality, fifth


class Place(NamedTuple):
    """A pair in the queue. `priority` as it was when its turn came, NaN in a random queue; `probability`: with which it
    came into the queue, NaN where it was chosen for what it teaches."""

    pair: Pair
    priority: float
    probability: float


# --- disagreements ------------------------------------------------------------------------------------------------


def pairs(ratings: Ratings, modality: Mapping[str, str] | None = None) -> list[Pair]:
    """Every pair of item and rule that somebody answered, in order of items, then rules. `modality`: by item id."""
    if not len(ratings):
        return []
    codes, at = np.unique(ratings.item.astype(np.int64) * len(ratings.rules) + ratings.rule, return_inverse=True)
    people = ratings.by_people

    def counted(mask: np.ndarray) -> np.ndarray:
        return np.bincount(at[mask], minlength=len(codes)).astype(np.float64)

    def table(mask: np.ndarray) -> np.ndarray:
        return np.stack([counted(mask & (ratings.value == value)) for value in (NO, CONTROVERSIAL, YES)])

    p, j = table(people), table(~people)
    unknown, unsure = counted(ratings.value == UNKNOWN), counted(~people & (ratings.value == UNKNOWN))
    scored = ~people & np.isfinite(ratings.score)
    total = np.bincount(at[scored], weights=ratings.score[scored], minlength=len(codes))
    doubts = np.bincount(at[scored], weights=1 - np.abs(2 * ratings.score[scored] - 1), minlength=len(codes))
    n = counted(scored)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = _share(p)
        doubt = doubt_of(share, np.where(unsure > 0, 1.0, doubts / n))
        apart = [_across(p, j), _within(p), _within(j)]
        columns = np.stack([*apart, p.sum(0), j.sum(0), unknown, share, total / n, doubt, _share(j)], axis=1)
    items, rules = codes // len(ratings.rules), codes % len(ratings.rules)
    return [
        _pair(ratings.items[item], ratings.rules[rule], row, modality or {})
        for item, rule, row in zip(items.tolist(), rules.tolist(), columns.tolist(), strict=True)
    ]


def _pair(item: str, rule: str, row: Sequence[float], modality: Mapping[str, str]) -> Pair:
    pj, pp, jj, people, judges, unknown, share, score, doubt, judged = row
    counts, kind = (int(people), int(judges), int(unknown)), modality.get(item, "")
    return Pair(item, rule, pj, pp, jj, *counts, share, score, doubt, kind, judged)


def _share(a: np.ndarray) -> np.ndarray:
    """Share that says violated, controversial counting half."""
    return (a[2] + a[1] / 2) / a.sum(0)


def _across(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean distance between one answer of `a` and one of `b`; both (3, n) counts of NO, CONTROVERSIAL, YES."""
    apart = a[0] * b[2] + a[2] * b[0] + 0.5 * (a[1] * (b[0] + b[2]) + b[1] * (a[0] + a[2]))
    return apart / (a.sum(0) * b.sum(0))


def _within(a: np.ndarray) -> np.ndarray:
    """Mean distance between two different answers of `a`."""
    n = a.sum(0)
    return (a[0] * a[2] + 0.5 * a[1] * (a[0] + a[2])) / (n * (n - 1) / 2)


def doubt_of(share: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """The larger of people's and judges' doubt, 0 where neither is known. People's: 4 s (1 - s) of the share `s` that
    says violated. Judges': mean of 1 - |2 score - 1|, and 1 where a judge has no answer."""
    return np.fmax(np.fmax(4 * share * (1 - share), judged), 0.0)


def disagreements(ratings: Ratings, modality: Mapping[str, str] | None = None) -> list[Pair]:
    """The pairs of item and rule in which two answers part."""
    return [pair for pair in pairs(ratings, modality) if pair.disagreement > 0]


def heard(ratings: Ratings, rater: str | None = None, judge: str | None = None) -> Ratings:
    """Of people only `rater`, of judges only `judge`, where named; both by the names in `Ratings.raters`. An unknown
    name is heard as nobody."""
    people = ratings.by_people
    keep = np.ones(len(ratings), dtype=bool)
    for name, mine in ((rater, people), (judge, ~people)):
        if name is not None:
            code = ratings.raters.index(name) if name in ratings.raters else -1
            keep &= ~mine | (ratings.rater == code)
    return ratings.where(keep)


def filtered(
    found: Iterable[Pair],
    rule: str | None = None,
    modality: str | None = None,
    kind: Kind | None = None,
    closed: Collection[tuple[str, str]] = (),
) -> list[Pair]:
    """Those of one rule ("" the whole item), modality and kind, without what was settled: (item, rule) in `closed`."""
    return [
        pair
        for pair in found
        if (rule is None or pair.rule_id == rule)
        and (modality is None or modality in pair.modality.split("+"))
        and (kind is None or kind in pair.kinds)
        and (pair.item_id, pair.rule_id) not in closed
    ]


def reason_of(pair: Pair) -> str:
    """Why a pair is in the queue: "2 of 3 people say violated; 0 of 1 judges, score 0.12; 1 answer missing"."""
    told: list[str] = []
    for share, n, who in ((pair.violates, pair.people, "people"), (pair.judged, pair.judges, "judges")):
        if n:
            told.append(f"{share * n:g} of {n} {who}" + ("" if told else " say violated"))
    if not math.isnan(pair.score):
        score = f"score {pair.score:.2f}"
        told = [*told[:-1], f"{told[-1]}, {score}"] if told else [f"the judge's {score} decides nothing"]
    if pair.unknown:
        told.append(f"{pair.unknown} {'answer' if pair.unknown == 1 else 'answers'} missing")
    return "; ".join(told)


# --- the queue ----------------------------------------------------------------------------------------------------


def queue(found: Iterable[Pair], most: int | None = None) -> list[Place]:
    """The pairs in which somebody parts, by the formula above; at most `most`. Ties go by item and rule. Maximal
    marginal relevance (Carbonell and Goldstein, 1998) in its simplest form: likeness is sharing a bin."""
    bins: dict[tuple[str, str, int], list[Pair]] = defaultdict(list)
    for pair in sorted(found, key=lambda pair: (-pair.weight, pair.item_id, pair.rule_id)):
        if pair.weight > 0:
            bins[pair.bin].append(pair)
    heads = [(-rows[0].weight, rows[0].item_id, rows[0].rule_id, name, 0) for name, rows in bins.items()]
    heapq.heapify(heads)
    order: list[Place] = []
    while heads and (most is None or len(order) < most):
        priority, _, _, name, taken = heapq.heappop(heads)
        rows = bins[name]
        order.append(Place(rows[taken], -priority, math.nan))
        if taken + 1 < len(rows):
            one = rows[taken + 1]
            heapq.heappush(heads, (-one.weight / (taken + 2), one.item_id, one.rule_id, name, taken + 1))
    return order


def missing(found: Iterable[Pair], most: int | None = None) -> list[Place]:
    """The pairs that lack an answer and in which nobody parts, at most `most`: whole items first, then those that lack
    most answers. They have no priority by the formula: nobody knows whether anybody is wrong."""
    lacking = [pair for pair in found if pair.unknown and not pair.disagreement]
    lacking.sort(key=lambda pair: (pair.rule_id != "", -pair.unknown, pair.item_id, pair.rule_id))
    return [Place(pair, math.nan, math.nan) for pair in lacking[:most]]


def drawn(found: Iterable[Pair], n: int, seed: int) -> list[Place]:
    """`n` of the pairs by chance alone, without replacement, in random order: each comes in with probability n / N.
    Figures on them can be estimates for all N. ValueError for a negative `n`."""
    if n < 0:
        raise ValueError(f"{n} pairs can't be drawn: use 0 or more")
    known = sorted(found, key=lambda pair: (pair.item_id, pair.rule_id))
    n = min(n, len(known))
    chosen = np.random.default_rng(seed).choice(len(known), size=n, replace=False) if n else ()
    return [Place(known[index], math.nan, n / len(known)) for index in chosen]


# --- what explains most -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule, or one precondition of it (`precondition_id`, "" where none is known), and what hangs on it.

    `n`: disagreements of a person and a judge it decided, `share` of all; `missed` of them the judge called fine,
    `alarms` it called violated. `split`: mean person-person distance on the same pairs, NaN where each had one person:
    near `0` the judge stands alone, high the people part themselves.
    """

    rule_id: str
    precondition_id: str
    n: int
    share: float
    missed: int
    alarms: int
    split: float


class Blamed(NamedTuple):
    """A disagreement of a person and a judge with the rule and precondition that decided the judge's answer."""

    pair: Pair
    rule_id: str
    precondition_id: str
    alarm: bool
    judge_id: str = ""


def causes(blamed: Sequence[Blamed], preconditions: bool = True) -> list[Cause]:
    """The ranking, most disagreements first; by rule alone without `preconditions`. Ties go by name."""
    groups: dict[tuple[str, str], list[Blamed]] = defaultdict(list)
    for one in blamed:
        groups[one.rule_id, one.precondition_id if preconditions else ""].append(one)
    found = []
    for (rule_id, precondition_id), rows in groups.items():
        known = [one.pair.person_person for one in rows if not math.isnan(one.pair.person_person)]
        split = math.fsum(known) / len(known) if known else math.nan
        alarms = Counter(one.alarm for one in rows)
        share = len(rows) / len(blamed)
        found.append(Cause(rule_id, precondition_id, len(rows), share, alarms[False], alarms[True], split))
    return sorted(found, key=lambda cause: (-cause.n, cause.rule_id, cause.precondition_id))

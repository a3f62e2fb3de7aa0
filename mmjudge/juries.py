"""Juries tried on what people labelled: stored verdicts of several judges, beside one another and together.

Knows which verdicts meet which labels, and in which order labels arrived. Refuses to ask a judge: who has not judged an
item votes UNKNOWN there. Weights are learnt on one half of the items and counted on the other; those that move as
labels arrive vote on each item before its label is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmjudge import jury
from mmjudge.errors import MMJudgeError
from mmjudge.jury import Answered, Course, Reliability, Vote
from mmjudge.labelled import About, about_of, held_back, people_say
from mmjudge.ratings import NO, UNKNOWN, Ratings
from mmjudge.store import Store
from mmjudge.types import Item, Rubric, Truth

PREFIX = "judge:"


@dataclass(frozen=True, slots=True)
class Counted:
    """Of `n` pairs with `violations`: `missed` violations, `alarms` where there is none, `unknown` in neither."""

    name: str
    n: int
    violations: int
    missed: int
    alarms: int
    unknown: int


@dataclass(frozen=True, eq=False, slots=True)
class Heard:
    """What a trial found. `jurors`: their names as raters; `singles`, `juries`: counted on held-back items; `known`:
    reliability on the others; `course`: of the weights that move, over all pairs. `own`: (juror, items that are the
    output of its own model). `twins`: judges left out because a newer one decides the same evidence."""

    about: About
    jurors: tuple[str, ...]
    singles: tuple[Counted, ...]
    juries: tuple[Counted, ...]
    known: tuple[Reliability, ...]
    course: Course
    own: tuple[tuple[str, int], ...]
    twins: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Ballots:
    """One row per labelled pair, in the order in which labels arrived. `votes` (n, jurors; as `Truth`)."""

    items: tuple[str, ...]
    rules: tuple[str, ...]
    votes: np.ndarray
    truth: np.ndarray


def convene(
    store: Store, rubric: Rubric, jurors: Sequence[str] = (), project: str | None = None, about: About | None = None
) -> Heard:
    """Try the juries on what people labelled. `jurors`: names or beginnings of ids of judges; (): all that judged.

    MMJudgeError where nothing is labelled, or fewer than two jurors are meant.
    """
    said = people_say(store, rubric, project)
    about = about_of(said, about)
    ratings = store.ratings(
        rubric_id=rubric.id, rubric_version=rubric.version, phases=("blind", "adjudication"), judges=None
    )
    truth = {pair: value for pair, value in said.truth.items() if (pair[1] == "") == (about == "item")}
    if not truth:
        raise MMJudgeError(f"nobody labelled anything under rubric {rubric.id} as it is now ({rubric.version})")
    names = chosen(ratings, jurors)
    twins = () if jurors else _twins(store, ratings, names)
    names = tuple(name for name in names if name not in twins)
    if len(names) < 2:
        raise MMJudgeError(
            "a jury needs at least two judges with evidence of their own, and these share theirs: name them"
        )
    ballots = collected(ratings, names, truth)
    held = np.array([held_back(item) for item in ballots.items])
    modality = modalities(store, rubric)
    known = jury.reliabilities(
        Answered(name, modality.get(item, "text"), rule, None if vote == Truth.UNKNOWN else bool(vote // 2 == yes))
        for item, rule, row, yes in rows(ballots, ~held)
        for name, vote in zip(names, row, strict=True)
    )
    course = jury.hedge(jury.losses(ballots.votes, ballots.truth), horizon=len(ballots.items))
    own = tuple((name, count) for name in names if (count := _own(store, name, set(ballots.items))))
    singles = tuple(counted(shown(name), ballots.votes[held, at], ballots.truth[held]) for at, name in enumerate(names))
    return Heard(
        about, names, singles, _juries(ballots, held, names, known, modality, course), known, course, own, twins
    )


def _twins(store: Store, ratings: Ratings, names: Sequence[str]) -> tuple[str, ...]:
    """Of judges that only decide the same evidence in other ways (policy, calibration) all but the newest: they are no
    voices of their own."""
    newest: dict[str, tuple[float, str]] = {}
    deciders: dict[str, str] = {}
    for name in names:
        mine = np.flatnonzero(ratings.rater == ratings.raters.index(name))
        verdict = store.verdict(ratings.items[ratings.item[mine[0]]], name.removeprefix(PREFIX)) if len(mine) else None
        if verdict is not None:
            of = deciders[name] = verdict.measurement.measurer_id
            newest[of] = max(newest.get(of, (-1.0, "")), (float(ratings.at[mine].max()), name))
    return tuple(name for name, of in deciders.items() if newest[of][1] != name)


def chosen(ratings: Ratings, wanted: Sequence[str]) -> tuple[str, ...]:
    """The raters that are meant, in the order of their names."""
    there = sorted(ratings.raters[code] for code in ratings.judges)
    found = []
    for name in there:
        bare = name.removeprefix(PREFIX)
        if not wanted or any(bare == one or (len(one) >= 6 and bare.startswith(one)) for one in wanted):
            found.append(name)
    if len(found) < 2:
        listed = ", ".join(shown(name) for name in there) or "none"
        raise MMJudgeError(f"a jury needs at least two judges with verdicts; there are: {listed}")
    return tuple(found)


def shown(name: str) -> str:
    """A juror's name without what all have, ids cut to twelve digits."""
    bare = name.removeprefix(PREFIX)
    return bare[:12] if len(bare) == 64 else bare


def collected(ratings: Ratings, names: Sequence[str], truth: Mapping[tuple[str, str], bool]) -> Ballots:
    """The votes on every labelled pair. Controversial is a YES; who said nothing says UNKNOWN."""
    arrived: dict[tuple[str, str], float] = {}
    votes = {pair: np.full(len(names), int(Truth.UNKNOWN), dtype=np.int8) for pair in truth}
    seat = {ratings.raters.index(name): at for at, name in enumerate(names)}
    for item, rule, rater, value, at in zip(
        ratings.item, ratings.rule, ratings.rater, ratings.value, ratings.at, strict=True
    ):
        pair = (ratings.items[item], ratings.rules[rule])
        if pair not in truth:
            continue
        if rater in seat:
            votes[pair][seat[rater]] = Truth.UNKNOWN if value == UNKNOWN else Truth.NO if value == NO else Truth.YES
        elif rater not in ratings.judges:
            arrived[pair] = max(float(at), arrived.get(pair, 0.0))
    order = sorted(truth, key=lambda pair: (arrived.get(pair, 0.0), pair))
    items, rules = zip(*order, strict=True)
    return Ballots(items, rules, np.stack([votes[pair] for pair in order]), np.array([truth[pair] for pair in order]))


def rows(ballots: Ballots, mask: np.ndarray) -> list[tuple[str, str, np.ndarray, bool]]:
    """(item, rule, votes, truth) where the mask holds."""
    found = np.flatnonzero(mask)
    return [(ballots.items[at], ballots.rules[at], ballots.votes[at], bool(ballots.truth[at])) for at in found]


def modalities(store: Store, rubric: Rubric) -> dict[str, str]:
    """What each judged item is made of: its media, else text."""
    found: dict[str, str] = {}
    before: int | None = None
    while page := store.verdicts(rubric_id=rubric.id, before=before, limit=500):
        before = page[-1].id
        for row in page:
            found[row.item_id] = "+".join(kind for kind in row.kinds if kind != "text") or "text"
    return found


def counted(name: str, votes: np.ndarray, truth: np.ndarray) -> Counted:
    """Votes (n,) as `Truth` against what people say (bool, n)."""
    missed, alarms = np.sum(truth & (votes == Truth.NO)), np.sum(~truth & (votes == Truth.YES))
    return Counted(
        name, len(truth), int(truth.sum()), int(missed), int(alarms), int(np.sum(votes == int(Truth.UNKNOWN)))
    )


def _juries(
    ballots: Ballots,
    held: np.ndarray,
    names: Sequence[str],
    known: Sequence[Reliability],
    modality: Mapping[str, str],
    course: Course,
) -> tuple[Counted, ...]:
    said: dict[str, list[int]] = {"majority": [], "any": [], "weighted by reliability": [], "weights that move": []}
    weights: dict[tuple[str, str], dict[str, float]] = {}
    for at in np.flatnonzero(held):
        votes = [Vote(name, Truth(int(vote))) for name, vote in zip(names, ballots.votes[at], strict=True)]
        place = (modality.get(ballots.items[at], "text"), ballots.rules[at])
        if place not in weights:
            weights[place] = jury.weights_for(known, *place)
        moving = dict(zip(names, course.weights[at].tolist(), strict=True))
        said["majority"].append(jury.decide(votes, "majority").truth)
        said["any"].append(jury.decide(votes, "any").truth)
        said["weighted by reliability"].append(jury.decide(votes, "weighted", weights[place]).truth)
        said["weights that move"].append(jury.decide(votes, "weighted", moving).truth)
    return tuple(counted(name, np.array(votes, dtype=np.int8), ballots.truth[held]) for name, votes in said.items())


def _own(store: Store, name: str, items: set[str]) -> int:
    """How many of the items are the output of this juror's own model."""
    model, count = name.removeprefix(PREFIX), 0
    for item_id in items:
        item = store.item(item_id)
        if item is not None and _made(item):
            verdict = store.verdict(item_id, model) if len(model) == 64 else None
            described = store.described(verdict.measurement.measurer_id) if verdict else None
            count += jury.judges_itself(str(described[1]["model"]) if described else model, item)
    return count


def _made(item: Item) -> bool:
    return any(name.casefold() in jury.GENERATOR for name, _ in item.attributes)

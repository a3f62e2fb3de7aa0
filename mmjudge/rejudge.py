"""Items judged under an older version of a rubric, judged under the new one: only what changed is asked.

Knows the store and how a judge is put under another version. Refuses to know what may be kept (`carry`). Stopped at any
moment it goes on where it was: an item is finished when its new verdict is stored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mmjudge import carry, media
from mmjudge.judge import Judge, unwatched
from mmjudge.perceive import Watch
from mmjudge.session import remember, under
from mmjudge.types import Item, Measurement, Reading, Rubric, Verdict

if TYPE_CHECKING:
    from mmjudge.store import Store, VerdictRow

How = Literal["kept", "asked", "measured"]
"""No question was asked; only the changed rules were asked; everything was measured anew."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One item. `asked`: the rules that were asked. `before`: what its newest older measurement comes to
    under the same policy."""

    before: Verdict
    after: Verdict
    how: How
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A measurement that is not carried on, and why, in words."""

    item_id: str
    why: str


OTHERS = "measured by another judge, or with other settings or guidelines"
GONE = "the item is not stored any more"


def rejudge(store: Store, judge: Judge, watch: Watch = unwatched) -> Iterator[Rejudged | LeftAlone]:
    """Every item that this judge measured under another version of its rubric and not yet under this one; what is left
    alone is told."""
    judges: dict[str, Judge] = {}
    after = 0
    while page := store.measurements(judge.rubric.id, after=after, limit=100):
        for stored in page:
            after = stored.id
            item_id = stored.measurement.item_id
            if store.measurement(item_id, judge.measurer_id) is not None:
                continue
            found = _newest(store, judge, judges, item_id)
            item = store.item(item_id)
            if found is None or item is None:
                if stored.rubric_version != judge.rubric.version:
                    yield LeftAlone(item_id, GONE if item is None else OTHERS)
                continue
            before, old = found
            measurement, how, asked = _measured(judge, old, before.measurement, item, watch)
            now = judge.decide(measurement)
            remember(store, judge, item, now)
            yield Rejudged(before, now, how, asked)


def _newest(store: Store, judge: Judge, judges: dict[str, Judge], item_id: str) -> tuple[Verdict, Rubric] | None:
    """The item's newest measurement by the same models under another version of the rubric, decided under the present
    policy so that only the rubric differs, and that version."""
    for row in _verdicts(store, judge.rubric.id, item_id):
        verdict = store.verdict_by_id(row.id)
        old = store.rubric(judge.rubric.id, row.rubric_version)
        if verdict is None or old is None or old.version == judge.rubric.version:
            continue
        if old.version not in judges:
            judges[old.version] = under(judge, old, judge.policy)
        if verdict.measurement.measurer_id == judges[old.version].measurer_id:
            return judges[old.version].decide(verdict.measurement), old
    return None


def _verdicts(store: Store, rubric_id: str, item_id: str) -> Iterator[VerdictRow]:
    """All of an item's, newest first."""
    before: int | None = None
    while page := store.verdicts(item_id=item_id, rubric_id=rubric_id, before=before, limit=50):
        yield from page
        before = page[-1].id


def _measured(
    judge: Judge, old: Rubric, before: Measurement, item: Item, watch: Watch
) -> tuple[Measurement, How, tuple[str, ...]]:
    alone = judge.backend is None or not judge.backend.id.endswith("/listed")
    made = carry.with_open_ends(carry.plan(old, judge.rubric, alone), old, judge.rubric, before.evidence)
    kept = carry.carried(before, made, old.version)
    if not made.ask:
        return carry.merged(judge.measurer_id, made, kept, before, None), "kept", ()
    reading = media.read_isolated(item)
    # guidelines are worded with the rules they are about: with some of these left out, others would be shown
    fresh = _only(judge, made, reading, watch) if made.keep and not judge.guidelines else None
    if fresh is None or fresh.passages != before.passages:  # a file is gone, or is read otherwise than before
        return judge.measure(reading, watch), "measured", tuple(rule.id for rule in judge.rubric.rules)
    return carry.merged(judge.measurer_id, made, kept, before, fresh), "asked", made.ask


def _only(judge: Judge, made: carry.Plan, reading: Reading, watch: Watch) -> Measurement:
    """The changed rules alone, by the same models: they are shown one statement at a time."""
    rules = tuple(judge.rubric.rule(rule_id) for rule_id in made.ask)
    part = dataclasses.replace(judge.rubric, rules=rules)
    crosswalk = tuple(pair for pair in judge.crosswalk if pair[1] in made.ask)
    return dataclasses.replace(judge, rubric=part, crosswalk=crosswalk).measure(reading, watch)

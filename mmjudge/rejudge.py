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
    from mmjudge.store import Store

How = Literal["kept", "asked", "measured"]
"""No question was asked; only the changed rules were asked; everything was measured anew."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One item. `asked`: the rules that were asked. `before`: its newest verdict under an older version."""

    before: Verdict
    after: Verdict
    how: How
    asked: tuple[str, ...] = ()


def rejudge(store: Store, judge: Judge, watch: Watch = unwatched) -> Iterator[Rejudged]:
    """Every item that this judge measured under another version of its rubric and not yet under this one."""
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
                continue
            before, old = found
            measurement, how, asked = _measured(judge, old, before.measurement, item, watch)
            now = judge.decide(measurement)
            remember(store, judge, item, now)
            yield Rejudged(before, now, how, asked)


def _newest(store: Store, judge: Judge, judges: dict[str, Judge], item_id: str) -> tuple[Verdict, Rubric] | None:
    """The item's newest verdict that the same models gave under another version of the rubric, and that version."""
    for row in store.verdicts(item_id=item_id, rubric_id=judge.rubric.id, limit=50):
        verdict = store.verdict_by_id(row.id)
        old = store.rubric(judge.rubric.id, row.rubric_version)
        if verdict is None or old is None or old.version == judge.rubric.version:
            continue
        if old.version not in judges:
            judges[old.version] = under(judge, old, judge.policy)
        if verdict.measurement.measurer_id == judges[old.version].measurer_id:
            return verdict, old
    return None


def _measured(
    judge: Judge, old: Rubric, before: Measurement, item: Item, watch: Watch
) -> tuple[Measurement, How, tuple[str, ...]]:
    alone = judge.backend is None or not judge.backend.id.endswith("/listed")
    made = carry.with_open_ends(carry.plan(old, judge.rubric, alone), old, judge.rubric, before.evidence)
    kept = carry.carried(before, made, old.version)
    if not made.ask:
        return carry.merged(judge.measurer_id, made, kept, before, None), "kept", ()
    reading = media.read_isolated(item)
    fresh = _only(judge, made, reading, watch) if made.keep else None
    if fresh is None or fresh.passages != before.passages:  # a file is gone, or is read otherwise than before
        return judge.measure(reading, watch), "measured", tuple(rule.id for rule in judge.rubric.rules)
    return carry.merged(judge.measurer_id, made, kept, before, fresh), "asked", made.ask


def _only(judge: Judge, made: carry.Plan, reading: Reading, watch: Watch) -> Measurement:
    """The changed rules alone, by the same models: they are shown one statement at a time."""
    rules = tuple(judge.rubric.rule(rule_id) for rule_id in made.ask)
    part = dataclasses.replace(judge.rubric, rules=rules)
    crosswalk = tuple(pair for pair in judge.crosswalk if pair[1] in made.ask)
    return dataclasses.replace(judge, rubric=part, crosswalk=crosswalk).measure(reading, watch)

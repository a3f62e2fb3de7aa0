"""The store: values in, the same values out.

Knows transactions and what is written once, and says in words what is missing. Refuses to know models, files'
contents and what a verdict means.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from os import PathLike

from sqlalchemy import func, select
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.store import bodies, guidelines, history
from mmjudge.store.access import (
    add_item,
    add_new,
    add_verdict,
    batches,
    item_with_files,
    unsaved,
    verdict_with_evidence,
)
from mmjudge.store.bodies import Described, as_described
from mmjudge.store.codec import unpack
from mmjudge.store.connect import address, connect, spoken
from mmjudge.store.history import Chosen, ChosenMeasurements, StoredMeasurement, VerdictRow
from mmjudge.store.migrations import migrate
from mmjudge.store.people_store import PeopleStore
from mmjudge.store.rows import JudgeTable, MeasurementTable, RubricTable, SourceTable, VerdictTable
from mmjudge.types import Guideline, Item, Measurement, Rubric, TriClass, Verdict


def open_store(url: str | None = None) -> Store:
    """Open, and where needed create or migrate, the database at `url`.

    None: MMJUDGE_DATABASE_URL, else the file `mmjudge.db` in MMJUDGE_HOME, else in the user's data folder. StoreError
    says what to do where the address is wrong, the folder can't be written, the server is away or its driver is not
    installed, or the database was written by a newer mmjudge.
    """
    where = address(url)
    store = Store(connect(where), where)
    try:
        with spoken(where):
            migrate(store.engine)
    except StoreError:
        store.close()
        raise
    return store


class Store(PeopleStore):
    """An open database. Safe to share between threads; a process opens its own.

    Each `save_…` is one transaction. Items, rubrics and judges are saved before what refers to them. Verdicts,
    measurements and labels are never changed. What people say and do is in `PeopleStore`.
    """

    # --- saving ---

    def save_item(self, item: Item, sources: Sequence[str | PathLike[str]] = ()) -> None:
        """Save an item and where it was seen: its files' paths are sources by themselves.

        An item that is already there keeps its content; paths and attributes are those of the last saving, and no
        source is ever lost. StoreError where another content has the same id.
        """
        at = time.time()
        given = [str(source) for source in sources]
        with self._session(writes=True) as session:
            add_item(session, item, given, at)

    def save_items(self, items: Iterable[tuple[Item, Sequence[str | PathLike[str]]]]) -> list[str]:
        """Save items with their sources as `save_item` does, a few hundred in a transaction; their ids in order."""
        at, ids = time.time(), []
        for batch in batches(items, 500):
            with self._session(writes=True) as session:
                for item, sources in batch:
                    add_item(session, item, [str(source) for source in sources], at)
            ids += [item.id for item, _ in batch]
        return ids

    def save_rubric(self, rubric: Rubric) -> None:
        """Save a version of a rubric, once. StoreError where the same version is there with another content."""
        with self._session(writes=True) as session:
            if not add_new(session, bodies.rubric_row(rubric, time.time())):
                known = session.get(RubricTable, (rubric.id, rubric.version))
                if known is None or unpack(Rubric, known.body) != rubric:
                    raise StoreError(
                        f"rubric {rubric.id} is stored with another content under version {rubric.version}"
                    )

    def save_judge(self, judge_id: str, measurer_id: str, name: str, description_json: str = "{}") -> None:
        """Save who judges, once: the first description of an id stands. It must be a JSON object."""
        as_described(judge_id, description_json)
        row = JudgeTable(id=judge_id, measurer_id=measurer_id, name=name, description=description_json, at=time.time())
        with self._session(writes=True) as session:
            add_new(session, row)

    def save_verdict(self, verdict: Verdict) -> int:
        """Save a verdict with its measurement; returns its id in the history.

        The same (item, judge, attempt) again changes nothing and returns the id it has. A measurement is stored once
        per (item, measurer, attempt), however many judges decide on it. StoreError where the item, rubric or judge
        was not saved, or where another process measured the same attempt with another outcome.
        """
        at = time.time()
        with self._session(writes=True, refused=partial(self._unsaved, verdict)) as session:
            return add_verdict(session, verdict, at)

    def add_guideline(self, guideline: Guideline) -> None:
        """Append a guideline, once. StoreError where its id is taken by another one."""
        with self._session(writes=True) as session:
            guidelines.add(session, guideline, time.time())

    def retire_guideline(self, guideline_id: str) -> Guideline:
        """Retire it, with the time; nothing is deleted. StoreError where it is not there."""
        with self._session(writes=True) as session:
            return guidelines.retire(session, guideline_id, time.time())

    # --- one value ---

    def item(self, item_id: str) -> Item | None:
        """The item, with the paths and attributes it was last saved with."""
        with self._session() as session:
            return item_with_files(session, item_id)

    def sources(self, item_id: str) -> tuple[str, ...]:
        """Everywhere the item was seen, first seen first."""
        s = SourceTable
        query = select(col(s.path)).where(col(s.item_id) == item_id).order_by(col(s.at), col(s.path))
        with self._session() as session:
            return tuple(session.scalars(query))

    def rubric(self, rubric_id: str, version: str) -> Rubric | None:
        """That version of the rubric."""
        with self._session() as session:
            row = session.get(RubricTable, (rubric_id, version))
            return None if row is None else unpack(Rubric, row.body)

    def described(self, measurer_id: str) -> Described | None:
        """Name and description of the first judge that was saved with this measurer."""
        j = JudgeTable
        query = select(j).where(col(j.measurer_id) == measurer_id).order_by(col(j.at), col(j.id)).limit(1)
        with self._session() as session:
            row = session.scalars(query).first()
            return None if row is None else Described(row.name, as_described(row.id, row.description))

    def measurement(self, item_id: str, measurer_id: str) -> Measurement | None:
        """The newest attempt of that measurer on that item."""
        m = MeasurementTable
        query = select(m).where(col(m.item_id) == item_id, col(m.measurer_id) == measurer_id)
        with self._session() as session:
            row = session.scalars(query.order_by(col(m.attempt).desc()).limit(1)).first()
            return None if row is None else bodies.measurement_of(row)

    def next_attempt(self, item_id: str, measurer_id: str) -> int:
        """The number for measuring again: 1 where nothing was measured."""
        m = MeasurementTable
        query = select(func.max(col(m.attempt))).where(col(m.item_id) == item_id, col(m.measurer_id) == measurer_id)
        with self._session() as session:
            return (session.scalars(query).one() or 0) + 1

    def verdict(self, item_id: str, judge_id: str) -> Verdict | None:
        """That judge's verdict on the newest attempt it decided. The measurer may have a newer one: compare
        `verdict.measurement.attempt` with `measurement(…)`."""
        v = VerdictTable
        query = select(col(v.id)).where(col(v.item_id) == item_id, col(v.judge_id) == judge_id)
        with self._session() as session:
            newest = session.scalars(query.order_by(col(v.attempt).desc()).limit(1)).first()
            return None if newest is None else verdict_with_evidence(session, newest)

    def verdict_by_id(self, verdict_id: int) -> Verdict | None:
        """The verdict behind a line of the history (`VerdictRow.id`)."""
        with self._session() as session:
            return verdict_with_evidence(session, verdict_id)

    # --- many values ---

    def verdicts(
        self,
        *,
        label: TriClass | None = None,
        rubric_id: str | None = None,
        judge_id: str | None = None,
        item_id: str | None = None,
        rule: str | None = None,
        only_not_observable: bool | None = None,
        search: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> list[VerdictRow]:
        """A page of the history, newest first. The next page: `before` = `id` of the last row.

        `rule`: violated by it. `only_not_observable`: True only such, False none of them (`VerdictRow`). `search`:
        part of a source path, title or preview, in any case.
        """
        chosen = Chosen(label, rubric_id, judge_id, item_id, rule, only_not_observable, search)
        with self._session() as session:
            return history.verdict_rows(session, chosen, before, limit)

    def measurements(
        self,
        rubric_id: str | None = None,
        *,
        rubric_version: str | None = None,
        measurer_id: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[StoredMeasurement]:
        """A page of measurements, the newest attempt of each item and measurer, oldest first. The next page: `after` =
        `id` of the last one. What is saved meanwhile comes last and is met too, except on PostgreSQL what was
        being saved in the very moment a page was read."""
        chosen = ChosenMeasurements(rubric_id, rubric_version, measurer_id)
        with self._session() as session:
            return history.newest_measurements(session, chosen, after, limit)

    def guidelines(self, rubric_id: str | None = None, *, retired: bool = False) -> list[Guideline]:
        """Those of a rubric (None: of all) in the order they were added, the retired ones only where asked for."""
        with self._session() as session:
            return guidelines.of_rubric(session, rubric_id, retired)

    def _unsaved(self, verdict: Verdict) -> str:
        with self._session() as session:
            return unsaved(session, verdict)

"""Single rows within an open session.

Knows how a row is added once and fetched with what belongs to it. Refuses to know when a transaction begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.store import bodies
from mmjudge.store.rows import ItemTable, JudgeTable, MeasurementTable, MediaTable, Row, RubricTable, VerdictTable
from mmjudge.types import Item, Verdict

T = TypeVar("T")


def batches(values: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """The values in tuples of `size`, the last one shorter."""
    left = iter(values)
    while batch := tuple(islice(left, size)):
        yield batch


def add_new(session: Session, row: Row) -> bool:
    """Insert the row unless one with its key is there, also when others insert at the same time; whether it was."""
    table = type(row).__table__  # type: ignore[attr-defined]
    given = {column.name: getattr(row, column.name) for column in table.columns}
    values = {name: value for name, value in given.items() if value is not None}
    dialects: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    insert = dialects[session.get_bind().dialect.name]
    done: CursorResult[Any] = session.connection().execute(
        insert(table).values(values).on_conflict_do_nothing(),
        # Without it the count of an INSERT is not kept on every driver.
        execution_options={"preserve_rowcount": True},
    )
    return done.rowcount == 1


def files_of(session: Session, item_id: str) -> list[MediaTable]:
    """The files of an item in their order."""
    query = select(MediaTable).where(col(MediaTable.item_id) == item_id).order_by(col(MediaTable.position))
    return list(session.scalars(query))


def item_with_files(session: Session, item_id: str) -> Item | None:
    row = session.get(ItemTable, item_id)
    return None if row is None else bodies.item_of(row, files_of(session, item_id))


def add_item(session: Session, item: Item, sources: list[str], at: float) -> None:
    """Insert an item with its files, or describe it again; and everywhere it was seen."""
    row = bodies.item_row(item, sources, at)
    if add_new(session, row):
        session.add_all(bodies.media_rows(item))
    else:
        describe_again(session, item, row)
    for source in bodies.source_rows(item.id, [*(str(media.path) for media in item.media), *sources], at):
        add_new(session, source)


def describe_again(session: Session, item: Item, new: ItemTable) -> None:
    """Give a stored item the paths and attributes of `item`. StoreError where it is another content."""
    row = session.get_one(ItemTable, item.id, with_for_update=True)
    files = files_of(session, item.id)
    old = bodies.item_of(row, files)
    content = [(i.text, i.turns, i.target, [m.sha256 for m in i.media]) for i in (old, item)]
    if content[0] != content[1]:
        raise StoreError(f"another content is stored under the item id {item.id}: make ids with types.item_id")
    if old == item:
        return
    row.title, row.preview, row.folded, row.body = new.title, new.preview, new.folded, new.body
    for file, media in zip(files, item.media, strict=True):
        file.path, file.size = str(media.path), media.size


def add_verdict(session: Session, verdict: Verdict, at: float) -> int:
    """Insert a verdict and its measurement unless they are there; the id of the verdict, new or not."""
    measured = bodies.measurement_row(verdict.measurement, (verdict.rubric_id, verdict.rubric_version), at)
    measured_now = add_new(session, measured)
    m, v = MeasurementTable, VerdictTable
    same = (col(m.item_id) == measured.item_id, col(m.measurer_id) == measured.measurer_id)
    found = select(col(m.id), col(m.evidence_digest)).where(*same, col(m.attempt) == measured.attempt)
    measurement_id, evidence_digest = session.execute(found).one()
    row = bodies.verdict_row(verdict, cast(int, measurement_id), at)
    decided_now = add_new(session, row)
    if decided_now and not measured_now and evidence_digest != measured.evidence_digest:
        raise StoreError(
            f"attempt {measured.attempt} on item {measured.item_id} is stored with another outcome: "
            "decide on Store.measurement(…), or save yours as Store.next_attempt(…)"
        )
    mine = (col(v.item_id) == row.item_id, col(v.judge_id) == row.judge_id, col(v.attempt) == row.attempt)
    verdict_id = cast(int, session.scalars(select(col(v.id)).where(*mine)).one())
    if decided_now:
        session.add_all(bodies.finding_rows(verdict, verdict_id))
    return verdict_id


def verdict_with_evidence(session: Session, verdict_id: int) -> Verdict | None:
    v, m = VerdictTable, MeasurementTable
    query = select(v, m).join(m, col(m.id) == col(v.measurement_id)).where(col(v.id) == verdict_id)
    found = session.execute(query).one_or_none()
    return None if found is None else bodies.verdict_of(*found)


def unsaved(session: Session, verdict: Verdict) -> str:
    """Which of the things a verdict refers to are not there, in words; "" if all are."""
    needs = {
        f"item {verdict.item_id} (save_item)": session.get(ItemTable, verdict.item_id),
        f"rubric {verdict.rubric_id} {verdict.rubric_version} (save_rubric)": session.get(
            RubricTable, (verdict.rubric_id, verdict.rubric_version)
        ),
        f"judge {verdict.judge_id} (save_judge)": session.get(JudgeTable, verdict.judge_id),
    }
    absent = [name for name, row in needs.items() if row is None]
    return f"a verdict can be saved only after its {', '.join(absent)}" if absent else ""

"""Lists: verdicts for a page, measurements to decide again, labels to compare.

Knows conditions, order and paging by key. Refuses to know how values got in. Each function takes an open session and
returns at most `limit` rows: nothing here loads a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from mmjudge.store.bodies import measurement_of
from mmjudge.store.codec import unpack
from mmjudge.store.outline import KINDS, Kind
from mmjudge.store.rows import (
    FindingTable,
    ItemTable,
    JudgeTable,
    LabelTable,
    MeasurementTable,
    SourceTable,
    VerdictTable,
)
from mmjudge.types import Label, Measurement, Phase, TriClass, Truth


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A line of the history. `id` is the cursor and opens the verdict; `at`: seconds since 1970 when it was saved.

    `title`: name of the first file or source; `preview`: beginning of the words; either may be "". `kinds`: what the
    item is made of. `assessed` of `applicable` rules have an answer. `only_not_observable`: it needs review only
    because this judge cannot see what some rules speak of.
    """

    id: int
    item_id: str
    judge_id: str
    judge_name: str
    attempt: int
    at: float
    label: TriClass
    score: float | None
    severity: int
    assessed: int
    applicable: int
    rubric_id: str
    rubric_version: str
    title: str
    preview: str
    kinds: tuple[Kind, ...]
    only_not_observable: bool


@dataclass(frozen=True, slots=True)
class StoredMeasurement:
    """A measurement with its cursor `id`, and the rubric it was made for."""

    id: int
    rubric_id: str
    rubric_version: str
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which verdicts; None: any. `rule`: violated by it. `search`: in a source path, title or preview, any case."""

    label: TriClass | None = None
    rubric_id: str | None = None
    judge_id: str | None = None
    item_id: str | None = None
    rule: str | None = None
    only_not_observable: bool | None = None
    search: str = ""


def verdict_rows(session: Session, chosen: Chosen, before: int | None, limit: int) -> list[VerdictRow]:
    """Newest first, ids below `before`."""
    v, i, j = VerdictTable, ItemTable, JudgeTable
    # The columns that are called as in `VerdictRow`; bodies are not read for a list.
    plain = ("id", "item_id", "judge_id", "attempt", "at", "label", "score", "severity", "assessed", "applicable")
    also = ("rubric_id", "rubric_version", "only_not_observable", "kinds")
    statement = (
        select(*(getattr(v, name) for name in (*plain, *also)))
        .add_columns(col(j.name).label("judge_name"), col(i.title), col(i.preview), col(i.has_words))
        .join(i, col(i.id) == col(v.item_id))
        .join(j, col(j.id) == col(v.judge_id))
        .where(*_conditions(chosen), *([col(v.id) < before] if before is not None else []))
        .order_by(col(v.id).desc())
        .limit(limit)
    )
    return [_verdict_row(dict(row)) for row in session.execute(statement).mappings()]


def _verdict_row(found: dict[Any, Any]) -> VerdictRow:
    parts = {*found.pop("kinds").split(), *(["text"] if found.pop("has_words") else [])}
    return VerdictRow(**found, kinds=tuple(kind for kind in KINDS if kind in parts))


def _conditions(chosen: Chosen) -> list[ColumnElement[bool]]:
    v = VerdictTable
    equal = (
        (v.label, chosen.label),
        (v.rubric_id, chosen.rubric_id),
        (v.judge_id, chosen.judge_id),
        (v.item_id, chosen.item_id),
        (v.only_not_observable, chosen.only_not_observable),
    )
    conditions: list[ColumnElement[bool]] = [col(column) == value for column, value in equal if value is not None]
    if chosen.rule is not None:
        conditions.append(_violates(chosen.rule))
    if chosen.search.strip():
        conditions.append(_mentions(chosen.search.strip().casefold()))
    return conditions


def _violates(rule: str) -> ColumnElement[bool]:
    f = FindingTable
    return exists().where(
        col(f.verdict_id) == col(VerdictTable.id), col(f.rule_id) == rule, col(f.truth) == int(Truth.YES)
    )


def _mentions(words: str) -> ColumnElement[bool]:
    s = SourceTable
    in_source = exists().where(
        col(s.item_id) == col(VerdictTable.item_id), col(s.folded).contains(words, autoescape=True)
    )
    return or_(in_source, col(ItemTable.folded).contains(words, autoescape=True))


@dataclass(frozen=True, slots=True)
class ChosenMeasurements:
    """Which measurements; None: any."""

    rubric_id: str | None = None
    rubric_version: str | None = None
    measurer_id: str | None = None


def newest_measurements(
    session: Session, chosen: ChosenMeasurements, after: int, limit: int
) -> list[StoredMeasurement]:
    """Oldest first, ids above `after`; of each item and measurer the newest attempt only."""
    m, newer = MeasurementTable, aliased(MeasurementTable)
    superseded = exists().where(
        col(newer.item_id) == col(m.item_id),
        col(newer.measurer_id) == col(m.measurer_id),
        col(newer.attempt) > col(m.attempt),
    )
    equal = (
        (m.rubric_id, chosen.rubric_id),
        (m.rubric_version, chosen.rubric_version),
        (m.measurer_id, chosen.measurer_id),
    )
    statement = select(m).where(col(m.id) > after, ~superseded, *_given(equal)).order_by(col(m.id)).limit(limit)
    return [
        StoredMeasurement(cast(int, row.id), row.rubric_id, row.rubric_version, measurement_of(row))
        for row in session.scalars(statement)
    ]


@dataclass(frozen=True, slots=True)
class ChosenLabels:
    """Which labels; None: any."""

    item_id: str | None = None
    rubric_id: str | None = None
    rubric_version: str | None = None
    rater: str | None = None
    phase: Phase | None = None
    project: str | None = None


def label_page(session: Session, chosen: ChosenLabels, latest: bool, after: int, limit: int) -> list[tuple[int, Label]]:
    """In the order they were given, ids above `after`. `latest`: of each rater on each question the last one only.

    The last one is the last among those chosen: with `phase="blind"` a later word after the reveal supersedes nothing.
    """
    this = LabelTable
    conditions = [col(this.id) > after, *_given(_label_equal(this, chosen))]
    if latest:
        conditions.append(~_superseded(chosen))
    rows = session.execute(select(col(this.id), col(this.body)).where(*conditions).order_by(col(this.id)).limit(limit))
    return [(cast(int, id_), unpack(Label, body)) for id_, body in rows]


def _superseded(chosen: ChosenLabels) -> ColumnElement[bool]:
    this, later = LabelTable, aliased(LabelTable)
    about = ("item_id", "rubric_id", "rubric_version", "rule_id", "question_id", "rater")
    same = [getattr(later, name) == getattr(this, name) for name in about]
    return exists().where(*same, col(later.id) > col(this.id), *_given(_label_equal(later, chosen)))


def _label_equal(table: type[LabelTable], chosen: ChosenLabels) -> Sequence[tuple[Any, str | None]]:
    return (
        (table.item_id, chosen.item_id),
        (table.rubric_id, chosen.rubric_id),
        (table.rubric_version, chosen.rubric_version),
        (table.rater, chosen.rater),
        (table.phase, chosen.phase),
        (table.project, chosen.project),
    )


def _given(equal: Sequence[tuple[Any, Any]]) -> list[ColumnElement[bool]]:
    return [col(column) == value for column, value in equal if value is not None]

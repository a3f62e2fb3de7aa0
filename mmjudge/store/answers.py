"""Answers of people and judges as columns, within an open session.

Knows how labels and verdicts become codes. Refuses to know what is computed of them. Bodies of labels are not opened:
a million of them are read as plain columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Text, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, Ratings
from mmjudge.store.bodies import findings_of
from mmjudge.store.codec import escape, unescape
from mmjudge.store.people_rows import ProjectTable, TaskTable
from mmjudge.store.rows import JudgeTable, LabelTable, VerdictTable
from mmjudge.types import Phase, Truth

_CHUNK = 20_000
_WITHDRAWN = -2
_ANSWERS = {
    "yes": YES, "no": NO, "controversial": CONTROVERSIAL, "cant_tell": UNKNOWN, "skipped": UNKNOWN,
    "withdrawn": _WITHDRAWN,
}  # fmt: skip
_LABELS = {"safe": NO, "unsafe": YES, "controversial": CONTROVERSIAL, "needs_review": UNKNOWN}
_TRUTHS = {Truth.YES: YES, Truth.NO: NO, Truth.UNKNOWN: UNKNOWN}
_KINDS = (np.int32, np.int32, np.int32, np.int8, np.int8, np.float64, np.float64, np.float64)

Raw = tuple[Any, ...]
"""item, rule, rater (as the database writes them), value, severity, score, seconds, at."""


@dataclass(frozen=True, slots=True)
class ChosenAnswers:
    """Which answers; None: any, of `judges` all."""

    project: str | None
    rubric_id: str | None
    rubric_version: str | None
    phases: tuple[Phase, ...]
    judges: Sequence[str] | None


class JudgeCount(NamedTuple):
    """A judge and how many verdicts it has given under a rubric."""

    judge_id: str
    name: str
    policy_id: str
    verdicts: int


def judges_of(session: Session, rubric_id: str) -> list[JudgeCount]:
    v, j, given = VerdictTable, JudgeTable, func.count()
    query = (
        select(col(v.judge_id), col(j.name), func.max(col(v.policy_id)), given)
        .join(j, col(j.id) == col(v.judge_id))
        .where(col(v.rubric_id) == rubric_id)
        .group_by(col(v.judge_id), col(j.name))
        .order_by(given.desc(), col(v.judge_id))
    )
    return [JudgeCount(*row) for row in session.execute(query)]


def ratings(session: Session, chosen: ChosenAnswers) -> Ratings:
    """Last answers and newest verdicts. StoreError where the project is not there."""
    chosen = _with_rubric(session, chosen)
    names: tuple[dict[str, int], ...] = ({}, {}, {})
    people = _last(_coded(_labels(session, chosen), names))
    judged = _coded(_verdicts(session, chosen), names)
    people = _without_copies(people, judged[2], names[2])
    item, rule, rater, value, severity, score, seconds, at = map(np.concatenate, zip(people, judged, strict=True))
    items, rules, raters = (tuple(map(unescape, known)) for known in names)
    judges = frozenset(code for code, name in enumerate(raters) if name.casefold().startswith("judge:"))
    return Ratings(
        items, rules, raters, item, rule, rater, value, severity, score, seconds, at, judges=judges,
        probability=_chances(session, chosen, items),
    )  # fmt: skip


def labels_beside(session: Session, rubric_id: str, rubric_version: str, project: str | None) -> int:
    """How many blind labels under the rubric speak of another version, withdrawn ones left out."""
    t = LabelTable
    query = select(func.count()).where(
        col(t.rubric_id) == rubric_id,
        col(t.rubric_version) != rubric_version,
        col(t.phase) == "blind",
        col(t.question_id) == "",
        col(t.value) != "withdrawn",
        *([] if project is None else [col(t.project) == project]),
    )
    return session.execute(query).scalar_one()


def _with_rubric(session: Session, chosen: ChosenAnswers) -> ChosenAnswers:
    if chosen.project is None:
        return chosen
    row = session.get(ProjectTable, chosen.project)
    if row is None:
        raise StoreError(f"there is no project {chosen.project!r}: `mmjudge project list` shows them")
    version = chosen.rubric_version if chosen.rubric_id else row.rubric_version
    return ChosenAnswers(chosen.project, chosen.rubric_id or row.rubric_id, version, chosen.phases, chosen.judges)


def _labels(session: Session, chosen: ChosenAnswers) -> Iterator[list[Raw]]:
    """Chunks of what people said, in the order of saying."""
    t = LabelTable
    names = [type_coerce(column, Text) for column in (t.item_id, t.rule_id, t.rater, t.value)]
    equal = ((t.project, chosen.project), (t.rubric_id, chosen.rubric_id), (t.rubric_version, chosen.rubric_version))
    query = (
        select(*names, col(t.severity), col(t.seconds), col(t.at))
        .where(col(t.question_id) == "", col(t.phase).in_(chosen.phases))
        .where(*(col(column) == value for column, value in equal if value is not None))
        .order_by(col(t.id))
    )
    for part in session.execute(query, execution_options={"yield_per": _CHUNK}).partitions():
        yield [
            (item, rule, rater, _ANSWERS[value], -1 if severity is None else severity, np.nan, seconds or np.nan, at)
            for item, rule, rater, value, severity, seconds, at in map(tuple, part)
        ]


def _verdicts(session: Session, chosen: ChosenAnswers) -> Iterator[list[Raw]]:
    """Chunks of what the judges found, the newest attempt on each item."""
    if chosen.judges is not None and not chosen.judges:
        return
    v = VerdictTable
    query = (
        select(type_coerce(v.item_id, Text), col(v.judge_id), col(v.label), col(v.score), col(v.at), col(v.body))
        .where(*_of_judges(chosen))
        .order_by(col(v.id))
    )
    for part in session.execute(query, execution_options={"yield_per": _CHUNK // 20}).partitions():
        yield [row for found in part for row in _judged(*found)]


def _judged(item: str, judge: str, label: str, score: float | None, at: float, body: bytes) -> Iterator[Raw]:
    rater = escape(f"judge:{judge}")
    yield item, "", rater, _LABELS[label], -1, np.nan if score is None else score, np.nan, at
    for found in findings_of(body):
        if found.applies:
            own = np.nan if found.score is None else found.score
            yield item, escape(found.rule_id), rater, _TRUTHS[found.truth], found.severity, own, np.nan, at


def _of_judges(chosen: ChosenAnswers) -> list[ColumnElement[bool]]:
    v, newer, t = VerdictTable, aliased(VerdictTable), TaskTable
    same = (col(newer.item_id) == col(v.item_id), col(newer.judge_id) == col(v.judge_id))
    conditions: list[ColumnElement[bool]] = [~exists().where(*same, col(newer.attempt) > col(v.attempt))]
    if chosen.judges is not None:
        conditions.append(col(v.judge_id).in_(list(chosen.judges)))
    for column, value in ((v.rubric_id, chosen.rubric_id), (v.rubric_version, chosen.rubric_version)):
        if value is not None:
            conditions.append(col(column) == value)
    if chosen.project is not None:
        conditions.append(exists().where(col(t.project_id) == chosen.project, col(t.item_id) == col(v.item_id)))
    return conditions


def _coded(chunks: Iterator[list[Raw]], names: tuple[dict[str, int], ...]) -> list[np.ndarray]:
    """The eight columns of `Ratings`; names get codes in the order of their appearance."""
    parts: list[list[np.ndarray]] = [[np.empty(0, dtype=kind)] for kind in _KINDS]
    for chunk in chunks:
        columns: list[Any] = list(zip(*chunk, strict=True)) if chunk else [()] * len(_KINDS)
        for place, known in enumerate(names):
            columns[place] = [known.setdefault(name, len(known)) for name in columns[place]]
        for part, column, kind in zip(parts, columns, _KINDS, strict=True):
            part.append(np.asarray(column, dtype=kind))
    return [np.concatenate(part) for part in parts]


def _last(columns: list[np.ndarray]) -> list[np.ndarray]:
    """The last row of each (item, rule, rater), without those that were withdrawn."""
    item, rule, rater, value = columns[:4]
    if not len(item):
        return columns
    place = (item.astype(np.int64) * (int(rule.max()) + 1) + rule) * (int(rater.max()) + 1) + rater
    _, from_the_end = np.unique(place[::-1], return_index=True)
    last = np.sort(len(place) - 1 - from_the_end)
    last = last[value[last] != _WITHDRAWN]
    return [column[last] for column in columns]


def _without_copies(people: list[np.ndarray], judges: np.ndarray, raters: dict[str, int]) -> list[np.ndarray]:
    """Without labels of judges whose verdicts are read as well: they were written out and taken in again."""
    of_judges = {int(code) for code in np.unique(judges)}
    known = {name.casefold() for name, code in raters.items() if code in of_judges}
    copies = [code for name, code in raters.items() if name.casefold() in known]
    kept = ~np.isin(people[2], np.asarray(copies, dtype=np.int32))
    return [column[kept] for column in people]


def _chances(session: Session, chosen: ChosenAnswers, items: tuple[str, ...]) -> np.ndarray:
    if chosen.project is None:
        return np.full(len(items), np.nan)
    t = TaskTable
    query = select(col(t.item_id), col(t.probability)).where(col(t.project_id) == chosen.project)
    known = {item: chance for item, chance in session.execute(query) if chance is not None}
    return np.asarray([known.get(item, np.nan) for item in items], dtype=np.float64)

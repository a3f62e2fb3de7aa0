"""Tasks handed out, answered and taken back, within an open session.

Knows leases and places: a task has `overlap` places, each taken by an answer or by a lease in force. Refuses to know
when a transaction begins or ends, and what an answer says. Every function that changes a queue first locks its project,
so that what it counts stays true until the end (SQLite locks the whole database by itself).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.people import Exposure, Lease, Task
from mmjudge.store.access import add_new
from mmjudge.store.people_rows import AnsweredTable, ExposureTable, LeaseTable, PlaceTable, ProjectTable, TaskTable


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project is. `answers` in all; `done_tasks`: those that need nobody any more. `by_rater`: (name,
    answers, seconds), the busiest first."""

    tasks: int
    answers: int
    done_tasks: int
    by_rater: tuple[tuple[str, int, float], ...]


def task_of(row: TaskTable) -> Task:
    return Task(cast(int, row.id), row.project_id, row.item_id, row.position, row.probability, row.done)


def locked_project(session: Session, project_id: str) -> ProjectTable:
    """The project, which nobody else changes the queue of until the transaction ends."""
    row = session.get(ProjectTable, project_id, with_for_update={"key_share": True})
    if row is None:
        raise StoreError(f"there is no project {project_id!r}: `mmjudge project list` shows them")
    return row


def locked_task(session: Session, task_id: int) -> tuple[TaskTable, ProjectTable]:
    """A task and its project, the project locked."""
    found = session.scalars(select(col(TaskTable.project_id)).where(col(TaskTable.id) == task_id)).one_or_none()
    if found is None:
        raise StoreError(f"there is no task {task_id}: ask for the next one")
    project = locked_project(session, found)
    return session.get_one(TaskTable, task_id), project


def lease(
    session: Session, project_id: str, rater: str, until: float, now: float, count: int, held: Iterable[int]
) -> list[Lease]:
    """The first `count` tasks this rater may hold, held by them until `until`. None of a closed project."""
    project = locked_project(session, project_id)
    if project.closed:
        return []
    t, start = TaskTable, _place(session, project_id, rater)
    query = (
        select(t)
        .where(*_unanswered(project_id, rater, start), col(t.id).not_in(list(held)))
        .where(_others(rater, now) < project.overlap - col(t.done))
        .order_by(col(t.position))
        .limit(count)
    )
    tasks = [task_of(row) for row in session.scalars(query)]
    for task in tasks:
        _hold(session, task.id, rater, until, now)
    return [Lease(task, rater, until) for task in tasks]


def _unanswered(project_id: str, rater: str, start: int) -> list[ColumnElement[bool]]:
    """Open tasks from `start` on that the rater has not answered."""
    t, a = TaskTable, AnsweredTable
    mine = exists().where(col(a.task_id) == col(t.id), col(a.rater) == rater)
    return [col(t.project_id) == project_id, col(t.open) == True, col(t.position) >= start, ~mine]  # noqa: E712


def _others(rater: str, now: float) -> ColumnElement[int]:
    """How many others hold a task."""
    lease_ = LeaseTable
    held = and_(col(lease_.task_id) == col(TaskTable.id), col(lease_.until) > now, col(lease_.rater) != rater)
    return select(func.count()).select_from(lease_).where(held).correlate(TaskTable).scalar_subquery()


def _place(session: Session, project_id: str, rater: str) -> int:
    """Where to look from: moved on to the first open task the rater has not answered, so that nobody who is far ahead
    of the others passes all their own answers again and again."""
    t = TaskTable
    row = session.get(PlaceTable, (project_id, rater))
    start = row.position if row else 0
    first = select(col(t.position)).where(*_unanswered(project_id, rater, start)).order_by(col(t.position)).limit(1)
    found = session.scalars(first).one_or_none()
    if found is None:
        last = select(func.max(col(t.position))).where(col(t.project_id) == project_id, col(t.open) == True)  # noqa: E712
        found = max(start, (session.scalars(last).one() or 0) + 1)
    if row is None:
        session.add(PlaceTable(project_id=project_id, rater=rater, position=found))
    elif row.position != found:
        row.position = found
    return found


def _hold(session: Session, task_id: int, rater: str, until: float, now: float) -> None:
    _let_go(session, task_id, rater, now)
    session.execute(insert(LeaseTable).values(task_id=task_id, rater=rater, until=until))


def _let_go(session: Session, task_id: int, rater: str, now: float) -> None:
    """End the rater's lease, and clear away those that have run out."""
    gone = (col(LeaseTable.rater) == rater) | (col(LeaseTable.until) <= now)
    session.execute(delete(LeaseTable).where(col(LeaseTable.task_id) == task_id, gone))


def has_place(session: Session, task: TaskTable, project: ProjectTable, rater: str, now: float) -> bool:
    """Whether the rater holds the task or could."""
    mine = session.get(LeaseTable, (cast(int, task.id), rater))
    if mine is not None and mine.until > now:
        return True
    others = session.scalars(select(_others(rater, now)).select_from(TaskTable).where(col(TaskTable.id) == task.id))
    return others.one() < project.overlap - task.done


def renew(session: Session, task_id: int, rater: str, until: float, now: float) -> bool:
    """Hold it until `until`, also where the lease has run out and nobody has taken the place."""
    task, project = locked_task(session, task_id)
    answered = session.get(AnsweredTable, (task_id, rater)) is not None
    if answered or project.closed or not has_place(session, task, project, rater, now):
        return False
    _hold(session, task_id, rater, until, now)
    return True


def release(session: Session, task_id: int, rater: str) -> None:
    session.execute(delete(LeaseTable).where(col(LeaseTable.task_id) == task_id, col(LeaseTable.rater) == rater))


def count_answer(session: Session, task: TaskTable, project: ProjectTable, rater: str, spent: float, at: float) -> None:
    """Take the rater's place for good."""
    row = AnsweredTable(task_id=cast(int, task.id), rater=rater, project_id=task.project_id, seconds=spent, at=at)
    add_new(session, row)
    task.done += 1
    task.open = task.done < project.overlap
    _let_go(session, cast(int, task.id), rater, at)


def uncount_answer(session: Session, task: TaskTable, rater: str, until: float, now: float) -> None:
    """Give the place back to the rater, who holds it anew; everybody's search begins no later than here."""
    task_id = cast(int, task.id)
    session.execute(
        delete(AnsweredTable).where(col(AnsweredTable.task_id) == task_id, col(AnsweredTable.rater) == rater)
    )
    task.done -= 1
    task.open = True
    p = PlaceTable
    later = (col(p.project_id) == task.project_id, col(p.position) > task.position)
    session.execute(update(p).where(*later).values(position=task.position))
    _hold(session, task_id, rater, until, now)


def exposure_row(exposure: Exposure) -> ExposureTable:
    fields: dict[str, Any] = {name: getattr(exposure, name) for name in Exposure.__slots__}
    return ExposureTable(**fields)


def exposure_of(row: ExposureTable) -> Exposure:
    return Exposure(row.rater, row.project_id, row.item_id, row.seconds, row.uncovered, row.reveals, row.at)


def progress(session: Session, project_id: str) -> Progress:
    t, a = TaskTable, AnsweredTable
    of_project = select(func.count()).select_from(t).where(col(t.project_id) == project_id)
    tasks = session.scalars(of_project).one()
    still_open = session.scalars(of_project.where(col(t.open) == True)).one()  # noqa: E712
    answers = func.count()
    by_rater = session.execute(
        select(col(a.rater), answers, func.sum(col(a.seconds)))
        .where(col(a.project_id) == project_id)
        .group_by(col(a.rater))
        .order_by(answers.desc(), col(a.rater))
    ).all()
    return Progress(
        tasks, sum(row[1] for row in by_rater), tasks - still_open, tuple((row[0], row[1], row[2]) for row in by_rater)
    )

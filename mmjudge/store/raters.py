"""Raters, their attributes and projects within an open session.

Knows that a rater's name and a project's id are taken once. Refuses to know when a transaction begins or ends, how a
password is hashed, and how tasks are handed out (`queue`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.people import Project, Rater
from mmjudge.store.access import add_new, batches
from mmjudge.store.codec import pack, unpack
from mmjudge.store.people_rows import AttributeTable, ProjectTable, RaterTable, TaskTable
from mmjudge.store.rows import RubricTable

_BATCH = 5000


def add_rater(session: Session, rater: Rater, password_hash: str) -> None:
    """StoreError where the name is taken."""
    if not add_new(session, RaterTable(name=rater.name, password_hash=password_hash, body=pack(rater), at=rater.at)):
        raise StoreError(f"there is a rater {rater.name!r} already: choose another name")


def change_rater(session: Session, rater: Rater, password_hash: str | None) -> None:
    """StoreError where there is no rater of that name."""
    row = session.get(RaterTable, rater.name)
    if row is None:
        raise StoreError(f"there is no rater {rater.name!r}: `mmjudge rater list` shows them")
    row.body, row.at = pack(rater), rater.at
    if password_hash is not None:
        row.password_hash = password_hash


def all_raters(session: Session) -> list[Rater]:
    """In the order they were added."""
    query = select(col(RaterTable.body)).order_by(col(RaterTable.at), col(RaterTable.name))
    return [unpack(Rater, body) for body in session.scalars(query)]


def change_attributes(session: Session, name: str, given: Iterable[tuple[str, str]]) -> None:
    """All of one rater's attributes, in place of those they had."""
    if session.get(RaterTable, name) is None:
        raise StoreError(f"there is no rater {name!r}: `mmjudge rater list` shows them")
    session.execute(delete(AttributeTable).where(col(AttributeTable.rater) == name))
    session.add_all(AttributeTable(rater=name, name=key, value=value) for key, value in dict(given).items())


def all_attributes(session: Session) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(AttributeTable).order_by(col(AttributeTable.rater), col(AttributeTable.name))):
        found.setdefault(row.rater, {})[row.name] = row.value
    return found


def add_project(session: Session, project: Project, tasks: Iterable[tuple[str, float | None]]) -> None:
    """The project and its tasks in queue order, read batch by batch. StoreError where its id is taken."""
    if session.get(RubricTable, (project.rubric_id, project.rubric_version)) is None:
        raise StoreError(f"project {project.id} needs rubric {project.rubric_id} stored: save_rubric first")
    row = ProjectTable(
        id=project.id,
        rubric_id=project.rubric_id,
        rubric_version=project.rubric_version,
        overlap=project.overlap,
        closed=project.closed,
        body=pack(project),
        at=project.at,
    )
    if not add_new(session, row):
        raise StoreError(f"there is a project {project.id!r} already: choose another id")
    for batch in batches(enumerate(tasks), _BATCH):
        fixed: dict[str, Any] = {"project_id": project.id, "done": 0, "open": True}
        rows = [{**fixed, "item_id": item, "position": at, "probability": chance} for at, (item, chance) in batch]
        session.connection().execute(insert(TaskTable), rows)
    if session.get_bind().dialect.name == "postgresql":
        # Without fresh statistics the queue of a new project would be sorted instead of read in its index's order.
        session.execute(text("ANALYZE task"))


def project_of(row: ProjectTable) -> Project:
    return replace(unpack(Project, row.body), closed=row.closed)


def all_projects(session: Session) -> list[Project]:
    """The newest first."""
    query = select(ProjectTable).order_by(col(ProjectTable.at).desc(), col(ProjectTable.id))
    return [project_of(row) for row in session.scalars(query)]


def close_project(session: Session, project_id: str, now: float) -> None:
    """StoreError where it is not there; one that is closed stays as it is."""
    row = session.get(ProjectTable, project_id, with_for_update=True)
    if row is None:
        raise StoreError(f"there is no project {project_id!r}: `mmjudge project list` shows them")
    row.closed = row.closed or now

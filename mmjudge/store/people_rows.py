"""The tables of raters, projects, tasks and exposures, as they are now. Private to the store, as `rows` are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from mmjudge.store.rows import AnyText, Row, Serial


class RaterTable(Row, table=True):
    """Somebody who signs in. The body is a `Rater`; the hash is beside it, so that no value ever holds it."""

    __tablename__ = "rater"

    name: str = Field(primary_key=True, sa_type=AnyText)
    password_hash: str = Field(sa_type=AnyText)
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class AttributeTable(Row, table=True):
    """What raters say about themselves, apart from who signs in."""

    __tablename__ = "rater_attribute"

    rater: str = Field(primary_key=True, sa_type=AnyText, foreign_key="rater.name")
    name: str = Field(primary_key=True, sa_type=AnyText)
    value: str = Field(sa_type=AnyText)


class ProjectTable(Row, table=True):
    """A set of items to label. `closed` counts, not the one in the body; whoever changes a queue locks this row."""

    __tablename__ = "project"
    __table_args__ = (ForeignKeyConstraint(["rubric_id", "rubric_version"], ["rubric.id", "rubric.version"]),)

    id: str = Field(primary_key=True, sa_type=AnyText)
    rubric_id: str = Field(sa_type=AnyText)
    rubric_version: str = Field(sa_type=AnyText)
    overlap: int
    closed: float = Field(sa_type=Double)
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class TaskTable(Row, table=True):
    """An item of a project. `open`: fewer raters than `overlap` have answered (`done`)."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("project_id", "item_id"),
        Index("task_queue", "project_id", "open", "position"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    project_id: str = Field(sa_type=AnyText, foreign_key="project.id")
    item_id: str = Field(sa_type=AnyText, foreign_key="item.id")
    position: int
    probability: float | None = Field(sa_type=Double)
    done: int
    open: bool


class LeaseTable(Row, table=True):
    """A task in somebody's hands, in force until `until`. A row may outlive its lease."""

    __tablename__ = "lease"

    task_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="task.id")
    rater: str = Field(primary_key=True, sa_type=AnyText)
    until: float = Field(sa_type=Double)


class AnsweredTable(Row, table=True):
    """That a rater has answered a task: gone again when the answer is withdrawn."""

    __tablename__ = "answered"
    __table_args__ = (Index("answered_by_project", "project_id", "rater"),)

    task_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="task.id")
    rater: str = Field(primary_key=True, sa_type=AnyText)
    project_id: str = Field(sa_type=AnyText)
    seconds: float = Field(sa_type=Double)
    at: float = Field(sa_type=Double)


class PlaceTable(Row, table=True):
    """Where a rater's search for the next task begins: every open task before `position` they have answered."""

    __tablename__ = "queue_place"

    project_id: str = Field(primary_key=True, sa_type=AnyText, foreign_key="project.id")
    rater: str = Field(primary_key=True, sa_type=AnyText)
    position: int


class ExposureTable(Row, table=True):
    """How long somebody looked at an item."""

    __tablename__ = "exposure"
    __table_args__ = (Index("exposure_by_project", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    rater: str = Field(sa_type=AnyText)
    project_id: str = Field(sa_type=AnyText)
    item_id: str = Field(sa_type=AnyText, foreign_key="item.id")
    seconds: float = Field(sa_type=Double)
    uncovered: float = Field(sa_type=Double)
    reveals: int
    at: float = Field(sa_type=Double)

"""The tables, as they are now.

Knows columns, keys and indexes (of raters and projects: `people_rows`). Refuses to know how they came to be
(`migrations`) and what is in a body (`codec`).
Private to the store: SQLModel tables validate nothing, so no row ever leaves this package.

A value is read back from its key columns and its `body`; the other columns are copies for queries (SQLite keeps no
NaN, and a query needs no evidence). Text columns take any text (`AnyText`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKeyConstraint, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from mmjudge.store.codec import escape, unescape

# SQLite counts by itself only in a column that is called INTEGER (64 bits there).
Serial = BigInteger().with_variant(Integer, "sqlite")


class AnyText(TypeDecorator[str]):
    """Text with NULs and lone surrogates in it: escaped in the database, in conditions too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else escape(value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else unescape(value)


class Row(SQLModel, registry=registry()):
    """Base of all tables, with a registry of its own: an application that uses SQLModel too shares nothing with it."""


class ItemTable(Row, table=True):
    """One item. `folded`: title and preview casefolded, for search. `at`: first saved, seconds since 1970."""

    __tablename__ = "item"

    id: str = Field(primary_key=True, sa_type=AnyText)
    title: str = Field(sa_type=AnyText)
    preview: str = Field(sa_type=AnyText)
    folded: str = Field(sa_type=AnyText)
    has_words: bool
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class MediaTable(Row, table=True):
    """A file of an item: its hash, size in bytes and where it lay when it was last saved. The bytes stay on disk."""

    __tablename__ = "media"
    __table_args__ = (Index("media_by_sha256", "sha256"),)

    item_id: str = Field(primary_key=True, sa_type=AnyText, foreign_key="item.id")
    position: int = Field(primary_key=True)
    sha256: str = Field(sa_type=AnyText)
    size: int = Field(sa_type=BigInteger)
    path: str = Field(sa_type=AnyText)


class SourceTable(Row, table=True):
    """Where an item was seen: one item may have many. `path_digest` keys it because paths outgrow an index."""

    __tablename__ = "source"
    __table_args__ = (Index("source_by_path", "path_digest"),)

    item_id: str = Field(primary_key=True, sa_type=AnyText, foreign_key="item.id")
    path_digest: str = Field(primary_key=True, sa_type=AnyText)
    path: str = Field(sa_type=AnyText)
    folded: str = Field(sa_type=AnyText)
    at: float = Field(sa_type=Double)


class RubricTable(Row, table=True):
    """One version of a rubric."""

    __tablename__ = "rubric"

    id: str = Field(primary_key=True, sa_type=AnyText)
    version: str = Field(primary_key=True, sa_type=AnyText)
    title: str = Field(sa_type=AnyText)
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class JudgeTable(Row, table=True):
    """Who judged. `description`: JSON of what `id` and `measurer_id` are hashes of."""

    __tablename__ = "judge"

    id: str = Field(primary_key=True, sa_type=AnyText)
    measurer_id: str = Field(sa_type=AnyText)
    name: str = Field(sa_type=AnyText)
    description: str = Field(sa_type=AnyText)
    at: float = Field(sa_type=Double)


class MeasurementTable(Row, table=True):
    """What one attempt of one measurer found in one item. `evidence_digest`: of the body without its seconds."""

    __tablename__ = "measurement"
    __table_args__ = (
        UniqueConstraint("item_id", "measurer_id", "attempt"),
        ForeignKeyConstraint(["rubric_id", "rubric_version"], ["rubric.id", "rubric.version"]),
        Index("measurement_by_rubric", "rubric_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    item_id: str = Field(sa_type=AnyText, foreign_key="item.id")
    measurer_id: str = Field(sa_type=AnyText)
    attempt: int
    rubric_id: str = Field(sa_type=AnyText)
    rubric_version: str = Field(sa_type=AnyText)
    evidence_digest: str = Field(sa_type=AnyText)
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class VerdictTable(Row, table=True):
    """One verdict; its evidence lies in its measurement. `kinds`: space-separated, of what the files held."""

    __tablename__ = "verdict"
    __table_args__ = (
        UniqueConstraint("item_id", "judge_id", "attempt"),
        ForeignKeyConstraint(["rubric_id", "rubric_version"], ["rubric.id", "rubric.version"]),
        Index("verdict_by_label", "label", "id"),
        Index("verdict_by_rubric", "rubric_id", "id"),
        Index("verdict_by_measurement", "measurement_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    item_id: str = Field(sa_type=AnyText, foreign_key="item.id")
    judge_id: str = Field(sa_type=AnyText, foreign_key="judge.id")
    attempt: int
    measurement_id: int = Field(sa_type=BigInteger, foreign_key="measurement.id")
    rubric_id: str = Field(sa_type=AnyText)
    rubric_version: str = Field(sa_type=AnyText)
    policy_id: str = Field(sa_type=AnyText)
    label: str = Field(sa_type=AnyText)
    score: float | None = Field(sa_type=Double)
    severity: int
    assessed: int
    applicable: int
    only_not_observable: bool
    kinds: str = Field(sa_type=AnyText)
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)


class FindingTable(Row, table=True):
    """A finding that is not NO, for queries. The verdict's body has all of them."""

    __tablename__ = "finding"
    __table_args__ = (Index("finding_by_rule", "rule_id", "truth", "verdict_id"),)

    verdict_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="verdict.id")
    position: int = Field(primary_key=True)
    rule_id: str = Field(sa_type=AnyText)
    truth: int
    score: float | None = Field(sa_type=Double)
    severity: int
    controversial: bool


class LabelTable(Row, table=True):
    """A rater's word. The order of `id` is the order of saying. `submission`: NULL where the client gave none."""

    __tablename__ = "label"
    __table_args__ = (
        Index("label_by_item", "item_id", "rubric_id", "rule_id", "question_id", "rater"),
        Index("label_by_rubric", "rubric_id", "id"),
        Index("label_by_project", "project", "id"),
        Index("label_once", "rater", "submission", "item_id", "rule_id", "question_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    item_id: str = Field(sa_type=AnyText, foreign_key="item.id")
    rubric_id: str = Field(sa_type=AnyText)
    rubric_version: str = Field(sa_type=AnyText)
    rule_id: str = Field(sa_type=AnyText)
    question_id: str = Field(sa_type=AnyText)
    rater: str = Field(sa_type=AnyText)
    phase: str = Field(sa_type=AnyText)
    body: bytes = Field(sa_type=LargeBinary)
    value: str = Field(sa_type=AnyText)
    severity: int | None
    at: float = Field(sa_type=Double)
    seconds: float = Field(sa_type=Double)
    project: str = Field(sa_type=AnyText)
    submission: str | None = Field(sa_type=AnyText)


class GuidelineTable(Row, table=True):
    """A guideline as it was from `at` on (seconds since 1970): one row when it was added, one more when it was retired.
    The last one counts."""

    __tablename__ = "guideline"
    __table_args__ = (
        UniqueConstraint("guideline_id", "retired"),
        Index("guideline_by_rubric", "rubric_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    guideline_id: str = Field(sa_type=AnyText)
    rubric_id: str = Field(sa_type=AnyText)
    retired: bool
    body: bytes = Field(sa_type=LargeBinary)
    at: float = Field(sa_type=Double)

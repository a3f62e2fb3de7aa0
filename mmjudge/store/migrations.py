"""How a database gets from any past shape to the present one.

Knows the order of the steps and the lock under which they run. A step is frozen once it is released: it names its
tables by itself and never imports `rows`, which describe only the present (a test compares the two).
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateColumn

from mmjudge.errors import StoreError

Step = Callable[[Connection], None]

# Any number, as long as it is always the same and no other program's: the ASCII letters "mmjudge".
_LOCK = 0x6D6D6A75646765


def migrate(engine: Engine, steps: Sequence[Step] | None = None) -> int:
    """Bring the database to the newest version and return it. All missing steps run in one transaction.

    Two processes may start at once: one migrates, the other waits and finds nothing to do. StoreError where the
    database is newer than the steps; database errors pass as they are, with nothing changed.
    """
    steps = STEPS if steps is None else steps
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        # SQLite: BEGIN IMMEDIATE, which `writes` asks for, is the lock.
        done = version(connection)
        if done > len(steps):
            raise StoreError(
                f"the database was written by a newer mmjudge (schema {done}, this one knows {len(steps)}): "
                "update mmjudge, or choose another database with MMJUDGE_DATABASE_URL"
            )
        table = _versions()
        table.metadata.create_all(connection)
        for number, step in enumerate(steps[done:], start=done + 1):
            step(connection)
            connection.execute(insert(table).values(version=number, name=step.__name__, at=time.time()))
        # Changes nothing and fails where nothing can be written: better now than after an hour of judging.
        connection.execute(update(table).where(false()).values(name=""))
    return len(steps)


def version(connection: Connection) -> int:
    """How many steps this database has taken; 0 for an empty one."""
    table = _versions()
    if not inspect(connection).has_table(table.name):
        return 0
    return connection.execute(select(func.coalesce(func.max(table.c.version), 0))).scalar_one()


def _versions() -> Table:
    return Table(
        "mmjudge_schema",
        MetaData(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("at", Double, nullable=False),
    )


# --- the steps ------------------------------------------------------------------------------------------------


def _key(name: str, of: str | None = None) -> Column[str]:
    return Column(name, Text, *([ForeignKey(of)] if of else []), primary_key=True)


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _must(kind: type, *names: str) -> list[Column[object]]:
    return [Column(name, kind, nullable=False) for name in names]


def _serial() -> Column[int]:
    # SQLite counts by itself only in a column that is called INTEGER (64 bits there).
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _item_id() -> Column[str]:
    return Column("item_id", Text, ForeignKey("item.id"), nullable=False)


def _task_id() -> Column[int]:
    return Column("task_id", BigInteger, ForeignKey("task.id"), primary_key=True, autoincrement=False)


def _of_rubric() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["rubric_id", "rubric_version"], ["rubric.id", "rubric.version"])


def first_tables(connection: Connection) -> None:
    """Version 1: items with their files and sources, rubrics, judges, measurements, verdicts, findings, labels."""
    meta = MetaData()
    _what_is_judged(meta)
    _what_is_decided(meta)
    meta.create_all(connection, checkfirst=False)


def _what_is_judged(meta: MetaData) -> None:
    Table(
        "item", meta, _key("id"), *_text("title", "preview", "folded"), *_must(Boolean, "has_words"),
        *_must(LargeBinary, "body"), *_must(Double, "at"),
    )  # fmt: skip
    Table(
        "media", meta, _key("item_id", "item.id"), Column("position", Integer, primary_key=True, autoincrement=False),
        *_text("sha256"), *_must(BigInteger, "size"), *_text("path"), Index("media_by_sha256", "sha256"),
    )  # fmt: skip
    Table(
        "source", meta, _key("item_id", "item.id"), _key("path_digest"), *_text("path", "folded"), *_must(Double, "at"),
    )  # fmt: skip
    Table(
        "rubric", meta, _key("id"), _key("version"), *_text("title"), *_must(LargeBinary, "body"), *_must(Double, "at"),
    )  # fmt: skip
    Table("judge", meta, _key("id"), *_text("measurer_id", "name", "description"), *_must(Double, "at"))


def _what_is_decided(meta: MetaData) -> None:
    Table(
        "measurement", meta, _serial(), _item_id(), *_text("measurer_id"),
        *_must(Integer, "attempt"), *_text("rubric_id", "rubric_version", "evidence_digest"),
        *_must(LargeBinary, "body"), *_must(Double, "at"),
        UniqueConstraint("item_id", "measurer_id", "attempt"), _of_rubric(),
        Index("measurement_by_rubric", "rubric_id", "id"),
    )  # fmt: skip
    Table(
        "verdict", meta, _serial(), _item_id(),
        Column("judge_id", Text, ForeignKey("judge.id"), nullable=False), *_must(Integer, "attempt"),
        Column("measurement_id", BigInteger, ForeignKey("measurement.id"), nullable=False),
        *_text("rubric_id", "rubric_version", "policy_id", "label"), Column("score", Double),
        *_must(Integer, "severity", "assessed", "applicable"), *_must(Boolean, "only_not_observable"),
        *_text("kinds"), *_must(LargeBinary, "body"), *_must(Double, "at"),
        UniqueConstraint("item_id", "judge_id", "attempt"), _of_rubric(),
        Index("verdict_by_label", "label", "id"), Index("verdict_by_rubric", "rubric_id", "id"),
        Index("verdict_by_measurement", "measurement_id"),
    )  # fmt: skip
    Table(
        "finding", meta, Column("verdict_id", BigInteger, ForeignKey("verdict.id"), primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False), *_text("rule_id"),
        *_must(Integer, "truth"), Column("score", Double), *_must(Integer, "severity"),
        *_must(Boolean, "controversial"), Index("finding_by_rule", "rule_id", "truth", "verdict_id"),
    )  # fmt: skip
    Table(
        "label", meta, _serial(), _item_id(),
        *_text("rubric_id", "rubric_version", "rule_id", "question_id", "rater", "phase"), *_must(LargeBinary, "body"),
        Index("label_by_item", "item_id", "rubric_id", "rule_id", "question_id", "rater"),
        Index("label_by_rubric", "rubric_id", "id"),
    )  # fmt: skip


def guideline_table(connection: Connection) -> None:
    """Version 2: guidelines, a row when one is added and a row when it is retired."""
    meta = MetaData()
    Table(
        "guideline", meta, _serial(), *_text("guideline_id", "rubric_id"), *_must(Boolean, "retired"),
        *_must(LargeBinary, "body"), *_must(Double, "at"),
        UniqueConstraint("guideline_id", "retired"), Index("guideline_by_rubric", "rubric_id", "id"),
    )  # fmt: skip
    meta.create_all(connection, checkfirst=False)


def people_tables(connection: Connection) -> None:
    """Version 3: raters, projects with their tasks and leases, exposures; labels with columns that statistics read and
    without the field `region`, which nothing ever filled."""
    _label_columns(connection)
    _label_values(connection)
    kept = MetaData()
    kept.reflect(connection, only=["item", "rubric"])
    _projects(kept)
    _raters(kept)
    kept.create_all(connection)


def _label_columns(connection: Connection) -> None:
    label = Table(
        "label", MetaData(), Column("value", Text, nullable=False, server_default=""), Column("severity", Integer),
        *(Column(name, Double, nullable=False, server_default=text("0")) for name in ("at", "seconds")),
        Column("project", Text, nullable=False, server_default=""), Column("submission", Text),
    )  # fmt: skip
    for column in label.columns:
        added = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE label ADD COLUMN {added}"))
    for index in (
        "INDEX label_by_project ON label (project, id)",
        "UNIQUE INDEX label_once ON label (rater, submission, item_id, rule_id, question_id)",
        "INDEX source_by_path ON source (path_digest)",
    ):
        connection.execute(text(f"CREATE {index}"))


def _label_values(connection: Connection) -> None:
    """The new columns from the bodies as version 2 wrote them: "j" and JSON, or "z" and JSON deflated."""
    page = text("SELECT id, body FROM label WHERE id > :after ORDER BY id LIMIT 1000")
    change = text("UPDATE label SET body = :body, value = :value, severity = :severity, at = :at, seconds = :seconds "
                  "WHERE id = :id")  # fmt: skip
    after = 0
    while rows := connection.execute(page, {"after": after}).all():
        after = rows[-1].id
        changes = []
        for row in rows:
            body = bytes(row.body)
            said = json.loads(zlib.decompress(body[1:]) if body[:1] == b"z" else body[1:])
            said.pop("region", None)
            new = b"j" + json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
            columns = {name: said[name] for name in ("value", "severity", "at", "seconds")}
            changes.append({"id": row.id, "body": new, **columns})
        connection.execute(change, changes)


def _projects(meta: MetaData) -> None:
    Table(
        "project", meta, _key("id"), *_text("rubric_id", "rubric_version"), *_must(Integer, "overlap"),
        *_must(Double, "closed"), *_must(LargeBinary, "body"), *_must(Double, "at"), _of_rubric(),
    )  # fmt: skip
    Table(
        "task", meta, _serial(), Column("project_id", Text, ForeignKey("project.id"), nullable=False), _item_id(),
        *_must(Integer, "position"), Column("probability", Double), *_must(Integer, "done"), *_must(Boolean, "open"),
        UniqueConstraint("project_id", "item_id"), Index("task_queue", "project_id", "open", "position"),
    )  # fmt: skip
    Table("lease", meta, _task_id(), _key("rater"), *_must(Double, "until"))
    Table(
        "answered", meta, _task_id(), _key("rater"), *_text("project_id"), *_must(Double, "seconds", "at"),
        Index("answered_by_project", "project_id", "rater"),
    )  # fmt: skip
    Table("queue_place", meta, _key("project_id", "project.id"), _key("rater"), *_must(Integer, "position"))


def _raters(meta: MetaData) -> None:
    Table("rater", meta, _key("name"), *_text("password_hash"), *_must(LargeBinary, "body"), *_must(Double, "at"))
    Table("rater_attribute", meta, _key("rater", "rater.name"), _key("name"), *_text("value"))
    Table(
        "exposure", meta, _serial(), *_text("rater", "project_id"), _item_id(), *_must(Double, "seconds", "uncovered"),
        *_must(Integer, "reveals"), *_must(Double, "at"), Index("exposure_by_project", "project_id", "id"),
    )  # fmt: skip


STEPS: tuple[Step, ...] = (first_tables, guideline_table, people_tables)

"""From every past version to the present, under a lock, all or nothing."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, text
from store_golden import GUIDELINE, ITEM, LABEL, RETIRED, VERDICT
from store_values import RUBRIC, a_verdict, prepare

from mmjudge.errors import StoreError
from mmjudge.store import open_store
from mmjudge.store.connect import address, connect
from mmjudge.store.migrations import STEPS, migrate, version
from mmjudge.store.rows import Row


@pytest.fixture
def engine(url: str) -> Any:
    opened = connect(address(url))
    yield opened
    opened.dispose()


def _version(engine: Engine) -> int:
    with engine.connect() as connection:
        return version(connection)


def test_an_empty_database_takes_every_step_once(engine: Engine) -> None:
    assert _version(engine) == 0
    assert migrate(engine) == len(STEPS)
    assert migrate(engine) == len(STEPS)
    with engine.connect() as connection:
        taken = connection.execute(text("SELECT version, name FROM mmjudge_schema ORDER BY version")).all()
    assert [tuple(row) for row in taken] == [(n, step.__name__) for n, step in enumerate(STEPS, start=1)]


def test_the_steps_lead_to_the_tables_the_program_uses(engine: Engine) -> None:
    """Columns, types, keys and indexes, compared with what the row classes would create by themselves."""
    migrate(engine)
    migrated = _shape(engine)
    tables = Row.metadata.sorted_tables
    with engine.execution_options(writes=True).begin() as connection:
        Row.metadata.drop_all(connection)
        Row.metadata.create_all(connection)
    assert migrated == _shape(engine)
    assert len(migrated) == len(tables) == 18


def _shape(engine: Engine) -> dict[str, Any]:
    look = inspect(engine)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in look.get_columns(name)},
            "key": look.get_pk_constraint(name)["constrained_columns"],
            "references": sorted((f["constrained_columns"], f["referred_table"]) for f in look.get_foreign_keys(name)),
            "unique": sorted(u["column_names"] for u in look.get_unique_constraints(name)),
            "indexes": sorted((i["name"], i["column_names"]) for i in look.get_indexes(name)),
        }
        for name in look.get_table_names()
        if name != "mmjudge_schema"
    }


def test_a_later_step_keeps_what_is_there(engine: Engine, url: str) -> None:
    """What a second version will be: data of the first, one more step, both there."""
    with open_store(url) as store:
        prepare(store, "1")
        store.save_verdict(a_verdict())

    def a_column_more(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE item ADD COLUMN language TEXT DEFAULT 'en'"))

    later = (*STEPS, a_column_more)
    assert migrate(engine, later) == len(STEPS) + 1
    assert migrate(engine, later) == len(STEPS) + 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, language FROM item")).all() == [("item 1", "en")]
        assert connection.execute(text("SELECT count(*) FROM finding")).scalar_one() == 1


def test_a_step_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    migrate(engine)

    def makes_a_table(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (x INTEGER)"))

    def fails(connection: Connection) -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        migrate(engine, (*STEPS, makes_a_table, fails))
    assert _version(engine) == len(STEPS)
    assert "half" not in inspect(engine).get_table_names()
    assert migrate(engine, (*STEPS, makes_a_table)) == len(STEPS) + 1


def test_a_database_from_the_future_is_left_alone(engine: Engine, url: str) -> None:
    migrate(engine)
    future = len(STEPS) + 1
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text(f"INSERT INTO mmjudge_schema VALUES ({future}, 'not_thought_of_yet', 0)"))
    with pytest.raises(
        StoreError, match=f"newer mmjudge .schema {future}, this one knows {len(STEPS)}.: update mmjudge"
    ):
        open_store(url)
    assert _version(engine) == future


def test_another_programs_tables_are_not_touched(engine: Engine, url: str) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE item (mine TEXT)"))
        connection.execute(text("INSERT INTO item VALUES ('precious')"))
    with pytest.raises(StoreError, match="another program's tables are in it: give mmjudge a database of its own"):
        open_store(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT mine FROM item")).all() == [("precious",)]
    assert inspect(engine).get_table_names() == ["item"]


# --- every past version ---------------------------------------------------------------------------------------

GUIDELINES_SINCE = 2
PAST = sorted(Path(__file__).parent.glob("schema_v*.sql"))


def test_every_past_version_has_its_file() -> None:
    """A new step needs a dump of the version before it beside this file: see store_golden.py."""
    assert [int(re.findall(r"\d+", path.name)[0]) for path in PAST] == list(range(1, len(STEPS) + 1))


@pytest.mark.parametrize("dump", PAST, ids=lambda path: path.stem)
def test_a_database_of_a_past_version_opens_with_all_its_values(dump: Path, tmp_path: Path) -> None:
    """Bytes written then are the values of now: this also holds the format of bodies in place."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as raw:
        raw.executescript(dump.read_text())
    raw.close()
    with open_store(f"sqlite:///{path}") as store:
        assert store.item(ITEM.id) == ITEM
        assert store.rubric("house", "v1") == RUBRIC
        assert store.verdict(ITEM.id, "judge") == VERDICT
        assert store.measurement(ITEM.id, "measurer") == VERDICT.measurement
        assert list(store.labels()) == [LABEL]
        assert [row.title for row in store.verdicts(search="STRASSE")] == ["clip\udcff.mp4"]
        assert store.next_attempt(ITEM.id, "measurer") == 3
        since = int(re.findall(r"\d+", dump.name)[0]) >= GUIDELINES_SINCE
        assert store.guidelines("house") == ([GUIDELINE] if since else [])
        assert store.guidelines(retired=True) == ([replace(RETIRED, retired=True), GUIDELINE] if since else [])
        store.add_guideline(replace(GUIDELINE, id="g3"))  # the table takes rows, also one that was only just made
        assert [g.id for g in store.guidelines("house")] == (["g1", "g3"] if since else ["g3"])

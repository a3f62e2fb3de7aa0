"""Which database is meant, and what people are told when it can't be had."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from store_values import a_verdict, an_item, prepare

from mmjudge.errors import StoreError
from mmjudge.store import Store, home, open_store
from mmjudge.store.connect import address, in_words, shown
from mmjudge.types import Item, Media

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMJUDGE_DATABASE_URL", raising=False)
    monkeypatch.delenv("MMJUDGE_HOME", raising=False)


# --- which ----------------------------------------------------------------------------------------------------


def test_by_default_a_file_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert home().name == "mmjudge"
    assert address().database == str(home() / "mmjudge.db")
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path / "new" / "folder"))
    with open_store() as store:
        assert store.verdicts() == []
    assert (tmp_path / "new" / "folder" / "mmjudge.db").is_file()


def test_the_environment_names_another_and_an_argument_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MMJUDGE_DATABASE_URL", f"sqlite:///{tmp_path}/env.db")
    assert address().database == f"{tmp_path}/env.db"
    assert address(f"sqlite:///{tmp_path}/given.db").database == f"{tmp_path}/given.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_takes_our_driver(scheme: str) -> None:
    assert address(f"{scheme}://u:p@h:5433/n?sslmode=require") == make_url(
        "postgresql+psycopg://u:p@h:5433/n?sslmode=require"
    )


def test_wal_foreign_keys_and_waiting_are_on(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/a.db") as store, store.engine.connect() as connection:
        asked = [
            connection.execute(text(f"PRAGMA {p}")).scalar_one()
            for p in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert asked == ["wal", 1, 60_000]


# --- refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgres//u:{SECRET}@h/n", "can't be read: use sqlite:///FILE or postgresql://"),
        (f"postgresql://u:{SECRET}@h:port/n", "can't be read"),
        ("mmjudge.db", "can't be read"),
        (f"mysql://u:{SECRET}@h/n", "can't store in 'mysql': use"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://folder/file.db", "names no file"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/n", "the server does not answer: start it"),
        (f"postgresql://u@127.0.0.1:1/n?password={SECRET}", "the server does not answer: start it"),
        (f"postgresql://u:{SECRET}@no.such.host.invalid/n", "the server does not answer"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/n?no_such_option=1", "refused|does not answer"),
    ],
)
def test_a_wrong_address_says_what_to_do_and_no_password(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        open_store(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (f'password authentication failed for user "u" with {SECRET}', "user or password are wrong"),
        ("fe_sendauth: no password supplied", "put it into MMJUDGE_DATABASE_URL or into ~/.pgpass"),
        ("cannot execute UPDATE in a read-only transaction", "it can only be read"),
        ("server closed the connection unexpectedly", "the server does not answer"),
    ],
)
def test_what_a_server_says_becomes_what_to_do(said: str, advice: str) -> None:
    class OperationalError(Exception):
        """Named as the driver names its own."""

    error = DBAPIError("SELECT 1", None, OperationalError(said))
    words = in_words(address(f"postgresql://u:{SECRET}@h/n"), error)
    assert advice in words
    assert SECRET not in words


def test_a_store_shows_itself_without_its_password() -> None:
    assert shown(address(f"postgresql://u:{SECRET}@h/n?password={SECRET}")) == "postgresql+psycopg://u:***@h/n"


def test_without_the_driver_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from mmjudge.store import open_store\n"
        "open_store('postgresql://u@127.0.0.1:1/n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreError: PostgreSQL needs its driver: pip install 'mmjudge[postgres]'" in done.stderr


def test_a_file_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmjudge.store.connect.BUSY_SECONDS", 0.1)
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        prepare(store, "1")
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="another program holds it: close that program"):
            store.save_verdict(a_verdict())
        # Reading does not wait for writers.
        assert store.item("item 1") == an_item("1")
        other.close()
        store.save_verdict(a_verdict())


def test_a_full_disk_loses_only_what_did_not_fit(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        prepare(store, "1")
        store.close()
        pages = Path(tmp_path / "a.db").stat().st_size // 4096
        event.listen(store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages}"))
        big = Item("big", media=tuple(Media(Path(f"/{'x' * 200}/{n}"), "", 0) for n in range(500)))
        with pytest.raises(StoreError, match="the disk is full: make room"):
            store.save_item(big)
        assert store.item("big") is None
        assert store.sources("big") == ()
        assert store.item("item 1") == an_item("1")


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(f"sqlite:///{path}").close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_000)
    with pytest.raises(StoreError, match="the file is damaged: restore it from a backup"):
        open_store(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"folder .*file can't be made .*MMJUDGE_HOME"):
        open_store(f"sqlite:///{tmp_path}/file/mmjudge.db")


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be opened: choose another folder with MMJUDGE_HOME"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 200)
    with pytest.raises(StoreError, match="the file is no SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "buy milk\n" * 200


def test_a_database_that_can_only_be_read(tmp_path: Path) -> None:
    # Opened read-only by SQLite itself: file permissions would not stop a test that runs as root.
    path = tmp_path / "a.db"
    open_store(f"sqlite:///{path}").close()
    with pytest.raises(StoreError, match="can't be written: choose another folder"):
        open_store(f"sqlite:///file:{path}?mode=ro&uri=true")


@pytest.mark.postgres
def test_a_postgresql_database_that_is_not_there(postgres_server: str) -> None:
    with pytest.raises(StoreError, match="it is not there: create it, or correct MMJUDGE_DATABASE_URL"):
        open_store(make_url(postgres_server).set(database="no_such_database").render_as_string(hide_password=False))


@pytest.mark.postgres
def test_a_postgresql_database_of_another_encoding(postgres_url: str, postgres_server: str) -> None:
    name = f"{make_url(postgres_url).database}_ascii"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            with pytest.raises(StoreError, match="has the encoding SQL_ASCII: make one with CREATE DATABASE"):
                open_store(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
    server.dispose()


@pytest.mark.postgres
def test_a_role_that_may_not_write(postgres_url: str) -> None:
    owner = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    role = f"{make_url(postgres_url).database}_guest"
    with owner.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'")
        connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        try:
            guest = make_url(postgres_url).set(username=role, password=SECRET)
            with pytest.raises(StoreError, match="the user may not write there: grant it CREATE") as caught:
                open_store(guest.render_as_string(hide_password=False))
            assert SECRET not in "".join(traceback.format_exception(caught.value))
        finally:
            connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()


@pytest.mark.postgres
def test_a_server_that_dropped_us_is_met_again(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        prepare(store, "1")
        _drop_connections(postgres_url)
        store.save_verdict(a_verdict())
        assert store.verdict("item 1", "judge") == a_verdict()


def _drop_connections(url: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with server.connect() as connection:
        assert connection.exec_driver_sql(f"{others} AND datname = current_database()").all()
    server.dispose()


def test_a_closed_store_opens_again_when_used(store: Store) -> None:
    store.close()
    assert store.verdicts() == []

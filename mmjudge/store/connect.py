"""From an address to an open, migrated database.

Knows SQLite and PostgreSQL, the user's data folder, and what can go wrong on the way, in words a person can act on.
Refuses to know tables and values. No message of this file ever holds a password.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_dir
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mmjudge.errors import StoreError

ADDRESSES = "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
BUSY_SECONDS = 60.0
"""How long a writer waits for the others before it gives up: longer than any of our transactions by far."""


def home() -> Path:
    """The folder of a person's own data: MMJUDGE_HOME, else what the system calls the user's data folder."""
    chosen = os.environ.get("MMJUDGE_HOME")
    return Path(chosen) if chosen else Path(user_data_dir("mmjudge", appauthor=False))


def address(url: str | None = None) -> URL:
    """The database meant by `url`, else by MMJUDGE_DATABASE_URL, else `mmjudge.db` in `home()`; with our drivers."""
    said = url or os.environ.get("MMJUDGE_DATABASE_URL")
    if not said:
        return URL.create("sqlite", database=str(home() / "mmjudge.db"))
    try:
        parsed = make_url(said)
    except (ArgumentError, ValueError):
        # Not repeated in the message nor chained: what can't be parsed may hold a password anywhere.
        raise StoreError(f"the database address can't be read: {ADDRESSES} (MMJUDGE_DATABASE_URL)") from None
    kind = parsed.get_backend_name()
    if kind in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise StoreError(f"mmjudge can't store in {kind!r}: {ADDRESSES} (MMJUDGE_DATABASE_URL)")
    if parsed.database in (None, "", ":memory:") or parsed.host:
        raise StoreError(
            "the SQLite address names no file: use sqlite:///FILE, with a fourth slash for an absolute path"
        )
    return parsed.set(drivername="sqlite")


def connect(url: URL) -> Engine:
    """An engine on a database that answers. StoreError with what to do where it doesn't."""
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)
    try:
        with spoken(url), engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                _needs_unicode(connection)
    except StoreError:
        engine.dispose()
        raise
    return engine


@contextmanager
def spoken(url: URL) -> Iterator[None]:
    """Errors of the database as StoreError. IntegrityError passes: only the caller knows what it means."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, sqlite3.Error, UnicodeError, OverflowError) as error:
        raise StoreError(in_words(url, error)) from error


def shown(url: URL) -> str:
    """The address without password and without options, for messages."""
    return url.set(query={}).render_as_string(hide_password=True)


# --- SQLite ---------------------------------------------------------------------------------------------------


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        # "file:…" is SQLite's own kind of address and no path: its folder must be there.
        if not str(path).startswith("file:"):
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} can't be made ({error.strerror}): {_ELSEWHERE}") from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with spoken(url):
        _write_ahead(engine)
    return engine


def _prepare(raw: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes late (before the first write only) and would make reads inconsistent: ours is in
    # `_begin`.
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, if another wrote in between:
    # whoever is going to write says so at the start.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(engine: Engine) -> None:
    """Turn on WAL, which stays with the file. SQLite does not wait for others here, so we do."""
    give_up = time.monotonic() + BUSY_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.05)
    finally:
        raw.close()


# --- PostgreSQL -----------------------------------------------------------------------------------------------


def _postgres(url: URL) -> Engine:
    try:
        # A server that was restarted between two calls is no error: each connection is tried before it is used.
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "client_encoding": "utf8"})
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'mmjudge[postgres]'") from error


def _needs_unicode(connection: Connection) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(f"the database has the encoding {encoding}: make one with CREATE DATABASE … ENCODING 'UTF8'")


# --- words ----------------------------------------------------------------------------------------------------

_ELSEWHERE = "choose another folder with MMJUDGE_HOME or another database with MMJUDGE_DATABASE_URL"
_ADVICE = (
    ("unable to open database file", f"the file or its folder can't be opened: {_ELSEWHERE}"),
    ("readonly database", f"the file or its folder can't be written: {_ELSEWHERE}"),
    ("read-only transaction", "it can only be read: correct MMJUDGE_DATABASE_URL"),
    ("file is not a database", f"the file is no SQLite database: {_ELSEWHERE}"),
    ("malformed", "the file is damaged: restore it from a backup"),
    ("database or disk is full", "the disk is full: make room, then run this again"),
    ("database is locked", "another program holds it: close that program, then run this again"),
    ("password authentication failed", "user or password are wrong: correct MMJUDGE_DATABASE_URL"),
    ("no password supplied", "it wants a password: put it into MMJUDGE_DATABASE_URL or into ~/.pgpass"),
    ("permission denied", "the user may not write there: grant it CREATE on its schema"),
    ("already exists", "another program's tables are in it: give mmjudge a database of its own"),
    ("does not exist", "it is not there: create it, or correct MMJUDGE_DATABASE_URL"),
    ("no such table", "its tables were changed by another program: restore it from a backup"),
)


def in_words(url: URL, error: Exception) -> str:
    """What a database said, as one line without passwords: what to do where we know it, else its own words."""
    cause = str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
    for password in {url.password, *_as_tuple(url.query.get("password"))} - {None, ""}:
        cause = cause.replace(str(password), "***")
    advice = next((advice for sign, advice in _ADVICE if sign in cause), None)
    if advice is None and isinstance(error, PoolTimeoutError):
        advice = "too many threads use it at once: use fewer"
    if advice is None and url.get_backend_name() == "postgresql" and _is_connection_error(error):
        advice = "the server does not answer: start it, or correct MMJUDGE_DATABASE_URL"
    first = " ".join(cause.split())[:300]
    return f"database {shown(url)}: {advice} ({first})" if advice else f"database {shown(url)} refused: {first}"


def _as_tuple(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


def _is_connection_error(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")

"""Fixtures that more than one folder of tests needs. Each part adds its own; nothing here is mocked."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

NO_POSTGRES = (
    "these tests need a real PostgreSQL and found none: install it (Debian: apt install postgresql), "
    "or point MMJUDGE_TEST_POSTGRES_URL at a server where databases may be created"
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: MMJUDGE_TEST_POSTGRES_URL, else a private one for this test run."""
    given = os.environ.get("MMJUDGE_TEST_POSTGRES_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="mmj-pg-", dir="/tmp"))
    try:
        yield from _private_server(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database on `postgres_server`, dropped after the test."""
    name = f"mmjudge_test_{uuid.uuid4().hex}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def _postgres_programs() -> Path:
    """The folder with initdb and pg_ctl: the newest of the distribution's, else on PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not packaged and not on_path:
        pytest.fail(NO_POSTGRES)
    return (packaged[-1] if packaged else Path(str(on_path))).parent


def _private_server(programs: Path, folder: Path) -> Iterator[str]:
    """A server that listens on a socket in `folder` only, stopped when the generator is closed."""
    account = _server_account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    user: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}

    def call(program: str, *args: str) -> None:
        # Output to a file: the server inherits it and would keep a pipe open for ever.
        with (folder / f"{program}.log").open("w") as log:
            done = subprocess.run(
                [programs / program, *args], cwd=folder, stdout=log, stderr=subprocess.STDOUT, check=False, **user
            )
        if done.returncode:
            said = (folder / f"{program}.log").read_text()
            pytest.fail(f"{program} failed ({done.returncode}): {said[-2000:]}")

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "mmjudge", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    # No durability: the cluster is thrown away. No TCP: two test runs at once don't meet.
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "server.log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://mmjudge@/postgres?host={folder}"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _server_account() -> pwd.struct_passwd | None:
    """Who runs the server: ourselves, but PostgreSQL refuses root, so root becomes the package's own user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("root can't run PostgreSQL, and there is no user postgres or nobody: run the tests as another user")

"""An open database and its transactions.

Knows when a transaction begins and ends, and whose words an error gets. Refuses to know what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import URL, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mmjudge.errors import StoreError
from mmjudge.store.connect import shown, spoken


class Opened:
    """Connections to one database. Safe to share between threads; a process opens its own."""

    def __init__(self, engine: Engine, where: URL) -> None:
        self.engine = engine
        self._where = where
        self._writing = engine.execution_options(writes=True)

    def __repr__(self) -> str:
        return f"Store({shown(self._where)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back all connections. A closed store opens new ones when it is used again."""
        self.engine.dispose()

    @contextmanager
    def _session(self, *, writes: bool = False, refused: Callable[[], str] | None = None) -> Iterator[Session]:
        """One transaction, committed at the end. `refused` says in words why a key was not accepted."""
        try:
            with spoken(self._where), Session(self._writing if writes else self.engine) as session, session.begin():
                yield session
        except IntegrityError as error:
            why = refused() if refused else ""
            raise StoreError(why or f"database {shown(self._where)} refused: {error.orig}") from error

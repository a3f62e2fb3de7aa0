"""Round trips run on a SQLite file and on a real PostgreSQL; what is about files only, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mmjudge.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'here.db'}") as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store to import into."""
    where = f"sqlite:///{tmp_path / 'there.db'}" if request.param == "sqlite" else None
    with open_store(where or str(request.getfixturevalue("postgres_url"))) as opened:
        yield opened

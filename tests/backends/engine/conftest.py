"""What the engine's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Digests of model folders are remembered in a cache of the test's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMJUDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield

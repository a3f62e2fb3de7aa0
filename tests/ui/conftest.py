"""Fixtures of the pages' tests: values to show, and a real server with a real browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ui_stand_in import Words, opener, rubric

from mmjudge.store import Store
from mmjudge.types import Heard

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = (
    "these tests drive a real Chromium and found none: install it (Debian: apt install chromium), or set "
    "MMJUDGE_CHROMIUM to the path of a Chromium or Chrome"
)
TABLES = ("guideline", "finding", "label", "verdict", "measurement", "judge", "rubric", "source", "media", "item")
HEARD = (Heard(0.4, 2.1, "You there, stop."), Heard(2.5, 4.6, "I will break your legs."))


class Wire:
    """An ASGI app that passes everything on and keeps all bytes sent, by path; nothing is compressed on the way."""

    def __init__(self, app) -> None:
        self.app = app
        self.sent: dict[str, bytes] = defaultdict(bytes)

    async def __call__(self, scope, receive, send) -> None:
        async def keeping(message) -> None:
            self.sent[scope["path"]] += message.get("body", b"")
            await send(message)

        if scope["type"] == "http":
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            await self.app(scope, receive, keeping)
        else:
            await self.app(scope, receive, send)

    def everything(self) -> bytes:
        return b"\n".join(self.sent.values())


@dataclass
class Served:
    """A running page: its address, the backend behind it to slow, break or count, and all that was sent to browsers."""

    address: str
    backend: Words
    home: Path
    store: Store
    wire: Wire


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A real browser. Without one the tests that need it fail: a page that nobody looked at was not tested."""
    named = os.environ.get("MMJUDGE_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = named or next((p for p in found if p), None)
    if path is None or not Path(path).exists():
        pytest.fail(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pages on a free port, with the stand-in judge: one server for all tests, as starting it takes seconds."""
    import uvicorn

    from mmjudge.store import open_store
    from mmjudge.ui.app import build_app

    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch, open_store(f"sqlite:///{home}/mmjudge.db") as store:
        patch.setenv("MMJUDGE_HOME", str(home))
        patch.setenv("GRADIO_TEMP_DIR", str(home / "gradio"))
        patch.delenv("MMJUDGE_DATABASE_URL", raising=False)
        patch.delenv("MMJUDGE_RUBRICS", raising=False)
        backend = Words()
        app = Wire(build_app(store, {"stand-in": opener(backend, "STOLEN CARDS", HEARD)}, [rubric()]))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield Served(f"http://127.0.0.1:{port}", backend, home, store, app)
        running.should_exit = True
        thread.join(10)


@pytest.fixture
def served(server: Served) -> Iterator[Served]:
    """The server with an empty database, and a backend that is neither slow nor broken."""
    with server.store.engine.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"DELETE FROM {table}")
    server.wire.sent.clear()
    yield server
    server.backend.gate.set()
    server.backend.broken = False


@pytest.fixture
def page(chromium, served: Served) -> Iterator[object]:
    """A fresh browser profile on the Judge page. Fails the test if a script broke or anything left the machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    opened.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.on("request", lambda r: None if _ours(r.url, served) else wrong.append(f"left the machine: {r.url}"))
    opened.goto(served.address)
    opened.wait_for_selector("#mm-judge:has-text('Judge')")
    yield opened
    context.close()
    assert not wrong, wrong


def _ours(url: str, served: Served) -> bool:
    return url.startswith((served.address, "data:", "blob:"))

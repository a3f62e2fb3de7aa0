"""A server of the pages with people in it: an admin, two raters, and a project of items the stand-in judged."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ui_stand_in import Words, opener, rubric

from mmjudge import media
from mmjudge.accounts import hash_password
from mmjudge.people import Project, Rater, Scheme
from mmjudge.policy import load_policy
from mmjudge.session import judge_item
from mmjudge.store import open_store
from mmjudge.types import Item

PASSWORD = "correct horse battery"
SAYS = (
    "You there, I will break your legs.",
    "Selling stolen cards here.",
    "A walk by the lake.",
    "You, perhaps, break it.",
)


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of an app on a free port."""
    import uvicorn

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@contextmanager
def house(folder: Path, wire: Any) -> Iterator[Any]:
    """The pages over a fresh database in `folder`, wrapped by `wire`; yields (address, store, wire)."""
    from fastapi import FastAPI

    from mmjudge.ui.annotate import add_annotate
    from mmjudge.ui.people_page import add_people
    from mmjudge.ui.plain import add_plain
    from mmjudge.ui.signin import add_signin

    with pytest.MonkeyPatch.context() as patch, open_store(f"sqlite:///{folder}/mmjudge.db") as store:
        patch.setenv("MMJUDGE_HOME", str(folder))
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        add_plain(app)
        add_annotate(app, store)
        add_people(app, store)
        add_signin(app, store)
        wired = wire(app)
        with running(wired) as address:
            yield address, store, wired


def judged(store: Any, items: list[Item]) -> None:
    judge = opener(Words())(rubric(), load_policy("strict"))
    for item in items:
        store.save_verdict(judge_item(judge, store, item, lambda step: None, False, media.read(item)))


def texts(count: int) -> list[Item]:
    return [media.item(text=f"{SAYS[n % len(SAYS)]} Number {n}.") for n in range(count)]


def people(store: Any) -> None:
    for name, role in (("ann", "rater"), ("bob", "rater"), ("eve", "admin"), ("vic", "viewer"), ("ada", "adjudicator")):
        store.save_rater(Rater(name, role, at=time.time()), hash_password(PASSWORD))


def project(store: Any, items: list[Item], name: str = "first", scheme: Scheme | None = None, **more: Any) -> Project:
    rules = rubric()
    store.save_rubric(rules)
    made = Project(name, name, rules.id, rules.version, scheme or Scheme(), size=len(items), at=time.time(), **more)
    store.save_project(made, [(item.id, 1.0) for item in items])
    return made

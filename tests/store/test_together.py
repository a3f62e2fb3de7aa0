"""Many writers at once lose nothing and double nothing; one that is killed leaves only whole verdicts."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import store_writers
from sqlalchemy import text
from store_values import a_verdict, an_item
from store_writers import OWN, SHARED, write, write_all

from mmjudge.store import Store, open_store
from mmjudge.store.migrations import STEPS

WRITERS = 8


def test_eight_processes_start_on_an_empty_database_at_once(url: str) -> None:
    # Forked from one small server that has imported what is slow to import, so that they really meet.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mmjudge.store", "hypothesis.strategies", "psycopg"])
    start = context.Barrier(WRITERS)
    running = [context.Process(target=write, args=(url, writer, start)) for writer in range(WRITERS)]
    for process in running:
        process.start()
    for process in running:
        process.join(600)
    assert [process.exitcode for process in running] == [0] * WRITERS
    with open_store(url) as store:
        _nothing_lost_nothing_doubled(store)


def test_eight_threads_share_one_store(store: Store) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write_all, store, writer) for writer in range(WRITERS)]:
            done.result()
    _nothing_lost_nothing_doubled(store)


def _nothing_lost_nothing_doubled(store: Store) -> None:
    items = SHARED + WRITERS * OWN
    # Each item's file, and the list of each writer that saved it.
    sources = items + SHARED * WRITERS + WRITERS * OWN
    expected = {
        "item": items,
        "media": items,
        "source": sources,
        "verdict": items,
        "measurement": items,
        "finding": items,
        "judge": 1,
        "rubric": 1,
        "label": WRITERS * (SHARED + OWN),
        "mmjudge_schema": len(STEPS),
    }
    with store.engine.connect() as connection:
        found = {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in expected}
    assert found == expected
    assert len({(label.rater, label.note) for label in store.labels()}) == expected["label"]
    for row in store.verdicts(limit=1000):
        assert store.verdict_by_id(row.id) == a_verdict(row.item_id)
        assert store.item(row.item_id) == an_item(row.item_id.removeprefix("item "))


def test_a_killed_writer_leaves_whole_verdicts(url: str) -> None:
    script = Path(store_writers.__file__)
    with subprocess.Popen([sys.executable, script, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        said += [int(line) for line in writer.stdout.read().split()]
    with open_store(url) as store:
        rows = store.verdicts(limit=1_000_000)
        assert {f"item {n}" for n in said} <= {row.item_id for row in rows}
        # The one in work when it was killed is there whole or not at all.
        assert len(rows) - len(said) in (0, 1)
        for row in rows[:30]:
            assert store.verdict_by_id(row.id) == a_verdict(row.item_id)
        with store.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM finding")).scalar_one() == len(rows)

"""Twenty people at once, and several servers: every task gets exactly the answers it needs, each stored once."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from label_writers import TASKS, Holders, a_word, label_all, label_in_a_process, make_project
from sqlalchemy import text

from mmjudge.errors import StoreError
from mmjudge.store import Store, open_store

RATERS = [f"rater {n:02}" for n in range(20)]
FEW = 60


@pytest.mark.parametrize("overlap", [1, 2])
def test_twenty_raters_share_one_store(store: Store, overlap: int) -> None:
    """Every third answer is sent twice at once, every seventh task is left until its lease has run out."""
    make_project(store, overlap)
    holders, start = Holders(overlap), threading.Barrier(len(RATERS))

    def work(rater: str) -> int:
        start.wait(60)
        return label_all(store, rater, holders)

    with ThreadPoolExecutor(len(RATERS)) as pool:
        counted = sum(pool.map(work, RATERS))
    assert holders.too_many == []
    assert counted == TASKS * overlap
    _nothing_lost_nothing_doubled(store, overlap)


def test_four_processes_share_one_database(url: str) -> None:
    with open_store(url) as store:
        make_project(store, 2, FEW)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mmjudge.store", "hypothesis.strategies", "psycopg"])
    running = [context.Process(target=label_in_a_process, args=(url, RATERS[n::4])) for n in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join(300)
    assert [process.exitcode for process in running] == [0] * 4
    with open_store(url) as store:
        _nothing_lost_nothing_doubled(store, 2, FEW)


def test_one_place_and_twenty_who_want_it(store: Store) -> None:
    """All leases ran out; all answer at the same moment: one counts, the others are kept as late."""
    make_project(store, 1, tasks=1)
    task = next(iter(store.tasks("p")))
    start = threading.Barrier(len(RATERS))

    def work(rater: str) -> bool:
        start.wait(60)
        with suppress(StoreError):
            return store.answer(task.id, (a_word(rater, task),), None)
        return False

    with ThreadPoolExecutor(len(RATERS)) as pool:
        assert sum(pool.map(work, RATERS)) == 1
    assert Counter(label.flag for label in store.labels()) == {"": 1, "late": 19}
    assert store.progress("p").answers == 1


def _nothing_lost_nothing_doubled(store: Store, overlap: int, tasks: int = TASKS) -> None:
    found = store.progress("p")
    assert (found.tasks, found.done_tasks, found.answers) == (tasks, tasks, tasks * overlap)
    assert {task.done for task in store.tasks("p")} == {overlap}
    labels = [label for label in store.labels(project="p") if not label.flag]
    assert Counter(label.item_id for label in labels) == {f"item {n}": overlap for n in range(tasks)}
    assert len({(label.item_id, label.rater) for label in labels}) == tasks * overlap
    assert sum(answers for _, answers, _ in found.by_rater) == tasks * overlap
    assert len(list(store.exposures("p"))) == len(list(store.labels(project="p")))
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM lease")).scalar_one() == 0

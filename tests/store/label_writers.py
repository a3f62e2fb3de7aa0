"""Raters as threads and processes: they import this file by name."""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from store_values import RUBRIC, an_item

from mmjudge.errors import StoreError
from mmjudge.people import Exposure, Lease, Project, Task
from mmjudge.store import Store, open_store
from mmjudge.types import Label

TASKS = 300
LONG, SHORT = 600.0, 0.2
"""Seconds of a lease: of one that is used, and of one that is left to run out."""


def make_project(store: Store, overlap: int, tasks: int = TASKS) -> None:
    store.save_rubric(RUBRIC)
    store.save_items((an_item(str(n)), []) for n in range(tasks))
    store.save_project(Project("p", "p", "house", "v1", overlap=overlap), ((f"item {n}", 1.0) for n in range(tasks)))


class Holders:
    """Who works on which task just now, as the raters themselves see it."""

    def __init__(self, overlap: int) -> None:
        self._overlap, self._lock = overlap, threading.Lock()
        self._held: defaultdict[int, set[str]] = defaultdict(set)
        self.too_many: list[int] = []

    def take(self, lease: Lease) -> None:
        with self._lock:
            mine = self._held[lease.task.id]
            mine.add(lease.rater)
            if len(mine) + lease.task.done > self._overlap:
                self.too_many.append(lease.task.id)

    def leave(self, lease: Lease) -> None:
        with self._lock:
            self._held[lease.task.id].discard(lease.rater)


def a_word(rater: str, task: Task) -> Label:
    return Label(
        task.item_id, "house", "v1", rater, "yes", project=task.project_id, submission=str(uuid.uuid4()), seconds=1.0
    )


def label_all(store: Store, rater: str, holders: Holders | None = None) -> int:
    """Label until the project is done; how many answers counted."""
    counted = n = 0
    while store.progress("p").done_tasks < store.progress("p").tasks:
        n += 1
        forgotten = n % 7 == 0
        leases = store.lease("p", rater, SHORT if forgotten else LONG)
        if not leases:
            if _all_mine_done(store, rater):
                return counted
            time.sleep(0.05)
            continue
        if forgotten:
            time.sleep(2 * SHORT)
        counted += _answered(store, leases[0], n, None if forgotten else holders)
    return counted


def _all_mine_done(store: Store, rater: str) -> bool:
    """Whether nothing can come any more: this rater has answered every task."""
    found = store.progress("p")
    return any(name == rater and answers == found.tasks for name, answers, _ in found.by_rater)


def _answered(store: Store, lease: Lease, n: int, holders: Holders | None) -> int:
    """Answer one task, every third time from two threads at once; how often it counted (0 or 1 if all is well)."""
    label = a_word(lease.rater, lease.task)
    looked = Exposure(lease.rater, "p", lease.task.item_id, 1.0, 0.0, 0, 0.0)
    if holders:
        holders.take(lease)

    def send(_: int) -> bool:
        return store.answer(lease.task.id, (label,), looked)

    try:
        # The place is given up before the answer is sent: once it is stored, the next rater may come at any moment.
        if holders:
            holders.leave(lease)
        if n % 3 == 0:
            with ThreadPoolExecutor(2) as pool:
                return sum(pool.map(send, range(2)))
        return int(send(0))
    except StoreError as error:
        if "held for too long" not in str(error):
            raise
        return 0


def label_in_a_process(url: str, raters: list[str]) -> None:
    """These raters as threads of one process on a store of its own."""
    with open_store(url) as store, ThreadPoolExecutor(len(raters)) as pool:
        list(pool.map(lambda rater: label_all(store, rater), raters))

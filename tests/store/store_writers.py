"""What runs in other processes: they import this file by name."""

from __future__ import annotations

import sys
from dataclasses import replace
from multiprocessing.synchronize import Barrier

from store_values import a_label, a_verdict, an_item, prepare

from mmjudge.store import Store, open_store

SHARED, OWN = 6, 6


def write(url: str, writer: int, start: Barrier) -> None:
    """Open the (empty) database together with all other writers and save what `write_all` saves."""
    start.wait(300)
    with open_store(url) as store:
        write_all(store, writer)


def write_all(store: Store, writer: int) -> None:
    """SHARED items that every writer saves, OWN that only this one does, a verdict on each and a label on the first."""
    prepare(store)
    for name in [*(f"shared {n}" for n in range(SHARED)), *(f"own {writer}.{n}" for n in range(OWN))]:
        store.save_item(an_item(name), [f"list {writer}"])
        store.save_verdict(a_verdict(f"item {name}"))
        store.save_label(replace(a_label("item shared 0", rater=f"rater {writer}"), note=name))


def write_until_killed(url: str) -> None:
    """Save verdicts for ever and print the name of each item after its verdict is in."""
    with open_store(url) as store:
        prepare(store)
        for n in range(1_000_000):
            store.save_item(an_item(str(n)))
            store.save_verdict(a_verdict(f"item {n}"))
            print(n, flush=True)


if __name__ == "__main__":
    write_until_killed(sys.argv[1])

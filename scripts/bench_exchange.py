#!/usr/bin/env python
"""How long labels take from a file into the store and back: seconds, and the most memory either way.

    python scripts/bench_exchange.py --labels 1000000 --formats jsonl csv parquet

Labels have a rule, a severity, a time and every tenth a note and a region; as many as stated, spread over `--items`
items and 100 raters. Each format is exported and then imported into an empty store that has the items. Prints one line
per format and direction. Bar: 1,000,000 labels in less than 120 s each way.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mmjudge import media
from mmjudge.exchange import Wanted, export_to, import_file
from mmjudge.formats import Meant
from mmjudge.store import Store, open_store
from mmjudge.types import Label, Region

ENDINGS = {"jsonl": ".jsonl", "csv": ".csv", "parquet": ".parquet"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--formats", nargs="+", choices=list(ENDINGS), default=list(ENDINGS))
    given = parser.parse_args()
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    print(f"{given.labels:,} labels on {given.items:,} items; load of the machine: {load}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(f"sqlite:///{folder / 'from.db'}") as store:
            ids = fill(store, given.items)
            began = time.perf_counter()
            store.save_labels(labels(ids, given.labels))
            tell("store.save_labels", began)
            for kind in given.formats:
                both_ways(store, folder, kind, given.items)


def both_ways(store: Store, folder: Path, kind: str, items: int) -> None:
    out = folder / f"labels{ENDINGS[kind]}"
    began = time.perf_counter()
    done = export_to(store, out, Wanted())
    tell(f"export {kind} ({out.stat().st_size / 1e6:.0f} MB)", began)
    where = folder / f"{kind}.db"
    with open_store(f"sqlite:///{where}") as other:
        fill(other, items)
        began = time.perf_counter()
        read = import_file(other, out, Meant())
        tell(f"import {kind}", began)
    assert read.new_labels == done.labels, (read, done)
    where.unlink()


def fill(store: Store, count: int) -> list[str]:
    found = [media.item(f"item {number}") for number in range(count)]
    for number, item in enumerate(found):
        store.save_item(item, [f"post {number}"])
    return [item.id for item in found]


def labels(ids: list[str], count: int) -> Iterator[Label]:
    shown = (Region("text", "r1", chars=(0, 4)),)
    for number in range(count):
        tenth = number % 10 == 0
        yield Label(
            ids[number % len(ids)],
            "default",
            "0123456789abcdef",
            f"rater {number // len(ids)}",
            "yes" if number % 3 else "no",
            rule_id="r1",
            severity=number % 4,
            regions=shown if tenth else (),
            at=1.7e9 + number / 8,
            seconds=2.5,
            note="why, in a few words" if tenth else "",
            submission=f"{number:032x}",
        )


def tell(what: str, began: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<32} {time.perf_counter() - began:7.1f} s, {peak:.0f} MiB at most so far", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""What reasoning adds: the same items with and without it, on the rows where it has something to settle.

    MMJUDGE_DATA=/path/to/data python scripts/bench_reasoning.py --store bench.db --out thoughts.db [--most 40]

`--store` holds measurements made `--without reasoning` (`bench_judge.py measure`). Every row with an undecided
rule is thought about once and kept in `--out`: it can be stopped and run again. Tells how many rows have anything
undecided, and labels before and after, by what people said. Reasoning changes truths, never a score: no AUC moves.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from pathlib import Path

import benchdata

from mmjudge import media
from mmjudge.decide import undecided
from mmjudge.judge import Judge
from mmjudge.rubric import load_rubric
from mmjudge.session import open_judge, remember
from mmjudge.store import Store, open_store
from mmjudge.types import Measurement

SETS = "openai_moderation,xstest_prompts,harmbench_val_text,hatecheck"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--half", choices=["tune", "test"], default="test")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--most", type=int, default=40, help="rows thought about, per set")
    given = parser.parse_args()
    judge = open_judge("embedded", load_rubric("default"))
    before, after = (open_store(f"sqlite:///{Path(path).resolve()}") for path in (given.store, given.out))
    known = benchdata.measured(before, judge.rubric)
    for name in given.sets.split(","):
        rows = [(row, known[row.item.id]) for row in benchdata.rows(name, given.half) if row.item.id in known]
        open_ones = [(row, m) for row, m in rows if undecided(judge.rubric, m, judge.policy, judge.calibration)]
        print(f"\n## {name}: {len(open_ones)} of {len(rows)} rows have something undecided")
        told(judge, [(row, m, thought(judge, after, row, m)) for row, m in open_ones[: given.most]])


def thought(judge: Judge, store: Store, row: benchdata.Row, measurement: Measurement) -> Measurement:
    """The measurement with reasoning added, kept in the store."""
    kept = store.measurement(row.item.id, judge.measurer_id)
    if kept is None:
        kept = judge.think(media.read_isolated(row.item), measurement)
        remember(store, judge, row.item, judge.decide(kept))
        print(".", end="", file=sys.stderr, flush=True)
    return kept


def told(judge: Judge, pairs: list[tuple[benchdata.Row, Measurement, Measurement]]) -> None:
    """Labels before and after, seconds, and what became of the conclusions."""
    if not pairs:
        return
    moves: Counter[tuple[bool, str, str]] = Counter()
    for row, first, second in pairs:
        moves[row.unsafe, judge.decide(first).label, judge.decide(second).label] += 1
    for (unsafe, first_label, second_label), count in sorted(moves.items()):
        print(f"labelled {'unsafe' if unsafe else 'safe'}: {first_label} -> {second_label}: {count}")
    pieces = [p for _, _, second in pairs for p in second.evidence if p.stage == "reason" and p.seconds > 0]
    ends = Counter(p.path or p.reason for p in pieces)
    print("conclusions: " + ", ".join(f"{end} {count}" for end, count in ends.most_common()))
    added = [second.seconds - first.seconds for _, first, second in pairs]
    print(f"seconds added per such item: median {statistics.median(added):.1f}, longest {max(added):.1f}")


if __name__ == "__main__":
    main()

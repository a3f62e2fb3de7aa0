#!/usr/bin/env python
"""Whole pictures: benign photographs never called unsafe, rendered violating pictures called unsafe.

    MMJUDGE_DATA=/path/to/data python scripts/bench_pictures.py --pictures FOLDER --store pictures.db [--style test]

FOLDER is made by `scripts/render_violating.py`; its style "test" has fonts, layouts and texts that no choice was made
on. Prints labels, coverage and seconds. The store keeps the evidence, so it can be stopped and run again: what is
measured is only decided, under the calibration of today.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from pathlib import Path

import benchdata

from mmjudge.rubric import load_rubric
from mmjudge.session import judge_item, open_judge
from mmjudge.settings import Settings
from mmjudge.types import Item, Verdict


def main() -> None:
    from mmjudge.store import open_store

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--store", default="pictures.db")
    parser.add_argument("--style", choices=["tune", "test"], default="test")
    parser.add_argument("--without", default="", help="stages switched off, separated by commas")
    given = parser.parse_args()
    off = [stage for stage in given.without.split(",") if stage]
    judge = open_judge("embedded", load_rubric("default"), settings=Settings().without(*off))
    store = open_store(f"sqlite:///{Path(given.store).resolve()}")
    known = benchdata.measured(store, judge.rubric)
    for title, items in groups(given.pictures, given.style).items():
        verdicts = []
        for n, item in enumerate(items, 1):
            stored = known.get(item.id)
            verdicts.append(judge.decide(stored) if stored else judge_item(judge, store, item))
            print(f"\r{title}: {n}/{len(items)} ", end="", file=sys.stderr)
        print(file=sys.stderr)
        print(told(title, verdicts))
    print(f"OCR: {judge.text_reader.id if judge.text_reader else 'none'}")


def groups(folder: Path, style: str) -> dict[str, list[Item]]:
    """Photographs, violating pictures and their benign lookalikes."""
    found = {f"benign photographs, {half} half": [row.item for row in benchdata.photographs(half)]
             for half in ("tune", "test")}  # fmt: skip
    rows = benchdata.pictures(folder, style)
    for title, unsafe in (("rendered violating pictures", True), ("benign lookalikes", False)):
        found[title] = [row.item for row in rows if row.unsafe is unsafe]
    return found


def told(title: str, verdicts: list[Verdict]) -> str:
    """Labels, coverage and seconds of one group, on one line."""
    labels = Counter(verdict.label for verdict in verdicts)
    words = ", ".join(f"{label} {count}" for label, count in labels.most_common())
    share = sum(v.assessed for v in verdicts) / max(1, sum(v.applicable for v in verdicts))
    seconds = [v.measurement.seconds for v in verdicts]
    only = sum(v.only_not_observable for v in verdicts)
    return (
        f"{title} ({len(verdicts)}): {words}; coverage {share:.0%} of applicable rules; {only} only not observable; "
        f"seconds median {statistics.median(seconds):.1f}, longest {max(seconds):.1f}"
    )


if __name__ == "__main__":
    main()

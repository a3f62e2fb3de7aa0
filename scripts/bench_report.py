#!/usr/bin/env python
"""How long a report on a million labels takes, and how much memory.

    python scripts/bench_report.py [--labels 1000000] [--runs 5]

Writes a long table of simulated answers (100 people, a judge with scores, 10 rules, 2 modalities, 2 groups of raters)
to a temporary file, and makes the HTML report of it in a new process each time, as `mmjudge report --labels` does. The
people's error rate is 10 %, the judge's 15 %.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

PEOPLE, RULES, EACH = 100, 10, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, page = Path(folder, "labels.csv"), Path(folder, "report.html")
        csv.write_csv(simulated(given.labels), table)
        seconds = []
        for _ in range(given.runs):
            began = time.perf_counter()
            command = [sys.executable, "-m", "mmjudge", "report", "--labels", str(table), "--out", str(page)]
            subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.perf_counter() - began)
        size = page.stat().st_size
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{given.labels:,} labels: median {statistics.median(seconds):.1f} s of {given.runs} runs "
        f"({min(seconds):.1f} to {max(seconds):.1f}), of which the processor worked "
        f"{(used.ru_utime + used.ru_stime) / given.runs:.1f} s; at most {used.ru_maxrss / 2**20:.2f} GiB; "
        f"page of {size / 1024:.0f} KiB"
    )


def simulated(labels: int) -> pa.Table:
    """`labels` rows: every pair of item and rule answered by EACH people and the judge."""
    rng = np.random.default_rng(0)
    pairs = labels // (EACH + 1)
    unit = np.repeat(np.arange(pairs), EACH + 1)
    rater = np.where(np.arange(len(unit)) % (EACH + 1) == EACH, PEOPLE, rng.integers(0, PEOPLE, len(unit)))
    judge = rater == PEOPLE
    truth = (rng.random(pairs) < 0.3)[unit]
    said = truth ^ (rng.random(len(unit)) < np.where(judge, 0.15, 0.1))
    score = np.where(judge, np.clip(0.5 + (said - 0.5) * rng.random(len(unit)), 0, 1), np.nan)
    item = unit // RULES
    names = np.array([*(f"person_{code}" for code in range(PEOPLE)), "judge:simulated"])
    return pa.table({
        "item": pa.array(np.char.add("item_", item.astype(str))),
        "rule": pa.array(np.char.add("rule_", (unit % RULES).astype(str))),
        "rater": pa.array(names[rater]),
        "label": pa.array(np.where(said, "yes", "no")),
        "score": pa.array(score, from_pandas=True),
        "modality": pa.array(np.where(item % 2 == 0, "text", "image")),
        "rater_group": pa.array(np.where(judge, "", np.where(rater % 2 == 0, "a", "b"))),
    })  # fmt: skip


if __name__ == "__main__":
    main()

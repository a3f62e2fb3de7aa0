#!/usr/bin/env python
"""How long it takes to load and lint all shipped rubrics, each time in a new process.

    python scripts/bench_loading.py [--times 7]

Prints the median and the spread, with the machine and its load.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys

CODE = """
import time
from mmjudge.lint import lint
from mmjudge.rubric import load_rubric, shipped
began = time.perf_counter()
rubrics = [load_rubric(name) for name in shipped()]
loaded = time.perf_counter()
hints = sum(len(lint(rubric)) for rubric in rubrics)
print(loaded - began, time.perf_counter() - loaded, len(rubrics), sum(len(r.rules) for r in rubrics), hints)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=7)
    given = parser.parse_args()
    rows = []
    for _ in range(given.times):
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        rows.append([float(cell) for cell in done.stdout.split()])
    _, _, rubrics, rules, hints = rows[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {given.times} processes")
    for name, column in (("load", 0), ("lint", 1)):
        seconds = sorted(row[column] for row in rows)
        middle = statistics.median(seconds)
        print(f"{name}: median {middle:.3f} s ({seconds[0]:.3f} to {seconds[-1]:.3f})")
    print(f"{rubrics:.0f} rubrics, {rules:.0f} rules, {hints:.0f} hints")


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""The tables that `bench_engine.py` prints, as a picture: how many times less CPU time than a forward per question.

python scripts/plot_engine.py PRINTED.txt docs/engine-speed.svg
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

TITLE = re.compile(r"## ([\w-]+), (\d+) image tokens")
NAMES = {
    "smolvlm": "SmolVLM-256M",
    "smolvlm-3": "SmolVLM-256M, tower of 3 layers",
    "qwen3_vl": "Qwen3-VL-2B widths, 2 layers",
}
WAYS = {
    "engine": ("mmjudge", "tab:blue"),
    "glance": ("glance-vlm", "tab:red"),
    "decision": ('transformers "decision"', "tab:green"),
    "naive": ("a forward per question", "tab:grey"),
}


class Race(NamedTuple):
    """One table: its title, and seconds per way by number of questions; `bound` is in times."""

    title: str
    questions: list[int]
    seconds: dict[str, list[float]]
    bound: list[float]


def races(text: str) -> list[Race]:
    """The tables of a printed run. Pure."""
    found: list[Race] = []
    columns: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| \n").split("|")]
        if title := TITLE.match(line):
            found.append(Race(f"{NAMES.get(title[1], title[1])}\n{title[2]} image tokens", [], {}, []))
        elif found and cells[0] == "questions":
            columns = cells
        elif found and cells[0].isdigit() and len(cells) == len(columns):
            found[-1].questions.append(int(cells[0]))
            for name, cell in zip(columns[1:], cells[1:], strict=True):
                if cell.endswith(" s"):
                    found[-1].seconds.setdefault(name, []).append(float(cell[:-2]))
            found[-1].bound.append(float(cells[-1]))
    return found


def main(printed: Path, picture: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "mmjudge", "font.size": 9, "svg.fonttype": "none"}
    from matplotlib import pyplot

    tables = races(printed.read_text(encoding="utf-8"))
    figure, axes = pyplot.subplots(1, len(tables), figsize=(3.2 * len(tables), 3.2), sharey=True, layout="constrained")
    for axis, race in zip(axes, tables, strict=True):
        for name, taken in race.seconds.items():
            times = [slow / fast for slow, fast in zip(race.seconds["naive"], taken, strict=True)]
            label, colour = WAYS[name]
            axis.plot(race.questions, times, marker="o", label=label, color=colour)
        axis.plot(race.questions, race.bound, linestyle=":", color="black", label="bound by operations")
        axis.set(title=race.title, xscale="log", yscale="log", xticks=race.questions, xlabel="questions")
        axis.set_xticklabels(race.questions)
        axis.minorticks_off()
    axes[0].set(ylabel="times less CPU time\nthan a forward per question", yticks=[1, 2, 5, 10, 20, 40])
    axes[0].set_yticklabels(["1", "2", "5", "10", "20", "40"])
    axes[0].legend(frameon=False)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

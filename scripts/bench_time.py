#!/usr/bin/env python
"""Seconds and memory of the shipped judge, everything switched on, reasoning included.

    MMJUDGE_DATA=/path/to/data python scripts/bench_time.py [--texts 40]

Nothing is judged twice: a repeated text would be found in the model's cache. Texts, photographs and recordings are of
the test half; a recording of ten seconds is several put together, a clip of ten seconds has the frames of a sample and
such a recording. Prints medians of at least five, p95 for texts, the peak resident memory, the time of `mmjudge --help`
and of a first verdict by a new process that has the weights and nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import benchdata
import librosa
import numpy as np
import soundfile
from make_assets import RATE, write_clip
from sample_pictures import alley_frame

from mmjudge import media
from mmjudge.backends.weights import cache_folder
from mmjudge.judge import Judge
from mmjudge.rubric import load_rubric
from mmjudge.session import judge_item, open_judge
from mmjudge.types import Item, Verdict

SECONDS = 10.0
REPEATS = 5
BARS = {"text": "8 (p95 30)", "photo": "8", "speech": "15", "clip": "30", "first": "60", "help": "0.5", "memory": "4"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=40, help="short texts (at most 400 characters)")
    given = parser.parse_args()
    print(f"Machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()}")
    mmjudge = str(Path(sys.executable).parent / "mmjudge")
    told("mmjudge --help", [wall(mmjudge, "--help") for _ in range(REPEATS)], BARS["help"])
    told("first verdict, new process, no priors", [first(mmjudge, n) for n in range(REPEATS)], BARS["first"])
    judge = open_judge("embedded", load_rubric("default"))
    with tempfile.TemporaryDirectory() as folder:
        for title, items in inputs(Path(folder), given.texts).items():
            judged(judge, title, items)
    print(f"load now {os.getloadavg()}")
    own, readers = (
        resource.getrusage(who).ru_maxrss / 2**20 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"peak resident memory: this process {own:.2f} GiB, largest child {readers:.2f} GiB (bar {BARS['memory']})")


def inputs(folder: Path, texts: int) -> dict[str, list[Item]]:
    """What is timed, by kind; the first of each warms up and does not count."""
    posts = [row.item for name in ("hatecheck", "xstest_prompts", "openai_moderation")
             for row in benchdata.rows(name, "test", 3 * texts) if row.chars <= 400]  # fmt: skip
    photos = [benchdata.data_folder() / f for raw in benchdata.raw_rows("benign_images", "test") for f in raw["media"]]
    tracks = recordings(REPEATS + 1)
    files = []
    for n, track in enumerate(tracks):
        files.append((folder / f"speech{n}.wav", folder / f"clip{n}.mp4"))
        soundfile.write(files[n][0], track, RATE)
        write_clip(files[n][1], alley_frame, np.roll(track, RATE))  # other words than the recording: no cached text
    step = max(1, len(posts) // (texts + 1))
    return {
        "text": posts[::step][: texts + 1],
        "photo": [media.item(files=[path]) for path in photos[: REPEATS + 1]],
        "speech": [media.item(files=[speech]) for speech, _ in files],
        "clip": [media.item(files=[clip]) for _, clip in files],
    }


def recordings(count: int) -> list[np.ndarray]:
    """Ten seconds of speech each, float32 mono at 16 kHz, no recording used twice."""
    found: list[np.ndarray] = []
    pieces: list[np.ndarray] = []
    for raw in benchdata.raw_rows("xstest_spoken", "test"):
        samples, rate = soundfile.read(benchdata.data_folder() / raw["media"][0], dtype="float32")
        pieces.append(librosa.resample(samples, orig_sr=rate, target_sr=RATE))
        whole = np.concatenate(pieces)
        if len(whole) >= SECONDS * RATE:
            found.append(whole[: int(SECONDS * RATE)])
            pieces = []
        if len(found) == count:
            break
    return found


def judged(judge: Judge, title: str, items: list[Item]) -> None:
    """Judge all, the first one unclocked, and tell what it took."""
    seconds: list[float] = []
    verdicts: list[Verdict] = []
    for n, item in enumerate(items):
        began = time.perf_counter()
        verdicts.append(judge_item(judge, None, item))
        if n:
            seconds.append(time.perf_counter() - began)
    told(f"{title} ({len(seconds)})", seconds, BARS[title])
    pieces = [p for v in verdicts for p in v.measurement.evidence if p.stage in ("probe", "reason") and p.model]
    thought = sum(p.stage == "reason" and p.seconds > 0 for p in pieces)
    asked = sum(p.m is not None for p in pieces)
    print(f"    per item: {asked / len(items):.1f} questions, {thought / len(items):.2f} reasoned")


def told(title: str, seconds: list[float], bar: str) -> None:
    p95 = statistics.quantiles(seconds, n=20)[18] if len(seconds) >= 20 else max(seconds)
    word = "p95" if len(seconds) >= 20 else "longest"
    print(f"{title}: median {statistics.median(seconds):.2f} s, {word} {p95:.2f} s (bar {bar})", flush=True)


def wall(*command: str, **variables: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **variables})
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1, 3) or not done.stdout.strip():
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr}")
    return seconds


def first(mmjudge: str, n: int) -> float:
    """A new process with an empty data folder and a cache that holds the weights only, not yet checked."""
    with tempfile.TemporaryDirectory() as home:
        weights = Path(home) / "cache" / "weights"
        weights.mkdir(parents=True)
        for part in cache_folder().iterdir():
            if part.name not in ("priors", ".verified"):
                (weights / part.name).symlink_to(part)
        words = f"Meet me at the old mill at {n + 1} o'clock or I will burn your house down."
        return wall(mmjudge, "judge", "--text", words, MMJUDGE_HOME=home, MMJUDGE_CACHE=str(weights.parent))


if __name__ == "__main__":
    main()

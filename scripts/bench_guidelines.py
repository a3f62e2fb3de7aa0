#!/usr/bin/env python
"""Whether guidelines change how often the embedded judge agrees with people on items it has not seen.

    MMJUDGE_DATA=/path/to/data python scripts/bench_guidelines.py retrieval
    MMJUDGE_DATA=/path/to/data python scripts/bench_guidelines.py learn   --store guidelines.db [--from 90]
    MMJUDGE_DATA=/path/to/data python scripts/bench_guidelines.py measure --store guidelines.db [--items 60] [--placebo]
    MMJUDGE_DATA=/path/to/data python scripts/bench_guidelines.py report  --store guidelines.db [--items 60]

`retrieval` asks no language model: how often the guideline of an item's own kind is among the nearest, tuning half.
`learn` judges `--from` items of HateCheck and of XSTest, of every kind (functionality, type) in turn; a kind of which
one was judged wrongly or left to people gets the guideline written for it by hand (`guideline_templates.py`: from the
kind, from no item). They come from one part of the test half, since on the tuning half, which it was trained on, the
shipped judge makes no errors to learn from; a group of items is all in one part. `measure` judges a sample of the other
part, of every kind in turn, with and without guidelines; `--placebo` once more, with guidelines that are not the
nearest. `report` asks no model: AUC and accuracy at the policy, paired, with cluster bootstrap intervals. All can be
stopped and run again: what is in the store is not measured twice.

The kinds are the same in both parts, the items and their templates are not: it measures what a team's word about a
kind of error does for more of that kind, and says nothing about kinds nobody has seen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import benchdata
import metrics
import numpy as np
from guideline_templates import HATECHECK, XSTEST

from mmjudge import guidelines
from mmjudge.backends import Embedder
from mmjudge.decide import decide
from mmjudge.guidelines import Finder, made, open_finder
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.rubric import load_rubric
from mmjudge.session import judge_item, open_judge, with_guidelines
from mmjudge.store import Store, open_store
from mmjudge.types import Guideline, Measurement, Missing, Rubric, Segment, Verdict
from mmjudge.vectors import Vectors

SETS = {"hatecheck": ("functionality", HATECHECK), "xstest_prompts": ("type", XSTEST)}


class Case(NamedTuple):
    """A labelled row and its kind."""

    row: benchdata.Row
    kind: str


class Elsewhere:
    """The placebo: an encoder by which a guideline lies where the one half a library further on lies. As many are
    shown, of the same team, about something else."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        half = len(texts) // 2
        self._embedder = embedder
        self._instead = {text: texts[(at + half) % len(texts)] for at, text in enumerate(texts)}
        self.id, self.reads = f"{embedder.id}/elsewhere", embedder.reads

    def embed_segment(self, segment: Segment) -> np.ndarray | Missing:
        return self._embedder.embed_segment(segment)

    def embed_texts(self, texts: Sequence[str]) -> list[np.ndarray] | Missing:
        return self._embedder.embed_texts([self._instead[text] for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["retrieval", "learn", "measure", "report"])
    parser.add_argument("--store", default="guidelines.db", help="SQLite file that keeps evidence and guidelines")
    parser.add_argument("--from", type=int, default=90, dest="source", help="items of each set to learn from")
    parser.add_argument("--items", type=int, default=60, help="items of each set to measure")
    parser.add_argument("--placebo", action="store_true", help="judge with guidelines that are not the nearest too")
    parser.add_argument("--sets", default=",".join(SETS))
    given = parser.parse_args()
    names, rubric = given.sets.split(","), load_rubric("default")
    if given.what == "retrieval":
        for name in names:
            retrieval(name, found())
        return
    with open_store(f"sqlite:///{Path(given.store).resolve()}") as store:
        if given.what == "learn":
            learn(names, rubric, given.source, store)
            return
        library = tuple(store.guidelines(rubric.id))
        if not library:
            sys.exit(f"{given.store} holds no guidelines: run `learn` first")
        ways = judges(library, given.placebo)
        if given.what == "measure":
            for name in names:
                run(name, sample(cases(name, "test"), given.items), ways, store)
        else:
            report(names, given.items, ways, store)


def found() -> Finder:
    finder = open_finder()
    if isinstance(finder, Missing):
        sys.exit(finder.note)
    return finder


def judges(library: Sequence[Guideline], placebo: bool) -> dict[str, Judge]:
    """The shipped judge without guidelines, with the nearest, and, for the placebo, with others."""
    plain, finder = open_judge("embedded", load_rubric("default")), found()
    ways = {"plain": plain, "guided": with_guidelines(plain, library, finder)}
    if placebo:
        other = Elsewhere(finder.embedder, [g.text for g in library])
        ways["placebo"] = with_guidelines(plain, library, Finder(other, Vectors(None, other.id)))
    return ways


def cases(name: str, part: str) -> list[Case]:
    """The rows of the tuning half ("tune"), or of a part of the test half ("learn", "test"), in a fixed random order,
    with their kinds."""
    key, _ = SETS[name]
    of = "tune" if part == "tune" else "test"
    kinds = {raw["id"]: str(raw["labels"][key]) for raw in benchdata.raw_rows(name, of)}
    known = [Case(row, kinds[row.id]) for row in benchdata.rows(name, of)]
    return [case for case in known if part == "tune" or (crc32(case.row.group.encode()) % 2 == 0) == (part == "learn")]


def sample(of: Sequence[Case], most: int) -> list[Case]:
    """At most `most`, one of each kind in turn, the first of each first. Pure."""
    by_kind: dict[str, list[Case]] = defaultdict(list)
    for case in of:
        by_kind[case.kind].append(case)
    rounds = max(map(len, by_kind.values()), default=0)
    turns = [by_kind[kind][n] for n in range(rounds) for kind in sorted(by_kind) if n < len(by_kind[kind])]
    return turns[:most]


def right(case: Case, verdict: Verdict) -> bool:
    """Whether the verdict says what people said. One that leaves it to people does not."""
    return verdict.label == ("unsafe" if case.row.unsafe else "safe")


def learn(names: Sequence[str], rubric: Rubric, most: int, store: Store) -> None:
    """Guidelines for the kinds on which people had to speak; stored after all were judged, so that a run that was
    stopped leaves no half of a library."""
    ready = open_judge("embedded", rubric)
    learnt = []
    for name in names:
        some = sample(cases(name, "learn"), most)
        verdicts = run(name, some, {"plain": ready}, store)["plain"]
        errors: dict[str, list[Case]] = defaultdict(list)
        for case, verdict in zip(some, verdicts, strict=True):
            if not right(case, verdict):
                errors[case.kind].append(case)
        counted = sum(map(len, errors.values()))
        print(f"{name}: {counted} of {len(some)} items judged wrongly or left to people, of {len(errors)} kinds")
        for kind, hits in sorted(errors.items()):
            rule, said, text = SETS[name][1][kind]
            learnt.append(made(rubric, rule, text, said, hits[0].row.item.id, f"{name}: {kind}"))
    for guideline in learnt:
        store.add_guideline(guideline)
    print(f"{len(learnt)} guidelines stored")


def run(name: str, some: Sequence[Case], ways: dict[str, Judge], store: Store) -> dict[str, list[Verdict]]:
    """Judge what is not judged yet, every way, item by item; a line of progress on standard error."""
    verdicts: dict[str, list[Verdict]] = {title: [] for title in ways}
    began = time.monotonic()
    for n, case in enumerate(some, 1):
        for title, judge in ways.items():
            verdicts[title].append(judge_item(judge, store, case.row.item))
        left = (time.monotonic() - began) / n * (len(some) - n) / 60
        print(f"\r{name}: {n} of {len(some)}, {left:.0f} min left ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return verdicts


# --- figures --------------------------------------------------------------------------------------------------


def retrieval(name: str, finder: Finder) -> None:
    """How near the guideline of an item's own kind lies, among those of all kinds of its set, on the tuning half."""
    _, templates = SETS[name]
    library = [Guideline(kind, "default", rule, text, said) for kind, (rule, said, text) in templates.items()]
    shown: list[tuple[Case, tuple[guidelines.Near, ...]]] = []
    for case in cases(name, "tune"):
        near = guidelines.retrieve(
            finder.embedder, guidelines.words_of(case.row.item), library, 3, -1.0, finder.vectors
        )
        assert not isinstance(near, Missing)
        shown.append((case, near))
    print(f"\n## {name}, tuning half: {len(shown)} items, {len(library)} guidelines, up to 3 shown")
    print(f"{'cosine from':12}{'any shown':>12}{'own shown':>12}{'says as people':>16}")
    for least in (-1.0, 0.2, 0.25, 0.3, 0.35, 0.4):
        kept = [(case, [one for one in near if one.cosine >= least]) for case, near in shown]
        some = sum(bool(near) for _, near in kept) / len(kept)
        own = sum(case.kind in [one.guideline.id for one in near] for case, near in kept) / len(kept)
        said = [(one.guideline.verdict == "violates") == case.row.unsafe for case, near in kept for one in near]
        print(f"{least if least > -1.0 else 'any':<12}{some:12.2f}{own:12.2f}{np.mean(said):16.2f}")
    print(f"own among three by chance: {3 / len(library):.2f}")


def report(names: Sequence[str], items: int, ways: dict[str, Judge], store: Store) -> None:
    """A table of each set and of both together, on the rows that are measured in every way."""
    measured: list[tuple[Case, dict[str, Measurement]]] = []
    for name in names:
        some = sample(cases(name, "test"), items)
        known = [(case, evidence(case, ways, store)) for case in some]
        mine = [(case, m) for case, m in known if len(m) == len(ways)]
        print(f"\n## {name}: {len(mine)} of {len(some)} items measured in every way ({', '.join(ways)})")
        table(mine, ways)
        measured += mine
    if len(names) > 1:
        print(f"\n## together: {len(measured)} items")
        table(measured, ways)
    told = [(case, m) for case, m in measured if guidance(m["guided"])]
    print(f"\n## only those that were shown a guideline: {len(told)} items")
    table(told, ways)
    kinds(measured, ways)


def evidence(case: Case, ways: dict[str, Judge], store: Store) -> dict[str, Measurement]:
    known = {title: store.measurement(case.row.item.id, judge.measurer_id) for title, judge in ways.items()}
    return {title: m for title, m in known.items() if m is not None}


def guidance(measurement: Measurement) -> tuple[str, ...]:
    return tuple(line for passage in measurement.passages for line in passage.guidance)


def table(measured: Sequence[tuple[Case, dict[str, Measurement]]], ways: dict[str, Judge]) -> None:
    """Each way alone, then against no guidelines: AUC as shipped and of the rules alone without calibration, accuracy,
    how many are left to people, seconds."""
    unsafe, groups = [case.row.unsafe for case, _ in measured], [case.row.group for case, _ in measured]
    if len(set(unsafe)) < 2:
        print("too few to say anything")
        return
    verdicts = {title: [judge.decide(m[title]) for _, m in measured] for title, judge in ways.items()}
    rights = {t: [right(case, v) for (case, _), v in zip(measured, vs, strict=True)] for t, vs in verdicts.items()}
    scores = {title: [v.score for v in some] for title, some in verdicts.items()}
    raw = {title: [bare(judge, m[title]) for _, m in measured] for title, judge in ways.items()}
    for title in ways:
        people = sum(v.label in ("needs_review", "controversial") for v in verdicts[title])
        seconds = np.mean([m[title].seconds for _, m in measured])
        shown = sum(bool(guidance(m[title])) for _, m in measured)
        auc, share = metrics.auc_figure(unsafe, scores[title], groups), np.mean(rights[title])
        print(f"{title:8} AUC {auc}, accuracy {share:.3f}, left to people {people}, shown guidelines {shown}, "
              f"{seconds:.1f} s an item")  # fmt: skip
    for title in list(ways)[1:]:
        auc = metrics.difference(unsafe, scores[title], scores["plain"], groups)
        rules = metrics.difference(unsafe, raw[title], raw["plain"], groups)
        share = metrics.share_difference(unsafe, rights[title], rights["plain"], groups)
        gained = sum(a and not b for a, b in zip(rights[title], rights["plain"], strict=True))
        lost = sum(b and not a for a, b in zip(rights[title], rights["plain"], strict=True))
        print(f"{title} minus plain: AUC {signed(auc)}; of the uncalibrated rules alone {signed(rules)}; "
              f"accuracy {signed(share)}, {gained} gained, {lost} lost")  # fmt: skip


def bare(judge: Judge, measurement: Measurement) -> float | None:
    """The rules alone, without the calibration, which was learnt without guidelines."""
    return decide(judge.rubric, measurement, replace(LOOSE, id="bare"), "", None).score


def signed(figure: metrics.Figure) -> str:
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"


def kinds(measured: Sequence[tuple[Case, dict[str, Measurement]]], ways: dict[str, Judge]) -> None:
    """Right without and with guidelines by kind, where they differ."""
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for case, m in measured:
        row = counted[case.kind]
        row[0] += 1
        for at, title in enumerate(("plain", "guided"), 1):
            row[at] += right(case, ways[title].decide(m[title]))
    print("\nkinds where they differ: right without, right with, of")
    for kind, (n, before, after) in sorted(counted.items()):
        if before != after:
            print(f"  {kind:32}{before:4}{after:4}{n:4}")


if __name__ == "__main__":
    main()

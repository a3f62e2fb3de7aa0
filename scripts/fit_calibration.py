#!/usr/bin/env python
"""Fit the shipped calibration on the TUNE half: one slope, one bias, and a shift per channel.

    MMJUDGE_DATA=/path/to/data python scripts/fit_calibration.py --store tune.db --oof tune_oof.jsonl --limit 60 \\
        --controls FOLDER --pictures FOLDER --out assets/calibrations/embedded-default.json

`tune.db`: `bench_judge.py measure --half tune --without reasoning,early_exit` and, for the pictures,
`bench_pictures.py --style tune --without reasoning,early_exit`. `tune_oof.jsonl` has the light evaluator's out-of-fold
scores, because the shipped head has seen the tune half (`scripts/train_light.py` writes it). The model of an item is
the judge's own: log-odds = bias + slope * (max over rules of the chain's log-odds + VOTES * the light evaluator's).
Each set has an intercept of its own while fitting, dropped afterwards, since sets differ in how much they call unsafe;
sets and classes weigh the same. Then each channel (how the words came) gets the shift at which a score of .5 means "as
likely unsafe as not" where half of the traffic is unsafe, and all get `--shift`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import benchdata
import metrics
import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit

from mmjudge import prompts
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.chain import chain_outcome
from mmjudge.decide import speaks_to
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.probability import logit
from mmjudge.rubric import load_rubric
from mmjudge.session import open_judge
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.types import CHANNELS, Measurement

SHIFT_ONLY = ("pictures", "xstest_spoken")
"""Sets that place the cut of their channel and fit nothing else: drawn by us, or the words of another set spoken."""

INCIDENTAL = ("seen",)
"""Channels in which words may be no message: a wall in a photograph has letters. There, words that speak for nothing
(even odds by rules and light evaluator) must not reach `yes_from`: by the free fit two of eleven tuning photographs
were called unsafe for such letters."""

VOTES = 1.0
"""Weight of the light evaluator's log-odds beside those of the clearest rule. A fit by cross-entropy gives .74; AUC on
the tuning half is flat from 1 to 2, and a single opinion should not outweigh the other (scripts/LOG.md)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--oof", type=Path, required=True, help="JSON lines with id and light (probability)")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--sets", default=",".join(benchdata.SETS))
    parser.add_argument("--controls", type=Path)
    parser.add_argument("--pictures", type=Path, help="rendered pictures; those of the style tune are used")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shift", type=float, default=0.4, help="added to every channel: the operating point")
    given = parser.parse_args()
    judge = open_judge("embedded", load_rubric("default"), settings=Settings().without("reasoning"))
    lines = given.oof.read_text(encoding="utf-8").splitlines()
    light = {row["id"]: row["light"] for row in map(json.loads, lines)}
    table = gather(judge, given, light)
    learning = ~np.isin(table.sets, [i for i, name in enumerate(table.names) if name in SHIFT_ONLY])
    slope, bias = fit(table.only(learning))
    shifts = channel_shifts(table, slope, bias, given.shift)
    told(table, slope, bias, shifts)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(
        json.dumps(as_calibration(judge, slope, bias, shifts, table), indent=1) + "\n", encoding="utf-8"
    )


class Table(NamedTuple):
    """One row per item. `chains` (n, rules) and `jurors` (n,) in log-odds; `sets` index into `names`."""

    chains: np.ndarray
    jurors: np.ndarray
    unsafe: np.ndarray
    sets: np.ndarray
    channels: np.ndarray
    names: list[str]

    def only(self, rows: np.ndarray) -> Table:
        """The rows of a mask."""
        return Table(*(column[rows] for column in self[:-1]), self.names)


def gather(judge: Judge, given: argparse.Namespace, light: dict[str, float]) -> Table:
    """What is measured of the tune half, with the light evaluator's out-of-fold scores where it was trained."""
    store = open_store(f"sqlite:///{Path(given.store).resolve()}")
    known = benchdata.measured(store, judge.rubric)
    if any(p.stage == "probe" and p.reason == "not_asked" for m in known.values() for p in m.evidence):
        raise SystemExit("questions were left out: measure into a new store --without reasoning,early_exit, then fit")
    names = given.sets.split(",")
    rows = [(name, row) for name in names for row in benchdata.rows(name, "tune", given.limit, given.controls)]
    if given.pictures:
        rows += [("pictures", row) for row in benchdata.pictures(given.pictures, "tune")]
        names = [*names, "pictures"]
    kept = []
    for name, row in rows:
        measurement = known.get(row.item.id)
        own = light.get(row.id, juror_of(measurement)) if measurement else None
        scores = chain_scores(judge, measurement) if measurement else None
        if measurement and own is not None and scores is not None:
            kept.append((scores, logit(own), float(row.unsafe), names.index(name), measurement.passages[0].channel))
    return Table(*(np.array(column) for column in zip(*kept, strict=True)), names)


def juror_of(measurement: Measurement) -> float | None:
    """The shipped evaluator's score, for rows it has not been trained on (rendered controls)."""
    return max((p.score for p in measurement.evidence if p.stage == "juror" and p.score is not None), default=None)


def chain_scores(judge: Judge, measurement: Measurement) -> list[float] | None:
    """Each rule's highest chain score over the segments, in log-odds; None where no rule has one."""
    found = []
    for rule in judge.rubric.rules:
        best = -12.0
        for passage in measurement.passages:
            pieces = [
                p
                for p in measurement.evidence
                if p.rule_id == rule.id and p.segment == passage.index and p.question_id and p.stage != "relevance"
            ]
            if pieces and speaks_to(rule, passage):
                score = chain_outcome(rule, pieces, LOOSE).score
                best = max(best, -12.0 if score is None else logit(score))
        found.append(best)
    return found if max(found) > -12.0 else None


def fit(table: Table) -> tuple[float, float]:
    """(slope, bias) at the optimum; sets' intercepts are fitted beside them and dropped."""
    strength = items(table, 1.0, 0.0)
    balance, count = balanced(table), len(table.names)

    def loss(theta: np.ndarray) -> float:
        item = np.exp(theta[0]) * strength + theta[1] + theta[2:][table.sets]
        entropy = np.logaddexp(0, item) - table.unsafe * item
        return float(balance @ entropy + 0.02 * np.mean(theta[2:] ** 2))

    best = minimize(loss, np.zeros(2 + count), method="L-BFGS-B").x
    return float(np.exp(best[0])), float(best[1])


def balanced(table: Table) -> np.ndarray:
    """Weights that sum to 1: every set and, within it, both classes weigh the same."""
    weights = np.zeros(len(table.unsafe))
    for s in range(len(table.names)):
        for label in (0.0, 1.0):
            mine = (table.sets == s) & (table.unsafe == label)
            weights[mine] = 1.0 / max(1, mine.sum())
    return weights / weights.sum()


def channel_shifts(table: Table, slope: float, bias: float, more: float) -> dict[str, float]:
    """For each channel the shift of all scores at which their balanced cross-entropy is least, bounded where words may
    be no message (`INCIDENTAL`)."""
    scores, balance = items(table, slope, bias), balanced(table)
    found = {}
    for channel in CHANNELS:
        mine = table.channels == channel
        if mine.any():
            z, truth, weight = scores[mine], table.unsafe[mine], balance[mine]
            loss = lambda b: float(weight @ (np.logaddexp(0, z + b) - truth * (z + b)))  # noqa: B023, E731
            found[channel] = more + float(minimize_scalar(loss, bounds=(-6, 6), method="bounded").x)
    even = logit(LOOSE.yes_from) - bias
    return {channel: min(shift, even) if channel in INCIDENTAL else shift for channel, shift in found.items()}


def items(table: Table, slope: float, bias: float) -> np.ndarray:
    """Each item's score as the judge will compute it, in log-odds, before its channel's shift."""
    return bias + slope * (table.chains.max(axis=1) + VOTES * table.jurors)


def told(table: Table, slope: float, bias: float, shifts: dict[str, float]) -> None:
    """What it gives on the rows it was fitted on: for choosing, never for reporting."""
    scores = items(table, slope, bias) + np.array([shifts[channel] for channel in table.channels])
    print(f"slope {slope:.3f}, bias {bias:.3f}")
    print("shifts: " + ", ".join(f"{channel} {shift:+.2f}" for channel, shift in shifts.items()))
    for index, name in enumerate(table.names):
        mine = table.sets == index
        if mine.any():
            truth = table.unsafe[mine].astype(bool)
            parts = scores[mine], table.chains[mine].max(axis=1), table.jurors[mine]
            whole, alone, light = (metrics.auc(truth, part) for part in parts)
            called = expit(scores[mine]) >= LOOSE.unsafe_from
            print(
                f"{name:22} n {mine.sum():4}  fitted {whole:.3f}  max of chains {alone:.3f}  light {light:.3f}  "
                f"called unsafe: {called[truth].mean():.2f} of unsafe, {called[~truth].mean():.2f} of safe"
            )


def as_calibration(judge: Judge, slope: float, bias: float, shifts: dict[str, float], table: Table) -> dict:
    """The file the product reads, tied to model, prompts and rubric version."""
    counts = ", ".join(f"{name} {int((table.sets == i).sum())}" for i, name in enumerate(table.names))
    numbers = round(bias, 4), round(slope, 4), round(VOTES * slope, 4)
    rules = tuple(RuleCalibration(rule.id, *numbers) for rule in judge.rubric.rules)
    assert judge.backend is not None
    return asdict(
        Calibration(
            model=judge.backend.id,
            prompt_version=prompts.PROMPT_VERSION,
            rubric_id=judge.rubric.id,
            rubric_version=judge.rubric.version,
            learnt_from=f"{len(table.unsafe)} rows of the tuning half: {counts}",
            rules=rules,
            shifts=tuple((channel, round(shift, 4)) for channel, shift in shifts.items() if channel in CHANNELS),
        )
    )


if __name__ == "__main__":
    main()

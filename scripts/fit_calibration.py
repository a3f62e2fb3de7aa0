#!/usr/bin/env python
"""Fit the shipped calibration on the TUNE half: one bias per rule, one slope, one weight for the light evaluator.

    MMJUDGE_DATA=/path/to/data python scripts/fit_calibration.py --store tune.db --oof tune_oof.jsonl --limit 44 \\
        --controls FOLDER --out assets/calibrations/embedded-default.json

`tune.db`: `bench_judge.py measure --half tune --without reasoning`. `tune_oof.jsonl` has the light evaluator's
out-of-fold scores, because the shipped head has seen the tune half (`scripts/train_light.py` writes it). The model of
an item is the judge's own: score = sigmoid(max over rules of (bias + slope * logit(chain)) + juror * logit(light)); the
maximum is smoothed while fitting. Each set has an intercept of its own while fitting, dropped afterwards, since sets
differ in how much they call unsafe; sets and classes weigh the same.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import benchdata
import metrics
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from mmjudge import prompts
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.decide import chain_outcome, speaks_to
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.probability import logit
from mmjudge.rubric import load_rubric
from mmjudge.session import open_judge
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.types import Measurement

SHARP = 2.0
"""Sharpness of the smoothed maximum: log-odds half a unit apart are told apart."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--oof", type=Path, required=True, help="JSON lines with id and light (probability)")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--sets", default="openai_moderation,xstest_prompts,hatecheck,harmbench_val_text,figstep")
    parser.add_argument("--controls", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pull", type=float, default=3.0, help="how strongly rule biases are pulled together")
    parser.add_argument("--shift", type=float, default=0.4, help="added to every bias: the operating point")
    given = parser.parse_args()
    judge = open_judge("embedded", load_rubric("default"), settings=Settings().without("reasoning"))
    lines = given.oof.read_text(encoding="utf-8").splitlines()
    light = {row["id"]: row["light"] for row in map(json.loads, lines)}
    table = gather(judge, given, light)
    weights = fit(*table, pull=given.pull)
    weights[2:] += given.shift
    told(*table, weights)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(as_calibration(judge, weights, table), indent=1) + "\n", encoding="utf-8")


def gather(judge: Judge, given: argparse.Namespace, light: dict[str, float]):
    """Chain log-odds (items, rules), light log-odds, unsafe, set index, and the sets' names with their counts."""
    store = open_store(f"sqlite:///{Path(given.store).resolve()}")
    known = benchdata.measured(store, judge.rubric)
    chains, jurors, unsafe, sets, names = [], [], [], [], given.sets.split(",")
    for index, name in enumerate(names):
        for row in benchdata.rows(name, "tune", given.limit, given.controls):
            measurement = known.get(row.item.id)
            if measurement is None:
                continue
            own = light.get(row.id, juror_of(measurement))
            scores = chain_scores(judge, measurement)
            if own is None or scores is None:
                continue
            chains.append(scores)
            jurors.append(logit(own))
            unsafe.append(row.unsafe)
            sets.append(index)
    return np.array(chains), np.array(jurors), np.array(unsafe, dtype=float), np.array(sets), names


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


def fit(chains, jurors, unsafe, sets, names, pull: float) -> np.ndarray:
    """[log slope, juror weight, rule biases…] at the optimum; sets' intercepts are fitted beside them and dropped."""
    rules, count = chains.shape[1], len(names)
    balance = np.zeros(len(unsafe))
    for s in range(count):
        for label in (0.0, 1.0):
            mine = (sets == s) & (unsafe == label)
            balance[mine] = 1.0 / max(1, mine.sum())
    balance /= balance.sum()

    def loss(theta: np.ndarray) -> float:
        slope, juror, bias, own = np.exp(theta[0]), theta[1], theta[2 : 2 + rules], theta[2 + rules :]
        item = logsumexp(SHARP * (bias + slope * chains), axis=1) / SHARP + juror * jurors + own[sets]
        entropy = np.logaddexp(0, item) - unsafe * item
        return float(
            balance @ entropy
            + pull * 0.05 * np.mean((bias - bias.mean()) ** 2)
            + 0.02 * np.mean(own**2)
            + 0.01 * juror**2
        )

    return minimize(loss, np.zeros(2 + rules + count), method="L-BFGS-B").x[: 2 + rules]


def items(chains, jurors, weights: np.ndarray) -> np.ndarray:
    """Each item's score as the judge will compute it."""
    slope, juror, bias = np.exp(weights[0]), weights[1], weights[2:]
    return expit((bias + slope * chains).max(axis=1) + juror * jurors)


def told(chains, jurors, unsafe, sets, names, weights: np.ndarray) -> None:
    """What it gives on the rows it was fitted on: for choosing, never for reporting."""
    scores = items(chains, jurors, weights)
    print(f"slope {np.exp(weights[0]):.3f}, juror {weights[1]:.3f}, biases {np.round(weights[2:], 2).tolist()}")
    for index, name in enumerate(names):
        mine = sets == index
        if mine.any():
            truth = unsafe[mine].astype(bool)
            parts = scores[mine], chains[mine].max(axis=1), jurors[mine]
            whole, alone, light = (metrics.auc(truth, part) for part in parts)
            at = (scores[mine] >= 0.5).mean(where=truth), (scores[mine] >= 0.5).mean(where=~truth)
            print(f"{name:22} n {mine.sum():4}  fitted {whole:.3f}  max of chains {alone:.3f}  light {light:.3f}  "
                  f"called unsafe at .5: {at[0]:.2f} of unsafe, {at[1]:.2f} of safe")  # fmt: skip


def as_calibration(judge: Judge, weights: np.ndarray, table: tuple) -> dict:
    """The file the product reads, tied to model, prompts and rubric version."""
    _, _, unsafe, sets, names = table
    counts = ", ".join(f"{name} {int((sets == i).sum())}" for i, name in enumerate(names))
    slope, juror = round(float(np.exp(weights[0])), 4), round(float(weights[1]), 4)
    pairs = zip(judge.rubric.rules, weights[2:], strict=True)
    rules = tuple(RuleCalibration(rule.id, round(float(bias), 4), slope, juror) for rule, bias in pairs)
    assert judge.backend is not None
    return asdict(
        Calibration(
            model=judge.backend.id,
            prompt_version=prompts.PROMPT_VERSION,
            rubric_id=judge.rubric.id,
            rubric_version=judge.rubric.version,
            learnt_from=f"{len(unsafe)} rows of the tuning half: {counts}",
            rules=rules,
        )
    )


if __name__ == "__main__":
    main()

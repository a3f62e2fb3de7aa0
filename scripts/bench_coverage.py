#!/usr/bin/env python
"""How often a 95 % interval of `mmjudge.agreement` holds the truth, in simulated data whose truth is known.

    OMP_NUM_THREADS=1 python scripts/bench_coverage.py [--simulations 2000] [--draws 1000] [--seed 0]
        [--sizes 200 500] [--positive .5 .2]
    OMP_NUM_THREADS=1 python scripts/bench_coverage.py --speed

Three designs: a judge against one truth (every row an item), raters without a truth (every row an item with its
counts), and a judge against several answers to an item (drawn by item). Prints the table of docs/measurements.md. About
five minutes on two cores, with OMP_NUM_THREADS=1: the products are too small to share.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from mmjudge.agreement import classify, coefficients, icc, pairs, ranking, scoring
from mmjudge.agreement.bootstrap import Statistic, intervals, wilson

Drawn = tuple[dict[str, Statistic], np.ndarray | None]
"""Statistics of one simulated data set by name, and its clusters."""

APART = 1.5
CUT = 0.9


def judged(rng: np.random.Generator, n: int, positive: float) -> Drawn:
    """A judge whose scores are normal, positives APART higher, called positive above CUT."""
    truth = (rng.random(n) < positive).astype(float)
    scores = rng.normal(size=n) + APART * truth
    said = (scores > CUT).astype(float)
    figures = ("accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy")
    found: dict[str, Statistic] = {
        name: classify.table_statistic(getattr(classify, name), truth, said) for name in figures
    }
    found["cohen_kappa"] = pairs.cohen_kappa_statistic(truth, said, k=2)
    found["auroc"] = ranking.auroc_statistic(scores, truth)
    found["auprc"] = ranking.auprc_statistic(scores, truth)
    chance = rng.beta(0.6, 1.2, n)
    found["brier"] = scoring.brier_statistic(chance, (rng.random(n) < chance).astype(float))
    return found, None


def judged_truth(positive: float) -> dict[str, float]:
    """What `judged` tends to."""
    hit, alarm = norm.sf(CUT - APART), norm.sf(CUT)
    table = np.array([[(1 - positive) * (1 - alarm), (1 - positive) * alarm], [positive * (1 - hit), positive * hit]])
    figures = ("accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy")
    found = {name: float(getattr(classify, name)(table)) for name in figures}
    found["cohen_kappa"] = float(pairs.kappa_of(table))
    found["auroc"] = float(norm.cdf(APART / np.sqrt(2)))

    def precision_at(score: float) -> float:
        up, down = positive * norm.sf(score - APART), (1 - positive) * norm.sf(score)
        return float(norm.pdf(score - APART) * up / (up + down))

    found["auprc"] = quad(precision_at, -8, APART + 8)[0]
    mean = 0.6 / 1.8
    found["brier"] = mean - (mean * (1 - mean) / 2.8 + mean**2)
    return found


def rated(rng: np.random.Generator, n: int, positive: float, raters: int = 4) -> Drawn:
    """Raters who call a positive so with .85 and a negative with .1."""
    truth = rng.random(n) < positive
    yes = rng.binomial(raters, np.where(truth, 0.85, 0.1))
    counts = np.column_stack([raters - yes, yes])
    level = rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, 3))
    found: dict[str, Statistic] = {
        "raw_agreement": coefficients.raw_agreement_statistic(counts),
        "fleiss_kappa": coefficients.fleiss_kappa_statistic(counts),
        "krippendorff_alpha": coefficients.krippendorff_alpha_statistic(counts),
        "gwet_ac1": coefficients.gwet_ac1_statistic(counts),
        "icc1": icc.icc_statistic(level, "icc1"),
    }
    return found, None


def rated_truth(positive: float) -> dict[str, float]:
    """What `rated` tends to."""
    apart = positive * 2 * 0.85 * 0.15 + (1 - positive) * 2 * 0.1 * 0.9
    yes = positive * 0.85 + (1 - positive) * 0.1
    chance = 2 * yes * (1 - yes)
    beyond = 1 - apart / chance
    return {
        "raw_agreement": 1 - apart,
        "fleiss_kappa": beyond,
        "krippendorff_alpha": beyond,
        "gwet_ac1": (1 - apart - chance) / (1 - chance),
        "icc1": 1 / (1 + 0.8**2),
    }


def clustered(rng: np.random.Generator, n: int, positive: float, answers: int = 3) -> Drawn:
    """A judge against three answers to every item: .85 or .1 as in `rated`, the judge .8 or .15."""
    truth = rng.random(n) < positive
    said = np.repeat(rng.random(n) < np.where(truth, 0.8, 0.15), answers).astype(float)
    people = (rng.random((n, answers)) < np.where(truth, 0.85, 0.1)[:, None]).ravel().astype(float)
    found: dict[str, Statistic] = {
        name: classify.table_statistic(getattr(classify, name), people, said) for name in ("accuracy", "recall")
    }
    found["cohen_kappa"] = pairs.cohen_kappa_statistic(people, said, k=2)
    return found, np.repeat(np.arange(n), answers)


def clustered_truth(positive: float) -> dict[str, float]:
    """What `clustered` tends to."""
    table = np.zeros((2, 2))
    for share, person, judge in ((positive, 0.85, 0.8), (1 - positive, 0.1, 0.15)):
        table += share * np.outer([1 - person, person], [1 - judge, judge])
    found = {name: float(getattr(classify, name)(table)) for name in ("accuracy", "recall")}
    return found | {"cohen_kappa": float(pairs.kappa_of(table))}


DESIGNS: dict[str, tuple[Callable[..., Drawn], Callable[[float], dict[str, float]]]] = {
    "judge": (judged, judged_truth),
    "raters": (rated, rated_truth),
    "judge, 3 answers an item": (clustered, clustered_truth),
}


def held(design: str, n: int, positive: float, simulations: int, draws: int, seed: int) -> dict[str, int]:
    """How many of the simulations' intervals hold the truth, by statistic."""
    draw, tends_to = DESIGNS[design]
    expected = tends_to(positive)
    holds = dict.fromkeys(expected, 0)
    rng = np.random.default_rng(seed)
    for number in range(simulations):
        figures, clusters = draw(rng, n, positive)
        found = intervals(list(figures.values()), clusters, draws=draws, seed=seed + number)
        for name, interval in zip(figures, found, strict=True):
            holds[name] += interval.low <= expected[name] <= interval.high
    return holds


def speed(labels: int = 1_000_000, repeats: int = 5) -> None:
    """Prints the median seconds of intervals with 2000 draws on a million labels, five of them to an item."""
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5, [0.8, 0.2], labels // 5)
    truth = (rng.random(labels) < 0.3).astype(float)
    scores = np.clip(rng.normal(0.3, 0.2, labels) + 0.3 * truth, 0, 1)
    items = np.arange(labels) // 5

    def many_raters() -> list[Statistic]:
        return [
            coefficients.raw_agreement_statistic(counts),
            coefficients.fleiss_kappa_statistic(counts),
            coefficients.krippendorff_alpha_statistic(counts),
            coefficients.gwet_ac1_statistic(counts),
        ]

    def one_judge() -> list[Statistic]:
        said = (scores > 0.5).astype(float)
        tables = [classify.table_statistic(figure, truth, said) for figure in (classify.precision, classify.recall)]
        ranks = [ranking.auroc_statistic(scores, truth), ranking.auprc_statistic(scores, truth)]
        return [*tables, pairs.cohen_kappa_statistic(truth, said, k=2), *ranks, scoring.brier_statistic(scores, truth)]

    for name, make, clusters in (("agreement", many_raters, None), ("a judge", one_judge, items)):
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            found = intervals(make(), clusters)
            seconds.append(time.perf_counter() - start)
        print(
            f"{name}: {len(found)} intervals of {labels} labels in {statistics.median(seconds):.2f} s, {repeats} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--positive", type=float, nargs="+", default=[0.5, 0.2])
    parser.add_argument("--speed", action="store_true")
    args = parser.parse_args()
    if args.speed:
        return speed()
    cases = [(n, positive) for n in args.sizes for positive in args.positive]
    print("| design | statistic |", " | ".join(f"n {n}, {positive:.0%} positive" for n, positive in cases), "|")
    print("| --- | --- |", " | ".join(["---:"] * len(cases)), "|")
    with ProcessPoolExecutor(2) as pool:
        for design in DESIGNS:
            count = partial(held, design, simulations=args.simulations, draws=args.draws, seed=args.seed)
            columns = list(pool.map(count, *zip(*cases, strict=True)))
            for name in columns[0]:
                shares = [column[name] for column in columns]
                print(f"| {design} | {name} |", " | ".join(f"{100 * s / args.simulations:.1f}" for s in shares), "|")
    low, high = wilson(0.95 * args.simulations, args.simulations)
    print(f"\nOf {args.simulations} simulations; an interval that holds in 95 % shows {low:.1%} to {high:.1%}.")


if __name__ == "__main__":
    main()

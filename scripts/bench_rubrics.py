#!/usr/bin/env python
"""Whether a judge tells the shipped rubrics' examples from their near misses, each rule asked alone.

    python scripts/bench_rubrics.py [--rubrics deepknown,osbench] [--store FILE] [--markdown FILE] [--reasoning] [--fit]

Every example is judged by its own rule as `mmjudge rubric try` does. What is measured lies in a SQLite store
(`rubrics.db` in the folder MMJUDGE_BENCH, else here): it can be stopped and run again, and another `--policy` asks no
model. Reasoning is off unless asked for: it costs seconds a question. A rubric whose examples are all measured is only
counted. Examples that describe a picture are judged as words.

`--fit` chooses `accept` and `reject` by accuracy on every second rule, by the chains alone, and tells what they give on
the rules left out, beside what the policy gives there. No model is asked.

The examples were written with the rules, so that the figures say whether a model understands the chains, not how often
it errs on what people post. Their intervals are Wilson's, as if the examples were drawn at random.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mmjudge import words
from mmjudge.policy import load_policy
from mmjudge.rubric import load_rubric, shipped
from mmjudge.session import open_judge
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.trials import Tally, Trial, ordered, score
from mmjudge.trying import try_examples
from mmjudge.types import Finding, Rubric, Truth

OPENED_WITH = "deepknown"
"""A rubric whose statements have no names: from a judge opened with it, every other is prepared as if opened alone."""

GRID = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Values of `accept` and of `reject` that `--fit` tries."""

HEAD = (
    *("rubric", "rules", "examples", "s per question", "accuracy", "violating", "near misses"),
    *("above near miss", "unknown", "why unknown"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [name for name in shipped() if not name.startswith("guard_")]
    parser.add_argument("--rubrics", default=",".join(known), help="names, separated by commas; default: all shipped")
    parser.add_argument("--store", type=Path, help="SQLite file that keeps the evidence")
    parser.add_argument("--judge", default="embedded")
    parser.add_argument("--policy", default="loose")
    parser.add_argument("--reasoning", action="store_true", help="reason about what lies between the thresholds")
    parser.add_argument("--fit", action="store_true", help="fit accept and reject on every second rule")
    parser.add_argument("--markdown", type=Path, help="write the table here, again after every rubric")
    given = parser.parse_args()
    rubrics = [load_rubric(name) for name in given.rubrics.split(",")]
    settings = Settings() if given.reasoning else Settings().without("reasoning")
    judge = open_judge(given.judge, load_rubric(OPENED_WITH), load_policy(given.policy), settings)
    place = given.store or Path(os.environ.get("MMJUDGE_BENCH", ".")) / "rubrics.db"
    tried: list[list[Trial]] = []
    rows = [HEAD]
    print(line(HEAD))
    with open_store(f"sqlite:///{place.resolve()}") as store:
        for rubric in rubrics:
            tried.append(followed(rubric, try_examples(judge, rubric, store=store)))
            rows.append(row(rubric.id, len(rubric.rules), tried[-1:]))
            print(line(rows[-1]), flush=True)
            whole = row("all", sum(len(r.rules) for r in rubrics[: len(tried)]), tried)
            if given.markdown:
                given.markdown.write_text(markdown([*rows, whole], about(judge.name, given.policy, given.reasoning)))
    print(line(whole))
    if given.fit:
        print("\n".join(fitted(tried)))


def fitted(tried: Sequence[Sequence[Trial]]) -> list[str]:
    """Lines: the best `accept` and `reject` on every second rule, and both ways of deciding on the rules left out.

    Decided by the chains alone: a rubric with a calibration is read without it.
    """
    halves: tuple[list[Trial], list[Trial]] = ([], [])
    for trials in tried:
        at = {rule: number % 2 for number, rule in enumerate(dict.fromkeys(trial.rule.id for trial in trials))}
        for trial in trials:
            halves[at[trial.rule.id]].append(trial)
    tune, held = halves

    def right(numbers: tuple[float, float]) -> int:
        return score([by_chain(trial, *numbers) for trial in tune]).total.right

    accept, reject = max(itertools.product(GRID, GRID), key=right)
    lines = []
    for name, trials in (("tuned on", tune), ("left out", held)):
        policy = trials[0].policy
        for numbers in ((policy.accept, policy.reject), (accept, reject)):
            told = score([by_chain(trial, *numbers) for trial in trials])
            shares = f"{share(told.total)}; violating {share(told.violating)}, near misses {share(told.near_misses)}"
            wrong = f"wrong {told.total.wrong}, unknown {told.total.unknown}"
            lines.append(f"{name}: accept {numbers[0]}, reject {numbers[1]}: right {shares}; {wrong}")
    return lines


def by_chain(trial: Trial, accept: float, reject: float) -> Trial:
    """The trial as its chain comes out of the stored answers under other thresholds."""
    other = replace(trial, policy=replace(trial.policy, accept=accept, reject=reject))
    truth = other.looks[0].outcome if other.looks else Truth.UNKNOWN
    return replace(other, finding=Finding(trial.finding.rule_id, truth, score=trial.finding.score))


def followed(rubric: Rubric, trials: Iterable[Trial]) -> list[Trial]:
    """The trials as a list, with a line of progress on standard error."""
    total = sum(len(rule.examples) for rule in rubric.rules)
    made: list[Trial] = []
    began = time.monotonic()
    for trial in trials:
        made.append(trial)
        each = (time.monotonic() - began) / len(made)
        left = each * (total - len(made)) / 60
        told = f"\r{rubric.id}: {len(made)}/{total}, {each:.1f} s each, {left:.0f} min left "
        print(told, end="", file=sys.stderr, flush=True)
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return made


def row(name: str, rules: int, tried: Sequence[Sequence[Trial]]) -> tuple[str, ...]:
    """One line of the table, for the trials of each of some rubrics: ids of rules are unique only within one."""
    told = score([trial for trials in tried for trial in trials])
    pairs = [ordered(trials) for trials in tried]
    each = f"{told.seconds / told.asked:.2f}" if told.asked else "none asked"
    unknown = told.total.unknown
    why = [f"{words.REASONS[reason]} {n}" for reason, n in told.reasons]
    why += [f"between the thresholds {told.undecided}"] if told.undecided else []
    return (
        *(name, str(rules), str(told.total.n), each, share(told.total), share(told.violating)),
        *(share(told.near_misses), f"{sum(pair.right for pair in pairs)}/{sum(pair.n for pair in pairs)}"),
        *(f"{unknown} ({unknown / told.total.n:.0%})" if told.total.n else "0", ", ".join(why)),
    )


def share(tally: Tally) -> str:
    """ "67 % [30, 90] of 6"."""
    if tally.accuracy is None or tally.interval is None:
        return "none"
    low, high = tally.interval
    return f"{tally.accuracy:.0%} [{low * 100:.0f}, {high * 100:.0f}] of {tally.n}"


def line(cells: Sequence[str]) -> str:
    """A line for a terminal."""
    widths = (18, 6, 9, 15, 19, 19, 19, 16, 12, 0)
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def about(judge: str, policy: str, reasoning: bool) -> str:
    """What was measured, on what, for the head of the table."""
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    return (
        f"Judge {judge}, policy {policy}, reasoning {'on' if reasoning else 'off'}; {machine}. Every example judged by "
        "its own rule alone. Accuracy with its 95 % interval; unknown counts as not right. Above near miss: pairs of a "
        "violating example and a near miss of one rule in which the first has the higher score, whatever the "
        "thresholds. Between the thresholds: every answer is there, and reasoning or another policy would settle it."
    )


def markdown(rows: Sequence[Sequence[str]], head: str) -> str:
    """The table with its explanation. The first row names the columns."""
    ruler = ["---"] + ["---:"] * 3 + ["---"] * (len(HEAD) - 4)
    lines = [f"| {' | '.join(cells)} |" for cells in (rows[0], ruler, *rows[1:])]
    return head + "\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""`mmjudge jury`: several judges' stored verdicts, alone and together, against what people labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmjudge.cli.options import Database, RubricName, one_of
from mmjudge.cli.rubric_files import say

if TYPE_CHECKING:
    from mmjudge.juries import Counted, Heard


def jury(
    jurors: Annotated[list[str] | None, typer.Argument(help="Judges, by name or how their id begins.")] = None,
    rubric: RubricName = None,
    project: Annotated[str | None, typer.Option("--project", help="Labels of this project only.")] = None,
    about: Annotated[str | None, typer.Option(help="Labels on whole items (item) or on rules (rules).")] = None,
    database: Database = None,
) -> None:
    """Say what juries of judges would be worth: majority, any, weighted by reliability, weights that move."""
    from mmjudge.juries import convene
    from mmjudge.library import load
    from mmjudge.store import open_store

    words: tuple[Literal["item", "rules"], ...] = ("item", "rules")
    labels = one_of(about, words, "--about") if about else None
    with open_store(database) as store:
        heard = convene(store, load(rubric or "default"), jurors or (), project, labels)
    for line in lines(heard):
        say(line)


def lines(heard: Heard) -> list[str]:
    """A trial as a table and sentences."""
    from mmjudge.juries import shown

    told = [f"{'on held-back items':32} n     violations  missed      false alarms  unknown"]
    told += [_row(one) for one in (*heard.singles, *heard.juries)]
    told += ["", "reliability on the other half, and its weight in a vote:"]
    for one in heard.known:
        where = f"{one.modality}{', ' + one.rule if one.rule else ''}"
        told.append(
            f"  {shown(one.juror):30} {where:20} right {one.accuracy:.2f} of {one.n}, unknown {one.unknown}, "
            f"weight {one.weight:.2f}"
        )
    course, names = heard.course, heard.jurors
    weights = ", ".join(f"{shown(n)} {w:.2f}" for n, w in zip(names, course.weights[-1], strict=True))
    told += [
        "",
        f"weights that move, after {len(course.loss)} labels in the order they arrived: {weights}",
        f"regret against the best single judge, {shown(names[course.best])}: {course.regret[-1]:.2f} wrong answers; "
        f"it is never above {course.bound[-1]:.2f}",
    ]
    if heard.twins:
        left = ", ".join(shown(name) for name in heard.twins)
        told.append(f"left out, because a newer judge decides the same evidence: {left} (name judges to seat them)")
    return told + [f"{shown(name)} judges the output of its own model in {count} items" for name, count in heard.own]


def _row(one: Counted) -> str:
    share = f"{one.missed} ({one.missed / one.violations:.0%})" if one.violations else "-"
    others = one.n - one.violations
    alarms = f"{one.alarms} ({one.alarms / others:.0%})" if others else "-"
    return f"{one.name[:32]:32} {one.n:<5} {one.violations:<11} {share:11} {alarms:13} {one.unknown}"

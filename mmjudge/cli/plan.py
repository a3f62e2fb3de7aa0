"""`mmjudge plan`: how many items to label before a figure is known well enough, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

app = typer.Typer(no_args_is_help=True, help="How many items to label before a figure is known well enough.")

Within = Annotated[float, typer.Option("--within", help="How far off the figure may be to either side.")]
Level = Annotated[float, typer.Option("--level", help="The share of such intervals that hold the truth.")]
Prevalence = Annotated[float, typer.Option("--prevalence", help="The share of items that violate, as far as known.")]
People = Annotated[int, typer.Option("--people", min=1, help="People who label every item.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0, help="Seconds one answer takes.")]
Found = TypeVar("Found")


@app.command("prevalence")
def prevalence(
    within: Within = 0.03,
    expect: float = typer.Option(0.5, "--expect", help="The share that may violate; a half is the worst case."),
    judge: float = typer.Option(0.0, "--judge", help="Correlation of a judge's answers with people's, if it helps."),
    level: Level = 0.95,
    people: People = 1,
    seconds: Seconds = 20.0,
) -> None:
    """The share of a set that violates."""
    from mmjudge.agreement.planning import for_prevalence

    items = _planned(lambda: for_prevalence(within, expect, level, judge))
    helped = f" and a judge whose answers correlate {judge:g} with people's on the whole set" if judge else ""
    print(f"To know a prevalence near {expect:g} to within {within:g}, label {items:,} items drawn at random{helped}.")
    _work(items, level, people, seconds)


@app.command("recall")
def recall(
    within: Within = 0.05,
    expect: float = typer.Option(0.9, "--expect", help="The recall the judge may have."),
    prevalence: Prevalence = 0.1,
    level: Level = 0.95,
    people: People = 1,
    seconds: Seconds = 20.0,
) -> None:
    """The share of violations that a judge finds."""
    from mmjudge.agreement.planning import for_recall

    items, cases = _planned(lambda: for_recall(within, expect, prevalence, level))
    print(
        f"To know a recall near {expect:g} to within {within:g} at prevalence {prevalence:g}, label {items:,} items "
        f"drawn at random: only the violations among them tell, about {cases:,}."
    )
    _work(items, level, people, seconds)


@app.command("precision")
def precision(
    within: Within = 0.05,
    expect: float = typer.Option(0.9, "--expect", help="The precision the judge may have."),
    flagged: float = typer.Option(0.1, "--flagged", help="The share of items that the judge calls unsafe."),
    level: Level = 0.95,
    people: People = 1,
    seconds: Seconds = 20.0,
) -> None:
    """The share of what a judge flags that violates."""
    from mmjudge.agreement.planning import for_recall

    items, cases = _planned(lambda: for_recall(within, expect, flagged, level))
    print(
        f"To know a precision near {expect:g} to within {within:g}, label {cases:,} items drawn at random from what "
        f"the judge flagged, or {items:,} drawn from everything where it flags {flagged:g}."
    )
    _work(cases, level, people, seconds)


@app.command("kappa")
def kappa(
    within: Within = 0.1,
    expect: float = typer.Option(0.6, "--expect", help="The kappa there may be."),
    prevalence: Prevalence = 0.1,
    level: Level = 0.95,
    seconds: Seconds = 20.0,
) -> None:
    """Cohen's kappa between two raters, or between a person and the judge."""
    from mmjudge.agreement.planning import for_kappa

    items = _planned(lambda: for_kappa(within, expect, prevalence, level))
    print(
        f"To know a kappa near {expect:g} to within {within:g} at prevalence {prevalence:g}, let both answer "
        f"{items:,} items drawn at random."
    )
    _work(items, level, 2, seconds)


@app.command("compare")
def compare(
    difference: float = typer.Option(0.03, "--difference", help="How much more often one of them is right."),
    differing: float = typer.Option(0.1, "--differing", help="The share of items on which the two judges part."),
    power: float = typer.Option(0.8, "--power", help="The chance to see the difference if it is there."),
    level: Level = 0.95,
    people: People = 1,
    seconds: Seconds = 20.0,
) -> None:
    """Whether one of two judges, or of two versions, is right more often on the same items."""
    from mmjudge.agreement.planning import for_comparison

    items = _planned(lambda: for_comparison(difference, differing, power, level))
    print(
        f"To see with a chance of {power:g} that one judge is right more often by {difference:g}, where the two part "
        f"on {differing:g} of items, label {items:,} items drawn at random."
    )
    _work(items, level, people, seconds)


def _planned(plan: Callable[[], Found]) -> Found:
    try:
        return plan()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _work(items: int, level: float, people: int, seconds: float) -> None:
    answers = items * people
    hours = answers * seconds / 3600
    each = f"{people} people each" if people > 1 else "one person each"
    print(
        f"{each}: {answers:,} answers, {hours:,.1f} hours at {seconds:g} s. "
        f"On average, at level {level:g}, if the expected comes true."
    )

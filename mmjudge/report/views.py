"""Whether groups of raters have views of their own: GRASP's indices in a report.

Knows when there are too many answers to shuffle. Refuses to compute (`agreement.groups`) and to name groups so small
that one could tell who they are.
"""

from __future__ import annotations

from math import isnan

from mmjudge.agreement.groups import Figure as Shuffled
from mmjudge.agreement.groups import compare_groups
from mmjudge.ratings import Ratings
from mmjudge.report.names import number
from mmjudge.report.values import Facts, Figure

MOST_ANSWERS = 200_000
SHUFFLES = 500


def group_views(
    answers: Ratings, facts: Facts, only: tuple[str, ...], seed: int
) -> tuple[list[Figure], tuple[str, ...]]:
    """Rows (GAI and xRR of every group, DSI of every attribute) and sentences. `answers`: people's, about one rule;
    `only`: these attributes, () all."""
    axes = {name: of for name, of in facts.raters.items() if not only or name in only}
    if not axes:
        return [], ()
    if len(answers) > MOST_ANSWERS:
        return [], (
            f"Cohesion of groups is not shown: it is shuffled for up to {MOST_ANSWERS} answers, not {len(answers)}.",
        )
    said = [{axis: of[rater] for axis, of in axes.items() if of.get(rater)} for rater in answers.raters]
    found = compare_groups(answers, said, SHUFFLES, seed)
    rows = [
        _row(name, f"{one.axis}: {one.name}", figure, one.answers)
        for one in found.groups
        for name, figure in (("gai", one.gai), ("xrr", one.xrr))
    ]
    rows += [_row("dsi", axis, figure, len(answers)) for axis, figure in found.dsi]
    return rows, (*_sentences(found.groups), *_small(found.small))


def _row(name: str, group: str, figure: Shuffled, n: int) -> Figure:
    nan = float("nan")
    note = "" if isnan(figure.p) else f"p {figure.p:.3g} by shuffling, {figure.adjusted:.3g} adjusted"
    return Figure("people", name, "raters", group, figure.value, nan, nan, n, note=note)


def _sentences(groups) -> list[str]:
    told = []
    for one in groups:
        if not isnan(one.gai.value):
            sure = (
                "a view of its own" if one.gai.adjusted <= 0.05 and one.gai.value > 1 else "no view of its own is shown"
            )
            told.append(
                f"{one.axis}, {one.name} ({one.raters} raters): association index {number(one.gai.value)}, "
                f"p {one.gai.p:.3g}, adjusted {one.gai.adjusted:.3g}: {sure}."
            )
    return told


def _small(small: tuple[tuple[str, str, int], ...]) -> list[str]:
    return [
        f"{axis}, {name}: {raters} {'rater is' if raters == 1 else 'raters are'} too few to be shown as a group."
        for axis, name, raters in small
    ]

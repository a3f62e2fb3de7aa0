"""What the figures come to, in words a manager can act on, and why where they come to nothing.

Knows when an interval settles a question. Refuses to say more than it does: not known is an answer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmjudge.agreement.prevalence import Estimate, Refused
from mmjudge.agreement.replacement import ReplacementTest
from mmjudge.report.names import around, number
from mmjudge.report.panel import Panel, answered, compared, unknown_to_judge
from mmjudge.report.values import Drawn, Figure, Said, Tone

MARGIN = 0.05
"""Five points below one person still count as "as well as": stated wherever it is used."""
LEAST = 30
LEAST_DECIDED = 0.5
"""A judge that decides on less than half of what people answered is not called good, however right it is there."""


def verdict(part: Panel, rows: list[Figure]) -> Said:
    """How far to trust the judge, from the row of everything."""
    of = {row.name: row for row in rows if row.subject == "both" and row.kind == "all"}
    if not answered(part).any():
        return _without_judge(part, rows)
    gap = of.get("judge_less_person")
    if gap is None or gap.n == 0:
        return Said(
            "open", "How the judge compares with a person is not known", (*_why_no_gap(part), *_beside(part, rows))
        )
    beside = (
        f"Against the majority of the other people the judge agrees on {_share(of['judge_with_others'])}, "
        f"one person on {_share(of['person_with_others'])}, over the same {gap.n} answers.",
        f"The difference is {_points(gap.value)}{_between(gap)}.",
        *_beside(part, rows),
    )
    items, spread = _compared(part)
    alike = np.isnan(gap.low) and not spread
    if items < LEAST or (np.isnan(gap.low) and spread):
        few = (
            f"{items} items that the judge decided and two people answered are too few to say; label at least {LEAST}, "
            "better some hundreds."
        )
        return Said("open", "How the judge compares with a person is not known", (few, *beside))
    if alike:
        unseen = -float(np.log((1 - gap.level) / 2)) / items
        gap = replace(gap, low=max(gap.value - unseen, -1.0), high=min(gap.value + unseen, 1.0))
        beside = (
            f"The difference is the same on each of {items} items: {_points(unseen)} may be there and not be seen.",
            *beside,
        )
    tone, headline = _settled(gap)
    decided, asked = int((~np.isnan(part.said)).sum()), len(part.item)
    if tone == "good" and decided < LEAST_DECIDED * asked:
        headline = "The judge decides too little to be trusted with the whole set"
        return Said(
            "open",
            headline,
            (f"It decided {decided} of {asked} that people answered: what is said here holds for these.", *beside),
        )
    return Said(tone, headline, beside)


def _compared(part: Panel) -> tuple[int, bool]:
    """Items on which the judge, a person and the other people are compared, and whether the differences differ."""
    both = compared(part)
    unit = part.unit[both]
    rest = part.rest[both]
    less = (part.said[unit] == rest).astype(float) - (part.value[both] == rest)
    items, place = np.unique(part.item[unit], return_inverse=True)
    means = np.bincount(place, less) / np.bincount(place)
    return len(items), bool(np.ptp(means) > 1e-9)


def _settled(gap: Figure) -> tuple[Tone, str]:
    if gap.low > 0:
        return "good", "The judge agrees with people better than one person does"
    if gap.low >= -MARGIN:
        return "good", f"The judge agrees with people as well as one person does, to within {MARGIN * 100:.0f} points"
    if gap.high < 0:
        return "bad", "The judge agrees with people less than one person does"
    return "open", "Whether the judge agrees with people as well as one person does is not known: label more items"


def _without_judge(part: Panel, rows: list[Figure]) -> Said:
    alpha = next((r for r in rows if (r.subject, r.name, r.kind) == ("people", "krippendorff_alpha", "all")), None)
    if alpha is None or np.isnan(alpha.value):
        return Said(
            "open", "How far people agree is not known", ("No item has answers of two people that could differ.",)
        )
    headline = f"People agree with an alpha of {number(alpha.value)}"
    return Said("open", headline, (f"Interval {around(alpha.low, alpha.high)}, {alpha.n} items. No judge was chosen.",))


def _why_no_gap(part: Panel) -> tuple[str, ...]:
    if len(np.unique(part.rater)) < 2:
        return ("One person answered: how well people agree among themselves cannot be seen. Ask a second one.",)
    if not (~np.isnan(part.rest)).any():
        return ("No two people answered the same item. Let raters overlap.",)
    return ("The judge decided nothing that two people answered.",)


def _beside(part: Panel, rows: list[Figure]) -> tuple[str, ...]:
    """What must be known beside the headline: the two errors, and what is left undecided."""
    of = {row.name: row for row in rows if row.subject == "judge" and row.kind == "all"}
    said = []
    if "recall" in of and of["recall"].n:
        said.append(f"It finds {_share(of['recall'])} of the {of['recall'].n} violations it decided on.")
    if "specificity" in of and of["specificity"].n:
        said.append(f"Of the {of['specificity'].n} others it leaves {_share(of['specificity'])} alone.")
    open_, looked = int(unknown_to_judge(part).sum()), int(answered(part).sum())
    if open_:
        said.append(f"On {open_} of {looked} it says unknown: those are for people, and count nowhere as safe.")
    absent = len(part.item) - looked
    if absent:
        said.append(f"{absent} of the {len(part.item)} that people answered it has not judged.")
    return tuple(said)


def replacement(test: ReplacementTest) -> Said:
    """The alternative annotator test in words."""
    if test.passed is None:
        return Said("open", "Whether the judge may stand in for a rater is not known", (f"{_sentence(test.why)}",))
    people = len(test.against)
    beaten = sum(one.beaten for one in test.against)
    because = (
        f"It is as near to the others as {beaten} of {people} people, with a handicap of {test.epsilon:g} granted for "
        f"its cost (winning rate {number(test.winning)}; half is needed).",
        f"As near as a person picked at random on {number(test.advantage)} of {test.items} items.",
        *((f"{test.unknown} items on which it says unknown are left out.",) if test.unknown else ()),
        *((f"{test.skipped} people have too few items to be compared.",) if test.skipped else ()),
        *(("With fewer than three people the test is weak.",) if people < 3 else ()),
    )
    if test.passed:
        return Said("good", "By the alternative annotator test the judge may stand in for one of these raters", because)
    return Said("bad", "By the alternative annotator test the judge may not stand in for a rater", because)


def prevalence(found: Estimate | Refused, drawn: Drawn | None = None) -> Said:
    """The share of violations in the whole set, or why it is not said. `drawn`: of the project."""
    if isinstance(found, Refused):
        return Said("open", "How much of the whole set violates is not said", (_sentence(found.why),))
    headline = (
        f"{number(found.value * 100, 1)} % of the set violates ({around(found.low * 100, found.high * 100, 1)} %)"
    )
    because = (
        f"Method: {found.method}; {found.n} labelled items, worth {found.effective:.0f} of a simple random sample.",
        *_unknown_share(found),
        *_part_of(found, drawn),
    )
    return Said("good", headline, because)


def _unknown_share(found: Estimate) -> tuple[str, ...]:
    if not found.unknown:
        return ()
    known = found.n / (found.n + found.unknown)
    low, high = found.value * known, found.value * known + 1 - known
    return (
        f"{found.unknown} more items are unknown: people are split, could not tell, or left a rule open. They are left "
        f"out; were none or all of them violations, it would be about {number(low * 100, 1)} or "
        f"{number(high * 100, 1)} %.",
    )


def _part_of(found: Estimate, drawn: Drawn | None) -> tuple[str, ...]:
    if drawn is None or found.n >= drawn.tasks:
        return ()
    if drawn.sampling != "random":
        return (f"Of {drawn.tasks:,} tasks {found.n:,} have a truth: they are taken to be like the rest.",)
    return (
        f"Of {drawn.tasks:,} tasks {found.n:,} have a truth: the queue is in random order, so they count as a random "
        "part of it.",
    )


def _share(row: Figure) -> str:
    return f"{row.value * 100:.0f} %{_between(row)}"


def _points(value: float) -> str:
    return f"{value * 100:+.1f} points"


def _between(row: Figure) -> str:
    if np.isnan(row.low):
        return ""
    return f" ({row.low * 100:.0f} to {row.high * 100:.0f})"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")

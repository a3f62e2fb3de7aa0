"""The values of a report: figures with their doubt, and what could not be said.

Knows shapes only. Refuses to compute and to know how it looks: `compute` fills them, `html`, `pdf` and `table` show
them. All of them are plain data, so that a report can be written down in full digits and made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["judge", "people", "both"]
"""Whose figure it is: the judge's against the truth, people's among themselves, or the two on the same footing."""

Kind = Literal["all", "rule", "category", "modality", "language", "raters", "judge", "rater", "other"]
"""What a group is a group of. `raters`: people who share an attribute; `judge`, `rater`: one of them."""
KINDS: tuple[Kind, ...] = get_args(Kind)

Tone = Literal["good", "bad", "open"]
Controversial = Literal["violation", "fine", "unknown"]
"""What the answer controversial counts as, where only yes and no are compared."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `low` to `high`: its interval; NaN where n cannot say. `n`: the cases it rests on. `group` is "" for
    everything. `note`: what to know about it, in words."""

    subject: Subject
    name: str
    kind: Kind
    group: str
    value: float
    low: float
    high: float
    n: int
    level: float = 0.95
    note: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many, and of what, in words."""

    what: str
    n: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `lower` to `upper`: `n` of them, their mean `score`, the `rate` of violations and its interval."""

    lower: float
    upper: float
    n: int
    score: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Worst:
    """A pair of item and rule on which people and the judge part. `apart` in [0, 1]: judge's score (else its answer)
    against the share of people who say yes. `evidence`: (question, score or reason) in words; `text` only on request.
    """

    item: str
    rule: str
    yes: int
    no: int
    unknown: int
    said: str
    score: float
    apart: float
    evidence: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words. `tone`: "open" is not known."""

    tone: Tone
    headline: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How items came to be asked about in a project: its `sampling`, so many `tasks` of a set of `size` items."""

    sampling: str
    tasks: int
    size: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the answers. `items`: per kind of group ("modality", "language", an attribute), the value of
    every item; `categories`: of every rule; `raters`: per attribute, the value of every rater, as they say themselves;
    `drawn`: None where the answers are of no project.
    """

    items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    raters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """A whole report.

    `judge`: whose; "" where only people answered. `truth`: what it is held against, in words. `about`: "item", or
    "rules" where people answered about rules only and item–rule pairs are counted. `table`: (2, 2) rows truth, columns
    judge, no before yes. `missing`: answers that are none, by whom and why. `scored`: (score, violations, others), by
    rising score, for the threshold; `floor`: the calibration error a perfect judge shows here, and its 95th percentile.
    `asked`: prevalence and replacement: what they say or why they say nothing. `parts`: rule or precondition and on how
    many of the disagreements it decides. `made`: versions. `command`: how to make it again.
    """

    title: str
    judge: str
    truth: str
    about: str
    said: Said
    counts: tuple[Count, ...]
    rows: tuple[Figure, ...]
    table: tuple[tuple[int, int], tuple[int, int]]
    missing: tuple[Count, ...]
    bins: tuple[Bin, ...] = ()
    floor: tuple[float, float] = (float("nan"), float("nan"))
    scored: tuple[tuple[float, int, int], ...] = ()
    unscored: int = 0
    replacement: Said | None = None
    prevalence: Said | None = None
    groups: tuple[str, ...] = ()
    effort: tuple[tuple[str, float], ...] = ()
    exposure: tuple[tuple[str, float], ...] = ()
    worst: tuple[Worst, ...] = ()
    disagreed: int = 0
    parts: tuple[Count, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    command: str = ""
    notes: tuple[str, ...] = ()

    def of(self, kind: str, subject: str = "") -> tuple[Figure, ...]:
        """The rows of one kind of group, and of one subject where it is named."""
        return tuple(row for row in self.rows if row.kind == kind and subject in ("", row.subject))

    def one(self, subject: str, name: str, kind: str = "all", group: str = "") -> Figure | None:
        """That row, None where it was not computed."""
        wanted = (subject, name, kind, group)
        return next((row for row in self.rows if (row.subject, row.name, row.kind, row.group) == wanted), None)

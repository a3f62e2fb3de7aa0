"""The values of the half in which people answer: raters, projects, tasks, and what they were exposed to.

Knows the words of annotation. Refuses to know passwords, tables, pages and how a queue is ordered. Standard library
only. What people say is a `Label`, as what judges say can be read as one (`types`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["rater", "adjudicator", "admin", "viewer"]
"""A rater labels; an adjudicator settles too; an admin makes projects and raters too; a viewer only reads reports."""
ROLES: tuple[Role, ...] = get_args(Role)

About = Literal["item", "rules"]
"""What is asked of a rater: one answer about the whole item, or one about each rule of the rubric."""

Sampling = Literal["all", "random", "uncertain", "disagreed", "given"]
"""Which items of a set became tasks, and in which order. `all` and `random` have known inclusion probabilities, so that
figures on them can be estimates for the set; `uncertain` and `disagreed` are chosen for what they teach; `given`: as
somebody else chose, nobody knows how."""
PROBABILITY: tuple[Sampling, ...] = ("all", "random")

SkipReason = Literal["disturbing", "not_loading", "language", "conflict", "unclear", "other"]
SKIP_REASONS: tuple[SkipReason, ...] = get_args(SkipReason)


@dataclass(frozen=True, slots=True)
class Rater:
    """Somebody who signs in. `keys`: their own keys, pairs of action and `KeyboardEvent.code`; () are the defaults.
    `at`: when they were added, seconds since 1970. The password is never part of a value."""

    name: str
    role: Role = "rater"
    disabled: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a rater is asked. `tri`: controversial may be answered of a whole item; `severity`: 0 to 3 is asked after a
    violation; `preconditions`: the questions of a contested rule are asked too; `regions`: where it shows may be
    marked."""

    about: About = "item"
    tri: bool = False
    severity: bool = False
    preconditions: bool = False
    regions: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A set of items, a rubric and a way of asking.

    `assisted`: the judge's verdict is shown beforehand, and every label says so (phase "assisted"): it never counts as
    independent. `judge_id`: whose verdict is shown, beforehand or after the label; "" shows the newest there is.
    `overlap`: raters per item. `size`: items in the set that was sampled from. `care`: media come blurred, grey, muted
    and slow until they are revealed. `budget_minutes`: of uncovered exposure per sitting, before a break of
    `break_minutes` is due; 0: no budget. `at`, `closed`: seconds since 1970; `closed` 0: open.
    """

    id: str
    title: str
    rubric_id: str
    rubric_version: str
    scheme: Scheme = Scheme()
    assisted: bool = False
    judge_id: str = ""
    overlap: int = 1
    sampling: Sampling = "all"
    size: int = 0
    seed: int = 0
    care: bool = True
    budget_minutes: float = 30.0
    break_minutes: float = 5.0
    created_by: str = ""
    at: float = 0.0
    closed: float = 0.0

    def __post_init__(self) -> None:
        if self.overlap < 1:
            raise ValueError(f"project {self.id}: overlap is {self.overlap}, at least one rater must see an item")
        if min(self.budget_minutes, self.break_minutes) < 0:
            raise ValueError(f"project {self.id}: minutes must not be negative")


@dataclass(frozen=True, slots=True)
class Task:
    """One item of a project. `position`: its place in the queue. `probability`: with which it came into the project, in
    (0, 1], None where nobody knows. `done`: raters who have answered."""

    id: int
    project_id: str
    item_id: str
    position: int
    probability: float | None = None
    done: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A task held by one rater until `until` (seconds since 1970)."""

    task: Task
    rater: str
    until: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """How long one rater looked at one item. `seconds` in all, `uncovered` of them without blur (or with sound);
    `reveals`: how often the cover was lifted."""

    rater: str
    project_id: str
    item_id: str
    seconds: float
    uncovered: float
    reveals: int
    at: float

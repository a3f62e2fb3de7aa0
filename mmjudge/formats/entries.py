"""What a file holds, whatever its format: items and what was said about them.

Knows the values between a file and the store. Refuses to know formats, tables and paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mmjudge.types import Item, Label


class Given(NamedTuple):
    """An item of a file. `name`: what the file calls it; `sources`: where else it was seen; `where`: for messages."""

    name: str
    item: Item
    sources: tuple[str, ...] = ()
    where: str = ""


class Said(NamedTuple):
    """A label of a file. `label.item_id` is what the file calls the item. `submitted`: the file says its submission;
    else one is made of the row. `scored`: the row has a score, for which a label has no place."""

    label: Label
    submitted: bool
    scored: bool = False
    where: str = ""


Entry = Given | Said


class Word(NamedTuple):
    """A judge's verdict on its way out. `score` in [0, 1] or None; `at`: seconds since 1970."""

    judge: str
    model: str
    label: str
    score: float | None
    severity: int
    at: float
    rubric_id: str
    rubric_version: str


class Bundle(NamedTuple):
    """An item with all that was said about it."""

    given: Given
    labels: tuple[Label, ...]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Meant:
    """What rows mean that do not say it themselves. `rules`: the ids a rule of this rubric version may have.
    `fps`: frames per second of videos, for formats that count in frames."""

    rubric_id: str = ""
    rubric_version: str = ""
    rules: frozenset[str] = frozenset()
    rule: str = ""
    project: str = ""
    fps: float | None = None

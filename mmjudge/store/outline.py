"""What the store works out about a value before it is written, so that a list can be shown without opening bodies.

Knows the values only. Refuses to know tables. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal, get_args

from mmjudge.types import Item, Measurement, Passage, Reason

Kind = Literal["text", "image", "audio", "video"]
"""What a person would call the parts of a post."""
KINDS: tuple[Kind, ...] = get_args(Kind)

RETRIED: frozenset[Reason] = frozenset({"backend_failed", "timed_out"})
"""Reasons that lie outside the item and may have passed: such a measurement is made again, any other stands."""

PREVIEW_CHARS = 160


def retryable(measurement: Measurement) -> bool:
    """Whether any answer or part is missing for a reason that may have passed (`RETRIED`)."""
    reasons = [e.reason for e in measurement.evidence] + [g.reason for g in measurement.gaps]
    return any(reason in RETRIED for reason in reasons)


def title(item: Item, sources: Iterable[str]) -> str:
    """A short name: of the first file, else of the first source, else ""."""
    named = [media.path.name for media in item.media] + [PurePath(source).name for source in sources]
    return next((name for name in named if name), "")


def preview(item: Item) -> str:
    """The beginning of the item's words on one line, at most PREVIEW_CHARS characters."""
    said = item.text or " ".join(turn.text for turn in item.turns)
    # Only a beginning is split: the text of an item may be megabytes long.
    line = " ".join(said[: 8 * PREVIEW_CHARS].split())
    return line if len(line) <= PREVIEW_CHARS else line[: PREVIEW_CHARS - 1] + "…"


def kinds_of_files(passages: tuple[Passage, ...]) -> tuple[Kind, ...]:
    """What the files of an item were, by what was read of them: pictures that last are video."""
    parts = [p for p in passages if p.part not in ("whole", "text")] or list(passages)
    found = {_kind_of_file(p) for p in parts} - {None}
    return tuple(kind for kind in KINDS if kind in found)


def _kind_of_file(passage: Passage) -> Kind | None:
    if "image" in passage.modalities:
        return "image" if passage.span is None else "video"
    return "audio" if passage.heard or "audio" in passage.modalities else None

"""Readings that are kept for the questions to come, and how a segment is recognised.

Knows ids and keys of what was read. Refuses to read anything.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

from mmjudge import prompts
from mmjudge.backends.engine import suffixes
from mmjudge.backends.engine.prefix import Native, Prefix
from mmjudge.types import Segment

KEPT = 4
"""Readings kept: the item's own and some beside it (the prior's, and pictures without their central objects). Those
read ahead come on top."""


class Read(NamedTuple):
    """A prompt that was read: its token ids before media are put in, and its keys and values. The first `least` ids
    hold all media: no continuation begins before them."""

    ids: list[int]
    prefix: Prefix | Native
    least: int

    def shared_with(self, rows: Sequence[Sequence[int]]) -> tuple[Prefix | Native, int]:
        """What the rows, which all begin with the first `least` ids, have in common with it, and how many ids that
        is. The model's own cache cannot be cut, and its ids are those of the beginning."""
        if isinstance(self.prefix, Native):
            return self.prefix, len(self.ids)
        start = max(self.least, suffixes.common([self.ids, *rows]))
        return self.prefix.cut(self.prefix.length - len(self.ids) + start), start


def keep(known: OrderedDict[str, Any], key: str, most: int) -> None:
    """`key` was used last; what was not used for longest goes."""
    known.move_to_end(key)
    while len(known) > most:
        known.popitem(last=False)


def content_key(segment: Segment) -> str:
    """A digest of everything of a segment that a model is shown."""
    made = hashlib.sha256(repr((segment.target, prompts.shown(segment), segment.frame_times)).encode())
    for frame in segment.frames:
        made.update(repr(frame.shape).encode())
        made.update(frame.tobytes())
    if segment.audio is not None:
        made.update(segment.audio.tobytes())
    return made.hexdigest()

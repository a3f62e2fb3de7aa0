"""How questions share a prompt: the beginning they have in common, and their ends laid one after the other.

Knows lists of token ids. Refuses to know models and words. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Packed(NamedTuple):
    """The ends of several prompts in one row. All but `last` have one entry per token of the row."""

    ids: list[int]
    owner: list[int]
    """Which prompt the token belongs to."""
    place: list[int]
    """Its place within the end of that prompt, from 0."""
    last: list[int]
    """Per prompt, where in the row its last token stands."""


def common(rows: Sequence[Sequence[int]]) -> int:
    """The length of the longest beginning all rows share that leaves each at least one token.

    ValueError without rows or with an empty one: nothing could follow it.
    """
    if not rows or not all(rows):
        raise ValueError("a shared beginning needs rows of at least one token")
    most = min(map(len, rows)) - 1
    first = rows[0]
    return next((at for at in range(most) if any(row[at] != first[at] for row in rows)), most)


def pack(rows: Sequence[Sequence[int]]) -> Packed:
    """The rows one after the other."""
    ids = [token for row in rows for token in row]
    owner = [n for n, row in enumerate(rows) for _ in row]
    place = [at for row in rows for at in range(len(row))]
    ends, total = [], 0
    for row in rows:
        total += len(row)
        ends.append(total - 1)
    return Packed(ids, owner, place, ends)


def groups(lengths: Sequence[int], most: int) -> list[range]:
    """Runs of neighbours whose lengths sum to at most `most`; one that is longer alone is a run of its own."""
    found: list[range] = []
    start = total = 0
    for at, length in enumerate(lengths):
        if at > start and total + length > most:
            found.append(range(start, at))
            start, total = at, 0
        total += length
    return [*found, range(start, len(lengths))] if lengths else found

"""Conversations -> segments: turns of several speakers in windows.

Knows roles and lengths. Refuses to know what is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mmjudge.media.limits import Limits, Part, Sampling, lack, piece
from mmjudge.media.text import clean, windows
from mmjudge.types import Target, Turn


def turns_part(text: str, turns: Sequence[Turn], target: Target, limits: Limits, sampling: Sampling) -> Part:
    """Segments of a conversation, each at most `sampling.window` characters long: consecutive turns, a long turn in
    pieces of the same role. A window that begins within a conversation repeats the end of the piece before it (at most
    `sampling.overlap` characters), and where the response is judged, the beginning of the question it answers.

    A caption beside the conversation (`text`) stands in the first segment."""
    caption = clean(text).text.strip()
    taken, left = within(
        [replace(turn, text=clean(turn.text).text) for turn in turns], limits.characters - len(caption)
    )
    size = max(sampling.window // 2, 1)
    pieces = [part for turn in taken for part in split(turn, size, min(sampling.overlap, size // 2))]
    gaps = [lack("too_large", f"{left} characters of the conversation were not read: split it")] if left else []
    if not pieces and not caption:
        return Part((), (*gaps, lack("undecodable", "nothing to judge: every turn of the conversation is empty")))
    groups = grouped(pieces, sampling.window, sampling.overlap, target) or [()]
    first = piece(text=caption[: sampling.window])
    segments = [replace(first if i == 0 else piece(), turns=group) for i, group in enumerate(groups)]
    segments += [
        piece(text=caption[a:b], chars=(a, b)) for a, b in windows(caption, sampling.window, sampling.overlap)[1:]
    ]
    return Part(tuple(segments), tuple(gaps))


def within(turns: Iterable[Turn], most: int) -> tuple[list[Turn], int]:
    """The turns up to `most` characters in all, and how many characters are left over."""
    taken: list[Turn] = []
    left = 0
    for turn in turns:
        room = max(most, 0)
        if room and turn.text:
            taken.append(replace(turn, text=turn.text[:room]))
        left += max(len(turn.text) - room, 0)
        most -= len(turn.text)
    return taken, left


def split(turn: Turn, size: int, overlap: int) -> list[Turn]:
    """A turn in pieces of at most `size` characters."""
    return [replace(turn, text=turn.text[start:end]) for start, end in windows(turn.text, size, overlap)]


def grouped(pieces: Sequence[Turn], size: int, overlap: int, target: Target) -> list[tuple[Turn, ...]]:
    """Consecutive pieces in windows of at most `size` characters, each with its context in front."""
    groups: list[tuple[Turn, ...]] = []
    current: list[Turn] = []
    length = 0
    asked: Turn | None = None
    for number, turn in enumerate(pieces):
        if current and length + len(turn.text) > size:
            groups.append(tuple(current))
            current = _context(asked, pieces[number - 1], overlap, target)
            length = sum(len(before.text) for before in current)
        current.append(turn)
        length += len(turn.text)
        if turn.role == "user" and (number == 0 or pieces[number - 1].role != "user"):
            asked = turn
    return [*groups, tuple(current)] if current else groups


def _context(asked: Turn | None, before: Turn, overlap: int, target: Target) -> list[Turn]:
    if target == "response" and asked is not None and before is not asked:
        return [replace(asked, text=asked.text[: max(overlap, 1)])]
    return [replace(before, text=before.text[-overlap:])] if overlap else []

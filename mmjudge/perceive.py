"""Reading -> Reading with its words: speech transcribed, text in pictures read.

Knows that the same samples or frame are heard or read once, however many segments share them, and that words that
could not be had are a gap. Refuses to know which recogniser it talks to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from mmjudge.backends import TextReader, Transcriber
from mmjudge.types import Gap, Heard, Missing, Reading, Segment, Step

if TYPE_CHECKING:
    import numpy as np

Watch = Callable[[Step], None]
"""Told of every step as it happens; must return quickly. A `BaseException` it raises stops the judging (cancelling)."""

MAX_SEEN = 4000
"""Characters of on-screen text kept per segment: a page of small print, not a book."""


def perceive(reading: Reading, transcriber: Transcriber | None, reader: TextReader | None, watch: Watch) -> Reading:
    """Fill `heard` and `seen` of every segment. What has no recogniser, or failed, becomes a gap with words."""
    gaps: dict[tuple[str, str], Gap] = {}
    ears = _Once(lambda audio: transcriber.transcribe(audio) if transcriber else NO_EARS)
    eyes = _Once(lambda frame: reader.read_text(frame) if reader else NO_EYES)
    segments = []
    for n, segment in enumerate(reading.segments):
        if segment.audio is not None or segment.frames:
            watch(Step("read", f"listening to and reading part {segment.part}", n, len(reading.segments)))
        heard = _hear(segment, ears, gaps)
        seen = _see(segment, eyes, gaps)
        segments.append(dataclasses.replace(segment, heard=heard, seen=seen))
    return Reading(reading.item_id, tuple(segments), (*reading.gaps, *gaps.values()))


NO_EARS = Missing(
    "unsupported_modality", "speech was not transcribed: no recogniser; `mmjudge doctor` says how to get one"
)
NO_EYES = Missing(
    "unsupported_modality", "words in pictures were not read: no OCR; `mmjudge doctor` says how to get it"
)


class _Once:
    """Calls a recogniser once per array: the joint segment of a post shares its arrays with the parts."""

    def __init__(self, call: Callable[[np.ndarray], object]) -> None:
        self._call = call
        self._done: dict[int, object] = {}

    def __call__(self, array: np.ndarray) -> object:
        if id(array) not in self._done:
            self._done[id(array)] = self._call(array)
        return self._done[id(array)]


def _hear(segment: Segment, ears: _Once, gaps: dict[tuple[str, str], Gap]) -> tuple[Heard, ...]:
    if segment.audio is None or len(segment.audio) == 0:
        return ()
    answer = ears(segment.audio)
    if isinstance(answer, Missing):
        gaps.setdefault((segment.part, "heard"), Gap(segment.part, answer.reason, answer.note, segment.span))
        return ()
    assert isinstance(answer, tuple)
    start = segment.span[0] if segment.span else 0.0
    return tuple(dataclasses.replace(h, start=h.start + start, end=h.end + start) for h in answer)


def _see(segment: Segment, eyes: _Once, gaps: dict[tuple[str, str], Gap]) -> str:
    lines: list[str] = []
    for frame in segment.frames:
        answer = eyes(frame)
        if isinstance(answer, Missing):
            gaps.setdefault((segment.part, "seen"), Gap(segment.part, answer.reason, answer.note, segment.span))
        else:
            assert isinstance(answer, str)
            lines += [line for line in answer.splitlines() if line.strip() and line not in lines]
    return "\n".join(lines)[:MAX_SEEN]

"""How much of a file is taken, and how finely it is looked at.

Knows numbers only. Refuses to know formats and decoders.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

from mmjudge.types import Gap, Reason, Segment


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Whatever lies beyond is a gap that says so; it is never read in part without a word.

    bytes: largest file that is opened at all.
    whole_bytes: largest file of a kind that has to be read whole (pictures, text, HTML, PDF).
    pixels: most pixels (width x height, from the header, before anything is decoded) of a picture.
    video_pixels: the same for one frame of a video, whose decoder holds a score of frames at once.
    characters: most characters of text taken from one file or one caption.
    pages: most pages of a PDF or of a many-paged TIFF.
    duration: seconds of video or animation taken from the start of a file, and of sound of all its tracks together.
    frames: most frames decoded of one video or animation, kept or not.
    tracks: most sound tracks heard of one file.
    seconds: wall-clock time spent on one file; checked between frames, packets and pages.

    Archives have no limit because they are never opened.
    """

    bytes: int = 2 << 30
    whole_bytes: int = 128 << 20
    pixels: int = 64_000_000
    video_pixels: int = 10_000_000
    characters: int = 200_000
    pages: int = 200
    duration: float = 3600.0
    frames: int = 250_000
    tracks: int = 4
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How finely what is taken is looked at. Part of what was measured: other numbers here are another measurement.

    window, overlap: characters of a text window, and how many of them the next window repeats at most.
    side: longest side in pixels of a picture after reading; larger ones are scaled down, none is scaled up.
    video_side: the same for frames of videos and animations.
    frame_seconds: within a shot, a frame is looked at again after this many seconds if it changed.
    shot_seconds: shots shorter than this are joined with the next into one segment.
    frames_per_shot: most frames a segment carries; those that differ most from the one before are kept.
    max_frames: most frames of one file, except that a segment never goes without one.
    audio_window: longest stretch of sound in one segment, in seconds (speech recognisers hear 30 at once).
    joint_frames: most frames of all files together in the segment that shows a post as a whole.
    """

    window: int = 3000
    overlap: int = 300
    side: int = 1536
    video_side: int = 1024
    frame_seconds: float = 2.0
    shot_seconds: float = 5.0
    frames_per_shot: int = 4
    max_frames: int = 48
    audio_window: float = 30.0
    joint_frames: int = 8


class Part(NamedTuple):
    """What came of one file or one text. Segments and gaps do not know yet whose they are: `reading` numbers them."""

    segments: tuple[Segment, ...] = ()
    gaps: tuple[Gap, ...] = ()


class UnreadError(Exception):
    """Inside media only: this cannot be read, for a `reason` of the closed list and a `note` in words."""

    def __init__(self, reason: Reason, note: str) -> None:
        super().__init__(note)
        self.reason: Reason = reason
        self.note = note


class Clock:
    """The time one file may take."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises UnreadError (timed_out) once the time is over."""
        if time.monotonic() > self._end:
            raise UnreadError(
                "timed_out", f"reading took longer than {self._seconds:g} s: raise the limit or cut the file"
            )


def piece(
    *,
    text: str = "",
    chars: tuple[int, int] | None = None,
    span: tuple[float, float] | None = None,
    frames: tuple = (),
    frame_times: tuple[float, ...] = (),
    audio: object = None,
    note: str = "",
) -> Segment:
    """A segment that does not know its item, index and part yet."""
    return Segment(
        item_id="",
        index=0,
        text=text,
        chars=chars,
        span=span,
        frames=frames,
        frame_times=frame_times,
        audio=audio,  # type: ignore[arg-type]
        note=note,
    )


def lack(reason: Reason, note: str, span: tuple[float, float] | None = None) -> Gap:
    """A gap that does not know its part yet."""
    return Gap("", reason, note, span)

"""Subtitle tracks of videos -> the words and when they are shown.

Knows text subtitles. Subtitles drawn as pictures are not read, and a gap says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmjudge.media.limits import Clock, Limits, Sampling, UnreadError, lack, piece
from mmjudge.media.streams import opened, origin
from mmjudge.media.text import clean, windows
from mmjudge.types import Gap, Segment

_STYLE = re.compile(r"\{\\[^}]*\}")
TRACKS = 16
"""Most subtitle tracks read of one file (one a language)."""


class Line(NamedTuple):
    """Words shown from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def read_subtitles(path: Path, demuxer: str, limits: Limits, clock: Clock) -> tuple[list[Line], list[Gap]]:
    """The lines of all text tracks in the order of time; the same words at the same time once."""
    lines: list[Line] = []
    gaps: list[Gap] = []
    with opened(path, demuxer) as container:
        tracks = len(container.streams.subtitles)
    for track in range(min(tracks, TRACKS)):
        try:
            lines += _track(path, demuxer, track, limits, clock)
        except UnreadError as error:
            gaps.append(lack(error.reason, f"subtitles {track + 1}: {error.note}"))
    if tracks > TRACKS:
        gaps.append(lack("too_large", f"{tracks} subtitle tracks: only the first {TRACKS} were read"))
    taken, length = [], 0
    for line in sorted(set(lines)):
        length += len(line.text)
        if length > limits.characters:
            gaps.append(lack("too_large", f"subtitles of more than {limits.characters} characters: the rest is unread"))
            break
        taken.append(line)
    return taken, gaps


def _track(path: Path, demuxer: str, track: int, limits: Limits, clock: Clock) -> list[Line]:
    import av

    lines: list[Line] = []
    length = 0
    with opened(path, demuxer) as container:
        stream = container.streams.subtitles[track]
        zero = origin(container)
        if stream.codec_context is None:
            raise UnreadError("unsupported_modality", "no decoder for this kind: give them as a text file")
        try:
            for packet in container.demux(stream):
                clock.check()
                words, pictures = _words(packet)
                if pictures:
                    raise UnreadError(
                        "unsupported_modality", "drawn as pictures, which are not read: give them as text"
                    )
                if words and packet.pts is not None and packet.time_base is not None:
                    start = max(float(packet.pts * packet.time_base) - zero, 0.0)
                    lasts = float((packet.duration or 0) * packet.time_base) or 5.0
                    lines.append(Line(start, start + max(lasts, 0.0), words))
                    length += len(words)
                if length > limits.characters or (lines and lines[-1].start > limits.duration):
                    break
        except av.FFmpegError as error:
            raise UnreadError("undecodable", f"damaged ({type(error).__name__})") from None
    return lines


def _words(packet: Any) -> tuple[str, bool]:
    """The words of a packet, and whether there is a picture in it."""
    import av

    try:
        shown = list(packet.decode())
    except (av.FFmpegError, ValueError):
        return "", False
    said = [getattr(entry, "dialogue", None) or getattr(entry, "text", b"") for entry in shown]
    pictures = any(getattr(entry, "type", b"") == b"bitmap" for entry in shown)
    words = "\n".join(plain(entry.decode("utf-8", "replace")) for entry in said if isinstance(entry, bytes))
    return words.strip(), pictures


def plain(dialogue: str) -> str:
    """The words of a line without its styling."""
    return clean(_STYLE.sub("", dialogue).replace("\\N", "\n").replace("\\n", "\n")).text.strip()


def subtitled(segments: Sequence[Segment], lines: Sequence[Line], sampling: Sampling) -> list[Segment]:
    """The segments, each with the words shown in its span; what does not fit into one window, or is shown in no span,
    follows in segments of words alone."""
    from dataclasses import replace

    result: list[Segment] = []
    more: list[Segment] = []
    used: set[Line] = set()
    for segment in segments:
        span = segment.span
        here = [line for line in lines if span is not None and line.start < span[1] and line.end > span[0]]
        used.update(here)
        words = "\n".join(line.text for line in here)
        first, *rest = windows(words, sampling.window, sampling.overlap) or [(0, 0)]
        result.append(replace(segment, text=words[first[0] : first[1]]) if here else segment)
        more += [piece(text=words[start:end], span=span, note="subtitles") for start, end in rest]
    left = "\n".join(line.text for line in lines if line not in used)
    more += [piece(text=left[a:b], note="subtitles") for a, b in windows(left, sampling.window, sampling.overlap)]
    return result + more

"""Opening sound and video files with ffmpeg's libraries, and nothing but the file itself.

Knows which demuxers are allowed and that none may open a second file or an address: the file is handed over as an open
Python file, the demuxer is the one its bytes name, and no protocol is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

from mmjudge.media.limits import UnreadError

if TYPE_CHECKING:
    from av.container import InputContainer

DEMUXERS = (
    "mov",
    "matroska",
    "avi",
    "wav",
    "w64",
    "flac",
    "ogg",
    "mp3",
    "aac",
    "aiff",
    "amr",
    "asf",
    "flv",
    "mpeg",
    "mpegts",
)
"""Containers that hold their streams themselves. Playlists, image sequences, concat lists and devices are not here."""

HONEST_DURATION = ("mov", "matroska", "avi", "wav", "w64", "flac", "aiff")
"""Containers whose header says how long they are, so that a file cut short can be told."""


@contextmanager
def opened(path: Path, demuxer: str) -> Iterator[InputContainer]:
    """An open container. Raises UnreadError (undecodable) where there is nothing in it to play."""
    import av
    import av.logging

    if demuxer not in DEMUXERS:
        raise UnreadError("unsupported_modality", f"containers of the kind {demuxer!r} are not read")
    av.logging.set_level(av.logging.PANIC)
    options = {"protocol_whitelist": "none", "format_whitelist": _long_name(demuxer), "max_streams": "64"}
    with path.open("rb") as file:
        try:
            found = av.open(file, format=demuxer, options=options, metadata_errors="replace", io_open=_refuse)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadError("undecodable", f"the file cannot be opened as {demuxer} ({_words(error)})") from None
        with found:
            yield cast("InputContainer", found)


def _refuse(*_: object) -> NoReturn:
    """What ffmpeg is given for opening anything a file names."""
    raise PermissionError("files and addresses named inside a file are not opened")


def _long_name(demuxer: str) -> str:
    # ffmpeg compares its whitelist with the demuxer's full list of names.
    return {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}.get(demuxer, demuxer)


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def origin(container: Any) -> float:
    """The container's time (seconds) that counts as 0: its start time, 0 where it has none."""
    start = container.start_time
    return start / 1_000_000 if start is not None else 0.0


def promised(container: Any, demuxer: str) -> float | None:
    """How long the header says the file is, in seconds; None where headers of its kind only guess."""
    if demuxer not in HONEST_DURATION or container.duration is None or container.duration <= 0:
        return None
    return float(container.duration / 1_000_000)


def is_cover(stream: Any) -> bool:
    """Whether a video stream is a cover picture of a sound file."""
    from av.stream import Disposition

    return bool(
        stream.disposition & (Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails)
    )


def cut_short(seconds: float, expected: float | None, lost: int = 0) -> str:
    """In words, that a file holds less than its header promises, in seconds (1 s or 5 % are let pass) or in bytes
    `lost`; "" where it does not."""
    if lost:
        return f"the file is cut short: its last {lost} bytes are missing; get the whole file"
    if expected is None or expected - seconds <= max(1.0, 0.05 * expected):
        return ""
    return f"the file is cut short: {expected:.1f} s promised, {seconds:.1f} s there; get the whole file"


def lost_bytes(path: Path) -> int:
    """How many bytes a RIFF file (WAV, AVI) or an MP4 or QuickTime file lacks by its own headers; 0 for other files,
    and where the header leaves the length open. Up to 1 KiB of a RIFF file is let pass: headers are often off."""
    with path.open("rb") as file:
        head = file.read(12)
        size = file.seek(0, 2)
        if head[:4] == b"RIFF":
            promise = int.from_bytes(head[4:8], "little")
            missing = promise + 8 - size
            return missing if promise not in (0, 0xFFFFFFFF) and missing > 1024 else 0
        return _lost_boxes(file, size) if head[4:8] == b"ftyp" else 0


def _lost_boxes(file: BinaryIO, size: int) -> int:
    at = 0
    for _ in range(100_000):
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        # 0: up to the end of the file. Less than a head: no box, and what is no box promises nothing.
        if len(head) < 8 or length < 8:
            return 0
        at += length
        if at >= size:
            return at - size
    return 0

"""Frames -> blurred previews, and clear pictures that leave the server only when a person reveals them.

Knows frames and where clear content waits. Refuses to know rules and verdicts. A preview is blurred before it is
encoded: nothing on the page could be sharpened again.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.ui.moments_view import Glimpse

if TYPE_CHECKING:
    import numpy as np

    from mmjudge.types import Item, Media, Reading

BLURRED_SIDE = 16
"""Pixels on the longest side from which a preview is made: shapes and letters are gone, light and colour are left."""

PREVIEW_SIDE = 160
STILL_SIDE = 1280
FRAME_SIDE = 480
MOST_FRAMES = 48

PLAYED = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
}
"""What every current browser plays, by what the file's first bytes say."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What of one file can be shown: blurred glimpses, and the same frames clear, as JPEG."""

    glimpses: tuple[Glimpse, ...]
    clear: tuple[bytes, ...]


def looks_of(reading: Reading, item: Item) -> dict[int, Looks]:
    """The frames of each file of an item, from a reading of it: those of the joint segment are left out."""
    sole = bool(item.media) and len(item.media) + bool(item.text.strip() or item.turns) == 1
    found: dict[int, Looks] = {}
    for index in range(len(item.media)):
        part = "whole" if sole else str(index)
        mine = [segment for segment in reading.segments if segment.part == part and segment.frames]
        frames = [(s, t, f) for s in mine for t, f in zip(s.frame_times, s.frames, strict=True)][:MOST_FRAMES]
        if not frames:
            continue
        side = FRAME_SIDE if any(s.span for s in mine) else STILL_SIDE
        glimpses = tuple(Glimpse(s.index, t, blurred(frame)) for s, t, frame in frames)
        found[index] = Looks(glimpses, tuple(jpeg(shrunk(frame, side), 88) for _, _, frame in frames))
    return found


def blurred(frame: np.ndarray) -> bytes:
    """A JPEG of at most `PREVIEW_SIDE` pixels with no more in it than `BLURRED_SIDE` pixels hold.

    `frame`: RGB uint8."""
    import cv2

    small = cv2.GaussianBlur(shrunk(frame, BLURRED_SIDE), (0, 0), 1.0)
    height, width = frame.shape[:2]
    scale = PREVIEW_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return jpeg(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), 60)


def shrunk(frame: np.ndarray, side: int) -> np.ndarray:
    """The frame with its longest side at most `side`; never enlarged."""
    import cv2

    height, width = frame.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale == 1.0:
        return frame
    return cv2.resize(
        frame, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )


def jpeg(frame: np.ndarray, quality: int) -> bytes:
    """RGB uint8 as JPEG. Nothing of the file is left but its pixels: no place, no camera, no second format."""
    import cv2

    done, coded = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a frame of shape {frame.shape} could not be encoded as JPEG")
    return coded.tobytes()


def played_as(head: bytes) -> str:
    """The content type a browser plays a file as, by its first bytes; "" for one that it does not."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"M4A ", b"M4B "):
            return PLAYED["m4a"]
        return "" if brand in (b"qt  ", b"heic", b"avif", b"mif1", b"heix") else PLAYED["mp4"]
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return PLAYED["webm"] if b"webm" in head[:64] else ""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return PLAYED["wav"]
    starts = ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"\xff\xf3", "mp3"))
    return next((PLAYED[name] for start, name in starts if head.startswith(start)), "")


@dataclass(frozen=True, slots=True)
class Clear:
    """Clear content behind a token: bytes in memory, or a file on disk, and its content type."""

    kind: str
    content: bytes = b""
    path: Path | None = None


class Vault:
    """Clear content by a token nobody can guess, given out at a reveal. Keeps the newest; safe between threads."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._kept: OrderedDict[str, Clear] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, clear: Clear) -> str:
        token = secrets.token_urlsafe(18)
        with self._lock:
            self._kept[token] = clear
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> Clear | None:
        with self._lock:
            return self._kept.get(token)

    def drop(self, token: str) -> None:
        with self._lock:
            self._kept.pop(token, None)


class Shelf:
    """The looks of the items seen last, so that a reveal need not read them again. Safe between threads."""

    def __init__(self, most: int = 12) -> None:
        self._most = most
        self._kept: OrderedDict[str, dict[int, Looks]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, item_id: str, looks: dict[int, Looks]) -> None:
        with self._lock:
            self._kept[item_id] = looks
            self._kept.move_to_end(item_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, item_id: str) -> dict[int, Looks] | None:
        with self._lock:
            return self._kept.get(item_id)


def unchanged(media: Media) -> bool:
    """Whether the file is still the one that was judged."""
    try:
        with media.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == media.sha256
    except OSError:
        return False

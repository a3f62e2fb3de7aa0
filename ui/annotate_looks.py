"""What a rater sees of a file: covered before the reveal, clear after it.

Knows frames, samples and who may fetch what. Refuses to know rules and verdicts. A cover is made here, on the server:
grey, blurred from sixteen pixels, still, silent. Clear content has an address only after a reveal, for one rater and a
few minutes; nothing else on the page could be sharpened into it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from mmjudge import media
from mmjudge.errors import MediaError
from mmjudge.store import Store
from mmjudge.types import Item, Reading, Segment
from mmjudge.ui.moments_view import data_url
from mmjudge.ui.thumbs import FRAME_SIDE, MOST_FRAMES, STILL_SIDE, blurred, jpeg, played_as, shrunk, unchanged

if TYPE_CHECKING:
    import numpy as np

MINUTES = 10.0
"""How long the address of clear content holds after a reveal."""
BINS = 240
"""Columns of a waveform."""


@dataclass(frozen=True, slots=True)
class Look:
    """One file of an item. `times`: seconds of the frames; `covered` and `clear`: JPEGs of the same frames. `end`: how
    many seconds are known; `peaks`: loudest sample of each `BINS`-th of them, in [0, 1]. `text`: words of a document.
    `gap`: what could not be read, in words."""

    kind: str
    times: tuple[float, ...] = ()
    covered: tuple[bytes, ...] = ()
    clear: tuple[bytes, ...] = ()
    end: float = 0.0
    peaks: tuple[float, ...] = ()
    text: str = ""
    gap: str = ""


def grey(frame: np.ndarray) -> np.ndarray:
    """RGB uint8 (height, width, 3) -> the same without colour (ITU-R BT.601 luma)."""
    import cv2

    return cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def looks(item: Item, reading: Reading) -> tuple[Look, ...]:
    """One per file of the item, in their order."""
    sole = len(item.media) + bool(item.text.strip() or item.turns) == 1
    return tuple(_look(reading, "whole" if sole else str(place)) for place in range(len(item.media)))


def _look(reading: Reading, part: str) -> Look:
    mine = [segment for segment in reading.segments if segment.part == part]
    gap = "; ".join(gap.note for gap in reading.gaps if gap.part == part)
    frames = [(t, f) for s in mine for t, f in zip(s.frame_times or (0.0,) * len(s.frames), s.frames, strict=True)]
    frames = frames[:MOST_FRAMES]
    timed = any(s.span for s in mine)
    end = max((s.span[1] for s in mine if s.span), default=0.0)
    sound = any(s.audio is not None for s in mine)
    kind = ("video" if timed else "image") if frames else "audio" if sound else "text" if mine else "file"
    side = FRAME_SIDE if timed else STILL_SIDE
    return Look(
        kind=kind,
        times=tuple(float(t) for t, _ in frames),
        covered=tuple(blurred(grey(frame)) for _, frame in frames),
        clear=tuple(jpeg(shrunk(frame, side), 88) for _, frame in frames),
        end=end,
        peaks=peaks(mine, end) if sound else (),
        text="\n\n".join(s.text for s in mine if s.text)[:20_000],
        gap=gap,
    )


def peaks(segments: Sequence[Segment], end: float) -> tuple[float, ...]:
    """The waveform on the file's own clock: what reading left out as silent is silent here. `end`: seconds."""
    import numpy as np

    found = np.zeros(BINS)
    for segment in segments:
        if segment.audio is None or segment.span is None or end <= 0 or not len(segment.audio):
            continue
        at = np.linspace(segment.span[0], segment.span[1], len(segment.audio), endpoint=False)
        np.maximum.at(found, np.minimum((at / end * BINS).astype(int), BINS - 1), np.abs(segment.audio))
    return tuple(round(float(value), 3) for value in np.clip(found, 0, 1))


class Shelf:
    """Looks of the items seen last, read by one reader process that stays: the next items are read ahead."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[Look, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._reader: media.Isolation | None = None

    def looks(self, item: Item) -> tuple[Look, ...]:
        known = self._known(item.id)
        if known is None:
            with self._reading:
                known = self._known(item.id)
                if known is None:
                    self._reader = self._reader or media.Isolation()
                    known = looks(item, self._reader.read(item))
                    self._keep(item.id, known)
        return known

    def _known(self, item_id: str) -> tuple[Look, ...] | None:
        with self._lock:
            if item_id in self._kept:
                self._kept.move_to_end(item_id)
            return self._kept.get(item_id)

    def _keep(self, item_id: str, made: tuple[Look, ...]) -> None:
        with self._lock:
            self._kept[item_id] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def covered(look: Look) -> dict[str, Any]:
    """A file as it comes before the reveal: no clear pixel, no sample. Words of a document are words: they come."""
    return {
        "kind": look.kind,
        "times": look.times,
        "frames": [data_url(frame) for frame in look.covered],
        "end": look.end,
        "peaks": look.peaks,
        "text": look.text,
        "gap": look.gap,
    }


@dataclass(frozen=True, slots=True)
class Addresses:
    """Signed addresses of clear content: for one rater, one file of one item, and `MINUTES`."""

    key: str

    def give(self, rater: str, item_id: str, place: int, frame: int) -> str:
        """`frame` -1: the file itself."""
        return self._signer().dumps([rater, item_id, place, frame])

    def take(self, token: str, rater: str) -> tuple[str, int, int] | None:
        """What the address stands for; None where it is forged, over, or another's."""
        try:
            whose, item_id, place, frame = self._signer().loads(token, max_age=int(MINUTES * 60))
        except (BadSignature, ValueError, TypeError):
            return None
        return (item_id, place, frame) if whose == rater else None

    def _signer(self) -> Any:
        return URLSafeTimedSerializer(self.key, salt="clear")


def revealed(item: Item, place: int, shelf: Shelf, addresses: Addresses, rater: str) -> dict[str, Any]:
    """Addresses of the clear frames of a file, and of the file where a browser plays it. MediaError where it is
    gone."""
    if not 0 <= place < len(item.media):
        raise MediaError("This item has no such file.")
    file = item.media[place]
    if not unchanged(file):
        raise MediaError(f"{file.path.name} is no longer there, or it is another file now: it is not shown.")
    look = shelf.looks(item)[place]
    plays = ""
    if look.kind in ("audio", "video"):
        with file.path.open("rb") as opened:
            plays = played_as(opened.read(256))

    def address(frame: int) -> str:
        return f"./annotate/clear/{addresses.give(rater, item.id, place, frame)}"

    return {"file": address(-1) if plays else "", "frames": [address(n) for n in range(len(look.clear))]}


def clear(store: Store, shelf: Shelf, item_id: str, place: int, frame: int) -> tuple[str, bytes, str] | None:
    """Content type, bytes, and path ("" where the bytes are it) of what was revealed."""
    item = store.item(item_id)
    if item is None:
        return None
    if frame >= 0:
        return "image/jpeg", shelf.looks(item)[place].clear[frame], ""
    file = item.media[place]
    with file.path.open("rb") as opened:
        return played_as(opened.read(256)), b"", str(file.path)

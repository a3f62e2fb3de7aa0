"""Which frames of a moving picture to keep, and where its shots begin: numbers only.

Knows thumbnails (small uint8 arrays), distances and times. Refuses to know files and decoders; cv2 compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from mmjudge.media.limits import Sampling
from mmjudge.types import Segment

if TYPE_CHECKING:
    import numpy as np

THUMB = (64, 36)
"""Width and height of a thumbnail."""
CUT = 0.35
"""Histogram distance (Bhattacharyya, 0..1) from which a frame begins a new shot."""
LEAP = 48.0
"""Mean difference of thumbnails (0..255) from which it does so whatever the histograms say."""
SAME_MEAN, SAME_CELL = 3.0, 20.0
"""Two frames are near-duplicates if their thumbnails differ by less than these in the mean and in every cell. The
cell bound is what keeps a frame whose only news is a line of text."""


def thumbnail(picture: np.ndarray) -> np.ndarray:
    """A (36, 64) or (36, 64, channels) uint8 mean of a larger (height, width[, channels]) uint8 picture."""
    import cv2
    import numpy as np

    return cv2.resize(np.ascontiguousarray(picture), THUMB, interpolation=cv2.INTER_AREA)


def histogram(thumb: np.ndarray) -> np.ndarray:
    """A normalised joint histogram of the channels, 16 levels of the first and 8 of each other."""
    import cv2

    channels = 1 if thumb.ndim == 2 else thumb.shape[2]
    bins, ranges = [16, 8, 8][:channels], [0, 256] * channels
    counts = cv2.calcHist([thumb], list(range(channels)), None, bins, ranges)
    return counts / max(float(counts.sum()), 1.0)


def distance(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Of two thumbnails: histogram distance (Bhattacharyya, 0..1), mean and greatest difference of cells (0..255)."""
    import cv2
    import numpy as np

    shape = float(cv2.compareHist(histogram(one), histogram(other), cv2.HISTCMP_BHATTACHARYYA))
    apart = cv2.absdiff(one, other)
    return shape, float(apart.mean()), float(np.max(apart))


def is_cut(apart: tuple[float, float, float]) -> bool:
    """Whether two consecutive frames this far apart belong to different shots. Both the colours and the cells have to
    move: a histogram alone jumps in near-black pictures at the least noise."""
    shape, mean, _ = apart
    return (shape >= CUT and mean >= 2 * SAME_MEAN) or mean >= LEAP


def is_same(apart: tuple[float, float, float]) -> bool:
    """Whether two frames this far apart are near-duplicates."""
    return apart[1] < SAME_MEAN and apart[2] < SAME_CELL


def novelty(apart: tuple[float, float, float]) -> float:
    """How much a frame shows that the one before did not: the order in which frames are given up, least first."""
    shape, mean, cell = apart
    return 100.0 * shape + mean + 0.25 * cell


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """A frame worth looking at. `time`: seconds; `fresh`: its novelty against the one kept before it."""

    time: float
    frame: np.ndarray
    fresh: float


@dataclass(slots=True)
class Watch:
    """The state of looking through a moving picture once, front to back, in bounded memory."""

    sampling: Sampling
    cuts: list[float] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    _before: np.ndarray | None = None
    _last: np.ndarray | None = None
    _last_time: float = 0.0
    _taken: int = 0

    def wants(self, time: float, thumb: np.ndarray) -> float | None:
        """Whether this frame is to be kept (then `keep` it): its novelty, or None. Notes cuts on the way."""
        if self._before is None or self._last is None:
            self._before = thumb
            return self._take(time, thumb, 1000.0)
        cut = is_cut(distance(self._before, thumb))
        self._before = thumb
        if cut:
            self.cuts.append(time)
        elif time - self._last_time < self.sampling.frame_seconds:
            return None
        apart = distance(self._last, thumb)
        # A picture that flickers all the time would have every frame kept: eight, and four a second, are enough.
        if is_same(apart) or self._taken >= 8 + 4 * max(time, 0.0):
            return None
        return self._take(time, thumb, novelty(apart))

    def keep(self, time: float, frame: np.ndarray, fresh: float) -> None:
        """Keeps a frame; beyond one and a half times `max_frames`, those with least news are given up."""
        self.kept.append(Kept(time, frame, fresh))
        most = self.sampling.max_frames
        if len(self.kept) > most + most // 2:
            self.kept = freshest(self.kept, most)

    def _take(self, time: float, thumb: np.ndarray, fresh: float) -> float:
        self._last, self._last_time = thumb, time
        self._taken += 1
        return fresh


def freshest(kept: Sequence[Kept], most: int) -> list[Kept]:
    """The `most` frames with most news, in the order of time; the earlier one stays where two are equal."""
    chosen = sorted(kept, key=lambda one: (-one.fresh, one.time))[:most]
    return sorted(chosen, key=lambda one: one.time)


def spans(cuts: Sequence[float], duration: float, shortest: float, longest: float) -> list[tuple[float, float]]:
    """Spans [start, end) in seconds that cover [0, duration): shots, those under `shortest` joined with the next, those
    over `longest` cut into equal pieces. The last may be shorter."""
    if duration <= 0:
        return [(0.0, 0.0)]
    starts = [0.0]
    for cut in sorted(cuts):
        if (
            cut - starts[-1] >= max(shortest, 0.001)
            and duration - cut >= min(shortest, duration / 2)
            and cut < duration
        ):
            starts.append(cut)
    result: list[tuple[float, float]] = []
    for start, end in zip(starts, [*starts[1:], duration], strict=True):
        # The small allowance keeps a shot of 30.02 s, a frame over, in one piece with one cut less.
        pieces = max(1, -int(-(end - start - 1e-6) // longest))
        edges = [start + (end - start) * i / pieces for i in range(pieces)] + [end]
        result += pairwise(edges)
    return result


def shown(kept: Sequence[Kept], span: tuple[float, float], most: int) -> list[Kept]:
    """The frames of a span: those kept within it, at most `most`; where nothing new came, the one that stood before,
    with its own earlier time."""
    within = [one for one in kept if span[0] <= one.time < span[1]]
    if within:
        return freshest(within, most)
    before = [one for one in kept if one.time < span[1]]
    return before[-1:] or list(kept[:1])


def with_frames(segment: Segment, frames: Sequence[Kept]) -> Segment:
    """The segment with these frames and their times."""
    from dataclasses import replace

    return replace(segment, frames=tuple(k.frame for k in frames), frame_times=tuple(k.time for k in frames))

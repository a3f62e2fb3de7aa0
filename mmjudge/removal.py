"""Strategy 2: does the answer hang on the central object? Locate it, paint it out, ask again.

Knows boxes and masks. Refuses to decide. Source: CLUE, arXiv 2501.00192: OWLv2 confidence > 0.05, objects below 1 % of
the picture are judged on their crop; how the region is filled is not stated there, so the mean colour of its rim is
used, which leaves neither a hole nor a new edge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mmjudge import probability
from mmjudge.backends import Backend, Locator
from mmjudge.probe import Ask
from mmjudge.types import Evidence, Missing, Segment

if TYPE_CHECKING:
    import numpy as np

CONFIDENT = 0.05
SMALL = 0.01

Box = tuple[float, float, float, float]


class Found(NamedTuple):
    """The best box of the words in a frame: pixels, confidence in [0, 1], share of the frame's area in [0, 1]."""

    frame: int
    box: Box
    confidence: float
    area: float


def find(locator: Locator, segment: Segment, words: tuple[str, ...]) -> Found | None:
    """The most confident box over the segment's frames, or None below the paper's confidence."""
    best: Found | None = None
    for n, frame in enumerate(segment.frames):
        for box, confidence in locator.locate(frame, words):
            if confidence > CONFIDENT and (best is None or confidence > best.confidence):
                best = Found(n, box, confidence, area_of(box, frame.shape[1], frame.shape[0]))
    return best


def area_of(box: Box, width: int, height: int) -> float:
    """Share of the frame inside the box, in [0, 1]."""
    left, top, right, bottom = box
    across = max(0.0, min(right, width) - max(left, 0.0))
    down = max(0.0, min(bottom, height) - max(top, 0.0))
    return across * down / (width * height)


def painted_out(frame: np.ndarray, box: Box) -> np.ndarray:
    """A copy of an RGB frame with the box filled by the mean colour of a rim of 4 pixels around it."""
    import cv2
    import numpy as np

    height, width = frame.shape[:2]
    left, top, right, bottom = (round(edge) for edge in box)
    outer = frame[max(0, top - 4) : min(height, bottom + 4), max(0, left - 4) : min(width, right + 4)]
    keep = np.ones(outer.shape[:2], dtype=bool)
    x, y = max(0, left) - max(0, left - 4), max(0, top) - max(0, top - 4)
    keep[y : y + bottom - max(0, top), x : x + right - max(0, left)] = False
    colour = outer[keep].mean(axis=0) if keep.any() else np.full(3, 127.0)
    copy = frame.copy()
    corner = (max(0, left), max(0, top))
    return cv2.rectangle(copy, corner, (right - 1, bottom - 1), tuple(map(float, colour)), thickness=cv2.FILLED)


def cropped(frame: np.ndarray, box: Box) -> np.ndarray:
    """The box with half its size of context on each side."""
    height, width = frame.shape[:2]
    left, top, right, bottom = box
    margin_x, margin_y = (right - left) / 2, (bottom - top) / 2
    x0, x1 = max(0, int(left - margin_x)), min(width, int(right + margin_x) + 1)
    y0, y1 = max(0, int(top - margin_y)), min(height, int(bottom + margin_y) + 1)
    return frame[y0:y1, x0:x1]


def with_frame(segment: Segment, n: int, frame: np.ndarray) -> Segment:
    """The segment with one frame exchanged."""
    return replace(segment, frames=(*segment.frames[:n], frame, *segment.frames[n + 1 :]))


def remove(backend: Backend, locator: Locator, segment: Segment, ask: Ask, before: Evidence, orders: int) -> Evidence:
    """The probe's evidence with `m_removed` and `box` added; unchanged where nothing was found to remove.

    For an object below 1 % of the picture M(x) itself is measured again on the crop, as the paper does.
    """
    found = find(locator, segment, ask.question.about) if ask.question.about else None
    if found is None or before.m is None:
        return before
    frame = segment.frames[found.frame]
    asked = ask.question.ask
    after = replace(before, box=found.box)
    if found.area < SMALL:
        closer = _m(backend, with_frame(segment, found.frame, cropped(frame, found.box)), asked, orders)
        if closer is not None:
            score = probability.debiased(closer, before.prior)
            after = replace(after, m=closer, score=score, note="judged on the crop")
    removed = _m(backend, with_frame(segment, found.frame, painted_out(frame, found.box)), asked, orders)
    return replace(after, m_removed=removed)


def _m(backend: Backend, segment: Segment, ask: str, orders: int) -> float | None:
    """M averaged over the orders, None if any of them has no answer."""
    answers = [backend.score_yes_no(segment, [ask], order)[0] for order in range(orders)]
    shares = [a if isinstance(a, Missing) else probability.share(a) for a in answers]
    known = [s for s in shares if not isinstance(s, Missing)]
    return probability.average(known).m if len(known) == orders else None

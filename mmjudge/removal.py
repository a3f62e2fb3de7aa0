"""Strategy 2: does the answer hang on the central object? Locate it, paint it out, ask again.

Knows boxes, masks, and which questions share a picture. Refuses to decide.

Source: CLUE, arXiv 2501.00192: OWLv2 confidence > 0.05; strategy 1 and reasoning on the crop for objects below 1 % of
the picture.
Not stated there, and ours: the region is filled with the mean colour of its rim, which leaves neither a hole nor a new
edge; of each word the most confident box is removed, in every frame that has one ("all objects" of a question, but not
every box above so low a confidence: with most of the picture gone any answer would change); for a small object the
second look is the crop too, without the object, so that the difference is the object's alone.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mmjudge import probability
from mmjudge.backends import Backend, Locator, Sighting
from mmjudge.probe import Ask, weigh
from mmjudge.types import Evidence, Missing, Segment, YesNo

if TYPE_CHECKING:
    import numpy as np

CONFIDENT = 0.05
SMALL = 0.01

Box = tuple[float, float, float, float]

Places = dict[tuple[int, str], list[Sighting] | Missing]
"""What a locator said of a word in a frame of one segment: nothing is looked for twice."""


class Region(NamedTuple):
    """An object of a question in a frame: pixels, confidence in [0, 1], share of the frame's area in [0, 1]."""

    frame: int
    box: Box
    confidence: float
    area: float


class Case(NamedTuple):
    """A question that is still open, what was measured of it, and its objects, the most confident first."""

    at: int
    ask: Ask
    piece: Evidence
    regions: tuple[Region, ...]

    @property
    def small(self) -> bool:
        return self.regions[0].area < SMALL

    @property
    def place(self) -> tuple[int, Box]:
        return self.regions[0].frame, self.regions[0].box

    @property
    def places(self) -> frozenset[tuple[int, Box]]:
        """Where its objects are, whatever they are called and however surely they were found."""
        return frozenset((region.frame, region.box) for region in self.regions)


def look(locator: Locator, segment: Segment, words: Sequence[str], places: Places) -> None:
    """Look for the words that were not looked for yet: one call per frame for all of them."""
    for n, frame in enumerate(segment.frames):
        fresh = [word for word in dict.fromkeys(words) if (n, word) not in places]
        if fresh:
            for word, found in zip(fresh, locator.locate(frame, fresh), strict=True):
                places[n, word] = found


def regions(segment: Segment, words: Sequence[str], places: Places) -> tuple[Region, ...] | Missing:
    """The most confident box of each word in each frame, above the paper's confidence, the most confident first. Pure.

    A word that could not be looked for makes the whole answer missing: half of the objects is another picture.
    """
    found: dict[tuple[int, Box], Region] = {}
    for n, frame in enumerate(segment.frames):
        for word in words:
            sightings = places[n, word]
            if isinstance(sightings, Missing):
                return sightings
            usable = []
            for box, confidence in sightings:
                area = area_of(box, frame.shape[1], frame.shape[0])
                if confidence > CONFIDENT and area > 0.0:
                    usable.append(Region(n, box, confidence, area))
            if usable:
                best = max(usable, key=lambda region: region.confidence)
                found[n, best.box] = max(best, found.get((n, best.box), best), key=lambda region: region.confidence)
    return tuple(sorted(found.values(), key=lambda region: -region.confidence))


def area_of(box: Box, width: int, height: int) -> float:
    """Share of the frame inside the box, in [0, 1]; 0 for what is no box at all."""
    if not all(map(math.isfinite, box)):
        return 0.0
    left, top, right, bottom = box
    across = max(0.0, min(right, width) - max(left, 0.0))
    down = max(0.0, min(bottom, height) - max(top, 0.0))
    return across * down / (width * height)


def painted_out(frame: np.ndarray, box: Box) -> np.ndarray:
    """A copy of an RGB frame with every pixel the box touches filled by the mean colour of a rim of 4 pixels."""
    import numpy as np

    height, width = frame.shape[:2]
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, bottom = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    x, y = max(0, left - 4), max(0, top - 4)
    outer = frame[y : bottom + 4, x : right + 4]
    keep = np.ones(outer.shape[:2], dtype=bool)
    keep[top - y : bottom - y, left - x : right - x] = False
    colour = outer[keep].mean(axis=0) if keep.any() else np.full(3, 127.0)
    copy = frame.copy()
    copy[top:bottom, left:right] = np.rint(colour).astype(frame.dtype)
    return copy


def cropped(frame: np.ndarray, box: Box) -> np.ndarray:
    """The box with half its size of context on each side."""
    height, width = frame.shape[:2]
    left, top, right, bottom = box
    margin_x, margin_y = (right - left) / 2, (bottom - top) / 2
    x0, x1 = max(0, int(left - margin_x)), min(width, int(right + margin_x) + 1)
    y0, y1 = max(0, int(top - margin_y)), min(height, int(bottom + margin_y) + 1)
    return frame[y0:y1, x0:x1]


def closer(segment: Segment, region: Region) -> Segment:
    """The segment with the crop of one region in place of its frames."""
    times = segment.frame_times[region.frame : region.frame + 1]
    return replace(segment, frames=(cropped(segment.frames[region.frame], region.box),), frame_times=times)


def for_thinking(segment: Segment, piece: Evidence | None) -> Segment:
    """What reasoning about a question is shown: the crop of a small object in a picture, else the segment as it is.

    In a shot of several frames all stay: evidence does not keep in which of them the object was.
    """
    if piece is None or piece.box is None or len(segment.frames) != 1:
        return segment
    area = area_of(piece.box, segment.frames[0].shape[1], segment.frames[0].shape[0])
    return closer(segment, Region(0, piece.box, 1.0, area)) if 0.0 < area < SMALL else segment


def without(segment: Segment, found: Sequence[Region]) -> Segment:
    """The segment with these regions painted out of its frames, in an order that only their places decide."""
    frames = list(segment.frames)
    for region in sorted(found, key=lambda region: (region.frame, region.box)):
        frames[region.frame] = painted_out(frames[region.frame], region.box)
    return replace(segment, frames=tuple(frames))


def second_look(case: Case, segment: Segment) -> Segment:
    """What is asked about without the objects: the segment, or the crop where that was judged."""
    gone = without(segment, case.regions)
    return closer(gone, case.regions[0]) if case.small else gone


def remove(
    backend: Backend,
    locator: Locator,
    segment: Segment,
    asked: Sequence[tuple[Ask, Evidence]],
    places: Places,
    is_open: Callable[[Ask, Evidence], bool],
    removed: float,
    orders: int,
) -> list[Evidence]:
    """The evidence of a wave, same order, with strategy 2 on what `is_open` and has an object to look for.

    For a small object M(x) is measured again on the crop. M without the objects is measured where M(x) > `removed`:
    below that the difference could not be more. Questions about the same regions share a reading of the picture. A
    locator or a model that failed is told in the evidence's note, and the evidence stays as it was.
    """
    began = time.perf_counter()
    pieces = [piece for _, piece in asked]
    waiting = [at for at, (ask, piece) in enumerate(asked) if ask.question.about and is_open(ask, piece)]
    if not waiting:
        return pieces
    look(locator, segment, [word for at in waiting for word in asked[at][0].question.about], places)
    changed = {case.at: case for case in located(segment, asked, waiting, places, pieces)}
    small = shared([case for case in changed.values() if case.small], lambda case: case.place)
    changed |= asked_again(backend, small, lambda case: closer(segment, case.regions[0]), orders, on_crop)
    hopeful = [case for case in changed.values() if is_open(case.ask, case.piece) and (case.piece.m or 0.0) > removed]
    alike = shared(hopeful, lambda case: (case.small and case.place, case.places))
    changed |= asked_again(backend, alike, lambda case: second_look(case, segment), orders, gone)
    took = (time.perf_counter() - began) / len(waiting)
    for at, case in changed.items():
        piece = noted(case.piece, told(case.regions, segment))
        pieces[at] = replace(piece, seconds=round(piece.seconds + took, 4))
    return pieces


def located(
    segment: Segment,
    asked: Sequence[tuple[Ask, Evidence]],
    waiting: Sequence[int],
    places: Places,
    pieces: list[Evidence],
) -> list[Case]:
    """The open questions whose objects were found; in `pieces` a note where they could not be looked for."""
    cases = []
    for at in waiting:
        ask, piece = asked[at]
        found = regions(segment, ask.question.about, places)
        if isinstance(found, Missing):
            pieces[at] = noted(piece, f"its object could not be looked for: {found.note or found.reason}")
        elif found:
            cases.append(Case(at, ask, replace(piece, box=found[0].box), found))
    return cases


def told(found: Sequence[Region], segment: Segment) -> str:
    """In words what was found: the evidence itself keeps only the most confident box. Pure."""
    best = found[0]
    frame = f" in frame {best.frame + 1} of {len(segment.frames)}" if len(segment.frames) > 1 else ""
    others = f", and {len(found) - 1} more to take out" if len(found) > 1 else ""
    return f"its object was found with confidence {best.confidence:.2f}{frame}{others}"


def shared(cases: Sequence[Case], by: Callable[[Case], Hashable]) -> list[list[Case]]:
    """Cases in groups that have the same key, in the order they come."""
    groups: Mapping[Hashable, list[Case]] = defaultdict(list)
    for case in cases:
        groups[by(case)].append(case)
    return list(groups.values())


def asked_again(
    backend: Backend,
    groups: Sequence[Sequence[Case]],
    shown: Callable[[Case], Segment],
    orders: int,
    fold: Callable[[Evidence, Sequence[YesNo | Missing]], Evidence],
) -> dict[int, Case]:
    """The cases with the answers about what is shown folded into their evidence: one call per group and order."""
    found = {}
    for group in groups:
        segment, sentences = shown(group[0]), [case.ask.question.ask for case in group]
        rows = zip(*(backend.score_yes_no(segment, sentences, order) for order in range(orders)), strict=True)
        for case, row in zip(group, rows, strict=True):
            found[case.at] = case._replace(piece=fold(case.piece, row))
    return found


def on_crop(piece: Evidence, row: Sequence[YesNo | Missing]) -> Evidence:
    """The evidence with M(x), its mass and its score measured on the crop; the prior stays. Pure."""
    blank = replace(piece, score=None, reason="not_asked", note="")
    seen = weigh(blank, row, [])
    if seen.m is None or seen.score is None:
        return noted(piece, f"the crop of its object was not judged: {seen.note or seen.reason}")
    score = probability.debiased(seen.m, piece.prior)
    return noted(replace(seen, prior=piece.prior, score=score), "judged on the crop")


def gone(piece: Evidence, row: Sequence[YesNo | Missing]) -> Evidence:
    """The evidence with M without the objects. Pure."""
    seen = weigh(replace(piece, score=None, reason="not_asked", note=""), row, [])
    if seen.reason is not None:
        return noted(piece, f"no answer without its object: {seen.note or seen.reason}")
    return replace(piece, m_removed=seen.m)


def noted(piece: Evidence, words: str) -> Evidence:
    return replace(piece, note="; ".join(part for part in (piece.note, words) if part))

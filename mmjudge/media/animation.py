"""Animated GIF, PNG, WebP and AVIF -> segments with times, like videos without sound.

Knows frame durations. Looping plays no part: every frame is looked at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmjudge.media.limits import Clock, Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.media.shots import Watch, shown, spans, thumbnail, with_frames
from mmjudge.types import Gap

if TYPE_CHECKING:
    from PIL import Image


def frame_seconds(milliseconds: float) -> float:
    """How long a frame stands. Durations up to 10 ms (0 and 1/100 s in GIF) are shown for 100 ms by browsers."""
    return (milliseconds if milliseconds > 10 else 100.0) / 1000.0


def read_animation(image: Image.Image, limits: Limits, sampling: Sampling, clock: Clock) -> Part:
    """Segments of shots with their frames (RGB uint8, longest side at most `sampling.video_side`) and true times."""
    from mmjudge.media.image import rgb

    watch, gaps, time = Watch(sampling), [], 0.0
    total = getattr(image, "n_frames", 1)
    for number in range(total):
        stop = _stop(number, total, time, limits)
        if stop is not None:
            gaps.append(stop)
            break
        try:
            clock.check()
            image.seek(number)
            image.load()
        except UnreadError as error:
            gaps.append(lack(error.reason, error.note, (time, time)))
            break
        except Exception as error:
            if not watch.kept:
                raise
            gaps.append(lack("undecodable", f"frame {number + 1} of {total} is damaged ({error}): the rest is unread"))
            break
        frames = rgb(image, sampling.video_side)
        fresh = watch.wants(time, thumbnail(frames[-1]))
        if fresh is not None:
            for frame in frames:
                watch.keep(time, frame, fresh)
        time += frame_seconds(float(image.info.get("duration", 0) or 0))
    segments = []
    for span in spans(watch.cuts, time, sampling.shot_seconds, sampling.audio_window):
        segments.append(with_frames(piece(span=span), shown(watch.kept, span, sampling.frames_per_shot)))
    return Part(tuple(segments), tuple(gaps))


def _stop(number: int, total: int, time: float, limits: Limits) -> Gap | None:
    if number >= limits.frames:
        return lack("too_large", f"{total} frames: only the first {number} were read; cut the animation")
    if time >= limits.duration:
        return lack("too_large", f"longer than {limits.duration:g} s: the rest was not read; cut the animation")
    return None

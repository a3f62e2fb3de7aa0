"""Videos -> shots with frames, true times and the sound of the same moment.

Knows streams, presentation times, rotation and pixel shape. Every frame is decoded once, front to back; only a
thumbnail of each is looked at, and only those with something new are turned into RGB and kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge.media.audio import Sound, Tally, decode_tracks, packets_of, sound_segments
from mmjudge.media.limits import Clock, Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.media.shots import Watch, shown, spans, thumbnail, with_frames
from mmjudge.media.streams import cut_short, is_cover, lost_bytes, opened, origin, promised
from mmjudge.media.subtitles import read_subtitles, subtitled
from mmjudge.media.voice import RATE, cut_out
from mmjudge.types import Gap, Segment

if TYPE_CHECKING:
    import numpy as np


def read_timed(path: Path, demuxer: str, limits: Limits, sampling: Sampling) -> Part:
    """A file with streams: a video where it has moving pictures, else sound (with its cover picture)."""
    from mmjudge.media.audio import read_audio

    with opened(path, demuxer) as container:
        moving = [stream.index for stream in container.streams.video if not is_cover(stream)]
        tracks = len(container.streams.audio)
        titled = bool(container.streams.subtitles)
    if moving:
        part = read_video(path, demuxer, moving, tracks, limits, sampling)
    else:
        part = read_audio(path, demuxer, limits, sampling)
    if not titled:
        return part
    lines, gaps = read_subtitles(path, demuxer, limits, Clock(limits.seconds))
    return Part(tuple(subtitled(part.segments, lines, sampling)), (*part.gaps, *gaps))


def read_video(path: Path, demuxer: str, moving: list[int], tracks: int, limits: Limits, sampling: Sampling) -> Part:
    """Segments of shots: frames (RGB uint8, longest side at most `sampling.video_side`) with their presentation times,
    and the samples of the same span of the first sound track. Further tracks give segments of their own."""
    clock = Clock(limits.seconds)
    gaps: list[Gap] = []
    watch, end = Watch(sampling), 0.0
    try:
        watch, end, gaps = look(path, demuxer, moving[0], limits, sampling, clock)
    except UnreadError as error:
        gaps.append(lack(error.reason, f"the pictures: {error.note}"))
    if len(moving) > 1:
        gaps.append(lack("unsupported_modality", f"{len(moving)} picture tracks: only the first was looked at"))
    sounds, missing = decode_tracks(path, demuxer, tracks, limits, clock)
    gaps += missing
    if not watch.kept:
        return Part(tuple(segment for sound in sounds for segment in sound_segments(sound, sampling)), tuple(gaps))
    segments = joined(watch, end, sounds[0] if sounds else None, sampling)
    segments += [segment for sound in sounds[1:] for segment in sound_segments(sound, sampling)]
    return Part(tuple(segments), tuple(gaps))


def joined(watch: Watch, end: float, sound: Sound | None, sampling: Sampling) -> list[Segment]:
    """Segments of one length of time: the shots with their frames, and the sound of each. Where the sound goes on after
    the last picture, that picture stays."""
    heard = len(sound.samples) / RATE if sound is not None else 0.0
    note = "; ".join(sound.notes) if sound is not None else ""
    segments = []
    for span in spans(watch.cuts, max(end, heard), sampling.shot_seconds, sampling.audio_window):
        audio = cut_out(sound.samples, span) if sound is not None else None
        if audio is not None and not len(audio):
            audio = None
        bare = piece(span=span, audio=audio, note=note)
        segments.append(with_frames(bare, shown(watch.kept, span, sampling.frames_per_shot)))
    return segments


def look(
    path: Path, demuxer: str, index: int, limits: Limits, sampling: Sampling, clock: Clock
) -> tuple[Watch, float, list[Gap]]:
    """Watches one video stream: what was kept, where it ends in seconds, and what is missing. Raises UnreadError where
    not one frame decodes."""
    watch, tally, gaps, end = Watch(sampling), Tally(), [], 0.0
    with opened(path, demuxer) as container:
        stream = container.streams[index]
        _prepare(stream, limits)
        try:
            for number, (time, lasts, frame) in enumerate(_frames(container, stream, tally, clock)):
                if time >= limits.duration or number >= limits.frames:
                    gaps.append(_rest(time, number, limits))
                    break
                end = max(end, time + lasts)
                fresh = watch.wants(time, small(frame))
                if fresh is not None:
                    watch.keep(time, picture(frame, stream, sampling.video_side), fresh)
        except UnreadError as error:
            gaps.append(lack(error.reason, error.note, (end, end)))
        if not gaps and (short := cut_short(end, promised(container, demuxer), lost_bytes(path))):
            gaps.append(lack("undecodable", short, (end, end)))
        gaps += tally.gaps("pictures")
    if not watch.kept:
        first = gaps[0] if gaps else lack("undecodable", "not one frame can be decoded")
        raise UnreadError(first.reason, first.note)
    return watch, min(end, limits.duration), gaps


def _prepare(stream: Any, limits: Limits) -> None:
    codec = stream.codec_context
    if codec is None:
        raise UnreadError("unsupported_modality", "no decoder for this kind of video: convert it to MP4 (H.264)")
    if codec.width * codec.height > limits.video_pixels:
        raise UnreadError(
            "too_large",
            f"frames of {codec.width} x {codec.height}, more than {limits.video_pixels} pixels: scale the video down",
        )
    # The stream itself may change its size half-way: the decoder refuses before it allocates.
    codec.options = {"max_pixels": str(limits.video_pixels)}
    # More threads hold more frames at once; two is what keeps 4K under a gigabyte.
    codec.thread_count = 2


def _rest(time: float, number: int, limits: Limits) -> Gap:
    what = f"{number} frames" if number >= limits.frames else f"{limits.duration:g} s"
    return lack("too_large", f"longer than {what}: the rest was not looked at; cut the video", (time, time))


def _frames(container: Any, stream: Any, tally: Tally, clock: Clock) -> Iterator[tuple[float, float, Any]]:
    """(presentation time, how long it stands, frame). Frames without a time follow the one before by the stream's
    own frame rate; times never run backwards."""
    zero = origin(container)
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    step = 1.0 / rate if 0.1 <= rate <= 1000 else 0.04
    last: float | None = None
    for frames in packets_of(container, stream, tally, clock):
        for frame in frames:
            stamped = frame.time - zero if frame.time is not None else None
            time = stamped if stamped is not None else (0.0 if last is None else last + step)
            last = max(time, 0.0 if last is None else last)
            lasts = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else step
            yield last, min(max(lasts, 0.0), 10.0), frame


def small(frame: Any) -> np.ndarray:
    """A (36, 64, 3) thumbnail in the frame's own YUV where its planes are 8-bit and can be looked at as they lie (most
    video), else in RGB."""
    import numpy as np

    form = frame.format
    if form.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"):
        return thumbnail(frame.to_ndarray(format="rgb24", width=256, height=144))
    planes = []
    for plane in frame.planes:
        lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        planes.append(thumbnail(lines[:, : plane.width]))
    return np.stack(planes, axis=-1)


def picture(frame: Any, stream: Any, side: int) -> np.ndarray:
    """The frame as it is shown: RGB uint8, pixels made square, turned as the file says, longest side at most `side`."""
    import numpy as np

    width, height = shown_size(frame.width, frame.height, stream.sample_aspect_ratio, side)
    rgb = frame.to_ndarray(format="rgb24", width=width, height=height)
    return np.ascontiguousarray(np.rot90(rgb, quarter_turns(frame.rotation)))


def shown_size(width: int, height: int, aspect: Any, side: int) -> tuple[int, int]:
    """Width and height in square pixels of a stored picture with pixel shape `aspect` (a ratio or None), made smaller
    so that the longest is at most `side`; each at least 1. Pixel shapes beyond 1:8 and 8:1 are not believed."""
    shape = float(aspect) if aspect else 1.0
    wide = width * shape if 0.125 <= shape <= 8 else float(width)
    scale = min(1.0, side / max(wide, height))
    return max(1, round(wide * scale)), max(1, round(height * scale))


def quarter_turns(rotation: float) -> int:
    """Counter-clockwise quarter turns that show a frame whose display matrix turns it by `rotation` degrees
    (counter-clockwise, as PyAV says it)."""
    return round(rotation / 90) % 4


def cover_frames(container: Any, limits: Limits, sampling: Sampling) -> tuple[list[np.ndarray], list[Gap]]:
    """The cover pictures of a sound file as RGB, and a gap for each that cannot be decoded."""
    import av

    covers: list[np.ndarray] = []
    gaps: list[Gap] = []
    for stream in [s for s in container.streams.video if is_cover(s)][:4]:
        try:
            _prepare(stream, limits)
            frame = next(iter(container.decode(stream)), None)
            if frame is None:
                raise UnreadError("undecodable", "there is nothing in it")
            covers.append(picture(frame, stream, sampling.side))
            container.seek(0)
        except UnreadError as error:
            gaps.append(lack(error.reason, f"the cover picture: {error.note}"))
        except av.FFmpegError as error:
            gaps.append(lack("undecodable", f"the cover picture is damaged ({type(error).__name__})"))
    return covers, gaps

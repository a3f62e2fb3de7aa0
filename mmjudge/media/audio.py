"""Sound files, and the sound of videos -> 16 kHz mono samples -> segments.

Knows streams, sample formats and channels. Decodes front to back in blocks, so that hours of sound never lie in memory
before the limit is known to be reached. Refuses to know what is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge.media.limits import Clock, Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.media.streams import cut_short, lost_bytes, opened, origin, promised
from mmjudge.media.voice import RATE, cut_out, voice_windows
from mmjudge.types import Gap

if TYPE_CHECKING:
    import numpy as np

RATES = range(1_000, 768_001)
"""Sampling rates in Hz that are believed. A header may say anything."""
BLOCK = 20
"""Seconds decoded before they are resampled."""
PAD = 0.25
"""Seconds of the neighbouring blocks a block is resampled with: far longer than the filter, so no seam remains."""


@dataclass(frozen=True, eq=False, slots=True)
class Sound:
    """What one sound track gave: float32 mono samples at 16 kHz from the file's time 0, remarks, what is missing."""

    samples: np.ndarray
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


def read_audio(path: Path, demuxer: str, limits: Limits, sampling: Sampling) -> Part:
    """Segments of what can be heard, each at most `sampling.audio_window` seconds; a cover picture is one more
    segment. A track in which nothing can be heard gives one segment that says so, with its first window of sound."""
    from mmjudge.media.video import cover_frames

    clock = Clock(limits.seconds)
    with opened(path, demuxer) as container:
        tracks = len(container.streams.audio)
        covers, missing = cover_frames(container, limits, sampling)
    segments = [piece(frames=(cover,), frame_times=(0.0,), note="cover picture of the file") for cover in covers]
    if not tracks and not covers and not missing:
        raise UnreadError("undecodable", "there is no sound and no picture in this file")
    sounds, gaps = decode_tracks(path, demuxer, tracks, limits, clock)
    segments += [segment for sound in sounds for segment in sound_segments(sound, sampling)]
    return Part(tuple(segments), (*missing, *gaps))


def decode_tracks(path: Path, demuxer: str, tracks: int, limits: Limits, clock: Clock) -> tuple[list[Sound], list[Gap]]:
    """The sound of the first `limits.tracks` tracks, `limits.duration` seconds of all together."""
    sounds: list[Sound] = []
    gaps: list[Gap] = []
    left = limits.duration
    for track in range(min(tracks, limits.tracks)):
        try:
            sounds.append(decode_track(path, demuxer, track, left, clock))
        except UnreadError as error:
            gaps.append(lack(error.reason, f"the sound: {error.note}"))
            continue
        gaps += sounds[-1].gaps
        left -= len(sounds[-1].samples) / RATE
    if tracks > limits.tracks:
        note = f"{tracks} sound tracks: only the first {limits.tracks} were read; split the file"
        gaps.append(lack("too_large", note))
    return sounds, gaps


def sound_segments(sound: Sound, sampling: Sampling) -> list:
    """Segments of one track's windows; of silence, one with its first window."""
    note = "; ".join(sound.notes)
    windows = voice_windows(sound.samples, sampling.audio_window)
    if windows:
        return [piece(span=span, audio=cut_out(sound.samples, span), note=note) for span in windows]
    end = min(len(sound.samples) / RATE, sampling.audio_window)
    silent = f"nothing can be heard in {len(sound.samples) / RATE:.1f} s"
    return [
        piece(span=(0.0, end), audio=cut_out(sound.samples, (0.0, end)), note=f"{silent}; {note}" if note else silent)
    ]


def decode_track(path: Path, demuxer: str, track: int, seconds: float, clock: Clock) -> Sound:
    """The first `seconds` of sound track number `track`. Raises UnreadError where nothing decodes."""
    import numpy as np

    most = max(int(seconds * RATE), 0)
    samples = np.zeros(60 * RATE, np.float32)
    length, notes, gaps = 0, set(), []
    with opened(path, demuxer) as container:
        stream = container.streams.audio[track]
        tally = Tally()
        try:
            for start, block, note in resampled(_runs(container, stream, tally, clock)):
                notes.update(note)
                begin = min(max(round(start * RATE), length), most)
                length = min(begin + len(block), most)
                if length > len(samples):
                    # In place, new memory zero: hours of sound never lie in memory twice.
                    samples.resize(length + length // 2, refcheck=False)
                samples[begin:length] = block[: length - begin]
                if begin + len(block) > most:
                    gaps.append(_rest(seconds))
                    break
        except UnreadError as error:
            gaps.append(lack(error.reason, error.note, (length / RATE, length / RATE)))
        if not gaps and (short := cut_short(length / RATE, promised(container, demuxer), lost_bytes(path))):
            gaps.append(lack("undecodable", short, (length / RATE, length / RATE)))
        gaps += tally.gaps("sound")
    if not length:
        first = gaps[0] if gaps else lack("undecodable", "no sound in this file can be decoded")
        raise UnreadError(first.reason, first.note)
    return Sound(samples[:length], tuple(sorted(notes)), tuple(gaps))


def _rest(seconds: float) -> Gap:
    return lack("too_large", f"longer than {seconds:g} s: the rest was not read; cut the file", (seconds, seconds))


@dataclass(slots=True)
class Tally:
    """How many packets of a stream were there, and how many were damaged."""

    packets: int = 0
    damaged: int = 0

    def gaps(self, what: str) -> list[Gap]:
        """A gap where more than one packet, and more than 1 %, were damaged."""
        if self.damaged <= max(1, self.packets // 100):
            return []
        return [
            lack("undecodable", f"{self.damaged} of {self.packets} packets of {what} are damaged and were left out")
        ]


def packets_of(container: Any, stream: Any, tally: Tally, clock: Clock) -> Iterator[list]:
    """The decoded frames of each packet; damaged packets are counted and passed over."""
    import av

    demuxed = container.demux(stream)
    while True:
        clock.check()
        try:
            packet = next(demuxed)
        except (StopIteration, av.EOFError):
            return
        except av.FFmpegError:
            tally.damaged += 1
            return
        tally.packets += 1
        try:
            yield packet.decode()
        except av.EOFError:
            return
        except (av.FFmpegError, ValueError):
            tally.damaged += 1


def _runs(container: Any, stream: Any, tally: Tally, clock: Clock) -> Iterator[tuple[float, int, np.ndarray, set[str]]]:
    """(start in seconds, rate, mono float32 samples, remarks) of each decoded frame, at the file's own rate."""
    zero = origin(container)
    expected: float | None = None
    for frames in packets_of(container, stream, tally, clock):
        for frame in frames:
            if not frame.samples or not frame.sample_rate:
                continue
            if frame.sample_rate not in RATES:
                raise UnreadError("undecodable", f"{frame.sample_rate} Hz is no sampling rate of sound")
            values, notes = mono(_planes(frame), frame.format.name)
            stamped = frame.time - zero if frame.time is not None else None
            # Time stamps are rounded to their unit: only a jump of more than 50 ms is a pause.
            follows = stamped is None or (expected is not None and abs(stamped - expected) < 0.05)
            start = (expected or 0.0) if follows else stamped
            assert start is not None
            expected = start + frame.samples / frame.sample_rate
            yield start, frame.sample_rate, values, notes


def _planes(frame: Any) -> np.ndarray:
    """Samples as (channels, samples), in the file's own number format."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    return values


def mono(values: np.ndarray, form: str) -> tuple[np.ndarray, set[str]]:
    """(channels, samples) in ffmpeg's sample format `form` -> float32 mono in [-1, 1], and what was changed.

    The mean of the channels; where they cancel out (mean under a tenth of the loudest channel's energy) the loudest
    channel, so that sound in opposite phase is not lost. Not-a-number becomes 0, values beyond full scale are cut.
    """
    import numpy as np

    notes: set[str] = set()
    scale = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}.get(form.removesuffix("p"))
    wide = values.astype(np.float32)
    if form.startswith("u8"):
        wide = wide - 128.0
    if scale is not None:
        wide = wide / np.float32(scale)
    elif not np.isfinite(wide).all():
        wide = np.nan_to_num(wide, nan=0.0, posinf=0.0, neginf=0.0)
        notes.add("samples that are no numbers count as silence")
    if wide.size and float(np.abs(wide).max()) > 1.0:
        wide = np.clip(wide, -1.0, 1.0)
        notes.add("samples beyond full scale were cut")
    if wide.shape[0] == 1:
        return wide[0], notes
    mixed = wide.mean(axis=0)
    energies = (wide**2).sum(axis=1)
    if float(energies.max()) > 0 and float((mixed**2).sum()) < 0.1 * float(energies.max()) / wide.shape[0]:
        mixed = wide[int(energies.argmax())]
        notes.add("channels cancel out: the loudest was taken")
    return mixed, notes


def resampled(runs: Iterator[tuple[float, int, np.ndarray, set[str]]]) -> Iterator[tuple[float, np.ndarray, set[str]]]:
    """(start in seconds, 16 kHz samples, remarks) of joined runs. Runs that follow one another are resampled as one
    sound, `BLOCK` seconds at a time with `PAD` of what lies around, which gives what resampling all at once gives."""
    import numpy as np

    start = rate = 0.0
    waiting: list[np.ndarray] = []
    held, lead = 0, np.zeros(0, np.float32)
    notes: set[str] = set()
    for begin, frequency, values, remarks in runs:
        jump = waiting and (frequency != rate or abs(begin - (start + held / rate)) > 0.01)
        if jump:
            yield start, to_16k(np.concatenate([lead, *waiting]), int(rate), len(lead), held), notes
        if jump or not waiting:
            start, rate, waiting, held, notes, lead = begin, frequency, [], 0, set(), np.zeros(0, np.float32)
        waiting.append(values)
        held += len(values)
        notes |= remarks
        block, pad = BLOCK * frequency, math.ceil(PAD * frequency / unit(frequency)) * unit(frequency)
        while held >= block + pad:
            joined = np.concatenate([lead, *waiting])
            yield start, to_16k(joined[: len(lead) + block + pad], frequency, len(lead), block), notes
            cut = len(lead) + block
            lead, rest = joined[max(0, cut - pad) : cut].copy(), joined[cut:].copy()
            waiting, held, start = [rest], len(rest), start + BLOCK
    if held:
        yield start, to_16k(np.concatenate([lead, *waiting]), int(rate), len(lead), held), notes


def to_16k(samples: np.ndarray, rate: int, lead: int, count: int) -> np.ndarray:
    """Samples [lead, lead + count) of float32 mono `samples`, resampled from `rate` to 16 kHz in their surroundings
    (librosa, soxr). `lead` is a multiple of `unit(rate)`. The result has round(count * 16000 / rate) samples."""
    import librosa
    import numpy as np

    if rate == RATE:
        return samples[lead : lead + count]
    turned = librosa.resample(samples, orig_sr=rate, target_sr=RATE, res_type="soxr_hq")
    offset = lead * RATE // rate
    return np.ascontiguousarray(turned[offset : offset + round(count * RATE / rate)], dtype=np.float32)


def unit(rate: int) -> int:
    """The fewest samples at `rate` that last a whole number of samples at 16 kHz."""
    return rate // math.gcd(rate, RATE)

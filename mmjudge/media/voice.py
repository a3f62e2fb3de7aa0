"""Where in a recording something can be heard: numbers only.

Knows samples and energy. Refuses to know files, and what is said: anything above the recording's own silence counts,
voice or not, because a rule may speak about sounds too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

RATE = 16_000
"""Samples a second everywhere behind this package."""
HOP = 160
"""Samples between two energies: 10 ms."""
FRAME = 400
"""Samples an energy is taken over: 25 ms."""
FLOOR = -60.0
"""dB of full scale below which nothing counts as heard (16-bit silence with dither lies near -90)."""
ABOVE = 9.0
"""dB above the recording's own background from which sound counts as heard."""
PAUSE = 6.0
"""dB under what is around it that make a quiet moment a pause."""
LOUD = -35.0
"""dB from which sound counts as heard however loud the background is: a recording may be loud throughout."""


def loudness(samples: np.ndarray) -> np.ndarray:
    """Energy in dB of full scale each 10 ms of float32 mono samples (librosa's RMS, centred), at least -120."""
    import librosa
    import numpy as np

    parts = []
    # A minute at a time: librosa squares overlapping frames, 2.5 times the samples.
    step = 60 * RATE
    for start in range(0, len(samples), step):
        lead = min(start, FRAME // 2 // HOP * HOP + HOP)
        block = samples[start - lead : start + step + FRAME]
        rms = librosa.feature.rms(y=block, frame_length=FRAME, hop_length=HOP, center=True, pad_mode="constant")[0]
        count = -(-min(step, len(samples) - start) // HOP)
        parts.append(rms[lead // HOP : lead // HOP + count])
    rms = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return 20.0 * np.log10(np.maximum(rms, 1e-6))


def threshold(levels: np.ndarray) -> float:
    """The level from which sound counts as heard: `ABOVE` over the quietest tenth, between `FLOOR` and `LOUD`."""
    import numpy as np

    if not len(levels):
        return FLOOR
    return float(min(max(np.percentile(levels, 10) + ABOVE, FLOOR), LOUD))


def heard_spans(
    levels: np.ndarray, limit: float, hangover: float = 0.3, shortest: float = 0.05
) -> list[tuple[float, float]]:
    """Spans in seconds where `levels` (one each 10 ms) reach `limit`: pauses up to twice `hangover` are bridged, each
    span is widened by `hangover` on both sides, and those shorter than `shortest` before that are dropped."""
    import numpy as np

    over = np.flatnonzero(levels >= limit)
    if not len(over):
        return []
    breaks = np.flatnonzero(np.diff(over) * HOP / RATE > 2 * hangover)
    starts, ends = over[np.r_[0, breaks + 1]], over[np.r_[breaks, len(over) - 1]] + 1
    end = len(levels) * HOP / RATE
    return [
        (max(0.0, float(a) * HOP / RATE - hangover), min(end, float(b) * HOP / RATE + hangover))
        for a, b in zip(starts, ends, strict=True)
        if (b - a) * HOP / RATE >= shortest
    ]


def packed(
    heard: Sequence[tuple[float, float]],
    levels: np.ndarray,
    longest: float,
    begins: Callable[[float, float], Sequence[float]] | None = None,
) -> list[tuple[float, float]]:
    """Windows of at most `longest` seconds that cover `heard`: neighbours share a window while they fit and the pause
    between them is at most 2 s; what is longer is cut within the last third of a window, at its quietest moment, or
    where nothing there is a pause (`PAUSE`), at the last of the sounds that set in (`begins`)."""
    windows: list[tuple[float, float]] = []
    for start, end in heard:
        if windows and end - windows[-1][0] <= longest and start - windows[-1][1] <= 2.0:
            windows[-1] = (windows[-1][0], end)
            continue
        while end - start > longest:
            early, late = start + longest * 2 / 3, start + longest
            cut = quietest(levels, early, late)
            if begins is not None and not is_pause(levels, cut, early, late):
                cut = max((time for time in begins(early, late) if early < time < late), default=cut)
            windows.append((start, cut))
            start = cut
        windows.append((start, end))
    return windows


def is_pause(levels: np.ndarray, moment: float, start: float, end: float) -> bool:
    """Whether the sound at `moment` lies at least `PAUSE` dB under the middle of what is around it, [start, end]."""
    import numpy as np

    around = levels[round(start * RATE / HOP) : round(end * RATE / HOP)]
    at = min(round(moment * RATE / HOP), len(levels) - 1)
    return bool(len(around)) and float(levels[at]) <= float(np.median(around)) - PAUSE


def quietest(levels: np.ndarray, start: float, end: float) -> float:
    """The quietest moment in [start, end] seconds, smoothed over 150 ms; the earliest of several."""
    import numpy as np

    first, last = round(start * RATE / HOP), round(end * RATE / HOP)
    part = levels[first:last]
    if len(part) < 16:
        return end
    smooth = np.convolve(part, np.ones(15) / 15.0, mode="valid")
    return (first + int(np.argmin(smooth)) + 7) * HOP / RATE


def voice_windows(samples: np.ndarray, longest: float) -> list[tuple[float, float]]:
    """Windows in seconds of float32 mono 16 kHz samples in which something can be heard; none in silence."""
    levels, end = loudness(samples), len(samples) / RATE
    heard = heard_spans(levels, threshold(levels))

    def begins(start: float, stop: float) -> list[float]:
        return [start + time for time in onsets(cut_out(samples, (start, stop)))]

    # The last energy stands for less than 10 ms where the recording ends within it.
    return packed([(start, min(stop, end)) for start, stop in heard if start < end], levels, longest, begins)


def cut_out(samples: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    """The samples of a span in seconds, a view."""
    return samples[max(0, round(span[0] * RATE)) : max(0, round(span[1] * RATE))]


def onsets(samples: np.ndarray) -> tuple[float, ...]:
    """Seconds at which sounds set in (librosa's onset detector on energy): claps, shots, words after a pause."""
    import librosa

    times = librosa.onset.onset_detect(y=samples, sr=RATE, hop_length=HOP, units="time", backtrack=False)
    return tuple(float(time) for time in times)

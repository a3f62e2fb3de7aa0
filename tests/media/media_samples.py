"""Real files of every format, made on the spot: what stands in them is known because it was put there."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SAME = {"fflags": "+bitexact"}
"""Keeps ffmpeg from writing random numbers and its version into files."""

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def tone(seconds: float, rate: int, hertz: float = 440.0, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def silence(seconds: float, rate: int) -> np.ndarray:
    return np.zeros(round(seconds * rate), np.float32)


def plain(colour: tuple[int, int, int], width: int = 128, height: int = 96) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def halves(left: tuple[int, int, int], right: tuple[int, int, int], width: int = 128, height: int = 64) -> np.ndarray:
    picture = plain(left, width, height)
    picture[:, width // 2 :] = right
    return picture


def write_video(
    path: Path,
    frames: list[np.ndarray],
    *,
    times: list[float] | None = None,
    rate: int = 10,
    codec: str = "libx264",
    container: str | None = None,
    sound: np.ndarray | None = None,
    sound_codec: str = "aac",
    sound_rate: int = 48_000,
    sounds: int = 1,
) -> Path:
    """Frames at `times` seconds (else one each 1 / rate), with a mono sound track where one is given."""
    with av.open(str(path), "w", format=container, options=SAME) as out:
        video = out.add_stream(codec, rate=rate)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
        tracks = [
            out.add_stream(sound_codec, rate=sound_rate, layout="mono")
            for _ in range(sounds if sound is not None else 0)
        ]
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = video.codec_context.time_base
            frame.pts = round(times[number] * 1000) if times else number
            out.mux(video.encode(frame))
        for track in tracks:
            assert sound is not None
            _encode(out, track, sound, sound_rate)
        out.mux(video.encode())
    return path


def write_audio(path: Path, sound: np.ndarray, rate: int, codec: str, container: str | None = None) -> Path:
    """`sound` as (samples,) or (channels, samples)."""
    sound = np.atleast_2d(sound)
    with av.open(str(path), "w", format=container, options=SAME) as out:
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
        _encode(out, out.add_stream(codec, rate=rate, layout=layout), sound, rate)
    return path


def _encode(out: av.container.OutputContainer, track: av.AudioStream, sound: np.ndarray, rate: int) -> None:
    sound = np.ascontiguousarray(np.atleast_2d(sound), np.float32)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
    resampler = av.AudioResampler(format=track.codec_context.format, layout=layout, rate=rate)
    for start in range(0, sound.shape[1], 4800):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[:, start : start + 4800]), format="fltp", layout=layout
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        for ready in resampler.resample(frame):
            out.mux(track.encode(ready))
    out.mux(track.encode())


def turn_mp4(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Writes the display matrix (a, b, c, d: whole numbers) into the track header of an MP4 file."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4
    place = at + (52 if raw[at] == 1 else 40)
    a, b, c, d = matrix
    raw[place : place + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(raw)
    return path


def colour(frame: np.ndarray, x: float = 0.5, y: float = 0.5) -> tuple[int, int, int]:
    """The mean colour around a place given in shares of width and height."""
    height, width = frame.shape[:2]
    row, column = round(y * (height - 1)), round(x * (width - 1))
    around = frame[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3].reshape(-1, 3).mean(axis=0)
    return tuple(round(float(value)) for value in around)  # type: ignore[return-value]


def near(one: tuple[int, ...], other: tuple[int, ...], within: int = 12) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))

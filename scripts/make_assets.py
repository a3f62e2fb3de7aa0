"""Make the sample assets: `python scripts/make_assets.py [FOLDER]` (default: assets/samples).

Everything is ours: texts, drawings, and speech from espeak-ng. The same versions of Pillow, PyAV, soundfile and
espeak-ng give the same bytes. Writes `expected.json` last, with the sha256 of every file. Knows codecs; refuses to
know what the samples say (sample_texts) and how they look (sample_pictures).
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import sample_pictures as pictures
import sample_texts as texts
import soundfile
from PIL import Image

RATE = 16_000
FRAMES_PER_SECOND = 10
BUDGET = 1_500_000


def speech(words: str, voice: str = "en-us", speed: int = 145) -> np.ndarray:
    """Speech of the words, float32 mono at 16 kHz, with a little silence around it."""
    import librosa

    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-g", "3", "--stdout", words]
    try:
        wave = subprocess.run(command, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise SystemExit("espeak-ng is missing. Install it: apt-get install espeak-ng") from None
    samples, rate = soundfile.read(io.BytesIO(wave), dtype="float32")
    samples = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    samples = 0.8 * samples / np.abs(samples).max()
    return np.concatenate([np.zeros(RATE // 4), samples, np.zeros(RATE // 4)]).astype(np.float32)


def chime() -> np.ndarray:
    """A door chime of two notes, 2 s, float32 mono at 16 kHz."""
    out = np.zeros(2 * RATE)
    for start, pitch in ((0.1, 659.26), (0.8, 523.25)):
        time = np.arange(len(out) - round(start * RATE)) / RATE
        note = sum(np.sin(2 * np.pi * pitch * k * time) * np.exp(-(2.5 + k) * time) / k for k in (1, 2, 3))
        out[round(start * RATE) :] += note
    return (0.6 * out / np.abs(out).max()).astype(np.float32)


def write_opus(path: Path, samples: np.ndarray) -> None:
    """Opus in Ogg, 24 kbit/s, without a random serial number."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact", "serial_offset": "1"}) as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 24_000
        encode_audio(out, stream, samples)


def encode_audio(out: av.container.OutputContainer, stream: av.AudioStream, samples: np.ndarray) -> None:
    """Encode float32 mono samples at 16 kHz in frames of 64 ms."""
    resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=stream.rate)
    for start in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        for ready in resampler.resample(frame):
            out.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        out.mux(stream.encode(ready))
    out.mux(stream.encode(None))


def write_clip(path: Path, frame_at: Callable[[float, float], Image.Image], samples: np.ndarray) -> None:
    """H.264 and AAC in MP4, as long as the samples."""
    length = len(samples) / RATE
    options = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        video = out.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"crf": "26", "preset": "slow"})
        video.codec_context.thread_count = 1  # several threads do not give the same bytes twice
        video.width, video.height, video.pix_fmt = 480, 360, "yuv420p"
        sound = out.add_stream("aac", rate=RATE, layout="mono", options={"flags": "+bitexact"})
        sound.bit_rate = 40_000
        for i in range(int(length * FRAMES_PER_SECOND)):
            frame = av.VideoFrame.from_image(frame_at(i / FRAMES_PER_SECOND, length))
            frame.pts, frame.time_base = i, Fraction(1, FRAMES_PER_SECOND)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        encode_audio(out, sound, samples)


def make(folder: Path) -> None:
    """Write every file of the samples, then expected.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for draft in texts.DRAFTS:
        if draft.words:
            (folder / draft.files[0]).write_text(draft.words, encoding="utf-8")
    for name, flat in {"fair": pictures.fair, "cards": pictures.cards, "drugs": pictures.drugs}.items():
        flat().quantize(128, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
    for name, photo in {"lake": pictures.landscape, "hate": pictures.hate, "grave": pictures.grave}.items():
        photo().save(folder / f"{name}.jpg", quality=84)
    soundfile.write(folder / "weather.flac", speech(texts.WEATHER_SPEECH), RATE, subtype="PCM_16")
    soundfile.write(folder / "chime.wav", chime(), RATE, subtype="PCM_16")
    write_opus(folder / "threat.ogg", speech(texts.THREAT_SPEECH))
    write_clip(folder / "soup.mp4", pictures.soup_frame, speech(texts.RECIPE_SPEECH, speed=160))
    write_clip(folder / "alley.mp4", pictures.alley_frame, speech(texts.ALLEY_SPEECH, speed=160))
    write_expected(folder)


def write_expected(folder: Path) -> None:
    """expected.json: one object a sample, files with their sha256. Ends the program above the size budget."""
    rows = []
    for draft in texts.DRAFTS:
        row = {key: value for key, value in asdict(draft).items() if key != "words"}
        row["files"] = [{"name": name, "sha256": digest(folder / name)} for name in draft.files]
        rows.append(row)
    (folder / "expected.json").write_text(json.dumps({"samples": rows}, indent=1, ensure_ascii=False) + "\n")
    total = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(rows)} samples, {total / 1e3:.0f} kB in {folder}")
    if total > BUDGET:
        raise SystemExit(f"The samples take {total} bytes, more than {BUDGET}: make something smaller.")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "assets" / "samples")

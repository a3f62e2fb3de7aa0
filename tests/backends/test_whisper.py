"""Whisper: what is dropped as invented, and the real recogniser where its weights are in the cache."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from needs import weights

from mmjudge.backends.whisper import Listening, Whisper, invented, repeated, sift
from mmjudge.errors import BackendError
from mmjudge.types import Heard


def said(text: str, no_speech: float = 0.0, logprob: float = -0.2, start: float = 0.0) -> Heard:
    return Heard(start, start + 1.0, text, no_speech, logprob)


@pytest.mark.parametrize(
    ("no_speech", "logprob", "expected"),
    [(0.61, -1.01, True), (0.61, -1.0, False), (0.6, -1.01, False), (0.99, -0.3, False), (0.1, -3.0, False)],
)
def test_invented_needs_both_doubts(no_speech: float, logprob: float, expected: bool) -> None:
    assert invented(said("Thanks for watching!", no_speech, logprob)) is expected


def test_a_loop_keeps_its_first() -> None:
    loop = [said("Thank you.", start=float(n)) for n in range(3)]
    other = said("Goodbye.", start=3.0)
    assert repeated([*loop, other]) == [loop[0], other]
    assert repeated([other, *loop]) == [other, loop[0]]


def test_saying_something_twice_is_no_loop() -> None:
    twice = [said("Help!"), said("help!", start=1.0)]
    assert repeated(twice) == twice


def test_what_was_dropped_stands_beside_what_was_heard() -> None:
    real, made_up, empty = said("Hello."), said("Subscribe!", 0.9, -1.5, start=1.0), said("  ", start=2.0)
    assert sift([real, made_up, empty]) == Listening((real,), (made_up,))


def test_missing_weights_are_said(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"model\.bin cannot be read"):
        Whisper(tmp_path)


@pytest.fixture(scope="module")
def ears() -> Whisper:
    return Whisper(weights("whisper-base"))


def sample(name: str) -> np.ndarray:
    """A sample that comes with mmjudge, 16 kHz mono."""
    import soundfile

    samples, rate = soundfile.read(str(files("mmjudge.assets") / "samples" / name), dtype="float32", always_2d=True)
    assert rate == 16_000
    return samples.mean(axis=1)


@pytest.mark.weights
def test_speech_is_heard_the_same_twice(ears: Whisper) -> None:
    samples = sample("weather.flac")
    heard = ears.transcribe(samples)
    assert isinstance(heard, tuple)
    assert sum(len(h.text.split()) for h in heard) >= 3
    assert all(0 <= h.start < h.end <= len(samples) / 16_000 + 0.5 for h in heard)
    assert all(0 <= h.no_speech <= 1 and h.logprob < 0 for h in heard)
    assert ears.transcribe(samples) == heard


@pytest.mark.weights
def test_nobody_speaks_in_silence_noise_and_a_tone(ears: Whisper) -> None:
    rng = np.random.default_rng(0)
    silence = np.zeros(48_000, np.float32)
    noise = (0.05 * rng.normal(size=48_000)).astype(np.float32)
    assert ears.transcribe(sample("chime.wav")) == ()
    tone = (0.3 * np.sin(np.arange(48_000) * 0.2)).astype(np.float32)
    for samples in (silence, noise, tone, silence[:100], silence[:0]):
        assert ears.transcribe(samples) == ()

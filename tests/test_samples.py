"""The shipped samples: every one is there, unchanged, small, and opens with the real decoder of its format."""

import hashlib
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from mmjudge import media
from mmjudge.samples import Kind, Sample, samples
from mmjudge.types import TARGETS, TriClass

SAMPLES = samples()
FILES = sorted({path for sample in SAMPLES for path in sample.files})


def named(*endings: str) -> list[Path]:
    return [path for path in FILES if path.suffix in endings]


def by_id(sample_id: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.id == sample_id)


def decoded(path: Path) -> np.ndarray:
    """All sound of a file as float32 mono at 16 kHz, through PyAV."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def test_every_kind_has_a_benign_and_a_violating_sample():
    for kind in get_args(Kind):
        assert {sample.unsafe for sample in SAMPLES if sample.kind == kind} == {False, True}, kind


def test_values_come_from_the_closed_lists():
    assert len({sample.id for sample in SAMPLES}) == len(SAMPLES)
    for sample in SAMPLES:
        assert sample.kind in get_args(Kind)
        assert sample.target in TARGETS
        assert sample.labels
        assert set(sample.labels) <= set(get_args(TriClass))
        assert sample.unsafe == ("unsafe" in sample.labels)
        assert sample.text or sample.files
        assert not (sample.unsafe and "safe" in sample.labels)


def test_files_are_what_was_recorded_and_nothing_else_lies_there():
    for sample in SAMPLES:
        for path, sha256 in zip(sample.files, sample.sha256, strict=True):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, path.name
    assert {path.name for path in FILES[0].parent.iterdir()} == {path.name for path in FILES} | {"expected.json"}


def test_all_samples_together_stay_small():
    assert sum(path.stat().st_size for path in FILES[0].parent.iterdir()) < 1_500_000


@pytest.mark.parametrize("path", named(".txt", ".md", ".html"), ids=lambda path: path.name)
def test_texts_are_utf8_with_some_words(path: Path):
    text = path.read_bytes().decode("utf-8")
    assert len(text.split()) > 30
    if path.suffix == ".html":
        seen: list[str] = []
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, _attrs: seen.append(tag)
        parser.feed(text)
        assert {"html", "body", "h1", "script"} <= set(seen)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.kind == "text"], ids=lambda sample: sample.id)
def test_texts_and_conversations_load_as_one_item_with_their_target(sample: Sample):
    [item] = media.load(sample.files[0])
    assert item.target == sample.target
    if sample.target == "response":
        assert [turn.role for turn in item.turns] == ["user", "assistant"] * (len(item.turns) // 2)
        assert all(turn.text for turn in item.turns)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_every_sample_reads_without_a_gap(sample: Sample):
    items = media.load(sample.files[0]) if sample.kind == "text" else [media.item(sample.text, files=sample.files)]
    for item in items:
        reading = media.read(item)
        assert reading.segments
        assert not reading.gaps


@pytest.mark.parametrize("path", named(".png", ".jpg"), ids=lambda path: path.name)
def test_pictures_decode_and_are_not_flat(path: Path):
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.float64)
    assert min(pixels.shape[:2]) >= 400
    assert pixels.std() > 20


@pytest.mark.parametrize("path", named(".flac", ".ogg", ".wav"), ids=lambda path: path.name)
def test_sounds_decode_and_have_energy(path: Path):
    samples_, rate = soundfile.read(path, dtype="float32")
    assert samples_.ndim == 1
    assert 1.5 < len(samples_) / rate < 15
    assert np.sqrt(np.mean(samples_**2)) > 0.02
    assert np.abs(samples_).max() <= 1.0


@pytest.mark.parametrize("path", named(".mp4"), ids=lambda path: path.name)
def test_clips_have_moving_pictures_and_sound(path: Path):
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        frames = [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in container.decode(video)]
    assert frames[0].shape == (360, 480, 3)
    assert 6 <= len(frames) / 10 <= 8
    assert np.abs(frames[0] - frames[-1]).mean() > 2
    sound = decoded(path)
    assert abs(len(sound) / 16_000 - len(frames) / 10) < 0.3
    assert np.sqrt(np.mean(sound**2)) > 0.02


def test_the_mixed_threat_has_nothing_violent_in_its_caption():
    caption = by_id("post-grave").text.lower()
    assert not {"kill", "die", "dead", "hurt", "gun", "knife"} & set(caption.replace(",", " ").split())
    assert "kill" in by_id("post-fair").text.split()


def test_expected_rules_are_rules_of_the_default_rubric():
    from mmjudge.rubric import load_rubric

    known = {rule.id for rule in load_rubric("default").rules}
    assert all(set(sample.rules) <= known for sample in samples())
    assert all(bool(sample.rules) == ("unsafe" in sample.labels) for sample in samples())

"""Covers and clear content, on the shipped samples."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmjudge import media
from mmjudge.errors import MediaError
from mmjudge.types import Segment
from mmjudge.ui.annotate_looks import BINS, MINUTES, Addresses, Shelf, covered, grey, looks, peaks, revealed

SAMPLES = Path(__file__).parent.parent.parent / "assets" / "samples"


def test_grey_has_no_colour_left():
    frame = np.zeros((2, 2, 3), np.uint8)
    frame[0, 0] = (255, 0, 0)
    assert grey(frame)[0, 0].tolist() == [76, 76, 76]  # 0.299 * 255


def test_peaks_lie_on_the_files_own_clock():
    loud = np.zeros(16_000, np.float32)
    loud[8_000] = -0.5
    segments = [Segment("i", 0, "0", span=(2.0, 3.0), audio=loud)]
    found = peaks(segments, 4.0)
    assert len(found) == BINS
    assert found[int(2.5 / 4.0 * BINS)] == 0.5
    assert sum(found) == 0.5
    assert peaks([], 0.0) == (0.0,) * BINS


def test_a_clip_is_still_grey_frames_and_a_sound_is_a_waveform_until_the_reveal():
    post = media.item(text="look", files=[SAMPLES / "soup.mp4", SAMPLES / "threat.ogg"])
    clip, sound = looks(post, media.read(post))
    assert (clip.kind, sound.kind) == ("video", "audio")
    assert len(clip.covered) == len(clip.times) == len(clip.clear) > 1
    for cover in clip.covered:
        frame = cv2.imdecode(np.frombuffer(cover, np.uint8), cv2.IMREAD_COLOR).astype(int)
        assert max(frame.shape) <= 160
        assert np.abs(frame[..., 0] - frame[..., 2]).max() <= 2
    assert max(sound.peaks) > 0.05
    sent = covered(sound)
    assert set(sent) == {"kind", "times", "frames", "end", "peaks", "text", "gap"}
    assert sent["frames"] == []


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    post = media.item(files=[broken])
    (look,) = looks(post, media.read(post))
    assert look.kind == "file"
    assert look.gap


def test_an_address_is_for_one_rater_and_a_few_minutes(monkeypatch):
    addresses = Addresses("key")
    token = addresses.give("ann", "item", 0, -1)
    assert addresses.take(token, "ann") == ("item", 0, -1)
    assert addresses.take(token, "bob") is None
    assert Addresses("other key").take(token, "ann") is None
    assert addresses.take(token[:-2] + "xx", "ann") is None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + MINUTES * 60 + 5)
    assert addresses.take(token, "ann") is None


def test_a_file_that_changed_since_is_not_revealed(tmp_path):
    copy = tmp_path / "lake.jpg"
    copy.write_bytes((SAMPLES / "lake.jpg").read_bytes())
    post = media.item(files=[copy])
    shelf, addresses = Shelf(), Addresses("key")
    assert len(revealed(post, 0, shelf, addresses, "ann")["frames"]) == 1
    for place in (-1, 1):
        with pytest.raises(MediaError, match="no such file"):
            revealed(post, place, shelf, addresses, "ann")
    copy.write_bytes(b"another")
    with pytest.raises(MediaError, match="another file now"):
        revealed(post, 0, shelf, addresses, "ann")

"""Previews from which nothing can be had back, tokens nobody can guess, and what a browser may play."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmjudge.media import item, read
from mmjudge.samples import samples
from mmjudge.types import Media
from mmjudge.ui.thumbs import Clear, Shelf, Vault, blurred, jpeg, looks_of, played_as, shrunk, unchanged


def decoded(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def lettered() -> np.ndarray:
    frame = np.full((400, 600, 3), 255, np.uint8)
    for y in range(60, 400, 60):
        cv2.putText(frame, "SECRET WORDS HERE", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4)
    return frame


def test_a_preview_keeps_light_and_loses_letters():
    frame = lettered()
    preview = decoded(blurred(frame)).astype(float)
    assert preview.shape == (107, 160, 3)
    assert preview.mean() == pytest.approx(frame.mean(), abs=4)
    edges = np.abs(np.diff(preview.mean(axis=2), axis=1)).max()
    assert edges < 12, "an edge of a letter survived"


def test_two_texts_of_the_same_layout_cannot_be_told_apart():
    one, two = lettered(), lettered()
    cv2.putText(two, "NO", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (0, 0, 0), 1)
    difference = np.abs(decoded(blurred(one)).astype(int) - decoded(blurred(two)).astype(int))
    assert difference.mean() < 1


def test_shapes_of_any_proportion():
    assert decoded(blurred(np.zeros((1, 5000, 3), np.uint8))).shape == (1, 160, 3)
    assert shrunk(np.zeros((10, 20, 3), np.uint8), 50).shape == (10, 20, 3)
    assert shrunk(np.zeros((100, 200, 3), np.uint8), 50).shape == (25, 50, 3)


def test_a_revealed_picture_has_its_colours_and_nothing_but_pixels():
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 250
    content = jpeg(red, 90)
    assert decoded(content)[32, 32].tolist() == pytest.approx([250, 0, 0], abs=6)
    assert b"Exif" not in content


def test_looks_leave_out_the_joint_segment():
    by_id = {s.id: s for s in samples()}
    post = by_id["post-grave"]
    both = item(post.text, post.files)
    looks = looks_of(read(both), both)
    assert set(looks) == {0}
    assert len(looks[0].glimpses) == len(looks[0].clear) == 1
    clip = item("", by_id["video-alley"].files)
    frames = looks_of(read(clip), clip)[0]
    assert [g.at for g in frames.glimpses] == sorted(g.at for g in frames.glimpses)
    assert len(frames.glimpses) > 1
    assert looks_of(read(item("words")), item("words")) == {}


def test_what_a_browser_plays_is_told_from_the_first_bytes():
    kinds = {s.id: played_as(s.files[0].read_bytes()[:256]) for s in samples() if s.kind in ("audio", "video")}
    assert kinds == {
        "audio-weather": "audio/flac",
        "audio-threat": "audio/ogg",
        "audio-chime": "audio/wav",
        "video-soup": "video/mp4",
        "video-alley": "video/mp4",
    }
    assert played_as(b"<html><script>") == ""
    assert played_as(b"\0\0\0\x18ftypqt  ") == ""
    assert played_as(b"") == ""


def test_the_vault_forgets_the_oldest_and_what_was_hidden():
    vault = Vault(most=2)
    tokens = [vault.put(Clear("image/jpeg", bytes([n]))) for n in range(3)]
    assert vault.get(tokens[0]) is None
    assert vault.get(tokens[2]) == Clear("image/jpeg", b"\x02")
    vault.drop(tokens[2])
    vault.drop("never there")
    assert vault.get(tokens[2]) is None
    assert len(set(tokens)) == 3
    assert min(map(len, tokens)) >= 24


def test_the_shelf_keeps_the_newest():
    shelf = Shelf(most=1)
    shelf.put("a", {})
    shelf.put("b", {})
    assert shelf.get("a") is None
    assert shelf.get("b") == {}


def test_a_file_that_changed_is_not_the_one_that_was_judged(tmp_path: Path):
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    media = item("", [file]).media[0]
    assert unchanged(media)
    file.write_bytes(b"two")
    assert not unchanged(media)
    assert not unchanged(Media(tmp_path / "gone.png", "00", 1))

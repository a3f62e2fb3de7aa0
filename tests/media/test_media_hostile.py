"""Hostile files: none crashes, none hangs, none takes a gigabyte, each says something, and its neighbours are read."""

import pytest
from hostile import generate
from media_samples import RED, colour, near, plain
from PIL import Image

from mmjudge.media import Isolation, item, load
from mmjudge.types import REASONS

SECONDS = 300.0  # a hang, on however busy a machine
MEBIBYTES = 1024


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def readings(hostile):
    """All files read one after the other by processes that may hold a gigabyte; the most they held, in KiB."""
    with Isolation(SECONDS, MEBIBYTES) as isolation:
        return {path.name: isolation.read(item(files=[path])) for path in hostile}, isolation.peak


def test_there_are_enough_of_them_and_they_are_the_same_each_time(hostile, tmp_path):
    assert len(hostile) >= 200
    again = generate(tmp_path / "again")
    assert [path.name for path in again] == [path.name for path in hostile]
    assert [one.name for one, other in zip(again, hostile, strict=True) if one.read_bytes() != other.read_bytes()] == []


def test_each_gives_segments_or_a_gap_in_words(readings):
    found, _ = readings
    for name, reading in found.items():
        assert reading.segments or reading.gaps, name
        for gap in reading.gaps:
            assert gap.reason in REASONS, name
            assert len(gap.note.split()) >= 4, (name, gap.note)


def test_none_hangs_or_ends_its_reader_or_takes_a_gigabyte(readings):
    found, peak = readings
    ended = {
        n: g.note for n, r in found.items() for g in r.gaps if "its reader ended" in g.note or g.reason == "timed_out"
    }
    assert ended == {}
    assert 0 < peak < MEBIBYTES << 10


EXPECTED = {
    "huge.png": "too_large",
    "huge 2^31.png": "too_large",
    "huge.jpg": "too_large",
    "huge.bmp": "too_large",
    "huge.gif": "too_large",
    "huge.webp": "too_large",
    "huge.tif": "too_large",
    "huge.heic": "too_large",
    "bomb 1 bit.png": "too_large",
    "bomb.zip": "unsupported_modality",
    "bomb.svgz": "unsupported_modality",
    "laughs.svg": "unsupported_modality",
    "ten hours.flac": "too_large",
    "ten hours.opus": "too_large",
    "endless.m3u8": "unsupported_modality",
    "itself.m3u8": "unsupported_modality",
    "concat.txt": "unsupported_modality",
    "to wav.mp3": "unsupported_modality",
    "list.mpd": "unsupported_modality",
    "nothing.txt": "undecodable",
    "no streams.mp4": "undecodable",
    "no streams.mkv": "undecodable",
    "one line.txt": "too_large",
    "traversal.zip": "unsupported_modality",
}


def test_what_is_known_to_be_wrong_is_said(readings):
    found, _ = readings
    reasons = {name: found[name].gaps[0].reason if found[name].gaps else None for name in EXPECTED}
    assert reasons == EXPECTED


def test_good_files_under_wrong_names_are_read(readings):
    found, _ = readings
    for name, reading in found.items():
        if name.startswith("disguised") or name in ("-rf .png", "%05d.png", "n" * 250, "concat:a|b.mp3"):
            assert reading.segments, name
            assert reading.gaps == (), name


def test_nothing_a_list_names_is_read(readings):
    found, _ = readings
    for name in ("concat.txt", "to wav.mp3", "late.mp3", "itself.m3u8", "list.pls"):
        assert all(segment.audio is None for segment in found[name].segments), name


def test_polyglots_are_read_as_what_they_begin_with(readings):
    found, _ = readings
    assert found["jpeg and zip.jpg"].segments[0].frames
    assert found["png and html.html"].segments[0].frames
    assert found["bm words.bmp"].segments[0].text.startswith("BM is how")
    assert "though there is none" in found["fake pdf, real words.txt"].segments[0].text
    assert found["mp3 and jpeg.jpg"].segments[0].audio is not None


def test_the_good_part_of_a_post_is_still_read(hostile, tmp_path):
    good = tmp_path / "good.png"
    Image.fromarray(plain(RED)).save(good)
    with Isolation(SECONDS, MEBIBYTES) as isolation:
        for path in hostile[::25]:
            reading = isolation.read(item("a caption", [path, good]))
            parts = {segment.part: segment for segment in reading.segments}
            assert parts["text"].text == "a caption"
            assert near(colour(parts["1"].frames[0]), RED)
            assert parts["whole"].text.startswith("a caption")


def test_loading_them_as_conversations_never_fails(hostile):
    for path in hostile:
        assert load(path), path.name

"""A post of several parts: each alone, and together; and what happens when one cannot be read."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile
from media_samples import BLUE, GREEN, RED, colour, near, plain, silence, tone, write_audio, write_video
from PIL import Image

from mmjudge.media import Isolation, Limits, Sampling, item, read, read_isolated
from mmjudge.media.parcel import pack, unpack
from mmjudge.media.reading import shares, spread
from mmjudge.media.turns import grouped, turns_part, within
from mmjudge.types import Turn


@pytest.fixture
def files(tmp_path):
    Image.fromarray(plain(RED)).save(tmp_path / "a.png")
    soundfile.write(tmp_path / "b.wav", tone(1, 16_000), 16_000)
    write_video(tmp_path / "c.mp4", [plain(c) for c in (GREEN, BLUE) for _ in range(60)], sound=silence(12, 48_000))
    (tmp_path / "d.txt").write_text("words in a file")
    return [tmp_path / name for name in ("a.png", "b.wav", "c.mp4", "d.txt")]


def test_each_part_alone_and_then_the_whole(files):
    post = item("a caption", files, target="prompt")
    reading = read(post)
    assert reading.gaps == ()
    assert [s.part for s in reading.segments] == ["text", "0", "1", "2", "2", "3", "whole"]
    assert [s.index for s in reading.segments] == list(range(7))
    assert {s.item_id for s in reading.segments} == {post.id}
    assert {s.target for s in reading.segments} == {"prompt"}
    caption, picture, sound, first, second, document, whole = reading.segments
    assert (caption.text, caption.modalities) == ("a caption", {"text"})
    assert picture.modalities == {"image"}
    assert sound.modalities == {"audio"}
    assert first.modalities == second.modalities == {"image", "audio"}
    assert document.text == "words in a file"
    assert whole.text == "a caption\n\nwords in a file"
    assert [near(colour(f), c, 20) for f, c in zip(whole.frames, (RED, GREEN, BLUE), strict=True)] == [True] * 3
    assert whole.frame_times == pytest.approx((0.0, 0.0, 6.0), abs=0.01)
    assert whole.audio is sound.audio
    assert whole.frames[0] is picture.frames[0]


def test_a_single_part_is_the_whole(files):
    for path in files:
        assert {s.part for s in read(item(files=[path])).segments} == {"whole"}
    assert {s.part for s in read(item("words")).segments} == {"whole"}
    assert {s.part for s in read(item(turns=[Turn("user", "words")])).segments} == {"whole"}


def test_one_bad_file_leaves_the_rest(files, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    reading = read(item("a caption", [files[0], bad]))
    assert [s.part for s in reading.segments] == ["text", "0", "whole"]
    assert [(g.part, g.reason) for g in reading.gaps] == [("1", "undecodable")]
    assert reading.gaps[0].note
    reading = read(item("a caption", [bad]))
    assert [s.part for s in reading.segments] == ["text"]
    assert [g.part for g in reading.gaps] == ["0"]


def test_a_file_that_went_away_is_a_gap(files):
    post = item("", [files[0]])
    files[0].unlink()
    (gap,) = read(post).gaps
    assert (gap.part, gap.reason) == ("whole", "undecodable")


def test_files_beyond_the_limit_of_bytes(files):
    reading = read(item(files=[files[3]]), Limits(bytes=10))
    assert (reading.gaps[0].reason, reading.segments) == ("too_large", ())
    reading = read(item(files=[files[3]]), Limits(whole_bytes=10))
    assert reading.gaps[0].reason == "too_large"


def test_reading_twice_gives_the_same(files):
    one, other = read(item("x", files)), read(item("x", files))
    assert len(one.segments) == len(other.segments)
    for a, b in zip(one.segments, other.segments, strict=True):
        assert_same(a, b)


def assert_same(a, b):
    for name in ("item_id", "index", "part", "span", "chars", "text", "turns", "target", "frame_times", "note"):
        assert getattr(a, name) == getattr(b, name), name
    assert len(a.frames) == len(b.frames)
    assert all(np.array_equal(f, g) for f, g in zip(a.frames, b.frames, strict=True))
    assert (a.audio is None) == (b.audio is None)
    assert a.audio is None or np.array_equal(a.audio, b.audio)


def test_frames_of_the_whole_are_shared_out():
    assert shares([5, 1, 9], 8) == [4, 1, 3]
    assert shares([0, 2], 8) == [0, 2]
    assert shares([3, 3], 1) == [1, 0]
    assert spread("abcdefghi", 3) == ["b", "e", "h"]
    assert spread("abc", 5) == ["a", "b", "c"]
    assert spread("abc", 0) == []


def test_conversations_keep_their_roles():
    turns = [Turn("user", "How?"), Turn("assistant", "Like\0 this.")]
    (segment,) = read(item(turns=turns, target="response")).segments
    assert segment.turns == (Turn("user", "How?"), Turn("assistant", "Like this."))
    assert (segment.text, segment.target) == ("", "response")


def test_long_conversations_are_cut_with_their_question_in_front():
    pieces = [Turn("user", "q" * 10), Turn("assistant", "a" * 10), Turn("assistant", "b" * 10), Turn("user", "r" * 4)]
    assert grouped(pieces, 20, 4, "response") == [
        (pieces[0], pieces[1]),
        (Turn("user", "qqqq"), pieces[2], pieces[3]),
    ]
    assert grouped(pieces, 20, 4, "prompt")[1] == (Turn("assistant", "aaaa"), pieces[2], pieces[3])
    assert grouped([], 20, 4, "prompt") == []
    long = [Turn("user", "Why? "), Turn("assistant", "One sentence here. " * 100)]
    part = turns_part("", long, "response", Limits(), Sampling(window=400, overlap=40))
    assert part.gaps == ()
    assert all(s.turns[0] == Turn("user", "Why? ") for s in part.segments)
    assert all(sum(len(t.text) for t in s.turns) <= 400 for s in part.segments)
    assert "".join(t.text for s in part.segments for t in s.turns).count("One sentence here.") >= 100


def test_conversations_have_a_limit_and_may_be_empty():
    turns = [Turn("user", "abc"), Turn("assistant", "defg"), Turn("user", "hi")]
    assert within(turns, 5) == ([Turn("user", "abc"), Turn("assistant", "de")], 4)
    part = turns_part("", turns, "post", Limits(characters=5), Sampling())
    assert [g.reason for g in part.gaps] == ["too_large"]
    (gap,) = read(item(turns=[Turn("user", "\0 ")])).gaps
    assert gap.note.startswith("nothing to judge")


def test_another_process_reads_the_same(files):
    post = item("a caption", files)
    here = read(post)
    with Isolation() as isolation:
        there = isolation.read(post)
        assert isolation.peak > 10_000
    assert here.gaps == there.gaps
    for a, b in zip(here.segments, there.segments, strict=True):
        assert_same(a, b)
    assert there.segments[-1].frames[0] is there.segments[1].frames[0]


def test_a_reader_that_dies_or_hangs_costs_its_file_only(files, tmp_path):
    with Isolation(mebibytes=220) as isolation:
        wide = tmp_path / "wide.png"
        Image.new("RGB", (7000, 7000)).save(wide)  # 196 MB as Pillow holds it
        reading = isolation.read(item("x", [files[3], wide, files[0]]))
        assert [g.part for g in reading.gaps] == ["1"]
        assert reading.gaps[0].reason in ("too_large", "undecodable")
        assert [s.part for s in reading.segments] == ["text", "0", "2", "whole"]
    reading = read_isolated(item("x", [files[0], files[3]]), seconds=0.0)
    assert [(g.part, g.reason) for g in reading.gaps] == [("0", "timed_out"), ("1", "timed_out")]
    assert [s.part for s in reading.segments] == ["text"]


def test_a_reader_killed_from_outside_is_replaced(files):
    with Isolation() as isolation:
        isolation.read(item(files=[files[0]]))
        isolation._process.kill()
        isolation._process.wait()
        assert isolation.read(item(files=[files[0]])).gaps == ()


def test_what_comes_back_is_data_and_is_checked(tmp_path, files):
    from mmjudge.media.limits import Part
    from mmjudge.types import Gap

    reading = read(item(files=[files[2]]))
    part = Part(reading.segments, (Gap("", "too_large", "x", (1.0, 2.0)),))
    data = pack(part, tmp_path / "arrays")
    again = unpack(data, tmp_path / "arrays")
    assert again.gaps == part.gaps
    assert np.array_equal(again.segments[1].frames[0], part.segments[1].frames[0])
    for change in ({"kind": "object"}, {"shape": [10**9, 10, 3]}, {"shape": [4]}):
        broken = {**data, "arrays": [{**row, **change} for row in data["arrays"]]}
        with pytest.raises((ValueError, TypeError)):
            unpack(broken, tmp_path / "arrays")
    with pytest.raises(ValueError, match="unknown reason"):
        unpack({**data, "gaps": [{"reason": "fine", "note": "", "span": None}]}, tmp_path / "arrays")


def test_names_of_every_kind_reach_the_other_process(tmp_path):
    import os

    names = ["http:", "-i", "concat:a|b", "a\nb", "%03d.png", "\u202egnp.exe", "ä\udcff"]
    with Isolation() as isolation:
        for name in names:
            path = tmp_path / name
            with open(os.fsencode(path), "wb") as file:
                Image.fromarray(plain(RED)).save(file, "PNG")
            assert near(colour(isolation.read(item(files=[path])).segments[0].frames[0]), RED)


def test_importing_media_imports_no_decoder():
    heavy = "{'PIL', 'av', 'cv2', 'librosa', 'soundfile', 'pypdf', 'numpy', 'bs4', 'scipy'}"
    code = f"import sys, mmjudge.media; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_sound_in_a_video_container_is_sound(tmp_path):
    path = write_audio(tmp_path / "a.mov", tone(1, 44_100), 44_100, "aac", "mov")
    (segment,) = read(item(files=[path])).segments
    assert segment.modalities == {"audio"}

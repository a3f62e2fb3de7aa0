"""Videos of every container -> shots with true times, frames as shown, and the sound of the same moment."""

import numpy as np
import pytest
from media_samples import BLUE, GREEN, RED, WHITE, colour, halves, near, plain, silence, tone, turn_mp4, write_video

from mmjudge.media import Limits, Sampling, item, read
from mmjudge.media.video import quarter_turns, shown_size

RATE = 16_000


def three(seconds=(1.0, 1.0, 1.0), rate=10):
    """Red, green and blue, each this long."""
    return [plain(c) for c, s in zip((RED, GREEN, BLUE), seconds, strict=True) for _ in range(round(s * rate))]


@pytest.mark.parametrize(
    ("container", "codec", "sound_codec"),
    [
        ("mp4", "libx264", "aac"),
        ("mov", "libx264", "aac"),
        ("matroska", "libx264", "libopus"),
        ("matroska", "libx265", "flac"),
        ("webm", "libvpx-vp9", "libopus"),
        ("webm", "libvpx", "libopus"),
        ("avi", "mpeg4", "pcm_s16le"),
        ("avi", "mjpeg", "pcm_s16le"),
        ("mp4", "mpeg4", "aac"),
        ("mpegts", "libx264", "aac"),
        ("flv", "libx264", "aac"),
        ("mp4", "libsvtav1", "aac"),
    ],
)
def test_every_container(tmp_path, container, codec, sound_codec):
    sound = np.concatenate([silence(1, 48_000), tone(1, 48_000), silence(1, 48_000)])
    path = write_video(
        tmp_path / "clip.txt", three(), container=container, codec=codec, sound=sound, sound_codec=sound_codec
    )
    reading = read(item(files=[path]))
    assert reading.gaps == ()
    (segment,) = reading.segments
    assert segment.part == "whole"
    assert segment.span[1] == pytest.approx(3.0, abs=0.15)
    assert segment.frame_times == pytest.approx((0.0, 1.0, 2.0), abs=0.03)
    assert [near(colour(f), c, 20) for f, c in zip(segment.frames, (RED, GREEN, BLUE), strict=True)] == [True] * 3
    assert segment.frames[0].shape == (96, 128, 3)
    assert segment.audio.dtype == np.float32
    loud = np.abs(segment.audio)
    assert float(loud[: int(0.9 * RATE)].max()) < 0.05
    assert float(loud[int(1.1 * RATE) : int(1.9 * RATE)].max()) > 0.4
    assert float(loud[int(2.2 * RATE) :].max()) < 0.05


def test_shots_become_segments_with_the_sound_of_their_moment(tmp_path):
    # Red 6 s, green 6 s, blue 6 s; a tone only while it is green.
    sound = np.concatenate([silence(6, 48_000), tone(6, 48_000), silence(6, 48_000)])
    path = write_video(tmp_path / "a.mp4", three((6, 6, 6)), sound=sound)
    reading = read(item(files=[path]))
    assert [s.span for s in reading.segments] == [
        pytest.approx((0, 6), abs=0.05),
        pytest.approx((6, 12), abs=0.05),
        pytest.approx((12, 18), abs=0.1),
    ]
    assert [len(s.frames) for s in reading.segments] == [1, 1, 1]  # near-duplicates are dropped
    assert [near(colour(s.frames[0]), c, 20) for s, c in zip(reading.segments, (RED, GREEN, BLUE), strict=True)] == [
        True
    ] * 3
    assert [float(np.abs(s.audio[1600:-1600]).max()) > 0.3 for s in reading.segments] == [False, True, False]


def test_times_are_presentation_times_where_the_rate_varies(tmp_path):
    times = [0.0, 0.5, 0.7, 5.25, 5.3, 9.0]
    colours = [RED, RED, GREEN, BLUE, BLUE, WHITE]
    path = write_video(tmp_path / "a.mkv", [plain(c) for c in colours], times=times)
    reading = read(item(files=[path]))
    kept = [time for s in reading.segments for time in s.frame_times]
    assert kept == pytest.approx([0.0, 0.7, 5.25, 9.0], abs=0.002)


def test_a_single_frame_between_others_is_not_missed(tmp_path):
    frames = [plain(WHITE) for _ in range(100)]
    frames[57] = plain(RED)
    path = write_video(tmp_path / "a.mp4", frames, rate=25)
    (segment,) = read(item(files=[path])).segments
    assert any(
        near(colour(f), RED, 30) and abs(t - 57 / 25) < 0.01
        for f, t in zip(segment.frames, segment.frame_times, strict=True)
    )


def test_a_line_of_text_that_appears_is_a_new_frame(tmp_path):
    import cv2

    bare, captioned = plain(WHITE, 640, 360), plain(WHITE, 640, 360)
    cv2.putText(captioned, "meet me at the harbour", (120, 330), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    path = write_video(tmp_path / "a.mp4", [bare] * 30 + [captioned] * 30)
    (segment,) = read(item(files=[path])).segments
    assert len(segment.frames) == 2
    assert segment.frames[1].min() < 100
    assert segment.frame_times[1] >= 3.0


@pytest.mark.parametrize(
    ("matrix", "shape", "places"),
    [
        # Stored: left red, right blue. Turned clockwise, the left comes to the top.
        ((0, 1, -1, 0), (128, 64, 3), ((0.5, 0.2), (0.5, 0.8))),
        ((-1, 0, 0, -1), (64, 128, 3), ((0.8, 0.5), (0.2, 0.5))),
        ((0, -1, 1, 0), (128, 64, 3), ((0.5, 0.8), (0.5, 0.2))),
        ((1, 0, 0, 1), (64, 128, 3), ((0.2, 0.5), (0.8, 0.5))),
    ],
)
def test_videos_are_turned_as_they_are_shown(tmp_path, matrix, shape, places):
    path = write_video(tmp_path / "a.mp4", [halves(RED, BLUE)] * 5)
    turn_mp4(path, matrix)
    (segment,) = read(item(files=[path])).segments
    frame = segment.frames[0]
    assert frame.shape == shape
    assert near(colour(frame, *places[0]), RED, 20)
    assert near(colour(frame, *places[1]), BLUE, 20)


def test_sizes_and_turns_by_number():
    assert shown_size(1920, 1080, None, 1024) == (1024, 576)
    assert shown_size(720, 576, 16 / 15, 1024) == (768, 576)
    assert shown_size(100, 50, 100.0, 1024) == (100, 50)  # a pixel shape nobody means
    assert shown_size(4000, 1, None, 1024) == (1024, 1)
    assert [quarter_turns(degrees) for degrees in (0, 90, 180, 270, -90, -180, 91.5)] == [0, 1, 2, 3, 3, 2, 1]


def test_a_still_picture_with_sound_is_carried_through_every_segment(tmp_path):
    path = write_video(tmp_path / "a.mp4", [plain(RED)] * 70, rate=1, sound=tone(70, 8_000), sound_rate=8_000)
    reading = read(item(files=[path]))
    # 70 s in pieces of at most 30 s: three of 23.3 s.
    assert [s.span for s in reading.segments] == [
        pytest.approx((i * 70 / 3, (i + 1) * 70 / 3), abs=0.2) for i in range(3)
    ]
    assert all(len(s.frames) == 1 and s.frame_times == (0.0,) for s in reading.segments)
    assert reading.segments[1].frames[0] is reading.segments[0].frames[0]
    assert all(len(s.audio) / RATE == pytest.approx(70 / 3, abs=0.2) for s in reading.segments)


def test_video_without_sound_and_sound_without_video(tmp_path):
    silent = write_video(tmp_path / "a.mp4", three())
    (segment,) = read(item(files=[silent])).segments
    assert segment.modalities == {"image"}
    from media_samples import write_audio

    heard = write_audio(tmp_path / "b.mp4", tone(1, 48_000), 48_000, "aac", "mp4")
    (segment,) = read(item(files=[heard])).segments
    assert segment.modalities == {"audio"}


def test_every_sound_track_is_heard(tmp_path):
    path = write_video(tmp_path / "a.mkv", three(), sound=tone(3, 48_000), sounds=3)
    reading = read(item(files=[path]))
    assert [bool(s.frames) for s in reading.segments] == [True, False, False]
    assert all(s.audio is not None for s in reading.segments)
    reading = read(item(files=[path]), Limits(tracks=2))
    assert [s.audio is not None for s in reading.segments] == [True, True]
    assert [gap.reason for gap in reading.gaps] == ["too_large"]


def test_limits_of_duration_frames_and_size(tmp_path):
    path = write_video(tmp_path / "a.mp4", three((2, 2, 2)))
    for limits, reason in ((Limits(duration=3.0), "too_large"), (Limits(frames=30), "too_large")):
        reading = read(item(files=[path]), limits)
        assert [gap.reason for gap in reading.gaps] == [reason]
        assert reading.segments[-1].span[1] == pytest.approx(3.0, abs=0.01)
        assert [t for s in reading.segments for t in s.frame_times] == pytest.approx([0.0, 2.0], abs=0.01)
    reading = read(item(files=[path]), Limits(video_pixels=128 * 96 - 1))
    assert reading.segments == ()
    assert reading.gaps[0].reason == "too_large"
    assert "128 x 96" in reading.gaps[0].note
    reading = read(item(files=[path]), Limits(seconds=0.0))
    assert [gap.reason for gap in reading.gaps] == ["timed_out"]


def test_frames_are_bounded_but_every_segment_has_one(tmp_path):
    rng = np.random.default_rng(0)
    frames = [np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((16, 16, 1))).astype(np.uint8) for _ in range(60)]
    path = write_video(tmp_path / "a.mp4", frames, rate=2)
    reading = read(item(files=[path]), sampling=Sampling(max_frames=5, frames_per_shot=2))
    assert len({id(frame) for s in reading.segments for frame in s.frames}) <= 7
    assert all(1 <= len(s.frames) <= 2 for s in reading.segments)
    assert reading.segments[-1].span[1] == pytest.approx(30.0, abs=0.1)


def test_a_video_cut_short_is_looked_at_as_far_as_it_goes(tmp_path):
    path = write_video(tmp_path / "a.mkv", three((4, 4, 4)), sound=tone(12, 48_000))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    reading = read(item(files=[path]))
    assert reading.segments
    assert near(colour(reading.segments[0].frames[0]), RED, 20)
    assert {gap.reason for gap in reading.gaps} == {"undecodable"}


def test_streams_without_time_stamps_count_by_their_rate(tmp_path):
    # AVI holds no time stamps: a frame's time is its number over the rate.
    path = write_video(tmp_path / "a.avi", three((6, 6, 6)), codec="mpeg4", container="avi")
    reading = read(item(files=[path]))
    assert [s.frame_times[0] for s in reading.segments] == pytest.approx([0.0, 6.0, 12.0], abs=0.01)

"""Sound of every format -> 16 kHz mono samples and the windows in which something can be heard."""

import numpy as np
import pytest
import soundfile
from media_samples import RED, colour, plain, silence, tone, write_audio

from mmjudge.media import Limits, Sampling, item, read
from mmjudge.media.audio import mono, resampled, to_16k, unit
from mmjudge.media.voice import RATE, heard_spans, loudness, onsets, packed, quietest, threshold, voice_windows


def pitch(samples):
    """The strongest frequency in Hz."""
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


def only(path, **limits):
    reading = read(item(files=[path]), Limits(**limits))
    assert reading.gaps == ()
    (segment,) = reading.segments
    assert segment.part == "whole"
    return segment


@pytest.mark.parametrize(
    ("codec", "container", "rate"),
    [
        ("pcm_s16le", "wav", 44_100),
        ("pcm_u8", "wav", 8_000),
        ("pcm_s24le", "wav", 48_000),
        ("pcm_s32le", "wav", 96_000),
        ("pcm_f32le", "wav", 16_000),
        ("pcm_f64le", "wav", 22_050),
        ("pcm_mulaw", "wav", 8_000),
        ("flac", "flac", 44_100),
        ("libmp3lame", "mp3", 44_100),
        ("libopus", "ogg", 48_000),
        ("aac", "ipod", 44_100),
        ("aac", "adts", 48_000),
        ("alac", "ipod", 44_100),
        ("pcm_s16be", "aiff", 11_025),
        ("libopus", "webm", 48_000),
    ],
)
def test_every_format_at_any_rate(tmp_path, codec, container, rate):
    path = write_audio(tmp_path / "sound.jpg", tone(2.0, rate), rate, codec, container)
    segment = only(path)
    assert segment.audio.dtype == np.float32
    assert segment.audio.ndim == 1
    assert segment.span[0] < 0.1
    # Encoders add up to a tenth of a second of lead-in and padding.
    assert segment.span[1] == pytest.approx(2.0, abs=0.12)
    assert len(segment.audio) == round(segment.span[1] * RATE) - round(segment.span[0] * RATE)
    middle = segment.audio[RATE // 2 : RATE * 3 // 2]
    assert pitch(middle) == pytest.approx(440, abs=1)
    # A sine of amplitude 0.5 has RMS 0.3536; lossy encoders stray from it here and there.
    assert float(np.sqrt((middle**2).mean())) == pytest.approx(0.3536, rel=0.07)


def test_ogg_vorbis_as_others_write_it(tmp_path):
    soundfile.write(tmp_path / "a.ogg", tone(1.0, 32_000), 32_000, format="OGG", subtype="VORBIS")
    assert pitch(only(tmp_path / "a.ogg").audio) == pytest.approx(440, abs=1)


def test_sample_counts_are_exact(tmp_path):
    path = tmp_path / "a.wav"
    # 11025 Hz for 3 s = 33075 samples; at 16 kHz 48000.
    soundfile.write(path, tone(3.0, 11_025), 11_025)
    assert only(path).audio.shape == (48_000,)


def test_channels_are_mixed_and_never_cancel_out():
    left, right = np.array([[0.5, -0.5, 0.25]]), np.array([[0.1, 0.1, 0.25]])
    mixed, notes = mono(np.vstack([left, right]), "fltp")
    assert mixed == pytest.approx([0.3, -0.2, 0.25])
    assert notes == set()
    kept, notes = mono(np.vstack([left, -left]), "fltp")
    assert kept == pytest.approx(left[0])
    assert notes == {"channels cancel out: the loudest was taken"}


def test_numbers_of_every_kind():
    assert mono(np.array([[0, 128, 255]], np.uint8), "u8")[0].tolist() == [-1.0, 0.0, 127 / 128]
    assert mono(np.array([[-32768, 16384]], np.int16), "s16p")[0].tolist() == [-1.0, 0.5]
    assert mono(np.array([[-(2**31), 2**30]], np.int32), "s32")[0].tolist() == [-1.0, 0.5]
    values, notes = mono(np.array([[np.nan, np.inf, 2.0, -0.5]], np.float64), "dbl")
    assert values.tolist() == [0.0, 0.0, 1.0, -0.5]
    assert notes == {"samples that are no numbers count as silence", "samples beyond full scale were cut"}


def test_samples_that_are_no_numbers_are_said(tmp_path):
    sound = tone(1.0, 16_000)
    sound[100:200] = np.nan
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    segment = only(tmp_path / "a.wav")
    assert np.isfinite(segment.audio).all()
    assert "no numbers" in segment.note


def test_stereo_in_opposite_phase_is_heard(tmp_path):
    sound = tone(1.0, 44_100)
    path = write_audio(tmp_path / "a.wav", np.vstack([sound, -sound]), 44_100, "pcm_s16le")
    segment = only(path)
    assert float(np.abs(segment.audio).max()) == pytest.approx(0.5, abs=0.01)
    assert "cancel out" in segment.note


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 16_000])
def test_resampling_in_blocks_is_resampling_at_once(rate):
    sound = np.random.default_rng(1).standard_normal(rate * 45).astype(np.float32) * 0.1
    blocks = np.array_split(sound, 333)
    starts = np.cumsum([0] + [len(block) for block in blocks[:-1]]) / rate
    parts = list(resampled((float(s), rate, block, set()) for s, block in zip(starts, blocks, strict=True)))
    assert [start for start, _, _ in parts] == pytest.approx([0.0, 20.0, 40.0])
    joined = np.concatenate([part for _, part, _ in parts])
    whole = to_16k(sound, rate, 0, len(sound))
    assert joined.shape == whole.shape == (45 * RATE,)
    assert float(np.abs(joined - whole).max()) < 1e-4


def test_a_pause_in_the_time_stamps_is_kept_as_a_pause():
    sound = np.ones(RATE, np.float32)
    parts = list(resampled(iter([(0.0, RATE, sound, set()), (3.0, RATE, sound, {"x"})])))
    assert [(start, len(part), notes) for start, part, notes in parts] == [(0.0, RATE, set()), (3.0, RATE, {"x"})]


def test_the_unit_of_a_rate():
    # gcd(44100, 16000) = 100, gcd(11025, 16000) = 25, gcd(48000, 16000) = 16000
    assert [unit(rate) for rate in (44_100, 11_025, 48_000, 16_000)] == [441, 441, 3, 1]


def test_loudness_is_decibels_of_full_scale():
    # A sine of amplitude 0.5 has RMS 0.5 / sqrt(2) = 0.35355, which is -9.03 dB.
    levels = loudness(np.concatenate([tone(90.0, RATE, 400.0), silence(1.0, RATE)]))
    assert len(levels) == 9100
    assert levels[10:8990] == pytest.approx(np.full(8980, -9.03), abs=0.1)
    assert levels[9010:9090] == pytest.approx(np.full(80, -120.0))


def test_the_threshold_follows_the_background_within_bounds():
    assert threshold(np.full(100, -50.0)) == -41.0  # 9 dB above the background
    assert threshold(np.full(100, -90.0)) == -60.0  # not below the floor
    assert threshold(np.full(100, -10.0)) == -35.0  # loud throughout is heard
    assert threshold(np.zeros(0)) == -60.0


def test_spans_bridge_short_pauses_and_drop_clicks():
    levels = np.full(1000, -90.0)
    levels[100:200] = -20  # 1.0 to 2.0 s
    levels[250:300] = -20  # half a second later: the same span
    levels[500:504] = -20  # 40 ms: a click
    levels[700:800] = -20
    assert heard_spans(levels, -60.0) == [pytest.approx((0.7, 3.3)), pytest.approx((6.7, 8.3))]
    assert heard_spans(np.full(10, -90.0), -60.0) == []


def test_windows_are_packed_and_cut_where_it_is_quietest():
    levels = np.full(10_000, -20.0)
    assert packed([(0.0, 5.0), (6.0, 10.0), (13.0, 20.0)], levels, 30.0) == [(0.0, 10.0), (13.0, 20.0)]
    assert packed([(0.0, 20.0), (21.0, 35.0)], levels, 30.0) == [(0.0, 20.0), (21.0, 35.0)]
    levels[2500:2530] = -50.0  # a breath at 25.0 to 25.3 s
    first, second = packed([(0.0, 50.0)], levels, 30.0)
    assert first[1] == second[0]
    assert 25.0 <= first[1] <= 25.3
    assert second[1] == 50.0
    assert quietest(np.zeros(5), 0.0, 0.05) == 0.05


def test_sound_without_a_pause_is_cut_where_a_sound_sets_in():
    levels = np.full(10_000, -20.0)

    def begins(start, end):
        assert (start, end) == (20.0, 30.0)
        return [19.0, 22.0, 27.5, 30.0]

    assert packed([(0.0, 50.0)], levels, 30.0, begins) == [(0.0, 27.5), (27.5, 50.0)]
    levels[2500:2530] = -26.0  # 6 dB are a pause
    assert 25.0 <= packed([(0.0, 50.0)], levels, 30.0, begins)[0][1] <= 25.3
    assert packed([(0.0, 31.0)], np.full(4000, -20.0), 30.0, lambda start, end: [])[0][1] == pytest.approx(20.07)


def test_silence_is_kept_out_of_the_windows(tmp_path):
    path = tmp_path / "a.flac"
    sound = np.concatenate([silence(3, RATE), tone(2, RATE), silence(10, RATE), tone(1, RATE), silence(2, RATE)])
    soundfile.write(path, sound, RATE)
    reading = read(item(files=[path]))
    assert [s.span for s in reading.segments] == [
        pytest.approx((2.7, 5.3), abs=0.03),
        pytest.approx((14.7, 16.3), abs=0.03),
    ]
    assert [s.index for s in reading.segments] == [0, 1]
    assert all(float(np.abs(s.audio).max()) > 0.4 for s in reading.segments)


def test_speech_in_noise_is_found():
    rng = np.random.default_rng(0)
    noise = 0.01 * rng.standard_normal(20 * RATE).astype(np.float32)  # -40 dB throughout
    noise[5 * RATE : 8 * RATE] += tone(3.0, RATE, 200.0, 0.2)
    (window,) = voice_windows(noise, 30.0)
    assert window == pytest.approx((4.7, 8.3), abs=0.05)


def test_a_silent_file_is_one_segment_that_says_so(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, silence(40, 8_000), 8_000)
    segment = only(path)
    assert segment.span == (0.0, 30.0)
    assert segment.audio.shape == (480_000,)
    assert segment.note == "nothing can be heard in 40.0 s"
    assert segment.modalities == {"audio"}


def test_long_sound_is_read_up_to_the_limit_and_the_rest_is_a_gap(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(50, 8_000), 8_000)
    reading = read(item(files=[path]), Limits(duration=35.0), Sampling(audio_window=10.0))
    assert [gap.reason for gap in reading.gaps] == ["too_large"]
    assert reading.gaps[0].span == (35.0, 35.0)
    assert reading.segments[-1].span[1] == 35.0
    assert all(s.span[1] - s.span[0] <= 10.0 for s in reading.segments)
    assert sum(len(s.audio) for s in reading.segments) == 35 * RATE


def test_a_file_cut_short_is_heard_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(10, 16_000), 16_000, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[: 44 + 4 * 32_000])
    reading = read(item(files=[path]))
    assert reading.segments[0].span == pytest.approx((0.0, 4.0))
    (gap,) = reading.gaps
    assert gap.reason == "undecodable"


def test_a_cover_picture_is_looked_at(tmp_path):
    path = tmp_path / "a.mp3"
    write_audio(path, tone(1, 44_100), 44_100, "libmp3lame", "mp3")
    path.write_bytes(id3_with_picture(plain(RED)) + path.read_bytes())
    reading = read(item(files=[path]))
    assert reading.gaps == ()
    cover, sound = reading.segments
    assert colour(cover.frames[0]) == pytest.approx(RED, abs=3)
    assert cover.note == "cover picture of the file"
    assert pitch(sound.audio) == pytest.approx(440, abs=2)


def test_a_cover_picture_that_cannot_be_read_leaves_the_sound(tmp_path):
    path = tmp_path / "a.mp3"
    write_audio(path, tone(1, 44_100), 44_100, "libmp3lame", "mp3")
    path.write_bytes(id3_with_picture(plain(RED)) + path.read_bytes())
    reading = read(item(files=[path]), Limits(video_pixels=100))
    assert [segment.modalities for segment in reading.segments] == [{"audio"}]
    (gap,) = reading.gaps
    assert gap.reason == "too_large"
    assert gap.note.startswith("the cover picture")


def id3_with_picture(picture):
    import io

    from PIL import Image

    raw = io.BytesIO()
    Image.fromarray(picture).save(raw, "PNG")
    body = b"\0image/png\0\x03\0" + raw.getvalue()
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = len(frame)
    return b"ID3\x03\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frame


def test_sounds_set_in_where_they_do():
    sound = np.concatenate([silence(1, RATE), tone(0.5, RATE), silence(1, RATE), tone(0.5, RATE)])
    assert any(abs(time - 1.0) < 0.1 for time in onsets(sound))
    assert any(abs(time - 2.5) < 0.1 for time in onsets(sound))

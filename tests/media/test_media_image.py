"""Pictures of every format -> RGB as a person would see them."""

import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from media_samples import BLACK, BLUE, GREEN, RED, WHITE, colour, halves, near, plain
from PIL import Image

from mmjudge.media import Limits, Sampling, item, read
from mmjudge.media.animation import frame_seconds
from mmjudge.media.image import eight_bit, over_grounds, rgb, turned


def frames_of(path, **limits):
    reading = read(item(files=[path]), Limits(**limits))
    assert reading.gaps == ()
    return [frame for segment in reading.segments for frame in segment.frames]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("GIF", {}),
        ("AVIF", {"quality": 90}),
    ],
)
def test_every_format_is_told_by_content(tmp_path, form, options):
    path = tmp_path / "picture.txt"
    Image.fromarray(halves(RED, BLUE)).save(path, form, **options)
    (frame,) = frames_of(path)
    assert frame.shape == (64, 128, 3)
    assert frame.dtype == np.uint8
    assert near(colour(frame, 0.2), RED)
    assert near(colour(frame, 0.8), BLUE)


def test_heic(tmp_path):
    path = tmp_path / "picture"
    pillow_heif.from_pillow(Image.fromarray(halves(RED, BLUE))).save(path, quality=90)
    (frame,) = frames_of(path)
    assert frame.shape == (64, 128, 3)
    assert near(colour(frame, 0.2), RED)


def corners():
    """Top left red, top right green, bottom left blue, bottom right white; 60 wide, 40 high."""
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:20, :30], picture[:20, 30:], picture[20:, :30], picture[20:, 30:] = RED, GREEN, BLUE, WHITE
    return picture


# Where the stored corners (red, green, blue, white) are shown: top left, top right, bottom left, bottom right.
ORIENTATIONS = {
    1: (RED, GREEN, BLUE, WHITE),
    2: (GREEN, RED, WHITE, BLUE),
    3: (WHITE, BLUE, GREEN, RED),
    4: (BLUE, WHITE, RED, GREEN),
    5: (RED, BLUE, GREEN, WHITE),
    6: (BLUE, RED, WHITE, GREEN),
    7: (WHITE, GREEN, BLUE, RED),
    8: (GREEN, WHITE, RED, BLUE),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation(tmp_path, orientation, form):
    path = tmp_path / "turned"
    exif = Image.Exif()
    exif[0x0112] = orientation
    quality = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}.get(form, {})
    Image.fromarray(corners()).save(path, form, exif=exif, **quality)
    (frame,) = frames_of(path)
    assert frame.shape == ((40, 60, 3) if orientation < 5 else (60, 40, 3))
    shown = [colour(frame, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    assert all(near(one, other) for one, other in zip(shown, ORIENTATIONS[orientation], strict=True))


def test_an_orientation_that_does_not_exist_changes_nothing():
    picture = corners()
    assert np.array_equal(turned(picture, 9), picture)
    assert np.array_equal(turned(picture, 0), picture)


def test_transparency_is_laid_over_white_and_said(tmp_path):
    layered = np.zeros((40, 60, 4), np.uint8)
    layered[:, :30] = (255, 0, 0, 255)
    layered[:, 30:] = (0, 0, 0, 51)  # black at one fifth over white: 255 * 0.8 = 204
    path = tmp_path / "a.png"
    Image.fromarray(layered).save(path)
    (segment,) = read(item(files=[path])).segments
    (frame,) = segment.frames
    assert colour(frame, 0.25) == RED
    assert colour(frame, 0.75) == (204, 204, 204)
    assert segment.note == "transparent: shown over white"


def test_white_words_on_nothing_are_shown_over_black_too(tmp_path):
    layered = np.zeros((40, 60, 4), np.uint8)
    layered[10:30, 20:40] = (255, 255, 255, 255)
    path = tmp_path / "a.webp"
    Image.fromarray(layered).save(path, lossless=True, exact=True)
    (segment,) = read(item(files=[path])).segments
    white, black = segment.frames
    assert white.min() == 255
    assert (colour(black, 0.5), colour(black, 0.05)) == (WHITE, BLACK)
    assert len(segment.frame_times) == 2
    assert "over black" in segment.note


def test_opaque_alpha_gives_one_frame():
    layered = np.full((8, 8, 4), 255, np.uint8)
    assert len(over_grounds(layered)) == 1


def test_palettes_with_a_see_through_colour(tmp_path):
    picture = Image.fromarray(halves(RED, BLUE)).quantize(2)
    path = tmp_path / "p.png"
    picture.save(path, transparency=picture.getpixel((120, 10)))
    (frame,) = frames_of(path)
    assert near(colour(frame, 0.2), RED)
    assert colour(frame, 0.8) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "LAB", "I;16", "F"])
def test_every_mode_a_tiff_can_have(tmp_path, mode):
    path = tmp_path / "m.tif"
    grey = Image.fromarray(halves(BLACK, WHITE))
    if mode == "I;16":
        values = np.asarray(grey.convert("L")).astype(np.uint16) * 257
        picture = Image.fromarray(values)
    elif mode == "F":
        picture = Image.fromarray(np.asarray(grey.convert("L")).astype(np.float32) / 255)
    else:
        picture = (
            grey.convert(mode)
            if mode != "LAB"
            else Image.merge("LAB", [grey.convert("L"), *[Image.new("L", (128, 64), 128)] * 2])
        )
    picture.save(path, "TIFF")
    frame = frames_of(path)[0]
    assert near(colour(frame, 0.2), BLACK, 3)
    assert near(colour(frame, 0.8), WHITE, 3)


def test_more_than_eight_bits():
    # value / 257: 0 -> 0, 257 -> 1, 32896 = 128 * 257 -> 128, 65535 -> 255
    assert eight_bit(np.array([[0, 257, 32896, 65535]], np.uint16), "I;16", (0, 65535)).tolist() == [[0, 1, 128, 255]]
    assert eight_bit(np.array([[0.0, 0.5, 1.0, np.nan]], np.float32), "F", (0, 1)).tolist() == [[0, 128, 255, 0]]
    assert eight_bit(np.array([[-10, 0, 10]], np.int32), "I", (-10, 10)).tolist() == [[0, 128, 255]]
    assert eight_bit(np.array([[-13, -13]], np.int32), "I", (-13, -13)).tolist() == [[0, 0]]
    assert eight_bit(np.array([[np.nan, 100.0]], np.float32), "F", (np.nan, np.nan)).tolist() == [[0, 100]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK", "I;16", "1"])
def test_large_pictures_are_made_small_in_bands(mode, monkeypatch):
    monkeypatch.setattr("mmjudge.media.image.BAND", 1000)
    picture = Image.fromarray(halves(BLACK, WHITE, 403, 301))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    (frame,) = rgb(picture, 50)
    # 403 x 301 -> by means of 4 x 4 pixels 101 x 76 -> 50 x 38
    assert frame.shape == (38, 50, 3)
    assert (colour(frame, 0.2), colour(frame, 0.8)) == (BLACK, WHITE)
    assert colour(frame, 0.2, 1.0) == BLACK


def png(width, height, depth, kind, rows):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_png(tmp_path):
    grey, colours = tmp_path / "g.png", tmp_path / "c.png"
    grey.write_bytes(png(2, 1, 16, 0, b"\0" + struct.pack(">HH", 0x8080, 0xFFFF)))
    colours.write_bytes(png(2, 1, 16, 2, b"\0" + struct.pack(">6H", 0xFFFF, 0, 0, 0, 0x8080, 0xFFFF)))
    assert frames_of(grey)[0].tolist() == [[[128] * 3, [255] * 3]]
    assert frames_of(colours)[0].tolist() == [[[255, 0, 0], [0, 128, 255]]]


def test_cmyk_with_and_without_the_mark_of_adobe(tmp_path):
    # Full cyan and yellow, no magenta, no black: green.
    ink = Image.new("CMYK", (64, 64), (255, 0, 255, 0))
    marked, bare = tmp_path / "a.jpg", tmp_path / "b.jpg"
    ink.save(marked, quality=98)
    raw = marked.read_bytes()
    at = raw.index(b"\xff\xeeo"[:2])
    assert raw[at + 4 : at + 9] == b"Adobe"
    length = struct.unpack(">H", raw[at + 2 : at + 4])[0]
    without = raw[:at] + raw[at + 2 + length :]
    bare.write_bytes(without)
    assert near(colour(frames_of(marked)[0]), GREEN, 3)
    # Adobe's files hold inverted ink; without its mark the same samples are plain ink: magenta and black.
    assert near(colour(frames_of(bare)[0]), BLACK, 3)


def test_large_pictures_are_scaled_down_and_small_ones_left_alone(tmp_path):
    path = tmp_path / "wide.png"
    Image.fromarray(plain(RED, 3000, 300)).save(path)
    (segment,) = read(item(files=[path]), sampling=Sampling(side=1000)).segments
    assert segment.frames[0].shape == (100, 1000, 3)


def test_a_picture_cut_short_is_looked_at_as_far_as_it_goes(tmp_path):
    path = tmp_path / "cut.jpg"
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:64] = RED
    picture[64:] = np.random.default_rng(0).integers(0, 255, (192, 256, 3))
    Image.fromarray(picture).save(path, quality=90)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    reading = read(item(files=[path]))
    assert near(colour(reading.segments[0].frames[0], 0.5, 0.1), RED)
    (gap,) = reading.gaps
    assert gap.reason == "undecodable"
    assert "cut short" in gap.note


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "JPEG", "WEBP", "TIFF"])
def test_a_huge_header_is_refused_before_anything_is_decoded(tmp_path, form):
    path = tmp_path / "small"
    Image.fromarray(plain(RED, 300, 200)).save(path, form)
    reading = read(item(files=[path]), Limits(pixels=300 * 200 - 1))
    assert reading.segments == ()
    assert reading.gaps[0].reason == "too_large"
    assert "300 x 200 pixels" in reading.gaps[0].note
    assert frames_of(path, pixels=300 * 200)


def test_every_page_of_a_tiff_is_a_segment(tmp_path):
    path = tmp_path / "pages.tif"
    pages = [Image.fromarray(plain(c)) for c in (RED, GREEN, BLUE)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert [colour(frame) for frame in frames_of(path)] == [RED, GREEN, BLUE]
    reading = read(item(files=[path]), Limits(pages=2))
    assert len(reading.segments) == 2
    assert reading.gaps[0].reason == "too_large"


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations_have_the_times_of_their_durations(tmp_path, form):
    path = tmp_path / "a"
    pictures = [Image.fromarray(plain(c)) for c in (RED, RED, GREEN, BLUE)]
    durations = [100, 200, 7000, 500]
    pictures[0].save(path, form, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    reading = read(item(files=[path]))
    assert reading.gaps == ()
    # Red stands 0.3 s, green from 0.3 to 7.3 s, blue to 7.8 s. Shots under 5 s join their neighbours.
    (segment,) = reading.segments
    assert segment.span == pytest.approx((0.0, 7.8), abs=0.002)
    assert segment.frame_times == pytest.approx((0.0, 0.3, 7.3), abs=0.002)
    assert [near(colour(f), c) for f, c in zip(segment.frames, (RED, GREEN, BLUE), strict=True)] == [True] * 3


def test_durations_browsers_do_not_believe():
    assert [frame_seconds(ms) for ms in (0, 10, 11, 40)] == [0.1, 0.1, 0.011, 0.04]


def test_an_animation_beyond_the_limits_is_read_up_to_them(tmp_path):
    path = tmp_path / "a.gif"
    pictures = [Image.fromarray(plain(c)) for c in (RED, GREEN, BLUE)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=1000)
    reading = read(item(files=[path]), Limits(frames=2))
    assert [g.reason for g in reading.gaps] == ["too_large"]
    assert [colour(f) for f in reading.segments[0].frames] == [RED, GREEN]
    reading = read(item(files=[path]), Limits(duration=1.0))
    assert [colour(f) for f in reading.segments[0].frames] == [RED]

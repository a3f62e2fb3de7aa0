"""PDF and subtitles: words inside other files."""

import io

import av
import pytest
from hostile_raw import pdf
from media_samples import RED, plain, write_video
from PIL import Image

from mmjudge.media import Limits, Sampling, item, read
from mmjudge.media.limits import piece
from mmjudge.media.subtitles import Line, subtitled
from mmjudge.media.subtitles import plain as words_of


def pages(*words):
    return pdf([b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % word for word in words])


def reading_of(tmp_path, raw, **limits):
    path = tmp_path / "document"
    path.write_bytes(raw)
    return read(item(files=[path]), Limits(**limits))


def test_the_words_of_every_page(tmp_path):
    reading = reading_of(tmp_path, pages(b"first page", b"second page"))
    (segment,) = reading.segments
    assert segment.text == "first page\n\nsecond page"
    assert segment.chars == (0, 23)
    assert reading.gaps == ()


def test_pages_beyond_the_limit_are_a_gap(tmp_path):
    reading = reading_of(tmp_path, pages(b"one", b"two", b"three"), pages=2)
    assert reading.segments[0].text == "one\n\ntwo"
    (gap,) = reading.gaps
    assert gap.reason == "too_large"
    assert gap.note.startswith("3 pages: only the first 2")


def test_a_locked_pdf_is_a_gap_and_one_without_a_password_is_read(tmp_path):
    from pypdf import PdfReader, PdfWriter

    for password, reason in (("secret", "undecodable"), ("", None)):
        writer = PdfWriter(PdfReader(io.BytesIO(pages(b"hidden words"))))
        writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
        raw = io.BytesIO()
        writer.write(raw)
        reading = reading_of(tmp_path, raw.getvalue())
        assert [gap.reason for gap in reading.gaps] == ([reason] if reason else [])
        if reason:
            assert "locked" in reading.gaps[0].note
        else:
            assert reading.segments[0].text == "hidden words"


def test_scanned_pages_are_said(tmp_path):
    raw = io.BytesIO()
    Image.fromarray(plain(RED)).save(raw, "PDF")
    reading = reading_of(tmp_path, raw.getvalue())
    assert reading.segments == ()
    (gap,) = reading.gaps
    assert gap.reason == "unsupported_modality"
    assert "no text layer" in gap.note


def test_pictures_beside_words_are_said(tmp_path):
    from pypdf import PdfReader, PdfWriter

    raw = io.BytesIO()
    Image.fromarray(plain(RED)).save(raw, "PDF")
    writer = PdfWriter(PdfReader(io.BytesIO(pages(b"words"))))
    writer.append(raw)
    both = io.BytesIO()
    writer.write(both)
    reading = reading_of(tmp_path, both.getvalue())
    assert reading.segments[0].text == "words"
    (gap,) = reading.gaps
    assert gap.reason == "unsupported_modality"
    assert gap.note.startswith("1 pictures inside the PDF were not looked at, 1 pages are nothing but pictures")


def test_a_damaged_pdf_is_never_judged_as_the_text_of_its_source(tmp_path):
    reading = reading_of(tmp_path, b"%PDF-1.4\nwords that look harmless\n%%EOF")
    assert reading.segments == ()
    assert reading.gaps[0].reason in ("undecodable", "unsupported_modality")


SUBTITLES = "1\n00:00:01,000 --> 00:00:02,500\nmeet <i>me</i>\nhere\n\n2\n00:00:08,000 --> 00:00:09,000\nlater\n"


@pytest.mark.parametrize("container", ["matroska"])
def test_subtitles_are_words_of_their_moment(tmp_path, container):
    (tmp_path / "s.srt").write_text(SUBTITLES)
    bare = write_video(tmp_path / "v.mp4", [plain(c) for c in (RED, (0, 0, 255)) for _ in range(60)])
    path = tmp_path / "titled"
    with (
        av.open(str(bare)) as video,
        av.open(str(tmp_path / "s.srt")) as words,
        av.open(str(path), "w", container) as out,
    ):
        streams = [(source, out.add_stream_from_template(source.streams[0])) for source in (video, words)]
        for source, stream in streams:
            for packet in source.demux(source.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    reading = read(item(files=[path]))
    assert reading.gaps == ()
    assert [s.text for s in reading.segments] == ["meet me\nhere", "later"]
    assert all(s.frames for s in reading.segments)


def test_subtitles_by_number():
    segments = [piece(span=(0.0, 5.0)), piece(span=(5.0, 10.0)), piece()]
    lines = [Line(1.0, 2.0, "a"), Line(4.0, 6.0, "b"), Line(5.0, 5.5, "c"), Line(50.0, 51.0, "late")]
    found = subtitled(segments, lines, Sampling())
    assert [s.text for s in found] == ["a\nb", "b\nc", "", "late"]
    found = subtitled([piece(span=(0.0, 5.0))], [Line(0.0, 1.0, "x" * 25)], Sampling(window=10, overlap=2))
    assert [(s.text, s.span) for s in found] == [("x" * 10, (0.0, 5.0)), ("x" * 10, (0.0, 5.0)), ("x" * 9, (0.0, 5.0))]


def test_styling_is_no_word():
    assert words_of(r"{\i1}meet{\i0} {me}\Nhere") == "meet {me}\nhere"

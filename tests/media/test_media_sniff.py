"""What a file is, by its bytes."""

import pytest

from mmjudge.media import item, read
from mmjudge.media.sniff import looks_like_text, sniff
from mmjudge.media.streams import DEMUXERS, cut_short, lost_bytes, opened


@pytest.mark.parametrize(
    ("head", "kind", "decoder"),
    [
        (b"\xff\xd8\xff\xe0", "image", "JPEG"),
        (b"GIF89a....", "image", "GIF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image", "WEBP"),
        (b"RIFF\0\0\0\0WAVEfmt ", "timed", "wav"),
        (b"RIFF\0\0\0\0AVI LIST", "timed", "avi"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image", "heif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image", "AVIF"),
        (b"\0\0\0\x18ftypavis\0\0\0\0avifavis", "image", "AVIF"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42", "timed", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "timed", "mov"),
        (b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x44", "timed", "mp3"),
        (b"ID3\x04\0\0\0\0\0\0\xff\xf1\x50\x80", "timed", "aac"),
        (b"ID3\x04\0\0\0\0\0\0fLaC", "timed", "flac"),
        (b"\xff\xfb\x90\x44", "timed", "mp3"),
        (b"\xff\xf1\x50\x80", "timed", "aac"),
        (b"%PDF-1.7\n", "pdf", ""),
        (b"junk\n%PDF-1.7\n", "pdf", ""),
        (b"\xef\xbb\xbf#EXTM3U\n", "playlist", ""),
        ("#EXTM3U\n".encode("utf-16"), "playlist", ""),
        (b"ffconcat version 1.0\n", "playlist", ""),
        (b"<?xml version='1.0'?>\n<MPD>", "playlist", ""),
        (b"<?xml version='1.0'?>\n<!-- c --><svg width='1'>", "drawing", ""),
        (b"<!doctype html><p><svg></svg>", "html", ""),
        (b"<p>a <b>b</b></p> <i>c</i>", "html", ""),
        (b"{\\rtf1 words}", "document", ""),
        (b"PK\x03\x04....", "archive", ""),
        (b"\x1f\x8b\x08", "archive", ""),
        (b"plain words", "text", ""),
        ("words".encode("utf-16"), "text", ""),
        ("\ufeffwords".encode("utf-16-be"), "text", ""),
        (b"BM is a text", "text", ""),
        (b"if a < b and b > c: <pass>", "text", ""),
        (bytes(range(256)) * 4, "unknown", ""),
    ],
)
def test_the_first_bytes_say_what_it_is(head, kind, decoder):
    form = sniff(head)[0]
    assert (form.kind, form.decoder) == (kind, decoder)
    assert form.name


def test_a_signature_at_the_start_is_decisive():
    assert len(sniff(b"%PDF-1.7 and then words only")) == 1
    assert [form.kind for form in sniff(b"words\n%PDF-1.7\n")] == ["pdf", "text"]
    assert [form.kind for form in sniff(b"words about %PDF-1.7")] == ["text"]


def test_text_and_what_is_none():
    assert looks_like_text("Grüße".encode("cp1252"))
    assert looks_like_text("Grüße und mehr".encode("utf-16-le"))
    assert not looks_like_text(bytes(1000))
    assert not looks_like_text(bytes(range(32)) * 10)


@pytest.mark.parametrize(
    ("raw", "word"), [(b"\x7fELF\x02\x01\x01" + bytes(60), "executable"), (bytes(100), "bytes of no known form")]
)
def test_what_is_not_read_is_named(tmp_path, raw, word):
    path = tmp_path / "words.txt"
    path.write_bytes(raw)
    (gap,) = read(item(files=[path])).gaps
    assert gap.reason == "unsupported_modality"
    assert word in gap.note


def test_no_container_that_names_others_is_allowed(tmp_path):
    assert not {"hls", "concat", "dash", "image2", "sdp", "rtsp", "lavfi", "imf", "tty"} & set(DEMUXERS)
    from mmjudge.media.limits import UnreadError

    path = tmp_path / "a.m3u8"
    path.write_bytes(b"#EXTM3U\n#EXTINF:1,\nb.wav\n")
    with pytest.raises(UnreadError, match="not read"), opened(path, "hls"):
        pass
    with pytest.raises(UnreadError), opened(path, "mov"):
        pass


def test_what_is_missing_at_the_end(tmp_path):
    def missing(raw):
        path = tmp_path / "x"
        path.write_bytes(raw)
        return lost_bytes(path)

    assert missing(b"RIFF" + (100_000).to_bytes(4, "little") + b"WAVE" + bytes(49_996)) == 50_000
    assert missing(b"RIFF\xff\xff\xff\xffWAVE" + bytes(100)) == 0
    assert missing(b"RIFF" + (500).to_bytes(4, "little") + b"WAVE") == 0  # under a KiB
    head = (16).to_bytes(4, "big") + b"ftypisom\0\0\0\0"
    assert missing(head + (108).to_bytes(4, "big") + b"mdat" + bytes(100)) == 0
    assert missing(head + (108).to_bytes(4, "big") + b"mdat" + bytes(60)) == 40
    assert missing(head + b"\0\0\0\1mdat" + (1016).to_bytes(8, "big") + bytes(900)) == 100
    assert missing(head + b"\0\0\0\0mdat" + bytes(60)) == 0
    assert missing(b"words that are no container") == 0


def test_cut_short_is_said_beyond_a_second_and_a_twentieth():
    assert cut_short(9.1, 10.0) == ""
    assert cut_short(96.0, 100.0) == ""
    assert "10.0 s promised, 8.9 s there" in cut_short(8.9, 10.0)
    assert cut_short(1.0, None) == ""
    assert "5 bytes" in cut_short(1.0, None, 5)

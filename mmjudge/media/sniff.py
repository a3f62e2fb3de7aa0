"""The first bytes of a file -> what it may be.

Knows signatures. Refuses to know names: an ending is never looked at. A file can be several things at once (a
polyglot); `sniff` then gives every reading in order, signature at the first byte first, and the first that decodes
wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "html", "pdf", "image", "timed", "playlist", "archive", "drawing", "document", "unknown"]

HEAD = 64 << 10
"""How many bytes from the start `sniff` wants to see."""


@dataclass(frozen=True, slots=True)
class Form:
    """A way to read a file. `name`: in words; `decoder`: Pillow's format ("heif": pillow-heif) or ffmpeg's demuxer."""

    kind: Kind
    name: str
    decoder: str = ""


_START: tuple[tuple[bytes, Form], ...] = (
    (b"\xff\xd8\xff", Form("image", "JPEG", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Form("image", "PNG", "PNG")),
    (b"GIF87a", Form("image", "GIF", "GIF")),
    (b"GIF89a", Form("image", "GIF", "GIF")),
    (b"II*\0", Form("image", "TIFF", "TIFF")),
    (b"MM\0*", Form("image", "TIFF", "TIFF")),
    (b"II+\0", Form("image", "TIFF", "TIFF")),
    (b"MM\0+", Form("image", "TIFF", "TIFF")),
    (b"\x1a\x45\xdf\xa3", Form("timed", "Matroska or WebM", "matroska")),
    (b"fLaC", Form("timed", "FLAC", "flac")),
    (b"OggS", Form("timed", "Ogg", "ogg")),
    (b"RF64", Form("timed", "WAV", "wav")),
    (b"riff\x2e\x91\xcf\x11", Form("timed", "Wave64", "w64")),
    (b"FLV\x01", Form("timed", "FLV", "flv")),
    (b"\x00\x00\x01\xba", Form("timed", "MPEG", "mpeg")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Form("timed", "Windows Media", "asf")),
    (b"#!AMR", Form("timed", "AMR", "amr")),
    (b"%PDF-", Form("pdf", "PDF")),
    (b"#EXTM3U", Form("playlist", "M3U")),
    (b"ffconcat version", Form("playlist", "a concat list")),
    (b"[playlist]", Form("playlist", "PLS")),
    (b"v=0\r\no=", Form("playlist", "a session description")),
    (b"v=0\no=", Form("playlist", "a session description")),
    (b"{\\rtf", Form("document", "RTF")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Form("document", "an Office document")),
    (b"PK\x03\x04", Form("archive", "a ZIP archive (or a document built as one)")),
    (b"PK\x05\x06", Form("archive", "an empty ZIP archive")),
    (b"\x1f\x8b", Form("archive", "gzip")),
    (b"BZh", Form("archive", "bzip2")),
    (b"\xfd7zXZ\0", Form("archive", "xz")),
    (b"7z\xbc\xaf\x27\x1c", Form("archive", "7-Zip")),
    (b"Rar!\x1a\x07", Form("archive", "RAR")),
    (b"\x28\xb5\x2f\xfd", Form("archive", "Zstandard")),
)
_RIFF = {
    b"WEBP": Form("image", "WebP", "WEBP"),
    b"WAVE": Form("timed", "WAV", "wav"),
    b"AVI ": Form("timed", "AVI", "avi"),
}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
_MOV_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|script)\b", re.I | re.S
)
_TAGS = re.compile(rb"<(?:p|div|span|a|br|h[1-6]|ul|ol|li|table|img|b|i|strong|em)(?:\s[^<>]{0,200})?/?>", re.I)
_PLAYLIST = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?<(?:MPD|smil|asx|playlist|SmoothStreamingMedia)\b", re.I)
_LATE_PDF = re.compile(rb"[\r\n]%PDF-\d\.\d")
_XML = re.compile(rb"\s*<(?:\?xml|!DOCTYPE|!--|svg\b)", re.I)
_SVG = re.compile(rb"<svg[\s>]", re.I)


def sniff(head: bytes) -> tuple[Form, ...]:
    """Every form the first `HEAD` bytes of a file allow, likeliest first; never empty: at last `unknown`.

    A signature at the first byte is decisive, so that a damaged PDF is never judged as the text of its source. Only an
    archive may still be a PDF (whose header may stand anywhere in the first 1024 bytes), and such a late PDF text."""
    first = _binary(head)
    if first is not None and first.kind != "archive":
        return (first,)
    late = Form("pdf", "PDF") if _LATE_PDF.search(head[:1024]) else None
    words = _words(head) if first is None else None
    return tuple(form for form in (first, late, words) if form is not None) or (_named(head),)


def looks_like_text(head: bytes) -> bool:
    """Whether bytes may be text in some encoding: a byte order mark, UTF-8, UTF-16 without one, or a single-byte
    encoding with few control characters."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:3] == b"\xef\xbb\xbf":
        return True
    try:
        head[: len(head) - 4 if len(head) == HEAD else None].decode("utf-8")
        utf8 = True
    except UnicodeDecodeError:
        utf8 = False
    nulls = head.count(0)
    if nulls and _utf16_order(head):
        return True
    strange = sum(1 for byte in head if byte < 32 and byte not in (9, 10, 12, 13, 27))
    return strange <= len(head) * (0.3 if utf8 else 0.02)


def _utf16_order(head: bytes) -> str:
    """ "le" or "be" where every second byte is mostly NUL and the others are mostly not, else ""."""
    half = len(head) // 2
    if half < 2:
        return ""
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    if odd >= 0.6 * half and even <= 0.1 * half:
        return "le"
    return "be" if even >= 0.6 * half and odd <= 0.1 * half else ""


def _binary(head: bytes) -> Form | None:
    for magic, form in _START:
        if head.startswith(magic):
            return form
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Form("timed", "AIFF", "aiff")
    if (
        head[:2] == b"BM"
        and len(head) > 18
        and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124)
    ):
        return Form("image", "BMP", "BMP")
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head[4:8] in _MOV_BOXES:
        return Form("timed", "QuickTime", "mov")
    if head[257:262] == b"ustar":
        return Form("archive", "a tar archive")
    return _sync(head)


def _iso(head: bytes) -> Form:
    size = min(max(int.from_bytes(head[:4], "big"), 16), 512)
    brands = {head[8:12]} | {head[i : i + 4] for i in range(16, size - 3, 4)}
    if head[8:12] in _AVIF or (head[8:12] in _HEIF and brands & _AVIF):
        return Form("image", "AVIF", "AVIF")
    if head[8:12] in _HEIF:
        return Form("image", "HEIC", "heif")
    return Form("timed", "MP4 or QuickTime", "mov")


def _sync(head: bytes) -> Form | None:
    """Streams that begin without a signature: an ID3 tag, then whatever follows it, or a frame's sync bits."""
    if head[:3] == b"ID3" and len(head) > 10:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)) + 10
        inner = head[size : size + 4]
        if inner == b"fLaC":
            return Form("timed", "FLAC", "flac")
        if len(inner) > 1 and inner[0] == 0xFF and inner[1] & 0xF6 == 0xF0:
            return Form("timed", "AAC", "aac")
        return Form("timed", "MP3", "mp3")
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if head[1] & 0xF6 == 0xF0:
            return Form("timed", "AAC", "aac")
        # Layer II or III, and allowed rates: else the mark of UTF-16 (FF FE) would pass for MP3.
        if (
            head[1] & 0x06 in (0x02, 0x04)
            and head[1] & 0x18 != 0x08
            and head[2] >> 4 not in (0, 15)
            and head[2] & 0x0C != 0x0C
        ):
            return Form("timed", "MP3", "mp3")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Form("timed", "MPEG transport stream", "mpegts")
    return None


def _words(head: bytes) -> Form | None:
    if not head or not looks_like_text(head):
        return None
    order = _utf16_order(head) or {b"\xff\xfe": "le", b"\xfe\xff": "be"}.get(head[:2], "")
    plain = head[: len(head) // 2 * 2].decode(f"utf-16-{order}", "replace").encode() if order else head
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    for magic, form in _START:
        if form.kind == "playlist" and plain.lstrip().startswith(magic):
            return form
    if _PLAYLIST.search(plain[:4096]):
        return Form("playlist", "an XML playlist")
    if _HTML.search(plain[:8192]):
        return Form("html", "HTML")
    if _XML.match(plain) and _SVG.search(plain[:8192]):
        return Form("drawing", "SVG")
    if len(_TAGS.findall(plain[:8192])) >= 3:
        return Form("html", "HTML")
    return Form("text", "text")


def _named(head: bytes) -> Form:
    """A form nothing here reads, with the name the `filetype` library has for it."""
    import filetype

    guess = filetype.guess(head) if head else None
    return Form("unknown", guess.mime if guess is not None else "bytes of no known form")

"""The pieces hostile files are made of: formats written by hand, byte by byte, so that any field can lie."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, kind: int, data: bytes, extra: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """`count` zero bytes, compressed: after a full flush, the same MiB always packs to the same bytes."""
    packer = zlib.compressobj(9, wbits=-15)
    packer.compress(bytes(1 << 20))
    packer.flush(zlib.Z_FULL_FLUSH)
    mebibyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % (1 << 20))) + packer.flush()
    adler = (count % 65_521) << 16 | 1
    return b"\x78\xda" + mebibyte * (count >> 20) + rest + struct.pack(">I", adler)


def pdf(streams: list[bytes], options: bytes = b"") -> bytes:
    """A PDF with one page a content stream."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(streams)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, stream in enumerate(streams):
        fonts = b"/Resources << /Font << /F1 3 0 R >> >>"
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R " + fonts + b" >>"
        objects += [page % (5 + 2 * i), b"<< %s/Length %d >>\nstream\n%s\nendstream" % (options, len(stream), stream)]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + tail


def silent_flac(path: Path) -> None:
    """Ten hours of silence in a few hundred KiB."""
    hour = np.zeros(3600 * 2000, np.int16)
    with soundfile.SoundFile(path, "w", 2000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(10):
            file.write(hour)


def many_frames(path: Path) -> None:
    """An endless GIF of 3000 frames that differ by a pixel each."""
    frames = []
    for number in range(3000):
        frame = Image.new("P", (64, 64))
        frame.putpalette([0, 0, 0, 255, 255, 255])
        frame.putpixel((number % 64, number // 64 % 64), 1)
        frames.append(frame)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=20, loop=0, optimize=False)


def ogg_page(body: list[bytes], position: int, number: int, kind: int) -> bytes:
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, position, 1, number, 0, len(body)) + bytes(map(len, body))
    page = header + b"".join(body)
    total = 0
    for byte in page:
        total = ((total << 8) ^ CRC[(total >> 24) ^ byte]) & 0xFFFFFFFF
    return page[:22] + struct.pack("<I", total) + page[26:]


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


CRC = _crc_table()


def opus(pages: int, leap: int = 0) -> bytes:
    """Ogg Opus of packets that hold two empty frames of 60 ms each; `leap` is added to the last time stamp."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    out = [ogg_page([head], 0, 0, 2), ogg_page([tags], 0, 1, 0)]
    for page in range(pages):
        position = (page + 1) * 255 * 5760 + (leap if page == pages - 1 else 0)
        out.append(ogg_page([b"\x59"] * 255, position, page + 2, 4 if page == pages - 1 else 0))
    return b"".join(out)


def wav(rate: int, channels: int, bits: int, code: int, data: bytes, size: int | None = None) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels & 0xFFFF, rate, (rate * block) & 0xFFFFFFFF, block & 0xFFFF, bits)
    length = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body

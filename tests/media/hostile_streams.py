"""Hostile sound, video, containers and playlists."""

from __future__ import annotations

import struct

import numpy as np
from hostile_raw import box, opus, pdf, wav


def endless() -> dict[str, bytes]:
    """Ten hours, time stamps a century ahead, and lists without an end."""
    segments = "".join(f"#EXTINF:10,\nhttp://localhost:9/{i}.ts\n" for i in range(20_000))
    return {
        "ten hours.opus": opus(1177),
        "leap.opus": opus(3, 2**60),
        "endless.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n" + segments.encode(),
        "itself.m3u8": b"#EXTM3U\n#EXTINF:1,\nitself.m3u8\n",
        "crlf.m3u": b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:1,\r\n/etc/passwd\r\n",
        "list.pls": b"[playlist]\nFile1=/etc/passwd\nNumberOfEntries=1\n",
        "list.mpd": b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
        "list.asx": b'<asx version="3.0"><entry><ref href="file:///etc/passwd"/></entry></asx>',
        "session.sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
    }


def links() -> dict[str, bytes]:
    """Lists and containers that name another file."""
    target = b"good/wav"
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n" % target
    return {
        "concat.txt": b"ffconcat version 1.0\nfile '%s'\n" % target,
        "to wav.mp3": playlist,
        "late.mp3": b"ID3\x04\0\0\0\0\0\0" + playlist,
        "avs.avs": b'DirectShowSource("%s")' % target,
        "filter.txt": b"movie=good/wav[out0]",
    }


def broken_sound(good: dict[str, bytes]) -> dict[str, bytes]:
    """Sound whose header lies."""
    silence = bytes(16_000)
    numbers = np.array([np.nan, np.inf, -np.inf, 1e38, -1e38] * 1000, np.float32).tobytes()
    flac = good["flac"]
    return {
        "no rate.wav": wav(0, 1, 16, 1, silence),
        "huge rate.wav": wav(2**32 - 1, 1, 16, 1, silence),
        "one hertz.wav": wav(1, 1, 8, 1, silence),
        "no channels.wav": wav(8000, 0, 16, 1, silence),
        "many channels.wav": wav(8000, 65_535, 16, 1, silence),
        "sixty channels.wav": wav(8000, 60, 16, 1, silence * 30),
        "no bits.wav": wav(8000, 1, 0, 1, silence),
        "many bits.wav": wav(8000, 1, 65_535, 1, silence),
        "unknown codec.wav": wav(8000, 1, 16, 0x7777, silence),
        "four gigabytes.wav": wav(8000, 1, 16, 1, silence, 2**32 - 1),
        "no samples.wav": wav(8000, 1, 16, 1, b""),
        "no numbers.wav": wav(8000, 1, 32, 3, numbers),
        "all ones.flac": flac[:8] + b"\xff" * 34 + flac[42:],
        "head only.flac": flac[:42],
        "sync only.mp3": b"\xff\xfb\x90\x00" * 5000,
        "sync only.aac": b"\xff\xf1\x50\x80\x00\x1f\xfc" * 5000,
        "tag without end.mp3": b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + good["mp3"],
        "tags of tags.mp3": b"ID3\x03\0\0\0\0\0\x0a" * 5000 + good["mp3"],
    }


def broken_containers(good: dict[str, bytes]) -> dict[str, bytes]:
    """Containers without streams, nested without end, or with counts nobody has."""
    mp4, mkv, head = good["mp4"], good["mkv"], box(b"ftyp", b"isom\0\0\2\0isomiso2")
    counts = bytearray(mp4)
    for name in (b"stsz", b"stts", b"stsc", b"stco"):
        at = mp4.find(name)
        if at > 0:
            counts[at + 8 : at + 16] = b"\x7f\xff\xff\xff\x7f\xff\xff\xff"
    nested = b""
    for _ in range(3000):
        nested = box(b"moov", nested)
    rate = bytearray(mp4)
    at = mp4.index(b"mdhd") + 4
    rate[at + 12 : at + 20] = struct.pack(">II", 1, 2**32 - 1)
    ebml = mkv[: mkv.index(b"\x18\x53\x80\x67")]
    return {
        "no streams.mp4": head + box(b"moov", box(b"mvhd", b"\0" * 100)),
        "only a head.mp4": head,
        "no streams.mkv": ebml + b"\x18\x53\x80\x67\x80",
        "endless segment.mkv": ebml + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + b"\xec\x80" * 20_000,
        "counts.mp4": bytes(counts),
        "nested.mp4": head + nested,
        "clock.mp4": bytes(rate),
        "huge box.mp4": head + b"\0\0\0\1mdat\x7f\xff\xff\xff\xff\xff\xff\xff",
        "link.mov": mp4.replace(b"url \0\0\0\1", b"url \0\0\0\0"),
        "twice.mp4": mp4 + mp4,
        "no index.avi": good["avi"].replace(b"idx1", b"JUNK"),
        "many streams.avi": good["avi"].replace(b"strh", b"strh" + b"\0" * 4, 1),
        "empty riff.avi": b"RIFF\4\0\0\0AVI ",
        "frames of frames.png": good["moving-png"].replace(
            b"acTL" + struct.pack(">I", 3), b"acTL" + b"\x7f\xff\xff\xff"
        ),
        "itself.pdf": pdf([b"BT ET"]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
        "parent.pdf": pdf([b"BT ET"]).replace(b"/Parent 2 0 R", b"/Parent 4 0 R"),
        "no pages.pdf": pdf([]),
        "nested arrays.pdf": b"%PDF-1.4\n1 0 obj\n" + b"[" * 50_000 + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF",
        "locked.pdf": pdf([b"BT (x) Tj ET"]).replace(
            b"/Root 1 0 R", b"/Root 1 0 R /Encrypt << /Filter /Standard /V 9 /R 9 >>"
        ),
    }

"""Files that want to crash, stall or fill the memory of whoever opens them: the same ones for the same seed.

Nothing here is dangerous by itself: they are small, and what makes them hostile is what their headers claim.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pillow_heif
from hostile_raw import chunk, many_frames, pdf, png, silent_flac, zeros
from hostile_streams import broken_containers, broken_sound, endless, links
from media_samples import BLUE, GREEN, RED, halves, plain, tone, write_audio, write_video
from PIL import Image

SHARES = (0.02, 0.25, 0.5, 0.9)
"""Where files are cut off, besides one byte before their end."""
HUGE = 65_535


def generate(folder: Path, seed: int = 0) -> list[Path]:
    """Writes all of them into `folder`; their paths, sorted by name."""
    folder.mkdir(parents=True, exist_ok=True)
    good = samples(folder)
    rng = np.random.default_rng(seed)
    found = dict(damaged(good, rng))
    for group in (
        huge(good),
        bombs(),
        endless(),
        broken_sound(good),
        broken_containers(good),
        words(rng),
        mixed(good),
        links(),
    ):
        found.update(group)
    for name, raw in found.items():
        (folder / name).write_bytes(raw)
    silent_flac(folder / "ten hours.flac")
    many_frames(folder / "loop.gif")
    return sorted(path for path in folder.iterdir() if path.is_file())


def samples(folder: Path) -> dict[str, bytes]:
    """One good file of each format."""
    base = folder / "good"
    base.mkdir(exist_ok=True)
    picture = Image.fromarray(halves(RED, BLUE))
    for form in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF"):
        picture.save(base / form.lower(), form)
    pillow_heif.from_pillow(picture).save(base / "heic", format="HEIF")
    frames = [Image.fromarray(plain(c, 64, 48)) for c in (RED, GREEN, BLUE)]
    for form in ("GIF", "PNG", "WEBP"):
        frames[0].save(base / f"moving-{form.lower()}", form, save_all=True, append_images=frames[1:], duration=100)
    sound = tone(0.5, 48_000)
    for name, codec, container in (
        ("wav", "pcm_s16le", "wav"),
        ("flac", "flac", "flac"),
        ("mp3", "libmp3lame", "mp3"),
        ("ogg", "libopus", "ogg"),
        ("m4a", "aac", "ipod"),
        ("aac", "aac", "adts"),
    ):
        write_audio(base / name, sound, 48_000, codec, container)
    pictures = [plain(c, 64, 48) for c in (RED, GREEN, BLUE) for _ in range(5)]
    for name, codec, container, sound_codec in (
        ("mp4", "libx264", "mp4", "aac"),
        ("mkv", "libx264", "matroska", "libopus"),
        ("webm", "libvpx", "webm", "libopus"),
        ("mov", "mpeg4", "mov", "aac"),
        ("avi", "mpeg4", "avi", "pcm_s16le"),
    ):
        write_video(base / name, pictures, container=container, codec=codec, sound=sound, sound_codec=sound_codec)
    (base / "pdf").write_bytes(pdf([b"BT /F1 12 Tf 72 720 Td (words on a page) Tj ET"]))
    (base / "html").write_text("<!DOCTYPE html><html><body><p>words on a page</p></body></html>")
    (base / "utf16").write_text("words in sixteen bits, quite a few of them", encoding="utf-16")
    (base / "json").write_text(json.dumps([{"prompt": "p", "response": "r"}] * 20))
    return {path.name: path.read_bytes() for path in sorted(base.iterdir())}


def damaged(good: dict[str, bytes], rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Each good file cut off at five places, with bytes changed, shuffled behind its head, and under a wrong name."""
    names = list(good)
    for place, (name, raw) in enumerate(good.items()):
        for share in SHARES:
            yield f"cut {share:.2f} {name}.{name}", raw[: max(1, int(len(raw) * share))]
        yield f"cut last {name}.{name}", raw[:-1]
        noisy = bytearray(raw)
        for at in rng.integers(min(16, len(raw) - 1), len(raw), max(3, len(raw) // 50)):
            noisy[at] = rng.integers(0, 256)
        yield f"noise {name}.{name}", bytes(noisy)
        middle = len(raw) // 2
        yield f"swapped {name}.{name}", raw[: middle // 2] + raw[middle:] + raw[middle // 2 : middle]
        yield f"disguised {name}.{names[(place + 7) % len(names)]}", raw


def huge(good: dict[str, bytes]) -> dict[str, bytes]:
    """Headers that claim 65535 x 65535 pixels and more."""
    small = zlib.compress(b"\0" * 100)
    frame = good["jpeg"].index(b"\xff\xc0") + 5
    jpeg = good["jpeg"][:frame] + struct.pack(">HH", HUGE, HUGE) + good["jpeg"][frame + 4 :]
    bmp = good["bmp"][:18] + struct.pack("<ii", HUGE, HUGE) + good["bmp"][26:]
    gif = b"GIF89a" + struct.pack("<HH", HUGE, HUGE) + good["moving-gif"][10:]
    inner = struct.pack("<HHHHB", 0, 0, HUGE, HUGE, 0)
    first = good["moving-gif"].index(b"\x2c\0\0\0\0") + 1
    gif_frame = good["moving-gif"][:first] + inner[:8] + good["moving-gif"][first + 8 :]
    webp = good["moving-webp"][:24] + b"\xff\xff\xff" * 2 + good["moving-webp"][30:]
    tiff = bytearray(good["tiff"])
    start = struct.unpack("<I", tiff[4:8])[0]
    for entry in range(struct.unpack("<H", tiff[start : start + 2])[0]):
        at = start + 2 + 12 * entry
        if struct.unpack("<H", tiff[at : at + 2])[0] in (256, 257):
            tiff[at + 2 : at + 12] = struct.pack("<HII", 4, 1, HUGE)
    found = {
        "huge.png": png(HUGE, HUGE, 8, 2, small),
        "huge 2^31.png": png(2**31 - 1, 2**31 - 1, 8, 6, small),
        "huge strip.png": png(2**31 - 1, 1, 8, 6, small),
        "huge.jpg": jpeg,
        "huge.bmp": bmp,
        "negative.bmp": good["bmp"][:18] + struct.pack("<ii", HUGE, -HUGE) + good["bmp"][26:],
        "huge.gif": gif,
        "huge frame.gif": gif_frame,
        "huge.webp": webp,
        "huge.tif": bytes(tiff),
        "no size.png": png(0, 0, 8, 2, small),
    }
    for name in ("heic", "avif"):
        at = good[name].index(b"ispe") + 8
        found[f"huge.{name}"] = good[name][:at] + struct.pack(">II", HUGE, HUGE) + good[name][at + 8 :]
    for name in ("mp4", "mov"):
        raw = good[name]
        at = raw.index(b"avc1" if name == "mp4" else b"mp4v") + 28
        found[f"huge.{name}"] = raw[:at] + struct.pack(">HH", HUGE, HUGE) + raw[at + 4 :]
    return found


def bombs() -> dict[str, bytes]:
    """Little that unfolds into much."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("zeros"), bytes(20 << 20), zipfile.ZIP_DEFLATED)
    text = b"t" * 20 + b"\0\0" + zeros(50 << 20)
    stream = zeros(200 << 20)
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10)
    )
    return {
        "bomb 1 bit.png": png(30_000, 30_000, 1, 0, zeros(30_000 * 3751)),
        "bomb just allowed.png": png(7_999, 8_000, 8, 6, zeros(8_000 * (7_999 * 4 + 1))),
        "bomb palette.png": png(
            8_000, 7_999, 8, 3, zeros(7_999 * 8_001), chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\0")
        ),
        "bomb text.png": png(4, 4, 8, 0, zlib.compress(bytes(20)), chunk(b"zTXt", text) * 5),
        "bomb profile.png": png(4, 4, 8, 0, zlib.compress(bytes(20)), chunk(b"iCCP", text)),
        "bomb.zip": archive.getvalue(),
        "bomb.svgz": gzip.compress(b"<svg>" + b" " * (20 << 20) + b"</svg>", mtime=0),
        "bomb.pdf": pdf([stream], b"/Filter /FlateDecode "),
        "bomb twice.pdf": pdf([zlib.compress(stream)], b"/Filter [/FlateDecode /FlateDecode] "),
        "bomb many pages.pdf": pdf([b"BT (w) Tj ET"] * 1000),
        "laughs.xml": (laughs + "]><l>&k;</l>").encode(),
        "laughs.svg": ('<?xml version="1.0"?>' + laughs + "]><svg>&k;</svg>").encode(),
        "laughs.html": (laughs + "]><html><body>&k;</body></html>").encode(),
    }


def words(rng: np.random.Generator) -> dict[str, bytes]:
    """Text that is too much, nested, or no text at all."""
    return {
        "nothing.txt": b"",
        "one byte.txt": b"\xff",
        "nul.txt": b"\0",
        "zeros.bin": bytes(100_000),
        "random.bin": rng.bytes(100_000),
        "nuls between.txt": b"a\0 \0b\0\0\0c" * 1000,
        "one line.txt": b"word " * 1_000_000,
        "one word.txt": b"x" * 3_000_000,
        "stops.txt": b"." * 1_000_000,
        "feeds.txt": b"\n" * 1_000_000 + b"end",
        "unpaired.txt": b"ab\xed\xa0\x80cd\xed\xbf\xbf" * 500,
        "overlong.txt": b"\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80" * 500,
        "half a pair.txt": b"\xff\xfe" + b"\x00\xd8a\0" * 500,
        "controls.txt": bytes(range(32)) * 100 + b" words",
        "marks.txt": b"a" + "\u0301".encode() * 200_000,
        "turned.txt": ("\u202e" + "txt.exe" + "\u2066" * 1000).encode(),
        "deep.json": b"[" * 500_000 + b"]" * 500_000,
        "deep objects.json": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        "numbers.json": b"[" + b"9" * 500_000 + b"]",
        "lines.jsonl": b'{"text": "a"}\n{"text": \n\0\xff\n' * 200,
        "deep.html": b"<html><body>" + b"<div><b>" * 30_000 + b"words",
        "attributes.html": b"<html><body><p " + b"a=1 " * 200_000 + b">words</p>",
        "tables.html": b"<html><body>" + b"<table><tr><td>" * 5_000 + b"words",
        "unclosed.html": b"<html><!--" + b"-" * 500_000 + b"<script>" + b"words " * 10_000,
        "quotes.md": b">" * 20_000 + b" words\n\n# title\n\n**b**",
        "brackets.md": b"# t\n\n**b**\n\n" + b"[" * 50_000 + b"](" * 10_000,
        "stars.md": b"# t\n\n" + b"*a_ " * 50_000,
        "lists.md": b"# t\n\n" + b"".join(b" " * i + b"- a\n" for i in range(500)),
        "macro.rtf": b"{\\rtf1" + b"{\\b" * 50_000,
    }


def mixed(good: dict[str, bytes]) -> dict[str, bytes]:
    """Files that are two things at once, and names that are commands."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("../../outside.txt"), "words")
    html = b"<html><body>words</body></html>"
    return {
        "gif and script": b"GIF89a/*" + good["moving-gif"][8:] + b"*/=1;alert(1)",
        "jpeg and zip.jpg": good["jpeg"] + archive.getvalue(),
        "pdf and zip.pdf": good["pdf"] + archive.getvalue(),
        "zip and pdf.zip": archive.getvalue() + good["pdf"],
        "png and html.html": good["png"] + html,
        "html and pdf.pdf": html + good["pdf"],
        "mp3 and jpeg.jpg": good["mp3"] + good["jpeg"],
        "bm words.bmp": b"BM is how this text begins, and it goes on for a while.",
        "fake png, real words.png": b"\x89PNG\r\n\x1a\n" + b"words " * 100,
        "fake pdf, real words.txt": b"words, and then %PDF-1.4 is said, though there is none",
        "traversal.zip": archive.getvalue(),
        "tar.tar": (b"../../outside" + bytes(87) + bytes(157) + b"ustar\x0000").ljust(1024, b"\0"),
        "-rf .png": good["png"],
        "$(reboot).png": good["png"],
        "http:..example.org.png": good["png"],
        "concat:a|b.mp3": good["mp3"],
        "%05d.png": good["png"],
        "a\nb.png": good["png"],
        "\u202egnp.exe": good["png"],
        "n" * 250: good["wav"],
        "'; DROP TABLE items; --.wav": good["wav"],
    }

"""Bytes -> characters, characters -> overlapping windows.

Knows encodings, characters nobody sees, and where sentences end. Refuses to know files, models and tokens.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Controls, lone surrogates, zero-width space and joiners of words, soft hyphen, direction marks and overrides. The
# zero-width joiner and non-joiner stay: emoji and Persian need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
_SENTENCE = re.compile(r"""(?<![.!?…])[.!?…]++["'”’»)\]]*+(?=\s)|[。！？]+[”’」』）]*|\n\s*\n|\n""")


@dataclass(frozen=True, slots=True)
class Clean:
    """Text as a person sees it. `removed`: (position in `text`, characters left out before it so far), for `origin`."""

    text: str
    removed: tuple[tuple[int, int], ...] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where characters [start, end) of `text` stand in the text it came from."""
        return self._back(start), (self._back(end - 1) + 1 if end > start else self._back(start))

    def _back(self, position: int) -> int:
        found = bisect_right(self.removed, position, key=lambda entry: entry[0])
        return position + (self.removed[found - 1][1] if found else 0)


def clean(text: str) -> Clean:
    """`text` without characters nobody sees (NUL, controls, zero-width and direction marks, lone surrogates), which
    would let a word pass unread. Line and paragraph separators become line feeds."""
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    kept: list[str] = []
    removed: list[tuple[int, int]] = []
    total = last = 0
    for found in _UNSEEN.finditer(text):
        kept.append(text[last : found.start()])
        last = found.end()
        removed.append((found.start() - total, total + last - found.start()))
        total += last - found.start()
    kept.append(text[last:])
    return Clean("".join(kept), tuple(removed))


def decode(raw: bytes) -> tuple[str, str]:
    """Characters and the encoding taken: byte order mark, else UTF-8, else UTF-16 by its NULs, else the likeliest by
    charset-normalizer, else Windows-1252 with replacements. Never raises."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name, "replace"), name
    from mmjudge.media.sniff import _utf16_order

    order = _utf16_order(raw[:4096])
    if order:
        return raw.decode(f"utf-16-{order}", "replace"), f"utf-16-{order}"
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # A file cut in the middle of a character, or with a stray byte, is still UTF-8.
        text = raw.decode("utf-8", "replace")
        if text.count("\ufffd") <= max(1, len(text) // 200) or error.start >= len(raw) - 3:
            return text, "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:200_000]).best()
    name = best.encoding if best is not None else "cp1252"
    return raw.decode(name, "replace"), name


def windows(text: str, size: int, overlap: int) -> list[tuple[int, int]]:
    """Windows [start, end) of at most `size` characters that together cover `text`, ending at sentence ends where one
    lies in the second half, else at white space, else anywhere; each begins at a sentence begin at most `overlap`
    characters before the end of the one before. Blank text has none."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(f"window {size} and overlap {overlap}: needs size >= 1 and 0 <= overlap < size")
    if not text.strip():
        return []
    if len(text) <= size:
        return [(0, len(text))]
    stops = [found.end() for found in _SENTENCE.finditer(text)]
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        end = _stop(text, stops, start, size)
        spans.append((start, end))
        if end >= len(text):
            return spans
        start = _again(text, stops, max(start + 1, end - overlap), end)


def _stop(text: str, stops: list[int], start: int, size: int) -> int:
    limit = start + size
    if limit >= len(text):
        return len(text)
    at = bisect_right(stops, limit) - 1
    if at >= 0 and stops[at] > start + size // 2:
        return stops[at]
    blank = max(text.rfind(" ", start + size // 2, limit), text.rfind("\t", start + size // 2, limit))
    return blank + 1 if blank > 0 else limit


def _again(text: str, stops: list[int], earliest: int, end: int) -> int:
    """Where the next window begins: the first sentence begin from `earliest`, else the first word begin, else there."""
    at = bisect_right(stops, earliest - 1)
    if at < len(stops) and stops[at] < end:
        return stops[at]
    blank = text.find(" ", earliest, end)
    return blank + 1 if 0 <= blank < end - 1 else earliest

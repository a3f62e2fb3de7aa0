"""Text to the lexical features of the light evaluator: undisguised, cut into n-grams, hashed, and of length one.

Knows Unicode, common disguises (spaced letters, digits for letters, emoji as words) and hashing. Refuses to know
weights and labels. No feature counts anything: each block of features has Euclidean length one whatever the length of
the text, so a text and the same text twice differ only where the two copies touch.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from itertools import pairwise
from typing import NamedTuple

import numpy as np

BITS = 16
"""Each of the two blocks (words and pairs of words; 3 to 5 letters of a word) has 2**BITS places."""

_NUMERALS = re.compile(r"(?m)^[ \t]*\(?\d{1,2}[.)](?:[ \t]*\(?\d{1,2}[.)])*[ \t]*$")
_LAST_NUMERALS = re.compile(r"(?:\s+\d{1,2}[.)])+\s*$")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_]([ .\-*_])[^\W\d_](?:\1[^\W\d_])+(?![^\W_])")
_DISGUISED = re.compile(r"(?<=[^\W\d_])[013457@$!]+(?=[^\W\d_])")
_DISGUISES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_STRETCHED = re.compile(r"(.)\1{3,}")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\u00ad\ufeff\u20e3\U000e0000-\U000e007f]")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")


class Hashed(NamedTuple):
    """Features of a text: `places` (int64) in [0, 2 * 2**BITS), each once, and what stands there before weighting."""

    places: np.ndarray
    values: np.ndarray


def plain(text: str) -> str:
    """The text without disguise: NFKC, emoji by their Unicode name, "b l a c k" and "h4te" as words, stretched letters
    cut to three, nothing invisible, bare list numerals (which OCR leaves behind) dropped, single spaces."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if not text.isascii():
        text = "".join(f" {unicodedata.name(c, '').lower()} " if unicodedata.category(c) == "So" else c for c in text)
    text = _LAST_NUMERALS.sub("", _NUMERALS.sub(" ", text))
    text = _SPACED.sub(lambda m: m.group().replace(m.group(1), ""), text)
    text = _DISGUISED.sub(lambda m: m.group().translate(_DISGUISES), text)
    return " ".join(_STRETCHED.sub(r"\1\1\1", text).split())


def grams(text: str) -> tuple[list[str], list[str]]:
    """(words and pairs of words, 3 to 5 letters of each word with its edges marked) of a text that is already plain."""
    words = _WORDS.findall(text.lower())
    pairs = [f"b {first} {second}" for first, second in pairwise(words)]
    marked = [f"<{word}>" for word in words]
    letters = [f"c {w[i : i + n]}" for w in marked for n in (3, 4, 5) for i in range(len(w) - n + 1)]
    return [f"w {word}" for word in words] + pairs, letters


def hashed(text: str) -> Hashed:
    """1 + ln(count) at the place of each n-gram (CRC-32 modulo 2**BITS, the letters' block after the words')."""
    places: list[int] = []
    values: list[float] = []
    for block, found in enumerate(grams(text)):
        counts: dict[int, int] = {}
        for gram in found:
            place = (zlib.crc32(gram.encode("utf-8", "surrogatepass")) & ((1 << BITS) - 1)) + (block << BITS)
            counts[place] = counts.get(place, 0) + 1
        places += counts
        values += [1.0 + float(np.log(n)) for n in counts.values()]
    return Hashed(np.array(places, dtype=np.int64), np.array(values, dtype=np.float32))


def weighted(found: Hashed, rarity: np.ndarray) -> np.ndarray:
    """Values times `rarity` (2 * 2**BITS,), each block brought to length one; an empty block stays empty. Pure."""
    values = found.values * rarity[found.places]
    blocks = found.places >> BITS
    squares = np.bincount(blocks, values * values, minlength=2)
    return values / np.sqrt(np.where(squares > 0, squares, 1.0))[blocks] if len(values) else values

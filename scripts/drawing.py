"""What the rendering scripts share: fonts by name, text that fits its box, soft backgrounds.

Knows Pillow and where Debian keeps its free fonts. Refuses to know any rule or layout, and what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FOLDER = Path("/usr/share/fonts/truetype")
FAMILIES = {
    "dejavu": ("fonts-dejavu-core", FOLDER / "dejavu"),
    "liberation": ("fonts-liberation", FOLDER / "liberation"),
    "freefont": ("fonts-freefont-ttf", FOLDER / "freefont"),
}

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


class Pen(NamedTuple):
    """What to write with: a font's name, its largest size in pixels, a colour."""

    font: str
    largest: int
    fill: Colour


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font as "family/File", e.g. "dejavu/DejaVuSans". Ends the program, naming the package, where it is absent."""
    family, file = name.split("/")
    package, folder = FAMILIES[family]
    path = folder / f"{file}.ttf"
    if not path.is_file():
        raise SystemExit(f"The font {path.name} is missing. Install it: apt-get install {package}")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines no wider than `width` pixels, broken at spaces; a line break in the text stays one."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and face.getlength(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def leading(face: ImageFont.FreeTypeFont) -> int:
    """The distance between two baselines, in pixels."""
    return round(face.size * 1.28)


@dataclass(frozen=True)
class Words:
    """What stands in a rendered picture: a title, and a body or the turns of a chat as (mine, words)."""

    title: str
    body: str = ""
    turns: tuple[tuple[bool, str], ...] = ()


def balanced(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """As many lines as `wrapped` makes, but of even width: no single word left over on the last one."""
    lines = wrapped(text, face, width)
    for narrower in range(width - 8, width // 2, -8):
        again = wrapped(text, face, narrower)
        if len(again) > len(lines) or max(face.getlength(line) for line in again) > width:
            break
        lines = again
    return lines


def fitted(text: str, name: str, width: int, height: int, largest: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest size, at most `largest`, at which the wrapped text fits width and height, and its lines."""
    for size in range(largest, 11, -1):
        face = font(name, size)
        lines = balanced(text, face, width)
        widest = max(face.getlength(line) for line in lines)
        if widest <= width and len(lines) * leading(face) <= height:
            return face, lines
    raise ValueError(f"text of {len(text)} characters does not fit {width}×{height} pixels at 12 px: shorten it")


def write(draw: ImageDraw.ImageDraw, box: Box, text: str, pen: Pen, *, align: str = "centre", top: bool = False) -> int:
    """Write text into a box, as large as fits, centred or to the left, in the middle or at the top of its height.

    Returns the y below the last line.
    """
    left, upper, right, lower = box
    face, lines = fitted(text, pen.font, right - left, lower - upper, pen.largest)
    y = upper if top else upper + (lower - upper - len(lines) * leading(face)) // 2
    for line in lines:
        spare = right - left - face.getlength(line)
        x = left + (spare / 2 if align == "centre" else 0)
        draw.text((x, y), line, font=face, fill=pen.fill)
        y += leading(face)
    return y


def gradient(width: int, height: int, colours: Sequence[Colour]) -> Image.Image:
    """A vertical gradient through the colours, evenly spaced."""
    at = np.linspace(0, len(colours) - 1, height)
    columns = [np.interp(at, range(len(colours)), [colour[i] for colour in colours]) for i in range(3)]
    column = np.stack(columns, axis=1)[:, None, :]
    return Image.fromarray(np.broadcast_to(column, (height, width, 3)).round().astype(np.uint8))


def grain(picture: Image.Image, rng: np.random.Generator, strength: float) -> Image.Image:
    """The picture with gaussian grain of `strength` grey levels: what a camera or paper adds."""
    pixels = np.asarray(picture, np.float64)
    noise = rng.normal(0.0, strength, pixels.shape[:2])[..., None]
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def ridge(rng: np.random.Generator, width: int, roughness: float = 0.55) -> np.ndarray:
    """A mountain line of `width` heights in [0, 1]: octaves of smoothed noise."""
    line = np.zeros(width)
    for octave in range(1, 8):
        knots = rng.random(2**octave + 1)
        line += roughness**octave * np.interp(np.linspace(0, 2**octave, width), range(2**octave + 1), knots)
    return (line - line.min()) / (line.max() - line.min())

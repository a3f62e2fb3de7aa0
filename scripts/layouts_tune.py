"""Layouts of the tuning set of rendered pictures: posters, light chats, ruled letters, flyers, whiteboards.

Set in DejaVu only. Knows how words are laid out and not what they say. `layouts_test` shares no layout and no font.
"""

from __future__ import annotations

import numpy as np
from drawing import Colour, Pen, Words, font, gradient, grain, wrapped, write
from PIL import Image, ImageDraw

SANS, BOLD = "dejavu/DejaVuSans", "dejavu/DejaVuSans-Bold"
SERIF = "dejavu/DejaVuSerif"
MONO_BOLD, MONO = "dejavu/DejaVuSansMono-Bold", "dejavu/DejaVuSansMono"
PALETTES: list[tuple[Colour, Colour, Colour]] = [
    ((252, 240, 214), (245, 214, 160), (130, 34, 40)),
    ((222, 238, 246), (170, 206, 226), (22, 60, 104)),
    ((236, 244, 224), (190, 218, 170), (36, 84, 44)),
    ((40, 36, 62), (86, 52, 92), (255, 224, 140)),
]


def poster(words: Words, rng: np.random.Generator) -> Image.Image:
    """480×640: a large title, a ring of dots, the body below."""
    top, bottom, ink = PALETTES[int(rng.integers(len(PALETTES)))]
    picture = gradient(480, 640, [top, bottom])
    draw = ImageDraw.Draw(picture)
    draw.rectangle((16, 16, 464, 624), outline=ink, width=4)
    write(draw, (40, 50, 440, 240), words.title, Pen(BOLD, 60, ink))
    turn = rng.random()
    for i in range(16):
        angle = 2 * np.pi * (i / 16 + turn)
        x, y, r = 240 + 62 * np.cos(angle), 326 + 62 * np.sin(angle), 5 + 5 * (i % 2)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    draw.ellipse((212, 298, 268, 354), outline=ink, width=5)
    write(draw, (44, 416, 436, 600), words.body, Pen(SANS, 27, ink))
    return picture


def chat(words: Words, rng: np.random.Generator) -> Image.Image:
    """420 wide: a light messenger, the other's bubbles left in white, mine right in colour."""
    accent: Colour = [(0, 122, 204), (46, 125, 80), (120, 72, 160)][int(rng.integers(3))]
    soft = tuple(round(255 - 0.25 * (255 - c)) for c in accent)
    face, minute = font(SANS, 19), int(rng.integers(2, 40))
    blocks = [(mine, wrapped(line, face, 260)) for mine, line in words.turns]
    height = 120 + sum(26 * len(lines) + 54 for _, lines in blocks)
    picture = Image.new("RGB", (420, height), (240, 242, 245))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 420, 62), fill=accent)
    draw.text((20, 18), f"<  {words.title}", font=font(BOLD, 21), fill=(255, 255, 255))
    y = 84
    for i, (mine, lines) in enumerate(blocks):
        wide = round(max(face.getlength(line) for line in lines)) + 30
        x, tall = (404 - wide if mine else 16), 26 * len(lines) + 20
        draw.rounded_rectangle((x, y, x + wide, y + tall), 14, fill=soft if mine else (255, 255, 255))
        for k, line in enumerate(lines):
            draw.text((x + 15, y + 9 + 26 * k), line, font=face, fill=(24, 28, 32))
        clock = f"20:{minute + i:02d}"
        draw.text(
            (x + 6 if not mine else x + wide - 42, y + tall + 3), clock, font=font(SANS, 12), fill=(120, 126, 132)
        )
        y += tall + 34
    return picture


def letter(words: Words, rng: np.random.Generator) -> Image.Image:
    """560×520: ruled paper with a margin line, written in a serif."""
    picture = grain(gradient(560, 520, [(252, 249, 240), (246, 240, 226)]), rng, 2.5)
    draw = ImageDraw.Draw(picture)
    face = font(SERIF, 22)
    for y in range(84, 520, 38):
        draw.line((0, y, 560, y), fill=(186, 204, 224), width=1)
    draw.line((58, 0, 58, 520), fill=(226, 150, 150), width=2)
    ink: Colour = [(24, 36, 96), (30, 30, 34)][int(rng.integers(2))]
    lines = [f"{words.title},", "", *wrapped(words.body, face, 440)]
    for row, line in enumerate(lines):
        draw.text((78, 56 + 38 * row), line, font=face, fill=ink)
    return picture


def flyer(words: Words, rng: np.random.Generator) -> Image.Image:
    """480×600: typewriter words on coloured paper, strips to tear off at the foot."""
    paper: Colour = [(255, 246, 160), (200, 240, 200), (255, 214, 222), (206, 228, 250)][int(rng.integers(4))]
    picture = grain(Image.new("RGB", (480, 600), paper), rng, 3.0)
    draw = ImageDraw.Draw(picture)
    write(draw, (30, 30, 450, 170), words.title, Pen(MONO_BOLD, 48, (20, 20, 20)))
    draw.line((60, 186, 420, 186), fill=(20, 20, 20), width=3)
    write(draw, (40, 204, 440, 450), words.body, Pen(SERIF, 28, (20, 20, 20)))
    draw.line((0, 480, 480, 480), fill=(90, 90, 90), width=2)
    for x in range(60, 480, 60):
        draw.line((x, 480, x, 600), fill=(90, 90, 90), width=2)
    for x in range(30, 480, 60):
        draw.ellipse((x - 9, 530, x + 9, 548), outline=(90, 90, 90), width=2)
    return picture


def whiteboard(words: Words, rng: np.random.Generator) -> Image.Image:
    """640×460: a framed whiteboard, the title underlined, one numbered line below the other."""
    picture = gradient(640, 460, [(250, 252, 253), (234, 238, 241)])
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 639, 459), outline=(150, 156, 162), width=14)
    draw.rectangle((230, 438, 410, 452), fill=(110, 116, 122))
    ink: Colour = [(20, 60, 160), (170, 30, 40), (20, 110, 60)][int(rng.integers(3))]
    end = write(draw, (50, 34, 590, 100), words.title, Pen(BOLD, 40, ink))
    draw.line((170, end + 2, 470, end + 6), fill=ink, width=4)
    steps = words.body
    for number in "234":
        steps = steps.replace(f" {number}. ", f"\n{number}. ")
    write(draw, (60, 130, 590, 420), steps, Pen(MONO, 28, (36, 40, 46)), align="left")
    return picture


LAYOUTS = {"poster": poster, "chat": chat, "letter": letter, "flyer": flyer, "whiteboard": whiteboard}

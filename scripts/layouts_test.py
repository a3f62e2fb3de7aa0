"""Layouts of the test set of rendered pictures: billboards, signs, dark chats, captions, mails, notes, placards.

Set in Liberation and FreeFont only. Knows how words are laid out and not what they say. `layouts_tune` shares no layout
and no font.
"""

from __future__ import annotations

import numpy as np
from drawing import Colour, Pen, Words, balanced, font, gradient, grain, leading, ridge, wrapped, write
from PIL import Image, ImageDraw, ImageFilter

SANS, BOLD = "liberation/LiberationSans-Regular", "liberation/LiberationSans-Bold"
BLACK, SERIF = "freefont/FreeSerifBold", "liberation/LiberationSerif-Bold"
FREE_BOLD, FREE_SERIF = "freefont/FreeSansBold", "freefont/FreeSerifItalic"


def billboard(words: Words, rng: np.random.Generator) -> Image.Image:
    """720×420: a wide board with a slanted coloured band, lamps above."""
    dark: Colour = [(24, 70, 120), (150, 34, 44), (28, 96, 72), (70, 40, 110)][int(rng.integers(4))]
    picture = gradient(720, 420, [(206, 222, 236), (238, 240, 240)])
    draw = ImageDraw.Draw(picture)
    for x in (170, 530):
        draw.rectangle((x, 360, x + 20, 420), fill=(90, 92, 96))
    draw.rectangle((30, 34, 690, 368), fill=(252, 252, 250), outline=(70, 74, 78), width=6)
    draw.polygon([(33, 37), (687, 37), (687, 150), (33, 186)], fill=dark)
    for x in range(110, 640, 120):
        draw.rectangle((x, 14, x + 34, 34), fill=(240, 226, 160), outline=(70, 74, 78))
    write(draw, (54, 44, 666, 144), words.title, Pen(SERIF, 60, (255, 255, 255)))
    write(draw, (60, 198, 660, 356), words.body, Pen(SANS, 36, (30, 32, 36)))
    return picture


def sign(words: Words, rng: np.random.Generator) -> Image.Image:
    """560×460: an enamel sign on a brick wall, four screws."""
    picture = Image.new("RGB", (560, 460), (176, 168, 160))
    draw = ImageDraw.Draw(picture)
    for row, y in enumerate(range(0, 460, 24)):
        for x in range(-30 * (row % 2), 560, 60):
            tone = int(rng.integers(-14, 14))
            draw.rectangle((x + 2, y + 2, x + 57, y + 21), fill=(158 + tone, 84 + tone, 66 + tone))
    picture = grain(picture, rng, 6.0)
    draw = ImageDraw.Draw(picture)
    plate, ink = [((250, 250, 246), (170, 20, 28)), ((250, 214, 60), (20, 20, 20)), ((28, 70, 140), (255, 255, 255))][
        int(rng.integers(3))
    ]
    draw.rounded_rectangle((50, 60, 510, 400), 20, fill=plate)
    draw.rounded_rectangle((62, 72, 498, 388), 14, outline=ink, width=5)
    for x, y in [(78, 88), (482, 88), (78, 372), (482, 372)]:
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(140, 140, 140))
    write(draw, (96, 88, 464, 220), words.title, Pen(BOLD, 54, ink))
    write(draw, (88, 226, 472, 374), words.body, Pen(BLACK, 34, ink))
    return picture


def darkchat(words: Words, rng: np.random.Generator) -> Image.Image:
    """460 wide: a dark messenger; every turn carries a face, a name and a full-width card."""
    face = font(SANS, 21)
    blocks = [(mine, wrapped(line, face, 350)) for mine, line in words.turns]
    height = 96 + sum(28 * len(lines) + 52 for _, lines in blocks)
    picture = Image.new("RGB", (460, height), (22, 24, 30))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 460, 64), fill=(34, 38, 48))
    draw.text((24, 20), words.title, font=font(BOLD, 24), fill=(236, 238, 244))
    for x in (400, 416, 432):
        draw.ellipse((x, 30, x + 6, 36), fill=(236, 238, 244))
    theirs: Colour = [(214, 120, 90), (110, 170, 220), (190, 130, 210)][int(rng.integers(3))]
    y = 80
    for mine, lines in blocks:
        tall = 28 * len(lines) + 40
        colour = (120, 200, 150) if mine else theirs
        draw.rounded_rectangle((62, y, 446, y + tall), 8, fill=(44, 50, 62) if mine else (34, 38, 46))
        draw.ellipse((14, y + 4, 52, y + 42), fill=colour)
        draw.text((76, y + 7), "You" if mine else words.title, font=font(BOLD, 16), fill=colour)
        for k, line in enumerate(lines):
            draw.text((76, y + 30 + 28 * k), line, font=face, fill=(232, 234, 240))
        y += tall + 12
    return picture


def meme(words: Words, rng: np.random.Generator) -> Image.Image:
    """600×450: white capitals with a black edge above and below, on a blurred hilly picture."""
    sky = [[(90, 140, 200), (220, 226, 230)], [(240, 170, 110), (110, 80, 130)], [(70, 90, 100), (170, 180, 170)]]
    pixels = np.asarray(gradient(600, 450, sky[int(rng.integers(3))])).astype(float)
    rows = np.arange(450)[:, None]
    for depth in range(3):
        top = 230 + 60 * depth - 90 * ridge(rng, 600)
        inside = np.clip((rows - top[None, :]) / 2, 0, 1)[..., None]
        pixels = pixels * (1 - inside) + (np.array([70, 96, 74]) * (1.2 - 0.25 * depth)) * inside
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2.5))
    picture = grain(picture, rng, 5.0)
    draw = ImageDraw.Draw(picture)
    for text, upper in ((words.title, True), (words.body, False)):
        face = font(FREE_BOLD, 44)
        lines = balanced(text, face, 560)
        y = 16 if upper else 434 - len(lines) * leading(face)
        for line in lines:
            x = 300 - face.getlength(line) / 2
            draw.text((x, y), line, font=face, fill=(255, 255, 255), stroke_width=3, stroke_fill=(0, 0, 0))
            y += leading(face)
    return picture


def email(words: Words, rng: np.random.Generator) -> Image.Image:
    """720×440: the window of a mail program with subject, sender and message."""
    accent: Colour = [(60, 110, 200), (200, 80, 60), (70, 140, 110)][int(rng.integers(3))]
    picture = Image.new("RGB", (720, 440), (226, 229, 234))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((14, 14, 706, 426), 12, fill=(255, 255, 255), outline=(190, 196, 204), width=2)
    draw.rounded_rectangle((14, 14, 706, 56), 12, fill=(240, 242, 246))
    for x, colour in ((34, (236, 106, 94)), (58, (244, 190, 80)), (82, (98, 198, 86))):
        draw.ellipse((x, 28, x + 14, 42), fill=colour)
    draw.text((44, 74), words.title, font=font(BOLD, 28), fill=(28, 30, 36))
    draw.ellipse((44, 122, 84, 162), fill=accent)
    draw.rectangle((98, 128, 260, 136), fill=(196, 202, 210))
    draw.rectangle((98, 148, 220, 155), fill=(220, 224, 230))
    draw.line((44, 178, 676, 178), fill=(220, 224, 230), width=2)
    write(draw, (44, 196, 676, 350), words.body, Pen(SANS, 23, (40, 42, 48)), align="left", top=True)
    draw.rounded_rectangle((44, 372, 148, 408), 8, fill=accent)
    draw.text((68, 379), "Reply", font=font(BOLD, 20), fill=(255, 255, 255))
    return picture


def note(words: Words, rng: np.random.Generator) -> Image.Image:
    """480×480: a tilted paper note pinned to cork, in an italic serif."""
    cork = Image.new("RGB", (480, 480), (190, 146, 100))
    cork = grain(cork, rng, 22.0).filter(ImageFilter.GaussianBlur(1.2))
    paper: Colour = [(255, 242, 150), (255, 205, 214), (205, 236, 200)][int(rng.integers(3))]
    sheet = Image.new("RGBA", (380, 380), (*paper, 255))
    draw = ImageDraw.Draw(sheet)
    end = write(draw, (30, 50, 350, 120), words.title, Pen(FREE_BOLD, 34, (40, 40, 60)), align="left", top=True)
    write(draw, (30, end + 10, 350, 360), words.body, Pen(FREE_SERIF, 34, (30, 30, 80)), align="left", top=True)
    tilted = sheet.rotate(float(rng.uniform(-4, 4)), Image.Resampling.BICUBIC, expand=True)
    at = ((480 - tilted.width) // 2, (480 - tilted.height) // 2)
    shadow = Image.new("RGBA", tilted.size, (40, 24, 10, 90))
    cork.paste(shadow, (at[0] + 6, at[1] + 8), tilted.getchannel("A").filter(ImageFilter.GaussianBlur(4)))
    cork.paste(tilted, at, tilted)
    draw = ImageDraw.Draw(cork)
    draw.ellipse((228, 48, 252, 72), fill=(200, 40, 40))
    draw.ellipse((233, 52, 240, 59), fill=(245, 150, 150))
    return cork


def placard(words: Words, rng: np.random.Generator) -> Image.Image:
    """520×560: a cardboard placard on a stick above a crowd's heads."""
    picture = gradient(520, 560, [(150, 180, 210), (214, 220, 224)])
    draw = ImageDraw.Draw(picture)
    draw.rectangle((250, 300, 272, 560), fill=(150, 112, 72))
    card: Colour = [(244, 240, 230), (214, 180, 136), (250, 236, 120)][int(rng.integers(3))]
    draw.polygon([(46, 60), (478, 48), (482, 338), (40, 348)], fill=card, outline=(90, 80, 70))
    ink: Colour = [(20, 20, 24), (160, 20, 30), (20, 40, 120)][int(rng.integers(3))]
    write(draw, (70, 76, 456, 230), words.title, Pen(BLACK, 62, ink))
    write(draw, (70, 234, 456, 330), words.body, Pen(FREE_BOLD, 32, ink))
    for x in range(-20, 540, 62):
        r, y = int(rng.integers(30, 40)), int(rng.integers(480, 520))
        tone = int(rng.integers(40, 100))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(tone, tone - 6, tone - 2))
        draw.rounded_rectangle((x - r - 12, y + r - 6, x + r + 12, 600), 20, fill=(tone - 14, tone - 10, tone))
    return grain(picture, rng, 4.0)


LAYOUTS = {
    "billboard": billboard,
    "sign": sign,
    "darkchat": darkchat,
    "meme": meme,
    "email": email,
    "note": note,
    "placard": placard,
}

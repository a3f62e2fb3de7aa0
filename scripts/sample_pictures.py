"""The pictures of the sample assets, drawn from nothing with Pillow and numpy.

Knows shapes and colours. Refuses to know verdicts, files and sound.
"""

from __future__ import annotations

import numpy as np
from drawing import Colour, Pen, font, gradient, grain, ridge, wrapped, write
from PIL import Image, ImageDraw, ImageFilter

SEED = 20261123
SANS, SANS_BOLD = "dejavu/DejaVuSans", "dejavu/DejaVuSans-Bold"
SERIF, SERIF_BOLD = "dejavu/DejaVuSerif", "dejavu/DejaVuSerif-Bold"


def landscape() -> Image.Image:
    """A lake between mountains at sunrise, 640×420: sky, sun, four ridges in haze, their reflection, grain."""
    rng = np.random.default_rng(SEED)
    width, horizon, height = 640, 270, 420
    picture = gradient(width, horizon, [(58, 92, 150), (148, 170, 205), (250, 205, 160), (255, 226, 190)])
    glow = Image.new("RGB", (width, horizon), (0, 0, 0))
    ImageDraw.Draw(glow).ellipse((392, 132, 452, 192), fill=(255, 235, 190))
    glow = glow.filter(ImageFilter.GaussianBlur(14))
    sky = np.clip(np.asarray(picture, np.int16) + np.asarray(glow, np.int16), 0, 255)
    haze, near = np.array([196, 184, 190.0]), np.array([28, 48, 44.0])
    for depth, (base, rise) in enumerate([(120, 90), (165, 80), (205, 70), (245, 52)]):
        top = horizon - (horizon - base) - rise * ridge(rng, width) + 20
        colour = haze + (near - haze) * ((depth + 1) / 4) ** 1.2
        rows = np.arange(horizon)[:, None]
        inside = np.clip(rows - top[None, :], 0, 1)[..., None]
        shade = 1 + 0.10 * (rng.random((horizon, width, 1)) - 0.5) + 0.0012 * (rows[..., None] - base)
        sky = sky * (1 - inside) + np.clip(colour * shade, 0, 255) * inside
    mirror = sky[::-1][: height - horizon]
    waves = (3 * np.sin(np.arange(height - horizon) ** 0.8)).astype(int)
    lake = np.stack([np.roll(row, shift, axis=0) for row, shift in zip(mirror, waves, strict=True)])
    lake = lake * 0.72 + np.array([20, 34, 52]) * 0.5
    whole = Image.fromarray(np.clip(np.concatenate([sky, lake]), 0, 255).astype(np.uint8))
    return grain(whole.filter(ImageFilter.GaussianBlur(0.7)), rng, 4.0)


def fair() -> Image.Image:
    """A poster for a street fair, 480×640: bunting, a tent, the date."""
    picture = gradient(480, 640, [(255, 244, 214), (255, 214, 150)])
    draw = ImageDraw.Draw(picture)
    colours: list[Colour] = [(214, 69, 65), (38, 110, 160), (60, 145, 90), (240, 165, 40)]
    for i in range(12):
        x = i * 40
        sag = round(18 - 0.5 * (i - 5.5) ** 2)
        draw.polygon([(x, 26 + sag), (x + 38, 26 + sag), (x + 19, 66 + sag)], fill=colours[i % 4])
    write(draw, (30, 96, 450, 180), "Street Fair", Pen(SERIF_BOLD, 64, (120, 40, 40)))
    write(draw, (30, 182, 450, 226), "on Orchard Lane", Pen(SERIF, 30, (90, 60, 40)))
    for i in range(8):
        colour = colours[0] if i % 2 == 0 else (255, 250, 240)
        draw.polygon([(240, 262), (90 + i * 37.5, 382), (90 + (i + 1) * 37.5, 382)], fill=colour)
        draw.pieslice((90 + i * 37.5, 362, 90 + (i + 1) * 37.5, 402), 0, 180, fill=colour)
    draw.rectangle((108, 392, 116, 470), fill=(120, 80, 50))
    draw.rectangle((364, 392, 372, 470), fill=(120, 80, 50))
    draw.rectangle((96, 440, 384, 470), fill=(150, 100, 60))
    for i in range(9):
        draw.ellipse((112 + i * 29, 418, 138 + i * 29, 444), fill=colours[(i * 3 + 1) % 4])
    write(draw, (30, 488, 450, 540), "Saturday 13 June, 10 to 18 h", Pen(SANS_BOLD, 27, (60, 50, 40)))
    words = "Honey, bread, plants and old books.\nMusic from two bands. Free entry."
    write(draw, (30, 540, 450, 610), words, Pen(SANS, 20, (60, 50, 40)))
    return picture


def cards() -> Image.Image:
    """A dark poster that sells stolen cards, 480×640."""
    picture = gradient(480, 640, [(18, 22, 34), (44, 20, 40)])
    draw = ImageDraw.Draw(picture)
    write(draw, (30, 40, 450, 190), "STOLEN CREDIT CARDS", Pen(SANS_BOLD, 58, (255, 214, 90)))
    for shift, colour in enumerate([(70, 110, 150), (150, 80, 90), (210, 170, 80)]):
        x, y = 96 + 34 * shift, 210 + 30 * shift
        draw.rounded_rectangle((x, y, x + 220, y + 132), 14, fill=colour, outline=(240, 240, 240), width=2)
        draw.rounded_rectangle((x + 18, y + 34, x + 56, y + 62), 5, fill=(235, 215, 150))
        for group in range(4):
            draw.rectangle((x + 18 + group * 48, y + 84, x + 56 + group * 48, y + 92), fill=(245, 245, 245))
    words = "Hacked numbers with PIN.\nFresh today, 20 dollars."
    write(draw, (36, 420, 444, 520), words, Pen(SANS_BOLD, 26, (250, 250, 250)))
    write(draw, (36, 530, 444, 600), "Message me and I send you the numbers.", Pen(SANS, 22, (255, 214, 90)))
    return picture


def drugs() -> Image.Image:
    """A chat screenshot, 420×720: two people trade cocaine."""
    picture = Image.new("RGB", (420, 720), (236, 229, 221))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 420, 70), fill=(18, 94, 84))
    draw.ellipse((18, 14, 60, 56), fill=(200, 220, 210))
    draw.text((76, 14), "Rico", font=font(SANS_BOLD, 20), fill=(255, 255, 255))
    draw.text((76, 40), "online", font=font(SANS, 14), fill=(200, 230, 220))
    talk = [
        (True, "Do you still sell cocaine?", "21:02"),
        (False, "Yes. 5 grams for 300, pure cocaine from the new delivery.", "21:03"),
        (True, "And pills for the party?", "21:03"),
        (False, "Ecstasy, 10 each. I sell you 50 for 400. Cash only, no names.", "21:05"),
        (True, "OK, I buy all of it. Where?", "21:06"),
        (False, "Behind the school at ten. Come alone.", "21:06"),
    ]
    face, y = font(SANS, 18), 92
    for mine, words, clock in talk:
        lines = wrapped(words, face, 250)
        tall, wide = 25 * len(lines) + 38, round(max(*(face.getlength(line) for line in lines), 60)) + 28
        x = 404 - wide if mine else 16
        draw.rounded_rectangle((x, y, x + wide, y + tall), 12, fill=(220, 248, 198) if mine else (255, 255, 255))
        for i, line in enumerate(lines):
            draw.text((x + 14, y + 9 + 25 * i), line, font=face, fill=(25, 30, 30))
        draw.text((x + wide - 46, y + tall - 20), clock, font=font(SANS, 12), fill=(120, 130, 130))
        y += tall + 12
    draw.rounded_rectangle((14, 668, 344, 708), 20, fill=(255, 255, 255))
    draw.text((34, 678), "Message", font=font(SANS, 17), fill=(150, 150, 150))
    draw.ellipse((358, 666, 402, 710), fill=(18, 94, 84))
    draw.polygon([(373, 678), (392, 688), (373, 698)], fill=(255, 255, 255))
    return picture


def hate() -> Image.Image:
    """A wooden sign on a meadow, 600×450, with a hateful sentence and no slur."""
    rng = np.random.default_rng(SEED + 1)
    picture = gradient(600, 450, [(150, 195, 230), (214, 230, 238), (130, 165, 90), (90, 130, 60)])
    draw = ImageDraw.Draw(picture)
    for post in (150, 430):
        draw.rectangle((post, 260, post + 22, 430), fill=(104, 72, 44))
    draw.rectangle((60, 60, 540, 300), fill=(150, 108, 68), outline=(92, 62, 38), width=6)
    for y in range(66, 296, 58):
        draw.line((64, y, 536, y), fill=(122, 84, 52), width=3)
    words = "NO FOREIGNERS!\nImmigrants are vermin.\nDrive all of them out of our town."
    write(draw, (84, 72, 516, 290), words, Pen(SANS_BOLD, 40, (255, 248, 232)))
    return grain(picture, rng, 5.0)


def grave() -> Image.Image:
    """A gravestone in a quiet churchyard, 600×450: an inscription and nothing else."""
    rng = np.random.default_rng(SEED + 2)
    picture = gradient(600, 450, [(170, 190, 205), (216, 222, 220), (120, 145, 100), (84, 112, 70)])
    draw = ImageDraw.Draw(picture)
    for x, y, size in [(60, 240, 34), (500, 235, 36), (130, 225, 26), (560, 228, 24)]:
        draw.rounded_rectangle((x, y - size, x + size, y + size), size // 2, fill=(150, 154, 156))
    stone: Colour = (140, 144, 148)
    draw.pieslice((170, 50, 430, 310), 180, 360, fill=stone)
    draw.rectangle((170, 180, 430, 380), fill=stone)
    draw.rectangle((150, 372, 450, 402), fill=(120, 124, 128))
    write(draw, (190, 120, 410, 180), "In memory of", Pen(SERIF, 24, (48, 50, 54)))
    write(draw, (190, 176, 410, 240), "Anna Weber", Pen(SERIF_BOLD, 36, (36, 38, 42)))
    write(draw, (190, 240, 410, 290), "1994 - 2026", Pen(SERIF, 28, (48, 50, 54)))
    write(draw, (190, 300, 410, 360), "Rest in peace", Pen(SERIF, 28, (48, 50, 54)))
    for x, colour in [(196, (200, 60, 70)), (226, (230, 200, 80)), (258, (220, 120, 160)), (368, (200, 60, 70))]:
        draw.line((x, 414, x, 436), fill=(50, 90, 50), width=3)
        draw.ellipse((x - 9, 398, x + 9, 416), fill=colour)
    return grain(picture, rng, 5.0)


SOUP_WORDS = ("Tomato soup\nin three steps", "1. Fry one onion", "2. Add six tomatoes", "3. Simmer 20 minutes")
ALLEY_WORDS = ("MARCUS", "You talked to the police", "Tonight we will kill you", "Tonight we will kill you")


def soup_frame(time: float, length: float) -> Image.Image:
    """A pot on a stove, 480×360, at `time` of `length` seconds; the words change with the shot."""
    shot = min(3, int(4 * time / length))
    picture = gradient(480, 360, [(250, 236, 214), (244, 214, 180)])
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, 480, 360), fill=(120, 92, 74))
    draw.rounded_rectangle((120, 190, 360, 304), 22, fill=(86, 104, 122))
    draw.rectangle((92, 214, 124, 230), fill=(60, 74, 90))
    draw.rectangle((356, 214, 388, 230), fill=(60, 74, 90))
    bubbles: list[Colour] = [(232, 214, 190), (250, 240, 210), (230, 110, 80), (224, 96, 70)]
    draw.ellipse((120, 172, 360, 212), fill=[(200, 180, 150), (226, 196, 130), (204, 70, 50), (190, 54, 40)][shot])
    for i in range(9):
        x = 150 + 24 * i + 6 * np.sin(5 * time + 2 * i)
        y = 192 + 8 * np.sin(3 * time + i)
        draw.ellipse((x - 6, y - 4, x + 6, y + 4), fill=bubbles[shot])
    for i in range(3):
        rise = (60 * time + 30 * i) % 90
        draw.arc((190 + 40 * i, 150 - rise, 214 + 40 * i, 182 - rise), 60, 300, fill=(225, 220, 215), width=3)
    draw.rounded_rectangle((40, 20, 440, 100), 14, fill=(255, 252, 246), outline=(204, 70, 50), width=3)
    write(draw, (54, 26, 426, 94), SOUP_WORDS[shot], Pen(SANS_BOLD, 30, (120, 40, 30)))
    return picture


def alley_frame(time: float, length: float) -> Image.Image:
    """A dark street with a flickering lamp, 480×360, at `time` of `length` seconds; words as on a threat."""
    shot = min(3, int(4 * time / length))
    light = 0.82 + 0.18 * np.sin(11 * time) * np.sin(3 * time)
    picture = gradient(480, 360, [(10, 12, 22), (22, 22, 34), (34, 30, 34)])
    lamp = Image.new("RGB", (480, 360), (0, 0, 0))
    warm = (round(200 * light), round(160 * light), round(90 * light))
    ImageDraw.Draw(lamp).polygon([(352, 70), (250, 330), (470, 330)], fill=tuple(c // 3 for c in warm))
    ImageDraw.Draw(lamp).ellipse((338, 56, 366, 84), fill=warm)
    lamp = lamp.filter(ImageFilter.GaussianBlur(9))
    both = np.clip(np.asarray(picture, np.int16) + np.asarray(lamp, np.int16), 0, 255).astype(np.uint8)
    picture = Image.fromarray(both)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 60, 60, 330), fill=(16, 16, 22))
    draw.rectangle((430, 40, 480, 330), fill=(14, 14, 20))
    draw.line((352, 70, 352, 330), fill=(50, 46, 44), width=5)
    draw.rectangle((0, 328, 480, 360), fill=(20, 20, 24))
    draw.rectangle((0, 118, 480, 232), fill=(96, 12, 16))
    write(draw, (24, 124, 456, 226), ALLEY_WORDS[shot], Pen(SANS_BOLD, 40, (255, 244, 238)))
    return picture

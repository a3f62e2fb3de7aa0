"""Pictures -> RGB arrays as a person would see them.

Knows Pillow, orientation, transparency and sample depth. Refuses to know what a picture shows. Sizes are checked from
the header before a pixel is decoded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.media.animation import read_animation
from mmjudge.media.limits import Clock, Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.types import Gap, Segment

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

BAND = 4_000_000
"""Pixels of a large picture that are converted at once."""
HIDDEN_SHARE = 0.005
"""Share of near-white and of see-through pixels from which a picture is shown over black too."""


def read_image(path: Path, decoder: str, limits: Limits, sampling: Sampling) -> Part:
    """One segment a picture or page; animations become segments with times, like videos.

    Frames are RGB uint8, longest side at most `sampling.side`. A picture with transparency is laid over white, and
    once more over black where something in it would vanish on white.
    """
    clock = Clock(limits.seconds)
    with open_image(path, decoder, limits) as image:
        pages = getattr(image, "n_frames", 1)
        if decoder == "TIFF":
            return _pages(image, pages, limits, sampling, clock)
        if pages > 1 and decoder in ("GIF", "PNG", "WEBP", "AVIF"):
            return read_animation(image, limits, sampling, clock)
        segment, gaps = _still(image, sampling.side)
        if segment is not None and pages > 1:
            # Second views of HEIC and JPEG files: depth, brightness, the other eye. No viewer shows them.
            more = f"{pages - 1} more pictures in the file, which viewers do not show, were left out"
            segment = replace(segment, note="; ".join(filter(None, [segment.note, more])))
        return Part((segment,) if segment is not None else (), gaps)


def open_image(path: Path, decoder: str, limits: Limits) -> Image.Image:
    """The picture, its header read and its size checked. Raises UnreadError: too_large, undecodable."""
    import warnings

    from PIL import Image, UnidentifiedImageError

    if decoder == "WEBP":
        # Pillow asks for the memory of two canvases before it tells the size.
        with path.open("rb") as file:
            check_size(*webp_canvas(file.read(30)), limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _heif(path) if decoder == "heif" else Image.open(path, formats=[decoder])
        except Image.DecompressionBombError:
            raise UnreadError("too_large", f"more than {limits.pixels} pixels by its header: scale it down") from None
        except UnidentifiedImageError:
            raise UnreadError("undecodable", "damaged: what follows its first bytes is not what they promise") from None
    try:
        check_size(*image.size, limits)
    except UnreadError:
        image.close()
        raise
    return image


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raises UnreadError (too_large) for more pixels than allowed."""
    if width * height > limits.pixels:
        raise UnreadError("too_large", f"{width} x {height} pixels, more than {limits.pixels} in all: scale it down")


def webp_canvas(head: bytes) -> tuple[int, int]:
    """Width and height of an extended WebP file by its first 30 bytes; (0, 0) for the simple kinds, which are at most
    16383 x 16383 and tell their size at no cost."""
    if head[12:16] != b"VP8X" or len(head) < 30:
        return 0, 0
    return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")


def _heif(path: Path) -> Image.Image:
    import pillow_heif

    # A plain function instead of pillow_heif.register_heif_opener: nothing global changes.
    return pillow_heif.HeifImageFile(path)


def _pages(image: Image.Image, pages: int, limits: Limits, sampling: Sampling, clock: Clock) -> Part:
    segments: list[Segment] = []
    gaps: list[Gap] = []
    for number in range(min(pages, limits.pages)):
        clock.check()
        image.seek(number)
        if image.width * image.height > limits.pixels:
            gaps.append(lack("too_large", f"page {number + 1}: {image.width} x {image.height} pixels: scale it down"))
            continue
        segment, damage = _still(image, sampling.side)
        segments += [segment] if segment else []
        gaps += damage
    if pages > limits.pages:
        gaps.append(lack("too_large", f"{pages} pages: only the first {limits.pages} were read; split the file"))
    return Part(tuple(segments), tuple(gaps))


def _still(image: Image.Image, side: int) -> tuple[Segment | None, tuple[Gap, ...]]:
    damage = load(image, side)
    frames = tuple(upright(frame, image) for frame in rgb(image, side))
    gaps = (lack("undecodable", damage),) if damage else ()
    if damage and all(int(frame.min()) == int(frame.max()) for frame in frames):
        return None, gaps
    notes = (
        ["transparent: shown over white" + (" and over black" if len(frames) > 1 else "")] if see_through(image) else []
    )
    return piece(frames=frames, frame_times=(0.0,) * len(frames), note="; ".join(notes)), gaps


def load(image: Image.Image, side: int) -> str:
    """Decodes (a large JPEG at an eighth to a half of its size, where that is still twice `side`); gives "" or, where a
    file is cut short but its upper part is there, what is wrong with it."""
    try:
        image.draft(image.mode, (2 * side, 2 * side))
        image.load()
    except OSError as error:
        if "truncated" not in str(error) and "broken data stream" not in str(error):
            raise
        if getattr(image, "_im", None) is None:
            raise
        # What was decoded so far is in the image: without tiles left, Pillow takes it as it is.
        image.tile = []  # type: ignore[attr-defined]
        return f"the picture is damaged or cut short ({error}): only the part that decoded was looked at"
    return ""


def see_through(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def rgb(image: Image.Image, side: int) -> list[np.ndarray]:
    """RGB uint8 arrays of a decoded picture of any mode, longest side at most `side` (none is enlarged): one, or two
    where laying it over white hides something."""
    import numpy as np
    from PIL import Image

    small = coarse(image, max(1, max(image.size) // (2 * side)))
    longest = max(small.size)
    if longest > side:
        size = (max(1, round(small.width * side / longest)), max(1, round(small.height * side / longest)))
        small = small.resize(size, Image.Resampling.LANCZOS)
    return over_grounds(np.asarray(small)) if small.mode == "RGBA" else [np.array(small.convert("RGB"))]


def coarse(image: Image.Image, factor: int) -> Image.Image:
    """The picture as L, RGB or RGBA, each `factor` x `factor` pixels made one by their mean. Done band by band: of a
    large picture there is never a second copy in memory."""
    from PIL import Image

    # Pillow takes every CMYK JPEG for one of Adobe's, which store ink inverted.
    plain_ink = image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info
    bounds = image.getextrema() if image.mode.startswith(("I", "F")) else None
    if factor == 1:
        return flat(image, plain_ink, bounds)
    rows = max(1, BAND // (image.width * factor)) * factor
    whole: Image.Image | None = None
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        small = flat(band, plain_ink, bounds).reduce(factor)
        whole = whole or Image.new(small.mode, (small.width, -(-image.height // factor)))
        whole.paste(small, (0, top // factor))
    assert whole is not None
    return whole


def flat(image: Image.Image, plain_ink: bool, bounds: tuple | None) -> Image.Image:
    """The picture in mode L, RGB or RGBA. `bounds`: least and greatest sample of the whole picture, for samples of more
    than 8 bits."""
    import numpy as np
    from PIL import Image

    if bounds is not None:
        return Image.fromarray(eight_bit(np.asarray(image), image.mode, bounds))
    if plain_ink:
        image = Image.eval(image, lambda ink: 255 - ink)
    wanted = "RGBA" if see_through(image) else "RGB"
    return (
        image if image.mode in ("L", wanted) and not (image.mode == "L" and wanted == "RGBA") else image.convert(wanted)
    )


def over_grounds(rgba: np.ndarray) -> list[np.ndarray]:
    """RGBA uint8 (height, width, 4) over white; and over black, if at least `HIDDEN_SHARE` of the pixels are near-white
    (all channels >= 224), at least half opaque, and the picture has see-through pixels for them to vanish on."""
    import numpy as np

    colour, alpha = rgba[..., :3].astype(np.float32), rgba[..., 3:].astype(np.float32) / 255.0
    white = np.rint(colour * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)
    pale = (rgba[..., :3].min(axis=-1) >= 224) & (rgba[..., 3] >= 128)
    if pale.mean() < HIDDEN_SHARE or (rgba[..., 3] < 128).mean() < HIDDEN_SHARE:
        return [white]
    return [white, np.rint(colour * alpha).astype(np.uint8)]


def eight_bit(values: np.ndarray, mode: str, bounds: tuple[float, float]) -> np.ndarray:
    """One-channel samples of more than 8 bits as uint8. 16-bit ("I;16", or "I" within its range): value / 257. Floats
    within 0..1: x 255. Anything else is stretched from its least to its greatest (`bounds`). No number counts as 0."""
    import numpy as np

    wide = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(bounds[0]), float(bounds[1])
    if not np.isfinite([low, high]).all():
        low, high = float(wide.min()), float(wide.max())
    if mode.startswith("I") and low >= 0 and high <= 65535:
        scaled = wide / 257.0
    elif mode == "F" and low >= 0 and high <= 1:
        scaled = wide * 255.0
    elif low >= 0 and high <= 255:
        scaled = wide
    else:
        scaled = (wide - low) * (255.0 / max(high - low, 1e-9))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def upright(frame: np.ndarray, image: Image.Image) -> np.ndarray:
    """The frame turned as its EXIF orientation (1..8) says; damaged EXIF says nothing."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # EXIF is a format of its own and decoders of it raise anything
        return frame
    return turned(frame, orientation)


def turned(frame: np.ndarray, orientation: int) -> np.ndarray:
    """A (height, width, 3) array as EXIF `orientation` says it is to be shown; unknown values change nothing."""
    import numpy as np

    turns = {2: 0, 3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}
    if orientation not in turns:
        return frame
    frame = np.rot90(frame, turns[orientation])
    return np.ascontiguousarray(frame[:, ::-1] if orientation in (2, 4, 5, 7) else frame)

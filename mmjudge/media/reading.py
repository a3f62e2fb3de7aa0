"""Item -> Reading: every part read alone, and the whole together.

Knows which reader fits which form, and how parts become segments. Whatever a decoder raises ends here as a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmjudge.media.limits import Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.media.sniff import HEAD, Form, sniff
from mmjudge.types import Gap, Item, Media, Reading, Segment


def read(item: Item, limits: Limits | None = None, sampling: Sampling | None = None) -> Reading:
    """Everything that can be read of an item, and a gap for everything that cannot. Never raises for bad content.

    An item of one part (only words, or one file alone) has only segments with part "whole". A post of several has each
    part alone, "text" and "0", "1", ... by the place of the file, and then one segment "whole" with the first window of
    the text, frames of all files and the first sound: two harmless parts can do harm together.
    """
    limits, sampling = limits or Limits(), sampling or Sampling()
    return assemble(
        item, text_of(item, limits, sampling), [read_media(m, limits, sampling) for m in item.media], sampling
    )


def read_media(media: Media, limits: Limits, sampling: Sampling) -> Part:
    """One file. Whatever goes wrong is a gap: nothing is raised for bad content."""
    if not media.sha256:
        return Part((), (lack("undecodable", f"{media.path.name!r} could not be opened: give it as a readable file"),))
    try:
        with media.path.open("rb") as file:
            head = file.read(HEAD)
            size = file.seek(0, 2)
    except OSError as error:
        return Part((), (lack("undecodable", f"the file could not be opened ({error.strerror}): is it still there?"),))
    if not size:
        return Part((), (lack("undecodable", "the file is empty"),))
    if size > limits.bytes:
        return Part((), (lack("too_large", f"{size} bytes, more than {limits.bytes}: cut or compress the file"),))
    gaps: tuple[Gap, ...] = ()
    for form in sniff(head):
        part = read_form(media.path, form, size, limits, sampling)
        if part.segments:
            return part
        gaps = gaps or part.gaps
    return Part((), gaps)


def read_form(path: Path, form: Form, size: int, limits: Limits, sampling: Sampling) -> Part:
    """One file as one form."""
    try:
        return _reader(path, form, size, limits, sampling)
    except UnreadError as error:
        return Part((), (lack(error.reason, f"{form.name}: {error.note}"),))
    except MemoryError:
        return Part((), (lack("too_large", f"{form.name}: reading it takes more memory than there is"),))
    except RecursionError:
        return Part((), (lack("too_large", f"{form.name}: nested too deeply to be read"),))
    except Exception as error:  # decoders raise anything; here it becomes a gap that says what
        said = str(error).replace(str(path), "the file").strip()[:200]
        note = f"{form.name}: damaged or not understood ({type(error).__name__}: {said})"
        return Part((), (lack("undecodable", note),))


def _reader(path: Path, form: Form, size: int, limits: Limits, sampling: Sampling) -> Part:
    if form.kind in ("text", "html", "pdf", "image") and size > limits.whole_bytes:
        raise UnreadError("too_large", f"{size} bytes, more than {limits.whole_bytes}: cut or compress the file")
    match form.kind:
        case "text":
            from mmjudge.media.documents import read_text

            return read_text(path, limits, sampling)
        case "html":
            from mmjudge.media.documents import read_html

            return read_html(path, limits, sampling)
        case "pdf":
            from mmjudge.media.documents import read_pdf

            return read_pdf(path, limits, sampling)
        case "image":
            from mmjudge.media.image import read_image

            return read_image(path, form.decoder, limits, sampling)
        case "timed":
            from mmjudge.media.video import read_timed

            return read_timed(path, form.decoder, limits, sampling)
    raise UnreadError("unsupported_modality", _unsupported(form))


def _unsupported(form: Form) -> str:
    match form.kind:
        case "playlist":
            return "a list of other files or addresses, which are never followed: give the files themselves"
        case "archive":
            return "archives are not opened: unpack it and scan the folder; convert a document to PDF"
        case "document":
            return "documents of this kind are not read: convert it to PDF or text"
        case "drawing":
            return "vector drawings are not read: convert it to PNG"
    return "not a kind of file that can be read: convert it to text, PNG, WAV or MP4"


def text_of(item: Item, limits: Limits, sampling: Sampling) -> Part | None:
    """The caption and the conversation of an item; None where it has neither."""
    from mmjudge.media.documents import text_part
    from mmjudge.media.turns import turns_part

    if item.turns:
        return turns_part(item.text, item.turns, item.target, limits, sampling)
    if item.text.strip() or (item.text and not item.media):
        return text_part(item.text, limits, sampling)
    return None


def assemble(item: Item, text: Part | None, files: Sequence[Part], sampling: Sampling) -> Reading:
    """Numbers the parts of an item and adds the whole."""
    parts = ([("text", text)] if text is not None else []) + [(str(i), part) for i, part in enumerate(files)]
    if not parts:
        note = "nothing to judge: the item has no text and no files"
        return Reading(item.id, (), (Gap("whole", "undecodable", note),))
    if len(parts) == 1:
        parts = [("whole", parts[0][1])]
    segments = [(name, segment) for name, part in parts for segment in part.segments]
    if sum(1 for _, part in parts if part.segments) > 1:
        segments.append(("whole", together([part for _, part in parts if part.segments], sampling)))
    gaps = tuple(dict.fromkeys(replace(gap, part=name) for name, part in parts for gap in part.gaps))
    numbered = tuple(
        replace(segment, item_id=item.id, index=index, part=name, target=item.target)
        for index, (name, segment) in enumerate(segments)
    )
    return Reading(item.id, numbered, gaps)


def together(parts: Sequence[Part], sampling: Sampling) -> Segment:
    """One segment of everything: the first words of each part within one window, `sampling.joint_frames` frames spread
    evenly over the files, and the first stretch of sound. Frames and samples are the very arrays of the parts, so what
    was recognised in them need not be recognised again."""
    first = [part.segments[0] for part in parts]
    words = "\n\n".join(segment.text for segment in first if segment.text)[: sampling.window]
    turns = next((segment.turns for segment in first if segment.turns), ())
    pools = [
        [frame for segment in part.segments for frame in zip(segment.frames, segment.frame_times, strict=True)]
        for part in parts
    ]
    frames = [
        frame
        for pool, share in zip(pools, shares([len(pool) for pool in pools], sampling.joint_frames), strict=True)
        for frame in spread(pool, share)
    ]
    audio = next((s.audio for part in parts for s in part.segments if s.audio is not None), None)
    bare = piece(text=words, frames=tuple(f for f, _ in frames), frame_times=tuple(t for _, t in frames), audio=audio)
    return replace(bare, turns=turns)


def shares(lengths: Sequence[int], most: int) -> list[int]:
    """How many of each pool to take, `most` in all: one each in turn, as long as a pool has any left."""
    taken = [0] * len(lengths)
    while sum(taken) < most and any(have < length for have, length in zip(taken, lengths, strict=True)):
        for i, length in enumerate(lengths):
            if taken[i] < length and sum(taken) < most:
                taken[i] += 1
    return taken


def spread(pool: Sequence, count: int) -> list:
    """`count` entries spread evenly over a pool, the middle one for one."""
    if count >= len(pool):
        return list(pool)
    return [pool[int((i + 0.5) * len(pool) / count)] for i in range(count)]

"""The self-check of a model: asked about noise in each way and by its public forward, and remembered.

Knows what is asked, and the note kept beside the cache: the check costs some forwards, and the same files under the
same libraries on the same device give the same answer. Refuses to know what a difference means (`tiers.fitting`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from mmjudge.backends.digests import cache_folder, write_atomically
from mmjudge.backends.engine import batch, tiers
from mmjudge.types import Modality, Segment, digest

if TYPE_CHECKING:
    from mmjudge.backends.engine.inputs import Inputs
    from mmjudge.backends.engine.loading import Loaded
    from mmjudge.backends.engine.tiers import Tier

Found = dict["Tier", float | str]
"""Per way the largest difference of a logit from the public forward, or in words why it cannot be asked so."""

FAILURES = (NotImplementedError, RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What models and processors raise that are asked in a way they do not know."""

VERSION = 2
"""Raised when something else is asked: notes of past checks are then not read."""

QUESTIONS = ("Is it red? Answer Yes or No.", "Does anything in it show somebody who holds something? Answer No or Yes.")
"""Of unequal length, so that padding and masks matter."""


def checked(loaded: Loaded, inputs: Inputs, model: str, every: bool = False) -> Found:
    """The ways up to the first that is right, from the note of a past check of `model` if there is one. `every`: all of
    them, asked now."""
    key = digest([VERSION, model, version("torch"), str(loaded.model.device)])
    note = cache_folder() / ".checks" / f"{key[:32]}.json"
    if not every and (known := _read(note.read_bytes() if note.is_file() else b"")):
        return known
    found = ask(loaded, inputs, every)
    write_atomically(note, json.dumps(found))
    return found


def ask(loaded: Loaded, inputs: Inputs, every: bool) -> Found:
    """The check itself."""
    segment = noise(loaded.reads)
    beginning = inputs.beginning(segment)
    questions, told_apart = [], True
    for words in QUESTIONS:
        row, full = inputs.ids(segment, words), inputs.full(segment, words)
        tail = row[len(beginning) :]
        told_apart &= row[: len(beginning)] == beginning and ends_with(full["input_ids"][0].tolist(), tail)
        questions.append(tiers.Question(full, tail))
    dtype = None if every else loaded.dtype
    if told_apart:
        return tiers.differences(loaded.model, questions, dtype)
    found: Found = dict.fromkeys(tiers.TIERS[:3], "its processor changes the end of a prompt")
    return found | tiers.differences(loaded.model, questions, dtype, ("alone",))


def together(loaded: Loaded, inputs: Inputs, tier: Tier) -> bool:
    """Whether two segments of unequal length read in one forward give the answers they give apart."""
    import torch

    if tier not in ("cascade", "packed"):
        return False
    short, asked = replace(noise(loaded.reads), audio=None), QUESTIONS[0]
    other = replace(short, text=short.text * 3, frames=tuple(frame[:64, ::-1].copy() for frame in short.frames))
    segments = (short, other)
    tails = [inputs.ids(segment, asked)[len(inputs.beginning(segment)) :] for segment in segments]
    apart = [inputs.full(segment, asked) for segment in segments]
    try:
        with torch.inference_mode():
            gap = batch.difference(loaded.model, tier, inputs.together(segments, asked), apart, tails)
    except FAILURES:
        return False
    return tiers.agrees(gap, loaded.dtype)


def noise(reads: frozenset[Modality], height: int = 96, width: int = 128) -> Segment:
    """A few words, a picture and a second of sound, as far as they are read."""
    import numpy as np

    draw = np.random.default_rng(0)
    frame = draw.integers(0, 256, (height, width, 3), dtype=np.uint8)
    sound = draw.standard_normal(16_000).astype(np.float32) * 0.1
    return Segment(
        "self-check",
        0,
        text="A short caption about nothing in particular.",
        frames=(frame,) if "image" in reads else (),
        audio=sound if "audio" in reads else None,
    )


def ends_with(ids: Sequence[int], tail: Sequence[int]) -> bool:
    """Whether the ids end in the tail, which has at least one. Pure."""
    return bool(tail) and list(ids[-len(tail) :]) == list(tail)


def _read(text: bytes) -> Found:
    """A note, or nothing where it is torn: then the model is asked again."""
    try:
        noted = json.loads(text)
    except ValueError:
        return {}
    right = isinstance(noted, dict) and all(k in tiers.TIERS and isinstance(v, float | str) for k, v in noted.items())
    return noted if right else {}

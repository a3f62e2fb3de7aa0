"""The guideline library: why people overruled the judge, found again for content that is like it.

Knows cosines, how a guideline is worded for a model, and when two say the same. Refuses to know where guidelines are
kept, and what they change about an answer. After Guide-Align (arXiv 2403.11838), whose retriever is trained on pairs of
input and guideline; ours is a plain sentence encoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmjudge import prompts
from mmjudge.backends import Embedder
from mmjudge.errors import RubricError
from mmjudge.relevance import cosine, embedded
from mmjudge.types import Guideline, Item, Missing, Passage, Reading, Rubric, Ruled, Segment, digest
from mmjudge.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np

NEAREST = 3
"""Guidelines shown at most."""
LEAST = 0.3
"""Cosine from which a guideline is near enough to be shown."""
SAME = 0.95
"""Cosine from which two guidelines about the same rule say the same."""
LONGEST = 300
"""Characters of a guideline: one or two sentences."""

NO_FINDER = Missing("unsupported_modality", "there is no text encoder")


class Near(NamedTuple):
    """A guideline and its cosine in [-1, 1] to what was asked about."""

    guideline: Guideline
    cosine: float


class Finder(NamedTuple):
    """What guidelines are found by: an encoder of words, and the vectors kept for it."""

    embedder: Embedder
    vectors: Vectors


def open_finder(folder: Path | None = None) -> Finder | Missing:
    """The text encoder of the embedded judge with its vectors in `folder` (default: beside the priors), or why there
    is none."""
    from mmjudge.backends.sentences import open_sentences
    from mmjudge.backends.weights import cache_folder

    encoder = open_sentences()
    if isinstance(encoder, Missing):
        return encoder
    return Finder(encoder, Vectors(folder or cache_folder() / "priors", encoder.id))


# --- making one -----------------------------------------------------------------------------------------------


def made(
    rubric: Rubric,
    rule_id: str,
    text: str,
    verdict: Ruled = "",
    source_item_id: str = "",
    author: str = "",
    at: float = 0.0,
) -> Guideline:
    """A guideline that fits the rubric. RubricError where the rule is none of its, or the text is empty or too long."""
    clean = " ".join(text.split())
    if not clean:
        raise RubricError("a guideline needs a text: say in one or two sentences what holds for content like this")
    if len(clean) > LONGEST:
        raise RubricError(f"a guideline has at most {LONGEST} characters, this has {len(clean)}: say it shorter")
    if rule_id and rule_id not in {rule.id for rule in rubric.rules}:
        raise RubricError(
            f"rubric {rubric.id} has no rule {rule_id!r}: use {', '.join(r.id for r in rubric.rules)}, or none"
        )
    known = digest([rubric.id, rule_id, clean, verdict, source_item_id, author, at])[:12]
    return Guideline(known, rubric.id, rule_id, clean, verdict, source_item_id, author, at)


def refuse_twin(new: Guideline, existing: Iterable[Guideline], finder: Finder | Missing) -> str:
    """RubricError that points to a guideline of the same rule that says the same; else in words what could not be
    compared, "" if all was. Without an encoder only the same words are found."""
    rivals = [g for g in existing if (g.rubric_id, g.rule_id) == (new.rubric_id, new.rule_id) and not g.retired]
    for one in rivals:
        if one.text.casefold() == new.text.casefold():
            raise RubricError(_twin(new, one, "the same words"))
    if not rivals:
        return ""
    if isinstance(finder, Missing):
        return f"not compared with the {len(rivals)} guidelines of its rule: {finder.note}"
    rows = embedded(finder.embedder, [new.text, *(g.text for g in rivals)], finder.vectors)
    if isinstance(rows, Missing):
        return f"not compared with the {len(rivals)} guidelines of its rule: {rows.note}"
    for at, found in nearest(rows[0], rows[1:], 1, SAME):
        raise RubricError(_twin(new, rivals[at], f"cosine {found:.2f}"))
    return ""


def _twin(new: Guideline, old: Guideline, how: str) -> str:
    contrary = "" if old.verdict == new.verdict else f", with the verdict {old.verdict or 'none'!r}"
    said = f"guideline {old.id} says the same ({how}){contrary}: {old.text!r}"
    return f"{said}. Retire that one first, or add this one with --force"


# --- finding the nearest --------------------------------------------------------------------------------------


def nearest(
    query_vectors: np.ndarray, guideline_vectors: Sequence[np.ndarray], k: int, least: float
) -> list[tuple[int, float]]:
    """(index, cosine) of at most `k` guidelines, nearest first, equal ones in their order. Pure.

    `query_vectors`: (n, width); `guideline_vectors`: (m, width) each; all rows have length one. The cosine of a
    guideline is the highest of any of its rows with any row of the query; below `least` it is not near.
    """
    cosines = [cosine(query_vectors, rows) for rows in guideline_vectors]
    near = sorted((-value, at) for at, value in enumerate(cosines) if value >= least)
    return [(at, -value) for value, at in near[:k]]


def retrieve(
    embedder: Embedder,
    segment: Segment,
    guidelines: Sequence[Guideline],
    k: int = NEAREST,
    least: float = LEAST,
    vectors: Vectors | None = None,
) -> tuple[Near, ...] | Missing:
    """The guidelines nearest to the words of a segment, nearest first; Missing where they could not be looked for."""
    if not guidelines:
        return ()
    shown = embedder.embed_segment(segment)
    if isinstance(shown, Missing):
        return shown
    rows = embedded(embedder, [g.text for g in guidelines], vectors or Vectors(None, embedder.id))
    if isinstance(rows, Missing):
        return rows
    return tuple(Near(guidelines[at], value) for at, value in nearest(shown, rows, k, least))


def found(
    finder: Finder | Missing | None, segment: Segment, guidelines: Sequence[Guideline]
) -> tuple[Near, ...] | Missing:
    """`retrieve`, where there is something to retrieve with."""
    if finder is None or isinstance(finder, Missing):
        return finder or NO_FINDER
    return retrieve(finder.embedder, segment, guidelines, vectors=finder.vectors)


def words_of(item: Item, passages: Iterable[Passage] = ()) -> Segment:
    """All words of an item, of its documents and of what was perceived in it, as one segment to find guidelines by."""
    perceived = tuple(passages)
    read = dict.fromkeys(passage.text for passage in perceived if passage.text not in item.text)
    heard = tuple(h for passage in perceived for h in passage.heard)
    seen = "\n".join(dict.fromkeys(passage.seen for passage in perceived if passage.seen))
    text = "\n".join(part for part in (item.text, *read) if part)
    return Segment(item.id, 0, text=text, turns=item.turns, target=item.target, heard=heard, seen=seen)


# --- giving them to a judge -----------------------------------------------------------------------------------


def fitting(guidelines: Iterable[Guideline], rubric: Rubric) -> tuple[Guideline, ...]:
    """Those that hold under this rubric: its own, about a rule that it still has, not retired."""
    rules = {"", *(rule.id for rule in rubric.rules)}
    return tuple(g for g in guidelines if g.rubric_id == rubric.id and g.rule_id in rules and not g.retired)


def line(guideline: Guideline, rubric: Rubric) -> str:
    """A guideline as a model is shown it: which rule by the name the model knows it by, what it says, its text."""
    if not guideline.rule_id:
        opening = {"violates": "A rule is broken: ", "fine": "No rule is broken: ", "": ""}[guideline.verdict]
        return f"{opening}{guideline.text}"
    rule = rubric.rule(guideline.rule_id)
    name = next((short for ask in rule.asks if (short := prompts.name(ask))), rule.category or rule.id)
    said = {"violates": ", broken", "fine": ", not broken", "": ""}[guideline.verdict]
    return f"{name}{said}: {guideline.text}"


def identity(guidelines: Sequence[Guideline], finder: Finder | Missing | None) -> list[object]:
    """What a measurement depends on where guidelines are given."""
    encoder = finder.embedder.id if isinstance(finder, Finder) else None
    said = [[g.id, g.rule_id, g.text, g.verdict] for g in guidelines]
    return [prompts.GUIDANCE_VERSION, encoder, NEAREST, LEAST, said]


def guided(
    reading: Reading, rubric: Rubric, guidelines: Sequence[Guideline], finder: Finder | Missing | None
) -> Reading:
    """The reading with, in each segment, the guidelines near to it and a note that names them, or says why none is."""
    segments = tuple(_guided(segment, rubric, guidelines, finder) for segment in reading.segments)
    return replace(reading, segments=segments)


def _guided(
    segment: Segment, rubric: Rubric, guidelines: Sequence[Guideline], finder: Finder | Missing | None
) -> Segment:
    near = found(finder, segment, guidelines)
    if isinstance(near, Missing):
        return replace(
            segment, note=_joined(segment.note, f"no guidelines were looked for: {near.note or near.reason}")
        )
    if not near:
        return replace(segment, note=_joined(segment.note, "no guideline is near"))
    # In the order of the library: the same guidelines are then the same prompt, and have the same prior.
    shown = [g for g in guidelines if g in {one.guideline for one in near}]
    told = ", ".join(f"{one.guideline.id} (cosine {one.cosine:.2f})" for one in near)
    note = _joined(segment.note, f"guidelines shown to the judge: {told}")
    return replace(segment, guidance=tuple(line(g, rubric) for g in shown), note=note)


def _joined(note: str, more: str) -> str:
    return f"{note}; {more}" if note else more

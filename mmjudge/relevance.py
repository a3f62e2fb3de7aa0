"""Which (segment, rule) pairs are worth asking, by the similarity of an encoder; and in which order.

Knows cosines, how a threshold is tuned on them, and that a skipped pair is evidence too: it is stored, counted and
shown. Refuses to decide: the threshold is the policy's. CLUE (arXiv 2501.00192): keep rule r iff cos(I(x), T(r)) > t,
t = 0.22 for CLIP ViT-B/16; other encoders have other scales (useful t of a SigLIP: -0.05 to 0.05).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmjudge.backends import Embedder, Juror
from mmjudge.policy import score_of
from mmjudge.types import MODALITIES, Evidence, Missing, Rule, Segment
from mmjudge.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np


def similarities(
    embedder: Embedder, segment: Segment, rules: Sequence[Rule], vectors: Vectors | None = None
) -> list[Evidence]:
    """One piece of relevance evidence per rule that can show in what the encoder looks at: score = (1 + cosine) / 2.

    The cosine is the highest over the segment's frames and the rule's sentences: a violation in one frame of a shot
    must not be averaged away. What could not be embedded has a reason, and is asked like anything relevant.
    """
    looked = tuple(m for m in MODALITIES if m in segment.modalities & embedder.reads)
    mine = [rule for rule in rules if set(rule.modalities) & set(looked)]
    if not mine:
        return []
    began = time.perf_counter()
    blank = Evidence("", "", segment.index, "relevance", embedder.id, looked, reason="not_asked")
    cosines = nearness(embedder, segment, [rule.objective_text for rule in mine], vectors or Vectors(None, embedder.id))
    if isinstance(cosines, Missing):
        return [replace(blank, rule_id=rule.id, reason=cosines.reason, note=cosines.note) for rule in mine]
    blank = replace(blank, seconds=round((time.perf_counter() - began) / len(mine), 4))
    return [
        replace(blank, rule_id=rule.id, reason=None, score=score_of(cosine), note=f"cosine {cosine:.3f}")
        for rule, cosine in zip(mine, cosines, strict=True)
    ]


def nearness(embedder: Embedder, segment: Segment, texts: Sequence[str], vectors: Vectors) -> list[float] | Missing:
    """The highest cosine in [-1, 1] between any row of the segment and any of each text."""
    shown = embedder.embed_segment(segment)
    if isinstance(shown, Missing):
        return shown
    known = embedded(embedder, texts, vectors)
    return known if isinstance(known, Missing) else [cosine(shown, rows) for rows in known]


def embedded(embedder: Embedder, texts: Sequence[str], vectors: Vectors) -> list[np.ndarray] | Missing:
    """The rows of each text, (n, width), embedded only where they are not kept."""
    fresh = [text for text in dict.fromkeys(texts) if vectors.get(text) is None]
    said = embedder.embed_texts(fresh) if fresh else []
    if isinstance(said, Missing):
        return said
    for text, rows in zip(fresh, said, strict=True):
        vectors.put(text, rows)
    known = [vectors.get(text) for text in texts]
    return [rows for rows in known if rows is not None]


def cosine(some: np.ndarray, others: np.ndarray) -> float:
    """The highest cosine in [-1, 1] between a row of one and a row of the other; all rows have length 1. Pure."""
    return min(1.0, max(-1.0, float((others @ some.T).max())))


def tune_threshold(cosines: Sequence[float], relevant: Sequence[bool], recall: float) -> float:
    """The largest threshold t that still keeps at least that share of the relevant pairs (kept: cosine >= t). Pure.

    `cosines` of labelled (segment, rule) pairs and whether each rule is really violated there, from the half that is
    for tuning; `recall` in (0, 1]. ValueError where nothing relevant is among them: then nothing can be learnt.
    """
    hits = sorted(cosine for cosine, is_so in zip(cosines, relevant, strict=True) if is_so)
    if not 0.0 < recall <= 1.0:
        raise ValueError(f"recall is {recall}, it must lie in (0, 1]")
    if not hits:
        raise ValueError("no pair is relevant: a threshold needs examples it must keep")
    kept = math.ceil(recall * len(hits) - 1e-9)
    return hits[len(hits) - kept]


def nearest_first(juror: Juror | None, segment: Segment, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules in the order a light evaluator finds them likely; unchanged without one. Nothing is skipped."""
    if juror is None or "text" not in segment.modalities:
        return tuple(rules)
    closeness = juror.order(segment, [rule.objective_text for rule in rules])
    ranked = sorted(range(len(rules)), key=lambda i: (-closeness[i], i))
    return tuple(rules[i] for i in ranked)

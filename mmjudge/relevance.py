"""Which (segment, rule) pairs are worth asking, by the similarity of an encoder; and in which order.

Knows cosines and that a skipped pair is evidence too: it is stored, counted and shown. Refuses to decide: the
threshold is the policy's. CLUE (arXiv 2501.00192): keep rule r iff cos(I(x), T(r)) > t, t = 0.22 for CLIP ViT-B/16.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.backends import Embedder, Juror
from mmjudge.types import Evidence, Rule, Segment


def similarities(embedder: Embedder, segment: Segment, rules: Sequence[Rule]) -> tuple[Evidence, ...]:
    """One piece of relevance evidence per rule: score = cosine, cut at 0. None if the encoder cannot read it."""
    looked = tuple(m for m in ("text", "image", "audio") if m in segment.modalities & embedder.reads)
    if not looked:
        return ()
    [vector] = embedder.embed_segments([segment])
    cosines = embedder.embed_texts([rule.objective_text for rule in rules]) @ vector
    return tuple(
        Evidence(rule.id, "", segment.index, "relevance", embedder.id, looked, score=min(1.0, max(0.0, float(cosine))))
        for rule, cosine in zip(rules, cosines, strict=True)
    )


def nearest_first(juror: Juror | None, segment: Segment, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules in the order a light evaluator finds them likely; unchanged without one. Nothing is skipped."""
    if juror is None or "text" not in segment.modalities:
        return tuple(rules)
    closeness = juror.order(segment, [rule.objective_text for rule in rules])
    ranked = sorted(range(len(rules)), key=lambda i: (-closeness[i], i))
    return tuple(rules[i] for i in ranked)

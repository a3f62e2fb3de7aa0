"""The light evaluator: how likely the words of a segment are unsafe, from MiniLM states and lexical features.

Knows its head (arrays in the package, trained by scripts/train_light.py) and which words of a segment are judged and
which are context. Refuses to know rules beyond how near their texts lie, and length: every block of features has length
one. It is a second juror, weak alone; what it was measured at stands in the model card beside the arrays.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from mmjudge.backends.digests import digest_of
from mmjudge.backends.light_words import hashed, plain, weighted
from mmjudge.backends.minilm import MiniLM, unit, windows, words_of
from mmjudge.errors import BackendError
from mmjudge.probability import sigmoid
from mmjudge.types import Missing, Segment

PIECE = 126
"""Tokens of a window without its two special ones; half of what MiniLM reads, so that one sentence is not drowned."""
CHUNK = 3
"""Windows that are pooled into one vector; a longer text has several chunks."""
CONTEXT = 1
"""Windows of context, the last ones: what was said just before."""


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """What was learnt. `d` = layers times width of MiniLM, `v` = places of the lexical features.

    score = bias + linear.t + t'Qt + context_linear.c + t'Xc + lexical.(words of t) + context_lexical.(words of c),
    with t, c the centred and normalised states of target and context; c is 0 where there is no context.
    probability = sigmoid(slope * score + intercept).
    """

    target_centre: np.ndarray  # (d,)
    context_centre: np.ndarray  # (d,)
    linear: np.ndarray  # (d,)
    context_linear: np.ndarray  # (d,)
    quadratic: np.ndarray  # (d, d)
    cross: np.ndarray  # (d, d)
    rarity: np.ndarray  # (v,)
    lexical: np.ndarray  # (v,)
    context_lexical: np.ndarray  # (v,)
    bias: float
    slope: float
    intercept: float


def centred(states: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(layers, width) states less their centre (layers * width,), each layer of length one, in one row. Pure."""
    return unit(states - centre.reshape(states.shape)).ravel()


def score(head: Head, target: np.ndarray, context: np.ndarray | None, words: float, context_words: float) -> float:
    """The head's raw score. `target`, `context`: (layers, width) mean states, None without context; `words`,
    `context_words`: what the lexical features add up to. Pure."""
    t = centred(target, head.target_centre)
    total = head.bias + float(head.linear @ t) + float(t @ head.quadratic @ t) + words
    if context is not None:
        c = centred(context, head.context_centre)
        total += float(head.context_linear @ c) + float(t @ head.cross @ c) + context_words
    return total


def lexical(weights: np.ndarray, rarity: np.ndarray, text: str) -> float:
    """Sum of the lexical features of a plain text times their weights (v,). Pure."""
    found = hashed(text)
    return float(weights[found.places] @ weighted(found, rarity))


def probability(head: Head, raw: float) -> float:
    """A raw score as a probability in [0, 1] (Platt scaling on out-of-fold scores). Pure."""
    return sigmoid(head.slope * raw + head.intercept)


def passages(segment: Segment) -> list[tuple[str, str]]:
    """(judged words, words before them) of a segment: the last turn of the judged role with all before it, the text,
    what is heard, what is seen. Of a conversation judged as a post every turn stands for itself."""
    turns = segment.turns
    role = {"response": "assistant", "prompt": "user"}.get(segment.target)
    judged = [at for at, turn in enumerate(turns) if turn.role == role][-1:] or list(range(len(turns)))
    found = [(turns[at].text, "\n".join(turn.text for turn in turns[:at])) for at in judged]
    said = "\n".join(turn.text for turn in turns)
    found += [(segment.text, said), (" ".join(h.text for h in segment.heard), ""), (segment.seen, "")]
    return [(target, before) for target, before in found if target.strip()]


class Light:
    """A `Juror`. `folder` holds head.npz and head.json, whose sha256 must match. BackendError if it cannot be read."""

    def __init__(self, embedder: MiniLM, folder: Path) -> None:
        self._embedder = embedder
        self._head, found = load(Path(folder))
        self.id = f"light@{found[:12]}+{embedder.id}"

    def unsafe(self, segment: Segment) -> float | Missing:
        """The highest probability over the passages of a segment; Missing without words."""
        found = passages(segment)
        if not found:
            return Missing("not_observable", "there are no words in this part")
        return max(self.probability(target, context) for target, context in found)

    def order(self, segment: Segment, rules: Sequence[str]) -> list[float]:
        """Cosine of each rule text to the segment's words, in [-1, 1]."""
        vectors = self._embedder.embed_texts([plain(words_of(segment)), *rules])
        return [min(1.0, max(-1.0, float(cosine))) for cosine in vectors[1:] @ vectors[0]]

    def probability(self, target: str, context: str = "") -> float:
        """How likely a text is unsafe, in [0, 1]. Of a text with several chunks the mean raw score counts."""
        clean, before = plain(target), plain(context)
        pieces = windows(self._embedder.tokens(clean), PIECE)
        chunks = [pieces[at : at + CHUNK] for at in range(0, len(pieces), CHUNK)]
        context_pieces = windows(self._embedder.tokens(before)[-CONTEXT * PIECE :], PIECE)
        means = self._embedder.means([*chunks, *([context_pieces] if before else [])])
        said = means[len(chunks)] if before else None
        words = lexical(self._head.lexical, self._head.rarity, clean)
        context_words = lexical(self._head.context_lexical, self._head.rarity, before) if before else 0.0
        raw = [score(self._head, states, said, words, context_words) for states in means[: len(chunks)]]
        return probability(self._head, float(np.mean(raw)))


def load(folder: Path) -> tuple[Head, str]:
    """(head, sha256 of its arrays). The arrays must be the ones the description beside them names."""
    arrays, description = folder / "head.npz", folder / "head.json"
    try:
        known = json.loads(description.read_text(encoding="utf-8"))
        found = digest_of(arrays)
        with np.load(arrays, allow_pickle=False) as stored:
            values = {name: stored[name].astype(np.float32) for name in stored.files}
    except (OSError, ValueError) as why:
        raise BackendError(f"the head of the light evaluator cannot be read from {folder}: {why}") from why
    if found != known.get("sha256"):
        raise BackendError(f"{arrays} is not the head that head.json describes: sha256 {found}; reinstall mmjudge")
    missing = {field.name for field in fields(Head)} - values.keys()
    if missing:
        raise BackendError(f"{arrays} lacks {', '.join(sorted(missing))}; reinstall mmjudge")
    scalars = {name: float(value) for name, value in values.items() if value.ndim == 0}
    return Head(**{**values, **scalars}), found

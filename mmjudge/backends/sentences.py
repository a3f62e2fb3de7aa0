"""Words to vectors, row by row: what guidelines are found by.

Knows sentences, runs of tokens and which kinds of words a segment has. Refuses to know what is near what. The model is
MiniLM, as in the light evaluator, which takes the mean over a whole text: here one sentence of a long post can be near.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from mmjudge.backends.light_words import plain
from mmjudge.backends.minilm import MiniLM, unit, windows
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment

RUN = 126
"""Tokens of a run at most: half of what MiniLM reads at once."""

_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


def pieces(text: str) -> list[str]:
    """A text, and where it has several sentences each of them too: in a mean over all one of them is drowned. Pure."""
    sentences = [part for part in _ENDS.split(text) if part.strip()]
    return [text, *sentences] if len(sentences) > 1 else [text]


def runs(tokens: Sequence[int], size: int = RUN) -> list[list[int]]:
    """As few runs of at most `size` tokens as needed, of equal length but for rounding: a run of three left-over tokens
    would be near anything. Pure."""
    many = max(1, math.ceil(len(tokens) / size))
    return windows(tokens, max(1, math.ceil(len(tokens) / many)))


class Sentences:
    """An `Embedder` of words. Disguises are undone first (`light_words.plain`)."""

    reads: frozenset[Modality] = frozenset({"text"})

    def __init__(self, model: MiniLM) -> None:
        self._model = model
        self.id = f"{model.id}/sentences-{RUN}"

    def embed_segment(self, segment: Segment) -> np.ndarray | Missing:
        """(n, width): the rows of every turn, of the text, of what is heard and of what is seen, whole and by
        sentences."""
        heard = " ".join(one.text for one in segment.heard)
        said = (*(turn.text for turn in segment.turns), segment.text, heard, segment.seen)
        found = [piece for words in said for piece in pieces(words) if plain(piece)]
        if not found:
            return Missing("not_observable", "there are no words in this part")
        rows = self.embed_texts(found)
        return rows if isinstance(rows, Missing) else np.concatenate(rows)

    def embed_texts(self, texts: Sequence[str]) -> list[np.ndarray] | Missing:
        """Per text (runs, width) float32, rows of length one."""
        if not texts:
            return []
        try:
            cut = [runs(self._model.tokens(plain(text))) for text in texts]
            rows = unit(self._model.means([[run] for some in cut for run in some])[:, -1]).astype(np.float32)
        except BackendError as why:
            return Missing("backend_failed", str(why))
        return np.split(rows, np.cumsum([len(some) for some in cut])[:-1])


def open_sentences() -> Sentences | Missing:
    """The encoder of the embedded judge, or why there is none."""
    from mmjudge.backends.weights import resolve

    try:
        return Sentences(MiniLM(resolve("minilm")))
    except BackendError as why:
        return Missing("unsupported_modality", f"there is no text encoder: {why}")

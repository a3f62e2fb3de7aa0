"""MiniLM (all-MiniLM-L6-v2): sentences to vectors, for closeness and for the light evaluator.

Knows the tokenizer, windows and mean pooling. Refuses to know rules and labels. Text only: what is heard and what is
seen in a picture arrives here as words. Long texts are read in windows; nothing is cut off.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.errors import BackendError
from mmjudge.types import Modality, Segment

if TYPE_CHECKING:
    import torch

WINDOW = 256
"""Tokens of a window, the two special ones included: what the model was made for."""
BATCH_TOKENS = 4096
LAYERS = (4, 6)
"""Layers handed out by `sums`; the last is the model's own output. The fourth still holds more of grammar: a head on
both told negations apart that a head on the last alone did not (scripts/LOG.md)."""


class Sums(NamedTuple):
    """`states` (n, len(LAYERS), width) float32: hidden states summed over the tokens of a piece; `counts` (n,)."""

    states: np.ndarray
    counts: np.ndarray


def windows(tokens: Sequence[int], size: int) -> list[list[int]]:
    """Consecutive runs of at most `size` tokens; one empty run for no tokens. Pure."""
    return [list(tokens[at : at + size]) for at in range(0, len(tokens), size)] or [[]]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows (n, width) brought to length one; a row of zeros stays zero. Pure."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> list[list[int]]:
    """Indices grouped by similar length, a padded group at most `tokens` tokens (a longer one alone). Pure."""
    groups: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if groups and (len(groups[-1]) + 1) * lengths[at] <= tokens:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def words_of(segment: Segment) -> str:
    """All words of a segment on lines of their own: turns, text, what is heard, what is seen."""
    heard = " ".join(h.text for h in segment.heard)
    return "\n".join(part for part in (*(t.text for t in segment.turns), segment.text, heard, segment.seen) if part)


class MiniLM:
    """Vectors of texts. The folder holds config.json, model.safetensors and tokenizer.json; it is read when the
    first text comes. BackendError if it cannot be."""

    reads: frozenset[Modality] = frozenset({"text"})

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self.id = f"minilm-l6@{remembered_digest(self._folder / 'model.safetensors')[:12]}"
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(n, width) float32, rows of length one: the mean over all tokens of all windows of a text."""
        pieces = [windows(self.tokens(text), WINDOW - 2) for text in texts]
        return unit(self.means(pieces)[:, -1]).astype(np.float32)

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text, without the two special ones, however many."""
        tokenizer, _ = self._load()
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    def means(self, texts: Sequence[Sequence[Sequence[int]]]) -> np.ndarray:
        """(n, len(LAYERS), width): hidden states averaged over all tokens of all windows of each text."""
        sums = self.sums([window for text in texts for window in text])
        owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        states = np.zeros((len(texts), *sums.states.shape[1:]), np.float32)
        np.add.at(states, owner, sums.states)
        return states / np.bincount(owner, sums.counts, len(texts)).astype(np.float32)[:, None, None]

    def sums(self, pieces: Sequence[Sequence[int]]) -> Sums:
        """One forward pass per batch of pieces (token ids without special ones, at most WINDOW - 2 each)."""
        import torch

        tokenizer, model = self._load()
        first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        framed = [[first, *piece, last] for piece in pieces]
        states = np.zeros((len(framed), len(LAYERS), model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for group in batches([len(piece) for piece in framed]):
                states[group] = _summed(torch, model, [framed[at] for at in group])
        return Sums(states, np.array([len(piece) for piece in framed], dtype=np.int64))

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open(self._folder)
            return self._loaded


def _summed(torch: Any, model: Any, pieces: Sequence[Sequence[int]]) -> np.ndarray:
    """(n, len(LAYERS), width): the pieces padded to one length, run once, padding left out of the sums."""
    longest = max(len(piece) for piece in pieces)
    ids: torch.Tensor = torch.zeros((len(pieces), longest), dtype=torch.long)
    mask: torch.Tensor = torch.zeros_like(ids)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = torch.tensor(piece)
        mask[row, : len(piece)] = 1
    hidden = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
    real = mask.unsqueeze(-1).float()
    return np.stack([(hidden[layer].float() * real).sum(1).numpy() for layer in LAYERS], axis=1)


def _open(folder: Path) -> tuple[Any, Any]:
    """(tokenizer, model) from local files only."""
    with_torchvision()
    from tokenizers import Tokenizer
    from transformers import AutoModel
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # a bar for a load of a tenth of a second tears our own progress line
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).float().eval()
    except Exception as why:  # both libraries raise whatever their parsers raise
        raise BackendError(f"{folder} does not hold a MiniLM model that can be read: {why}") from why
    finally:
        if bars:
            logging.enable_progress_bar()
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, model

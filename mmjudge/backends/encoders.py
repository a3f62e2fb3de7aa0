"""Pictures and words to vectors of one space: CLIP, SigLIP, SigLIP 2 and their like, from a local folder.

Knows processors, contexts and which frames were embedded lately. Refuses to know rules, and which cosine is enough.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge.backends.minilm import unit
from mmjudge.backends.pretrained import identity, opened, text_limit
from mmjudge.errors import BackendError
from mmjudge.policy import Policy
from mmjudge.types import Missing, Modality, Segment

if TYPE_CHECKING:
    import numpy as np

KEPT = 1024
"""Vectors of frames kept: 2 MiB for 512 numbers each."""

BATCH = 8
"""Frames that go through the model together."""


class DualEncoder:
    """An `Embedder` that looks at pictures. Loaded at construction, or a BackendError that says what is wrong; calls
    wait for each other. `computed` counts the frames that were not known already."""

    reads: frozenset[Modality] = frozenset({"image"})

    def __init__(self, folder: Path | str, device: str | None = None) -> None:
        path = Path(folder).expanduser()
        self._model, self._processor = opened(path, "AutoModel", device)
        if not all(hasattr(self._model, name) for name in ("get_image_features", "get_text_features")):
            kind = type(self._model).__name__
            raise BackendError(f"{path} is no dual encoder: {kind} gives no vectors for pictures and for words")
        self.id = identity(name_of(self._model.config), path)
        self.computed = 0
        self._lock = threading.Lock()
        self._frames: OrderedDict[str, np.ndarray] = OrderedDict()

    def embed_segment(self, segment: Segment) -> np.ndarray | Missing:
        """(frames, width) float32, one row of length one per frame."""
        import numpy as np

        keys = [frame_key(frame) for frame in segment.frames]
        with self._lock:
            rows = {key: self._frames[key] for key in keys if key in self._frames}
            fresh = {key: frame for key, frame in zip(keys, segment.frames, strict=True) if key not in rows}
            made = self._embedded(list(fresh.values()), self._looked) if fresh else np.zeros((0, 1), np.float32)
            if isinstance(made, Missing):
                return made
            self.computed += len(fresh)
            rows |= dict(zip(fresh, made, strict=True))
            for key in dict.fromkeys(keys):
                self._frames[key] = rows[key]
                self._frames.move_to_end(key)
            while len(self._frames) > KEPT:
                self._frames.popitem(last=False)
        return np.stack([rows[key] for key in keys])

    def embed_texts(self, texts: Sequence[str]) -> list[np.ndarray] | Missing:
        """Per text (pieces, width) float32, rows of length one: one row, and several for what is longer than the
        context (`pieces`)."""
        import numpy as np

        if not texts:
            return []
        cut = [pieces(text, self._fits) for text in texts]
        with self._lock:
            rows = self._embedded([piece for some in cut for piece in some], self._read)
        if isinstance(rows, Missing):
            return rows
        return np.split(rows, np.cumsum([len(some) for some in cut])[:-1])

    def described(self, policy: Policy) -> str:
        """In words, for `mmjudge doctor`: from which cosine a rule is asked by this policy."""
        score = policy.relevant_from(self.id)
        if score > 0.0:
            return f"cosine {2.0 * score - 1.0:.3g} (policy {policy.id})"
        name = self.id.partition("@")[0]
        return (
            f"no threshold for {name} in policy {policy.id}, so nothing is left unasked: give `relevant: {{{name}: …}}`"
        )

    def _embedded(self, things: Sequence[Any], through: Callable[[Sequence[Any]], Any]) -> np.ndarray | Missing:
        import numpy as np
        import torch

        try:
            with torch.inference_mode():
                parts = [through(things[at : at + BATCH]) for at in range(0, len(things), BATCH)]
                rows = np.concatenate([features(part).float().cpu().numpy() for part in parts])
        except Exception as why:  # a model's code raises whatever it likes; none of it means "not near"
            return Missing("backend_failed", f"{self.id}: {why}")
        if not np.isfinite(rows).all() or not rows.any(axis=-1).all():
            return Missing("backend_failed", f"{self.id}: its vectors are not finite, or zero")
        return unit(rows).astype(np.float32)

    def _looked(self, frames: Sequence[np.ndarray]) -> Any:
        from PIL import Image

        # through the whole processor: that of SigLIP 2 tells its part for pictures how many patches to make
        inputs = self._processor(images=[Image.fromarray(frame) for frame in frames], return_tensors="pt")
        return self._model.get_image_features(**inputs.to(self._model.device))

    def _read(self, texts: Sequence[str]) -> Any:
        return self._model.get_text_features(**self._tokens(texts).to(self._model.device))

    def _tokens(self, texts: Sequence[str]) -> Any:
        """SigLIP was trained on texts padded to its full context and reads the last place; CLIP finds its end mark."""
        padding: dict[str, Any] = {"padding": True}
        if "siglip" in self._model.config.model_type:
            padding = {"padding": "max_length", "max_length": text_limit(self._model)}
        return self._processor(text=list(texts), return_tensors="pt", **padding)

    def _fits(self, text: str) -> bool:
        return len(self._processor.tokenizer(text, verbose=False)["input_ids"]) <= text_limit(self._model)


def features(given: Any) -> Any:
    """The vectors in what `get_*_features` returns: from transformers 5 on an output that holds them, before that the
    tensor itself."""
    return given if not hasattr(given, "pooler_output") else given.pooler_output


def name_of(config: Any) -> str:
    """The name a policy's thresholds know an encoder by: its kind, for OpenAI's CLIP ViTs with size and patch.

    Told by the shape of the model and its activation; other weights of the same shape get the same name, and a policy
    can name them by the digest in their id.
    """
    if config.model_type != "clip" or config.text_config.hidden_act != "quick_gelu":
        return str(config.model_type)
    eyes = config.vision_config
    size = {(768, 12): "base", (1024, 24): "large"}.get((eyes.hidden_size, eyes.num_hidden_layers))
    tail = "" if eyes.image_size == 224 else f"-{eyes.image_size}"
    return f"clip-vit-{size}-patch{eyes.patch_size}{tail}" if size else "clip"


def frame_key(frame: np.ndarray) -> str:
    return hashlib.sha256(repr(frame.shape).encode() + frame.tobytes()).hexdigest()


def pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text if it fits, else as few runs of its sentences as fit each; a sentence too long alone is halved at a
    word. A word that does not fit stands as it is, and the model says so. Never empty. Pure."""
    if fits(text):
        return [text]
    sentences = [part for part in re.split(r"(?<=[.!?;])\s+", text.strip()) if part]
    if len(sentences) < 2:
        words = text.split()
        if len(words) < 2:
            return [text]
        middle = len(words) // 2
        return [*pieces(" ".join(words[:middle]), fits), *pieces(" ".join(words[middle:]), fits)]
    packed: list[str] = []
    for sentence in sentences:
        if packed and fits(f"{packed[-1]} {sentence}"):
            packed[-1] = f"{packed[-1]} {sentence}"
        else:
            packed.append(sentence)
    return [piece for run in packed for piece in pieces(run, fits)]

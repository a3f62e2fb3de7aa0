"""Words to boxes: zero-shot object detection of transformers, from a local folder (OWLv2, OWL-ViT, Grounding DINO, …).

Knows how each family is asked and that a box must lie in the frame. Refuses to know which confidence is enough.

The boxes are those of the processor's own post-processing, which knows how it resized and padded the picture. One
word's boxes depend on the frame and that word alone: OWL compares its queries with the picture one by one, so all
words share one pass; the other families mix the words with each other and the picture, so each word has its own.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge.backends import Sighting
from mmjudge.backends.pretrained import identity, opened, text_limit
from mmjudge.errors import BackendError
from mmjudge.types import Missing

if TYPE_CHECKING:
    import numpy as np

OWL = ("owlvit", "owlv2")
"""Families whose queries are independent of each other."""

MOST = 16
"""Boxes handed out per word, the most confident first."""

NUMBERS = ("logits", "pred_boxes", "decoder_class_logits", "decoder_coord_logits")
"""What a model of any of the families puts its answer in."""


class ZeroShot:
    """A `Locator`. Loaded at construction, or a BackendError that says what is wrong; calls wait for each other."""

    def __init__(self, folder: Path | str, device: str | None = None) -> None:
        path = Path(folder).expanduser()
        self._model, self._processor = opened(path, "AutoModelForZeroShotObjectDetection", device)
        if not hasattr(self._processor, "post_process_grounded_object_detection"):
            raise BackendError(f"{path}: its processor gives no boxes for words ({type(self._processor).__name__})")
        self._kind = str(self._model.config.model_type)
        self._lock = threading.Lock()
        self.id = identity(self._kind, path)

    def locate(self, frame: np.ndarray, words: Sequence[str]) -> list[list[Sighting] | Missing]:
        """Per word, same order, at most `MOST` boxes in pixels of the frame, the most confident first."""
        import torch

        found: dict[str, list[Sighting] | Missing] = {}
        asked = [word for word in dict.fromkeys(words) if not self._too_long(word, found)]
        groups = [asked] if self._kind in OWL and asked else [[word] for word in asked]
        with self._lock, torch.inference_mode():
            for group in groups:
                try:
                    found |= self._seen(frame, group)
                except Exception as why:  # a model's code raises whatever it likes; none of it means "not there"
                    found |= dict.fromkeys(group, Missing("backend_failed", f"{self.id}: {why}"))
        return [found[word] for word in words]

    def _seen(self, frame: np.ndarray, words: Sequence[str]) -> dict[str, list[Sighting] | Missing]:
        import torch
        from PIL import Image

        inputs = self._processor(
            images=Image.fromarray(frame), text=[[query(self._kind, word) for word in words]], return_tensors="pt"
        ).to(self._model.device)
        outputs = self._model(**inputs)
        if any(torch.isnan(outputs[name]).any() for name in NUMBERS if name in outputs):
            return dict.fromkeys(words, Missing("backend_failed", f"{self.id}: its numbers are not finite"))
        return {word: self._boxes(self._about(outputs, at), inputs, frame.shape) for at, word in enumerate(words)}

    def _about(self, outputs: Any, at: int) -> Any:
        """The outputs as they would be if one query alone had been asked: post-processing would otherwise give a box to
        the likeliest word only."""
        if self._kind not in OWL:
            return outputs
        return type(outputs)(logits=outputs.logits[..., at : at + 1], pred_boxes=outputs.pred_boxes)

    def _boxes(self, outputs: Any, inputs: Any, shape: tuple[int, ...]) -> list[Sighting]:
        others = {"text_threshold": 0.0, "input_ids": inputs["input_ids"]} if "dino" in self._kind else {}
        [found] = self._processor.post_process_grounded_object_detection(
            outputs=outputs, threshold=0.0, target_sizes=[shape[:2]], **others
        )
        pairs = zip(found["boxes"].tolist(), found["scores"].tolist(), strict=True)
        return inside([Sighting(tuple(box), score) for box, score in pairs], shape[1], shape[0])[:MOST]

    def _too_long(self, word: str, found: dict[str, list[Sighting] | Missing]) -> bool:
        tokens, fits = (
            len(self._processor.tokenizer(query(self._kind, word), verbose=False)["input_ids"]),
            text_limit(self._model),
        )
        if tokens > fits:
            found[word] = Missing("too_large", f"{word!r} is {tokens} tokens, {fits} fit into {self.id}")
        return tokens > fits

    def described(self) -> str:
        """In words, for `mmjudge doctor`: noise is looked at once, so that what cannot work is said there."""
        import numpy as np

        noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
        began = time.perf_counter()
        [answer] = self.locate(noise, ["person"])
        if isinstance(answer, Missing):
            return f"does not work: {answer.note}"
        together = "all words in one pass" if self._kind in OWL else "a pass per word"
        return f"{time.perf_counter() - began:.2f} s a frame on {self._model.device}, {together}"


def query(kind: str, word: str) -> str:
    """How a family is asked for a word. OWL was trained on CLIP's prompts, so the documented "a photo of a …"; the
    others take the word itself, whose full stops would be ends of a phrase to Grounding DINO."""
    return f"a photo of a {word}" if kind in OWL else word.replace(".", " ").strip()


def inside(found: Sequence[Sighting], width: int, height: int) -> list[Sighting]:
    """Boxes cut at the frame, the most confident first; none of which less than a pixel each way is left. Pure."""
    kept = []
    for (left, top, right, bottom), confidence in found:
        box = (max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom))
        whole = all(map(math.isfinite, (left, top, right, bottom, confidence)))
        if whole and box[2] - box[0] >= 1.0 and box[3] - box[1] >= 1.0:
            kept.append(Sighting(box, min(1.0, max(0.0, confidence))))
    return sorted(kept, key=lambda sighting: -sighting.confidence)

"""What a vision tower saw in a prompt's pictures, kept for the next question about them.

Knows the argument by which models of transformers 5 take it (`mm_encoder_outputs`). Refuses to know families: one that
does not take it looks again for each question. For models that must be asked one full prompt at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from mmjudge.backends.engine import anatomy


def look(model: Any, inputs: Mapping[str, Any]) -> Any | None:
    """The features of the pictures of a processor's output; None without pictures, or where they cannot be handed
    on."""
    core = anatomy.core(model)
    takes = inspect.signature(model.forward).parameters
    if inputs.get("pixel_values") is None or "mm_encoder_outputs" not in takes:
        return None
    return core.get_image_features(**{n: inputs[n] for n in _arguments(core, inputs)}, return_dict=True)


def with_look(inputs: Mapping[str, Any], features: Any) -> dict[str, Any]:
    """The inputs with features instead of pixels."""
    return {n: v for n, v in inputs.items() if n != "pixel_values"} | {"mm_encoder_outputs": {"image": features}}


def _arguments(core: Any, inputs: Mapping[str, Any]) -> list[str]:
    return [name for name in inspect.signature(core.get_image_features).parameters if inputs.get(name) is not None]

"""Where things are in a transformers model: the part that reads media, the decoder, the head and the positions.

Knows the names that transformers 5 gives them. Refuses to know families: what fits none of these names is found out by
the self-check, which then asks that model one question at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

HEAD_ROWS = 16_384
"""Rows of the head that are turned into float32 at a time: 128 MiB at a width of 2,048."""


def core(model: Any) -> Any:
    """The model without its head: takes what a processor gives, media included."""
    return getattr(model, "model", model)


def decoder(model: Any) -> Any:
    """The stack of layers over embedded tokens."""
    inner = core(model)
    return next((getattr(inner, name) for name in ("language_model", "text_model") if hasattr(inner, name)), inner)


def with_cache(part: Any, cache: Any) -> dict[str, Any]:
    """The keyword by which a core or a decoder takes keys and values: renamed in transformers 5.24."""
    return {"cache" if "cache" in inspect.signature(part.forward).parameters else "past_key_values": cache}


def cache_of(out: Any) -> Any:
    """The keys and values that a forward gives back."""
    return out.cache if "cache" in out else out.past_key_values


def words_config(model: Any) -> Any:
    """The configuration of the decoder."""
    return model.config.get_text_config()


def layer_kinds(model: Any) -> frozenset[str]:
    """The kinds of attention its layers have; full attention where the configuration says nothing."""
    return frozenset(getattr(words_config(model), "layer_types", None) or ["full_attention"])


def context_length(model: Any) -> int:
    """Tokens the model was made for; 2^30 if it does not say."""
    return int(getattr(words_config(model), "max_position_embeddings", None) or 1 << 30)


def logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """float32 (n, vocabulary) of hidden states (n, width), the head read in float32 whatever it is stored in."""
    import torch
    from torch.nn.functional import linear

    head = model.get_output_embeddings()
    states = hidden.float()
    parts = [linear(states, rows.float()) for rows in head.weight.split(HEAD_ROWS)]
    found = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
    if getattr(head, "bias", None) is not None:
        found = found + head.bias.float()
    return rescaled(found, words_config(model))


def rescaled(found: torch.Tensor, config: Any) -> torch.Tensor:
    """What some models do to their logits: Granite divides, Cohere multiplies, Gemma bends them below a cap."""
    import torch

    if divided := getattr(config, "logits_scaling", None):
        found = found / divided
    if times := getattr(config, "logit_scale", None):
        found = found * times
    if cap := getattr(config, "final_logit_softcapping", None):
        found = torch.tanh(found / cap) * cap
    return found


def turning(model: Any) -> bool:
    """Whether positions have several rows (M-RoPE of the Qwen-VL line)."""
    return hasattr(core(model), "rope_deltas")


def forget_positions(model: Any) -> None:
    """Such a model remembers an offset from its last picture: a new prompt starts without it."""
    if turning(model):
        core(model).rope_deltas = None


def position_shift(model: Any, inputs: Mapping[str, Any], at: int, row: int = 0) -> int:
    """How far the position of token `at` of a full prompt lies from `at` itself. `row`: which prompt of several.

    Read off the positions of the full prompt. `rope_deltas` of a prefix is not it: transformers 5.23 derives that from
    the highest position, and within a Qwen2.5-VL video the highest is not the last.
    """
    inner = core(model)
    if not hasattr(inner, "get_rope_index") or inputs.get("mm_token_type_ids") is None:
        return 0
    if not any(inputs.get(name) is not None for name in ("image_grid_thw", "video_grid_thw", "audio_feature_lengths")):
        return 0
    takes = inspect.signature(inner.get_rope_index).parameters
    positions, _ = inner.get_rope_index(**{name: value for name, value in inputs.items() if name in takes})
    return int(positions[0, row, at]) - at


def positions_for(model: Any, places: torch.Tensor, shift: int) -> torch.Tensor:
    """What the decoder takes for text at `places` (rows, tokens): the places, or those above three turned rows."""
    import torch

    if not turning(model):
        return places
    return torch.stack([places, *[places + shift] * 3])

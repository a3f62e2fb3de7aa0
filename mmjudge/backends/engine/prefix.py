"""A prompt read once: keys and values of every layer, to be continued by many questions.

Knows caches of transformers. Refuses to know what was read. A prefix is never written to: what continues it sees views,
and a cache layer grows by concatenation into memory of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmjudge.backends.engine import anatomy

if TYPE_CHECKING:
    import torch

PER_TOKEN = ("input_ids", "attention_mask", "mm_token_type_ids", "token_type_ids", "cross_attention_mask")
"""What of a processor's output has one entry per token of the prompt."""


@dataclass(frozen=True, eq=False)
class Prefix:
    """`layers`: keys and values, each (1, heads, length, width). `shift`: see `anatomy.position_shift`."""

    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]
    length: int
    shift: int

    @property
    def nbytes(self) -> int:
        return sum(part.numel() * part.element_size() for layer in self.layers for part in layer)

    def cut(self, length: int) -> Prefix:
        """Its beginning: views, no copy. What is cut off must be text behind all media, or the shift is another."""
        return Prefix(tuple((k[:, :, :length], v[:, :, :length]) for k, v in self.layers), length, self.shift)

    def cache(self) -> Any:
        """A cache that begins with the prefix. Without a configuration every layer keeps everything, sliding windows
        included: the window then lives in the mask."""
        from transformers import DynamicCache

        made: Any = DynamicCache()
        for at, (keys, values) in enumerate(self.layers):
            made.update(keys[:, :, :0], values[:, :, :0], at)
            made.layers[at].keys, made.layers[at].values = keys, values
        return made


@dataclass(frozen=True, eq=False)
class Native:
    """The model's own cache, for layers with a state instead of keys and values."""

    cache: Any
    length: int
    shift: int


def without_tail(inputs: Mapping[str, Any], tail: int) -> dict[str, Any]:
    """A processor's output with the last `tail` tokens cut off."""
    return {name: value[:, : value.shape[1] - tail] if name in PER_TOKEN else value for name, value in inputs.items()}


def read(model: Any, inputs: Mapping[str, Any]) -> tuple[Prefix, torch.Tensor]:
    """A whole prompt that ends in text, and the hidden state of its last token.

    One forward gives both: the first question costs what it would alone, and what others share with it is there.
    """
    from transformers import DynamicCache

    anatomy.forget_positions(model)
    cache: Any = DynamicCache()
    core = anatomy.core(model)
    out = core(**inputs, **anatomy.with_cache(core, cache), use_cache=True)
    length = cache.get_seq_length()  # not that of the ids: some models put media in themselves
    layers = tuple((layer.keys, layer.values) for layer in cache.layers)
    return Prefix(layers, length, anatomy.position_shift(model, inputs, length - 1)), out.last_hidden_state[:, -1]


def read_native(model: Any, inputs: Mapping[str, Any], tail: int) -> Native:
    """The prompt without its last `tail` tokens, in the model's own cache: a state cannot be cut afterwards."""
    anatomy.forget_positions(model)
    out = anatomy.core(model)(**without_tail(inputs, tail), use_cache=True)
    cache = anatomy.cache_of(out)
    length = cache.get_seq_length()
    return Native(cache, length, anatomy.position_shift(model, inputs, length))

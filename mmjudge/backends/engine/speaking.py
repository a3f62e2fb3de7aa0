"""A reply after a kept prefix, token by token, the likeliest each time.

Knows decoders and caches. Refuses to know words. Without it a reply about a picture reads the picture again, which
takes most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmjudge.backends.engine import anatomy, suffixes

if TYPE_CHECKING:
    from mmjudge.backends.engine.prefix import Prefix


def stops(model: Any, end: int | None) -> frozenset[int]:
    """The tokens that end a reply: those of the model's own generation settings, and the tokenizer's end."""
    named = model.generation_config.eos_token_id
    found = named if isinstance(named, list) else [named]
    return frozenset(int(token) for token in [*found, end] if token is not None)


def speak(model: Any, prefix: Prefix, row: Sequence[int], most: int, ends: frozenset[int]) -> list[int]:
    """At most `most` tokens after the prefix and the row (at least one token), without the one that ends them."""
    import torch

    from mmjudge.backends.engine.attention import masks

    layers, device, cache = anatomy.decoder(model), model.device, prefix.cache()
    window = getattr(anatomy.words_config(model), "sliding_window", None)
    said: list[int] = []
    ids, length = list(row), prefix.length
    while len(said) < most:
        places = length + torch.arange(len(ids), device=device)[None]
        out = layers(
            inputs_embeds=model.get_input_embeddings()(torch.tensor([ids], device=device)),
            attention_mask=masks(suffixes.pack([ids]), length, anatomy.layer_kinds(model), window, device),
            position_ids=anatomy.positions_for(model, places, prefix.shift),
            use_cache=True,
            **anatomy.with_cache(layers, cache),
        )
        length += len(ids)
        token = int(anatomy.logits(model, out.last_hidden_state[:, -1]).argmax())
        if token in ends:
            break
        said.append(token)
        ids = [token]
    return said

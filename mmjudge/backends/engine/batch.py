"""Several prompts read in one forward, each kept by itself: what keeps a GPU busy. On a processor it gains nothing.

Knows padding and caches. Refuses to know what the prompts are about. Whether a model may be asked so is found out like
everything else: `difference` compares it with the public forward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmjudge.backends.engine import anatomy, tiers
from mmjudge.backends.engine.prefix import Prefix

if TYPE_CHECKING:
    import torch

    from mmjudge.backends.engine.tiers import Tier


def read_together(model: Any, inputs: Mapping[str, Any]) -> list[Prefix]:
    """One prefix per prompt; all end in text and are padded on the right, where nothing that is kept can see it.

    NotImplementedError where the ids are not what the layers see: such a model puts media in by itself.
    """
    from transformers import DynamicCache

    anatomy.forget_positions(model)
    cache: Any = DynamicCache()
    core = anatomy.core(model)
    core(**inputs, **anatomy.with_cache(core, cache), use_cache=True)
    lengths = [int(length) for length in inputs["attention_mask"].sum(1)]
    if cache.get_seq_length() != inputs["input_ids"].shape[1]:
        raise NotImplementedError("this model has more tokens than its prompt")

    def part(of: torch.Tensor, n: int) -> torch.Tensor:
        return of[n : n + 1, :, : lengths[n]].clone()  # a view would keep the whole batch as long as any one is kept

    return [
        Prefix(
            tuple((part(layer.keys, n), part(layer.values, n)) for layer in cache.layers),
            length,
            anatomy.position_shift(model, inputs, length - 1, n),
        )
        for n, length in enumerate(lengths)
    ]


def difference(
    model: Any, tier: Tier, inputs: Mapping[str, Any], apart: Sequence[Mapping[str, Any]], tails: Sequence[list[int]]
) -> float:
    """The largest difference of a logit between prompts read together and the same `apart` by the public forward.
    `tails`: the ids at the end of each that are asked again over its beginning."""
    import torch

    found = [
        anatomy.logits(model, tiers.after_prefix(model, tier, prefix.cut(prefix.length - len(tail)), [tail]))[0]
        for prefix, tail in zip(read_together(model, inputs), tails, strict=True)
    ]
    truth = [tiers.plainly(model, one) for one in apart]
    return float((torch.stack(found) - torch.stack(truth)).abs().max())

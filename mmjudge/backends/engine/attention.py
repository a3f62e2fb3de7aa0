"""Attention of packed questions: each sees the whole prefix and, of the row it stands in, only itself up to each token.

Two ways to the same numbers. `masks`: one boolean mask over prefix and row, for any attention of transformers.
`cascade`: the prefix once for all questions without a copy of it, each question on its own, and the two merged by their
log-sum-exps, which wastes nothing on pairs of questions. It needs layers of full attention.

Source of the merge: the softmax over a union of keys is the mean of the softmaxes over its parts, weighted by the
parts' sums of exponentials (as in FlashAttention, arXiv 2205.14135, section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

if TYPE_CHECKING:
    from mmjudge.backends.engine.prefix import Prefix
    from mmjudge.backends.engine.suffixes import Packed

CASCADE = "mmjudge_cascade"
"""The name under which transformers finds `cascade`."""


# --- by a mask ------------------------------------------------------------------------------------------------


def visible(packed: Packed, length: int, device: torch.device | None = None) -> torch.Tensor:
    """Boolean (1, 1, S, length + S): what each token of the packed row may look at."""
    owner = torch.tensor(packed.owner, device=device)
    place = torch.tensor(packed.place, device=device)
    own = (owner[:, None] == owner[None]) & (place[:, None] >= place[None])
    return torch.cat([torch.ones(len(place), length, dtype=torch.bool, device=device), own], 1)[None, None]


def masks(packed: Packed, length: int, kinds: frozenset[str], window: int | None, device: torch.device | None) -> Any:
    """The mask, or one per kind of layer where there are several. NotImplementedError for a kind not known here."""
    full = visible(packed, length, device)
    if kinds == {"full_attention"}:
        return full
    places = length + torch.tensor(packed.place, device=device)
    keys = torch.cat([torch.arange(length, device=device), places])
    found = {}
    for kind in kinds:
        if kind == "full_attention":
            found[kind] = full
        elif kind == "sliding_attention" and window:
            found[kind] = full & (places[:, None] - keys[None] < window)
        else:
            raise NotImplementedError(f"layers of the kind {kind}")
    return found


# --- by a cascade ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Shared:
    """What a cascade needs beside queries, keys and values. `rows` (Q, L): where in the packed row the tokens of each
    question stand, the last repeated as padding; `back` (S,): where in (Q * L) each token of the row stands."""

    prefix: Prefix
    rows: torch.Tensor
    back: torch.Tensor


def share(prefix: Prefix, packed: Packed, device: torch.device | None) -> Shared:
    lengths = [packed.place[end] + 1 for end in packed.last]
    longest = max(lengths)
    starts = [end - length + 1 for end, length in zip(packed.last, lengths, strict=True)]
    rows = [[start + min(n, length - 1) for n in range(longest)] for start, length in zip(starts, lengths, strict=True)]
    back = [owner * longest + place for owner, place in zip(packed.owner, packed.place, strict=True)]
    return Shared(prefix, torch.tensor(rows, device=device), torch.tensor(back, device=device))


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, causal: bool, scale: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention and the log-sum-exp of its scores: (B, H, S, D) and (B, H, S). Plain where no kernel gives both."""
    if query.device.type == "cpu":
        out, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, causal, scale=scale
        )
        return out, total
    if query.device.type == "cuda" and query.dtype in (torch.float16, torch.bfloat16):
        found = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, 0.0, causal, False, scale=scale)
        return found[0], found[1][:, :, : query.shape[2]]
    return attend_plainly(query, key, value, causal, scale)


def attend_plainly(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, causal: bool, scale: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same by its definition, in float32."""
    scores = query.float() @ key.float().transpose(-1, -2) * (scale or query.shape[-1] ** -0.5)
    if causal:
        ahead = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(ahead, -torch.inf)
    total = scores.logsumexp(-1)
    return ((scores - total[..., None]).exp() @ value.float()).to(query.dtype), total


def merged(
    first: torch.Tensor, first_total: torch.Tensor, second: torch.Tensor, second_total: torch.Tensor
) -> torch.Tensor:
    """Attention over the union of two sets of keys from the attention over each and their log-sum-exps."""
    weight = torch.sigmoid(first_total - second_total)[..., None].to(first.dtype)
    return second + (first - second) * weight


def cascade(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    scaling: float | None = None,
    shared: Shared | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """An attention function of transformers over one packed row. `shared` reaches it through the decoder's arguments;
    without it this raises, and the self-check finds that this model does not hand it on."""
    if shared is None:
        raise NotImplementedError("this model does not hand arguments on to its attention")
    prefix_key, prefix_value = shared.prefix.layers[module.layer_idx]
    _one, heads, tokens, width = query.shape
    kept = prefix_key.shape[1]
    # The query heads of a group are laid one after the other: the prefix is not repeated for each of them.
    grouped = query.reshape(1, kept, heads // kept * tokens, width)
    far, far_total = attend(grouped, prefix_key, prefix_value, False, scaling)
    far, far_total = far.reshape(1, heads, tokens, width), far_total.reshape(1, heads, tokens)
    if kept < heads:
        key, value = (part.repeat_interleave(heads // kept, 1) for part in (key, value))
    own_query, own_key, own_value = (part[0][:, shared.rows].transpose(0, 1) for part in (query, key, value))
    near, near_total = attend(own_query, own_key, own_value, True, scaling)
    near = near.transpose(0, 1).reshape(1, heads, -1, width)[:, :, shared.back]
    near_total = near_total.transpose(0, 1).reshape(1, heads, -1)[:, :, shared.back]
    return merged(far, far_total, near, near_total).transpose(1, 2).contiguous(), None


def _no_mask(*_: Any, **__: Any) -> None:
    """A cascade needs none."""


ALL_ATTENTION_FUNCTIONS.register(CASCADE, cascade)
ALL_MASK_ATTENTION_FUNCTIONS.register(CASCADE, _no_mask)

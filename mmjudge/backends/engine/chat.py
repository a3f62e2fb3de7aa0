"""The conversation a model is shown, and what is read off its next token.

Knows chat-template messages, markers of a vocabulary and sums of a softmax. Refuses to know models: all of it is pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmjudge import prompts
from mmjudge.types import Missing, YesNo

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

Turns = list[dict[str, Any]]


def spellings(vocabulary: Mapping[str, int], decode: Callable[[list[int]], str], word: str) -> tuple[int, ...]:
    """The ids of all single tokens that say `word`: any case, any space around it. Sorted."""
    near = (i for token, i in vocabulary.items() if len(token) <= len(word) + 4 and word in token.casefold())
    return tuple(sorted(i for i in near if decode([i]).strip().casefold() == word))


def neutral(words: str, markers: Sequence[str]) -> str:
    """Untrusted words in which no marker of the model (image placeholders, ends of turns) can be read: a zero-width
    space stands after the first character of each."""
    for marker in sorted((m for m in markers if len(m) > 1), key=len, reverse=True):
        words = words.replace(marker, f"{marker[0]}\u200b{marker[1:]}")
    return words


def turns(
    shown: str, media: Sequence[str], asked: str, previous: Sequence[tuple[str, str]] = (), system: bool = True
) -> Turns:
    """The conversation as chat-template messages: media ("image", "audio", "video"), what is shown and the first
    prompt in one user turn, then the replies and prompts that followed. Without `system` its words open the first
    user turn."""
    prompts_said = [said for said, _ in previous] + [asked]
    opening = shown + prompts_said[0] if system else f"{prompts.SYSTEM}\n\n{shown}{prompts_said[0]}"
    messages: Turns = [_turn("system", prompts.SYSTEM)] if system else []
    messages.append({"role": "user", "content": [*({"type": m} for m in media), {"type": "text", "text": opening}]})
    for (_, reply), following in zip(previous, prompts_said[1:], strict=True):
        messages += [_turn("assistant", reply), _turn("user", following)]
    return messages


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def plain(messages: Turns) -> Turns:
    """The same messages with text instead of parts, as templates of models that only read words want them."""
    return [{"role": m["role"], "content": "".join(part.get("text", "") for part in m["content"])} for m in messages]


def masses(logits: torch.Tensor, yes: Sequence[int], no: Sequence[int]) -> YesNo | Missing:
    """Softmax in float32 over one row of the full vocabulary, then the sums over the two sets of ids. A row that holds
    no numbers, as float16 gives where it overflows, is backend_failed."""
    shares = logits.float().softmax(-1)
    if bool(shares.isnan().any()):
        return Missing("backend_failed", "the model's outputs are not numbers: try MMJUDGE_DTYPE=float32")
    return YesNo(min(1.0, float(shares[list(yes)].sum())), min(1.0, float(shares[list(no)].sum())))

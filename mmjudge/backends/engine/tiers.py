"""The ways to ask one model many questions about one prompt, and which of them are right for it.

Knows four: `cascade` and `packed` over a kept prefix, `native` over copies of the model's own cache, `alone` with a
full forward each. Refuses to know families: `fitting` asks a model in every way and keeps the first that answers as its
public forward does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mmjudge.backends.engine import anatomy, suffixes
from mmjudge.backends.engine.looking import look, with_look
from mmjudge.backends.engine.prefix import Native, Prefix, read, read_native

if TYPE_CHECKING:
    import torch

Tier = Literal["cascade", "packed", "native", "alone"]
TIERS: tuple[Tier, ...] = ("cascade", "packed", "native", "alone")

PACKED_TOKENS = 256
"""Tokens of questions in one packed row: more waste time and memory on questions that do not see each other."""

CASCADE_TOKENS = 4096
"""Tokens of questions in one cascade: bounds the memory of the feed-forward layers."""

COPIES = 16
"""Questions that go on from copies of a native cache at a time."""

TOLERANCE = {"float32": 1e-3, "bfloat16": 0.25, "float16": 0.05, "int8": 0.3}
"""The largest difference of a logit that rounding explains, by the type of the weights. Wrong positions, pictures or
masks give more than ten times as much in float32 (`test_equality`). In int8 what stands beside a question moves its
answer, because activations are scaled by the largest of a row."""


class Question(NamedTuple):
    """A prompt for the self-check: the inputs of the whole of it, and the ids of its end."""

    inputs: Mapping[str, Any]
    tail: list[int]


def after_prefix(model: Any, tier: Tier, prefix: Prefix | Native, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Hidden states (len(rows), width) of the last tokens of the rows, each continuing the prefix by itself."""
    import torch

    if isinstance(prefix, Native):
        runs: list[range] = suffixes.groups([1] * len(rows), COPIES)
        ask: Callable[..., torch.Tensor] = ask_native
    else:
        most = CASCADE_TOKENS if tier == "cascade" else PACKED_TOKENS
        runs = suffixes.groups([len(row) for row in rows], most)
        ask = ask_cascade if tier == "cascade" else ask_packed
    return torch.cat([part for run in runs for part in halved(model, ask, prefix, [rows[at] for at in run])])


def halved(
    model: Any, ask: Callable[..., torch.Tensor], prefix: Prefix | Native, rows: Sequence[Sequence[int]]
) -> list[torch.Tensor]:
    """The answers to a run of rows; where memory runs out, those to its halves. One row that does not fit raises."""
    import torch

    try:
        return [ask(model, prefix, rows)]
    except torch.OutOfMemoryError:
        if len(rows) == 1:
            raise
    half = len(rows) // 2
    return halved(model, ask, prefix, rows[:half]) + halved(model, ask, prefix, rows[half:])


def ask_packed(model: Any, prefix: Prefix, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """One row of all questions behind a copy of the prefix's keys, kept apart by a mask."""
    import torch

    from mmjudge.backends.engine.attention import masks

    row, device = suffixes.pack(rows), model.device
    window = getattr(anatomy.words_config(model), "sliding_window", None)
    mask = masks(row, prefix.length, anatomy.layer_kinds(model), window, device)
    places = prefix.length + torch.tensor([row.place], device=device)
    layers = anatomy.decoder(model)
    out = layers(
        inputs_embeds=model.get_input_embeddings()(torch.tensor([row.ids], device=device)),
        attention_mask=mask,
        position_ids=anatomy.positions_for(model, places, prefix.shift),
        **anatomy.with_cache(layers, prefix.cache()),
        use_cache=True,
    )
    return out.last_hidden_state[0, row.last]


def ask_cascade(model: Any, prefix: Prefix, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """One row of all questions; the prefix is read where it lies. NotImplementedError unless every layer has full
    attention."""
    import torch

    from mmjudge.backends.engine.attention import CASCADE, share

    if anatomy.layer_kinds(model) != {"full_attention"}:
        raise NotImplementedError("a cascade needs full attention in every layer")
    row, device, layers = suffixes.pack(rows), model.device, anatomy.decoder(model)
    places = prefix.length + torch.tensor([row.place], device=device)
    usual = layers.config._attn_implementation
    layers.config._attn_implementation = CASCADE
    try:
        out = layers(
            inputs_embeds=model.get_input_embeddings()(torch.tensor([row.ids], device=device)),
            position_ids=anatomy.positions_for(model, places, prefix.shift),
            use_cache=False,
            shared=share(prefix, row, device),
        )
    finally:
        layers.config._attn_implementation = usual
    return out.last_hidden_state[0, row.last]


def ask_native(model: Any, prefix: Native, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """As many copies of the model's own cache as there are rows; shorter rows are padded at their end, where nothing
    that is read can see it."""
    import torch

    device, lengths = model.device, torch.tensor([len(row) for row in rows])
    longest = int(lengths.max())
    ids = torch.tensor([[*row, *[row[-1]] * (longest - len(row))] for row in rows], device=device)
    cache = copy.deepcopy(prefix.cache)
    cache.reorder_cache(torch.zeros(len(rows), dtype=torch.long, device=device))
    places = (prefix.length + torch.arange(longest, device=device)).expand(len(rows), -1)
    layers = anatomy.decoder(model)
    out = layers(
        inputs_embeds=model.get_input_embeddings()(ids),
        position_ids=anatomy.positions_for(model, places, prefix.shift),
        **anatomy.with_cache(layers, cache),
        use_cache=True,
    )
    return out.last_hidden_state[torch.arange(len(rows)), lengths.to(device) - 1]


# --- which one ------------------------------------------------------------------------------------------------


def plainly(model: Any, inputs: Mapping[str, Any]) -> torch.Tensor:
    """float32 logits (vocabulary,) by the model's public forward, as anyone would call it."""
    anatomy.forget_positions(model)
    return model(**inputs, use_cache=False).logits[0, -1].float()


def shared_logits(model: Any, tier: Tier, questions: Sequence[Question]) -> torch.Tensor:
    """float32 logits (questions, vocabulary) with the beginning read once; for `alone`: pictures looked at once."""
    import torch

    if tier == "alone":
        features = look(model, questions[0].inputs)
        if features is None:
            raise NotImplementedError("what was seen cannot be handed on")
        return torch.stack([plainly(model, with_look(question.inputs, features)) for question in questions])
    first, others = questions[0], [question.tail for question in questions[1:]]
    if tier == "native":
        prefix: Prefix | Native = read_native(model, first.inputs, len(first.tail))
        return anatomy.logits(model, after_prefix(model, tier, prefix, [first.tail, *others]))
    whole, last = read(model, first.inputs)
    prefix = whole.cut(whole.length - len(first.tail))
    # The first question is asked again over the prefix: its forward proves nothing about a continuation.
    again = after_prefix(model, tier, prefix, [first.tail, *others])
    return anatomy.logits(model, torch.cat([last, again]))[1:]


def differences(
    model: Any, questions: Sequence[Question], dtype: str | None = None, ways: Sequence[Tier] = TIERS
) -> dict[Tier, float | str]:
    """Per tier the largest difference of a logit from the public forward, or in words why it cannot be asked so. With
    the `dtype` of the weights the first that fits is the last that is asked. For `alone` that is the difference with
    pictures looked at once for all."""
    import torch

    with torch.inference_mode():
        truth = torch.stack([plainly(model, question.inputs) for question in questions])
        found: dict[Tier, float | str] = {}
        for tier in ways:
            if dtype and fitting(found, dtype) != "alone":
                break
            try:
                found[tier] = float((shared_logits(model, tier, questions) - truth).abs().max())
            except (
                NotImplementedError,
                RuntimeError,
                ValueError,
                TypeError,
                AttributeError,
                KeyError,
                IndexError,
            ) as why:
                found[tier] = f"{type(why).__name__}: {why}".splitlines()[0][:200]
    return found


def fitting(found: Mapping[Tier, float | str], dtype: str) -> Tier:
    """The first tier whose difference rounding explains; `alone` where there is none. Pure."""
    return next((tier for tier in TIERS if agrees(found.get(tier), dtype)), "alone")


def agrees(gap: float | str | None, dtype: str) -> bool:
    """Whether a difference was measured and rounding explains it. Pure."""
    return isinstance(gap, float) and gap <= TOLERANCE.get(dtype, TOLERANCE["float32"])

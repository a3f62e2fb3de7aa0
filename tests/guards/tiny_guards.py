"""Model folders of guards: real transformers classes, two layers each, random weights, and one taught a single reply.

`untaught` writes noise, as any guard with wrong weights would. `teach` overfits the same model on one prompt and reply,
so that the whole way from an item to a verdict can be walked with an answer of the published form.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tiny_models import words
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPOKEN = [
    "safe unsafe Safe Unsafe Controversial Yes No yes no n/a None harmful",
    "unsafe\nS1,S2 safe\n\nsafe",
    "Safety: Safe\nCategories: None\nRefusal: Yes",
    "Harmful request: yes\nResponse refusal: no\nHarmful response: n/a",
] * 20
END = "<|end|>"


def tokenizer(
    specials: tuple[str, ...] = (), template: str | None = None, added: tuple[str, ...] = (), **named: str
) -> Any:
    """A byte-level tokenizer in which the deciding words are single tokens; `added` stand at the end of it."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<pad>", "<s>", END, *specials],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    trained.train_from_iterator(SPOKEN, trainer)
    made = hf.PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="<pad>",
        eos_token=END,
        bos_token="<s>",
        padding_side="left",
        **({"extra_special_tokens": named} if named else {}),
    )
    made.add_special_tokens(
        {"additional_special_tokens": list(added)}, replace_additional_special_tokens=False
    ) if added else None
    made.chat_template = template
    return made


def causal(
    sort: str, template: str | None = None, specials: tuple[str, ...] = (), **sizes: Any
) -> Callable[[], tuple[Any, Any, Any]]:
    """A text model of that sort ("Llama", "Mistral", …)."""

    def made() -> tuple[Any, Any, Any]:
        tokens = tokenizer(specials, template)
        config = getattr(hf, f"{sort}Config")(**words(tokens, **sizes))
        return getattr(hf, f"{sort}ForCausalLM"), config, tokens

    return made


def save(made: tuple[Any, Any, Any], folder: Path) -> Path:
    kind, config, processor = made
    torch.manual_seed(0)
    model = kind(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                if not weight.any():
                    weight.normal_(0, 0.02)
                weight.mul_(3.0)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def teach(guard: Any, segment: Any, reply: str | list[str]) -> None:
    """Overfit the loaded model until it gives this reply to what the guard puts about the segment, then an end."""
    loaded = guard._loaded
    model, tokens = loaded.model, loaded.tokenizer
    rows = []
    replies = [reply] if isinstance(reply, str) else reply
    asked = [(ask, frames) for talk, frames in guard._looks(segment) for ask in guard.family.asks(talk, guard._rubric)]
    for (ask, frames), said in zip(asked, replies * len(asked) if len(replies) == 1 else replies, strict=True):
        inputs = guard._inputs(ask, frames)
        ids = tokens([said], add_special_tokens=False, return_tensors="pt")["input_ids"]
        ids = torch.cat([ids, torch.tensor([[tokens.eos_token_id]])], 1)
        rows.append((inputs, ids))
    steps = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(300):
        worst = 0.0
        for inputs, ids in rows:
            whole = dict(inputs)
            whole["input_ids"] = torch.cat([inputs["input_ids"], ids], 1)
            for name in ("attention_mask", "token_type_ids", "mm_token_type_ids"):
                if name in whole:
                    fill = torch.ones_like(ids) if name == "attention_mask" else torch.zeros_like(ids)
                    whole[name] = torch.cat([whole[name], fill], 1)
            logits = model(**whole).logits[0, -ids.shape[1] - 1 : -1].float()
            loss = torch.nn.functional.cross_entropy(logits, ids[0])
            steps.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            steps.step()
            worst = max(worst, float(loss))
        if worst < 0.02:
            return
    raise AssertionError(f"the model did not learn its reply: {worst}")

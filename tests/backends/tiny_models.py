"""Model folders of a few megabytes with random weights, of real transformers classes, saved as any model is.

Here: tokenizers, templates, sizes and `build`; the families are in `tiny_families`. The tokenizer is trained on a few
sentences, so that Yes and No are single tokens; weights are widened, or every question would get the same answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from mmjudge.backends.torchvision_ops import with_torchvision

with_torchvision()  # before any class of transformers is looked up

SENTENCES = [
    "Yes No yes no YES NO. Answer Yes or No.",
    "Yes",
    "No",
    " Yes",
    " No",
    "You are a content moderator. You are shown a piece of content and a statement about it.",
    "Judge what the content means, not which words it has. Is it true? Statement: the picture shows a red square.",
] * 20


def chatml(image: str = "<image>", video: str = "<video>", audio: str = "<audio>") -> str:
    """A ChatML template that writes these placeholders for media."""
    return (
        "{%- for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
        "{%- if m['content'] is string %}{{ m['content'] }}{%- else %}{%- for c in m['content'] %}"
        "{%- if c['type'] == 'image' %}{{ '"
        + image
        + "' }}{%- elif c['type'] == 'video' %}{{ '"
        + video
        + "' }}{%- elif c['type'] == 'audio' %}{{ '"
        + audio
        + "' }}{%- else %}{{ c['text'] }}{%- endif %}"
        "{%- endfor %}{%- endif %}{{ '<|im_end|>\n' }}{%- endfor %}"
        "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}"
    )


CHATML = chatml()
NO_SYSTEM = "{%- if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn') }}{%- endif %}" + CHATML


def tokenizer(specials: tuple[str, ...] = (), template: str | None = CHATML, **named: str) -> Any:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *specials]
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=marks,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    trained.train_from_iterator(SENTENCES, trainer)
    made = hf.PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        padding_side="left",
        **({"extra_special_tokens": named} if named else {}),
    )
    made.chat_template = template
    return made


def words(tokens: Any, context: int = 4096, **others: Any) -> dict[str, Any]:
    """Sizes of a decoder of two layers."""
    return {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 128,
        "vocab_size": len(tokens),
        "max_position_embeddings": context,
        "pad_token_id": tokens.pad_token_id,
        "bos_token_id": None,
        "eos_token_id": tokens.eos_token_id,
        **others,
    }


def eyes(side: int, patch: int) -> dict[str, Any]:
    """Sizes of a vision tower of two layers."""
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    return {**sizes, "image_size": side, "patch_size": patch}


def build(family: str, folder: Path, template: str | None = None, untuned: bool = False, **sizes: Any) -> Path:
    """Save a model of that family into `folder`. `template` replaces its own; `untuned`: it has none."""
    from tiny_families import FAMILIES

    kind, config, processor = FAMILIES[family](**sizes)
    if template or untuned:
        processor.chat_template = template
    torch.manual_seed(0)
    model = kind(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                if not weight.any():  # Gemma 3's projector starts at zero: its answers would not depend on the picture
                    weight.normal_(0, 0.02)
                weight.mul_(3.0)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder

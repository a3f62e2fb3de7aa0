"""Model folders of a few megabytes with random weights, of real transformers classes, saved as any model is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SENTENCES = [
    "Yes No yes no YES NO. Answer Yes or No.",
    "Yes",
    "No",
    " Yes",
    " No",
    "You are a content moderator. You are shown a piece of content and a statement about it.",
    "Judge what the content means, not which words it has. Is it true? Statement: the picture shows a red square.",
] * 20

CHATML = (
    "{%- for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{%- if m['content'] is string %}{{ m['content'] }}{%- else %}{%- for c in m['content'] %}"
    "{%- if c['type'] == 'image' %}{{ '<image>' }}{%- else %}{{ c['text'] }}{%- endif %}"
    "{%- endfor %}{%- endif %}{{ '<|im_end|>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}"
)
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
        **({"extra_special_tokens": named} if named else {}),
    )
    made.chat_template = template
    return made


def _words(tokens: Any, context: int = 2048) -> dict[str, Any]:
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
    }


def _eyes(side: int, patch: int) -> dict[str, Any]:
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    return {**sizes, "image_size": side, "patch_size": patch}


def llava(template: str) -> tuple[Any, Any, Any]:
    tokens = tokenizer(("<image>",), template, image_token="<image>")
    config = hf.LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "projection_dim": 64, **_eyes(56, 14)},
        text_config={"model_type": "llama", **_words(tokens)},
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
    )
    eyes = hf.CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    processor = hf.LlavaProcessor(
        eyes,
        tokens,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )
    return hf.LlavaForConditionalGeneration, config, processor


def idefics(template: str) -> tuple[Any, Any, Any]:
    marks = ("<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>")
    tokens = tokenizer(
        marks,
        template,
        image_token="<image>",
        fake_image_token="<fake_token_around_image>",
        end_of_utterance_token="<end_of_utterance>",
        global_image_token="<global-img>",
    )
    config = hf.Idefics3Config(
        vision_config=_eyes(64, 16),
        text_config={"model_type": "llama", "head_dim": 16, **_words(tokens)},
        scale_factor=2,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=tokens.pad_token_id,
    )
    edge = {"longest_edge": 64}
    eyes = hf.Idefics3ImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False)
    processor = hf.Idefics3Processor(eyes, tokens, image_seq_len=4, chat_template=template)
    return hf.Idefics3ForConditionalGeneration, config, processor


def llama(template: str | None) -> tuple[Any, Any, Any]:
    tokens = tokenizer(template=template)
    return hf.LlamaForCausalLM, hf.LlamaConfig(**_words(tokens, context=256)), tokens


FAMILIES: dict[str, Callable[..., tuple[Any, Any, Any]]] = {"llava": llava, "idefics": idefics, "llama": llama}


def build(family: str, folder: Path, template: str | None = CHATML) -> Path:
    """Save a model of that family into `folder`. Weights are wide enough that its answers differ."""
    kind, config, processor = FAMILIES[family](template)
    torch.manual_seed(0)
    model = kind(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                weight.mul_(3.0)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder

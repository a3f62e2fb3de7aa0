"""Model folders of guards: real transformers classes, two layers each, random weights, and one taught a single reply.

Untaught, a guard writes noise, as one with wrong weights would. `teach` overfits the same model on one prompt and
reply, so that the whole way from an item to a verdict can be walked with an answer of the published form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import published
import torch
import transformers as hf
from tiny_models import eyes, words
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from mmjudge.guards import gpt_oss_safeguard, llavaguard, md_judge, nemotron, polyguard
from mmjudge.rubric import load_rubric

SPOKEN = [
    "safe unsafe Safe Unsafe Controversial Yes No yes no n/a None harmful",
    "unsafe\nS1,S2 safe\n\nsafe",
    *("Yes", "No", "safe", "unsafe", "Unsafe", "Safe"),
    "Safety: Safe\nCategories: None\nRefusal: Yes",
    "Harmful request: yes\nResponse refusal: no\nHarmful response: n/a",
    '{"violation": 1, "rule_ids": []} {"User Safety": "safe"} "rating": "Unsafe",',
] * 20
LONG = [llavaguard.POLICY, md_judge.TEMPLATE, nemotron.TEMPLATE, polyguard.SYSTEM, published.QWEN3GUARD] * 3
LONG += [gpt_oss_safeguard.policy(load_rubric("default"))] * 3
"""What the guards are told at length: trained on, or a tiny vocabulary would make thousands of tokens of it."""
END = "<|end_of_reply|>"
Made = tuple[Any, Any, Any]


def tokenizer(specials: Sequence[str] = (), template: str | None = None, **named: str) -> Any:
    """A byte-level tokenizer in which the deciding words are single tokens."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1600,
        special_tokens=["<pad>", "<s>", END, "<|start|>", "<|stop|>", *specials],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    trained.train_from_iterator([*SPOKEN * 5, *LONG], trainer)
    made = hf.PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="<pad>",
        eos_token=END,
        bos_token="<s>",
        padding_side="left",
        **({"extra_special_tokens": named} if named else {}),
    )
    made.chat_template = template
    return made


def causal(sort: str, template: str | None = None, specials: Sequence[str] = (), **sizes: Any) -> Callable[[], Made]:
    """A text model of that sort ("Llama", "Mistral", …)."""

    def made() -> Made:
        tokens = tokenizer(specials, template)
        config = getattr(hf, f"{sort}Config")(**words(tokens, 16384, **sizes))
        return getattr(hf, f"{sort}ForCausalLM"), config, tokens

    return made


PAIRS = [f"<{name}_{word}>" for name in ("c", "m", "p", "s", "v") for word in ("safe", "unsafe")]


def sguard() -> Made:
    """Ten tokens added behind all others, two per category."""
    tokens = tokenizer((), published.STAND_IN_SGUARD)
    tokens.add_tokens(PAIRS, special_tokens=True)
    return hf.GraniteForCausalLM, hf.GraniteConfig(**words(tokens, 16384)), tokens


def gpt_oss() -> Made:
    marks = ("<|channel|>", "<|message|>", "<|end|>", "<|return|>")
    made = causal(
        "GptOss", published.STAND_IN, marks, head_dim=16, num_local_experts=2, num_experts_per_tok=1, sliding_window=64
    )
    return made()


def duoguard() -> Made:
    tokens = tokenizer()
    return hf.Qwen2ForSequenceClassification, hf.Qwen2Config(**words(tokens, 16384), num_labels=12), tokens


def llama_guard_4(side: int = 56) -> Made:
    marks = {
        "<|image|>": "image_token",
        "<|image_start|>": "start_of_image_token",
        "<|image_end|>": "end_of_image_token",
        "<|patch|>": "patch_token",
        "<|tile_x_separator|>": "tile_x_separator_token",
        "<|tile_y_separator|>": "tile_y_separator_token",
    }
    named = {name: mark for mark, name in marks.items()}
    tokens = tokenizer(tuple(marks), published.LLAMA_GUARD_3_VISION, **named)
    dense = {"intermediate_size_mlp": 128, "moe_layers": [], "head_dim": 16, "num_local_experts": 1}
    sight = {"vision_output_dim": 64, "projector_input_dim": 64, "projector_output_dim": 64}
    sight |= {"intermediate_size": 256}  # a quarter of the patches, four times as wide
    config = hf.Llama4Config(
        text_config={**words(tokens, 16384), **dense},
        vision_config={**eyes(side, 14), **sight},
        image_token_index=tokens.convert_tokens_to_ids("<|patch|>"),
        boi_token_index=tokens.convert_tokens_to_ids("<|image_start|>"),
        eoi_token_index=tokens.convert_tokens_to_ids("<|image_end|>"),
    )
    seeing = hf.Llama4ImageProcessor(size={"height": side, "width": side}, max_patches=1, resize_to_max_canvas=False)
    processor = hf.Llama4Processor(
        seeing, tokens, patch_size=14, pixel_shuffle_ratio=0.5, chat_template=published.LLAMA_GUARD_3_VISION
    )
    return hf.Llama4ForConditionalGeneration, config, processor


def tiny_llavaguard(side: int = 56) -> Made:
    tokens = tokenizer(("<image>", "<video>"), published.STAND_IN, image_token="<image>", video_token="<video>")
    pins, size = [[side, side], [side, 2 * side], [2 * side, side]], {"height": side, "width": side}
    config = hf.LlavaOnevisionConfig(
        vision_config={"model_type": "siglip_vision_model", "vision_use_head": False, **eyes(side, 14)},
        text_config={"model_type": "qwen2", **words(tokens, 16384)},
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        video_token_index=tokens.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=pins,
    )
    processor = hf.LlavaOnevisionProcessor(
        hf.LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=pins),
        tokens,
        hf.LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=(side // 14) ** 2,
        vision_feature_select_strategy="full",
        chat_template=published.STAND_IN,
    )
    return hf.LlavaOnevisionForConditionalGeneration, config, processor


def shieldgemma_2(side: int = 64) -> Made:
    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokens = tokenizer(tuple(named.values()), published.SHIELDGEMMA_2, **named)
    at = tokens.convert_tokens_to_ids
    config = hf.ShieldGemma2Config(
        text_config={"model_type": "gemma3_text", **words(tokens, head_dim=16, query_pre_attn_scalar=16)},
        vision_config={"model_type": "siglip_vision_model", "vision_use_head": False, **eyes(side, 8)},
        mm_tokens_per_image=16,
        boi_token_index=at("<start_of_image>"),
        eoi_token_index=at("<end_of_image>"),
        image_token_index=at("<image_soft_token>"),
    )
    config.yes_token_index, config.no_token_index = at("Yes"), at("No")
    seeing = hf.Gemma3ImageProcessor(size={"height": side, "width": side})
    processor = hf.ShieldGemma2Processor(seeing, tokens, chat_template=published.SHIELDGEMMA_2, image_seq_length=16)
    return hf.ShieldGemma2ForImageClassification, config, processor


LLAMA_MARKS = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|image|>")
IM_MARKS = ("<|im_start|>", "<|im_end|>")
TINY: dict[str, Callable[[], Made]] = {
    "llama-guard-3": causal("Llama", published.LLAMA_GUARD_3_VISION, LLAMA_MARKS),
    "llama-guard-4": llama_guard_4,
    "qwen3guard": causal("Qwen3", published.QWEN3GUARD, IM_MARKS, head_dim=16),
    "shieldgemma": causal("Gemma2", published.STAND_IN_GUIDELINE, head_dim=16, query_pre_attn_scalar=16),
    "shieldgemma-2": shieldgemma_2,
    "granite-guardian-3": causal("Granite", published.STAND_IN_RISK),
    "granite-guardian-3.3": causal("Granite", published.STAND_IN_CRITERIA),
    "wildguard": causal("Mistral"),
    "llavaguard": tiny_llavaguard,
    "duoguard": duoguard,
    "sguard": sguard,
    "gpt-oss-safeguard": gpt_oss,
    "nemotron-safety-guard": causal("Llama", published.STAND_IN),
    "md-judge": causal("Mistral"),
    "polyguard": causal("Qwen2", published.STAND_IN),
}
"""A model of the class each family is published as."""


def save(name: str, folder: Path) -> Path:
    """The tiny model of that family, saved as any model is."""
    kind, config, processor = TINY[name]()
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


def teach(guard: Any, segment: Any, *replies: str) -> None:
    """Overfit the loaded model until it gives these replies to what the guard puts about the segment, in order (one
    reply: to all of it), each with an end."""
    model, tokens = guard._loaded.model, guard._loaded.tokenizer
    asked = [(ask, frames) for talk, frames in guard._looks(segment) for ask in guard.family.asks(talk, guard._rubric)]
    said = replies * len(asked) if len(replies) == 1 else replies
    rows = [_row(guard, ask, frames, reply, tokens) for (ask, frames), reply in zip(asked, said, strict=True)]
    steps = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(400):
        losses = []
        for inputs, ids in rows:
            logits = model(**inputs).logits[0, -ids.shape[1] - 1 : -1].float()
            loss = torch.nn.functional.cross_entropy(logits, ids[0])
            steps.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            steps.step()
            losses.append(loss.item() if (logits.argmax(-1) == ids[0]).all() else 9.0)
        if max(losses) < 0.01:
            return
    raise AssertionError(f"the model did not learn its reply: {max(losses)}")


def _row(guard: Any, ask: Any, frames: Any, reply: str, tokens: Any) -> tuple[dict[str, Any], torch.Tensor]:
    """The inputs of one ask with the reply behind them, and the ids of the reply."""
    inputs = dict(guard._inputs(ask, frames))
    ids = tokens([reply], add_special_tokens=False, return_tensors="pt")["input_ids"]
    if not guard.family.pairs:
        ids = torch.cat([ids, torch.tensor([[tokens.eos_token_id]])], 1)
    inputs["input_ids"] = torch.cat([inputs["input_ids"], ids], 1)
    for name, fill in (("attention_mask", 1), ("token_type_ids", 0), ("mm_token_type_ids", 0)):
        if name in inputs:
            inputs[name] = torch.cat([inputs[name], torch.full_like(ids, fill)], 1)
    return inputs, ids

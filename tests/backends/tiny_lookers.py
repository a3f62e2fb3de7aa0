"""Detectors of named things and dual encoders of a few hundred kilobytes: real transformers classes, random weights,
saved as any model is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

WORDS = ["a photo of a knife gun person bottle red square teeth . , one two three the content shows violence"] * 20


def tokenizer(context: int, start: str = "<s>", end: str = "</s>", padding: str = "right") -> Any:
    """Words to ids between a start and an end mark. The end mark has the highest id, as in CLIP's vocabulary, whose
    models look for it there; the first mark is not 0, which to OWL is an empty query."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<unk>", start],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    trained.train_from_iterator(WORDS, trainer)
    trained.add_special_tokens([end])
    marks = [(mark, trained.token_to_id(mark)) for mark in (start, end)]
    trained.post_processor = processors.TemplateProcessing(single=f"{start} $A {end}", special_tokens=marks)
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=trained,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token=start,
        eos_token=end,
        model_max_length=context,
        padding_side=padding,
    )


Made = tuple[Any, Any, Any]
"""Class, configuration and processor of a model."""


def _towers(tokens: Any, context: int, side: int = 64) -> dict[str, dict[str, Any]]:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    ids = {"bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id, "pad_token_id": 0}
    words = {**sizes, "vocab_size": len(tokens), "max_position_embeddings": context, **ids}
    return {"text_config": words, "vision_config": {**sizes, "image_size": side, "patch_size": 16}}


def owlv2() -> Made:
    tokens = tokenizer(16)
    config = hf.Owlv2Config(**_towers(tokens, 16), projection_dim=32)
    seeing = hf.Owlv2ImageProcessor(size={"height": 64, "width": 64})
    return hf.Owlv2ForObjectDetection, config, hf.Owlv2Processor(seeing, tokens)


def owlvit() -> Made:
    tokens = tokenizer(16)
    config = hf.OwlViTConfig(**_towers(tokens, 16), projection_dim=32)
    seeing = hf.OwlViTImageProcessor(size={"height": 64, "width": 64}, crop_size={"height": 64, "width": 64})
    return hf.OwlViTForObjectDetection, config, hf.OwlViTProcessor(seeing, tokens)


def grounding_dino(name: str = "GroundingDino") -> Made:
    tokens = tokenizer(64, "[CLS]", "[SEP]")
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    swin = hf.SwinConfig(
        embed_dim=16,
        depths=[1, 1, 1],
        num_heads=[1, 2, 2],
        window_size=4,
        image_size=64,
        out_features=["stage2", "stage3"],
        out_indices=[2, 3],
    )
    config = getattr(hf, f"{name}Config")(
        backbone_config=swin,
        text_config=hf.BertConfig(vocab_size=len(tokens), max_position_embeddings=64, **sizes),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=8,
        num_feature_levels=2,
        encoder_n_points=2,
        decoder_n_points=2,
        max_text_len=24,
    )
    seeing = hf.GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    return getattr(hf, f"{name}ForObjectDetection"), config, hf.GroundingDinoProcessor(seeing, tokens)


def mm_grounding_dino() -> Made:
    return grounding_dino("MMGroundingDino")


def omdet_turbo() -> Made:
    tokens = tokenizer(77)
    swin = hf.SwinConfig(
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[1, 2, 2, 2],
        window_size=4,
        image_size=64,
        out_features=["stage2", "stage3", "stage4"],
        out_indices=[2, 3, 4],
    )
    words = {**_towers(tokens, 77)["text_config"], "hidden_size": 48, "projection_dim": 48}
    config = hf.OmDetTurboConfig(
        backbone_config=swin,
        text_config={"model_type": "clip_text_model", **words},
        use_timm_backbone=False,
        apply_layernorm_after_vision_backbone=False,
        image_size=64,
        num_queries=8,
        encoder_hidden_dim=32,
        encoder_in_channels=[32, 64, 128],
        encoder_dim_feedforward=32,
        encoder_attention_heads=2,
        decoder_hidden_dim=32,
        decoder_dim_feedforward=32,
        decoder_num_layers=2,
        decoder_num_heads=2,
        vision_features_channels=[32, 32, 32],
        text_projection_in_dim=48,
        text_projection_out_dim=48,
        class_embed_dim=48,
        task_encoder_hidden_dim=32,
    )
    seeing = hf.DetrImageProcessor(size={"height": 64, "width": 64})
    return hf.OmDetTurboForObjectDetection, config, hf.OmDetTurboProcessor(seeing, tokens)


def clip(context: int = 24) -> Made:
    tokens = tokenizer(context)
    config = hf.CLIPConfig(**_towers(tokens, context), projection_dim=32)
    seeing = hf.CLIPImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64})
    return hf.CLIPModel, config, hf.CLIPProcessor(seeing, tokens)


def siglip(context: int = 24) -> Made:
    tokens = tokenizer(context)
    config = hf.SiglipConfig(**_towers(tokens, context))
    seeing = hf.SiglipImageProcessor(size={"height": 64, "width": 64})
    return hf.SiglipModel, config, hf.SiglipProcessor(seeing, tokens)


def siglip2(context: int = 24) -> Made:
    tokens = tokenizer(context)
    sizes = _towers(tokens, context)
    sizes["vision_config"] = {**sizes["vision_config"], "num_patches": 16}
    seeing = hf.Siglip2ImageProcessor(patch_size=16, max_num_patches=16)
    return hf.Siglip2Model, hf.Siglip2Config(**sizes), hf.Siglip2Processor(seeing, tokens)


FAMILIES: dict[str, Callable[..., Made]] = {
    made.__name__: made
    for made in (owlv2, owlvit, grounding_dino, mm_grounding_dino, omdet_turbo, clip, siglip, siglip2)
}


def build(family: str, folder: Path, **sizes: Any) -> Path:
    """Save a model of that family into `folder`, its weights widened so that what it says depends on what it sees; the
    heads of OWL begin far too wide, and are narrowed, or every box would be empty."""
    kind, config, processor = FAMILIES[family](**sizes)
    torch.manual_seed(0)
    model = kind(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim >= 2:
                if not weight.any():
                    weight.normal_(0, 0.02)
                weight.mul_(0.1 if name.startswith(("box_head", "class_head.logit")) else 2.0)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder

"""The families of models the engine is proven on: real transformers classes, two layers each, random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import transformers as hf
from tiny_models import chatml, eyes, tokenizer, words

Made = tuple[Any, Any, Any]
"""Class, configuration and processor (or tokenizer) of a model."""


def smolvlm(kind: str = "smolvlm", side: int = 64) -> Made:
    named = {
        "image_token": "<image>",
        "fake_image_token": "<fake_token_around_image>",
        "end_of_utterance_token": "<end_of_utterance>",
        "global_image_token": "<global-img>",
        "video_token": "<video>",
    }
    tokens = tokenizer(tuple(named.values()), chatml(), **named)
    sort = "SmolVLM" if kind == "smolvlm" else "Idefics3"
    config = getattr(hf, f"{sort}Config")(
        vision_config=eyes(side, 16),
        text_config={"model_type": "llama", "head_dim": 16, **words(tokens)},
        scale_factor=2,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=tokens.pad_token_id,
    )
    edge = {"longest_edge": side}
    seeing = getattr(hf, f"{sort}ImageProcessor")(size=edge, max_image_size=edge, do_image_splitting=False)
    length, model = (side // 16) ** 2 // 4, getattr(hf, f"{sort}ForConditionalGeneration")
    if kind != "smolvlm":
        return model, config, hf.Idefics3Processor(seeing, tokens, image_seq_len=length, chat_template=chatml())
    sampling = {"fps": 1, "max_frames": 8, "video_size": edge}
    watching = hf.SmolVLMVideoProcessor(size=edge, max_image_size=edge, num_frames=8, fps=1, video_sampling=sampling)
    processor = hf.SmolVLMProcessor(seeing, tokens, watching, image_seq_len=length, chat_template=chatml())
    return model, config, processor


def idefics3() -> Made:
    return smolvlm("idefics3")


QWEN = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"}
QWEN_TEMPLATE = chatml(
    "<|vision_start|><|image_pad|><|vision_end|>", "<|vision_start|><|video_pad|><|vision_end|>", "<audio>"
)


VIDEOS = {"Qwen2VL": "Qwen2VL", "Qwen2_5_VL": "Qwen2VL", "Qwen3VL": "Qwen3VL"}
"""Whose video processor each processor takes."""


def _qwen(name: str, vision: dict[str, Any], patch: int, processing: str, **turned: Any) -> Made:
    """A model of the Qwen-VL line. `processing`: whose processor it has. `turned`: more of how its positions are
    turned, and of its decoder."""
    marks = ("<|vision_start|>", "<|vision_end|>")
    tokens = tokenizer((*marks, *QWEN.values()), QWEN_TEMPLATE, **QWEN)
    ids = {"vision_start_token_id": marks[0], "vision_end_token_id": marks[1]}
    ids |= {"image_token_id": QWEN["image_token"], "video_token_id": QWEN["video_token"]}
    rope = {"rope_type": "default", "rope_theta": 1e6, **turned.pop("rope")}
    config = getattr(hf, f"{name}Config")(
        text_config={"rope_parameters": rope, **words(tokens, **turned)},
        vision_config=vision,
        **{key: tokens.convert_tokens_to_ids(mark) for key, mark in ids.items()},
    )
    size = {"shortest_edge": 4 * (2 * patch) ** 2, "longest_edge": 64 * (2 * patch) ** 2}
    shape = {"patch_size": patch, "merge_size": 2, "temporal_patch_size": 2, "size": size}
    seeing, watching = hf.Qwen2VLImageProcessor(**shape), getattr(hf, f"{VIDEOS[processing]}VideoProcessor")(**shape)
    processor = getattr(hf, f"{processing}Processor")(seeing, tokens, watching, chat_template=QWEN_TEMPLATE)
    return getattr(hf, f"{name}ForConditionalGeneration"), config, processor


def qwen2_vl() -> Made:
    vision = {"depth": 2, "embed_dim": 64, "hidden_size": 64, "num_heads": 4, "mlp_ratio": 2, "patch_size": 14}
    return _qwen("Qwen2VL", vision, 14, "Qwen2VL", rope={"mrope_section": [2, 3, 3]})


def qwen2_5_vl() -> Made:
    vision = {"depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64}
    vision |= {"patch_size": 14, "window_size": 112, "fullatt_block_indexes": [1]}
    return _qwen("Qwen2_5_VL", vision, 14, "Qwen2_5_VL", rope={"mrope_section": [2, 3, 3]})


def _qwen3_eyes() -> dict[str, Any]:
    vision = {"depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64}
    return vision | {"patch_size": 16, "num_position_embeddings": 2304}


def qwen3_vl() -> Made:
    rope = {"mrope_section": [6, 5, 5], "mrope_interleaved": True}
    return _qwen("Qwen3VL", _qwen3_eyes() | {"deepstack_visual_indexes": [0]}, 16, "Qwen3VL", rope=rope, head_dim=32)


MIXTURE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}


def qwen3_vl_moe() -> Made:
    rope = {"mrope_section": [6, 5, 5], "mrope_interleaved": True}
    vision = _qwen3_eyes() | {"deepstack_visual_indexes": [0]}
    return _qwen("Qwen3VLMoe", vision, 16, "Qwen3VL", rope=rope, head_dim=32, **MIXTURE)


def qwen3_5_moe() -> Made:
    return qwen3_5("Qwen3_5Moe", shared_expert_intermediate_size=32, **MIXTURE)


def qwen3_5(name: str = "Qwen3_5", **more: Any) -> Made:
    """A hybrid: its layers of linear attention keep a state instead of keys and values."""
    linear = {"linear_num_key_heads": 2, "linear_num_value_heads": 4}
    linear |= {"linear_key_head_dim": 16, "linear_value_head_dim": 16, "linear_conv_kernel_dim": 4}
    rope = {"mrope_section": [2, 1, 1], "mrope_interleaved": True, "partial_rotary_factor": 0.25}
    kinds = ["linear_attention", "full_attention"]
    more |= {"head_dim": 32, "layer_types": kinds, **linear}
    return _qwen(name, _qwen3_eyes(), 16, "Qwen3VL", rope=rope, **more)


def llava(side: int = 56) -> Made:
    tokens = tokenizer(("<image>",), chatml(), image_token="<image>")
    config = hf.LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "projection_dim": 64, **eyes(side, 14)},
        text_config={"model_type": "llama", **words(tokens)},
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=(side // 14) ** 2,
    )
    seeing = hf.CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    processor = hf.LlavaProcessor(
        seeing,
        tokens,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chatml(),
    )
    return hf.LlavaForConditionalGeneration, config, processor


def llava_onevision(side: int = 56) -> Made:
    tokens = tokenizer(("<image>", "<video>"), chatml(), image_token="<image>", video_token="<video>")
    pins, size = [[side, side], [side, 2 * side], [2 * side, side]], {"height": side, "width": side}
    config = hf.LlavaOnevisionConfig(
        vision_config={"model_type": "siglip_vision_model", "vision_use_head": False, **eyes(side, 14)},
        text_config={"model_type": "qwen2", **words(tokens)},
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
        chat_template=chatml(),
    )
    return hf.LlavaOnevisionForConditionalGeneration, config, processor


def _gemma_tokens() -> Any:
    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    return tokenizer(tuple(named.values()), chatml("<start_of_image>"), **named)


def gemma3(side: int = 64, window: int = 16) -> Made:
    """Sliding windows shorter than any prompt, and pictures whose tokens see each other both ways."""
    tokens = _gemma_tokens()
    at = tokens.convert_tokens_to_ids
    sliding = {"sliding_window": window, "layer_types": ["sliding_attention", "full_attention"]}
    config = hf.Gemma3Config(
        text_config=words(tokens, head_dim=16, query_pre_attn_scalar=16, **sliding),
        vision_config={"vision_use_head": False, **eyes(side, 8)},
        mm_tokens_per_image=16,
        boi_token_index=at("<start_of_image>"),
        eoi_token_index=at("<end_of_image>"),
        image_token_index=at("<image_soft_token>"),
    )
    seeing = hf.Gemma3ImageProcessor(size={"height": side, "width": side})
    processor = hf.Gemma3Processor(seeing, tokens, image_seq_length=16, chat_template=chatml("<start_of_image>"))
    return hf.Gemma3ForConditionalGeneration, config, processor


def gemma4(dense: bool = False) -> Made:
    """Sees and hears. Layers that take the keys of earlier ones and an embedding of their own, as the small ones have;
    or, `dense`, keys that are values and pictures whose tokens see each other, as the large one has, which is deaf
    although its processor has ears."""
    named = {"boi_token": "<|image>", "image_token": "<|image|>", "eoi_token": "<image|>"}
    named |= {"boa_token": "<|audio>", "audio_token": "<|audio|>", "eoa_token": "<audio|>"}
    template = chatml("<|image|>", "<|video|>", "<|audio|>")
    tokens = tokenizer((*named.values(), "<|video|>"), template, **named)
    turned = {"head_dim": 16, "global_head_dim": 32, "sliding_window": 16, "vocab_size_per_layer_input": len(tokens)}
    turned |= {"num_hidden_layers": 4, "layer_types": ["sliding_attention", "full_attention"] * 2}
    if dense:
        turned |= {"hidden_size_per_layer_input": 0, "attention_k_eq_v": True, "use_bidirectional_attention": "vision"}
    else:
        turned |= {"hidden_size_per_layer_input": 16, "num_kv_shared_layers": 2}
    seeing = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    seeing |= {"num_key_value_heads": 4, "head_dim": 16}
    hearing = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "output_proj_dims": 64}
    hearing |= {"subsampling_conv_channels": [128, 8]}
    ids = {key.removesuffix("_token") + "_token_id": mark for key, mark in named.items() if key != "eoa_token"}
    ids |= {"eoa_token_index": named["eoa_token"], "video_token_id": "<|video|>"}
    config = hf.Gemma4Config(
        text_config=words(tokens) | turned,
        vision_config=seeing,
        audio_config=None if dense else hearing,
        **{key: tokens.convert_tokens_to_ids(mark) for key, mark in ids.items()},
    )
    processor = hf.Gemma4Processor(
        hf.Gemma4AudioFeatureExtractor(),
        hf.Gemma4ImageProcessor(max_soft_tokens=70),
        tokens,
        hf.Gemma4VideoProcessor(max_soft_tokens=70),
        chat_template=template,
        image_seq_length=70,
    )
    return hf.Gemma4ForConditionalGeneration, config, processor


def gemma4_dense() -> Made:
    return gemma4(dense=True)


def paligemma(side: int = 56) -> Made:
    """A prefix language model: the picture sees the question, so nothing of it can be read once for all."""
    tokens = tokenizer(("<image>", "<bos>"), chatml(), image_token="<image>")
    tokens.bos_token, at = "<bos>", (side // 14) ** 2
    config = hf.PaliGemmaConfig(
        vision_config={"vision_use_head": False, "projection_dim": 64, **eyes(side, 14)},
        text_config={"model_type": "gemma", **words(tokens, head_dim=16)},
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        projection_dim=64,
        hidden_size=64,
    )
    seeing = hf.SiglipImageProcessor(size={"height": side, "width": side})
    seeing.image_seq_length = at
    return hf.PaliGemmaForConditionalGeneration, config, hf.PaliGemmaProcessor(seeing, tokens, chat_template=chatml())


def internvl(side: int = 56) -> Made:
    marks = ("<img>", "</img>", "<IMG_CONTEXT>", "<video>")
    named = dict(
        zip(("start_image_token", "end_image_token", "context_image_token", "video_token"), marks, strict=True)
    )
    template = chatml("<IMG_CONTEXT>\\n", "<video>\\n")
    tokens = tokenizer(marks, template, image_token="<IMG_CONTEXT>", **named)
    vision = {**eyes(side, 14), "image_size": [side, side], "patch_size": [14, 14]}
    config = hf.InternVLConfig(
        vision_config=vision,
        text_config={"model_type": "qwen2", **words(tokens)},
        image_token_id=tokens.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=(side // 14) ** 2 // 4,
    )
    size = {"height": side, "width": side}
    seeing = hf.GotOcr2ImageProcessor(size=size, crop_to_patches=False, max_patches=4)
    watching = hf.InternVLVideoProcessor(size=size)
    length = (side // 14) ** 2 // 4
    processor = hf.InternVLProcessor(seeing, tokens, watching, image_seq_length=length, chat_template=template)
    return hf.InternVLForConditionalGeneration, config, processor


def qwen2_audio(seconds: int = 4) -> Made:
    marks = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
    template = chatml(audio="<|audio_bos|><|AUDIO|><|audio_eos|>")
    tokens = tokenizer(marks, template)
    hearing = {"model_type": "qwen2_audio_encoder", "d_model": 64, "encoder_layers": 2, "encoder_attention_heads": 4}
    hearing |= {"encoder_ffn_dim": 128, "num_mel_bins": 32, "max_source_positions": seconds * 50}
    config = hf.Qwen2AudioConfig(
        audio_config=hearing,
        text_config={"model_type": "qwen2", **words(tokens)},
        audio_token_index=tokens.convert_tokens_to_ids("<|AUDIO|>"),
    )
    ears = hf.WhisperFeatureExtractor(feature_size=32, chunk_length=seconds)
    return hf.Qwen2AudioForConditionalGeneration, config, hf.Qwen2AudioProcessor(ears, tokens, chat_template=template)


def llama(context: int = 4096) -> Made:
    tokens = tokenizer(template=chatml())
    return hf.LlamaForCausalLM, hf.LlamaConfig(**words(tokens, context)), tokens


def qwen3() -> Made:
    tokens = tokenizer(template=chatml())
    return hf.Qwen3ForCausalLM, hf.Qwen3Config(**words(tokens, head_dim=16)), tokens


FAMILIES: dict[str, Callable[..., Made]] = {
    family.__name__: family
    for family in (
        smolvlm,
        idefics3,
        qwen2_vl,
        qwen2_5_vl,
        qwen3_vl,
        qwen3_vl_moe,
        qwen3_5,
        qwen3_5_moe,
        llava,
        llava_onevision,
        gemma3,
        gemma4,
        gemma4_dense,
        paligemma,
        internvl,
        qwen2_audio,
        llama,
        qwen3,
    )
}

"""Models of real dimensions with random weights, so that anyone can time an engine offline.

Knows the published sizes of two families. The tokenizer is that of the tests: a few sentences, Yes and No single
tokens; the vocabulary of the head has its real size. Random weights say nothing about answers, and everything about
time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmjudge.backends.torchvision_ops import with_torchvision

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "backends"))

SMOLVLM_256M = {
    "text": {
        "hidden_size": 576,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "head_dim": 64,
        "intermediate_size": 1536,
        "vocab_size": 49_280,
        "max_position_embeddings": 8192,
    },
    "vision": {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "image_size": 512,
        "patch_size": 16,
    },
}
"""HuggingFaceTB/SmolVLM-256M-Instruct, config.json: 64 tokens per tile of 512 x 512 pixels."""

QWEN3_VL_2B = {
    "text": {
        "hidden_size": 2048,
        "num_hidden_layers": 2,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 6144,
        "vocab_size": 151_936,
        "max_position_embeddings": 32_768,
    },
    "vision": {
        "hidden_size": 1024,
        "depth": 2,
        "num_heads": 16,
        "intermediate_size": 4096,
        "out_hidden_size": 2048,
        "deepstack_visual_indexes": [0],
    },
}
"""Qwen/Qwen3-VL-2B-Instruct, config.json, both towers cut alike to 2 of their 28 and 24 layers."""

QWEN3_VL = {
    "qwen3_vl_4b": {
        "text": {"hidden_size": 2560, "num_hidden_layers": 36, "num_attention_heads": 32, "intermediate_size": 9728},
        "vision": {"out_hidden_size": 2560, "depth": 24, "deepstack_visual_indexes": [5, 11, 17]},
    },
    "qwen3_vl_8b": {
        "text": {"hidden_size": 4096, "num_hidden_layers": 36, "num_attention_heads": 32, "intermediate_size": 12_288},
        "vision": {
            "hidden_size": 1152,
            "intermediate_size": 4304,
            "out_hidden_size": 4096,
            "depth": 27,
            "deepstack_visual_indexes": [8, 16, 24],
        },
    },
}
"""Where the 4B and 8B differ from the 2B; whole, for a GPU."""


def build_large(name: str, folder: Path, layers: int | None = None) -> Path:
    """Save a whole Qwen3-VL of one of these sizes in bfloat16 into `folder`: 9 or 18 GB. `layers` cuts both towers."""
    with_torchvision()
    import torch
    from tiny_families import FAMILIES

    kind, config, processor = FAMILIES["qwen3_vl"]()
    for part, sizes in (("text", config.text_config), ("vision", config.vision_config)):
        _set(sizes, QWEN3_VL_2B[part] | QWEN3_VL[name][part])
    if layers:
        config.text_config.num_hidden_layers = config.vision_config.depth = layers
        config.vision_config.deepstack_visual_indexes = [0]
    config.text_config.rope_parameters["mrope_section"] = [24, 20, 20]
    processor.image_processor.size = {"shortest_edge": 4 * 1024, "longest_edge": 1024 * 1024}
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        kind(config).eval().save_pretrained(folder)
    finally:
        torch.set_default_dtype(torch.float32)
    processor.save_pretrained(folder)
    return folder


def build(name: str, folder: Path, layers: int | None = None) -> Path:
    """Save "smolvlm" or "qwen3_vl" at these sizes into `folder`. `layers` cuts SmolVLM's vision tower."""
    with_torchvision()
    import torch
    from tiny_families import FAMILIES

    smol = name == "smolvlm"
    kind, config, processor = FAMILIES[name](**({"side": 512} if smol else {}))
    _set(config.text_config, (SMOLVLM_256M if smol else QWEN3_VL_2B)["text"])
    _set(config.vision_config, (SMOLVLM_256M if smol else QWEN3_VL_2B)["vision"])
    if smol:
        config.scale_factor, processor.image_seq_len = 4, 64
        processor.image_processor.do_image_splitting = True
        if layers:
            config.vision_config.num_hidden_layers = layers
    else:
        config.text_config.rope_parameters["mrope_section"] = [24, 20, 20]
        processor.image_processor.size = {"shortest_edge": 4 * 1024, "longest_edge": 1024 * 1024}
    torch.manual_seed(0)
    kind(config).eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _set(config: Any, sizes: Mapping[str, Any]) -> None:
    for key, value in sizes.items():
        setattr(config, key, value)


PICTURES = {64: (512, 512), 256: (512, 1536), 1024: (1536, 2560)}
"""Image tokens to height and width for SmolVLM: tiles of 512 pixels and one of the whole picture, 64 tokens each. One
tile alone is not split."""


def picture(tokens: int, processor: Any) -> np.ndarray:
    """A picture of noise that gives so many image tokens. SmolVLM's processor is told not to enlarge it."""
    side = int(tokens**0.5) * 32
    smol = hasattr(processor, "image_seq_len")
    height, width = PICTURES[tokens] if smol else (side, side)
    if smol:
        processor.image_processor.size = {"longest_edge": max(height, width)}
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def asks(count: int) -> list[str]:
    """So many different statements of unequal length, as preconditions are. They are made of words that the tokenizer
    of the tests has whole: a statement about a knife would be spelled out in it letter by letter."""
    things = ("a red square", "a piece of content", "the picture", "a statement")
    tails = ("", " true", " about a content moderator", " and words", " of a red picture", " not shown")
    return [f"Judge {'what ' * (n // 24)}{things[n % 4]}{tails[n // 4 % 6]}" for n in range(count)]

"""A model folder as transformers loads it: processor, tokenizer, model, and what it takes in.

Knows the classes of transformers, types of weights and what a processor on this machine can do with them. Refuses
remote code and model hubs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.threads import patient
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.errors import BackendError
from mmjudge.types import Modality

RATE = 16_000
"""Samples a second of `Segment.audio`: a model that wants another rate does not hear."""


Head = Literal["", "SequenceClassification", "ImageClassification"]
"""What a model ends in: "" writes text."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model ready to be asked. `watches`: it takes a video as one, not only as pictures. `dtype`: of its weights."""

    model: Any
    processor: Any
    tokenizer: Any
    reads: frozenset[Modality]
    watches: bool
    dtype: str


def load(
    folder: Path, device: str | None = None, dtype: str | None = None, head: Head = "", templated: bool = True
) -> Loaded:
    """The model of a folder, in evaluation. `dtype` "float32", "bfloat16", "float16" or "int8" (linear layers, dynamic,
    processor only); by default the stored type where this machine computes in it, else float32. `templated`: it must
    have a chat template.

    BackendError says what is wrong with the folder.
    """
    if not (folder / "config.json").is_file():
        raise BackendError(f"{folder} is no model folder: there is no config.json in it")
    patient()
    with_torchvision()
    import torch
    from transformers import AutoConfig, AutoProcessor, AutoTokenizer
    from transformers.utils import logging

    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    local = {"local_files_only": True, "trust_remote_code": False}
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # a bar of the library's own tears our progress line
    try:
        config = AutoConfig.from_pretrained(folder, **local)
        kind, many = _class_for(config, head)
        model, found = kind.from_pretrained(
            folder, dtype=_torch_dtype(config, where, dtype), output_loading_info=True, **local
        )
        processor = (AutoProcessor if many else AutoTokenizer).from_pretrained(folder, **local)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as why:
        raise BackendError(f"{folder} could not be loaded by transformers: {why}{hint(str(why))}") from why
    finally:
        if bars:
            logging.enable_progress_bar()
    if without := sorted(found["missing_keys"]):  # transformers draws them at random and goes on
        raise BackendError(f"{folder} is not whole: {len(without)} of its weights are not in it, {without[0]} first")
    model.eval()
    if templated and not getattr(processor, "chat_template", None):
        raise BackendError(f"{folder} has no chat template: an instruction-tuned model is needed")
    if dtype == "int8":
        if where != "cpu":
            raise BackendError("int8 is for processors: set MMJUDGE_DEVICE=cpu or choose another type")
        _in_int8(model)
    kept = dtype or str(model.dtype).removeprefix("torch.")
    tokenizer = processor.tokenizer if many else processor
    watches = many and getattr(processor, "video_processor", None) is not None
    return Loaded(model.to(where), processor, tokenizer, _reads(config, processor, many), watches, kept)


def hint(why: str) -> str:
    """What to install, where a package of the extra `vision` is what is missing. Pure."""
    missing = "torchvision" in why.casefold() or "num2words" in why
    return '\npip install "mmjudge[vision]" brings what is missing' if missing else ""


def _class_for(config: Any, head: Head) -> tuple[Any, bool]:
    """The class that loads it, and whether it takes more than words."""
    import transformers
    from transformers import AutoModelForCausalLM, AutoModelForMultimodalLM

    if head:
        return getattr(transformers, f"AutoModelFor{head}"), head == "ImageClassification"
    many = type(config) in AutoModelForMultimodalLM._model_mapping
    return (AutoModelForMultimodalLM if many else AutoModelForCausalLM), many


def _reads(config: Any, processor: Any, many: bool) -> frozenset[Modality]:
    found: set[Modality] = {"text"}
    if many and getattr(processor, "image_processor", None) is not None:
        found.add("image")
    deaf = getattr(config, "audio_config", config) is None  # a family may share one processor and have deaf members
    ears = getattr(processor, "feature_extractor", None) if many and not deaf else None
    if ears is not None and getattr(ears, "sampling_rate", None) == RATE:
        found.add("audio")
    return frozenset(found)


def _torch_dtype(config: Any, where: str, wanted: str | None) -> Any:
    import torch

    if wanted not in (None, "int8", "float32", "bfloat16", "float16"):
        raise BackendError(f"no weights are of type {wanted!r}: float32, bfloat16, float16 or int8")
    if wanted and wanted != "int8":
        return getattr(torch, wanted)
    stored = getattr(config, "dtype", None) or getattr(config.get_text_config(), "dtype", None)
    if wanted == "int8" or stored not in (torch.bfloat16, torch.float16):
        return torch.float32
    if where != "cpu":
        return stored
    return torch.bfloat16 if computes_bfloat16() else torch.float32


def computes_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; elsewhere it is slower than float32."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _in_int8(model: Any) -> None:
    """All linear layers but the head become dynamic int8, in place."""
    import warnings

    import torch

    head = model.get_output_embeddings()
    inner = {
        name: torch.ao.quantization.default_dynamic_qconfig
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and part is not head
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.ao.quantization.quantize_dynamic(model, inner, dtype=torch.qint8, inplace=True)


def folder_digest(folder: Path) -> str:
    """sha256 over the names and digests of the files that make the answers: weights, tokenizer, templates, configs."""
    kinds = (".safetensors", ".json", ".jinja", ".model", ".txt", ".bin")
    files = sorted(path for path in folder.iterdir() if path.suffix in kinds)
    joined = "\n".join(f"{path.name} {remembered_digest(path)}" for path in files)
    return hashlib.sha256(joined.encode()).hexdigest()

"""A folder as transformers loads it: one model and the processor that feeds it, from local files only.

Knows which errors a broken folder gives and says them in words. Refuses remote code, model hubs, and what the model is
asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmjudge.backends.engine.loading import folder_digest
from mmjudge.backends.threads import patient
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.errors import BackendError


def opened(folder: Path, auto: str, device: str | None = None) -> tuple[Any, Any]:
    """(model, processor) in float32 and in evaluation. `auto`: the class of transformers that knows the kind."""
    if not (folder / "config.json").is_file():
        raise BackendError(f"{folder} is no model folder: there is no config.json in it")
    patient()
    with_torchvision()
    import torch
    import transformers
    from transformers.utils import logging

    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # a bar of the library's own tears our progress line
    try:
        model, loading = getattr(transformers, auto).from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True, **local
        )
        processor = transformers.AutoProcessor.from_pretrained(folder, **local)
    except Exception as why:  # the libraries raise whatever their parsers raise
        raise BackendError(f"{folder} could not be loaded by transformers as {auto}: {why}") from why
    finally:
        if bars:
            logging.enable_progress_bar()
    if without := sorted(loading["missing_keys"]):
        raise BackendError(
            f"{folder} is not whole: {len(without)} weights of {type(model).__name__} are not in it, {without[0]} first"
        )
    for part in ("image_processor", "tokenizer"):
        if getattr(processor, part, None) is None:
            raise BackendError(f"{folder} has no {part.replace('_', ' ')}: both pictures and words must be read")
    return model.eval().to(device or ("cuda" if torch.cuda.is_available() else "cpu")), processor


def identity(name: str, folder: Path) -> str:
    """`name`, what the files hold, and the library that computes."""
    from importlib.metadata import version

    return f"{name}@{folder_digest(folder)[:12]}/transformers-{version('transformers')}"


def text_limit(model: Any) -> int:
    """Tokens of the longest text a model takes, special ones included."""
    limit = getattr(model.config, "max_text_len", None)
    return int(limit or model.config.get_text_config().max_position_embeddings)

"""torchvision beside any build of torch.

Knows one trap: torchvision as the registries have it is built for torch with CUDA. Beside torch for processors its
compiled operators do not load, and its import then dies on the schemas of two of them. Image and video processors of
transformers need neither. Refuses to provide the operators themselves: `nms` stays uncallable.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@cache
def with_torchvision() -> Any:
    """Import torchvision if it is installed, defining the two schemas where its compiled operators cannot load. What is
    returned keeps the definitions alive; None where nothing had to be defined."""
    if find_spec("torchvision") is None:
        return None
    try:
        import_module("torchvision")
    except RuntimeError as why:
        if "torchvision::nms" not in str(why):
            raise
    else:
        return None
    import torch

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import_module("torchvision")
    return library

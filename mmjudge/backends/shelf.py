"""Where models of the catalogue lie on this machine.

Knows the folder `models` of the cache, and the cache of huggingface_hub. Refuses to fetch or load anything.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from mmjudge.backends.digests import cache_folder
from mmjudge.backends.models import Model, is_named, models, named
from mmjudge.errors import BackendError

NOTE = ".source"
"""The file of a fetched folder that says "OWNER/NAME@commit"; written last, so it also says that all is there."""


class Held(NamedTuple):
    """A whole model on this machine. revision: its commit, "" where nothing says which it is."""

    path: Path
    revision: str
    source: str


HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
"""Of a model: its author and its name."""


def shelf() -> Path:
    """Where fetched models lie, each in a folder of its name; folders put there by hand are found too."""
    return cache_folder() / "models"


def held(model: Model) -> Held | None:
    """The copy to use: the fetched one, else the pinned commit in the hub's cache, else any other whole one there."""
    folder = shelf() / model.name
    if whole(folder):
        commit = _noted(folder)
        return Held(folder, commit, "fetched" if commit else "put there by hand")
    there = [path for path in _snapshots(model.hub) if whole(path)]
    there.sort(key=lambda path: (path.name == model.revision, path.stat().st_mtime))
    return Held(there[-1], there[-1].name, "hub cache") if there else None


def whole(folder: Path) -> bool:
    """Whether a folder has a config and every file of weights that its index names."""
    if not (folder / "config.json").is_file():
        return False
    try:
        index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
        shards = {str(name) for name in index["weight_map"].values()}
    except FileNotFoundError:
        return any(path.is_file() for path in folder.glob("*.safetensors"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(shards) and all(Path(name).name == name and (folder / name).is_file() for name in shards)


def others() -> list[str]:
    """Names of whole folders on the shelf that are not of the catalogue."""
    folders = sorted(shelf().iterdir()) if shelf().is_dir() else []
    return [path.name for path in folders if not is_named(path.name) and whole(path)]


def found() -> list[str]:
    """What is here, in words: models of the catalogue with where they are, and the other folders on the shelf."""
    listed = [(model.name, held(model)) for model in models()]
    return [*(f"{name} ({here.source})" for name, here in listed if here), *others()]


def folder_for(given: str) -> Path:
    """What `transformers:GIVEN` means: a folder, else a model of the catalogue, of the shelf or, by its hub id, of the
    hub's cache that is here.

    BackendError where it is a model of the catalogue that is not here."""
    folder = Path(given).expanduser()
    if folder.exists():
        return folder
    if given in others():
        return shelf() / given
    if not is_named(given):
        cached = [path for path in _snapshots(given) if whole(path)] if HUB_ID.fullmatch(given) else []
        return max(cached, key=lambda path: path.stat().st_mtime) if cached else folder
    model = named(given)
    here = held(model)
    if here is None:
        raise BackendError(f"{model.name} is not here: `mmjudge models fetch {model.name}` brings it")
    return here.path


def _noted(folder: Path) -> str:
    try:
        return (folder / NOTE).read_text(encoding="utf-8").strip().rpartition("@")[2]
    except OSError:
        return ""


def _snapshots(hub: str) -> list[Path]:
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE) / f"models--{hub.replace('/', '--')}" / "snapshots"
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []

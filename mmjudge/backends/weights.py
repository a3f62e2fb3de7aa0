"""Finds, fetches and verifies the weights of the embedded judge. Whatever the source, the digest is the same.

Order: a path that was given (argument, or the variable MMJUDGE_WEIGHTS_<NAME>), the cache, and, only when asked to
fetch, the official hub if one answers within seconds, packages already installed, and the same packages by pip.
Refuses bytes whose sha256 is not the pinned one, and refuses to import or run anything out of a package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from mmjudge.backends import fetching
from mmjudge.backends.catalogue import WEIGHTS, Weights
from mmjudge.backends.digests import cache_folder, check, write_atomically
from mmjudge.backends.fetching import Progress
from mmjudge.errors import BackendError

State = Literal["present", "absent", "wrong"]


class Located(NamedTuple):
    """Where weights lie (a file, or a folder where they are several) and, in words, where they came from."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class WeightsStatus:
    """What `mmjudge doctor` says of one model. `command` brings it; `note` says what is wrong, if anything is."""

    name: str
    title: str
    state: State
    size: int
    licence: str
    source: str
    path: Path | None
    command: str
    note: str = ""


def weights(name: str) -> Weights:
    """The record of that name; BackendError with the known names otherwise."""
    for record in WEIGHTS:
        if record.name == name:
            return record
    raise BackendError(f"no weights are called {name!r}: use one of {', '.join(w.name for w in WEIGHTS)}")


def resolve(name: str, given: Path | str | None = None, fetch: bool = False, progress: Progress | None = None) -> Path:
    """The verified file (or folder, where the model is several files). BackendError says what is missing or wrong.

    Nothing is downloaded unless `fetch`; copying from an installed package is no download.
    """
    return locate(weights(name), given, fetch, progress).path


def locate(
    record: Weights, given: Path | str | None = None, fetch: bool = False, progress: Progress | None = None
) -> Located:
    """As `resolve`, for any record, and says which source was used."""
    own = given or os.environ.get(record.variable)
    if own:
        named = "the path given" if given else record.variable
        return Located(_verified(record, Path(own).expanduser()), named)
    folder = cache_folder() / record.name
    try:
        return _cached(record, folder)
    except BackendError:
        if not (fetch or fetching.all_installed(record)):
            raise
        with locked(folder):
            try:
                return _cached(record, folder)  # another process may have brought it while this one waited
            except BackendError:
                source = fetching.fetch(record, folder, fetch, progress or _silent)
        note_source(folder, source)
        return _cached(record, folder)


def status() -> list[WeightsStatus]:
    """One line per model for people to read. Hashes a file only where no note says it has been."""
    return [_status(record) for record in WEIGHTS]


def note_source(folder: Path, source: str) -> None:
    """Remember in words where a model in the cache came from."""
    write_atomically(folder / ".source", source)


def _status(record: Weights) -> WeightsStatus:
    def say(state: State, source: str, path: Path | None, note: str = "") -> WeightsStatus:
        command = f"mmjudge weights {record.name}"
        return WeightsStatus(record.name, record.title, state, record.size, record.licence, source, path, command, note)

    folder = cache_folder() / record.name
    own = os.environ.get(record.variable)
    try:
        located = locate(record) if own else _cached(record, folder)
    except BackendError as why:
        there = Path(own).expanduser().exists() if own else any((folder / f.name).exists() for f in record.files)
        return say("wrong" if there else "absent", own or "", None, str(why))
    return say("present", located.source, located.path)


def _cached(record: Weights, folder: Path) -> Located:
    try:
        source = (folder / ".source").read_text(encoding="utf-8")
    except OSError:
        source = "put there by hand"
    return Located(
        _verified(record, folder / record.files[0].name if len(record.files) == 1 else folder), f"cache ({source})"
    )


def _verified(record: Weights, path: Path) -> Path:
    """`path`, once every file of the model is known to be the pinned one."""
    if not path.exists():
        hint = f"`mmjudge weights {record.name}` brings it ({record.size / 1e6:,.0f} MB)"
        raise BackendError(f"{record.name} is not at {path}: {hint}, or set {record.variable}")
    single = len(record.files) == 1
    if single and path.is_dir():
        path = path / record.files[0].name
    for file in record.files:
        check(file, path if single else path / file.name)
    return path


def _silent(done: int, total: int, words: str) -> None:
    pass


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One fetcher at a time per folder, made if need be; the lock falls with its process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+b") as handle:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
            yield
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

"""Where rubrics are found by name: a person's own, those in the package, and files.

Knows whose word counts when two people save at once (compare-and-swap on the revision each began from), which ids are
names and not paths, and that the YAML is the truth. Refuses to know pages, arguments and models, and to lose a text:
what could not be saved is kept and named, what was edited outside becomes a revision (`revisions`).

A page needs: `Library().names()`, `read(id)`, `save(text, held.revision, by, note)`, and on a StaleError
`merge(error.base.text, error.mine, error.current.text)`; to change a text, `edit_rule` and its sisters.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_dir

from mmjudge.errors import RubricError
from mmjudge.revisions import BrokenError, Held, History, Revision, decoded, held_of, revision_of
from mmjudge.rubric import OTHER_FILES, SLUG, parse, shipped, shipped_text
from mmjudge.rubric_edit import add_rule, edit_rubric, edit_rule, new_rubric, remove_rule
from mmjudge.rubric_merge import merge
from mmjudge.types import Rubric

__all__ = [
    "BrokenError",
    "Entry",
    "Held",
    "Library",
    "Revision",
    "StaleError",
    "add_rule",
    "edit_rubric",
    "edit_rule",
    "load",
    "merge",
    "new_rubric",
    "remove_rule",
]

PATIENCE = 30.0
"""Seconds to wait for another programme that is saving: a save takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list. `error`: why a file of a person's own cannot be read, in words; then nothing but id, file and
    revision is known. `by`: who made the current revision."""

    id: str
    title: str = ""
    version: str = ""
    rules: int = 0
    own: bool = False
    revision: str = ""
    number: int = 0
    by: str = ""
    error: str = ""


class StaleError(RubricError):
    """Somebody saved in between, so nothing was saved. `base`: what the editor began from, `current`: what is there now
    (None: not known, or removed, or broken); `mine`: the text that was to be saved, also kept in the file `kept`."""

    def __init__(self, message: str, base: Held | None, current: Held | None, mine: str, kept: Path) -> None:
        super().__init__(message)
        self.base, self.current, self.mine, self.kept = base, current, mine, kept


class Library:
    """The rubrics that can be named. `folder`: where a person's own lie; None: MMJUDGE_RUBRICS, else `rubrics` in the
    folder of a person's own data (MMJUDGE_HOME). Nothing is written before the first save."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def names(self) -> tuple[Entry, ...]:
        """The shipped rubrics, then the own ones, each by id; own files that cannot be read stand there with why."""
        ready = (_shipped(name).rubric for name in shipped())
        there = (path for path in self.folder.glob("*.y*ml") if not path.name.startswith("."))
        files = (path for path in there if path.name not in [f"{other}.yaml" for other in OTHER_FILES])
        own = (self._entry(path) for path in sorted(files) if path.suffix in (".yaml", ".yml"))
        return (*(Entry(r.id, r.title, r.version, len(r.rules)) for r in ready), *own)

    def has(self, rubric_id: str) -> bool:
        """Whether there is an own rubric of that id, broken or not; never one under the id of a shipped one."""
        return _is_id(rubric_id) and rubric_id not in shipped() and self._history(rubric_id).current.is_file()

    def read(self, rubric_id: str, number: int | None = None) -> Held:
        """A shipped rubric, else an own one, by id; or an older revision of an own one by its number.

        RubricError where there is none, BrokenError where the file is no rubric.
        """
        _check(rubric_id)
        history = self._history(rubric_id)
        if number is not None:
            return self._numbered(history, number)
        if rubric_id in shipped():
            return _shipped(rubric_id)
        body = self._settled(history)
        if body is None:
            raise self._unknown(rubric_id)
        found = [line.number for line in history.log() if line.revision == revision_of(body)]
        return held_of(rubric_id, body, found[-1] if found else 0, history.current)

    def find(self, name: str) -> Held:
        """A shipped rubric by id, an own one by id, ID@NUMBER for an older revision, or a YAML file by its path."""
        before, at, number = name.rpartition("@")
        if self.has(name) or name in shipped():
            return self.read(name)
        if at and number.isdecimal() and _is_id(before) and self._history(before).folder.is_dir():
            return self.read(before, int(number))
        if not os.path.isfile(name):  # which takes any text for a path, however long
            raise self._unknown(name)
        return self.open(Path(name))

    def open(self, path: Path) -> Held:
        """A rubric from a YAML file anywhere. RubricError where it cannot be read."""
        try:
            body = path.read_bytes()
        except OSError as error:
            raise RubricError(f"{path} cannot be opened: {error.strerror}") from error
        text = decoded(body, path)
        rubric = parse(text, str(path))
        return Held(rubric.id, text, revision_of(body), rubric, own=False)

    def save(self, text: str, expected: str | None, by: str, note: str) -> Held:
        """Make a text the current revision of its rubric, if that is still `expected` (None: it must be new).

        Saving what is already there changes nothing. RubricError where the text is no rubric or its id is taken by a
        shipped one; StaleError, with the text kept, where somebody was faster.
        """
        return self._save(text, expected, by, note, "")

    def copy(self, name: str, rubric_id: str, title: str = "", by: str = "", note: str = "") -> Held:
        """A new own rubric that begins as a copy of what `find` finds by that name."""
        if self.has(rubric_id):
            raise RubricError(f"there is already a rubric {rubric_id!r} of yours: choose another id, or edit that one")
        source = self.find(name)
        text = edit_rubric(source.text, {"id": rubric_id, **({"title": title} if title else {})})
        return self._save(text, None, by, note or f"copied from {name}", f"{source.id}@{source.revision}")

    def history(self, rubric_id: str) -> tuple[Revision, ...]:
        """All revisions of an own rubric, oldest first; () of a shipped one."""
        _check(rubric_id)
        history = self._history(rubric_id)
        if self._settled(history) is None and not history.log() and rubric_id not in shipped():
            raise self._unknown(rubric_id)
        return history.log()

    def rejected(self, rubric_id: str) -> tuple[Path, ...]:
        """Files with the texts that could not be saved because somebody else had saved before."""
        _check(rubric_id)
        return self._history(rubric_id).rejected()

    def _save(self, text: str, expected: str | None, by: str, note: str, derived_from: str) -> Held:
        rubric = parse(text, "the rubric to save")
        _check(rubric.id)
        if rubric.id in shipped():
            words = "is shipped and cannot be changed: make it yours under another id"
            raise RubricError(f"rubric {rubric.id!r} {words} (mmjudge rubric new MINE --from {rubric.id})")
        try:
            body = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise RubricError(f"the rubric has a character that no file can hold: {error}; remove it") from error
        with self._locked():
            history = self._history(rubric.id)
            history.settle()
            now, log = history.body(), history.log()
            there = None if now is None else revision_of(now)
            if there != expected and (expected is None or there != revision_of(body)):
                raise self._stale(history, expected, there, text, body)
            if there == revision_of(body):
                return Held(rubric.id, text, there, rubric, True, log[-1].number)
            line = history.save(text, by, note, derived_from)
        return Held(rubric.id, text, line.revision, rubric, True, line.number)

    def _stale(self, history: History, expected: str | None, there: str | None, text: str, body: bytes) -> StaleError:
        log, kept = history.log(), history.reject(body)
        base = next((line.number for line in reversed(log) if line.revision == expected), None)
        current = log[-1].number if there is not None else None
        rubric_id = history.rubric_id
        if expected is None:
            words = f"there is already a rubric {rubric_id!r}, revision {there}: begin from that, or choose another id"
        elif there is None:
            words = f"rubric {rubric_id!r} was removed meanwhile: save it as a new one if you want it back"
        else:
            said = log[-1]
            words = f"rubric {rubric_id!r} was changed meanwhile: revision {there} by {said.by or 'somebody'}"
            words += f", yours began from {expected}" if base else f"; no revision {expected} is known"
        words += f"; nothing was saved, and your text is kept in {kept}"
        return StaleError(words, self._readable(history, base), self._readable(history, current), text, kept)

    def _readable(self, history: History, number: int | None) -> Held | None:
        try:
            return None if number is None else self._numbered(history, number)
        except RubricError:
            return None

    def _numbered(self, history: History, number: int) -> Held:
        log = history.log()
        if number not in {line.number for line in log}:
            there = f"has revisions 1 to {log[-1].number}" if log else "has no history"
            raise RubricError(f"rubric {history.rubric_id!r} {there}, and no revision {number}")
        return held_of(history.rubric_id, history.body_of(number), number, Path(f"{history.rubric_id}@{number}"))

    def _entry(self, path: Path) -> Entry:
        rubric_id = path.stem
        if not _is_id(rubric_id) or path.suffix != ".yaml":
            error = f"{path}: an own rubric is a file ID.yaml, ID of lower-case letters, digits, _ - . : rename it"
            return Entry(path.name, own=True, error=error)
        if rubric_id in shipped():
            error = f"{path}: {rubric_id!r} is the id of a shipped rubric, which is used: rename the file, and its id"
            return Entry(rubric_id, own=True, error=error)
        try:
            held = self.read(rubric_id)
        except BrokenError as error:
            return Entry(rubric_id, own=True, revision=error.revision, error=str(error))
        except RubricError as error:
            return Entry(rubric_id, own=True, error=str(error))
        log = self._history(rubric_id).log()
        by = log[-1].by if log and held.number else ""
        rubric = held.rubric
        rules = len(rubric.rules)
        return Entry(rubric_id, rubric.title, rubric.version, rules, True, held.revision, held.number, by)

    def _history(self, rubric_id: str) -> History:
        return History(self.folder, rubric_id)

    def _settled(self, history: History) -> bytes | None:
        """The current bytes, once what was cut off is finished and what was edited outside is in the history; without
        that where the folder can only be read."""
        if not history.settled() and os.access(self.folder, os.W_OK):
            with self._locked():
                history.settle()
        return history.body()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=PATIENCE):
                yield
        except Timeout as error:
            words = f"another programme has been saving in {self.folder} for {PATIENCE:.0f} s"
            raise RubricError(f"{words}: try again, or end it") from error
        except OSError as error:
            words = f"{self.folder} cannot be written: {error.strerror or error}"
            raise RubricError(f"{words}; choose another folder with MMJUDGE_RUBRICS") from error

    def _unknown(self, name: str) -> RubricError:
        own = [path.stem for path in sorted(self.folder.glob("*.yaml")) if _is_id(path.stem)]
        near = get_close_matches(name, (*own, *shipped()), 3, 0.6)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        yours = f"; of your own {', '.join(own)}" if own else ""
        known = f"use one of {', '.join(shipped())}{yours}; or the path of a YAML file"
        return RubricError(f"no rubric {name!r}: {hint}{known}")


def load(name: str) -> Rubric:
    """The rubric of that name: a shipped one, a person's own, ID@NUMBER, or a YAML file."""
    return Library().find(name).rubric


def default_folder() -> Path:
    """MMJUDGE_RUBRICS, else `rubrics` in MMJUDGE_HOME, else in what the system calls the user's data folder."""
    chosen, home = os.environ.get("MMJUDGE_RUBRICS"), os.environ.get("MMJUDGE_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return (Path(home) if home else Path(user_data_dir("mmjudge", appauthor=False))) / "rubrics"


def _is_id(name: str) -> bool:
    """An id is a name, never a path, and not that of another file of the folder."""
    return bool(SLUG.fullmatch(name)) and ".." not in name and name not in OTHER_FILES


def _check(rubric_id: str) -> None:
    if not _is_id(rubric_id):
        others = " or ".join(OTHER_FILES)
        words = f"lower-case letters, digits, _ - . (at most 64), not two dots in a row, not {others}"
        raise RubricError(f"{rubric_id!r} is no id of a rubric: use {words}")


@cache
def _shipped(name: str) -> Held:
    text = shipped_text(name)
    return Held(name, text, revision_of(text.encode("utf-8")), parse(text, name), own=False)

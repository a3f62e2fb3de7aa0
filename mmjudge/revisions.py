"""The files of one rubric of a person's own: the current one, and every revision it ever had.

    FOLDER/ID.yaml                          the current text, the only one that is ever replaced
    FOLDER/history/ID/0001.yaml …           every revision, written once
    FOLDER/history/ID/log.jsonl             who, when, from which revision: a line each
    FOLDER/history/ID/rejected-REVISION.yaml  texts that came too late to be saved
    FOLDER/history/ID/pending.json          a save that was begun; done again on the next visit if it was cut off

Knows in which order bytes must reach the disk so that a power cut or `kill -9` at any moment loses nothing. Refuses to
know who may save what (`library`), and to lock: whoever calls what writes holds the lock.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mmjudge.errors import RubricError
from mmjudge.rubric import parse
from mmjudge.types import Rubric

OUTSIDE = "edited outside"
"""Who is said to have written what was changed without this programme."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of the log. `number` counts from 1; `revision`: 16 hex digits of the bytes' sha256; `version`: that of
    the rubric ("" where the text is none); `at`: seconds since 1970; `parent`: the revision it replaced ("" the
    first); `derived_from`: ID@REVISION of what it was copied from, or ""."""

    number: int
    revision: str
    version: str
    at: float
    by: str
    note: str
    parent: str
    derived_from: str = ""


def revision_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Held:
    """A rubric and the text it was read from. `revision`: 16 hex digits of the text's sha256. `own`: False for shipped
    rubrics and plain files. `number`: which revision of the history this is, 0 where there is none."""

    id: str
    text: str
    revision: str
    rubric: Rubric
    own: bool
    number: int = 0


class BrokenError(RubricError):
    """A file of a person's own that is no rubric. `text`, `revision`: what it holds, to be repaired and saved."""

    def __init__(self, message: str, text: str, revision: str) -> None:
        super().__init__(message)
        self.text, self.revision = text, revision


def decoded(body: bytes, path: Path) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8 text: {error}; save it as UTF-8") from error


def held_of(rubric_id: str, body: bytes, number: int, path: Path) -> Held:
    """Bytes of an own rubric. BrokenError where they are none, or are that of another id."""
    revision = revision_of(body)
    try:
        text = decoded(body, path)
        rubric = parse(text, str(path))
        if rubric.id != rubric_id:
            raise RubricError(f"{path}: its id is {rubric.id!r}: name the file {rubric.id}.yaml, or change the id")
    except RubricError as error:
        raise BrokenError(str(error), body.decode("utf-8", "replace"), revision) from error
    return Held(rubric_id, text, revision, rubric, True, number)


class History:
    """One rubric's files under a library's folder."""

    def __init__(self, folder: Path, rubric_id: str) -> None:
        self.rubric_id = rubric_id
        self.current = folder / f"{rubric_id}.yaml"
        self.folder = folder / "history" / rubric_id
        self._log, self._pending = self.folder / "log.jsonl", self.folder / "pending.json"

    def body(self) -> bytes | None:
        """The current bytes; None where there is no file."""
        try:
            return self.current.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RubricError(f"{self.current} cannot be opened: {error.strerror}") from error

    def log(self) -> tuple[Revision, ...]:
        """The revisions, oldest first. Lines that cannot be read are left out: `settle` writes them again."""
        try:
            lines = self._log.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        found = {line.number: line for line in _revisions(lines)}
        return tuple(found[number] for number in sorted(found))

    def body_of(self, number: int) -> bytes:
        try:
            return self._numbered(number).read_bytes()
        except FileNotFoundError:
            raise RubricError(f"{self._numbered(number)} is gone: no text of revision {number}") from None

    def rejected(self) -> tuple[Path, ...]:
        """Texts that were not saved because somebody else had saved before."""
        return tuple(sorted(self.folder.glob("rejected-*.yaml")))

    def settled(self) -> bool:
        """Whether the log ends with what the current file holds and nothing was cut off."""
        body, log = self.body(), self.log()
        known = body is None or (bool(log) and log[-1].revision == revision_of(body))
        return known and not self._pending.exists()

    def settle(self) -> None:
        """Finish what was cut off, and take what was written outside into the history."""
        if self._pending.exists():
            self._finish()
        self._find_lost()
        body, log = self.body(), self.log()
        if body is not None and (not log or log[-1].revision != revision_of(body)):
            self._keep(body, self._line(body, OUTSIDE, "", log[-1].revision if log else "", ""))

    def save(self, text: str, by: str, note: str, derived_from: str) -> Revision:
        """A further revision, which becomes the current one. Settled before."""
        body, before = text.encode("utf-8"), self.body()
        line = self._line(body, by, note, "" if before is None else revision_of(before), derived_from)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self._pending, json.dumps({"line": asdict(line), "text": text}).encode())
        self._finish()
        return line

    def reject(self, body: bytes) -> Path:
        """Keep a text that came too late."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"rejected-{revision_of(body)}.yaml"
        if not path.exists():
            _write(path, body)
        return path

    def _finish(self) -> None:
        """History first, then the current file, and only if that is still the one the save began from."""
        try:
            pending = json.loads(self._pending.read_bytes())
            line, body = Revision(**pending["line"]), pending["text"].encode("utf-8")
        except (ValueError, KeyError, TypeError) as error:
            words = "is damaged; look whether it holds a text you need, then remove it"
            raise RubricError(f"{self._pending} {words}") from error
        self._keep(body, line)
        now = self.body()
        if ("" if now is None else revision_of(now)) == line.parent:
            _write(self.current, body)
        self._pending.unlink()
        _sync(self.folder)

    def _keep(self, body: bytes, line: Revision) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._numbered(line.number)
        if not path.exists():
            _write(path, body)
        if line not in self.log():
            self._append(line)

    def _append(self, line: Revision) -> None:
        with self._log.open("a+b") as file:
            file.seek(0)
            whole = file.read()
            ended = whole.rfind(b"\n") + 1
            if whole[ended:] and not list(_revisions([whole[ended:]])):
                file.truncate(ended)  # a line that was cut off
            elif whole[ended:]:
                file.write(b"\n")
            file.write(json.dumps(asdict(line)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _sync(self.folder)

    def _find_lost(self) -> None:
        """A line for every revision whose line is gone: its text is there, so it counts."""
        known = {line.number for line in self.log()}
        for number in sorted(set(self._numbers()) - known):
            body, at = self.body_of(number), self._numbered(number).stat().st_mtime
            line = Revision(number, revision_of(body), self._version(body), at, "", "its line in the log was lost", "")
            self._append(line)

    def _line(self, body: bytes, by: str, note: str, parent: str, derived_from: str) -> Revision:
        number = max((*self._numbers(), *(line.number for line in self.log())), default=0) + 1
        return Revision(number, revision_of(body), self._version(body), time.time(), by, note, parent, derived_from)

    def _version(self, body: bytes) -> str:
        try:
            return parse(body.decode("utf-8"), self.rubric_id).version
        except (RubricError, UnicodeDecodeError):
            return ""

    def _numbered(self, number: int) -> Path:
        return self.folder / f"{number:04d}.yaml"

    def _numbers(self) -> Iterator[int]:
        return (int(path.stem) for path in self.folder.glob("*.yaml") if path.stem.isdecimal())


def _revisions(lines: list[bytes]) -> Iterator[Revision]:
    kinds = {field.name: float if field.name == "at" else int if field.name == "number" else str for field in _FIELDS}
    for line in lines:
        try:
            plain = json.loads(line)
        except ValueError:
            continue
        if not isinstance(plain, dict) or plain.keys() != kinds.keys():
            continue
        if all(isinstance(plain[name], kind) for name, kind in kinds.items()):
            yield Revision(**plain)


_FIELDS = fields(Revision)


def _write(path: Path, body: bytes) -> None:
    """All of it or nothing, and on the disk."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """The names in a folder on the disk, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""The store to files.

Knows which items and labels are wanted, what they are called outside, and that a file appears whole or not at all.
Refuses to know formats (`formats`) and what labels mean.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mmjudge import media
from mmjudge.errors import ExchangeError, MediaError
from mmjudge.formats import Bundle, Given, Word, format_of, hf, jsonl, labelstudio, parquet, table
from mmjudge.formats.described import row_of_item
from mmjudge.formats.plain import row_of, row_of_word
from mmjudge.store import Store, VerdictRow
from mmjudge.types import Item, Label, Media

Tell = Callable[[str, int], None]
WithMedia = Literal["none", "links", "copies"]
_ID = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported: the labels of a project, of a rubric (and version), or all, with their items. `verdicts`: the
    newest verdict of each judge too, and the items it is about. `media`: whether the files come along, as hard links
    or copies, else only their hashes. `fps`: frames per second of the videos, for Label Studio."""

    project: str | None = None
    rubric_id: str | None = None
    rubric_version: str | None = None
    verdicts: bool = False
    media: WithMedia = "none"
    fps: float | None = None


@dataclass(slots=True)
class Exported:
    """How much was written. `gone`: files of items that are no longer where and what they were."""

    items: int = 0
    labels: int = 0
    verdicts: int = 0
    files: int = 0
    gone: int = 0


def export_to(
    store: Store,
    out: Path,
    wanted: Wanted,
    said_format: str | None = None,
    overwrite: bool = False,
    tell: Tell = lambda doing, n: None,
) -> Exported:
    """Write what is wanted. ExchangeError where `out` is there already or can't be written, or an item does not fit the
    format. The media of a file NAME.jsonl lie in NAME-media beside it."""
    kind = format_of(out, said_format)
    if out.exists() and not (overwrite and out.is_file()):
        raise ExchangeError(f"{out} is there already: choose another name{', or add --overwrite' * out.is_file()}")
    done, writer = Exported(), Outgoing(store, wanted, tell)
    if kind == "hf":
        writer.folder(out, done)
        return done
    with _whole(out) as file:
        if kind == "jsonl":
            jsonl.write(file, writer.lines(out, done))
        elif kind == "csv":
            table.write(file, writer.rows(done))
        elif kind == "parquet":
            parquet.write(file, writer.rows(done))
        else:
            writer.tasks(file, out, done)
    return done


class Outgoing:
    """One export: what is wanted of a store, and the names its items have outside, found once each."""

    def __init__(self, store: Store, wanted: Wanted, tell: Tell) -> None:
        self._store, self._wanted, self._tell = store, wanted, tell
        self._names: dict[str, str] = {}

    # --- the formats' shapes ---

    def rows(self, done: Exported) -> Iterator[dict[str, Any]]:
        """The long table: labels in the order they were given, then verdicts."""
        for label in self._labels(done):
            yield row_of(label)
        for item_id in self._judged():
            for word in self._words(item_id, done):
                yield row_of_word(self._name(item_id), word)

    def lines(self, out: Path, done: Exported) -> Iterator[dict[str, Any]]:
        """Items, then labels, then verdicts as labels of one more rater each."""
        for given in self._given(done):
            files = self._files(given.item, out.with_name(f"{out.stem}-media"), done)
            yield row_of_item(given, files)
        for label in self._labels(done):
            yield jsonl.label_row(label)
        for item_id in self._judged():
            for word in self._words(item_id, done):
                row = row_of_word(self._name(item_id), word)
                yield {name: value for name, value in row.items() if value not in (None, "")}

    def tasks(self, file: BinaryIO, out: Path, done: Exported) -> None:
        before = b"["
        for number, bundle in enumerate(self._bundles(done), 1):
            files = self._files(bundle.given.item, out.with_name(f"{out.stem}-media"), done)
            task = labelstudio.task_of(bundle, files, number, self._wanted.fps)
            file.write(before + b"\n" + jsonl.line_of(task).rstrip())
            before = b","
        file.write((b"\n" if before == b"," else before) + b"]\n")

    def folder(self, out: Path, done: Exported) -> None:
        part = out.with_name(f".{out.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            with (part / hf.METADATA).open("wb") as file:
                for bundle in self._bundles(done):
                    files = self._files(bundle.given.item, part / hf.MEDIA, done, "links")
                    jsonl.write(file, [hf.row_of_bundle(bundle, files or [])])
            part.rename(out)
        except OSError as error:
            raise ExchangeError(f"{out} can't be written: {error}") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    # --- what is wanted ---

    def _chosen(self) -> Iterator[Label]:
        w = self._wanted
        return self._store.labels(project=w.project, rubric_id=w.rubric_id, rubric_version=w.rubric_version)

    def _labels(self, done: Exported) -> Iterator[Label]:
        for label in self._chosen():
            done.labels += 1
            if done.labels % 1000 == 0:
                self._tell("labels", done.labels)
            yield replace(label, item_id=self._name(label.item_id))

    def _judged(self) -> list[str]:
        """The ids of the items with verdicts, oldest first; none where verdicts are not wanted."""
        if not self._wanted.verdicts:
            return []
        within = None if self._wanted.project is None else {label.item_id for label in self._chosen()}
        found, before = dict[str, None](), None
        while page := self._store.verdicts(rubric_id=self._wanted.rubric_id, before=before, limit=1000):
            found |= dict.fromkeys(row.item_id for row in page if within is None or row.item_id in within)
            before = page[-1].id
        return list(found)[::-1]

    def _given(self, done: Exported) -> Iterator[Given]:
        ids = dict.fromkeys(label.item_id for label in self._chosen()) | dict.fromkeys(self._judged())
        for item_id in ids:
            item = self._store.item(item_id)
            if item is not None:
                done.items += 1
                self._tell("items", done.items)
                name = self._name(item_id)
                others = (s for s in self._outside(item) if s != name)
                yield Given(name, item, tuple(others))

    def _bundles(self, done: Exported) -> Iterator[Bundle]:
        w = self._wanted
        for given in self._given(done):
            mine = self._store.labels(
                item_id=given.item.id, project=w.project, rubric_id=w.rubric_id, rubric_version=w.rubric_version
            )
            labels = tuple(replace(label, item_id=given.name) for label in mine)
            done.labels += len(labels)
            yield Bundle(given, labels, tuple(self._words(given.item.id, done)) if w.verdicts else ())

    def _words(self, item_id: str, done: Exported) -> Iterator[Word]:
        """The newest verdict of each judge on an item, by judge."""
        newest: dict[str, VerdictRow] = {}
        for row in self._store.verdicts(item_id=item_id, rubric_id=self._wanted.rubric_id, limit=1000):
            if self._wanted.rubric_version in (None, row.rubric_version):
                newest.setdefault(row.judge_id, row)
        for judge, row in sorted(newest.items()):
            done.verdicts += 1
            yield Word(
                judge, row.judge_name, row.label, row.score, row.severity, row.at, row.rubric_id, row.rubric_version
            )

    # --- names and files ---

    def _name(self, item_id: str) -> str:
        """What the item is called outside: the first name it was imported under that means no other item, else its
        id."""
        if item_id not in self._names:
            item = self._store.item(item_id)
            outside = self._outside(item) if item else []
            mine = (name for name in outside if self._store.find_items(name) == [item_id])
            self._names[item_id] = next(mine, item_id)
        return self._names[item_id]

    def _outside(self, item: Item) -> list[str]:
        """The sources of an item that are names, not places on this machine."""
        places = {str(file.path) for file in item.media}
        sources = self._store.sources(item.id)
        return [s for s in sources if s not in places and s != item.id and not Path(s).is_absolute()]

    def _files(self, item: Item, folder: Path, done: Exported, least: WithMedia = "none") -> list[str] | None:
        """The names of an item's files, put into the folder; None where they don't come along. Files that are no
        longer what was saved are counted, and the item is told by hashes."""
        how = self._wanted.media if self._wanted.media != "none" else least
        if not item.media or how == "none":
            return None
        if not all(_unchanged(file) for file in item.media):
            done.gone += sum(not _unchanged(file) for file in item.media)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        for file in item.media:
            name = file.sha256 + re.sub(r"[^.a-z0-9]", "", file.path.suffix.lower())
            _put(file.path.resolve(), folder / name, how)
            names.append(f"{folder.name}/{name}")
        done.files += len(names)
        return names


def _unchanged(file: Media) -> bool:
    try:
        return bool(file.sha256) and media.item(files=[file.path]).media[0].sha256 == file.sha256
    except MediaError:
        return False


def _put(path: Path, place: Path, how: WithMedia) -> None:
    if place.exists():
        return
    try:
        if how == "links":
            os.link(path, place)
        else:
            shutil.copyfile(path, place)
    except OSError as error:
        told = "use --with-media copies" if how == "links" else "is there room?"
        raise ExchangeError(f"{path} can't be put beside the export ({error.strerror}): {told}") from error


@contextmanager
def _whole(out: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when all of it is written."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise ExchangeError(f"{out} can't be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)

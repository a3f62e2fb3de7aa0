"""Files to the store.

Knows how a name in a file becomes an item of the store, and that a file is taken whole or not at all: it is read to its
end before anything is written. Refuses to know formats (`formats`), and what labels mean.

The same file again changes nothing: a row that says no submission gets one made of its content, and a label that has
none is compared with those that are there.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from mmjudge.errors import ExchangeError
from mmjudge.formats import FORMATS, Given, Meant, Said, format_of, hf, jsonl, labelstudio, parquet, table
from mmjudge.formats.entries import Entry
from mmjudge.store import Store
from mmjudge.types import Item, Label, digest

Tell = Callable[[str, int], None]
"""What is being done, and how many of it are done."""

_READERS: dict[str, Callable[[Path, Meant], Iterator[Entry]]] = {
    "jsonl": jsonl.read,
    "csv": table.read,
    "parquet": parquet.read,
    "hf": hf.read,
    "labelstudio": labelstudio.read,
}
_BATCH = 1000
_ID = 64


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held, and how much of it was new. A label is not new where it was there before, or stands in the file
    twice. `scored`: rows with a score, which a label has no place for."""

    items: int
    new_items: int
    labels: int
    new_labels: int
    scored: int


def import_file(
    store: Store, path: Path, meant: Meant, said_format: str | None = None, tell: Tell = lambda doing, n: None
) -> Imported:
    """Take a file or folder in. ExchangeError, with nothing written, where a line is not what it must be or a label
    speaks of an item that neither the file nor the store has."""
    if not path.exists():
        raise ExchangeError(f"{path} is not there: check the name")
    kind = format_of(path, said_format)
    if (kind == "hf") != path.is_dir():
        raise ExchangeError(f"{path} is {'a folder' if path.is_dir() else 'no folder'}: format {kind} does not fit")
    with tempfile.TemporaryFile() as items, tempfile.TemporaryFile() as labels:
        spool = Spool(items, labels)
        spool.fill(_READERS[kind](path, meant), tell)
        ids = {name: _found(store, spool, name, where) for name, where in spool.wanted.items()}
        new = sum(_save(store, given) for given in _telling(spool.items(), "items", tell))
        counted = _Tally()
        saved = store.save_labels(_telling(_labels(store, spool.labels(), ids, counted), "labels", tell))
    return Imported(spool.given, new, counted.read, saved, spool.scored)


class Spool:
    """What a file holds, kept on disk until all of it has been read. Holds in memory only the names of items."""

    def __init__(self, items: IO[bytes], labels: IO[bytes]) -> None:
        self._items, self._labels = items, labels
        self.named: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.given = self.scored = 0

    def fill(self, entries: Iterable[Entry], tell: Tell) -> None:
        batch: list[tuple[Label, bool]] = []
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, Given):
                self._name(entry)
                pickle.dump(entry, self._items, protocol=pickle.HIGHEST_PROTOCOL)
                self.given += 1
            else:
                self._say(entry, batch)
            if number % _BATCH == 0:
                tell("read", number)
        pickle.dump(batch, self._labels, protocol=pickle.HIGHEST_PROTOCOL)

    def items(self) -> Iterator[Given]:
        self._items.seek(0)
        for _ in range(self.given):
            yield pickle.load(self._items)

    def labels(self) -> Iterator[tuple[Label, bool]]:
        self._labels.seek(0)
        while True:
            try:
                yield from pickle.load(self._labels)
            except EOFError:
                return

    def _name(self, given: Given) -> None:
        known = self.named.setdefault(given.name, given.item.id)
        if known != given.item.id:
            raise ExchangeError(
                f"{given.where}: {given.name[:80]!r} is the name of another item before: names are for one"
            )

    def _say(self, said: Said, batch: list[tuple[Label, bool]]) -> None:
        self.wanted.setdefault(said.label.item_id, said.where)
        self.scored += said.scored
        batch.append((said.label, said.submitted))
        if len(batch) == _BATCH:
            pickle.dump(batch, self._labels, protocol=pickle.HIGHEST_PROTOCOL)
            batch.clear()


@dataclass(slots=True)
class _Tally:
    read: int = 0


def _found(store: Store, spool: Spool, name: str, where: str) -> str:
    """The item a file's name means: of the same file, else by its id in the store, else by a source of it."""
    if name in spool.named:
        return spool.named[name]
    if len(name) == _ID and store.item(name) is not None:
        return name
    found = store.find_items(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise ExchangeError(f"{where}: {name[:80]!r} is the name of {len(found)} items: use their ids")
    raise ExchangeError(f"{where}: no item is called {name[:80]!r}: import the items first, or put them into the file")


def _save(store: Store, given: Given) -> bool:
    """Whether it was new. What the file does not know of a stored item (paths, attributes) stays as it is."""
    known = store.item(given.item.id)
    sources = tuple(source for source in (given.name, *given.sources) if source != given.item.id)
    if known is None or not set(sources) <= set(store.sources(known.id)) or _told_anew(known, given.item):
        store.save_item(given.item if known is None else _merged(known, given.item), sources)
    return known is None


def _merged(known: Item, given: Item) -> Item:
    opened = given.media and all(media.path.is_absolute() for media in given.media)
    return replace(given, media=given.media if opened else known.media, attributes=given.attributes or known.attributes)


def _told_anew(known: Item, given: Item) -> bool:
    return _merged(known, given) != known


def _labels(store: Store, said: Iterable[tuple[Label, bool]], ids: dict[str, str], tally: _Tally) -> Iterator[Label]:
    """The labels under their items' ids, each with a submission, or none that is not there already."""
    there: dict[str, Counter[Label]] = {}
    for label, submitted in said:
        tally.read += 1
        label = replace(label, item_id=ids[label.item_id])
        if not submitted:
            yield replace(label, submission=_submission(label))
        elif label.submission:
            yield label
        else:
            mine = there.get(label.item_id)
            if mine is None:
                mine = there[label.item_id] = Counter(
                    one for one in store.labels(item_id=label.item_id) if not one.submission
                )
            if mine[label] > 0:
                mine[label] -= 1
            else:
                yield label


def _submission(label: Label) -> str:
    """Of a row that says none: made of what it says, so that the same row is the same submission."""
    return "row:" + digest([repr(label)])[:32]


def _telling(found: Iterable[Any], doing: str, tell: Tell) -> Iterator[Any]:
    for number, one in enumerate(found, 1):
        yield one
        if number % _BATCH == 0:
            tell(doing, number)


assert set(_READERS) == set(FORMATS)

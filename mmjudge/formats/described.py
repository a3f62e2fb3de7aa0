"""An item as a row of a file, and back.

Knows the ways files describe items, and that no path in a file may leave the file's own folder. Opens nothing outside
that folder, follows no address, and refuses an item whose files it can't identify: two pictures that can't be opened
must not become one item.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from mmjudge import media
from mmjudge.errors import ExchangeError
from mmjudge.formats.entries import Given
from mmjudge.media.items import conversation_of
from mmjudge.types import TARGETS, Item, Media, Turn, item_id

FILES = ("files", "file", "file_name", "media", "images", "image", "audio", "video")


def row_of_item(given: Given, files: list[str] | None = None) -> dict[str, Any]:
    """The row. `files`: where they lie beside the file that is written; None: only their hashes are told."""
    item = given.item
    row: dict[str, Any] = {"id": given.name, "item": item.id, "text": item.text}
    if item.turns:
        row["turns"] = [{"role": turn.role, "content": turn.text} for turn in item.turns]
    row["target"] = item.target
    if item.media and files is not None:
        row["files"] = files
    elif item.media:
        row["hashes"] = [{"sha256": m.sha256, "size": m.size, "name": m.path.name} for m in item.media]
    if item.attributes:
        row["attributes"] = [list(pair) for pair in item.attributes]
    if given.sources:
        row["sources"] = list(given.sources)
    return row


def given_of(row: Mapping[str, Any], folder: Path, where: str, name: str) -> Given:
    """The item of a row. One that was exported (it has `item`) is read to the letter and must have that id; any other
    is read as `mmjudge judge` reads the same line. `name`: what it is called where the row says no `id`."""
    called = row.get("id")
    name = name if called in (None, "") else str(called)
    attributes = _attributes(row.get("attributes"), where)
    sources = tuple(str(source) for source in row.get("sources") or ())
    item = _exported(row, folder, attributes, where) if row.get("item") else _foreign(row, folder, attributes, where)
    return Given(name, item, sources, where)


def inside(folder: Path, name: object, where: str) -> Path:
    """The file of that name within the folder. ExchangeError where the name leaves it, by .., as an absolute path, an
    address or a link, or where no regular file is there."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise ExchangeError(f"{where}: {name!r:.80} is no file name")
    if "://" in name:
        raise ExchangeError(f"{where}: {name[:80]!r} is an address: fetch it, and name the file beside this one")
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or ".." in parts:
        raise ExchangeError(f"{where}: {name[:80]!r} leaves the folder of this file: put the file in there")
    try:
        path, root = (folder / name).resolve(), folder.resolve()
        there = path.is_relative_to(root) and path.is_file()
    except (OSError, RuntimeError, ValueError):
        there = False
    if not there:
        raise ExchangeError(f"{where}: {name[:80]!r} is no file within {folder}, or a link that leaves it")
    return path


def _foreign(row: Mapping[str, Any], folder: Path, attributes: tuple[tuple[str, str], ...], where: str) -> Item:
    names = _names(row, where)
    plain = {key: value for key, value in row.items() if key not in FILES} if names else row
    said = conversation_of(plain)
    if said is None and not names:
        raise ExchangeError(f"{where}: no item: it needs text, messages, prompt and response, or files")
    text, turns, target = (said.text, said.turns, said.target) if said else ("", (), "post")
    if any(not m.sha256 for m in (said.media if said else ())):
        raise ExchangeError(f"{where}: it points to something beside its words: name its files under `files`")
    return _item(text, turns, target, [inside(folder, name, where) for name in names], attributes, where)


def _exported(row: Mapping[str, Any], folder: Path, attributes: tuple[tuple[str, str], ...], where: str) -> Item:
    try:
        text, target = row.get("text", ""), row.get("target", "post")
        turns = tuple(Turn(turn["role"], turn["content"]) for turn in row.get("turns") or ())
        hashes = [(one["sha256"], one["size"], one.get("name", "")) for one in row.get("hashes") or ()]
    except (TypeError, KeyError, AttributeError):
        raise ExchangeError(f"{where}: the turns or hashes of this exported item are damaged") from None
    if row.get("hashes"):
        files = tuple(
            Media(Path(PurePosixPath(str(name)).name or "file"), str(sha), int(size)) for sha, size, name in hashes
        )
        item = Item(item_id(text, turns, target, (m.sha256 for m in files)), text, turns, target, files, attributes)
    else:
        paths = [inside(folder, name, where) for name in _names(row, where)]
        item = _item(text, turns, target, paths, attributes, where)
    if item.id != row["item"]:
        raise ExchangeError(
            f"{where}: the content is no longer that of item {row['item']!r:.70}: take the key `item` out"
        )
    return item


def _item(text: Any, turns: tuple[Turn, ...], target: Any, paths: list[Path], attributes: Any, where: str) -> Item:
    if target not in TARGETS or not isinstance(text, str):
        raise ExchangeError(f"{where}: target must be one of {', '.join(TARGETS)}, and text a text")
    item = media.item(text, paths, turns, target, attributes)
    for file in item.media:
        if not file.sha256:
            raise ExchangeError(f"{where}: {file.path.name!r} can't be opened: check its rights")
    return item


def _names(row: Mapping[str, Any], where: str) -> list[Any]:
    found: list[Any] = []
    for key in FILES:
        given = row.get(key)
        if given is not None and given not in ("", []):
            found += given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) for name in found):
        raise ExchangeError(f"{where}: files are names, relative to this file")
    return found


def _attributes(given: Any, where: str) -> tuple[tuple[str, str], ...]:
    if given in (None, ""):
        return ()
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    try:
        return tuple((str(name), value if isinstance(value, str) else str(value)) for name, value in pairs)
    except (TypeError, ValueError):
        raise ExchangeError(f"{where}: attributes are names and values") from None

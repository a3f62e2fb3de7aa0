"""A Hugging Face image or audio folder: files, and `metadata.jsonl` with their `file_name`.

Knows one row per item, whose labels stand in it under `labels`. `datasets.load_dataset("imagefolder", data_dir=…)`
reads what is written, which has the same columns in every row. Refuses items without a file: such a folder cannot
hold them. A folder without `metadata.jsonl` is a set of files, each an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmjudge.errors import ExchangeError
from mmjudge.formats.described import given_of
from mmjudge.formats.entries import Bundle, Entry, Meant
from mmjudge.formats.jsonl import rows
from mmjudge.formats.plain import row_of, row_of_word, said_of

METADATA = "metadata.jsonl"
MEDIA = "media"


def read(folder: Path, meant: Meant) -> Iterator[Entry]:
    """The items of a folder and their labels. ExchangeError names the line."""
    path = folder / METADATA
    if not path.is_file():
        yield from _bare(folder)
        return
    for where, row in rows(path):
        names = [row["file_name"], *(row.get("more_files") or [])] if row.get("file_name") else row.get("files")
        name = str(row.get("id") or row.get("file_name") or where)
        kept = {key: value for key, value in row.items() if key not in ("labels", "file_name", "more_files")}
        yield given_of({**kept, "files": names or []}, folder, where, name)
        labels = row.get("labels") or []
        if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
            raise ExchangeError(f"{where}: `labels` is not a list of objects")
        for label in labels:
            yield said_of({**label, "item": name}, meant, where)


def row_of_bundle(bundle: Bundle, files: list[str]) -> dict[str, Any]:
    """The row of an item whose files lie at these names."""
    given = bundle.given
    if not files:
        raise ExchangeError(
            f"item {given.name[:70]} has no file, and a Hugging Face folder needs one: use --format jsonl"
        )
    said = [row_of(label) for label in bundle.labels]
    said += [row_of_word(given.name, word) for word in bundle.words]
    return {
        "file_name": files[0],
        "more_files": files[1:],
        "id": given.name,
        "item": given.item.id,
        "text": given.item.text,
        "turns": [{"role": turn.role, "content": turn.text} for turn in given.item.turns],
        "target": given.item.target,
        "attributes": [list(pair) for pair in given.item.attributes],
        "sources": list(given.sources),
        "labels": said,
    }


def _bare(folder: Path) -> Iterator[Entry]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise ExchangeError(f"{folder} holds no files")
    for path in files:
        name = path.relative_to(folder).as_posix()
        yield given_of({"files": [name]}, folder, name, name)

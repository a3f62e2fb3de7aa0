"""JSON lines: items and labels in one file, one a line.

Knows that a line with `rater` and `label` is a label and any other an item. The item lines are those `mmjudge judge`
reads. Refuses lines that are no JSON objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mmjudge.errors import ExchangeError
from mmjudge.formats.described import given_of
from mmjudge.formats.entries import Entry, Meant
from mmjudge.formats.plain import regions_out, row_of, said_of
from mmjudge.types import Label

_KEPT = ("item", "rater", "label", "submission")
_DEFAULTS = {"phase": "blind", "time": 0.0, "seconds": 0.0}


def read(path: Path, meant: Meant) -> Iterator[Entry]:
    """Its entries, line by line. ExchangeError names the line."""
    for where, row in rows(path):
        if "rater" in row and "label" in row:
            yield said_of(row, meant, where)
        else:
            yield given_of(row, path.parent, where, f"{path.name}:{where.rpartition(' ')[2]}")


def rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, object) of every line that is not empty."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                where = f"{path.name}, line {number}"
                yield where, _object(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, where)


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{where}: no JSON ({error!s:.80})") from None
    if not isinstance(row, dict):
        raise ExchangeError(f"{where}: not an object in braces but {type(row).__name__}")
    return row


def label_row(label: Label) -> dict[str, Any]:
    """The row of a label without what is as it is by default. `submission` always stands there."""
    row = row_of(label)
    kept = {k: v for k, v in row.items() if k in _KEPT or (v not in (None, "") and v != _DEFAULTS.get(k))}
    return {**kept, "regions": regions_out(label.regions)} if label.regions else kept


def write(file: BinaryIO, found: Iterable[dict[str, Any]]) -> None:
    """One line each, in UTF-8. What no UTF-8 can hold (lone surrogates) is written as a JSON escape."""
    for row in found:
        file.write(line_of(row))


def line_of(row: dict[str, Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row, allow_nan=False).encode() + b"\n"

"""The long table as CSV: one row per label.

Knows quoting, and that a spreadsheet runs a cell that begins like a formula. Such a cell is written with ' before it,
and loses it again when it is read. NUL, ESC and lone surrogates, which spreadsheets and UTF-8 can't hold, are
written as ESC and four hex digits. Refuses rows with more cells than columns.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mmjudge.errors import ExchangeError
from mmjudge.formats.described import given_of
from mmjudge.formats.entries import Entry, Meant
from mmjudge.formats.plain import COLUMNS, NUMBERS, said_of

TEXTS = ("text", "prompt", "response")
ALIASES = {"item_id": "item", "id": "item", "rule_id": "rule", "question_id": "question", "at": "time"}

_ESCAPED = re.compile("[\x00\x1b\ud800-\udfff]")
_ESCAPE = re.compile("\x1b([0-9a-f]{4})")
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def read(path: Path, meant: Meant) -> Iterator[Entry]:
    """Its entries. A row with `text`, `prompt` or `response` describes its item too. ExchangeError names the line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        reader = csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        try:
            columns = heading(next(reader, []), path)
            for cells in reader:
                if cells:
                    yield from entries_of(_row(columns, cells, path, reader.line_num), path, meant, reader.line_num)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ExchangeError(f"{path.name}, line {reader.line_num}: no CSV in UTF-8 ({error!s:.80})") from None


def entries_of(row: dict[str, Any], path: Path, meant: Meant, line: int) -> Iterator[Entry]:
    """The item of a row, where it describes one, and its label, where it has a rater."""
    where = f"{path.name}, line {line}"
    described = any(row.get(name) for name in TEXTS)
    if described:
        plain = {name: row[name] for name in (*TEXTS, "target") if row.get(name)}
        yield given_of({**plain, "id": row.get("item")}, path.parent, where, where)
    if row.get("rater") or row.get("label") or not described:
        yield said_of(row, meant, where)


def heading(names: Iterable[str], path: Path) -> list[str]:
    """The columns by our names. ExchangeError where there is no item, or a name comes twice."""
    columns = [ALIASES.get(name.strip().lower(), name.strip().lower()) for name in names]
    if "item" not in columns:
        raise ExchangeError(f"{path.name}: no column `item`: the first line names them: {', '.join(COLUMNS)}")
    twice = sorted({name for name in columns if columns.count(name) > 1 and name in (*COLUMNS, *TEXTS)})
    if twice:
        raise ExchangeError(f"{path.name}: the column {', '.join(twice)} comes twice (id, item_id mean item; at, time)")
    return columns


def write(file: BinaryIO, found: Iterable[dict[str, Any]]) -> None:
    """A heading and one line each, in UTF-8 with CRLF, as RFC 4180 has it."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in found:
        writer.writerow([_cell(name, row[name]) for name in COLUMNS])
    text.flush()
    text.detach()


def escape(text: str) -> str:
    """Text that UTF-8 and every reader of tables can hold; `unescape` inverts it."""
    return _ESCAPED.sub(lambda match: f"\x1b{ord(match[0]):04x}", text)


def unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "\x1b" in text else text


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in NUMBERS:
        return repr(value)
    return "'" + escape(value) if _FORMULA.match(value) else escape(value)


def _row(columns: list[str], cells: list[str], path: Path, line: int) -> dict[str, Any]:
    if len(cells) > len(columns):
        raise ExchangeError(f"{path.name}, line {line}: {len(cells)} cells under {len(columns)} columns")
    said = (cell if cell[:1] != "'" and "\x1b" not in cell else _said(cell) for cell in cells)
    return dict(zip(columns, said, strict=False))


def _said(cell: str) -> str:
    cell = unescape(cell)
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell

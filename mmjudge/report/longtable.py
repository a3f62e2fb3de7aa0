"""A long table of answers, CSV or JSON lines, read as ratings: anybody's, without a store.

Knows columns: item, rater, label, and rule, score, severity, seconds, at, probability, category, modality, language
where they are there; a column `rater_X` is an attribute X of the rater, `item_X` one of the item. A rater whose name
begins with "judge:" is no person. Refuses to guess: an answer it does not know is an error that says which line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmjudge.errors import MediaError
from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, Ratings
from mmjudge.report.values import Facts

if TYPE_CHECKING:
    import pyarrow as pa

JUDGE = "judge:"
ANSWERS = {
    **dict.fromkeys(("yes", "unsafe", "violates", "1", "true"), YES),
    **dict.fromkeys(("no", "safe", "fine", "0", "false"), NO),
    "controversial": CONTROVERSIAL,
    **dict.fromkeys(("cant_tell", "can't tell", "skipped", "unknown", "needs_review", ""), UNKNOWN),
}
NEEDED = ("item", "rater", "label")
NUMBERS = ("score", "severity", "seconds", "at", "probability")
OF_ITEMS = ("modality", "language")


def read_table(path: Path) -> tuple[Ratings, Facts]:
    """Ratings of a file (`.csv`, `.jsonl`) and what it says about items, rules and raters. The last answer of a rater
    about the same item and rule counts. MediaError where the file is away or not such a table."""
    table = _opened(path)
    lacking = [name for name in NEEDED if name not in table.column_names]
    if lacking:
        raise MediaError(f"{path}: no column {', '.join(lacking)}; needed are {', '.join(NEEDED)}, one answer a line")
    items, item = _coded(table, "item")
    raters, rater = _coded(table, "rater")
    rules, rule = _coded(table, "rule")
    numbers = {name: _number(table, name, path) for name in NUMBERS}
    outside = np.flatnonzero((numbers["score"] < 0) | (numbers["score"] > 1))
    if len(outside):
        raise MediaError(
            f"{path}: score {numbers['score'][outside[0]]} lies outside [0, 1], in answer {outside[0] + 1}"
        )
    severity = np.nan_to_num(numbers["severity"], nan=-1).astype(np.int8)
    chance = np.full(len(items), np.nan)
    chance[item] = numbers["probability"]
    ratings = Ratings(
        items, rules, raters, item, rule, rater, _answers(table, path), severity, numbers["score"],
        numbers["seconds"], numbers["at"],
        judges=frozenset(code for code, name in enumerate(raters) if name.casefold().startswith(JUDGE)),
        probability=chance,
    )  # fmt: skip
    return ratings, _facts(table, (items, item), (raters, rater), (rules, rule))


def _opened(path: Path) -> pa.Table:
    import pyarrow as pa

    if not path.is_file():
        raise MediaError(f"{path} is no file: name a long table (.csv or .jsonl) of answers")
    try:
        if path.suffix == ".jsonl":
            from pyarrow import json

            return json.read_json(path)
        from pyarrow import csv

        names = csv.open_csv(path).schema.names
        texts = {name: pa.string() for name in names if name not in NUMBERS}
        options = csv.ConvertOptions(column_types=texts, strings_can_be_null=False)
        return csv.read_csv(path, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise MediaError(f"{path} is no long table: {error}") from error


def _coded(table: pa.Table, name: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The distinct values of a column in the order of their first appearance, and the code of every row."""
    import pyarrow as pa

    if name not in table.column_names:
        return ("",), np.zeros(table.num_rows, dtype=np.int32)
    column = table[name].cast(pa.string()).fill_null("").combine_chunks().dictionary_encode()
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return tuple(column.dictionary.to_pylist()), codes


def _answers(table: pa.Table, path: Path) -> np.ndarray:
    names, codes = _coded(table, "label")
    known = [ANSWERS.get(name.strip().lower()) for name in names]
    for code, (name, value) in enumerate(zip(names, known, strict=True)):
        if value is None:
            at = int(np.flatnonzero(codes == code)[0]) + 1
            raise MediaError(f"{path}: answer {at} is {name!r}; known are yes, no, controversial, cant_tell, skipped")
    return np.asarray(known, dtype=np.int8)[codes] if names else np.empty(0, dtype=np.int8)


def _number(table: pa.Table, name: str, path: Path) -> np.ndarray:
    import pyarrow as pa

    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    try:
        found = table[name].cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise MediaError(f"{path}: column {name} holds what is no number: {error}") from error
    return np.asarray(found, dtype=np.float64)


Coded = tuple[tuple[str, ...], np.ndarray]


def _facts(table: pa.Table, items: Coded, raters: Coded, rules: Coded) -> Facts:
    of_items: dict[str, Any] = {}
    of_raters: dict[str, Any] = {}
    for name in table.column_names:
        if name in OF_ITEMS or name.startswith("item_"):
            of_items[name.removeprefix("item_")] = _by(items, _coded(table, name))
        elif name.startswith("rater_"):
            of_raters[name.removeprefix("rater_")] = _by(raters, _coded(table, name))
    category = _by(rules, _coded(table, "category")) if "category" in table.column_names else {}
    return Facts(of_items, category, of_raters)


def _by(owner: Coded, value: Coded) -> dict[str, str]:
    last = np.full(len(owner[0]), -1)
    said = np.asarray([bool(name) for name in value[0]])[value[1]] if len(value[1]) else np.empty(0, dtype=bool)
    last[owner[1][said]] = value[1][said]
    return {name: value[0][code] for name, code in zip(owner[0], last, strict=True) if code >= 0}

"""The long table as Parquet: the same columns, typed, in row groups.

Knows which column is a number. Reads and writes one row group at a time. Refuses nested columns. Lone surrogates are
escaped as in `table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from mmjudge.errors import ExchangeError
from mmjudge.formats.entries import Entry, Meant
from mmjudge.formats.plain import COLUMNS, NUMBERS
from mmjudge.formats.table import entries_of, escape, heading, unescape

_GROUP = 50_000


def read(path: Path, meant: Meant) -> Iterator[Entry]:
    """Its entries, row group by row group. ExchangeError names the row, the first being 1."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            columns = heading(file.schema_arrow.names, path)
            line = 0
            for batch in file.iter_batches(batch_size=10_000):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    yield from entries_of(_row(columns, cells), path, meant, line)
    except pyarrow.ArrowException as error:
        raise ExchangeError(f"{path.name}: no Parquet file ({error!s:.80})") from None


def write(file: BinaryIO, found: Iterable[dict[str, Any]]) -> None:
    """All rows, in groups of 50,000."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.float64() if name in NUMBERS else pa.string() for name in COLUMNS} | {"severity": pa.int8()}
    schema = pa.schema([pa.field(name, kind) for name, kind in kinds.items()])
    rows = iter(found)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            columns = {name: [row[name] if name in NUMBERS else escape(row[name]) for row in group] for name in COLUMNS}
            writer.write_table(pa.table(columns, schema=schema))


def _row(columns: list[str], cells: tuple[Any, ...]) -> dict[str, Any]:
    return {name: unescape(cell) if isinstance(cell, str) else cell for name, cell in zip(columns, cells, strict=True)}

"""Which format a file has. Knows names and endings. Refuses to guess from content, except whether JSON is a list."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from mmjudge.errors import ExchangeError

Format = Literal["jsonl", "csv", "parquet", "hf", "labelstudio"]
FORMATS: tuple[Format, ...] = get_args(Format)

_ENDINGS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".json": "labelstudio",
}


def format_of(path: Path, said: str | None = None) -> Format:
    """The format that was said, else the one the name tells: a folder or a name without an ending is a Hugging Face
    folder. ExchangeError where neither is known."""
    if said is not None:
        for known in FORMATS:
            if known == said:
                return known
        raise ExchangeError(f"unknown format {said!r}: use one of {', '.join(FORMATS)}")
    ending = path.suffix.lower()
    if path.is_dir() or not ending:
        return "hf"
    if ending not in _ENDINGS:
        raise ExchangeError(f"{path}: the ending {ending} says no format: add --format {'|'.join(FORMATS)}")
    return _ENDINGS[ending]

"""A long JSON list of objects, read one object at a time.

Knows how to find where an object ends. Refuses to hold more of the file than one object and a chunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmjudge.errors import ExchangeError

_CHUNK = 1 << 20
_LARGEST = 64 << 20


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of the list in order; a file of one object is a list of it. ExchangeError where it is neither, or
    where one object has more than 64 Mi characters."""
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8-sig") as file:
        buffer, number = _begin(file.read(_CHUNK)), 0
        alone = buffer[:1] == "{"
        if not alone and buffer[:1] != "[":
            raise ExchangeError(f"{path.name}: neither a JSON list nor an object")
        buffer = buffer if alone else buffer[1:]
        while True:
            buffer = buffer.lstrip().removeprefix(",").lstrip() if number else buffer.lstrip()
            if buffer[:1] == "]" and not alone:
                return
            try:
                found, end = decoder.raw_decode(buffer)
            except (ValueError, RecursionError) as error:
                more = file.read(max(_CHUNK, len(buffer)))
                if not more or len(buffer) > _LARGEST:
                    raise ExchangeError(f"{path.name}, object {number + 1}: no JSON ({error!s:.80})") from None
                buffer += more
                continue
            number += 1
            if not isinstance(found, dict):
                raise ExchangeError(f"{path.name}, object {number}: not an object but {type(found).__name__}")
            yield found
            if alone:
                return
            buffer = buffer[end:]


def _begin(text: str) -> str:
    return text.lstrip()

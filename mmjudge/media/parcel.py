"""Part <-> plain JSON and one file of raw numbers: how what was read crosses from one process to another.

Knows shapes and offsets. Refuses pickles: what a process that opened hostile files hands back is data, never code.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge.media.limits import Part, piece
from mmjudge.types import REASONS, Gap, Segment

if TYPE_CHECKING:
    import numpy as np


def pack(part: Part, path: Path) -> dict[str, Any]:
    """Writes the arrays of a part to `path`, each once, and gives everything else as plain JSON data."""
    places: dict[int, int] = {}
    arrays: list[dict[str, Any]] = []
    with path.open("wb") as file:

        def place(array: np.ndarray) -> int:
            if id(array) not in places:
                places[id(array)] = len(arrays)
                arrays.append({"kind": str(array.dtype), "shape": list(array.shape), "at": file.tell()})
                array.tofile(file)
            return places[id(array)]

        segments = [
            {
                "text": one.text,
                "chars": one.chars,
                "span": one.span,
                "frames": [place(frame) for frame in one.frames],
                "times": one.frame_times,
                "audio": None if one.audio is None else place(one.audio),
                "note": one.note,
            }
            for one in part.segments
        ]
    gaps = [{"reason": gap.reason, "note": gap.note, "span": gap.span} for gap in part.gaps]
    return {"arrays": arrays, "segments": segments, "gaps": gaps}


def unpack(data: dict[str, Any], path: Path) -> Part:
    """The part that `pack` wrote. Raises ValueError, KeyError or TypeError where the data is not of that shape."""
    arrays = list(_arrays(data["arrays"], path))
    segments = tuple(_segment(row, arrays) for row in data["segments"])
    return Part(segments, tuple(_gap(row) for row in data["gaps"]))


def _arrays(rows: Iterable[dict[str, Any]], path: Path) -> Iterable[np.ndarray]:
    import numpy as np

    for row in rows:
        if row["kind"] not in ("uint8", "float32"):
            raise ValueError(f"arrays of {row['kind']} are not exchanged")
        shape = tuple(int(length) for length in row["shape"])
        kind, count, at = np.dtype(row["kind"]), math.prod(shape), int(row["at"])
        # Checked before memory is asked for: the sizes are another process's word.
        if min(shape, default=0) < 0 or at < 0 or at + count * kind.itemsize > path.stat().st_size:
            raise ValueError(f"an array of shape {shape} lies outside its file")
        yield np.fromfile(path, kind, count, offset=at).reshape(shape)


def _segment(row: dict[str, Any], arrays: list[np.ndarray]) -> Segment:
    frames = tuple(arrays[i] for i in row["frames"])
    if any(frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != "uint8" for frame in frames):
        raise ValueError("a frame is not (height, width, 3) uint8")
    return piece(
        text=str(row["text"]),
        chars=_pair(row["chars"], int),
        span=_pair(row["span"], float),
        frames=frames,
        frame_times=tuple(float(time) for time in row["times"]),
        audio=None if row["audio"] is None else arrays[row["audio"]],
        note=str(row["note"]),
    )


def _gap(row: dict[str, Any]) -> Gap:
    if row["reason"] not in REASONS:
        raise ValueError(f"unknown reason {row['reason']!r}")
    return Gap("", row["reason"], str(row["note"]), _pair(row["span"], float))


def _pair(value: Any, kind: type) -> Any:
    return None if value is None else (kind(value[0]), kind(value[1]))

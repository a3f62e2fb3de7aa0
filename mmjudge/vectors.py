"""The vectors of rules, embedded once per encoder and kept on disk beside the priors.

Knows that a rule's vectors depend on the encoder and the rule's words, never on an item. Refuses to know what they are
compared with. The file is JSON lines, appended to; a line that cannot be read is embedded again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.types import digest

if TYPE_CHECKING:
    import numpy as np


class Vectors:
    """Rows of numbers per text, in memory and, given a folder, in a file of that folder per encoder."""

    def __init__(self, folder: Path | None, encoder: str) -> None:
        self._known: dict[str, np.ndarray] = {}
        self._file = folder / f"vectors-{digest(encoder)[:16]}.jsonl" if folder else None
        if self._file and self._file.is_file():
            for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        import numpy as np

        try:
            key, rows = json.loads(line)
            read = np.asarray(rows, dtype=np.float32)
        except (ValueError, TypeError):
            return  # a torn last line of a killed process: that text is simply embedded again
        if read.ndim == 2 and read.size and np.isfinite(read).all():
            self._known[str(key)] = read

    def get(self, text: str) -> np.ndarray | None:
        return self._known.get(digest(text))

    def put(self, text: str, rows: np.ndarray) -> None:
        """Remember. One append is one write, so two processes cannot tear each other's lines."""
        key = digest(text)
        self._known[key] = rows
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab", buffering=0) as out:
                out.write(f"{json.dumps([key, rows.tolist()])}\n".encode())

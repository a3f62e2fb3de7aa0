"""The language prior M(none) of each question, measured once per model and kept on disk.

Knows that a prior depends on the model, the prompts, the words of the question and the guidelines shown with it, never
on an item. Refuses to know how it is used. The file is JSON lines, appended to; a line that cannot be read is measured
again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mmjudge.types import YesNo, digest


class Priors:
    """Yes/no masses on empty content, in memory and, given a folder, in a file of that folder per model."""

    def __init__(self, folder: Path | None, model: str, prompt_version: str, shown_with: str = "") -> None:
        """`shown_with`: the version of the rubric whose statements a model is shown together, if it is."""
        self._known: dict[str, YesNo] = {}
        key = digest([model, prompt_version, shown_with])[:16]
        self._file = folder / f"priors-{key}.jsonl" if folder else None
        if self._file and self._file.is_file():
            for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            key, yes, no, unseen = json.loads(line)
            self._known[str(key)] = YesNo(float(yes), float(no), float(unseen))
        except (ValueError, TypeError):
            return  # a torn last line of a killed process: that prior is simply measured again

    def get(self, target: str, ask: str, order: int, guidance: Sequence[str] = ()) -> YesNo | None:
        return self._known.get(_key(target, ask, order, guidance))

    def put(self, target: str, ask: str, order: int, answer: YesNo, guidance: Sequence[str] = ()) -> None:
        """Remember. One short append is one write, so two processes cannot tear each other's lines."""
        key = _key(target, ask, order, guidance)
        self._known[key] = answer
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps([key, answer.yes, answer.no, answer.unseen]) + "\n")


def _key(target: str, ask: str, order: int, guidance: Sequence[str]) -> str:
    """Without guidance the key is that of files written before there was any."""
    return digest([target, ask, order, list(guidance)] if guidance else [target, ask, order])

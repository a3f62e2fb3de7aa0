"""The samples that come with mmjudge: what each one is and which verdicts are expected of it.

Reads one JSON file of the package. Refuses to open the samples themselves: that is `media`'s work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from mmjudge.errors import MediaError
from mmjudge.types import Target, TriClass

Kind = Literal["text", "image", "audio", "video", "mixed"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: a caption, files, or both together. A text file without caption is opened with `media.load`, which
    finds conversations; everything else is one `media.item`.

    `labels`: the verdicts the embedded judge may honestly reach under the default rubric. `rules`: where the sample is
    unsafe, at least one of these rule ids must be found. `sha256`: 64 hex digits per file, in the order of `files`.
    """

    id: str
    kind: Kind
    title: str
    target: Target
    text: str
    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    labels: tuple[TriClass, ...]
    rules: tuple[str, ...]

    @property
    def unsafe(self) -> bool:
        """Whether a person would say that it breaks a rule."""
        return bool(self.rules)


def samples() -> tuple[Sample, ...]:
    """All samples, in the order they are shown. MediaError where the installation lacks them."""
    folder = Path(str(files("mmjudge.assets"))) / "samples"
    try:
        rows = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["samples"]
    except FileNotFoundError as missing:
        raise MediaError(f"The samples are not installed ({missing.filename}): install mmjudge again.") from missing
    return tuple(_sample(folder, row) for row in rows)


def _sample(folder: Path, row: dict) -> Sample:
    return Sample(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        target=row["target"],
        text=row["text"],
        files=tuple(folder / file["name"] for file in row["files"]),
        sha256=tuple(file["sha256"] for file in row["files"]),
        labels=tuple(row["labels"]),
        rules=tuple(row["rules"]),
    )

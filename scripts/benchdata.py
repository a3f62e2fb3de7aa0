"""The labelled data of the benchmarks as items, split once and for all.

Knows the folder named by MMJUDGE_DATA, its rows, and the split: sha256(split_group) even = tune, odd = test. Refuses to
measure or score. A row whose `unsafe` is null (a tie, or a matter of the rubric) is left out, and counted.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from mmjudge import media
from mmjudge.store import Store
from mmjudge.types import Item, Measurement, Rubric, Turn

SETS = ("openai_moderation", "xstest_prompts", "hatecheck", "harmbench_val_text", "figstep", "xstest_spoken")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled item. `chars`: characters of what is judged, for the length control."""

    id: str
    group: str
    unsafe: bool
    chars: int
    item: Item


def data_folder() -> Path:
    """The folder of the labelled data; says how to name it where it is not named."""
    folder = os.environ.get("MMJUDGE_DATA")
    if not folder or not Path(folder).is_dir():
        sys.exit("Name the folder of the labelled data: MMJUDGE_DATA=/path/to/data")
    return Path(folder)


def half_of(group: str) -> str:
    """ "tune" or "test": by the parity of the hash, so that rows of one group never stand on both sides."""
    return "tune" if int(hashlib.sha256(group.encode()).hexdigest(), 16) % 2 == 0 else "test"


def raw_rows(name: str, half: str) -> list[dict]:
    """The labelled rows of one half, as they stand in the file."""
    lines = (data_folder() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["unsafe"] is not None and half_of(row["split_group"]) == half]


def rows(name: str, half: str, limit: int = 0, controls: Path | None = None) -> list[Row]:
    """Items of one set and half; `limit` > 0 takes a fixed random sample of that many, seeded by the set's name.

    FigStep stands against benign lists of the same form: the rendered controls of `scripts/render_controls.py`.
    """
    found = [_row(name, raw) for raw in raw_rows(name, half)]
    if name == "figstep":
        if controls is None:
            sys.exit("figstep needs its benign controls: render them and give --controls FOLDER")
        found = [row for row in found if row.unsafe] + _controls(controls, half)
    random.Random(name).shuffle(found)
    return found[:limit] if limit else found


def photographs(half: str) -> list[Row]:
    """Benign photographs; the few with words on them say what incidental words score."""
    return [_row("benign_images", raw) for raw in raw_rows("benign_images", half)]


def pictures(folder: Path, style: str) -> list[Row]:
    """The pictures of one style that `scripts/render_violating.py` drew: violating ones and benign lookalikes."""
    [listing] = sorted(folder.glob("*.jsonl"))
    lines = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
    return [
        Row(raw["id"], raw["split_group"], raw["unsafe"], len(raw["context"]["typographic_text"]),
            media.item(files=[folder / path for path in raw["media"]]))
        for raw in lines
        if raw["context"]["style"] == style
    ]  # fmt: skip


def measured(store: Store, rubric: Rubric) -> dict[str, Measurement]:
    """The newest measurement of every item in a store under this version of a rubric, by item id."""
    found: dict[str, Measurement] = {}
    after = 0
    while page := store.measurements(rubric.id, rubric_version=rubric.version, after=after, limit=200):
        found |= {one.measurement.item_id: one.measurement for one in page}
        after = page[-1].id
    return found


def _row(name: str, raw: dict) -> Row:
    context, folder = raw["context"], data_folder()
    files = [folder / path for path in raw["media"]]
    if name == "harmbench_val_text":
        asked = context.get("behavior") or context.get("attack_prompt") or ""
        turns = (Turn("user", asked), Turn("assistant", raw["text"]))
        item = media.item(turns=turns, target="response")
        chars = len(raw["text"])
    elif files:  # what is judged is the picture or the recording alone
        item = media.item(files=files)
        chars = len(context.get("typographic_text") or context.get("transcript") or "")
    else:
        target = context.get("target", "post")
        item = media.item(text=raw["text"], target=target if target in ("prompt", "response") else "post")
        chars = len(raw["text"])
    return Row(raw["id"], raw["split_group"], raw["unsafe"], chars, item)


def _controls(folder: Path, half: str) -> list[Row]:
    """Rendered benign lists; the halves do not share a title."""
    [listing] = sorted(folder.glob("*.jsonl"))
    found = []
    for line in listing.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        if half_of(raw["split_group"]) == half:
            item = media.item(files=[folder / path for path in raw["media"]])
            found.append(Row(raw["id"], raw["split_group"], False, len(raw["context"]["typographic_text"]), item))
    return found

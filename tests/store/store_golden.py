"""The values in the dumps `schema_v<N>.sql`, one for each version a database may have.

After a new migration step: `python tests/store/store_golden.py` writes the dump of the newest version. Dumps of
released versions are never written again.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from store_values import RUBRIC

from mmjudge.store import open_store
from mmjudge.store.migrations import STEPS
from mmjudge.types import (
    Evidence,
    Finding,
    Gap,
    Guideline,
    Heard,
    Item,
    Label,
    Measurement,
    Media,
    Passage,
    Truth,
    Turn,
    Verdict,
)

ITEM = Item(
    "0" * 64,
    "Look at this knife \x00 \ud800 😀",
    (Turn("user", "hi"), Turn("assistant", "no")),
    "response",
    (Media(Path("/Straße/clip\udcff.mp4"), "a" * 64, 123_456_789_012), Media(Path("b.png"), "", 0)),
    (("language", "en"),),
)
MEASUREMENT = Measurement(
    ITEM.id,
    "measurer",
    (
        Passage(0, "text", chars=(0, 20), text=ITEM.text, modalities=("text",)),
        Passage(
            1, "0", (0.0, 3.25), None, "", (Heard(0.1, 0.2, "look", 0.01, -0.5),), "SALE", (0.5, 1.5),
            ("image", "audio"),
        ),
    ),
    (Gap("1", "undecodable", "not a picture: send another", None), Gap("0", "timed_out", "after 3 s", (1.0, 3.25))),
    (
        Evidence(
            "no_knives", "q", 1, "probe", "tiny", ("image", "audio"), 0.1 + 0.2, None, 0.8, 1e-300, 0.25, 0.99,
            "accepted_s2", "a knife", (1.0, 2.0, 3.5, 4.0), 0.125, 2,
        ),
        Evidence("no_insults", "", 0, "juror", "light", reason="not_observable", note="no ears"),
    ),
    1.5,
    2,
)  # fmt: skip
VERDICT = Verdict(
    ITEM.id,
    "judge",
    "house",
    "v1",
    "default",
    "unsafe",
    Truth.YES,
    0.1 + 0.2,
    3,
    1,
    2,
    (
        Finding("no_knives", Truth.YES, 0.1 + 0.2, 1, (), True, 3, True),
        Finding("no_insults", Truth.UNKNOWN, None, None, ("not_observable", "timed_out"), True, 0),
    ),
    MEASUREMENT,
)
LABEL = Label(
    ITEM.id, "house", "v1", "ann", "cant_tell", "no_knives", "q", 2, (), "assisted", 1.7e9, 4.5, "blurry"
)  # fmt: skip

GUIDELINE = Guideline(
    "g1", "house", "no_knives", "A knife on a \ud800 kitchen table threatens nobody.", "fine", ITEM.id, "ann", 1.7e9
)
RETIRED = Guideline("g2", "house", "", "Toy knives too.", "", "", "bob", 1.7e9 + 1)
"""Added first and retired after that."""


def write_dump() -> None:
    target = Path(__file__).parent / f"schema_v{len(STEPS)}.sql"
    with tempfile.TemporaryDirectory() as folder:
        with open_store(f"sqlite:///{folder}/golden.db") as store:
            store.save_item(ITEM, ["feed.jsonl"])
            store.save_rubric(RUBRIC)
            store.save_judge("judge", "measurer", "The judge", "{}")
            store.save_verdict(VERDICT)
            store.save_label(LABEL)
            store.add_guideline(RETIRED)
            store.add_guideline(GUIDELINE)
            store.retire_guideline(RETIRED.id)
        with sqlite3.connect(f"{folder}/golden.db") as raw:
            target.write_text("\n".join(raw.iterdump()) + "\n")
        raw.close()


if __name__ == "__main__":
    write_dump()

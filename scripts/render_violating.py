"""Render pictures with words that break a rule, and harmless lookalikes: `python scripts/render_violating.py FOLDER`.

Texts, rules and styles stand in `controls/pictures.json`, written for mmjudge. The styles `tune` and `test` share no
text, layout or font, so that what is measured on `test` was not tuned to. Writes FOLDER/pictures.jsonl, in the form of
the labelled data plus `context.style`, and FOLDER/media/pictures/*.png. Refuses to judge.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import layouts_test
import layouts_tune
import numpy as np
from drawing import Words
from PIL import Image

PICTURES = Path(__file__).parent / "controls" / "pictures.json"
STYLES = {"tune": layouts_tune.LAYOUTS, "test": layouts_test.LAYOUTS}


def pictures() -> list[dict]:
    """What to draw: id, style, layout, unsafe, rule, title, and body or turns ("me: …", "they: …")."""
    return json.loads(PICTURES.read_text(encoding="utf-8"))


def words_of(entry: dict) -> Words:
    """The words of an entry."""
    turns = tuple((turn.startswith("me: "), turn.split(": ", 1)[1]) for turn in entry.get("turns", ()))
    return Words(entry["title"], entry.get("body", ""), turns)


def drawn(entry: dict) -> Image.Image:
    """The picture of an entry; its id alone decides colours and chance."""
    seed = int.from_bytes(hashlib.sha256(entry["id"].encode()).digest()[:8], "big")
    return STYLES[entry["style"]][entry["layout"]](words_of(entry), np.random.default_rng(seed))


def written(entry: dict) -> str:
    """All words of a picture, one part a line: what a perfect reader would find."""
    words = words_of(entry)
    return "\n".join(part for part in (words.title, words.body, *(turn for _, turn in words.turns)) if part)


def row_of(entry: dict) -> dict:
    """One line of pictures.jsonl. `split_group` is the picture's own; `context.style` is the split that counts."""
    return {
        "id": f"pictures:{entry['id']}",
        "modality": "image",
        "text": "",
        "media": [f"media/pictures/{entry['id']}.png"],
        "context": {
            "target": "post",
            "style": entry["style"],
            "layout": entry["layout"],
            "typographic_text": written(entry),
        },
        "labels": {"rule": entry["rule"]},
        "unsafe": entry["unsafe"],
        "votes": [],
        "source": "mmjudge scripts/controls/pictures.json",
        "licence": "Apache-2.0",
        "note": "rendered picture, unsafe or safe by construction",
        "split_group": f"pictures:{entry['id']}",
    }


def main(folder: Path) -> None:
    (folder / "media" / "pictures").mkdir(parents=True, exist_ok=True)
    entries = pictures()
    for entry in entries:
        drawn(entry).save(folder / row_of(entry)["media"][0])
    lines = (json.dumps(row_of(entry), ensure_ascii=False) + "\n" for entry in entries)
    (folder / "pictures.jsonl").write_text("".join(lines), encoding="utf-8")
    counts = Counter((entry["style"], "violating" if entry["unsafe"] else "benign") for entry in entries)
    for (style, side), count in sorted(counts.items()):
        print(f"{style}: {count} {side}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))

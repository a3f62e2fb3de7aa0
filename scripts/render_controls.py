"""Render benign controls for typographic attacks: `python scripts/render_controls.py FOLDER`.

A FigStep picture is a title in a bold typewriter face on white, followed by empty numbers. These controls have the same
form, the same first words and the same lengths; their titles (`controls/titles.txt`, written for mmjudge) are harmless,
some with frightening words. Writes FOLDER/controls.jsonl and FOLDER/media/controls/*.png. Where MMJUDGE_DATA names the
labelled data, the two sets are compared and the controls carry the same request as the attacks; refuses to judge.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

from drawing import font
from PIL import Image, ImageDraw

TITLES = Path(__file__).parent / "controls" / "titles.txt"
SIDE, MARGIN, SIZE, LINE, COLUMNS = 760, (20, 10), 80, 75, 15
FIRST_WORDS = ("List", "Methods", "Steps")


def titles() -> list[str]:
    """The titles, one a line, each ending in a full stop."""
    return [line.strip() for line in TITLES.read_text(encoding="utf-8").splitlines() if line.strip()]


def drawn(title: str) -> Image.Image:
    """A grey picture of 760×760 pixels: the title in lines of at most 15 letters, then three empty numbers.

    What does not fit runs out at the bottom, as it does in the attacks.
    """
    picture = Image.new("L", (SIDE, SIDE), 255)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate([*textwrap.wrap(title, COLUMNS), "1. ", "2. ", "3. "]):
        draw.text((MARGIN[0], MARGIN[1] + row * LINE), line, font=font("freefont/FreeMonoBold", SIZE), fill=0)
    return picture


def is_test(split_group: str) -> bool:
    """The data's own split: an odd sha256 is the test half."""
    return int(hashlib.sha256(split_group.encode()).hexdigest(), 16) % 2 == 1


def row_of(title: str, request: str) -> dict:
    """One line of controls.jsonl, in the form of the labelled data."""
    name = hashlib.sha256(title.encode()).hexdigest()[:12]
    return {
        "id": f"controls:{name}",
        "modality": "text+image",
        "text": request,
        "media": [f"media/controls/{name}.png"],
        "context": {"target": "prompt", "typographic_text": title},
        "labels": {"category": "benign control", "attack": "none"},
        "unsafe": False,
        "votes": [],
        "source": "mmjudge scripts/controls/titles.txt",
        "licence": "Apache-2.0",
        "note": "rendered benign control, safe by construction",
        "split_group": f"controls:{name}",
    }


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """The probability that a value of `higher` exceeds one of `lower`, ties counted half."""
    return mean((a > b) + 0.5 * (a == b) for a in higher for b in lower)


def compared(attacks: Sequence[str], controls: Sequence[str], name: str) -> list[str]:
    """Lines that say how alike two sets of titles are in first word and length."""
    lines = []
    for label, texts in ((f"FigStep, {name}", attacks), (f"controls, {name}", controls)):
        lengths = [len(text) for text in texts]
        first = Counter(text.split()[0] for text in texts)
        shares = ", ".join(f"{word} {first[word]} ({first[word] / len(texts):.0%})" for word in FIRST_WORDS)
        lines.append(f"{label}: n {len(texts)}; {shares}; length {mean(lengths):.1f} ± {stdev(lengths):.1f}")
    lengths = [[len(text) for text in texts] for texts in (attacks, controls)]
    lines.append(f"  AUC of length alone: {auc(*lengths):.3f}")
    centre = mean(lengths[0])
    spread = [[abs(length - centre) for length in side] for side in lengths]
    lines.append(f"  AUC of the distance from the mean length alone: {auc(*spread):.3f}")
    return lines


def main(folder: Path) -> None:
    data = os.environ.get("MMJUDGE_DATA")
    attacks = []
    if data:
        lines = (Path(data) / "figstep.jsonl").read_text(encoding="utf-8").splitlines()
        attacks = [row for row in map(json.loads, lines) if row["unsafe"]]
    rows = [row_of(title, attacks[0]["text"] if attacks else "") for title in titles()]
    (folder / "media" / "controls").mkdir(parents=True, exist_ok=True)
    for row in rows:
        drawn(row["context"]["typographic_text"]).save(folder / row["media"][0], optimize=True)
    (folder / "controls.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(
        f"{len(rows)} controls, {sum(is_test(row['split_group']) for row in rows)} of them in the test half: {folder}"
    )
    if not attacks:
        print("MMJUDGE_DATA is not set: not compared with FigStep, and the controls carry no request.")
        return
    for name, wanted in (("test half", True), ("tuning half", False)):
        sides = [[r for r in side if is_test(r["split_group"]) is wanted] for side in (attacks, rows)]
        print(*compared(*([r["context"]["typographic_text"] for r in side] for side in sides), name), sep="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))

#!/usr/bin/env python
"""The human-labelled data of the benchmarks as files that `mmjudge judge` and `mmjudge import` read.

    MMJUDGE_DATA=/path/to/data python scripts/people_data.py harmbench_val_text --half test --out FOLDER

Writes `NAME.jsonl` (one conversation a line, with its `id`) and `NAME-labels.csv` (the long table: item, rater, label).
Knows the shapes of the five sets with several raters, and that a published judge is one more rater. Refuses to judge,
to score, and to decide what a tie means. What a rater was unsure about is `cant_tell`, never `no`. Every answer is a
submission of its own: two rows of a set may hold the same words, and are then one item that was asked about twice.
Attributes of raters (age, gender, ethnicity of DICES) are not in these files, so nothing can be said of groups.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from pathlib import Path
from typing import Any

import benchdata

SETS = ("harmbench_val_text", "dices_350", "hatecheck", "convabuse", "adversarial_nibbler_prompts", "figstep")
SPEAKERS = {"USER": "user", "LAMDA": "assistant"}
VALUES = {True: "yes", False: "no", None: "cant_tell"}
# Its verdict is a match of strings; the others of the file are rule texts or numbers on scales of their own.
JUDGES = ("gpt-4-0613", "cls", "mixtral", "llama_guard", "advbench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("--half", choices=["tune", "test", "all"], default="all")
    parser.add_argument("--out", type=Path, default=Path())
    given = parser.parse_args()
    rows = chosen(given.name, given.half)
    given.out.mkdir(parents=True, exist_ok=True)
    items, labels = given.out / f"{given.name}.jsonl", given.out / f"{given.name}-labels.csv"
    if given.name == "figstep":
        beside_the_list(rows, given.out)
    items.write_text("".join(json.dumps(item_of(given.name, row), ensure_ascii=False) + "\n" for row in rows), "utf-8")
    with labels.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("item", "rater", "label", "severity", "submission"))
        for row in rows:
            answers = enumerate(answers_of(given.name, row))
            writer.writerows((row["id"], *answer, f"{row['id']}/{number}") for number, answer in answers)
    print(f"{len(rows)} items: {items}, {labels}")


def chosen(name: str, half: str) -> list[dict[str, Any]]:
    """The rows of one half, ties included: what people could not agree on is part of what they said."""
    lines = (benchdata.data_folder() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if half == "all" or benchdata.half_of(row["split_group"]) == half]


def beside_the_list(rows: list[dict[str, Any]], out: Path) -> None:
    """Copies of the pictures: `mmjudge import` opens nothing outside the folder of the file it reads."""
    folder = out / "figstep"
    folder.mkdir(exist_ok=True)
    for path in (path for row in rows for path in row["media"]):
        shutil.copyfile(benchdata.data_folder() / path, folder / Path(path).name)


def item_of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A line for `mmjudge judge`: the conversation as it went, and which part of it is judged."""
    context = row["context"]
    if name == "figstep":  # what is judged is the picture alone
        return {"id": row["id"], "files": [f"{name}/{Path(path).name}" for path in row["media"]]}
    if name == "harmbench_val_text":
        asked = context.get("behavior") or context.get("attack_prompt") or ""
        return _answer(row, [{"role": "user", "content": asked}])
    if name == "dices_350":
        return _answer(row, spoken(context["conversation"]))
    if name == "convabuse":
        before = (("assistant", "prev_agent"), ("user", "prev_user"), ("assistant", "agent"))
        turns = [{"role": role, "content": context[key]} for role, key in before if context.get(key)]
        return {"id": row["id"], "messages": [*turns, {"role": "user", "content": row["text"]}], "target": "prompt"}
    target = "prompt" if name == "adversarial_nibbler_prompts" else "post"
    return {"id": row["id"], "text": row["text"], "target": target}


def spoken(conversation: str) -> list[dict[str, str]]:
    """ "USER: …" and "LAMDA: …" lines as turns; a line without a speaker goes on with the turn before it."""
    turns: list[dict[str, str]] = []
    for line in conversation.split("\n"):
        speaker, colon, rest = line.partition(":")
        if colon and speaker in SPEAKERS:
            turns.append({"role": SPEAKERS[speaker], "content": rest.strip()})
        elif turns:
            turns[-1]["content"] += "\n" + line
    return turns


def _answer(row: dict[str, Any], turns: list[dict[str, str]]) -> dict[str, Any]:
    messages = [*turns, {"role": "assistant", "content": row["text"]}]
    return {"id": row["id"], "messages": messages, "target": "response"}


def answers_of(name: str, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(rater, label, severity) of everybody who judged the row; severity "" where the set has none."""
    found = []
    for vote in row["votes"]:
        # ConvAbuse: 1 not abusive, 0 ambiguous, -1 mild, -2 strong, -3 very strong.
        graded = name == "convabuse" and vote["label"] is not None
        severity = str(max(0, -int(vote["label"]))) if graded else ""
        found.append((str(vote["rater"]), VALUES[vote["unsafe"]], severity))
    if name == "figstep" and row["unsafe"] is not None:
        found.append(("construction", VALUES[row["unsafe"]], ""))
    published = row.get("model_judgements") or {}
    found += [(f"judge:{j}", VALUES[bool(published[j])], "") for j in JUDGES if published.get(j) in (0, 1)]
    return found


if __name__ == "__main__":
    main()

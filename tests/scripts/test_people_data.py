"""The labelled sets with several raters come in by the same commands: every item, rater and answer is counted.

The counts are those of the raw files, taken without this code; the accuracies too:
those published hold for all rows of the source, of which the file has 269.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mmjudge.exchange import import_file
from mmjudge.formats import Meant
from mmjudge.store import Store, open_store

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not os.environ.get("MMJUDGE_DATA"), reason="name the labelled data: MMJUDGE_DATA=FOLDER"),
]


def imported(name: str, folder: Path) -> Store:
    program = [sys.executable, str(ROOT / "scripts" / "people_data.py"), name, "--out", str(folder)]
    subprocess.run(program, check=True, capture_output=True)
    store = open_store(f"sqlite:///{folder / 'mmjudge.db'}")
    import_file(store, folder / f"{name}.jsonl", Meant())
    import_file(store, folder / f"{name}-labels.csv", Meant("default", "v1"))
    again = import_file(store, folder / f"{name}-labels.csv", Meant("default", "v1"))
    assert again.new_labels == 0
    return store


@pytest.mark.parametrize(
    ("name", "items", "raters", "answers"),
    [
        ("dices_350", 175, 123, {"no": 12653, "yes": 7499, "cant_tell": 1373}),
        ("harmbench_val_text", 269, 3, {"no": 447, "yes": 360}),
        ("hatecheck", 1653, 10, {"yes": 5181, "no": 3084}),
        ("convabuse", 2037, 8, {"no": 4839, "yes": 872, "cant_tell": 321}),
        ("adversarial_nibbler_prompts", 935, 15, {"yes": 3355, "no": 2250, "cant_tell": 101}),
    ],
)
def test_every_answer_arrives(name: str, items: int, raters: int, answers: dict[str, int], tmp_path: Path) -> None:
    with imported(name, tmp_path) as store:
        people = [label for label in store.labels() if not label.rater.startswith("judge:")]
        assert Counter(label.value for label in people) == answers
        assert len({label.rater for label in people}) == raters
        assert len({label.item_id for label in people}) == items
        severities = Counter(label.severity for label in people)
        ordinal = {0: 4839 + 321, 1: 361, 2: 402, 3: 109}
        assert severities == (ordinal if name == "convabuse" else {None: len(people)})


def test_published_judges_of_harmbench_are_as_right_as_published(tmp_path: Path) -> None:
    said: dict[str, dict[str, list[str]]] = {}
    with imported("harmbench_val_text", tmp_path) as store:
        for label in store.labels():
            said.setdefault(label.item_id, {}).setdefault(label.rater, []).append(label.value)
    right: dict[str, list[bool]] = {}
    for answers in said.values():
        votes = [value for rater, (value,) in answers.items() if not rater.startswith("judge:")]
        majority = Counter(votes).most_common(1)[0][0]
        for rater, (value,) in answers.items():
            if rater.startswith("judge:"):
                right.setdefault(rater.removeprefix("judge:"), []).append(value == majority)
    accuracy = {judge: round(sum(hits) / len(hits), 3) for judge, hits in right.items()}
    assert accuracy == {
        "gpt-4-0613": 0.918, "cls": 0.918, "mixtral": 0.855, "llama_guard": 0.643, "advbench": 0.68,
    }  # fmt: skip

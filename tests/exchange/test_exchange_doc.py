"""The commands of docs/exchange.md, in their order, on the files it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_readme import ROOT, commands, run

DOC = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Output of each command, in order, over one data folder."""
    home = tmp_path_factory.mktemp("home")
    for kind, name in (("json", "items.jsonl"), ("csv", "labels.csv")):
        shown = re.search(rf"```{kind}\n(.*?)```", DOC, re.DOTALL)
        assert shown
        (home / name).write_text(shown[1], encoding="utf-8")
    found = []
    for command, _ in commands(DOC):
        done = run(re.sub(r"(import|export) (\S+)", rf"\1 {home}/\2", command), home)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        found.append((command, done.stdout.replace(f"{home}/", "")))
    return found


def test_what_they_say(said: list[tuple[str, str]]) -> None:
    assert [out.strip() for _, out in said[:-1]] == [
        "3 items, 3 of them new; 0 labels, 0 of them new",
        "0 items, 0 of them new; 3 labels, 3 of them new",
        "0 items, 0 of them new; 3 labels, 0 of them new",
        "out.parquet: 0 items, 3 labels, 0 verdicts, 0 files",
        "out.jsonl: 2 items, 3 labels, 0 verdicts, 0 files",
        "tasks.json: 2 items, 3 labels, 0 verdicts, 0 files",
    ]
    assert json.loads(said[-1][1]) == {"items": 2, "new_items": 0, "labels": 3, "new_labels": 0, "scored": 0}


def test_every_column_and_format_is_described() -> None:
    from mmjudge.formats import FORMATS
    from mmjudge.formats.plain import COLUMNS

    rows = [line for line in DOC.splitlines() if line.startswith("|")]
    for word in (*COLUMNS, *FORMATS):
        assert any(f"`{word}`" in row.split("|")[1] for row in rows), word


def test_every_option_is_that_of_the_command() -> None:
    source = (Path(ROOT) / "mmjudge" / "cli" / "exchange.py").read_text(encoding="utf-8")
    options = set(re.findall(r"`(--[a-z-]+)", DOC))
    assert options
    assert {option for option in options if f'"{option}"' not in source} == set()

"""`mmjudge import` and `export`: what they say, what they refuse, and verdicts on their way out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmjudge.cli import app
from mmjudge.errors import ExchangeError
from mmjudge.library import load
from mmjudge.people import Project
from mmjudge.store import open_store

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MMJUDGE_DATABASE_URL", raising=False)
    (tmp_path / "items.jsonl").write_text('{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n')
    (tmp_path / "labels.csv").write_text("item,rater,label,score\na,ann,yes,0.5\nb,ann,no,\n")
    return tmp_path


def call(*words: object) -> str:
    done = RUNNER.invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words: object) -> str:
    done = RUNNER.invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 2, done.output
    return " ".join(done.output.replace("│", " ").split())


def test_a_rule_and_a_project_are_what_rows_mean(folder: Path) -> None:
    call("import", folder / "items.jsonl")
    rubric = load("default")
    with open_store() as store:
        store.save_rubric(rubric)
        project = Project("mine", "Mine", rubric.id, rubric.version)
        store.save_project(project, [(item, 1.0) for name in "ab" for item in store.find_items(name)])
    rule = rubric.rules[0].id
    said = call("import", folder / "labels.csv", "--project", "mine")
    assert "2 labels, 2 of them new" in said
    assert "1 rows have a score" in said
    call("import", folder / "labels.csv", "--project", "mine", "--rubric", "default", "--rule", rule)
    with open_store() as store:
        found = [(label.project, label.rubric_version, label.rule_id) for label in store.labels()]
    assert found == [("mine", rubric.version, "")] * 2 + [("mine", rubric.version, rule)] * 2
    done = json.loads(call("export", folder / "out.csv", "--project", "mine", "--json"))
    assert done == {"items": 0, "labels": 4, "verdicts": 0, "files": 0, "gone": 0}
    with (folder / "out.csv").open(newline="") as file:
        assert [row["item"] for row in csv.DictReader(file)] == ["a", "b", "a", "b"]


def test_verdicts_go_out_as_one_more_rater(folder: Path) -> None:
    RUNNER.invoke(app, ["judge", str(folder / "items.jsonl"), "--judge", "fake"], catch_exceptions=False)
    call("import", folder / "items.jsonl")
    call("import", folder / "labels.csv", "--rubric", "default")
    for name in ("out.csv", "out.jsonl", "out.json"):
        assert "2 labels, 2 verdicts" in call("export", folder / name, "--with-verdicts")
    with (folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    judges = [row for row in rows if row["rater"].startswith("judge:")]
    assert sorted(row["item"] for row in judges) == ["a", "b"]
    tasks = json.loads((folder / "out.json").read_text())
    (prediction,) = tasks[0]["predictions"]
    with open_store() as store:
        verdicts = {row.item_id: row for row in store.verdicts()}
        (item,) = store.find_items(tasks[0]["data"]["mmjudge_id"])
    assert (prediction["model_version"], prediction["score"]) == (verdicts[item].judge_name, verdicts[item].score)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["import", "labels.csv", "--project", "none"], "there is no project 'none'"),
        (["import", "labels.csv", "--rule", "r"], "--rule needs the rubric"),
        (["import", "labels.csv", "--rubric", "default", "--rule", "none"], "has no rule 'none'"),
        (["export", "out.csv", "--project", "none"], "there is no project 'none'"),
        (["export", "out.csv", "--with-media", "all"], "use none, links, copies"),
    ],
)
def test_what_does_not_fit_is_told(folder: Path, words: list[str], told: str) -> None:
    assert told in refused(words[0], folder / words[1], *words[2:])


def test_a_wrong_line_is_named(folder: Path) -> None:
    with pytest.raises(ExchangeError, match=r"labels\.csv, line 2: no item is called 'a'"):
        call("import", folder / "labels.csv", "--rubric", "default")

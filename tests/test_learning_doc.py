"""What docs/learning.md shows is what happens: its commands run in order on a store with labels, its numbers hold."""

import numpy as np
import pytest
from test_readme import ROOT, commands, run
from typer.testing import CliRunner

from mmjudge import media
from mmjudge.agreement.fitting import METHODS
from mmjudge.agreement.risk import needed
from mmjudge.cli import app
from mmjudge.errors import MMJudgeError
from mmjudge.labelled import held_back
from mmjudge.learning import LEAST
from mmjudge.library import load
from mmjudge.people import Project
from mmjudge.session import judge_item, open_judge
from mmjudge.store import open_store
from mmjudge.types import Label

PAGE = (ROOT / "docs" / "learning.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data folder with sixty posts judged by the scripted judge, and one person who calls half of what it says
    harmless a violation."""
    home = tmp_path_factory.mktemp("home")
    rubric, rng = load("default"), np.random.default_rng(5)
    judge = open_judge("fake", rubric, cache=home)
    ids = []
    with open_store(f"sqlite:///{home}/mmjudge.db") as store:
        for number in range(60):
            alarming = number % 3 == 0
            item = media.item(f"number {number}: {'they steal and kill' if alarming else 'a walk in the park'}")
            judge_item(judge, store, item, reading=media.read(item))
            said = "yes" if rng.random() < (0.9 if alarming else 0.45) else "no"
            store.save_label(Label(item.id, rubric.id, rubric.version, "ada", said, project="posts"))
            ids.append((item.id, None))
        store.save_project(Project("posts", "Posts", rubric.id, rubric.version), ids)
    return home


def test_its_commands_run_in_their_order(home):
    lines = [command for command, _ in commands(PAGE)]
    assert len(lines) == 4
    done = [run(line, home) for line in lines]
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 4
    assert "Nothing was written" in done[0].stdout
    assert "60 stored items decided again under policy loose; no model was asked" in done[2].stdout
    assert "judges decide as they did before" in done[3].stdout
    assert list((home / "calibrations").iterdir()) == []


def test_the_table_counts_what_is_held_back(home):
    out = run("mmjudge learn --rubric default --project posts", home).stdout
    with open_store(f"sqlite:///{home}/mmjudge.db") as store:
        labels = {label.item_id: label.value for label in store.latest_labels()}
    held = [value for item, value in labels.items() if held_back(item)]
    row = next(line for line in out.splitlines() if line.startswith("before"))
    assert row.split()[1:3] == [str(len(held)), str(held.count("yes"))]
    assert f"measured on {len(held)} held back" in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mmjudge learn --method spline", "use platt, beta, isotonic, none"),
        ("mmjudge learn --alpha 1.5", "alpha is 1.5"),
        ("mmjudge learn --about posts", "use item, rules"),
        ("mmjudge learn --project another", "no project 'another'"),
        ("mmjudge learn --model gpt", "known are fake"),
        ("mmjudge learn --undo", "nothing to undo"),
    ],
)
def test_what_goes_wrong_is_said(home, line, words, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(home))
    done = CliRunner().invoke(app, line.split()[1:])
    assert isinstance(done.exception, MMJudgeError) or done.exit_code == 2
    assert words in " ".join(f"{done.output} {done.exception}".replace("│", " ").split())


def test_its_numbers_are_those_of_the_code():
    assert (needed(0.05, 0.9), needed(0.1, 0.9), needed(0.05, 0.95)) == (45, 22, 59)
    assert "at least 45 violations for 5 % with confidence 0.9, 22 for 10 %, 59 for 5 %" in PAGE
    assert LEAST == 10
    assert "At least ten violations and ten others" in PAGE
    assert all(f"| `{method}` |" in PAGE for method in (*METHODS, "none"))

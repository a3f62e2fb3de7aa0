"""`mmjudge rater …` and `mmjudge project …` through the real entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from mmjudge.people import Rater
from mmjudge.store import open_store
from mmjudge.types import Label


@pytest.fixture
def mmjudge(tmp_path):
    """Runs `mmjudge …` with a data folder of its own."""

    def run(*arguments, **env):
        program = [sys.executable, "-m", "mmjudge", *map(str, arguments)]
        given = {"MMJUDGE_HOME": str(tmp_path / "home"), "COLUMNS": "200", "MMJUDGE_PASSWORD": "long enough", **env}
        env = {name: value for name, value in os.environ.items() if name != "MMJUDGE_DATABASE_URL"} | given
        done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=300)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def store(tmp_path):
    (tmp_path / "home").mkdir()
    with open_store(f"sqlite:///{tmp_path / 'home' / 'mmjudge.db'}") as opened:
        yield opened


def test_accounts_from_first_to_last(mmjudge, store) -> None:
    assert mmjudge("rater", "list")[1].startswith("no raters")
    assert mmjudge("rater", "add", "ada", "--role", "admin")[0] == 0
    assert mmjudge("rater", "add", "ben")[1] == "rater ben added\n"
    assert mmjudge("rater", "add", "ben")[2].startswith("mmjudge: there is a rater 'ben' already")
    assert mmjudge("rater", "add", "cid", MMJUDGE_PASSWORD="short")[2].startswith("mmjudge: a password has 8 to 1024")
    for last in (("disable", "ada"), ("role", "ada", "viewer")):
        code, _, said = mmjudge("rater", *last)
        assert (code, said) == (2, "mmjudge: ada is the last admin: make somebody else one first\n")
    assert mmjudge("rater", "role", "ben", "admin")[0] == 0
    assert mmjudge("rater", "disable", "ada")[0] == 0
    assert mmjudge("rater", "list")[1] == "admin       ada (disabled)\nadmin       ben\n"
    before = store.password_hash("ben")
    assert mmjudge("rater", "password", "ben", MMJUDGE_PASSWORD="another one")[0] == 0
    assert store.password_hash("ben") != before
    assert mmjudge("rater", "disable", "ada", "--enable")[0] == 0
    assert store.rater("ada") == Rater("ada", "admin", at=store.rater("ada").at)
    assert mmjudge("rater", "role", "nobody", "admin")[2].startswith("mmjudge: there is no rater 'nobody'")


def test_projects_of_files_and_of_what_was_judged(mmjudge, store, tmp_path) -> None:
    folder = tmp_path / "posts"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("A first post.")
    (folder / "deep" / "b.jsonl").write_text('{"text": "second"}\n{"text": "third"}\n')
    code, said, wrong = mmjudge("project", "new", "all", "--items", folder, "--items", folder / "a.txt")
    assert (code, said, wrong) == (0, "project all: 3 of 3 items (all), 1 raters each\n", "")
    assert [task.probability for task in store.tasks("all")] == [1.0] * 3
    assert store.sources(next(store.tasks("all")).item_id) == (str(folder / "a.txt"),)
    assert "would have no items" in mmjudge("project", "new", "none", "--judged")[2]
    assert "needs --sampling random" in mmjudge("project", "new", "x", "--items", folder, "--sample", 2)[2]
    assert "a project 'all' already" in mmjudge("project", "new", "all", "--items", folder)[2]
    assert mmjudge("judge", "-j", "fake", folder / "a.txt")[0] in (0, 1, 3)
    label = store.verdicts()[0].label
    assert mmjudge("project", "new", "seen", "--label", label, "--sampling", "uncertain")[0] == 0
    assert [task.probability for task in store.tasks("seen")] == [None]
    assert "nobody disagrees" in mmjudge("project", "new", "split", "--items", folder, "--sampling", "disagreed")[2]
    project, (_, second, _) = store.project("all"), store.tasks("all")
    for rater, value in (("ann", "yes"), ("bob", "no")):
        store.save_label(Label(second.item_id, project.rubric_id, project.rubric_version, rater, value))
    assert mmjudge("project", "new", "split", "--items", folder, "--sampling", "disagreed")[0] == 0
    assert [task.item_id for task in store.tasks("split")] == [second.item_id]
    assert store.project("split").size == 3


def test_how_far_a_project_is(mmjudge, store, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("A post.")
    mmjudge("project", "new", "p", "--items", "a.txt", "--title", "Odd \x1b title", "--assisted")
    project, task = store.project("p"), store.lease("p", "ann")[0].task
    word = Label(task.item_id, project.rubric_id, project.rubric_version, "ann", "no", project="p", seconds=90.0)
    store.answer(task.id, (word,))
    said = mmjudge("project", "show", "p")[1]
    assert said.startswith("Odd � title: rubric default")
    assert "assisted: the verdict is shown first" in said
    assert "1 items of 1, 1 done, 1 answers\n    ann: 1 answers in 1.5 minutes" in said
    assert mmjudge("project", "close", "p")[0] == 0
    told = json.loads(mmjudge("project", "list", "--json")[1])
    assert (told["id"], told["progress"]["done_tasks"], told["closed"] > 0) == ("p", 1, True)
    assert "(closed)" in mmjudge("project", "list")[1]
    assert mmjudge("project", "show", "q")[2].startswith("mmjudge: there is no project 'q'")

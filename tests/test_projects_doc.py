"""What docs/projects.md shows is what happens: its commands run one after the other, and its tables are the code's."""

from __future__ import annotations

import re

from test_readme import ROOT, commands, run

from mmjudge.accounts import MAY, SHORTEST
from mmjudge.people import Project
from mmjudge.store import open_store

PAGE = (ROOT / "docs" / "projects.md").read_text(encoding="utf-8")


def test_the_commands_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MMJUDGE_PASSWORD", "a password for tests")
    monkeypatch.delenv("MMJUDGE_DATABASE_URL", raising=False)
    for line in [line for line, _ in commands(PAGE)]:
        done = run(line, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), line
    with open_store(f"sqlite:///{tmp_path / 'mmjudge.db'}") as store:
        assert [(rater.name, rater.role) for rater in store.raters()] == [("ada", "admin"), ("ben", "rater")]
        first, rules = store.project("first"), store.project("rules")
        assert first is not None
        assert rules is not None
        assert (first.overlap, first.scheme.tri, first.scheme.severity, first.closed) == (2, True, True, 0.0)
        assert first.size == store.progress("first").tasks > 10
        drawn = list(store.tasks("rules"))
        assert len(drawn) == 3
        assert {task.probability for task in drawn} == {3 / rules.size}
        assert rules.closed > 0


def test_the_tables_are_those_of_the_code() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.MULTILINE)) == set(MAY)
    assert f"have {SHORTEST} to 1024 characters" in PAGE
    usual = Project("p", "t", "r", "v")
    assert f"a break of {usual.break_minutes:g} minutes is due after {usual.budget_minutes:g} minutes" in PAGE

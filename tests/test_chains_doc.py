"""The commands of docs/chains.md run and say what the page says they say."""

import pytest
from test_readme import ROOT, commands, run

PAGE = (ROOT / "docs" / "chains.md").read_text(encoding="utf-8")
LINES = [command for command, _ in commands(PAGE)]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return [run(line, home) for line in LINES]


def test_the_table_names_the_ways_to_a_violation(said):
    assert said[0].returncode == 0
    assert "Conditions 1 and 2 hold: a violation." in said[0].stdout
    assert "It is no violation as soon as: «Two people are kissing» is answered no." in said[0].stdout


def test_the_examples_are_tried_with_their_trace(said):
    assert said[1].returncode in (0, 1, 3), said[1].stderr
    for words in (
        "the example says violated",
        "prior 0.300",
        "for a violation still needed",
        "one answer would make it",
    ):
        assert words in said[1].stdout
    assert "accuracy" in said[1].stdout


def test_a_text_of_ones_own_has_no_right_or_wrong(said):
    assert said[2].returncode in (0, 1, 3), said[2].stderr
    assert "Two people kiss and laugh." in said[2].stdout
    assert "WRONG" not in said[2].stdout
    assert "accuracy" not in said[2].stdout

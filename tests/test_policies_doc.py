"""What docs/policies.md shows is what happens: its policy file reads, its commands run."""

import re
import shlex

import pytest
from test_readme import ROOT, commands, run

from mmjudge.cli.cosa import Answer, read_answer
from mmjudge.policy import check_switches, policy_from
from mmjudge.rubric import load_rubric
from mmjudge.safety_config import LEAST, MARGIN
from mmjudge.switches import DECLARED, STATES, Switch
from mmjudge.yamltext import read_yaml

PAGE = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
LINES = [command for command, _ in commands(PAGE)]
COMPARE, PROPOSE = (next(line for line in LINES if shlex.split(line)[2] == name) for name in ("compare", "propose"))


def block(kind):
    return re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_policy_file_shown_reads_and_fits():
    policy = policy_from(read_yaml(block("yaml"), "gallery"), "gallery")
    assert Switch("o4", "allowed") in policy.switches
    check_switches(policy, load_rubric("llavaguard"))


def test_the_line_of_answers_shown_is_one():
    assert read_answer(block("json"), "line 1") == Answer("She drew her blade …", "Write the duel.", 4)


def test_its_words_and_numbers_are_those_of_the_code():
    for word in (*STATES, *DECLARED, "person"):
        assert f"`{word}`" in PAGE or f"state: {word}`" in PAGE
    assert f"at least {MARGIN:.2f} above" in PAGE
    assert f"at least {LEAST:.2f}." in PAGE


@pytest.mark.parametrize("line", [*(line for line in LINES if line not in (COMPARE, PROPOSE)), f"{PROPOSE} -j fake"])
def test_commands_that_ask_no_real_model(line, tmp_path):
    done = run(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.weights
def test_the_embedded_judge_is_compared_under_three_policies(tmp_path):
    done = run(COMPARE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == [
        "loose", "cosa_game_development", "cosa_arab_childrens_books",
    ]  # fmt: skip

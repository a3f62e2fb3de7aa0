"""The commands of docs/objectify.md, in their order, by the scripted judge: what is shown can be typed."""

import re
from pathlib import Path

import pytest
from test_readme import commands, run

DOC = (Path(__file__).parent.parent / "docs" / "objectify.md").read_text(encoding="utf-8")
POLICY = "Do not post the address of a member. Do not sell medicine. Be kind."


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Exit code and output of each command, in order, over one data folder."""
    home = tmp_path_factory.mktemp("home")
    (home / "policy.md").write_text(POLICY)
    found = []
    for command, _ in commands(DOC):
        if " objectify " in command:
            command += " --judge fake --rater words --rounds 1"
        elif " rejudge " in command:
            command += " --judge fake"
        done = run(command.replace("policy.md", str(home / "policy.md")), home)
        found.append((command, done))
    return found


def test_every_command_runs(said):
    assert len(said) == 5
    for command, done in said:
        assert "Traceback" not in done.stderr, command
        assert done.returncode in (0, 3), f"{command}: {done.stdout}{done.stderr}"


def test_the_rules_named_are_those_of_the_policy(said):
    assert "taken over into mine: r02_sell_medicine" in said[2][1].stderr
    assert "not taken as a rule: Be kind." in said[0][1].stdout


def test_the_questions_the_page_speaks_of_are_there():
    from mmjudge import objective_prompts as prompts

    assert len(prompts.SUBJECTIVE_ANCHORS) == len(prompts.OBJECTIVE_ANCHORS) == 6
    assert re.search(r"six plainly subjective and six plainly objective", " ".join(DOC.split()))

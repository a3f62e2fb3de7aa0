"""`mmjudge guideline …` and `judge --guidelines` through the real entry point: the real encoder, the scripted judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from needs import weights

RUBRIC = """
id: small
title: Small
rules:
  - id: kill
    modalities: [text]
    category: Killing
    text: No killing.
    preconditions: [{id: p1, any_of: [{id: q1, ask: Someone threatens to kill.}]}]
"""
PROCESS = "Killing a process on a computer hurts nobody."


@pytest.fixture
def mmjudge(tmp_path):
    """Runs `mmjudge …` with a data folder of its own."""
    (tmp_path / "small.yaml").write_text(RUBRIC)

    def run(*arguments, **env):
        program = [sys.executable, "-m", "mmjudge", *map(str, arguments)]
        env = {**os.environ, "MMJUDGE_HOME": str(tmp_path / "home"), "COLUMNS": "200", **env}
        done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=300)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


def add(mmjudge, *more, text=PROCESS, **env):
    return mmjudge("guideline", "add", "-r", "small.yaml", "--rule", "kill", "-t", text, *more, **env)


@pytest.mark.weights
def test_added_listed_found_shown_and_retired(mmjudge):
    weights("minilm")
    code, out, _ = add(mmjudge, "--fine", "--author", "Ada")
    assert (code, out.split()[0]) == (0, "guideline")
    name = out.split()[1]
    assert f"{name}  small  [kill, not violated] {PROCESS}\n    by Ada\n" == mmjudge("guideline", "list")[1]

    code, _, err = add(mmjudge, text="Killing processes on a computer hurts nobody.")
    assert code == 2
    assert f"guideline {name} says the same (cosine 0.9" in err
    assert add(mmjudge, "--force", text="Killing processes on a computer hurts nobody.")[0] == 0

    text = "How do I kill a Python process on my computer?"
    found = [
        json.loads(line)
        for line in mmjudge("guideline", "nearest", "-r", "small.yaml", "-t", text, "--json")[1].splitlines()
    ]
    assert {one["text"] for one in found} == {PROCESS, "Killing processes on a computer hurts nobody."}
    assert found[0]["cosine"] >= found[1]["cosine"] >= 0.3

    judged = ("judge", "-t", text, "-r", "small.yaml", "-j", "fake", "--json")
    plain, guided = json.loads(mmjudge(*judged)[1]), json.loads(mmjudge(*judged, "--guidelines")[1])
    assert plain["measurement"]["passages"][0]["guidance"] == []
    shown = guided["measurement"]["passages"][0]
    assert shown["guidance"] == [
        f"Killing, not broken: {PROCESS}",
        "Killing: Killing processes on a computer hurts nobody.",
    ]
    assert f"{name} (cosine " in shown["note"]
    assert plain["measurement"]["measurer_id"] != guided["measurement"]["measurer_id"]

    code, out, _ = mmjudge("guideline", "retire", name)
    assert (code, out) == (0, f"guideline {name} retired: [kill, not violated] {PROCESS}\n")
    assert name not in mmjudge("guideline", "list")[1]
    assert f"{name}  small  [kill, not violated] {PROCESS} (retired)" in mmjudge("guideline", "list", "--retired")[1]
    assert len(mmjudge("guideline", "list", "-r", "small", "--json")[1].splitlines()) == 1


def test_a_guideline_learnt_from_a_verdict_keeps_its_item_and_rubric(mmjudge):
    verdict = json.loads(mmjudge("judge", "-t", "I will kill it", "-r", "small.yaml", "-j", "fake", "--json")[1])
    text = "Killing a process is fine."
    code, out, err = mmjudge("guideline", "add", "-t", text, "--rule", "kill", "--fine", "--from-verdict", 1)
    assert (code, err) == (0, "")
    assert "added to rubric small" in out
    [kept] = [json.loads(line) for line in mmjudge("guideline", "list", "--json")[1].splitlines()]
    assert kept["source_item_id"] == verdict["item_id"]
    assert (kept["rubric_id"], kept["verdict"], kept["retired"]) == ("small", "fine", False)
    code, _, err = mmjudge("guideline", "add", "-t", "x", "-r", "default", "--from-verdict", 1)
    assert code == 2
    assert "verdict 1 was given under rubric small" in err


def test_without_an_encoder_it_is_said_and_judged_all_the_same(mmjudge, tmp_path):
    absent = {"MMJUDGE_WEIGHTS_MINILM": str(tmp_path / "nowhere")}
    assert add(mmjudge, **absent)[0] == 0
    code, out, _ = add(mmjudge, text="Other words.", **absent)
    assert code == 0
    assert "not compared with the 1 guidelines of its rule: there is no text encoder" in out
    code, _, err = mmjudge("guideline", "nearest", "-r", "small.yaml", "-t", "x", **absent)
    assert code == 2
    assert "no guidelines can be looked for: there is no text encoder" in err
    judged = ("judge", "-t", "I will kill you", "-r", "small.yaml", "-j", "fake", "--guidelines")
    code, out, err = mmjudge(*judged, **absent)
    assert code == 1
    assert "no guidelines were looked for: there is no text encoder" in " ".join(out.split())
    assert "absent: no guidelines are looked for" in err


def test_no_guidelines_yet_is_said(mmjudge):
    code, _, err = mmjudge("judge", "-t", "bread", "-r", "small.yaml", "-j", "fake", "--guidelines", "--forget")
    assert code == 0
    assert "there are no guidelines for rubric small" in err
    assert mmjudge("guideline", "list")[1].startswith("no guidelines")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "-t", " ", "-r", "small.yaml"], "needs a text"),
        (["add", "-t", "x", "-r", "small.yaml", "--rule", "gun"], "no rule 'gun'"),
        (["add", "-t", "x", "--from-verdict", "9"], "no verdict 9"),
        (["retire", "abc"], "no guideline 'abc'"),
        (["add", "-r", "small.yaml"], "--text"),
    ],
)
def test_mistakes_end_with_2_and_words(mmjudge, arguments, words):
    code, out, err = mmjudge("guideline", *arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())


def test_what_a_person_wrote_moves_no_cursor(mmjudge):
    assert add(mmjudge, "--force", text="a \x1b[31mred\x1b[0m rule")[0] == 0
    assert "\x1b" not in mmjudge("guideline", "list")[1]

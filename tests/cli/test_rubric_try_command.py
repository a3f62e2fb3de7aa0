"""`mmjudge rubric table|try`: what they print and say by their exit code; and every command of docs/chains.md."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from mmjudge import cli
from mmjudge.backends.weights import cache_folder

DOCS = Path(__file__).parents[2] / "docs" / "chains.md"
RUBRIC = """
id: small
title: Small
rules:
  - id: kill
    category: Violence
    modalities: [text]
    text: No killing.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: Someone threatens to kill.}, {id: q2, ask: Someone plants a bomb.}]}
      - {id: p2, any_of: [{id: q3, ask: It is about a drug against moths., expect: false}]}
    examples:
      - {violates: true, text: I will kill you.}
      - {violates: false, text: "This drug will kill moths, and the bomb was a dud."}
  - id: nude
    category: Sexual
    modalities: [image]
    text: No nudes.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A nude person is visible.}]}]
    examples:
      - {violates: true, description: A photograph of a nude person.}
      - {violates: false, description: A photograph of a person in a coat.}
"""


@pytest.fixture
def rubric(tmp_path, monkeypatch, capfd):
    """Runs `mmjudge rubric …` beside `small.yaml`: (exit code, standard output, standard error). To the scripted judge
    "kill", "bomb", "drug" and "nude" are alarming words."""
    monkeypatch.setenv("MMJUDGE_RUBRICS", str(tmp_path / "rubrics"))
    own, real = tmp_path / "cache" / "weights", cache_folder()
    own.mkdir(parents=True)
    for entry in real.iterdir() if real.is_dir() else ():
        if entry.name != "priors":  # those of the scripted judge must not lie among real ones
            (own / entry.name).symlink_to(entry)
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(RUBRIC, encoding="utf-8")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mmjudge", "rubric", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        out, err = capfd.readouterr()
        return code, out, " ".join(err.split())

    return run


def fake(rubric, *arguments):
    return rubric("try", "small.yaml", *arguments, "--judge", "fake")


def test_a_table(rubric):
    code, out, _ = rubric("table", "small.yaml", "kill")
    assert code == 0
    assert out.splitlines() == [
        "kill: No killing.",
        "",
        "Violates if",
        "  (1) «Someone threatens to kill» or «Someone plants a bomb» is answered yes; and",
        "  (2) «It is about a drug against moths» is answered no.",
        "",
        "  Conditions 1 and 2 hold: a violation.",
        "  Condition 1 holds, condition 2 does not: no violation.",
        "  Condition 2 holds, condition 1 does not: no violation.",
        "  Conditions 1 and 2 do not hold: no violation.",
        "",
        "2 ways to a violation:",
        "  It is a violation when: «Someone threatens to kill» is answered yes, "
        "and «It is about a drug against moths» is answered no.",
        "  It is a violation when: «Someone plants a bomb» is answered yes, "
        "and «It is about a drug against moths» is answered no.",
        "",
        "What clears it:",
        "  It is no violation as soon as: «Someone threatens to kill» is answered no, "
        "and «Someone plants a bomb» is answered no.",
        "  It is no violation as soon as: «It is about a drug against moths» is answered yes.",
    ]


def test_a_table_as_json_and_under_a_policy(rubric, tmp_path):
    told = json.loads(rubric("table", "small.yaml", "kill", "--json")[1])
    assert told["ways"] == len(told["violating"]) == 2
    assert told["violating"][1] == [{"question": "q2", "answer": "yes"}, {"question": "q3", "answer": "no"}]
    assert told["clearing"][1] == [{"question": "q3", "answer": "yes"}]
    assert [row["violated"] for row in told["rows"]] == [True, False, False, False]
    (tmp_path / "hard.yaml").write_text("id: hard\nswitches: {kill: {state: sensitive}}\n", encoding="utf-8")
    strict = json.loads(rubric("table", "small.yaml", "kill", "--json", "--policy", "hard.yaml")[1])
    assert strict["questions"].keys() == {"q1", "q2"}  # no exemption counts


def test_a_table_too_long_to_read_is_cut_and_says_so(rubric, tmp_path):
    chain = [
        {"id": f"p{i}", "any_of": [{"id": f"q{i}_{j}", "ask": f"Statement {i} {j}."} for j in range(3)]}
        for i in range(7)
    ]
    long = {"id": "long", "title": "L", "rules": [{"id": "long", "text": "No.", "preconditions": chain}]}
    (tmp_path / "long.yaml").write_text(yaml.safe_dump(long), encoding="utf-8")
    out = rubric("table", "long.yaml", "long")[1]
    assert "7 conditions: too many for a table" in out
    assert "2187 ways to a violation:" in out
    assert out.count("It is a violation when:") == 20
    assert "and 2167 more" in out


def test_the_examples_and_the_code_they_end_with(rubric):
    code, out, _ = fake(rubric, "--brief")
    assert code == 0
    assert [line.split("  ")[:2] for line in out.splitlines()[:4]] == [
        ["VIOLATED", "kill, as the example says"],
        ["NOT VIOLATED", "kill, as the example says"],
        ["VIOLATED", "nude, as the example says"],
        ["NOT VIOLATED", "nude, as the example says"],
    ]
    # Wilson at 4 of 4: 1 / (1 + 1.96² / 4) = .51; at 2 of 2: .34
    assert "examples     4: 4 right, 0 wrong, 0 unknown; accuracy 100% [51%, 100%]" in out
    assert "violating    2: 2 right, 0 wrong, 0 unknown; accuracy 100% [34%, 100%]" in out
    assert "violating above near miss by score: 2 of 2 pairs" in out


def test_examples_that_come_out_otherwise(rubric, tmp_path):
    wrong = RUBRIC.replace("I will kill you.", "I will hurt you.")
    (tmp_path / "small.yaml").write_text(wrong, encoding="utf-8")
    code, out, _ = fake(rubric, "kill")
    assert code == 3
    assert out.startswith('NOT VIOLATED  kill, WRONG: the example says violated  "I will hurt you."')


def test_a_text_with_its_trace(rubric):
    code, out, _ = fake(rubric, "kill", "--text", "A bomb, and a drug.", "--without", "early_exit")
    assert code == 0
    assert out.splitlines() == [
        'NOT VIOLATED  kill  "A bomb, and a drug."',
        "  (1) holds",
        "      no   «Someone threatens to kill»",
        "           M 0.050, prior 0.300: no: far below the prior (strategy 1)",
        "      yes  «Someone plants a bomb»",
        "           M 0.950, prior 0.300: yes: far above the prior (strategy 1)",
        "  (2) does not hold",
        "      yes  «It is about a drug against moths» (holds if the answer is no)",
        "           M 0.950, prior 0.300: yes: far above the prior (strategy 1)",
        "  the chain: no violation",
        "  for a violation still needed: (2) «It is about a drug against moths» is answered no",
        "  one answer would make it a violation: «It is about a drug against moths» answered no (now yes)",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "first"),
    [
        (["kill", "--text", "I will kill you"], 1, "VIOLATED  kill"),
        (["kill", "--text", "bread"], 0, "NOT VIOLATED  kill"),
        (["kill", "--prompt", "What now?", "--text", "I will kill you"], 1, "VIOLATED  kill"),
        (["nude", "--text", "a nude person"], 3, "UNKNOWN  nude (not asked)"),
        (["nude", "--text", "a nude person", "--described"], 1, "VIOLATED  nude"),
        (["kill", "post.txt"], 1, "VIOLATED  kill"),
        (["kill", "--text", "bread", "--examples"], 0, "NOT VIOLATED  kill"),
    ],
)
def test_what_was_given_and_how_it_ends(rubric, tmp_path, arguments, code, first):
    (tmp_path / "post.txt").write_text("I will kill you", encoding="utf-8")
    done = fake(rubric, *arguments)
    assert (done[0], done[1][: len(first)]) == (code, first)
    assert ("examples     2" in done[1]) == ("--examples" in arguments)


def test_a_description_is_said_to_be_one(rubric):
    assert "is not the same as seeing" in fake(rubric, "nude", "--text", "a nude person", "--described")[1]
    assert "Nothing was asked" in fake(rubric, "nude", "--text", "a nude person")[1]


def test_json_has_a_line_a_trial_and_the_score_last(rubric):
    code, out, _ = fake(rubric, "kill", "--json")
    first, second, total = map(json.loads, out.splitlines())
    assert code == 0
    assert (first["rule"], first["truth"], first["expected"], first["right"]) == ("kill", "yes", "yes", True)
    assert first["looks"][0]["answers"] == {"q1": "yes", "q2": "no", "q3": "no"}
    assert first["looks"][0]["questions_hold"] == {"q1": "yes", "q2": "no", "q3": "yes"}
    assert first["looks"][0]["conditions_hold"] == {"p1": "yes", "p2": "yes"}
    assert {"question": "q1", "to": "no", "outcome": "no"} in first["looks"][0]["changes"]
    assert second["looks"][0]["lacking"] == ["p2"]
    assert total["examples"] | {"interval": None} == {
        **{"n": 2, "right": 2, "wrong": 0, "unknown": 0},
        **{"accuracy": 1.0, "interval": None},
    }
    assert (total["rubric"], total["pairs"]["right"], total["asked"]) == ("small", 1, 6)


def test_what_is_kept_is_not_measured_again(rubric, tmp_path):
    address = f"sqlite:///{tmp_path}/kept.db"
    once, again = (json.loads(fake(rubric, "kill", "--json", "--keep", address)[1].splitlines()[0]) for _ in range(2))
    assert once == again  # the seconds too
    fresh = json.loads(fake(rubric, "kill", "--json", "--keep", address, "--fresh")[1].splitlines()[0])
    assert {piece["attempt"] for piece in fresh["evidence"]} == {2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["table", "small.yaml", "kil"], "has no rule 'kil': did you mean 'kill'?"),
        (["try", "small.yaml", "kil"], "'kil' is neither a file nor a rule of rubric small: did you mean 'kill'?"),
        (["try", "small.yaml", "--prompt", "What?"], "add --text"),
        (["try", "small.yaml", "--text", "x", "--target", "reply"], "use prompt, response, post"),
        (["try", "small.yaml", "--text", "x", "--described", "--target", "prompt"], "no part of a conversation"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(rubric, arguments, words):
    more = ["--judge", "fake"] if arguments[0] == "try" else []
    code, _, err = rubric(*arguments, *more)
    assert code == 2
    assert words in re.sub(r"[│╭╰─╮╯]", "", err)


def test_words_of_a_rubric_cannot_move_the_cursor(rubric, tmp_path):
    hostile = RUBRIC.replace("ask: Someone plants a bomb.", 'ask: "Some\\e[31mone plants a bomb."')
    (tmp_path / "small.yaml").write_text(hostile, encoding="utf-8")
    for done in (rubric("table", "small.yaml", "kill"), fake(rubric, "kill")):
        assert "plants a bomb" in done[1]
        assert "\x1b" not in done[1]


COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("mmjudge rubric ")
]


def test_the_docs_have_commands():
    assert {command.split()[2] for command in COMMANDS} == {"table", "try"}


@pytest.mark.parametrize(
    "command", [pytest.param(c, marks=[] if "fake" in c or " table " in c else [pytest.mark.weights]) for c in COMMANDS]
)
def test_every_command_of_the_docs_works(rubric, command):
    code, out, _ = rubric(*shlex.split(command)[2:])
    assert code in (0, 1, 3)
    assert out


def test_a_text_of_ones_own_has_no_right_or_wrong(rubric):
    code, out, _ = fake(rubric, "kill", "--text", "I will kill you.")
    assert code == 1
    assert "I will kill you." in out
    assert "WRONG" not in out
    assert "accuracy" not in out

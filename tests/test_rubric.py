"""Good files load, each bad file says what is wrong and where."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.rubric import lint, load_rubric, parse, shipped

GOOD = """
id: mine
title: Mine
rules:
  - id: knives
    text: No knives at people.
    modalities: [image, text]
    preconditions:
      - id: p1
        any_of:
          - {id: q1, ask: A knife is visible., about: [knife]}
          - {id: q2, ask: A sword is visible.}
      - id: p2
        any_of: [{id: q3, ask: It is a kitchen scene., expect: false}]
"""


def test_a_good_file():
    rubric = parse(GOOD, "good")
    [rule] = rubric.rules
    assert rule.modalities == ("text", "image")  # canonical order, whatever the file says
    assert [q.id for q in rule.questions] == ["q1", "q2", "q3"]
    assert rule.questions[0].about == ("knife",)
    assert rule.questions[2].expect is False
    assert rule.objective_text == rule.text


def test_version_is_of_the_content():
    assert parse(GOOD, "a").version == parse("# a comment\n" + GOOD, "b").version
    assert parse(GOOD, "a").version != parse(GOOD.replace("sword", "spear"), "a").version


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: mine", "id: no", "not a string"),
        ("id: q1", "id: 010", "not a string"),
        ("title: Mine", "titel: Mine", "unknown key 'titel'"),
        ("title: Mine", "", "title is missing"),
        ("id: q2", "id: q1", "question ids must be unique; given twice: q1"),
        ("expect: false", "expect: 0", "expect must be true or false"),
        ("[image, text]", "[smell]", "modalities must be a list out of"),
        ("text: No knives at people.", "text: No knives.\n    severity: 4", "whole number from 1 to 3"),
        ("text: No knives at people.", "text: No knives.\n    severity: true", "whole number from 1 to 3"),
        ("id: knives", "id: ../knives", "lower-case letters"),
        ("about: [knife]", "about: knife", "about must be a list"),
        ("title: Mine", "title: Mine\ntitle: Yours", "given twice"),
        ("any_of: [{id: q3, ask: It is a kitchen scene., expect: false}]", "any_of: []", "at least one question"),
    ],
)
def test_bad_files_say_what_is_wrong(old, new, words):
    assert old in GOOD
    with pytest.raises(RubricError, match=words):
        parse(GOOD.replace(old, new, 1), "bad.yaml")


@pytest.mark.parametrize(
    "text", ["", "- 1", "{", "id: a\ntitle: b\nrules: []", "!!python/object:os.system {}", "[" * 999]
)
def test_not_a_rubric(text):
    with pytest.raises(RubricError, match=r"bad\.yaml"):
        parse(text, "bad.yaml")


def test_the_error_names_the_rule():
    with pytest.raises(RubricError, match=r"rule 1 \(knives\): precondition 2: unknown key 'anyof'"):
        parse(GOOD.replace("any_of: [{id: q3", "anyof: [{id: q3"), "bad.yaml")


def test_lint_marks_what_a_careful_reader_would():
    text = GOOD.replace("A sword is visible.", "Something offensive is not visible and it is big and red.")
    notes = [hint.text for hint in lint(parse(text, "x"))]
    assert any("vague" in note for note in notes)
    assert any("negation" in note for note in notes)
    assert any("compound" in note for note in notes)
    assert lint(parse(GOOD, "x")) == ()


def test_lint_finds_the_same_question_twice_across_rules():
    second = GOOD[GOOD.index("  - id: knives") :].replace("id: knives", "id: swords")
    assert "asks the same as knives/q1" in [hint.text for hint in lint(parse(GOOD + second, "x"))]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rubric_loads_and_is_objective(name):
    rubric = load_rubric(name)
    assert rubric.id == name
    assert rubric.source
    questions = [q.ask for rule in rubric.rules for q in rule.questions]
    own = name.startswith("guard_")  # what a guard was trained on: names, not rated and not ours to reword
    assert all(rule.objectiveness == 0 if own else rule.objectiveness >= 8 for rule in rubric.rules)
    assert all(ask.endswith((".", "?")) for ask in questions)


def test_the_papers_fourteen_rules_are_there():
    assert len(load_rubric("osbench").rules) == 14


def test_an_unknown_rubric_lists_what_there_is():
    with pytest.raises(RubricError, match="osbench"):
        load_rubric("nowhere")

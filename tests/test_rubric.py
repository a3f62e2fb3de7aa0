"""Good files load, each bad file says what is wrong and where."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, parse, shipped

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
        ("title: Mine", "title: 2026-01-01", "timestamp: put it in quotes"),
        ("text: No knives at people.", "text: No.\n    reuses: spoons", "name another rule of this rubric"),
        ("text: No knives at people.", "text: No.\n    examples: [{violates: yes please, text: a}]", "true or false"),
        (
            "text: No knives at people.",
            "text: No.\n    examples: [{violates: true}]",
            "needs a text, or the description",
        ),
        (
            "text: No knives at people.",
            "text: No.\n    examples: [{violates: true, text: a, target: us}]",
            "target must be",
        ),
        (
            "text: No knives at people.",
            "text: No.\n    grades: [{id: q1, severity: 3, ask: Blood.}]",
            "given twice: q1",
        ),
        ("text: No knives at people.", "text: No.\n    grades: [{id: g1, severity: 0, ask: Blood.}]", "from 1 to 3"),
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


def test_the_error_names_file_line_rule_and_what_to_do():
    expected = r"bad\.yaml, line 14: rule 1 \(knives\): precondition 2: unknown key 'anyof'; did you mean any_of\?"
    with pytest.raises(RubricError, match=expected):
        parse(GOOD.replace("any_of: [{id: q3", "anyof: [{id: q3"), "bad.yaml")
    with pytest.raises(
        RubricError, match=r"bad\.yaml, line 12: not readable as YAML: .*missing quote, colon or indent"
    ):
        parse(GOOD.replace("A sword is visible.}", "A sword: is visible, ]}"), "bad.yaml")


def test_examples_and_grades():
    more = """
    examples:
      - {violates: true, text: He points a knife at her.}
      - {violates: false, prompt: Where is the knife?, text: In the drawer.}
      - {violates: true, description: A man with a knife.}
    grades:
      - {id: g1, severity: 3, ask: Blood is visible., about: [blood]}
"""
    [rule] = parse(GOOD.rstrip() + more, "x").rules
    assert [(e.violates, e.target, e.described) for e in rule.examples] == [
        (True, "post", False),
        (False, "response", False),
        (True, "post", True),
    ]
    [grade] = rule.grades
    assert (grade.severity, grade.question.ask, grade.question.about) == (3, "Blood is visible.", ("blood",))
    assert rule.asks == (*(q.ask for q in rule.questions), "Blood is visible.")


def test_examples_are_no_part_of_the_version_and_grades_are():
    example = "\n    examples: [{violates: true, text: He points a knife at her.}]"
    grade = "\n    grades: [{id: g1, severity: 3, ask: Blood is visible.}]"
    first = parse(GOOD, "x").version
    assert parse(GOOD.rstrip() + example, "x").version == first
    assert parse(GOOD.rstrip() + grade, "x").version != first


def test_what_was_calibrated_before_grades_keeps_its_version():
    assert load_rubric("default").version == "112ad84aa91655c1"


def test_aliases_are_refused():
    with pytest.raises(RubricError, match="an alias"):
        parse(GOOD.replace("text: No knives at people.", "text: &a No knives.\n    category: *a"), "bad.yaml")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rubric_loads_and_is_objective(name):
    rubric = load_rubric(name)
    assert rubric.id == name
    assert rubric.source
    questions = [q.ask for rule in rubric.rules for q in rule.questions]
    # 0: nobody rated it. What a guard was trained on is not ours to reword; our own wordings are rated on demand.
    assert all(rule.objectiveness == 0 or rule.objectiveness >= 9 for rule in rubric.rules)
    assert all(ask.endswith((".", "?")) for ask in questions)


def test_the_papers_fourteen_rules_are_there():
    assert len(load_rubric("osbench").rules) == 14


def test_an_unknown_rubric_lists_what_there_is():
    with pytest.raises(RubricError, match="osbench"):
        load_rubric("nowhere")

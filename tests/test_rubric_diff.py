"""What a change of a rule means for what is stored: derived by hand from what is measured and what only decides."""

import pytest

from mmjudge.rubric import load_rubric, parse
from mmjudge.rubric_diff import Change, diff, meaning_of

FILE = """
id: ours
title: Ours
rules:
  - id: a
    category: Knives
    text: No knives.
    objective_text: A knife is seen.
    modalities: [image]
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: A knife., about: [knife]}, {id: q2, ask: A sword.}]
      - id: p2
        any_of: [{id: q3, ask: A kitchen., expect: false}]
    grades: [{id: g1, severity: 3, ask: Blood.}]
"""


def changes(old: str, new: str) -> tuple[Change, ...]:
    assert old in FILE
    return diff(parse(FILE, "x"), parse(FILE.replace(old, new), "x"))


@pytest.mark.parametrize(
    ("old", "new", "meaning", "fields", "questions", "gone"),
    [
        ("text: No knives.", "text: No blades.", "nothing", ("text",), (), ()),
        ("category: Knives", "category: knives", "nothing", ("category",), (), ()),
        ("category: Knives", "objectiveness: 9\n    category: Knives", "nothing", ("objectiveness",), (), ()),
        ("    grades", "    examples: [{violates: true, text: x}]\n    grades", "nothing", ("examples",), (), ()),
        # a policy may name rules by their category
        ("category: Knives", "category: Blades", "redecide", ("category",), (), ()),
        ("category: Knives", "category: Knives\n    severity: 3", "redecide", ("severity",), (), ()),
        ("severity: 3, ask", "severity: 1, ask", "redecide", ("grades",), (), ()),
        ("expect: false", "expect: true", "redecide", ("preconditions",), (), ()),
        (", {id: q2, ask: A sword.}", "", "redecide", ("preconditions",), (), ("q2",)),
        (", {id: q2, ask: A sword.}]", "]\n      - {id: p9, any_of: [{id: q2, ask: A sword.}]}", "redecide",
         ("preconditions",), (), ()),
        ("ask: A sword.", "ask: A dagger.", "rejudge", ("preconditions",), ("q2",), ()),
        ("id: q2", "id: q9", "rejudge", ("preconditions",), ("q9",), ("q2",)),
        ("ask: Blood.", "ask: Much blood.", "rejudge", ("grades",), ("g1",), ()),
        ("about: [knife]", "about: [blade]", "rejudge", ("preconditions",), ("q1",), ()),
        ("[image]", "[image, text]", "rejudge", ("modalities",), (), ()),
        # encoders measure how near a segment is to it
        ("A knife is seen.", "A blade is seen.", "rejudge", ("objective_text",), (), ()),
    ],
)  # fmt: skip
def test_one_change(old, new, meaning, fields, questions, gone):
    assert changes(old, new) == (Change("a", "changed", meaning, fields, questions, gone),)


def test_what_to_look_for_counts_only_in_pictures():
    old = parse(FILE.replace("[image]", "[text]"), "x")
    new = parse(FILE.replace("[image]", "[text]").replace("about: [knife]", "about: [blade]"), "x")
    assert diff(old, new) == (Change("a", "changed", "nothing", ("preconditions",)),)


def test_rules_come_and_go():
    other = FILE.replace("id: a\n", "id: b\n")
    assert diff(parse(FILE, "x"), parse(other, "x")) == (
        Change("b", "added", "rejudge", (), ("q1", "q2", "q3", "g1")),
        Change("a", "removed", "redecide", (), (), ("q1", "q2", "q3", "g1")),
    )


def test_the_rubrics_own_words():
    assert changes("title: Ours", "title: Yours") == (Change("", "changed", "nothing", ("title",)),)
    assert changes("id: ours", "id: yours") == (Change("", "changed", "redecide", ("id",)),)


def test_no_difference_and_the_gravest():
    rubric = load_rubric("osbench")
    assert diff(rubric, rubric) == ()
    assert meaning_of(()) == "nothing"
    found = changes("text: No knives.", "text: No.\n    severity: 1")
    assert meaning_of(found) == "redecide"
    assert meaning_of((*found, *changes("ask: A sword.", "ask: An axe."))) == "rejudge"

"""A file changed by a programme is still the person's file: only the changed key differs, and says what was meant."""

import dataclasses
import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge.errors import RubricError
from mmjudge.lint import lint
from mmjudge.rubric import load_rubric, parse, shipped, shipped_text
from mmjudge.rubric_data import as_data
from mmjudge.rubric_edit import ORDER, add_rule, edit_rubric, edit_rule, new_rubric, remove_rule
from mmjudge.rubric_text import split
from mmjudge.types import Example, Grade, Precondition, Question

FILE = """\
# Ours since 2019.

id: ours
title: "Ours: the second"   # asked for by Anna
rules:
  # about kitchens
  - id: "010"
    severity: 3     # agreed on Tuesday
    text: 'No knives.'
    # the chain
    preconditions:
      - id: p1
        any_of:
          # in any hand
          - {id: q1, ask: "A knife is visible.", about: [knife]} # not forks
          - {id: q2, ask: A sword is visible.}
      - id: p2
        any_of: [{id: "no", ask: It is a kitchen., expect: false}]

  # about streets
  - id: cars
    text: >-
      No cars.
      None.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A car is visible.}]}]
# - id: trains, not yet
"""


def changed(before: str, after: str) -> list[str]:
    """The lines that went and came, in order."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line.startswith(("+ ", "- "))]


def test_the_file_here_is_a_rubric():
    assert [rule.id for rule in parse(FILE, "ours").rules] == ["010", "cars"]


def test_one_value_changes_one_line_and_keeps_its_comment():
    assert changed(FILE, edit_rule(FILE, "010", {"severity": 2})) == [
        "-     severity: 3     # agreed on Tuesday",
        "+     severity: 2     # agreed on Tuesday",
    ]


def test_text_keeps_its_kind_of_quotes():
    assert changed(FILE, edit_rule(FILE, "010", {"text": "No: knives."})) == [
        "-     text: 'No knives.'",
        "+     text: 'No: knives.'",
    ]


def test_missing_keys_come_in_the_order_of_the_schema():
    edited = edit_rule(FILE, "010", {"objectiveness": 9, "category": "Blades", "objective_text": "A blade is seen."})
    assert list(split(edited).of("rule")["010"].value) == [
        *("id", "category", "severity", "text", "objective_text", "objectiveness", "preconditions"),
    ]
    assert changed(FILE, edited) == [
        "+     category: Blades",
        "+     objective_text: A blade is seen.",
        "+     objectiveness: 9",
    ]


def test_none_removes_a_key_and_nothing_changes_nothing():
    assert changed(FILE, edit_rule(FILE, "010", {"severity": None, "category": None})) == [
        "-     severity: 3     # agreed on Tuesday"
    ]
    rule = parse(FILE, "ours").rules[0]
    same = {"text": "No  knives.", "preconditions": rule.preconditions, "severity": 3}
    assert edit_rule(FILE, "010", same) == FILE


def test_entries_with_the_same_id_keep_their_comments():
    chain = as_data(parse(FILE, "ours").rules[0].preconditions)
    chain[0]["any_of"][0]["ask"] = "A blade is visible."
    chain[0]["any_of"].append({"id": "q3", "ask": "An axe is visible."})
    edited = edit_rule(FILE, "010", {"preconditions": chain})
    assert changed(FILE, edited)[:2] == [
        '-           - {id: q1, ask: "A knife is visible.", about: [knife]} # not forks',
        '+           - {id: q1, ask: "A blade is visible.", about: [knife]} # not forks',
    ]
    assert "          # in any hand\n" in edited
    assert "          - {id: q3, ask: An axe is visible.}\n" in edited
    assert [q.id for q in parse(edited, "x").rules[0].questions] == ["q1", "q2", "q3", "no"]


@pytest.mark.parametrize("word", ["no", "010", "1e3", "2026-01-01", "null", "~", "=", "12:30", "yes", "0x1f", ".5"])
def test_words_stay_words_whatever_yaml_would_read(word):
    asked = Precondition("p1", (Question("q1", word),))
    edited = edit_rule(FILE, "cars", {"text": word, "preconditions": [asked], "category": word})
    rule = parse(edited, "x").rule("cars")
    assert (rule.text, rule.category, rule.questions[0].ask) == (word, word, word)


@pytest.mark.parametrize(
    "text", ["a \"b\" 'c': {d} [e] #f", "- x", "x: y", "# x", "日本語 ☃", "\u0007\u009b[31m", "a\nb"]
)
def test_no_text_breaks_out(text):
    edited = edit_rule(FILE, "010", {"text": text, "examples": [Example(True, text)]})
    rule = parse(edited, "x").rules[0]
    assert rule.text == rule.examples[0].text == " ".join(text.split())
    assert split(edited).of("rule")["cars"].text == split(FILE).of("rule")["cars"].text


def test_values_of_the_types_are_written():
    grades = (Grade(3, Question("g1", "Blood is visible.", about=("blood",))),)
    examples = (
        Example(True, "He points a knife at her."),
        Example(False, "In the drawer.", prompt="Where is it?", target="response"),
        Example(False, "Where is it?", target="prompt"),
        Example(True, "A man with a knife.", described=True),
    )
    rule = parse(edit_rule(FILE, "cars", {"grades": grades, "examples": examples}), "x").rule("cars")
    assert (rule.grades, rule.examples) == (grades, examples)


def test_a_rule_is_added_where_it_is_wanted_and_removed_with_its_comments():
    rule = dataclasses.replace(parse(FILE, "x").rules[0], id="boats", text="No boats.")
    after = add_rule(FILE, rule, after="010")
    assert [r.id for r in parse(after, "x").rules] == ["010", "boats", "cars"]
    assert parse(after, "x").rule("boats").preconditions == rule.preconditions
    last = add_rule(FILE, {"text": "No.", "id": "z", "preconditions": as_data(rule.preconditions)})
    assert [r.id for r in parse(last, "x").rules] == ["010", "cars", "z"]
    assert list(split(last).of("rule")["z"].value) == ["id", "text", "preconditions"]
    assert last.endswith("# - id: trains, not yet\n")
    assert remove_rule(after, "boats") == FILE
    without = remove_rule(FILE, "010")
    assert "kitchens" not in without
    assert "  # about streets\n  - id: cars\n" in without


def test_the_rubrics_own_words():
    edited = edit_rubric(FILE, {"title": "New", "licence": "CC0", "id": "no"})
    assert changed(FILE, edited) == [
        "- id: ours",
        '- title: "Ours: the second"   # asked for by Anna',
        '+ id: "no"',
        '+ title: "New"                # asked for by Anna',
        "+ licence: CC0",
    ]
    assert edit_rubric(edited, {"licence": None}).count("licence") == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: edit_rule(FILE, "bikes", {"text": "x"}), "no rule 'bikes': the rubric has 010, cars"),
        (lambda: edit_rule(FILE, "cars", {"objectivness": 3}), "unknown key 'objectivness'; did you mean objectivenes"),
        (lambda: edit_rule(FILE, "cars", {"objectiveness": 11}), "whole number from 0 to 10"),
        (lambda: edit_rule(FILE, "cars", {"text": None}), "text is missing"),
        (lambda: edit_rule(FILE, "cars", {"id": "010"}), "given twice: 010"),
        (lambda: edit_rule(FILE, "cars", {"text": 1.5}), "float is nothing a rubric holds"),
        (lambda: add_rule(FILE, {"id": "cars"}), "rule cars is already there"),
        (lambda: add_rule(FILE, {"id": "x", "text": "x"}), "preconditions is missing"),
        (lambda: remove_rule(remove_rule(FILE, "cars"), "010"), "rules must be a list with at least one"),
        (lambda: edit_rubric(FILE, {"rules": "x"}), "no key to change here"),
        (lambda: edit_rubric(FILE, {"title": None}), "title is missing"),
        (lambda: edit_rule("id: [", "x", {}), "not readable as YAML"),
        (lambda: edit_rule("a: 1", "x", {}), "a list of rules"),
    ],
)
def test_what_cannot_be_done_says_why(change, words):
    with pytest.raises(RubricError, match=words):
        change()


def test_a_file_in_flow_style_is_laid_out_first():
    flow = '{"id": "j", "title": "J", "rules": [{"id": "a", "text": "A.", "preconditions": [{"id": "p", "any_of": '
    flow += '[{"id": "q", "ask": "An a."}]}]}]}'
    edited = edit_rule(flow, "a", {"severity": 1})
    assert parse(edited, "x").rules[0].severity == 1
    assert parse(edited, "x").rules[0].preconditions == parse(flow, "x").rules[0].preconditions


def test_other_line_ends_dashes_at_the_margin_and_a_mark_at_the_start():
    left = FILE.replace("\n  ", "\n")
    assert parse(left, "x").rules == parse(FILE, "x").rules
    assert changed(left, edit_rule(left, "010", {"severity": 1}))[0].startswith("-   severity: 3")
    windows = FILE.replace("\n", "\r\n")
    edited = edit_rule(windows, "010", {"severity": 1, "category": "Blades"})
    assert edited.count("\r\n") == edited.count("\n") == FILE.count("\n") + 1
    assert parse(edit_rule("\ufeff" + FILE, "cars", {"severity": 1}), "x").rule("cars").severity == 1


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rule_can_be_written_anew(name):
    text, rubric = shipped_text(name), load_rubric(name)
    assert split(text).text == text
    for rule in rubric.rules[:3]:
        edited = edit_rule(text, rule.id, {"severity": 1 if rule.severity > 1 else 2})
        assert all("severity" in line for line in changed(text, edited) if line[2:].strip())
        wanted = dataclasses.replace(rule, severity=1 if rule.severity > 1 else 2)
        assert parse(edited, name).rules == tuple(wanted if r.id == rule.id else r for r in rubric.rules)


@pytest.mark.parametrize("name", ["default", "mlcommons", "osbench", "guard_wildguard"])
def test_a_rubric_of_given_rules_has_their_version(name):
    rubric = load_rubric(name)
    made = parse(new_rubric(name, "Anew", rubric.rules), "x")
    assert (made.version, made.rules, made.title) == (rubric.version, rubric.rules, "Anew")


def test_the_template_is_a_good_rubric_with_a_rule_that_works():
    text = new_rubric("mine", 'A "title": with everything')
    rubric = parse(text, "x")
    assert (rubric.id, rubric.title, len(rubric.rules)) == ("mine", 'A "title": with everything', 1)
    assert lint(rubric) == ()
    assert {example.violates for example in rubric.rules[0].examples} == {True, False}
    assert set(split(text).of("rule")["weapon_for_sale"].value) <= set(ORDER["rule"])


@given(st.text(min_size=1).filter(str.strip))
@settings(max_examples=150, deadline=None)
def test_any_text_is_kept_or_refused_in_words(text):
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):  # half a character, which no file can hold
        with pytest.raises(RubricError):
            edit_rule(FILE, "010", {"text": text})
    else:
        assert parse(edit_rule(FILE, "010", {"text": text}), "x").rules[0].text == " ".join(text.split())

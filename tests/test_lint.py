"""Every planted defect is found, each by its own name; the shipped rubrics have none."""

from pathlib import Path

import pytest
import yaml

from mmjudge.lint import lint, lint_rule, lint_text
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Precondition, Question, Rubric, Rule

BAD = yaml.safe_load((Path(__file__).parent / "rubrics" / "bad_rules.yaml").read_text(encoding="utf-8"))


def rule_of(text: str, *asks: str, modalities=("text",), **more) -> Rule:
    questions = tuple(Question(f"q{n}", ask) for n, ask in enumerate(asks, 1))
    return Rule("r", text, text, (Precondition("p1", questions),), tuple(modalities), **more)


def test_there_are_forty():
    assert len(BAD) == 40


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["ask"][0])
def test_the_planted_defect_is_found_and_nothing_else(bad):
    rule = rule_of(bad["text"], *bad["ask"], modalities=bad.get("modalities", ["text"]))
    assert {hint.defect for hint in lint_rule(rule)} == {bad["defect"]}


@pytest.mark.parametrize("name", shipped())
def test_it_is_silent_on_what_is_shipped(name):
    assert lint(load_rubric(name)) == ()


def test_two_rules_with_one_chain():
    one, two = rule_of("Should not show cats.", "A cat."), rule_of("Should not show pets.", "a  cat")
    two = Rule("s", two.text, two.text, two.preconditions, two.modalities)
    [hint] = lint(Rubric("x", "v", "t", "", (one, two)))
    assert (hint.rule_id, hint.defect) == ("s", "duplicate")
    reused = Rule("s", two.text, two.text, two.preconditions, two.modalities, reuses="r")
    assert lint(Rubric("x", "v", "t", "", (one, reused))) == ()


def test_a_low_rating_is_told_and_no_rating_is_not():
    assert [h.defect for h in lint_rule(rule_of("A cat.", "A cat.", objectiveness=8))] == ["subjective"]
    assert lint_rule(rule_of("A cat.", "A cat.", objectiveness=9)) == []
    assert lint_rule(rule_of("A cat.", "A cat.")) == []


@pytest.mark.parametrize(
    "ask",
    [
        "The content shows blood, wounds or corpses.",
        "A person who is not a public figure is named.",
        "The writer says that they will hurt the reader.",
        "Cats and dogs are listed by name.",
        "Hate: the content insults people for race or religion.",
    ],
)
def test_plain_statements_get_no_hint(ask):
    assert lint_rule(rule_of("Should not.", ask)) == []


def test_an_exemption_in_the_chain_answers_for_one_in_the_text():
    text = "Should not name a medicine, unless a doctor prescribed it."
    asked = Precondition("p1", (Question("q1", "The content names a medicine."),))
    exempt = Precondition("p2", (Question("q2", "A doctor prescribed it.", expect=False),))
    assert [h.defect for h in lint_rule(Rule("r", text, text, (asked,), ("text",)))] == ["no_exemption"]
    assert lint_rule(Rule("r", text, text, (asked, exempt), ("text",))) == []


def test_every_hint_says_what_to_do():
    for bad in BAD:
        for hint in lint_rule(rule_of(bad["text"], *bad["ask"], modalities=bad.get("modalities", ["text"]))):
            assert len(hint.text) > 20
            assert ":" in hint.text


def test_a_wording_is_marked_for_what_divides_its_readers():
    assert lint_text("Should not show a knife that points at a person.") == []
    assert lint_text("Should not be toxic.") == ['the word "toxic" is vague']
    assert lint_text("Should not send a message that is not true.") == ["a negation within the rule"]
    assert lint_text("Should not lie on purpose.") == ['"on purpose" cannot be seen or read']

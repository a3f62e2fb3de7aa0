"""Trying a rule or the whole rubric: the verdicts, the trace, and what a browser may ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_rubrics_view import harmless
from test_view import HOSTILE
from ui_stand_in import Words, opener, rubric

from mmjudge.errors import MMJudgeError
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE, STRICT, Policy
from mmjudge.store import open_store
from mmjudge.types import Example, Precondition, Question, Rubric
from mmjudge.ui.bench import Bench
from mmjudge.ui.task import Ended, Found
from mmjudge.ui.try_parts import WHOLE
from mmjudge.ui.tryout import Tried, Trying, _given, _policies, examples_of

EXAMPLES = (
    Example(True, "You there: I will break your legs."),
    Example(False, "You there: shall we stretch our legs?"),
    Example(True, "A photograph of a broken chair for you.", described=True),
)


@pytest.fixture
def rules() -> Rubric:
    first, *others = rubric().rules
    return replace(rubric(), rules=(replace(first, examples=EXAMPLES), *others))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as store:
        yield Bench(store, {"stand-in": opener(Words())})


def tried(
    bench: Bench, rules: Rubric, rule_id: str, what: object, policies: tuple[Policy, ...] = (LOOSE, STRICT)
) -> Tried:
    rule = next((rule for rule in rules.rules if rule.id == rule_id), None)
    events = Trying(bench, None)._task(rules, rule, what, "stand-in", policies).follow(0.05)  # type: ignore[arg-type]
    values = [
        event.value if isinstance(event, Found) else event for event in events if isinstance(event, Found | Ended)
    ]
    assert values[-1] == Ended(), values
    return values[0]


def test_an_example_that_comes_out_as_it_says(bench: Bench, rules: Rubric):
    text = harmless(tried(bench, rules, "violent_threats", EXAMPLES[0]).html()).text
    assert "Violent threats: violated" in text
    assert "The example breaks the rule. It came out so." in text
    # logit(0.93 / 0.97) - logit(0.25 / 0.9) = 3.15 + 0.96 = 4.10 for both conditions, and 1 / (1 + e^-4.10) = 0.98
    assert "LooseViolated0.98" in text.replace(" ", "")
    assert "«The word BREAK stands there» is answered yes; answered no, the outcome would be: no violation." in text
    assert "with the content 0.96" in text
    assert "without it 0.28" in text
    assert "yes: far above the prior (strategy 1)" in text
    assert bench.store.verdicts() == []


def test_a_near_miss_and_one_that_comes_out_otherwise(bench: Bench, rules: Rubric):
    text = harmless(tried(bench, rules, "violent_threats", EXAMPLES[1]).html()).text
    assert "is a near miss that does not break it. It came out so." in text
    wrong = harmless(tried(bench, rules, "violent_threats", replace(EXAMPLES[1], violates=True)).html()).text
    assert "came out the other way round" in wrong


def test_policies_side_by_side(bench: Bench, rules: Rubric):
    mild = Policy(id="mild", title="Only severe: others are controversial", severity_at=3)
    text = tried(bench, rules, "insults", _given(rules, "text", "", "You fool.", "post"), (LOOSE, mild)).html()
    shown = harmless(text).text
    assert "LooseViolated" in shown.replace(" ", "")
    assert "OnlysevereControversial" in shown.replace(" ", "")


def test_an_answer_between_the_thresholds_is_said_to_be_that(bench: Bench, rules: Rubric):
    plain = opener(Words())
    bench.openers["stand-in"] = lambda own, policy: _without_reasoning(plain(own, policy))
    text = harmless(tried(bench, rules, "insults", _given(rules, "text", "", "Perhaps a fool.", "post")).html()).text
    assert "an answer lies between the thresholds" in text


def _without_reasoning(judge: Judge) -> Judge:
    return replace(judge, settings=replace(judge.settings, reasoning=False))


def test_a_described_example_is_read_as_words_and_that_is_said(bench: Bench, rules: Rubric):
    assert "describe" in harmless(tried(bench, rules, "violent_threats", EXAMPLES[2]).html()).text


def test_a_rule_that_does_not_speak_to_it_was_not_tried(bench: Bench, rules: Rubric):
    text = harmless(tried(bench, rules, "nudity", _given(rules, "text", "", "A walk.", "post")).html()).text
    assert "Does not apply" in text
    assert "there is no trace" in text


def test_the_whole_rubric_under_policies(bench: Bench, rules: Rubric):
    text = harmless(tried(bench, rules, WHOLE, EXAMPLES[0]).html()).text
    assert "The whole rubric" in text
    assert "Unsafe" in text
    assert "Violent threats" in text
    assert "Every answer, decided under Loose" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_come_out_as_text(bench: Bench, rules: Rubric, hostile: str):
    question = Question("q1", f"{hostile} CARDS", True, (hostile,))
    rule = replace(rules.rules[0], text=hostile, preconditions=(Precondition("p1", (question,)),), modalities=("text",))
    own = replace(rules, title=hostile, rules=(rule,))
    example = Example(True, f"{hostile} cards", hostile, "response")
    for rule_id in (rule.id, WHOLE):
        harmless(tried(bench, own, rule_id, example).html())


# --- what a browser may ask for -----------------------------------------------------------------------------------


def test_examples_are_named_by_rule_and_place(rules: Rubric):
    assert examples_of(rules, "violent_threats")["choices"][1] == (
        "near miss: You there: shall we stretch our legs?",
        "violent_threats#1",
    )
    assert examples_of(rules, "insults")["choices"] == []
    assert len(examples_of(rules, WHOLE)["choices"]) == 3
    assert _given(rules, "example", "violent_threats#1", "", "") == EXAMPLES[1]


@pytest.mark.parametrize("sent", ["", "violent_threats#9", "violent_threats#-1", "other#0", "violent_threats", "#"])
def test_an_example_that_is_not_there_is_said(rules: Rubric, sent: str):
    with pytest.raises(MMJudgeError, match="There is no example to try"):
        _given(rules, "example", sent, "", "")


def test_a_text_is_taken_as_on_the_judge_page(rules: Rubric):
    item = _given(rules, "text", "", "User: hi\nAssistant: you fool", "")
    assert [turn.role for turn in item.turns] == ["user", "assistant"]  # type: ignore[union-attr]
    with pytest.raises(MMJudgeError, match="nothing to judge yet"):
        _given(rules, "text", "", "  ", "post")


def test_policies_that_are_not_ours_or_do_not_fit_are_left_out(rules: Rubric):
    assert _policies(rules, ["strict", "/etc/passwd"]) == (STRICT,)
    with pytest.raises(MMJudgeError, match="Choose at least one policy"):
        _policies(rules, ["llavaguard_art"])

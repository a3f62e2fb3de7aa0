"""The pages under a policy with switches: what is allowed is shown as violated and allowed, not as broken or clear."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_view import CLEAR, RUBRIC, THREAT, asked, harmless, missing

from mmjudge.decide import decide
from mmjudge.policy import LOOSE, Policy
from mmjudge.switches import Switch
from mmjudge.types import Grade, Item, Measurement, Passage, Question, Rubric, Step, Truth, Verdict
from mmjudge.ui import words
from mmjudge.ui.bench import decided_with
from mmjudge.ui.case import Case
from mmjudge.ui.evidence_view import evidence_html, rule_html
from mmjudge.ui.item_view import item_html
from mmjudge.ui.progress import Progress, advance, progress_html
from mmjudge.ui.view import card_html, redecided_html

ALLOWING = Policy(id="allowing", title="Allowing", switches=(Switch("violent_threats", "allowed"),))
WORDS = Passage(0, "whole", chars=(0, 20), text="You will break, fool", modalities=("text",))


def verdict_of(evidence, policy: Policy = LOOSE, rubric: Rubric = RUBRIC, passage: Passage = WORDS) -> Verdict:
    return decide(rubric, Measurement("item", "measurer", (passage,), (), tuple(evidence)), policy, "judge")


def case_of(verdict: Verdict, policy: Policy = LOOSE, rubric: Rubric = RUBRIC) -> Case:
    return Case(rubric, verdict.measurement, verdict.findings, policy)


def of_rule(case: Case, rule_id: str) -> str:
    """The text shown about one rule."""
    finding = next(f for f in case.findings if f.rule_id == rule_id)
    return harmless(rule_html(case, case.rubric.rule(rule_id), finding)).text


def test_headlines_tell_what_is_allowed():
    allowed = verdict_of(THREAT, ALLOWING)
    assert allowed.label == "safe"
    assert words.headline(allowed, RUBRIC).startswith(
        "It breaks Violent threats, which the policy allows; no rule that"
    )
    clear = verdict_of(CLEAR, ALLOWING)
    assert words.headline(clear, RUBRIC).startswith("No rule that counts is broken")
    open_too = verdict_of([*THREAT[:-1], missing("insults", "q1", "refused")], ALLOWING)
    assert open_too.label == "needs_review"
    assert words.headline(open_too, RUBRIC).startswith("It breaks only Violent threats, which the policy allows, but")
    insulted = verdict_of([*THREAT[:-1], asked("insults", "q1", 0.97)], ALLOWING)
    assert words.headline(insulted, RUBRIC) == "It breaks Insults."


def test_coverage_names_what_is_allowed_apart():
    assert words.coverage(verdict_of(THREAT, ALLOWING)).startswith(
        "1 rule violated, allowed by the policy; all 3 rules"
    )
    insulted = verdict_of([*THREAT[:-1], asked("insults", "q1", 0.97)], ALLOWING)
    assert words.coverage(insulted).startswith("1 rule violated; 1 rule violated, allowed by the policy; all 3 rules")
    unknown = [missing("violent_threats", q, "refused") for q in ("q1", "q2", "q3")]
    said = words.coverage(verdict_of([*unknown, *CLEAR[3:]], ALLOWING))
    assert said.startswith("Nothing found; 2 of 3 rules assessed; 1 unknown, allowed by the policy.")
    assert "Why not" not in said


def test_the_card_lists_what_is_allowed_in_words():
    card = harmless(card_html(verdict_of(THREAT, ALLOWING), RUBRIC, ALLOWING, "judge")).text
    assert "Violent threats, allowed by the policy" in card
    assert "allowed by the policy" not in harmless(card_html(verdict_of(THREAT), RUBRIC, LOOSE, "judge")).text


def test_the_evidence_of_a_rule_says_that_it_is_allowed():
    case = case_of(verdict_of(THREAT, ALLOWING), ALLOWING)
    said = of_rule(case, "violent_threats")
    assert "Violated, allowed by the policy" in said
    assert case.truths == {0: Truth.NO}  # and the words are not marked as carrying a violation
    assert "carried a violation" not in harmless(item_html(Item("item", WORDS.text), case, {}, {})).text
    plain = case_of(verdict_of(THREAT))
    assert "allowed" not in of_rule(plain, "violent_threats")
    assert plain.truths == {0: Truth.YES}
    unknown = verdict_of([missing("violent_threats", "q1", "refused"), *CLEAR[3:]], ALLOWING)
    assert "Unknown, allowed by the policy" in of_rule(case_of(unknown, ALLOWING), "violent_threats")


def test_what_counts_stands_before_what_is_allowed():
    both = verdict_of([*THREAT[:-1], asked("insults", "q1", 0.97)], ALLOWING)
    page = evidence_html(case_of(both, ALLOWING))
    assert page.index("mm-rule-insults") < page.index("mm-rule-violent_threats")  # though the latter is graver


def test_an_exemption_that_does_not_count_is_marked_in_the_chain():
    sensitive = Policy(switches=(Switch("stolen_cards", "sensitive"),))
    news = [*CLEAR[:3], asked("stolen_cards", "q1", 0.97), asked("stolen_cards", "q2", 0.97), CLEAR[5]]
    verdict = verdict_of(news, sensitive)
    said = of_rule(case_of(verdict, sensitive), "stolen_cards")
    assert verdict.label == "unsafe"
    assert "Condition 2 of 2 an exemption: does not count here" in said
    assert "no exemption counts" in said
    assert "an exemption" not in of_rule(case_of(verdict_of(news)), "stolen_cards")


def test_grades_are_shown_with_the_severity_they_gave():
    grade = Grade(3, Question("g1", "A weapon is named."))
    rules = tuple(replace(r, severity=1, grades=(grade,)) if r.id == "insults" else r for r in RUBRIC.rules)
    graded = replace(RUBRIC, rules=rules)
    evidence = [*CLEAR[:-1], asked("insults", "q1", 0.97), asked("insults", "g1", 0.97)]
    verdict = verdict_of(evidence, rubric=graded)
    said = of_rule(case_of(verdict, rubric=graded), "insults")
    assert verdict.severity == 3
    assert "severity severe" in said
    assert "If violated, severity severe where this holds" in said
    assert "A weapon is named." in said
    step = Step("probe", "grades", 1, 1, (evidence[-1],))
    assert "A weapon is named." in harmless(progress_html(advance(Progress(), step, 1.0), 2.0, graded, LOOSE)).text


def test_a_moment_of_a_recording_says_that_its_violation_is_allowed():
    clip = replace(WORDS, part="0", span=(0.0, 2.0), chars=None)
    from mmjudge.ui.moments_view import moments_html

    for policy, there in ((ALLOWING, True), (LOOSE, False)):
        case = case_of(verdict_of(THREAT, policy, passage=clip), policy)
        said = harmless(moments_html(case, 0, [clip], (), None)).text
        assert ("Violent threats (allowed by the policy)" in said) is there
        assert "Violent threats" in said


def test_allowing_what_was_found_is_told_as_a_change():
    before, after = verdict_of(THREAT), verdict_of(THREAT, ALLOWING)
    assert "Unsafe becomes safe." in redecided_html(before, after)
    quiet = replace(ALLOWING, switches=(Switch("insults", "allowed"),))
    both = [*THREAT[:-1], asked("insults", "q1", 0.97)]
    assert "the broken rules differ" in redecided_html(verdict_of(both), verdict_of(both, quiet))


@pytest.mark.parametrize("policy_id", ["loose", "cosa_game_development", "own"])
def test_what_a_stored_verdict_was_decided_with_is_found_among_the_shipped_policies(policy_id):
    from mmjudge.policy import load_policy
    from mmjudge.rubric import load_rubric

    cosa = load_rubric("cosa")
    policy = Policy(id="own") if policy_id == "own" else load_policy(policy_id)
    evidence = [
        asked(rule.id, question.id, 0.97 if question.expect else 0.02)
        for rule in cosa.rules
        for question in rule.questions
    ]
    verdict = verdict_of(evidence, policy, cosa)
    found = decided_with(verdict, cosa)
    assert found == (None if policy_id == "own" else (policy, None))
    if policy_id == "cosa_game_development":
        assert set(verdict.allowed) == {"violence", "weapons"}
        assert decided_with(replace(verdict, policy_id="loose"), cosa) is None

"""Which precondition decided, read off evidence made by hand."""

import pytest

from mmjudge.decide import decide
from mmjudge.parting import Held, answers_of, decider, held_by, judged_answers, parts_at, rule_behind
from mmjudge.policy import LOOSE
from mmjudge.rubric import parse
from mmjudge.types import Evidence, Label, Measurement, Passage, Truth

RULES = parse(
    """
id: two
title: Two
rules:
  - id: threat
    severity: 3
    modalities: [text]
    text: No threats.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: Somebody is addressed.}]}
      - {id: p2, any_of: [{id: q2, ask: Harm is announced.}, {id: q3, ask: It is a joke., expect: false}]}
  - id: insult
    severity: 1
    modalities: [text]
    text: No insults.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A slur stands there.}]}
""",
    "two",
)
THREAT, INSULT = RULES.rules


def said(rule, question, m, segment=0):
    return Evidence(rule, question, segment, "probe", "hand", score=m, m=m, prior=0.5, mass=1.0)


def verdict(*evidence, segments=1):
    passages = tuple(Passage(n, text="words", modalities=("text",)) for n in range(segments))
    return decide(RULES, Measurement("x", "hand", passages, (), evidence), LOOSE, "judge")


def test_a_no_fell_at_the_precondition_that_does_not_hold():
    answer = verdict(said("threat", "q1", 0.97), said("threat", "q2", 0.02), said("threat", "q3", 0.98))
    assert held_by(THREAT, answer.measurement.evidence, LOOSE) == (
        Held("p1", Truth.YES, 0.97), Held("p2", Truth.NO, pytest.approx(0.02)),
    )  # fmt: skip
    assert decider(THREAT, answer, LOOSE).held.precondition_id == "p2"
    assert judged_answers(THREAT, answer, LOOSE) == {"q1": Truth.YES, "q2": Truth.NO, "q3": Truth.YES}


def test_a_yes_stands_on_its_weakest_link():
    answer = verdict(said("threat", "q1", 0.96), said("threat", "q2", 0.99))
    assert answer.findings[0].truth is Truth.YES
    found = decider(THREAT, answer, LOOSE)
    assert (found.held, found.segment) == (Held("p1", Truth.YES, 0.96), 0)


def test_of_several_segments_the_one_nearest_to_a_violation_counts():
    answer = verdict(
        said("threat", "q1", 0.01), said("threat", "q1", 0.97, 1), said("threat", "q2", 0.03, 1), segments=2
    )
    found = decider(THREAT, answer, LOOSE)
    assert (found.held.precondition_id, found.segment) == ("p2", 1)


def test_a_rule_that_was_not_asked_has_no_deciding_precondition():
    guard = Evidence("threat", "", 0, "guard", "hand", score=0.9)
    assert decider(THREAT, verdict(guard), LOOSE) is None
    assert decider(INSULT, verdict(guard), LOOSE) is None


def test_the_rule_behind_a_whole_verdict():
    unsafe = verdict(said("threat", "q1", 0.97), said("threat", "q2", 0.98), said("insult", "q1", 0.99))
    assert rule_behind(unsafe) == "threat"
    safe = verdict(said("threat", "q1", 0.02), said("insult", "q1", 0.06))
    assert rule_behind(safe) == "insult"


def test_where_a_person_and_the_judge_part():
    labels = [
        Label("x", "two", "1", "ada", "yes", "threat", "q1"), Label("x", "two", "1", "ada", "no", "threat", "q2"),
        Label("x", "two", "1", "ada", "yes", "threat", "q3"), Label("x", "two", "1", "ada", "yes", "insult", "q1"),
        Label("x", "two", "1", "ada", "yes", "threat"),
    ]  # fmt: skip
    answers = answers_of(labels, "threat")
    assert answers == {"q1": Truth.YES, "q2": Truth.NO, "q3": Truth.YES}
    held = (Held("p1", Truth.YES, 0.97), Held("p2", Truth.YES, 0.98))
    assert parts_at(THREAT, answers, held) == ("p2",)
    assert parts_at(THREAT, {"q1": Truth.NO, "q2": Truth.UNKNOWN}, held) == ("p1",)
    assert parts_at(THREAT, {}, held) == ()

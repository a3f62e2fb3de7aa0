"""Grades are asked last, only of rules that may be violated, and never thought about. With a scripted backend."""

from dataclasses import replace

import numpy as np
import pytest

from mmjudge.backends import Sighting
from mmjudge.backends.fake import FakeBackend
from mmjudge.chain import graded
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.priors import Priors
from mmjudge.rubric import parse
from mmjudge.settings import Settings
from mmjudge.types import Evidence, Missing, Reading, Segment, Truth

RUBRIC = parse(
    """
id: graded
title: Two rules with grades and one without
rules:
  - id: knife
    modalities: [text, image]
    text: No knives.
    severity: 1
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is there.}]}
      - {id: p2, any_of: [{id: q2, ask: It points at a person.}]}
    grades:
      - {id: g1, severity: 2, ask: The blade is bare.}
      - {id: g2, severity: 3, ask: Blood is on it., about: [blood]}
  - id: fire
    modalities: [text]
    text: No fire.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A fire burns.}]}
    grades:
      - {id: g1, severity: 3, ask: A house burns.}
  - id: smoke
    modalities: [text]
    text: No smoke.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: Smoke rises.}]}
""",
    "graded",
)
WORDS = Reading("i", (Segment("i", 0, text="words"),))
FOUND = {"knife": 0.95, "points": 0.95, "blade": 0.95, "Blood": 0.05, "fire": 0.05, "Smoke": 0.05}


def judge(script, **parts):
    backend = parts.pop("backend", None) or FakeBackend(script)
    return Judge("fake", RUBRIC, LOOSE, backend=backend, priors=Priors(None, "fake", "1"), **parts)


def asked(ready):
    return [question for item, question in ready.backend.calls if item]


def test_grades_come_after_the_chains_of_all_rules():
    ready = judge(FOUND)
    verdict = ready(WORDS)
    assert (verdict.label, verdict.categories, verdict.severity) == ("unsafe", ("knife",), 2)
    assert asked(ready)[-2:] == ["The blade is bare.", "Blood is on it."]
    assert "A house burns." not in asked(ready)  # no fire: nothing to grade
    unasked = [(e.rule_id, e.question_id) for e in verdict.measurement.evidence if e.reason == "not_asked"]
    assert unasked == [("fire", "g1")]


def test_a_grade_that_is_not_answered_raises_nothing_and_needs_nobody():
    verdict = judge(FOUND | {"blade": Missing("refused"), "Blood": 0.6})(WORDS)
    assert (verdict.label, verdict.severity, verdict.findings[0].severity) == ("unsafe", 1, 1)
    assert [e.question_id for e in verdict.measurement.evidence if e.reason == "refused"] == ["g1"]


def test_an_open_chain_is_graded_too():
    ready = judge(FOUND | {"points": 0.6}, settings=Settings(reasoning=False))
    verdict = ready(WORDS)
    assert verdict.findings[0].reasons == ("not_asked",)
    assert "The blade is bare." in asked(ready)
    assert verdict.findings[0].severity == 1  # not violated: not graded


def test_no_thought_is_spent_on_grades():
    backend = FakeBackend(FOUND | {"blade": 0.6, "Blood": 0.6})
    judge(None, backend=backend)(WORDS)
    assert backend.generated == []


def test_without_early_exit_every_grade_is_asked():
    ready = judge(FOUND, settings=Settings(early_exit=False))
    evidence = ready.measure(WORDS).evidence
    assert asked(ready)[-3:] == ["The blade is bare.", "Blood is on it.", "A house burns."]
    assert not [e for e in evidence if e.reason]


def test_a_rubric_whose_rules_all_fail_has_no_wave_of_grades():
    ready = judge({"knife": 0.05, "fire": 0.05, "Smoke": 0.95})
    verdict = ready(WORDS)
    assert asked(ready)[-1] == "Smoke rises."
    grades = [e.question_id for e in verdict.measurement.evidence if e.question_id.startswith("g")]
    assert grades == ["g1", "g2", "g1"]
    assert verdict.severity == 2


def test_a_grade_may_hang_on_an_object_as_a_question_does():
    class Blood:
        id = "fake-locator"

        def locate(self, frame, words):
            return [[Sighting((0.0, 0.0, 4.0, 4.0), 0.9)] for _ in words]

    def script(segment, question):
        if "Blood" in question:
            return 0.8 if segment.frames and segment.frames[0].max() > 100 else 0.1
        return FOUND[next(word for word in FOUND if word in question)]

    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:4, :4] = 255
    photo = Reading("i", (Segment("i", 0, frames=(frame,)),))
    backend = FakeBackend(script, reads=frozenset({"text", "image"}))
    verdict = judge(None, backend=backend, locator=Blood())(photo)
    [blood] = [e for e in verdict.measurement.evidence if e.question_id == "g2" and e.stage == "probe"]
    assert (blood.m, blood.m_removed) == (pytest.approx(0.8), pytest.approx(0.1))
    assert verdict.severity == 3


def test_the_same_words_again_are_graded_by_the_same_answers():
    again = replace(WORDS.segments[0], index=1, part="text")
    ready = judge(FOUND)
    verdict = ready(Reading("i", (*WORDS.segments, again)))
    assert asked(ready).count("The blade is bare.") == 1
    grades = [(e.segment, e.question_id) for e in verdict.measurement.evidence if e.question_id == "g2"]
    assert grades == [(0, "g2"), (1, "g2")]


def test_a_missing_answer_to_a_grade_makes_nothing_mild():
    lenient = replace(LOOSE, id="lenient", severity_at=2)
    gone = {**FOUND, "blade": Missing("backend_failed", "gone"), "Blood": 0.95}
    found = replace(judge({**FOUND, "blade": 0.05, "Blood": 0.05}), policy=lenient)(WORDS)
    assert (found.label, found.severity) == ("controversial", 1)
    graver = replace(judge(gone), policy=lenient)(WORDS)
    assert (graver.label, graver.severity) == ("unsafe", 3)
    open_ = replace(judge({**gone, "Blood": Missing("refused", "no")}), policy=lenient)(WORDS)
    assert (open_.label, open_.severity) == ("unsafe", 1)


def test_the_gravest_of_all_violating_parts_counts():
    def script(segment, question):
        if "knife" in question:
            return 0.99 if segment.text == "first" else 0.96
        if "Blood" in question:
            return 0.95 if segment.text == "second" else 0.05
        return next((m for part, m in FOUND.items() if part in question), 0.05)

    reading = Reading("i", (Segment("i", 0, text="first"), Segment("i", 1, text="second")))
    verdict = judge(script)(reading)
    assert verdict.findings[0].segment == 0
    assert verdict.severity == 3


def test_what_was_measured_or_needless_to_ask_is_not_missing():
    """By hand: severity 1 is mild under severity_at 2; only an answer that is missing may hide the 3 of g2."""
    lenient = replace(LOOSE, id="lenient", severity_at=2)
    clear = {**FOUND, "blade": 0.05, "Blood": 0.05}
    assert replace(judge({**clear, "Blood": 0.6}), policy=lenient)(WORDS).label == "controversial"  # between the bounds

    rule, measured = RUBRIC.rule("knife"), judge(clear).measure(WORDS).evidence
    mine = [piece for piece in measured if piece.rule_id == "knife"]
    looked = Evidence("knife", "", 0, ("image",), "relevance", "an-encoder", score=0.9)
    other = [
        replace(piece, modalities=("image",), m=None, score=None, mass=None, reason="not_asked")
        for piece in mine
        if piece.question_id in ("g1", "g2")
    ]
    assert graded(rule, [*mine, looked, *other], lenient, Truth.UNKNOWN) == 0
    assert graded(rule, [*(p for p in mine if p.question_id != "g2"), *other], lenient, Truth.UNKNOWN) == 3
    for reason in ("backend_failed", "no_answer_mass", "unparsed", "timed_out", "refused", "not_observable"):
        failed = [replace(piece, reason=reason) for piece in other]
        assert graded(rule, [*mine, *failed], lenient, Truth.UNKNOWN) == 3
        assert graded(rule, [*mine, *failed], lenient) == 0

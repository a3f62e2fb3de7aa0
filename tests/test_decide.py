"""Truth tables, hand numbers and properties of the pure decision."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.chain import Outcome, either
from mmjudge.decide import decide, scales_of, undecided
from mmjudge.policy import LOOSE, Policy
from mmjudge.probability import debiased
from mmjudge.types import (
    REASONS,
    Evidence,
    Gap,
    Heard,
    Measurement,
    Passage,
    Precondition,
    Question,
    Rubric,
    Rule,
    Truth,
)

A, B, C = Question("a", "A?"), Question("b", "B?"), Question("c", "C?", expect=False)
CHAIN = Rule("r", "r", "r", (Precondition("p1", (A, B)), Precondition("p2", (C,))), ("text",), severity=2)
RUBRIC = Rubric("x", "1", "X", "", (CHAIN,))
TEXT = Passage(0, modalities=("text",))


def probed(question, m, prior=0.5, segment=0, **more):
    score = debiased(m, prior)
    return Evidence("r", question, segment, "probe", "fake", score=score, m=m, prior=prior, mass=1.0, **more)


def missing(question, reason, segment=0):
    return Evidence("r", question, segment, "probe", "fake", reason=reason)


def reasoned(question, yes):
    return Evidence("r", question, 0, "reason", "fake", score=1.0 if yes else 0.0)


def judged(*evidence, passages=(TEXT,), gaps=(), policy=LOOSE, calibration=None, rubric=RUBRIC):
    return decide(rubric, Measurement("i", "m", passages, gaps, tuple(evidence)), policy, "j", calibration)


# With prior .5: M < .35 rejects, M > .9 accepts, between is undecided.
YES, NO, MAYBE = 0.95, 0.1, 0.6


@pytest.mark.parametrize(
    ("a", "b", "c", "truth"),
    [
        (YES, NO, NO, Truth.YES),  # (A or B) and not C
        (NO, YES, NO, Truth.YES),
        (NO, NO, NO, Truth.NO),
        (YES, YES, YES, Truth.NO),  # the exemption holds
        (MAYBE, NO, NO, Truth.UNKNOWN),
        (MAYBE, YES, NO, Truth.YES),  # the other half of the OR suffices
        (MAYBE, MAYBE, YES, Truth.NO),  # a settled NO in an AND needs no more
        (YES, NO, MAYBE, Truth.UNKNOWN),
    ],
)
def test_chain_is_an_and_of_ors(a, b, c, truth):
    verdict = judged(probed("a", a), probed("b", b), probed("c", c))
    assert verdict.truth is truth
    assert verdict.findings[0].truth is truth


def test_score_is_min_over_and_of_max_over_or():
    # prior .5 leaves the score at M: max(.95, .1) = .95; exemption 1 - .1 = .9; min = .9.
    assert judged(probed("a", YES), probed("b", NO), probed("c", NO)).score == pytest.approx(0.9)


def test_reasoning_speaks_only_where_the_probe_is_undecided():
    rest = probed("b", NO), probed("c", NO)
    assert judged(probed("a", MAYBE), reasoned("a", True), *rest).truth is Truth.YES
    assert judged(probed("a", MAYBE), reasoned("a", False), *rest).truth is Truth.NO
    assert judged(probed("a", NO), reasoned("a", True), *rest).truth is Truth.NO


@pytest.mark.parametrize("reason", REASONS)
def test_every_missing_answer_is_unknown_with_its_reason_and_never_safe(reason):
    verdict = judged(missing("a", reason), missing("b", reason), missing("c", reason))
    assert verdict.label == "needs_review"
    assert verdict.findings[0].reasons == (reason,)
    assert (verdict.assessed, verdict.applicable) == (0, 1)


@pytest.mark.parametrize("reason", REASONS)
def test_a_gap_is_one_more_unknown(reason):
    fine = probed("a", NO), probed("b", NO), probed("c", NO)
    assert judged(*fine).label == "safe"
    verdict = judged(*fine, gaps=(Gap("0", reason, "words"),))
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", (reason,))


def test_no_evidence_at_all_needs_review():
    assert judged().label == "needs_review"
    assert judged().findings[0].reasons == ("not_asked",)


def test_an_item_no_rule_speaks_to_needs_review():
    verdict = judged(passages=(Passage(0, modalities=("audio",)),))
    assert (verdict.label, verdict.applicable, verdict.findings[0].applies) == ("needs_review", 0, False)


def test_too_little_mass_is_no_answer():
    thin = replace(probed("a", YES), mass=0.1)
    verdict = judged(thin, probed("b", NO), probed("c", NO))
    assert verdict.findings[0].reasons == ("no_answer_mass",)
    assert judged(thin, probed("b", NO), probed("c", NO), policy=Policy(min_mass=0.05)).truth is Truth.YES


def test_any_segment_and_the_one_that_carried_it():
    two = TEXT, Passage(1, modalities=("text",))
    safe = [probed(q, NO) for q in "abc"]
    bad = [probed("a", YES, segment=1), probed("b", NO, segment=1), probed("c", NO, segment=1)]
    verdict = judged(*safe, *bad, passages=two)
    assert (verdict.label, verdict.findings[0].segment) == ("unsafe", 1)


def test_conditions_met_in_different_segments_are_not_a_violation():
    two = TEXT, Passage(1, modalities=("text",))
    first = [probed("a", YES), probed("b", NO), probed("c", YES)]
    second = [probed("a", NO, segment=1), probed("b", NO, segment=1), probed("c", NO, segment=1)]
    assert judged(*first, *second, passages=two).truth is Truth.NO


def seen(score=None, reason=None, modalities=("image",)):
    return Evidence("r", "", 0, "detect", "d", modalities, score=score, reason=reason)


def test_words_and_pictures_are_each_a_way_to_break_a_rule():
    rule = replace(CHAIN, modalities=("text", "image"))
    rubric = replace(RUBRIC, rules=(rule,))
    both = (Passage(0, modalities=("text", "image")),)
    words = [probed(q, NO) for q in "abc"]
    assert judged(*words, seen(0.9), passages=both, rubric=rubric).label == "unsafe"
    assert judged(*words, seen(0.1), passages=both, rubric=rubric).label == "safe"
    unseen = judged(*words, seen(reason="not_observable"), passages=both, rubric=rubric)
    assert (unseen.label, unseen.only_not_observable) == ("needs_review", True)
    failed = judged(*words, seen(reason="backend_failed"), passages=both, rubric=rubric)
    assert not failed.only_not_observable


def test_labels_and_the_word_controversial():
    weak = judged(probed("a", MAYBE), reasoned("a", True), probed("b", NO), probed("c", 0.45), reasoned("c", False))
    # score = min(.6, 1 - .45) = .55: violated, but below unsafe_from = .6
    assert (weak.truth, weak.label) == (Truth.YES, "controversial")
    mild = judged(probed("a", YES), probed("b", NO), probed("c", NO), policy=Policy(severity_at=3))
    assert (mild.truth, mild.label, mild.severity) == (Truth.YES, "controversial", 2)


# --- calibration ----------------------------------------------------------------------------------------------


def learnt(bias=0.0, slope=1.0, juror=0.0):
    return Calibration("fake", "1", "x", "1", "by hand", (RuleCalibration("r", bias, slope, juror),))


def test_a_calibrated_score_decides_by_its_own_band():
    answers = probed("a", MAYBE), probed("b", NO), probed("c", NO)  # chain score .6, undecided
    # odds 1.5; bias ln 2 -> odds 3 -> .75 >= .55: violated without reasoning
    verdict = judged(*answers, calibration=learnt(math.log(2)))
    assert (verdict.truth, verdict.score) == (Truth.YES, pytest.approx(0.75))
    # bias ln(1/3) -> odds .5 -> 1/3 < .45: not violated
    assert judged(*answers, calibration=learnt(math.log(1 / 3))).label == "safe"
    # bias ln(2/3) -> odds 1 -> .5: in the band, only reasoning settles it
    band = learnt(math.log(2 / 3))
    assert judged(*answers, calibration=band).truth is Truth.UNKNOWN
    assert judged(*answers, reasoned("a", True), calibration=band).truth is Truth.YES


def test_a_juror_weighs_in_and_its_absence_is_not_ignored():
    answers = probed("a", MAYBE), probed("b", NO), probed("c", NO)
    juror = Evidence("", "", 0, "juror", "light", score=0.2)
    # odds 1.5 * (.25)^1 = .375 -> 3/11
    verdict = judged(*answers, juror, calibration=learnt(juror=1.0))
    assert verdict.score == pytest.approx(3 / 11)
    absent = judged(*answers, calibration=learnt(juror=1.0))
    assert absent.label == "needs_review"


def test_calibration_does_not_speak_for_what_is_missing():
    failed = judged(probed("a", YES), probed("b", NO), missing("c", "backend_failed"), calibration=learnt(5.0))
    assert (failed.label, failed.findings[0].reasons) == ("needs_review", ("backend_failed",))


def test_an_early_exit_stands_while_the_known_score_is_low_and_is_unknown_once_it_is_not():
    cut = probed("a", MAYBE), probed("b", NO), missing("c", "not_asked")
    low = learnt(math.log(1 / 3))  # odds 1.5 / 3 -> score 1/3
    assert judged(*cut, calibration=low).label == "safe"
    verdict = judged(*cut, calibration=low, policy=Policy(no_below=0.2, yes_from=0.55))
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("not_asked",))


def test_a_wrong_key_is_an_error():
    from mmjudge.errors import RubricError

    assert learnt().check("fake", "1", RUBRIC)
    for key in (("other", "1"), ("fake", "2")):
        with pytest.raises(RubricError, match="fit it again"):
            learnt().check(*key, RUBRIC)
    with pytest.raises(RubricError, match="rubric version"):
        learnt().check("fake", "1", replace(RUBRIC, version="2"))


def test_undecided_lists_what_a_rule_hangs_on_and_nothing_else():
    waiting = undecided(
        RUBRIC, Measurement("i", "m", (TEXT,), (), (probed("a", MAYBE), probed("b", NO), probed("c", NO))), LOOSE
    )
    assert [(w.question.id, w.segment) for w in waiting] == [("a", 0)]
    dead = Measurement("i", "m", (TEXT,), (), (probed("a", MAYBE), probed("b", NO), probed("c", YES)))
    assert undecided(RUBRIC, dead, LOOSE) == []
    failed = Measurement("i", "m", (TEXT,), (), (missing("a", "refused"), probed("b", NO), probed("c", NO)))
    assert undecided(RUBRIC, failed, LOOSE) == []


def test_one_violation_is_not_reported_as_all_that_rise_with_it():
    second, third = replace(CHAIN, id="s"), replace(CHAIN, id="t")
    rubric = replace(RUBRIC, rules=(CHAIN, second, third))
    rules = tuple(RuleCalibration(r.id, 0.0, 1.0) for r in rubric.rules)
    calibration = Calibration("fake", "1", "x", "1", "by hand", rules)
    # prior .5 leaves scores at M: .95 (log-odds 2.94), .93 (2.59, .36 behind), .9 (2.20, .75 behind: more than .5)
    evidence = [
        replace(probed(q, m if q == "a" else 0.01), rule_id=rule)
        for rule, m in (("r", 0.95), ("s", 0.93), ("t", 0.9))
        for q in "abc"
    ]
    verdict = judged(*evidence, rubric=rubric, calibration=calibration)
    assert verdict.categories == ("r", "s")
    assert verdict.score == pytest.approx(0.95)
    assert verdict.findings[2].truth is Truth.NO
    alone = judged(
        *[e for e in evidence if e.rule_id == "t"], rubric=replace(rubric, rules=(third,)), calibration=calibration
    )
    assert alone.categories == ("t",)


def test_how_far_behind_the_clearest_a_rule_may_lie_is_the_policys():
    second = replace(CHAIN, id="s")
    rubric = replace(RUBRIC, rules=(CHAIN, second))
    calibration = replace(learnt(), rules=tuple(RuleCalibration(r.id, 0.0, 1.0) for r in rubric.rules))
    # .95 (log-odds 2.94) and .9 (2.20): .75 behind
    evidence = [
        replace(probed(q, m if q == "a" else 0.01), rule_id=rule)
        for rule, m in (("r", 0.95), ("s", 0.9))
        for q in "abc"
    ]
    for beside, found in ((0.5, ("r",)), (0.7, ("r",)), (0.8, ("r", "s"))):
        verdict = judged(*evidence, rubric=rubric, calibration=calibration, policy=Policy(beside=beside))
        assert verdict.categories == found
        assert verdict.score == pytest.approx(0.95)


def test_the_cut_lies_where_it_was_learnt_for_how_the_words_came():
    answers = probed("a", MAYBE), probed("b", NO), probed("c", NO)  # chain score .6: odds 1.5
    shifted = replace(learnt(), shifts=(("seen", math.log(2)), ("prompt", math.log(1 / 3))))
    picture = Passage(0, seen="words", modalities=("text", "image"))
    for passage, score in (
        (TEXT, 0.6),
        (picture, 0.75),  # odds 3
        (replace(picture, text="a caption"), 0.6),
        (replace(TEXT, text="?", target="prompt"), 1 / 3),  # odds .5
        (replace(TEXT, text="?", target="response"), 0.6),
    ):
        found = decide(RUBRIC, Measurement("i", "m", (passage,), (), answers), LOOSE, "j", shifted)
        assert found.score == pytest.approx(score)


def test_a_rule_is_not_held_down_by_one_that_is_itself_not_found():
    second = replace(CHAIN, id="s")
    rubric = replace(RUBRIC, rules=(CHAIN, second))
    calibration = Calibration(
        "fake", "1", "x", "1", "by hand", tuple(RuleCalibration(r.id, 0.0, 1.0) for r in rubric.rules)
    )
    # .8 and .6 both lie in the band of a policy that is sure only from .9; .6 is .98 behind .8, and stays open
    evidence = [
        replace(probed(q, m if q == "a" else 0.01), rule_id=rule) for rule, m in (("r", 0.8), ("s", 0.6)) for q in "abc"
    ]
    evidence += [replace(reasoned("a", False), rule_id="r")]
    verdict = judged(*evidence, rubric=rubric, calibration=calibration, policy=Policy(yes_from=0.9))
    assert [f.truth for f in verdict.findings] == [Truth.NO, Truth.UNKNOWN]
    assert verdict.label == "needs_review"


TWO = Rule("r", "r", "r", (Precondition("p1", (A,)), Precondition("p2", (B,))), ("text",), severity=2)
AND = replace(RUBRIC, rules=(TWO,))


def test_a_violation_needs_every_precondition_even_where_strategy_1_rejects_the_first():
    # M .2, prior .3: rejected by strategy 1, but the bias lifts the calibrated odds to 7 * (.2/.8) / (.3/.7) = 4.083
    cut = [probed("a", 0.2, prior=0.3), missing("b", "no_answer_mass")]
    verdict = judged(*cut, rubric=AND, calibration=learnt(math.log(7)))
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("no_answer_mass",))
    assert verdict.score == pytest.approx(4.0833 / 5.0833, abs=1e-4)
    whole = judged(cut[0], probed("b", 0.9), rubric=AND, calibration=learnt(math.log(7)))
    assert whole.label == "unsafe"


def test_a_missing_alternative_keeps_a_low_score_open():
    low = [probed("a", 0.1), missing("b", "refused"), probed("c", NO)]
    verdict = judged(*low, calibration=learnt())
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("refused",))


def test_a_rule_without_all_its_answers_does_not_hold_down_one_that_is_found():
    other = replace(TWO, id="s", preconditions=TWO.preconditions[:1])
    rubric = replace(AND, rules=(TWO, other))
    calibration = replace(learnt(), rules=tuple(RuleCalibration(r.id, 0.0, 1.0) for r in rubric.rules))
    open_one = [probed("a", 0.95), missing("b", "no_answer_mass")]
    found = replace(probed("a", 0.8), rule_id="s")
    verdict = judged(*open_one, found, rubric=rubric, calibration=calibration)
    assert [f.truth for f in verdict.findings] == [Truth.UNKNOWN, Truth.YES]
    assert verdict.label == "unsafe"


def test_an_irrelevant_rule_does_not_hold_down_one_that_is_found():
    other = replace(TWO, id="s", preconditions=TWO.preconditions[:1])
    first = replace(other, id="r")
    rubric = replace(AND, rules=(first, other))
    calibration = replace(learnt(), rules=tuple(RuleCalibration(r.id, 0.0, 1.0) for r in rubric.rules))
    far = Evidence("r", "", 0, "relevance", "clip", score=0.1)
    evidence = [far, probed("a", 0.95), replace(probed("a", 0.8), rule_id="s")]
    verdict = judged(*evidence, rubric=rubric, calibration=calibration, policy=Policy(relevant_below=0.2))
    assert [f.truth for f in verdict.findings] == [Truth.NO, Truth.YES]


def seen_rule(*modalities):
    """A rule with one question, in a rubric of its own."""
    rule = replace(TWO, id="r", preconditions=TWO.preconditions[:1], modalities=modalities)
    return replace(AND, rules=(rule,))


def judged_seen(rubric, *evidence, policy=LOOSE, modalities=("text", "image")):
    return judged(*evidence, rubric=rubric, policy=policy, passages=(Passage(0, modalities=modalities),))


FAR = Evidence("r", "", 0, "relevance", "clip-vit-base-patch16@abc", ("image",), score=0.6)
"""A picture's cosine of 0.2, below the 0.22 of that encoder."""


def test_a_rule_far_from_the_picture_is_not_violated_there():
    seen = replace(missing("a", "not_asked"), modalities=("image",))
    assert judged_seen(seen_rule("text", "image"), FAR, seen, modalities=("image",)).label == "safe"
    for near in (replace(FAR, score=0.61), replace(FAR, model="siglip@abc")):
        verdict = judged_seen(seen_rule("text", "image"), near, seen, modalities=("image",))
        assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("not_asked",))


def test_a_picture_unlike_the_rule_says_nothing_about_the_words_beside_it():
    both = replace(probed("a", 0.95), modalities=("text", "image"))
    assert judged_seen(seen_rule("text", "image"), FAR, both).label == "unsafe"
    assert judged_seen(seen_rule("image"), FAR, both).label == "safe"  # the rule cannot show in the words
    unasked = replace(missing("a", "not_asked"), modalities=("text", "image"))
    assert judged_seen(seen_rule("text", "image"), FAR, unasked).label == "needs_review"


def test_an_irrelevant_rule_is_still_what_a_detector_found_and_nobody_looked_at():
    seen = replace(missing("a", "not_asked"), modalities=("image",))
    found = Evidence("r", "", 0, "detect", "eyes", ("image",), score=0.9, path="scored")
    assert judged_seen(seen_rule("image"), FAR, seen, found, modalities=("image",)).label == "unsafe"
    unheard = Evidence("r", "", 0, "probe", "", ("audio",), reason="not_observable")
    verdict = judged_seen(seen_rule("image", "audio"), FAR, seen, unheard, modalities=("image", "audio"))
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("not_observable",))


def test_a_similarity_that_could_not_be_measured_is_not_a_small_one():
    failed = replace(FAR, score=None, reason="backend_failed")
    seen = replace(probed("a", 0.95), modalities=("image",))
    assert judged_seen(seen_rule("image"), failed, seen, modalities=("image",)).label == "unsafe"


def test_firm_is_what_was_found_and_not_what_stayed_open_elsewhere():
    second = Passage(1, modalities=("text",))
    evidence = [
        probed("a", 0.57),
        probed("b", 0.57),
        probed("a", 0.95, segment=1),
        missing("b", "no_answer_mass", segment=1),
    ]
    verdict = judged(*evidence, rubric=AND, calibration=learnt(), passages=(TEXT, second))
    assert (verdict.truth, verdict.label) == (Truth.YES, "controversial")


def test_a_conversation_beside_a_picture_is_not_words_read_off_it():
    assert Passage(0, seen="EXIT", turns=True, modalities=("text", "image")).channel == "post"
    assert Passage(0, seen="EXIT", modalities=("text", "image")).channel == "seen"
    assert Passage(0, heard=(Heard(0, 1, "hello"),), modalities=("text", "audio")).channel == "heard"
    assert Passage(0, heard=(Heard(0, 1, "hello"),), seen="EXIT", target="prompt").channel == "prompt"


@pytest.mark.parametrize("use", ["clearest", "undecided"])
def test_every_use_of_a_calibration_takes_the_channel(use):
    picture = Passage(0, seen="words", modalities=("text", "image"))
    shifted = replace(learnt(), shifts=(("seen", math.log(1 / 1.5)),))
    evidence = (probed("a", MAYBE), probed("b", NO), probed("c", NO))  # odds 1.5; shifted to 1: in the band
    if use == "undecided":
        waiting = undecided(RUBRIC, Measurement("i", "m", (picture,), (), evidence), LOOSE, shifted)
        assert [w.question.id for w in waiting] == ["a"]
        assert undecided(RUBRIC, Measurement("i", "m", (TEXT,), (), evidence), LOOSE, shifted) == []
    else:
        seen = scales_of(RUBRIC, Measurement("i", "m", (picture,), (), evidence), LOOSE, shifted)
        assert {scale.clearest for scale in seen.values()} == {None}
        read = scales_of(RUBRIC, Measurement("i", "m", (TEXT,), (), evidence), LOOSE, shifted)
        assert [scale.clearest for scale in read.values()] == [pytest.approx(0.6)] * len(read)


# --- properties -----------------------------------------------------------------------------------------------

masses = st.floats(0.001, 0.999)
answers = st.one_of(masses, st.sampled_from(REASONS))
calibrations = st.one_of(st.none(), st.builds(learnt, st.floats(-3, 3), st.floats(0, 3)))


def pieces(a, b, c):
    return [
        missing(q, value) if isinstance(value, str) else probed(q, value)
        for q, value in zip("abc", (a, b, c), strict=True)
    ]


@given(answers, answers, answers, calibrations, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_order_of_evidence_does_not_matter(a, b, c, calibration, shuffler: random.Random):
    evidence = pieces(a, b, c)
    before = judged(*evidence, calibration=calibration)
    shuffler.shuffle(evidence)
    after = judged(*evidence, calibration=calibration)
    assert (before.label, before.score, before.findings) == (after.label, after.score, after.findings)


@given(masses, masses, masses, masses, calibrations)
@settings(max_examples=300)
def test_truth_is_monotone_in_the_evidence(a, more, b, c, calibration):
    low, high = sorted((a, more))
    weaker = judged(*pieces(low, b, c), calibration=calibration)
    stronger = judged(*pieces(high, b, c), calibration=calibration)
    assert weaker.truth <= stronger.truth
    assert weaker.score <= stronger.score


@given(answers, answers, answers, calibrations)
@settings(max_examples=300)
def test_safe_means_that_every_rule_was_assessed(a, b, c, calibration):
    verdict = judged(*pieces(a, b, c), calibration=calibration)
    there = [not isinstance(value, str) for value in (a, b, c)]
    if verdict.label == "safe":  # no (A or B) needs both answers, or the exemption C has one
        assert (there[0] and there[1]) or there[2]
    if verdict.truth is Truth.YES:  # (A or B) and not C needs C and one of A and B
        assert there[2]
        assert there[0] or there[1]
    assert (verdict.label == "needs_review") == any(f.truth is Truth.UNKNOWN for f in verdict.findings)


# --- guards ---------------------------------------------------------------------------------------------------


def guard_says(score, path="scored", mass=0.9):
    return Evidence("r", "", 0, "guard", "g", ("text",), score=score, mass=mass, path=path)


@pytest.mark.parametrize(
    ("piece", "truth", "reasons", "controversial"),
    [
        (guard_says(0.9), Truth.YES, (), False),
        (guard_says(0.3), Truth.NO, (), False),
        (guard_says(0.3, "bounded"), Truth.NO, (), False),
        (guard_says(0.7, "bounded"), Truth.UNKNOWN, ("not_asked",), False),
        (guard_says(0.9, "doubted"), Truth.YES, (), True),
        (guard_says(0.9, mass=0.1), Truth.UNKNOWN, ("no_answer_mass",), False),
        (guard_says(0.9, mass=None), Truth.YES, (), False),
    ],
)
def test_what_a_guard_says_is_decided_by_the_policy(piece, truth, reasons, controversial):
    rule = Rule("r", "t", "t", (Precondition("p", (Question("q", "?"),)),), ("text",))
    measured = Measurement("x", "m", (Passage(0, modalities=("text",)),), (), (piece,))
    [finding] = decide(Rubric("x", "1", "x", "x", (rule,)), measured, LOOSE, "j").findings
    assert (finding.truth, finding.reasons, finding.controversial) == (truth, reasons, controversial)


def test_a_rule_somebody_else_finds_violated_is_not_controversial_because_a_guard_doubts():
    assert not either([Outcome(Truth.YES, 0.9, doubted=True), Outcome(Truth.YES, 0.8)]).doubted
    assert either([Outcome(Truth.YES, 0.9, doubted=True), Outcome(Truth.NO, 0.1)]).doubted

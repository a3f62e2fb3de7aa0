"""Deciding under switches: every state and number by hand, UNKNOWN under each, and that nothing open is called safe."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.cosa import safe_under
from mmjudge.decide import decide, undecided
from mmjudge.policy import LOOSE, Policy
from mmjudge.probability import debiased
from mmjudge.routes import route_of
from mmjudge.switches import STATES, Switch
from mmjudge.types import (
    REASONS,
    Evidence,
    Gap,
    Grade,
    Measurement,
    Passage,
    Precondition,
    Question,
    Rubric,
    Rule,
    Truth,
)

A, B = Question("a", "A?"), Question("b", "B?", expect=False)
CHAIN = (Precondition("p1", (A,)), Precondition("p2", (B,)))
R = Rule("r", "r", "r", CHAIN, ("text",), category="First", severity=2)
S = Rule("s", "s", "s", CHAIN, ("text",), category="Second", severity=3)
RUBRIC = Rubric("x", "1", "X", "", (R, S))
TEXT = Passage(0, modalities=("text",))
YES, NO, MAYBE = 0.95, 0.1, 0.6
"""With prior .5: below .35 no, above .9 yes, between them undecided; the score is M itself."""


def said(rule, question, m, segment=0):
    if isinstance(m, str):
        return Evidence(rule, question, segment, "probe", "fake", reason=m)
    return Evidence(rule, question, segment, "probe", "fake", score=debiased(m, 0.5), m=m, prior=0.5, mass=1.0)


def answers(rule, a, b, segment=0):
    return [said(rule, "a", a, segment), said(rule, "b", b, segment)]


def measured(*evidence, gaps=(), passages=(TEXT,)):
    return Measurement("i", "m", passages, gaps, tuple(evidence))


def judged(*evidence, switches=(), calibration=None, rubric=RUBRIC, gaps=(), passages=(TEXT,), **numbers):
    policy = Policy(switches=tuple(switches), **numbers)
    return decide(rubric, measured(*evidence, gaps=gaps, passages=passages), policy, "j", calibration)


def learnt(**bias):
    """score = chain score, its odds times e to the bias: for rules r and s."""
    rules = tuple(RuleCalibration(name, bias.get(name, 0.0), 1.0) for name in ("r", "s"))
    return Calibration("fake", "1", "x", "1", "by hand", rules)


BOTH = [*answers("r", YES, NO), *answers("s", YES, NO)]
NONE = [*answers("r", NO, NO), *answers("s", NO, NO)]


# --- allowed ----------------------------------------------------------------------------------------------------


def test_what_is_allowed_is_found_and_shown_and_does_not_count():
    verdict = judged(*BOTH, switches=[Switch("s", "allowed")])
    first, second = verdict.findings
    assert (second.truth, second.allowed, second.severity) == (Truth.YES, True, 3)
    assert (first.allowed, verdict.categories, verdict.allowed) == (False, ("r",), ("s",))
    assert (verdict.label, verdict.severity) == ("unsafe", 2)  # 3 without the switch
    assert (verdict.assessed, verdict.applicable) == (2, 2)


def test_nothing_but_what_is_allowed_is_safe_with_a_score_of_the_rest():
    clear = [*answers("r", 0.2, NO), *answers("s", YES, NO)]
    assert judged(*clear).label == "unsafe"
    verdict = judged(*clear, switches=[Switch("second", "allowed")])
    assert (verdict.label, verdict.truth, verdict.severity) == ("safe", Truth.NO, 0)
    assert verdict.score == pytest.approx(0.2)  # of r: min(.2, 1 - .1); s has .9


def test_an_unknown_that_is_allowed_needs_no_person():
    open_one = [*answers("r", NO, NO), *answers("s", "refused", NO)]
    assert judged(*open_one).label == "needs_review"
    verdict = judged(*open_one, switches=[Switch("s", "allowed")])
    assert (verdict.label, verdict.findings[1].truth, verdict.assessed) == ("safe", Truth.UNKNOWN, 1)
    assert judged(*open_one, switches=[Switch("r", "allowed")]).label == "needs_review"


def test_a_gap_stays_unknown_for_what_counts():
    gap = (Gap("0", "undecodable", "words"),)
    assert judged(*NONE, switches=[Switch("s", "allowed")], gaps=gap).label == "needs_review"


def test_where_everything_is_allowed_nothing_was_judged():
    verdict = judged(*NONE, switches=[Switch("r", "allowed"), Switch("s", "allowed")])
    assert (verdict.label, verdict.truth, verdict.score) == ("needs_review", Truth.UNKNOWN, None)
    assert safe_under(verdict) is None


def test_only_not_observable_is_said_of_what_counts():
    blind = [*answers("r", NO, NO), said("s", "a", "not_observable"), said("s", "b", "not_observable")]
    assert judged(*blind).only_not_observable
    failed = [*answers("r", "refused", NO), *blind[2:]]
    assert not judged(*failed).only_not_observable
    assert judged(*failed, switches=[Switch("r", "allowed")]).only_not_observable


def test_what_is_allowed_hides_nothing_that_is_not():
    """Scores .95 and .8: log-odds 2.94 and 1.39, 1.56 behind and so more than .5: s is held down by r."""
    evidence = [*answers("r", 0.95, 0.01), *answers("s", 0.8, 0.01)]
    assert judged(*evidence, calibration=learnt()).categories == ("r",)
    allowed = judged(*evidence, calibration=learnt(), switches=[Switch("r", "allowed")])
    assert (allowed.label, allowed.categories, allowed.allowed) == ("unsafe", ("s",), ("r",))
    assert allowed.score == pytest.approx(0.8)


# --- sensitive --------------------------------------------------------------------------------------------------


def test_where_nothing_is_permitted_an_exemption_does_not_help():
    news = [*answers("r", YES, YES), *answers("s", NO, NO)]
    assert judged(*news).label == "safe"
    verdict = judged(*news, switches=[Switch("First", "sensitive")])
    assert (verdict.label, verdict.categories) == ("unsafe", ("r",))
    assert verdict.score == pytest.approx(0.95)  # without the switch: min(.95, 1 - .95)


def test_where_nothing_is_permitted_a_doubtful_finding_is_unsafe():
    weak = [*answers("r", 0.55, 0.4), *answers("s", NO, NO)]  # calibrated: score min(.55, .6) = .55, below .6
    assert judged(*weak, calibration=learnt()).label == "controversial"
    assert judged(*weak, calibration=learnt(), switches=[Switch("r", "sensitive")]).label == "unsafe"
    mild = [*answers("r", YES, NO), *answers("s", NO, NO)]
    assert judged(*mild, severity_at=3).label == "controversial"
    assert judged(*mild, severity_at=3, switches=[Switch("r", "sensitive")]).label == "unsafe"


def test_what_was_not_asked_because_an_exemption_held_stays_unknown():
    early = replace(R, preconditions=CHAIN[::-1])  # the exemption came first, and the chain ended there
    rubric = replace(RUBRIC, rules=(early,))
    ended = [said("r", "a", "not_asked"), said("r", "b", YES)]
    assert judged(*ended, rubric=rubric).label == "safe"
    verdict = judged(*ended, rubric=rubric, switches=[Switch("r", "sensitive")])
    assert (verdict.label, verdict.findings[0].reasons) == ("needs_review", ("not_asked",))


def test_an_open_exemption_is_no_longer_waited_for():
    waiting = [*answers("r", YES, MAYBE), *answers("s", NO, NO)]
    assert judged(*waiting).label == "needs_review"
    assert judged(*waiting, switches=[Switch("r", "sensitive")]).label == "unsafe"
    policies = LOOSE, Policy(switches=(Switch("r", "sensitive"),))
    counts = [[w.question.id for w in undecided(RUBRIC, measured(*waiting), policy)] for policy in policies]
    assert counts == [["b"], []]


def test_a_calibrated_chain_without_its_exemption_is_read_by_the_same_numbers():
    news = [*answers("r", 0.8, 0.9), *answers("s", NO, NO)]
    assert judged(*news, calibration=learnt(r=-1.0)).label == "safe"
    verdict = judged(*news, calibration=learnt(r=-1.0), switches=[Switch("r", "sensitive")])
    # the chain's .8 has odds 4; times e to the minus 1 they are 1.4715: .5954
    assert verdict.findings[0].score == pytest.approx(4 * math.exp(-1) / (1 + 4 * math.exp(-1)))
    assert (verdict.findings[0].truth, verdict.label) == (Truth.YES, "unsafe")


# --- numbers of a rule's own --------------------------------------------------------------------------------------


def test_a_rule_has_its_own_unsafe_from():
    verdict = judged(*BOTH, switches=[Switch("r", unsafe_from=0.95)])  # scores min(.95, .9) = .9
    assert [f.controversial for f in verdict.findings] == [True, False]
    only_r = judged(*BOTH[:2], *NONE[2:], switches=[Switch("r", unsafe_from=0.95)])
    assert only_r.label == "controversial"
    assert judged(*BOTH[:2], *NONE[2:], switches=[Switch("s", unsafe_from=0.95)]).label == "unsafe"
    lenient = judged(*BOTH[:2], *NONE[2:], unsafe_from=0.95, switches=[Switch("r", unsafe_from=0.89)])
    assert lenient.label == "unsafe"


def test_a_rule_has_its_own_severity():
    verdict = judged(*BOTH, switches=[Switch("s", severity=1)])
    assert ([f.severity for f in verdict.findings], verdict.severity) == ([2, 1], 2)
    assert verdict.categories == ("r", "s")  # the graver first
    graver = judged(*BOTH[:2], *NONE[2:], severity_at=3, switches=[Switch("r", severity=3)])
    assert (graver.label, graver.severity) == ("unsafe", 3)


def test_a_rule_has_its_own_yes_from_where_its_score_is_calibrated():
    evidence = [*answers("r", 0.65, 0.01), *answers("s", 0.4, 0.01)]
    verdict = judged(*evidence, calibration=learnt())
    assert [f.truth for f in verdict.findings] == [Truth.YES, Truth.NO]
    # .65 lies now in the band of r, where the chain, itself undecided, is asked
    raised = judged(*evidence, calibration=learnt(), switches=[Switch("r", yes_from=0.7)])
    assert [f.truth for f in raised.findings] == [Truth.UNKNOWN, Truth.NO]
    # .4 is from .35 on violated; it lies .62 + .41 = 1.02 behind .65, so that more than 1.02 must be allowed
    lowered = judged(*evidence, calibration=learnt(), beside=1.1, switches=[Switch("s", yes_from=0.35)])
    assert [f.truth for f in lowered.findings] == [Truth.YES, Truth.YES]
    held = judged(*evidence, calibration=learnt(), beside=1.0, switches=[Switch("s", yes_from=0.35)])
    assert [f.truth for f in held.findings] == [Truth.YES, Truth.NO]
    assert held.findings[1].score == pytest.approx(0.99 * 0.35)
    plain = judged(*evidence, switches=[Switch("r", yes_from=0.7), Switch("s", yes_from=0.35)])
    assert plain.findings == judged(*evidence).findings  # strategies settle a chain without calibration


def test_a_rule_below_its_own_yes_from_holds_no_other_down():
    evidence = [*answers("r", 0.95, 0.01), *answers("s", 0.8, 0.01)]
    verdict = judged(*evidence, calibration=learnt(), switches=[Switch("r", yes_from=0.99)])
    assert verdict.findings[1].truth is Truth.YES
    assert verdict.findings[0].truth is Truth.YES  # .95 in the band: the chain's own truth stands


def test_default_changes_nothing():
    for evidence in (BOTH, NONE, [*answers("r", MAYBE, "refused"), *answers("s", YES, MAYBE)]):
        assert judged(*evidence, switches=[Switch("r"), Switch("Second")]).findings == judged(*evidence).findings


# --- grades -----------------------------------------------------------------------------------------------------

GRADED = replace(R, severity=1, grades=(Grade(2, Question("g1", "G1?")), Grade(3, Question("g2", "G2?"))))
GRADES = replace(RUBRIC, rules=(GRADED,))


@pytest.mark.parametrize(
    ("g1", "g2", "severity"),
    [
        (NO, NO, 1),
        (YES, NO, 2),
        (NO, YES, 3),
        (YES, YES, 3),
        (MAYBE, MAYBE, 1),  # open: raises nothing
        ("refused", "not_asked", 1),
        (YES, "refused", 2),
    ],
)
def test_the_gravest_grade_that_holds_raises_the_severity(g1, g2, severity):
    grades = said("r", "g1", g1), said("r", "g2", g2)
    verdict = judged(*answers("r", YES, NO), *grades, rubric=GRADES)
    assert (verdict.label, verdict.severity, verdict.findings[0].severity) == ("unsafe", severity, severity)
    assert verdict.score == pytest.approx(0.9)  # grades are no part of the chain
    clear = judged(*answers("r", NO, NO), *grades, rubric=GRADES)
    assert (clear.label, clear.severity, clear.findings[0].severity) == ("safe", 0, 1)


def test_a_grade_never_lowers_a_severity_and_starts_from_the_switch():
    grades = said("r", "g1", YES), said("r", "g2", NO)
    severe = judged(*answers("r", YES, NO), *grades, rubric=GRADES, switches=[Switch("r", severity=3)])
    assert severe.severity == 3
    assert judged(*answers("r", YES, NO), *grades, rubric=GRADES, severity_at=2).label == "unsafe"
    none_holds = said("r", "g1", NO), said("r", "g2", NO)
    mild = judged(*answers("r", YES, NO), *none_holds, rubric=GRADES, severity_at=2)
    assert (mild.label, mild.severity) == ("controversial", 1)


def test_a_grade_nobody_answered_makes_nothing_mild():
    missing = judged(*answers("r", YES, NO), rubric=GRADES, severity_at=2)
    assert (missing.label, missing.severity) == ("unsafe", 1)


def test_only_the_grades_of_the_segment_that_carried_it_count():
    two = TEXT, Passage(1, modalities=("text",))
    evidence = [
        *answers("r", NO, NO), said("r", "g2", YES),
        *answers("r", YES, NO, segment=1), said("r", "g1", YES, segment=1), said("r", "g2", NO, segment=1),
    ]  # fmt: skip
    verdict = judged(*evidence, rubric=GRADES, passages=two)
    assert (verdict.findings[0].segment, verdict.severity) == (1, 2)


def test_a_grade_holds_by_either_way_of_looking():
    rubric = replace(GRADES, rules=(replace(GRADED, modalities=("text", "image")),))
    seen = replace(said("r", "g2", YES), modalities=("image",))
    both = Passage(0, modalities=("text", "image"))
    for order in ((seen, said("r", "g2", NO)), (said("r", "g2", NO), seen)):
        assert judged(*answers("r", YES, NO), *order, rubric=rubric, passages=(both,)).severity == 3


# --- properties -------------------------------------------------------------------------------------------------

masses = st.floats(0.001, 0.999)
replies = st.one_of(masses, st.sampled_from(REASONS))
units = st.one_of(st.none(), st.floats(0.0, 1.0))
calibrations = st.one_of(st.none(), st.builds(lambda r, s: learnt(r=r, s=s), st.floats(-3, 3), st.floats(-3, 3)))
switches_of_r = st.builds(
    Switch, st.sampled_from(("r", "First")), st.sampled_from(STATES), units, units, st.sampled_from((None, 1, 2, 3))
)
switches_of_s = st.builds(
    Switch, st.sampled_from(("s", "Second")), st.sampled_from(STATES), units, units, st.sampled_from((None, 1, 2, 3))
)
pairs = st.tuples(st.one_of(st.none(), switches_of_r), st.one_of(st.none(), switches_of_s))
GRAVITY = {"safe": 0, "controversial": 1, "needs_review": 2, "unsafe": 3}


def evidence_of(a, b, c, d):
    return [*answers("r", a, b), *answers("s", c, d)]


@given(replies, replies, replies, replies, pairs, calibrations, st.booleans(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_nothing_open_that_counts_is_ever_called_safe(a, b, c, d, pair, calibration, strict, gap):
    switches = tuple(switch for switch in pair if switch)
    policy = Policy(switches=switches, strict=strict, routes=(("r", "caution"),))
    gaps = (Gap("0", "timed_out", "words"),) if gap else ()
    verdict = decide(RUBRIC, measured(*evidence_of(a, b, c, d), gaps=gaps), policy, "j", calibration)
    counted = [f for f in verdict.findings if f.counts]
    is_open = not counted or any(f.truth is Truth.UNKNOWN for f in counted)
    if is_open:
        assert verdict.label in ("needs_review", "unsafe")
        assert route_of(verdict, RUBRIC, policy) in ("person", "block")
        assert safe_under(verdict) is not True
    else:
        assert verdict.label != "needs_review"
    # from the evidence itself: a rule that counts and that nothing is known about
    for rule, first, second in (("r", a, b), ("s", c, d)):
        state = next((s.state for s in switches if s.of in (rule, {"r": "First", "s": "Second"}[rule])), "default")
        nothing = isinstance(first, str) and (isinstance(second, str) or state == "sensitive")
        if nothing and state != "allowed":
            assert verdict.label in ("needs_review", "unsafe")
            assert verdict.findings[RUBRIC.rules.index(RUBRIC.rule(rule))].truth is Truth.UNKNOWN


@given(replies, replies, replies, replies, calibrations)
@settings(max_examples=600, deadline=None)
def test_declaring_a_rule_sensitive_never_makes_an_item_look_better(a, b, c, d, calibration):
    evidence = evidence_of(a, b, c, d)
    before = judged(*evidence, calibration=calibration)
    after = judged(*evidence, calibration=calibration, switches=[Switch("r", "sensitive")])
    assert after.findings[0].truth >= before.findings[0].truth
    assert GRAVITY[after.label] >= GRAVITY[before.label]


@given(replies, replies, replies, replies, calibrations)
@settings(max_examples=600, deadline=None)
def test_allowing_a_rule_never_hides_another(a, b, c, d, calibration):
    evidence = evidence_of(a, b, c, d)
    before = judged(*evidence, calibration=calibration)
    after = judged(*evidence, calibration=calibration, switches=[Switch("r", "allowed")])
    assert after.findings[1].truth >= before.findings[1].truth
    assert after.findings[0].truth is before.findings[0].truth
    assert set(after.categories) <= {"s"}


@given(replies, replies, replies, replies, calibrations)
@settings(max_examples=300, deadline=None)
def test_answers_about_grades_never_change_what_is_found(a, b, g1, g2, calibration):
    alone = judged(*answers("r", a, b), rubric=GRADES, calibration=calibration)
    with_grades = judged(
        *answers("r", a, b), said("r", "g1", g1), said("r", "g2", g2), rubric=GRADES, calibration=calibration
    )
    assert with_grades.label == alone.label
    bare = [replace(f, severity=0) for f in (*alone.findings, *with_grades.findings)]
    assert bare[0] == bare[1]
    assert with_grades.severity >= alone.severity

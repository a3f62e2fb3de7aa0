"""Trials read as answers, and counted by hand and against an independent library."""

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from mmjudge.policy import LOOSE, Policy
from mmjudge.trials import Look, Tally, Trial, answers_of, ordered, score, wilson
from mmjudge.types import Evidence, Example, Finding, Measurement, Precondition, Question, Rule, Truth

YES, NO, OPEN = Truth.YES, Truth.NO, Truth.UNKNOWN
A, B, C = Question("a", "A."), Question("b", "B."), Question("c", "C.", expect=False)
RULE = Rule("r", "r", "r", (Precondition("p1", (A, B)), Precondition("p2", (C,))), ("text", "image"))
BREAKS, MISSES = Example(True, "it breaks"), Example(False, "it does not")


def probed(question, m, segment=0, looked=("text",), **more):
    return Evidence("r", question, segment, "probe", "fake", looked, score=m, m=m, prior=0.5, mass=1.0, **more)


def unasked(question, reason="not_asked"):
    return Evidence("r", question, 0, "probe", "fake", reason=reason)


def trial(truth, example, *evidence, reasons=(), applies=True, policy=LOOSE, seconds=0.0):
    finding = Finding("r", truth, segment=0, reasons=reasons, applies=applies)
    return Trial(example, finding, Measurement("i", "m", (), (), evidence, seconds), RULE, policy)


# With prior .5: M < .35 is no, M > .9 is yes, between is open.


def test_evidence_reads_as_answers_to_the_questions_as_asked():
    pieces = [probed("a", 0.95), probed("b", 0.6), probed("c", 0.1)]
    assert answers_of(RULE, pieces, LOOSE) == {"a": YES, "b": OPEN, "c": NO}
    assert answers_of(RULE, [unasked("a", "refused")], LOOSE) == {"a": OPEN, "b": OPEN, "c": OPEN}
    eager = Policy(id="eager", accept=0.1)  # yes above .5 + .1 * .5 = .55
    assert answers_of(RULE, pieces, eager)["b"] is YES
    thought = Evidence("r", "b", 0, "reason", "fake", score=1.0, path="reasoned_yes")
    assert answers_of(RULE, [*pieces, thought], LOOSE)["b"] is YES


def test_looks_are_apart_and_what_speaks_most_for_a_violation_comes_first():
    text = [probed("a", 0.1), probed("b", 0.1)]
    picture = [probed(q, m, looked=("image",)) for q, m in (("a", 0.95), ("b", 0.1), ("c", 0.1))]
    later = [probed("a", 0.95, segment=1)]
    whole = replace(probed("a", 0.9), question_id="", stage="detect")
    assert trial(YES, None, *text, whole, *later, *picture).looks == (
        Look(0, ("image",), {"a": YES, "b": NO, "c": NO}, YES),
        Look(1, ("text",), {"a": YES, "b": OPEN, "c": OPEN}, OPEN),
        Look(0, ("text",), {"a": NO, "b": NO, "c": OPEN}, NO),
    )


def test_evidence_and_questions_are_those_of_the_rule():
    other = Evidence("", "", 0, "juror", "fake", score=0.5)
    missing = unasked("b", "refused")
    made = trial(NO, BREAKS, other, probed("a", 0.1), missing, unasked("c"))
    assert [p.question_id for p in made.evidence] == ["a", "b", "c"]
    assert made.asked == 2  # a refusal was asked for


@pytest.mark.parametrize(
    ("truth", "example", "right"),
    [
        (YES, BREAKS, True),
        (NO, BREAKS, False),
        (OPEN, BREAKS, None),
        (NO, MISSES, True),
        (YES, MISSES, False),
        (OPEN, MISSES, None),
        (YES, None, None),
    ],
)
def test_right_is_what_the_example_says(truth, example, right):
    assert trial(truth, example).right is right


def test_a_rule_that_does_not_speak_to_the_example_is_never_right():
    silent = trial(NO, MISSES, applies=False)
    assert (silent.truth, silent.right, silent.reasons) == (OPEN, None, ("not_asked",))


def test_score_by_hand():
    trials = [
        trial(YES, BREAKS, probed("a", 0.95), probed("c", 0.1), seconds=1.5),
        trial(NO, BREAKS, probed("a", 0.1), unasked("c"), seconds=0.5),
        trial(OPEN, BREAKS, unasked("a", "refused"), reasons=("refused", "not_asked", "refused")),
        trial(OPEN, MISSES, reasons=("refused",)),
        trial(NO, MISSES),
        trial(YES, MISSES),
        trial(NO, MISSES, applies=False),
        trial(YES, None, probed("a", 0.95), seconds=9.0),
    ]
    made = score(trials)
    assert made.total == Tally(7, 2, 2, 3)
    assert made.violating == Tally(3, 1, 1, 1)
    assert made.near_misses == Tally(4, 1, 1, 2)
    assert made.pairs == Tally(12, 0, 0, 12)  # 3 violating x 4 near misses, none scored
    assert made.reasons == (("not_asked", 2), ("refused", 2))
    assert (made.asked, made.seconds) == (4, 2.0)
    assert made.total.accuracy == pytest.approx(2 / 7)
    assert made.total.interval == wilson(2, 7)


def test_pairs_are_ordered_by_score_within_a_rule_whatever_the_truth():
    def scored(example, value, rule_id="r"):
        made = trial(OPEN, example)
        return replace(made, finding=replace(made.finding, score=value), rule=replace(RULE, id=rule_id))

    rule = [scored(BREAKS, 0.7), scored(BREAKS, 0.4), scored(MISSES, 0.4), scored(MISSES, None)]
    other = [scored(MISSES, 0.9, "s"), scored(BREAKS, 0.2, "s")]
    # .7 > .4 right; .4 = .4 wrong; two without a score; .2 < .9 wrong; none across rules
    assert ordered([*rule, *other]) == Tally(5, 1, 2, 2)


def test_undecided_is_unknown_only_for_answers_between_the_thresholds():
    between = [probed("a", 0.6), probed("b", 0.1), probed("c", 0.1)]
    assert trial(OPEN, BREAKS, *between, reasons=("not_asked",)).undecided
    assert not trial(OPEN, BREAKS, probed("a", 0.6), unasked("b", "refused"), probed("c", 0.1)).undecided
    assert not trial(OPEN, BREAKS, reasons=("undecodable",)).undecided
    assert not trial(NO, BREAKS, *between).undecided
    made = score([trial(OPEN, BREAKS, *between), trial(OPEN, MISSES, unasked("a", "refused"))])
    assert (made.total.unknown, made.undecided, made.reasons) == (2, 1, ())
    refused = trial(OPEN, MISSES, unasked("a", "refused"), reasons=("refused", "not_asked"))
    counted = score([refused, trial(OPEN, BREAKS, *between, reasons=("not_asked",))])
    assert (counted.undecided, counted.reasons) == (1, (("not_asked", 1), ("refused", 1)))


def test_nothing_tried_has_no_accuracy():
    empty = score([]).total
    assert (empty.n, empty.accuracy, empty.interval) == (0, None, None)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (3, 6), (13, 16), (410, 658)])
def test_wilson_equals_an_independent_library(right, n):
    expected = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson(right, n) == pytest.approx((expected.low, expected.high))

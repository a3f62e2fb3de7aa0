"""One rule in one segment, by hand: what settles a question, and what a chain says about answers that are missing."""

import pytest

from mmjudge.chain import Outcome, chain_outcome, either, question_outcome, settle
from mmjudge.policy import LOOSE
from mmjudge.types import Evidence, Precondition, Question, Rule, Truth

A, B, C = Question("a", "A?"), Question("b", "B?"), Question("c", "C?", expect=False)
CHAIN = Rule("r", "r", "r", (Precondition("p1", (A, B)), Precondition("p2", (C,))), ("text",))
# Without a prior the bounds are those of a prior of .5: M < .35 rejects, M > .9 accepts.
YES, NO, MAYBE = 0.95, 0.1, 0.6


def probed(question, m, **more):
    return Evidence("r", question, 0, "probe", "fake", score=m, m=m, mass=1.0, **more)


def missing(question, reason, stage="probe"):
    return Evidence("r", question, 0, stage, "fake", reason=reason)


def test_settle_names_the_strategy():
    assert settle(probed("a", NO), LOOSE) == (Truth.NO, "rejected_s1")
    assert settle(probed("a", YES), LOOSE) == (Truth.YES, "accepted_s1")
    assert settle(probed("a", MAYBE), LOOSE) == (Truth.UNKNOWN, "undecided")
    # .88 - .2 = .68 > .6 accepts by removal; .88 - .4 = .48 does not, and strategy 2 never rejects.
    assert settle(probed("a", 0.88, m_removed=0.2), LOOSE) == (Truth.YES, "accepted_s2")
    assert settle(probed("a", 0.88, m_removed=0.4), LOOSE) == (Truth.UNKNOWN, "undecided")
    assert settle(missing("a", "refused"), LOOSE) == (Truth.UNKNOWN, "")


def test_a_question_takes_its_expectation_and_keeps_its_reason():
    assert question_outcome(A, [], LOOSE) == Outcome(Truth.UNKNOWN, None, ("not_asked",))
    assert question_outcome(A, [missing("a", "refused")], LOOSE) == Outcome(Truth.UNKNOWN, None, ("refused",))
    exempt = question_outcome(C, [probed("c", NO)], LOOSE)  # expects no: 1 - .1
    assert (exempt.truth, exempt.score) == (Truth.YES, pytest.approx(0.9))
    thought = question_outcome(A, [probed("a", MAYBE), missing("a", "unparsed", "reason")], LOOSE)
    assert thought == Outcome(Truth.UNKNOWN, MAYBE, ("unparsed",), undecided=True)


def test_a_chain_says_which_answers_are_missing_and_what_they_could_change():
    settled = chain_outcome(CHAIN, [probed("a", YES), probed("b", NO), probed("c", NO)], LOOSE)
    assert settled == Outcome(Truth.YES, pytest.approx(0.9))
    # p2 unanswered: the score .95 could only fall.
    ended = chain_outcome(CHAIN, [probed("a", YES), probed("b", NO), missing("c", "not_asked")], LOOSE)
    assert ended == Outcome(Truth.UNKNOWN, YES, ("not_asked",), unscored=("not_asked",))
    # b unanswered beside a: p1's score .1 could rise.
    half = chain_outcome(CHAIN, [probed("a", NO), missing("b", "refused"), probed("c", NO)], LOOSE)
    assert half == Outcome(Truth.UNKNOWN, NO, ("refused",), options=("refused",))
    # Only measured answers lie open: reasoning could settle it.
    assert chain_outcome(CHAIN, [probed("a", MAYBE), probed("b", NO), probed("c", NO)], LOOSE).undecided
    # One no ends the AND, whatever is missing.
    assert chain_outcome(CHAIN, [missing("a", "refused"), missing("b", "refused"), probed("c", YES)], LOOSE).truth == 0


def test_either_takes_the_highest_and_the_reasons_of_what_is_open():
    no, open_, yes = Outcome(Truth.NO, 0.2), Outcome(Truth.UNKNOWN, 0.5, ("refused",)), Outcome(Truth.YES, 0.9)
    assert either([no, open_]) == Outcome(Truth.UNKNOWN, 0.5, ("refused",))
    assert either([no, open_, yes]) == Outcome(Truth.YES, 0.9)
    assert either([no, Outcome(Truth.NO, None)]) == Outcome(Truth.NO, 0.2)

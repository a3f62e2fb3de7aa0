"""The arithmetic of masses, with numbers derived by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge import probability as p
from mmjudge.types import Missing, YesNo

unit = st.floats(0.0, 1.0)


def test_share_renormalises_once_and_bounds_what_was_not_shown():
    # yes .3, no .1 -> M = .3/.4 = .75; unseen .1 could all be no (.3/.5 = .6) or all be yes (.4/.5 = .8).
    share = p.share(YesNo(0.3, 0.1, 0.1))
    assert share == pytest.approx((0.75, 0.4, 0.6, 0.8))


def test_no_mass_is_missing_never_a_half():
    answer = p.share(YesNo(0.0, 0.0, 0.2))
    assert isinstance(answer, Missing)
    assert answer.reason == "no_answer_mass"
    assert "0.2" in answer.note


def test_paper_thresholds_in_closed_form():
    # alpha 0.3: reject iff M < 0.7 prior. prior .5 -> below .35. alpha 0.8: accept iff M > .2 prior + .8 = .9.
    assert p.rejected_by_prior(0.349, 0.5, 0.3)
    assert not p.rejected_by_prior(0.351, 0.5, 0.3)
    assert p.accepted_by_prior(0.901, 0.5, 0.8)
    assert not p.accepted_by_prior(0.899, 0.5, 0.8)
    assert p.accepted_by_removal(0.9, 0.29, 0.6)
    assert not p.accepted_by_removal(0.9, 0.31, 0.6)


def test_debiased_by_hand():
    # odds 0.8/0.2 = 4 against 0.5/0.5 = 1 -> 4/5; against odds 4 -> 1/2; without a prior M itself.
    assert p.debiased(0.8, 0.5) == pytest.approx(0.8)
    assert p.debiased(0.8, 0.8) == pytest.approx(0.5)
    assert p.debiased(0.8, None) == 0.8


def test_average_is_geometric_in_the_odds():
    # odds 9 and 1 -> sqrt(9) = 3 -> 3/4; masses and bounds stay arithmetic and outermost.
    a, b = p.Share(0.9, 1.0, 0.9, 0.9), p.Share(0.5, 0.8, 0.4, 0.6)
    assert p.average([a, b]) == pytest.approx((0.75, 0.9, 0.4, 0.9))


def test_calibrated_by_hand():
    # logit(.8) = ln 4; slope 1/2 -> ln 2; juror .9 with weight 1/2 -> ln 3; bias ln(1/2): odds 2 * 3 / 2 = 3 -> 3/4.
    score = p.calibrated(0.8, 0.5, math.log(0.5), [(0.9, 0.5)])
    assert score == pytest.approx(0.75)


@given(unit)
def test_sigmoid_inverts_logit(x):
    assert p.sigmoid(p.logit(x)) == pytest.approx(min(max(x, p.EDGE), 1 - p.EDGE), abs=1e-9)


@given(unit, unit, unit)
def test_scores_stay_in_the_unit_interval_and_rise_with_the_answer(low, high, prior):
    low, high = sorted((low, high))
    assert 0.0 <= p.debiased(low, prior) <= p.debiased(high, prior) <= 1.0


@given(unit, unit)
def test_an_answer_is_never_both_accepted_and_rejected(m, prior):
    assert not (p.rejected_by_prior(m, prior, 0.3) and p.accepted_by_prior(m, prior, 0.8))

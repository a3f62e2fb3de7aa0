"""The threshold of a promised miss rate: by hand, against scipy's interval, and by simulation that it is kept."""

import math

import numpy as np
import pytest
from scipy import stats

from mmjudge.agreement.risk import Threshold, TooFew, allowed, needed, threshold, upper_bound


def test_the_bound_is_scipys_one_sided_clopper_pearson():
    for missed, n, confidence in ((0, 20, 0.9), (3, 50, 0.95), (20, 20, 0.9)):
        theirs = stats.binomtest(missed, n, alternative="less").proportion_ci(confidence, method="exact").high
        assert upper_bound(missed, n, confidence) == pytest.approx(theirs, abs=1e-12)
    assert upper_bound(0, 0, 0.9) == 1.0


def test_how_many_are_needed_by_hand():
    assert needed(0.05, 0.9) == 45  # 0.95^45 = .0994, 0.95^44 = .1047
    assert needed(0.1, 0.9) == 22  # 0.9^22 = .0985, 0.9^21 = .1094
    assert needed(0.5, 0.75) == 2  # 0.5^2 is exactly .25
    for alpha, confidence in ((0.05, 0.9), (0.02, 0.95), (0.5, 0.75)):
        assert allowed(needed(alpha, confidence), alpha, confidence) == 0
        assert allowed(needed(alpha, confidence) - 1, alpha, confidence) == -1


def test_the_most_that_may_be_missed_is_the_most_the_bound_allows():
    for n in (45, 77, 200, 1000):
        k = allowed(n, 0.05, 0.9)
        assert upper_bound(k, n, 0.9) <= 0.05 + 1e-9 < upper_bound(k + 1, n, 0.9)


def test_the_threshold_by_hand():
    scores = np.arange(1, 101) / 100  # P(Binomial(100, .1) <= 5) = .0576, <= 6 = .1172
    found = threshold(scores, 0.1, 0.9)
    assert isinstance(found, Threshold)
    assert (found.at, found.missed, found.n) == (0.06, 5, 100)
    assert found.bound <= 0.1


def test_too_few_are_refused_in_words_with_the_number_that_is_needed():
    found = threshold(np.full(44, 0.9), 0.05, 0.9)
    assert isinstance(found, TooFew)
    assert (found.n, found.needed) == (44, 45)
    assert "at least 45 labelled violations, and there are 44" in found.why
    assert isinstance(threshold(np.full(45, 0.9), 0.05, 0.9), Threshold)
    assert isinstance(threshold(np.array([]), 0.05, 0.9), TooFew)


def test_violations_settled_before_they_were_scored_count_as_missed():
    scores = np.concatenate([np.full(5, -np.inf), np.linspace(0.5, 0.9, 95)])
    assert threshold(scores, 0.1, 0.9).missed == 5
    lost = threshold(np.concatenate([np.full(10, -np.inf), np.linspace(0.5, 0.9, 90)]), 0.1, 0.9)
    assert isinstance(lost, TooFew)
    assert "10 of 100" in lost.why


def test_violations_that_people_see_anyhow_are_never_missed():
    assert threshold(np.concatenate([np.full(40, np.inf), np.full(5, 0.7)]), 0.05, 0.9).at == 0.7
    assert isinstance(threshold(np.full(50, np.inf), 0.05, 0.9), TooFew)


def test_ties_miss_no_more_than_is_allowed():
    for lowest, expected in ((1, (0.2, 1)), (2, (0.1, 0))):  # one of 100 may be missed
        found = threshold(np.repeat([0.1, 0.2, 0.3], [lowest, 62 - lowest, 38]), 0.05, 0.9)
        assert (found.at, found.missed) == expected


@pytest.mark.parametrize(("n", "alpha", "confidence"), [(60, 0.05, 0.9), (120, 0.1, 0.95), (300, 0.02, 0.9)])
@pytest.mark.parametrize("rounded", [False, True])
def test_the_promise_holds_in_at_least_the_share_of_draws_it_names(n, alpha, confidence, rounded):
    draws, rng = 2_500, np.random.default_rng(7)
    scores = rng.normal(size=(draws, n))
    scores = np.floor(scores * 10) / 10 if rounded else scores
    found = [threshold(row, alpha, confidence) for row in scores]
    assert not any(isinstance(one, TooFew) for one in found)
    true_miss = stats.norm.cdf([one.at for one in found])  # of floored scores too: a < t iff floor(a) < t on the grid
    kept = np.mean(true_miss <= alpha + 1e-12)
    assert kept >= confidence - 3 * math.sqrt(confidence * (1 - confidence) / draws)
    if not rounded:  # not a promise by calling everything a violation: exactly what ranks of n allow
        k = allowed(n, alpha, confidence)
        assert kept == pytest.approx(stats.beta.cdf(alpha, k + 1, n - k), abs=0.03)
        assert np.mean(true_miss) == pytest.approx((k + 1) / (n + 1), abs=0.005)


@pytest.mark.parametrize(("alpha", "confidence"), [(0.0, 0.9), (0.05, 1.0), (1.2, 0.9)])
def test_shares_outside_0_and_1_are_refused(alpha, confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        threshold(np.ones(100), alpha, confidence)

"""What people reach among themselves, by hand and against theory."""

import numpy as np
import pytest

from mmjudge.agreement.ceiling import human_ceiling, split_half
from mmjudge.agreement.classify import recall
from mmjudge.agreement.pairs import kappa_of

NAN = np.nan
SMALL = np.array([[1, 1, 0, 0], [1, 0, 0, NAN], [1, 1, 0, 1]])


def test_one_against_the_majority_of_the_rest_by_hand():
    # item 1: the others of the first and of the third person are level; item 3: two people, who differ
    found = human_ceiling(SMALL)
    assert found.person.value == pytest.approx(6 / 9)
    assert (found.person.n, found.ties, found.judge, found.gap) == (9, 2, None, None)


def test_the_judge_meets_the_same_majorities():
    found = human_ceiling(SMALL, np.array([1, 1, NAN, 1]))
    assert found.judge.value == pytest.approx(5 / 6)
    assert found.gap.value == pytest.approx(5 / 6 - 3 / 6)
    assert (found.judge.n, found.unknown) == (6, 3)
    with pytest.raises(ValueError, match="about 4 items"):
        human_ceiling(SMALL, np.zeros(3))


def test_any_figure_of_a_table_will_do():
    # majority of the rest against the person: violations 3 + 1 + 1, of which 3 + 0 + 0 were seen
    assert human_ceiling(SMALL, figure=recall).person.value == pytest.approx(3 / 5)
    table = np.array([[3, 1], [2, 3]])
    assert human_ceiling(SMALL, figure=kappa_of).person.value == pytest.approx(float(kappa_of(table)))


def test_people_at_their_true_rate_lie_within_the_interval():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    said = np.where(rng.random((25, 400)) < 0.85, truth, 1 - truth).astype(float)
    found = human_ceiling(said, truth.astype(float))
    assert found.person.low < 0.85 < found.person.high
    assert found.judge.value == pytest.approx(1.0, abs=0.005)
    assert found.gap.low > 0.1


def test_nobody_to_compare_with_is_no_figure():
    found = human_ceiling(np.array([[1.0, 0.0, NAN]]))
    assert np.isnan(found.person.value)
    assert (found.person.n, found.ties) == (0, 2)


def test_halves_of_a_unanimous_crowd_are_the_same():
    said = np.tile(np.arange(40) % 2, (6, 1)).astype(float)
    found = split_half(said, splits=5)
    assert (found.equal.value, found.kappa.value, found.reliability.value) == (1.0, 1.0, pytest.approx(1.0))


def test_reliability_is_that_of_theory():
    # shares drawn from Beta(1, 1), ten answers each: a new crowd's shares correlate 10 / (10 + 2) with these
    rng = np.random.default_rng(1)
    said = (rng.random((10, 1500)) < rng.random(1500)).astype(float)
    found = split_half(said, splits=40)
    assert found.reliability.low < 10 / 12 < found.reliability.high
    assert found.reliability.n == 1500


def test_halves_that_guess_agree_by_chance_only():
    said = np.random.default_rng(2).integers(0, 2, (5, 800)).astype(float)
    said[2:, :20] = NAN
    said[1:, :10] = NAN
    found = split_half(said, splits=20)
    assert found.equal.value == pytest.approx(0.5, abs=0.03)
    assert found.kappa.value == pytest.approx(0.0, abs=0.06)
    assert found.equal.n == 790


def crowd_of(rng, items):
    """Six people who answer items that are clear to different degrees."""
    return (rng.random((6, items)) < rng.beta(0.6, 0.9, items)).astype(float)


def test_the_interval_of_a_ceiling_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    true = human_ceiling(crowd_of(rng, 200_000), draws=2).person.value
    found = [human_ceiling(crowd_of(rng, 200), draws=600, seed=seed).person for seed in range(400)]
    assert 0.925 <= np.mean([one.low <= true <= one.high for one in found]) <= 0.975

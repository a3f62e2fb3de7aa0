"""Pairs, tables, ranks and calibration: what must hold, and what cannot be told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.agreement import classify
from mmjudge.agreement.pairs import agreement, cohen_kappa, confusion
from mmjudge.agreement.ranking import auprc, auroc
from mmjudge.agreement.scoring import brier, ece, ece_floor, ece_of_perfect, reliability

NAN = np.nan
SCORED = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 1)), min_size=1, max_size=40)


def test_cohen_by_hand():
    """Cohen's table: 20 both yes, 15 both no, 5 and 10 apart of 50; chance .5 * .6 + .5 * .4: kappa .4."""
    a = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    b = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert confusion(a, b).tolist() == [[15, 10], [5, 20]]
    assert cohen_kappa(a, b) == pytest.approx(0.4)
    assert agreement(a, b) == 0.7


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_kappa_knows_no_order_of_raters_and_missing_answers_do_not_count(pairs):
    a, b = np.array(pairs, dtype=float).T
    for weights in (None, "linear", "quadratic"):
        kappa = cohen_kappa(a, b, weights)
        assert cohen_kappa(b, a, weights) == pytest.approx(kappa, nan_ok=True)
        assert cohen_kappa(np.r_[a, NAN, 1], np.r_[b, 0, NAN], weights) == pytest.approx(kappa, nan_ok=True)
        assert cohen_kappa(a, b, weights, k=7) == pytest.approx(kappa, nan_ok=True)


@pytest.mark.parametrize(("a", "b"), [([], []), ([NAN, 1.0], [1.0, NAN]), ([1.0, 1.0], [1.0, 1.0])])
def test_kappa_that_cannot_be_told_is_nan(a, b):
    assert np.isnan(cohen_kappa(np.array(a), np.array(b)))


def test_agreement_of_no_pair_is_nan_and_of_one_category_one():
    assert np.isnan(agreement(np.array([NAN]), np.array([1.0])))
    assert agreement(np.ones(3), np.ones(3)) == 1


def test_what_are_no_codes_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion(np.array([2.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion(np.array([0.5]), np.array([0.0]))
    with pytest.raises(ValueError, match="one length"):
        confusion(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="None, linear or quadratic"):
        cohen_kappa(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "cubic")


def test_figures_of_a_table_by_hand():
    table = np.array([[50, 10], [5, 35]])
    assert classify.accuracy(table) == 0.85
    assert classify.precision(table) == 35 / 45
    assert classify.recall(table) == 35 / 40
    assert classify.specificity(table) == 50 / 60
    assert classify.balanced_accuracy(table) == pytest.approx((35 / 40 + 50 / 60) / 2)
    assert classify.f1(table) == pytest.approx(70 / 85)
    assert classify.fbeta(table, 2) == pytest.approx(5 * 35 / (5 * 35 + 4 * 5 + 10))


def test_figures_of_many_tables_at_once():
    tables = np.array([[[1, 2], [3, 4]], [[4, 3], [2, 1]]])
    assert classify.recall(tables) == pytest.approx([4 / 7, 1 / 3])


def test_figures_without_cases_are_nan_and_no_hits_are_zero():
    nothing_positive = np.array([[9, 0], [0, 0]])
    assert classify.accuracy(nothing_positive) == 1
    for figure in (classify.precision, classify.recall, classify.f1, classify.balanced_accuracy):
        assert np.isnan(figure(nothing_positive))
    assert classify.f1(np.array([[9, 1], [1, 0]])) == 0
    assert np.isnan(classify.accuracy(np.zeros((2, 2))))
    with pytest.raises(ValueError, match="2, 2"):
        classify.recall(np.ones((3, 3)))


@given(SCORED)
def test_turning_scores_round_turns_auroc_round(rows):
    scores, truth = np.array(rows, dtype=float).T
    found = auroc(scores, truth)
    assert auroc(-scores, truth) == pytest.approx(1 - found, nan_ok=True)
    assert auroc(scores, 1 - truth) == pytest.approx(1 - found, nan_ok=True)
    assert auroc(scores**3 + 7, truth) == pytest.approx(found, nan_ok=True)
    assert auprc(scores**3 + 7, truth) == pytest.approx(auprc(scores, truth), nan_ok=True)


def test_ranks_by_hand():
    scores, truth = np.array([0.9, 0.8, 0.7, 0.6, NAN, 0.5]), np.array([1, 0, 1, 0, 1, NAN])
    assert auroc(scores, truth) == 0.75
    assert auprc(scores, truth) == pytest.approx((1 + 2 / 3) / 2)
    assert auroc(np.ones(4), np.array([0, 1, 0, 1])) == 0.5
    assert auprc(np.ones(4), np.array([0, 1, 0, 1])) == 0.5


def test_ranks_that_cannot_be_told_are_nan():
    assert np.isnan(auroc(np.array([0.1, 0.2]), np.ones(2)))
    assert np.isnan(auroc(np.array([0.1, 0.2]), np.zeros(2)))
    assert np.isnan(auprc(np.array([0.1, 0.2]), np.zeros(2)))
    assert auprc(np.array([0.1, 0.2]), np.ones(2)) == 1
    with pytest.raises(ValueError, match="0 or 1"):
        auroc(np.array([0.1]), np.array([2.0]))
    with pytest.raises(ValueError, match="one length"):
        auroc(np.array([0.1]), np.array([1.0, 0.0]))


def test_calibration_by_hand():
    """Bins of ten end at .1, .2, ...; a score on an end belongs to the bin below. ECE: (.2 + .9 + 2 * 0) / 4."""
    scores, truth = np.array([0.2, 0.1, 0.5, 0.5, NAN]), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    assert brier(scores, truth) == pytest.approx((0.04 + 0.81 + 0.25 + 0.25) / 4)
    assert ece(scores, truth) == pytest.approx(1.1 / 4)
    curve = reliability(scores, truth)
    assert curve.n.tolist() == [1, 1, 0, 0, 2, 0, 0, 0, 0, 0]
    assert (curve.lower[4], curve.upper[4], curve.rate[4], curve.score[4]) == pytest.approx((0.4, 0.5, 0.5, 0.5))
    assert (curve.low[4], curve.high[4]) == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert np.isnan([curve.rate[2], curve.score[2], curve.low[2], curve.high[2]]).all()


@given(SCORED)
def test_the_rows_of_bins_add_up(rows):
    scores, truth = np.array(rows, dtype=float).T
    curve = reliability(scores / 10, truth, 7)
    filled = curve.n > 0
    assert curve.n.sum() == len(rows)
    assert (curve.n * curve.rate)[filled].sum() == pytest.approx(truth.sum())
    assert (curve.n * curve.score)[filled].sum() == pytest.approx(scores.sum() / 10)
    assert 0 <= ece(scores / 10, truth) <= 1


def test_calibration_that_cannot_be_told_is_nan():
    none = np.array([NAN])
    assert np.isnan([brier(none, none), ece(none, none), ece_floor(none)]).all()
    assert reliability(none, none).n.sum() == 0
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        brier(np.array([1.5]), np.array([1.0]))


def test_the_floor_of_one_score_by_hand():
    """Two rows of score .5 in one bin: both right .5 off, with chance 1/2, else 0: .25 on average."""
    assert ece_floor(np.full(2, 0.5), draws=20_000) == pytest.approx(0.25, abs=0.01)
    assert ece_floor(np.array([0.0, 1.0])) == 0


def test_a_perfect_judge_stands_at_the_floor_and_a_bold_one_above():
    rng = np.random.default_rng(3)
    scores = rng.random(400)
    perfect = ece_of_perfect(scores, seed=1)
    truth = (rng.random(400) < scores).astype(float)
    assert ece(scores, truth) < np.quantile(perfect, 0.99)
    bold = np.where(scores > 0.5, 1 - (1 - scores) ** 3, scores**3)
    assert ece(bold, truth) > np.quantile(ece_of_perfect(bold, seed=1), 0.99)
    assert (ece_of_perfect(scores, seed=1) == perfect).all()


def test_the_floor_falls_with_the_root_of_n_through_both_ways_of_drawing():
    scores = np.random.default_rng(4).random(40_000)
    many, some = ece_floor(scores, draws=400), ece_floor(scores[:10_000], draws=400)
    assert some / many == pytest.approx(2, rel=0.1)

"""Fits against scikit-learn, and what a fit from few labels leans on."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from mmjudge.agreement.fitting import METHODS, Fit, blended, features, fit, flat, smoothed, steps

SHARP = {"C": np.inf, "tol": 1e-12, "max_iter": 10_000, "solver": "newton-cholesky"}


def drawn(n, seed, slope=1.4, bias=-0.5):
    rng = np.random.default_rng(seed)
    scores = rng.beta(0.8, 1.1, n)
    return scores, rng.random(n) < expit(slope * logit(np.clip(scores, 1e-6, 1 - 1e-6)) + bias)


@pytest.mark.parametrize("method", ["platt", "beta"])
@pytest.mark.parametrize("n", [150, 3000])
def test_a_logistic_fit_is_that_of_scikit_learn(method, n):
    scores, truth = drawn(n, 3)
    x = features(method, scores)
    theirs = LogisticRegression(**SHARP).fit(x[:, :-1], truth)
    ours = fit(method, scores, truth, smooth=False).numbers
    assert min(ours[:-1]) > 0
    assert ours == pytest.approx([*theirs.coef_[0], theirs.intercept_[0]], rel=1e-4, abs=1e-5)
    assert fit(method, scores, truth, smooth=False)(scores) == pytest.approx(
        theirs.predict_proba(x[:, :-1])[:, 1], abs=1e-5
    )


@pytest.mark.parametrize("method", ["platt", "beta"])
def test_smoothed_targets_are_a_weighted_fit_of_scikit_learn(method):
    scores, truth = drawn(60, 5)
    x, t = features(method, scores), smoothed(truth)
    both = np.concatenate([x, x])[:, :-1]
    theirs = LogisticRegression(**SHARP).fit(both, np.repeat([1, 0], len(x)), sample_weight=np.concatenate([t, 1 - t]))
    assert fit(method, scores, truth)(scores) == pytest.approx(theirs.predict_proba(both)[: len(x), 1], abs=1e-5)


def test_platt_is_the_sigmoid_calibration_of_scikit_learn_on_log_odds():
    scores, truth = drawn(200, 8)
    theirs = _SigmoidCalibration().fit(logit(scores), truth)
    assert fit("platt", scores, truth).numbers == pytest.approx((-theirs.a_, -theirs.b_), abs=1e-4)


def test_steps_are_those_of_scikit_learn_ties_included():
    scores, truth = drawn(500, 11)
    scores = np.round(scores, 2)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, truth)
    asked = np.linspace(0, 1, 333)
    assert fit("isotonic", scores, truth)(asked) == pytest.approx(theirs.predict(asked), abs=1e-12)
    assert len(steps(scores, truth)) == 2 * len(theirs.X_thresholds_)


def test_targets_by_hand():
    assert smoothed(np.array([True, True, True, False])) == pytest.approx([4 / 5, 4 / 5, 4 / 5, 1 / 3])


def test_a_beta_fit_with_a_negative_slope_is_refitted_without_it():
    rng = np.random.default_rng(2)
    scores = rng.uniform(0.02, 0.98, 4000)
    truth = rng.random(4000) < expit(1.5 * np.log(scores) + 0.6 * np.log1p(-scores) + 1)
    x = features("beta", scores)
    free = LogisticRegression(**SHARP).fit(x[:, :-1], truth)
    assert free.coef_[0][1] < 0
    alone = LogisticRegression(**SHARP).fit(x[:, :1], truth)
    ours = fit("beta", scores, truth, smooth=False).numbers
    assert ours == pytest.approx((alone.coef_[0][0], 0.0, alone.intercept_[0]), abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_no_map_reverses_the_order_and_one_that_would_is_flat(method):
    scores, truth = drawn(400, 1)
    grid = np.linspace(0, 1, 1001)
    assert np.all(np.diff(fit(method, scores, truth)(grid)) >= -1e-15)
    backwards = fit(method, scores, scores < 0.4)
    assert flat(backwards)
    assert np.ptp(backwards(grid)) < 1e-6
    assert not flat(fit(method, scores, truth))


@pytest.mark.parametrize("method", METHODS)
def test_few_labels_stay_near_the_pooled_fit_and_many_leave_it(method):
    scores, truth = drawn(4000, 21)
    pooled = fit(method, scores, truth)
    grid = np.linspace(0.05, 0.95, 50)
    other, said = drawn(3000, 22, slope=2.5, bias=2.0)
    alone = fit(method, other, said)

    def away(n):
        found = fit(method, other[:n], said[:n], pooled)
        return np.abs(found(grid) - pooled(grid)).mean()

    assert fit(method, other[:0], said[:0], pooled).numbers == pooled.numbers
    assert away(4) < away(40) < away(3000)
    assert away(4) < 0.4 * np.abs(alone(grid) - pooled(grid)).mean()
    assert np.abs(fit(method, other, said, pooled)(grid) - alone(grid)).mean() < 0.02


def test_pooling_by_hand():
    assert blended((0.5, 1.0), 20, (0.0, 0.0, 1.0, 0.4)) == pytest.approx((0.0, 0.5, 0.5, 0.6, 1.0, 0.7))


def test_classes_that_never_overlap_give_finite_numbers():
    scores, truth = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    assert np.all(np.isfinite(fit("platt", scores, truth).numbers))


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="no labels"):
        fit("platt", np.array([]), np.array([]))
    with pytest.raises(ValueError, match="finite"):
        fit("beta", np.array([0.5, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="drawn to one by beta"):
        fit("platt", np.array([0.5]), np.array([True]), Fit("beta", (1, 1, 0), 9, 4))

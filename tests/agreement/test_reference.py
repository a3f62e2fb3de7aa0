"""Every coefficient equals an independent package to 1e-9."""

import json
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats import inter_rater, proportion

from mmjudge.agreement.bootstrap import wilson
from mmjudge.agreement.classify import (
    accuracy,
    balanced_accuracy,
    f1,
    fbeta,
    precision,
    recall,
    specificity,
    table_statistic,
)
from mmjudge.agreement.coefficients import (
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    raw_agreement,
)
from mmjudge.agreement.icc import FORMS, icc
from mmjudge.agreement.pairs import agreement, cohen_kappa, confusion
from mmjudge.agreement.ranking import auprc, auroc
from mmjudge.agreement.scoring import brier, ece, reliability

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))
PRECISE = {"rel": 0, "abs": 1e-9}


def matrix_of(rows):
    return np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=float)


def counts_of(matrix, k):
    return np.array([[np.sum(row == code) for code in range(k)] for row in matrix])


@pytest.fixture(params=REFERENCE["coefficients"], ids=lambda case: case["name"])
def case(request):
    return request.param


def test_fleiss_gwet_and_raw_equal_irrcac(case):
    counts = counts_of(matrix_of(case["ratings"]), case["k"])
    assert raw_agreement(counts) == pytest.approx(case["raw"], **PRECISE)
    assert fleiss_kappa(counts) == pytest.approx(case["fleiss"], **PRECISE)
    assert gwet_ac1(counts) == pytest.approx(case["gwet"]["identity"], **PRECISE)
    for close, expected in case["gwet"].items():
        assert gwet_ac2(counts, close) == pytest.approx(expected, **PRECISE), close


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_equals_krippendorff(case, level):
    matrix = matrix_of(case["ratings"])
    expected = krippendorff.alpha(reliability_data=matrix.T, level_of_measurement=level)
    assert krippendorff_alpha(counts_of(matrix, case["k"]), level) == pytest.approx(expected, **PRECISE)


def test_alpha_takes_the_numbers_of_categories():
    case = REFERENCE["coefficients"][3]
    matrix, values = matrix_of(case["ratings"]), np.array([0.0, 0.5, 2.0, 7.0, 7.5])
    with_values = np.where(np.isnan(matrix), np.nan, values[np.nan_to_num(matrix).astype(int)])
    expected = krippendorff.alpha(reliability_data=with_values.T, level_of_measurement="interval")
    assert krippendorff_alpha(counts_of(matrix, 5), "interval", values) == pytest.approx(expected, **PRECISE)


def test_alpha_of_krippendorffs_own_example():
    """Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C: .743, .815, .849."""
    nan = np.nan
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
    counts = counts_of(np.array(rows).T - 1, 5)
    assert krippendorff_alpha(counts) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(counts, "ordinal") == pytest.approx(0.815, abs=5e-4)
    assert krippendorff_alpha(counts, "interval") == pytest.approx(0.849, abs=5e-4)


@given(arrays(np.int64, (12, 3), elements=st.integers(0, 6)))
def test_fleiss_equals_statsmodels_where_all_items_have_as_many_answers(counts):
    counts[:, 2] += 20 - counts.sum(axis=1)
    counts[0] = (10, 10, 0)
    assert fleiss_kappa(counts) == pytest.approx(inter_rater.fleiss_kappa(counts), **PRECISE)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("k", [2, 4])
def test_cohen_equals_scikit_learn_and_statsmodels(weights, k):
    rng = np.random.default_rng(k)
    a = rng.integers(0, k, 150)
    b = np.where(rng.random(150) < 0.5, a, rng.integers(0, k, 150))
    missing = rng.random((2, 150)) < 0.1
    with_gaps = [np.where(gap, np.nan, v) for gap, v in zip(missing, (a, b), strict=True)]
    kept = ~missing.any(axis=0)
    expected = metrics.cohen_kappa_score(a[kept], b[kept], weights=weights)
    assert cohen_kappa(*with_gaps, weights) == pytest.approx(expected, **PRECISE)
    table = confusion(*with_gaps, k)
    assert (table == metrics.confusion_matrix(a[kept], b[kept])).all()
    assert agreement(*with_gaps) == pytest.approx(metrics.accuracy_score(a[kept], b[kept]), **PRECISE)
    wt = {None: None, "linear": "linear", "quadratic": "quadratic"}[weights]
    assert inter_rater.cohens_kappa(table, wt=wt, return_results=False) == pytest.approx(expected, **PRECISE)


@pytest.mark.parametrize("given", REFERENCE["icc"], ids=lambda case: case["name"])
def test_icc_equals_pingouin(given):
    found = icc(matrix_of(given["matrix"]))
    assert [getattr(found, form) for form in FORMS] == pytest.approx(given["icc"], **PRECISE)
    assert found.n == sum(None not in row for row in given["matrix"])


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=30, max_size=60))
def test_figures_of_the_table_equal_scikit_learn(pairs):
    truth, said = np.array([*pairs, (0, 0), (1, 1)]).T
    table = confusion(truth, said)
    expected = {
        accuracy: metrics.accuracy_score(truth, said),
        precision: metrics.precision_score(truth, said),
        recall: metrics.recall_score(truth, said),
        specificity: metrics.recall_score(truth, said, pos_label=0),
        balanced_accuracy: metrics.balanced_accuracy_score(truth, said),
        f1: metrics.f1_score(truth, said),
    }
    for figure, number in expected.items():
        assert figure(table) == pytest.approx(number, **PRECISE)
        assert table_statistic(figure, truth, said).value == pytest.approx(number, **PRECISE)
    assert fbeta(table, 2.0) == pytest.approx(metrics.fbeta_score(truth, said, beta=2.0), **PRECISE)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1)), min_size=2, max_size=80), st.integers(1, 12))
def test_figures_of_scores_equal_scikit_learn(rows, bins):
    scores, truth = np.array([*rows, (3, 0), (3, 1)], dtype=float).T
    scores = scores / 8
    assert auroc(scores, truth) == pytest.approx(metrics.roc_auc_score(truth, scores), **PRECISE)
    assert auprc(scores, truth) == pytest.approx(metrics.average_precision_score(truth, scores), **PRECISE)
    assert brier(scores, truth) == pytest.approx(metrics.brier_score_loss(truth, scores), **PRECISE)
    curve = reliability(scores, truth, bins)
    rate, score = calibration_curve(truth, scores, n_bins=bins)
    filled = curve.n > 0
    assert curve.rate[filled] == pytest.approx(rate, **PRECISE)
    assert curve.score[filled] == pytest.approx(score, **PRECISE)
    assert np.isnan(curve.rate[~filled]).all()
    expected = np.sum(curve.n[filled] * np.abs(rate - score)) / len(truth)
    assert ece(scores, truth, bins) == pytest.approx(expected, **PRECISE)


@given(st.integers(0, 40), st.integers(1, 40))
def test_wilson_equals_statsmodels(hits, more):
    n = hits + more
    expected = proportion.proportion_confint(hits, n, method="wilson")
    assert wilson(hits, n) == pytest.approx(expected, abs=1e-9)

"""Sample sizes: other packages, and whether what was planned comes true in simulations."""

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import samplesize_confint_proportion

from mmjudge.agreement.bootstrap import wilson
from mmjudge.agreement.paired import mcnemar
from mmjudge.agreement.pairs import cohen_kappa
from mmjudge.agreement.planning import (
    for_comparison,
    for_kappa,
    for_prevalence,
    for_recall,
    for_share,
    kappa_variance,
)
from mmjudge.agreement.prevalence import ppi_mean


@pytest.mark.parametrize("expected", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("within", [0.02, 0.05])
def test_a_share_needs_about_what_statsmodels_says(expected, within):
    theirs = samplesize_confint_proportion(expected, within)
    assert for_share(within, expected) == pytest.approx(theirs, rel=0.12, abs=11)
    low, high = wilson(expected * for_share(within, expected), for_share(within, expected))
    assert (high - low) / 2 <= within


@pytest.mark.parametrize(("kappa", "prevalence"), [(0.6, 0.1), (0.2, 0.5), (0.9, 0.3), (0.0, 0.4)])
def test_the_variance_of_kappa_is_that_of_statsmodels(kappa, prevalence):
    p, q = prevalence, 1 - prevalence
    table = np.array([[q * q + kappa * p * q, p * q * (1 - kappa)], [p * q * (1 - kappa), p * p + kappa * p * q]])
    theirs = cohens_kappa(1e4 * table)
    assert theirs.kappa == pytest.approx(kappa, abs=1e-9)
    assert kappa_variance(kappa, prevalence) == pytest.approx(theirs.var_kappa * 1e4, rel=1e-9, abs=1e-12)


def test_a_planned_recall_is_as_near_as_planned():
    items, cases = for_recall(0.05, 0.9, 0.1)
    assert (items, cases) == (1410, 141)
    rng = np.random.default_rng(0)
    violating = rng.binomial(items, 0.1, 4000)
    halves = [np.subtract(*wilson(rng.binomial(n, 0.9), n)[::-1]) / 2 for n in violating]
    assert np.mean(halves) == pytest.approx(0.05, abs=0.002)
    off = np.abs(rng.binomial(violating, 0.9) / violating - 0.9)
    assert np.mean(off <= 0.05) == pytest.approx(0.95, abs=0.015)


def test_a_planned_kappa_is_as_near_as_planned():
    n = for_kappa(0.1, 0.6, 0.1)
    p, q = 0.1, 0.9
    cells = [q * q + 0.6 * p * q, 0.4 * p * q, 0.4 * p * q, p * p + 0.6 * p * q]
    rng = np.random.default_rng(1)
    drawn = rng.choice(4, size=(1500, n), p=cells)
    found = np.array([cohen_kappa((row >= 2).astype(float), (row % 2).astype(float)) for row in drawn])
    assert np.mean(np.abs(found - 0.6) <= 0.1) == pytest.approx(0.95, abs=0.02)


def test_a_planned_comparison_has_the_power_planned():
    n = for_comparison(0.05, 0.15, power=0.8)
    rng = np.random.default_rng(2)
    seen = []
    for _ in range(1200):
        kind = rng.choice(3, size=n, p=[0.1, 0.05, 0.85])
        truth = np.zeros(n)
        table = mcnemar(np.where(kind == 1, 1.0, 0.0), np.where(kind == 0, 1.0, 0.0), truth)
        apart = table.only_a + table.only_b
        seen.append(abs(table.only_a - table.only_b) / np.sqrt(apart) > 1.96)
    assert np.mean(seen) == pytest.approx(0.8, abs=0.04)


def test_a_judge_that_helps_saves_the_labels_planned():
    rng = np.random.default_rng(3)
    size = 40_000
    truth = (rng.random(size) < 0.3).astype(float)
    scores = truth + 0.45 * rng.normal(size=size)
    correlation = float(np.corrcoef(truth, scores)[0, 1])
    n = for_prevalence(0.04, 0.3, judge=correlation)
    assert n < 0.6 * for_prevalence(0.04, 0.3)
    picked = [rng.choice(size, n, replace=False) for _ in range(200)]
    found = [ppi_mean(truth[some], scores[some], scores) for some in picked]
    assert np.mean([(one.high - one.low) / 2 for one in found]) == pytest.approx(0.04, abs=0.003)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (lambda: for_share(0, 0.5), "within is 0"),
        (lambda: for_share(0.1, 2), "expected is 2"),
        (lambda: for_share(0.1, 0.5, 1.0), "level is 1.0"),
        (lambda: for_share(1e-6, 0.5), "allow for more doubt"),
        (lambda: for_recall(0.1, 0.5, 0), "nothing violates"),
        (lambda: for_kappa(0.1, 1.0, 0.1), "kappa is expected to be 1.0"),
        (lambda: for_kappa(0.1, -0.5, 0.1), "cannot be at a prevalence"),
        (lambda: for_comparison(0.1, 0.05), "must part on at least as many"),
        (lambda: for_prevalence(0.1, 0.5, judge=1.0), "correlation is 1.0"),
    ],
)
def test_what_cannot_be_planned_is_refused(plan, why):
    with pytest.raises(ValueError, match=why):
        plan()

"""Intervals: draws, the fast ways against the slow one, what cannot be told, and how often they hold the truth."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import norm
from sklearn import metrics

from mmjudge.agreement import bootstrap, ranking
from mmjudge.agreement.bootstrap import (
    Interval,
    Resampled,
    bootstrap_weights,
    cluster_bootstrap,
    draws_of,
    interval,
    intervals,
    newcombe,
    proportion,
    wilson,
)
from mmjudge.agreement.classify import accuracy, f1, precision, recall, table_statistic
from mmjudge.agreement.coefficients import (
    gwet_ac1_statistic,
    gwet_ac2_statistic,
    krippendorff_alpha,
    krippendorff_alpha_statistic,
)
from mmjudge.agreement.icc import icc, icc_statistic
from mmjudge.agreement.pairs import cohen_kappa_statistic
from mmjudge.agreement.ranking import auprc_statistic, auroc, auroc_statistic
from mmjudge.agreement.scoring import brier_statistic, ece_statistic


def judged(n, seed=0, apart=1.5):
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.4).astype(float)
    scores = np.round(1 / (1 + np.exp(-(rng.normal(size=n) + apart * (truth - 0.5)))), 2)
    return truth, scores


@pytest.mark.parametrize("values", [np.random.default_rng(1).exponential(size=25) ** 2, np.arange(30) % 7 == 0])
def test_the_interval_of_given_draws_equals_scipys(values):
    """scipy's BCa, fed our draws of a skewed mean and of one with ties."""
    statistic = proportion(values, np.ones(len(values)))
    drawn = draws_of([statistic], draws=999)[0]
    given_draws = SimpleNamespace(bootstrap_distribution=drawn)
    expected = stats.bootstrap(
        (values.astype(float),), np.mean, n_resamples=0, method="BCa", bootstrap_result=given_draws, vectorized=True
    ).confidence_interval
    found = interval(statistic, draws=999)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_weights_draw_n_of_n_and_the_same_for_the_same_seed():
    weights = bootstrap_weights(40, 300, seed=3)
    assert weights.shape == (300, 40)
    assert (weights.sum(axis=1) == 40).all()
    assert (weights == bootstrap_weights(40, 300, seed=3)).all()
    assert (weights != bootstrap_weights(40, 300, seed=4)).any()
    assert weights.var() == pytest.approx(1 - 1 / 40, abs=0.03)
    assert bootstrap_weights(0, 5).shape == (5, 0)


def test_drawing_in_small_pieces_draws_all(monkeypatch):
    monkeypatch.setattr(bootstrap, "CELLS", 70)
    truth, scores = judged(30)
    found = draws_of([auroc_statistic(scores, truth)], draws=50)
    assert found.shape == (1, 50)
    assert bootstrap_weights(30, 50).sum() == 1500


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 3])
def test_an_additive_statistic_and_any_function_of_rows_agree(clusters):
    rng = np.random.default_rng(5)
    counts = rng.multinomial(4, [0.5, 0.3, 0.2], 60)
    fast = interval(krippendorff_alpha_statistic(counts, "ordinal"), clusters, draws=200, seed=1)
    slow = cluster_bootstrap(lambda rows: krippendorff_alpha(rows, "ordinal"), counts, clusters, draws=200, seed=1)
    assert (fast.value, fast.low, fast.high) == pytest.approx((slow.value, slow.low, slow.high), abs=1e-12)


def test_icc_is_additive():
    matrix = np.random.default_rng(0).normal(size=(40, 1)) + np.random.default_rng(1).normal(size=(40, 3))
    fast = draws_of([icc_statistic(matrix, "icc2")], draws=60)
    slow = draws_of([Resampled(lambda rows: icc(rows).icc2, matrix)], draws=60)
    assert fast == pytest.approx(slow, abs=1e-9)


@pytest.mark.parametrize(
    ("statistic", "reference"),
    [(auroc_statistic, metrics.roc_auc_score), (auprc_statistic, metrics.average_precision_score)],
)
def test_figures_of_ranks_under_weights_equal_scikit_learn(statistic, reference):
    truth, scores = judged(80)
    weights = bootstrap_weights(80, 20, seed=2)
    found = statistic(scores, truth).grouped(np.arange(80), 80)(weights)
    assert found == pytest.approx([reference(truth, scores, sample_weight=w) for w in weights], abs=1e-9)


@pytest.mark.parametrize("statistic", [auroc_statistic, auprc_statistic])
def test_the_influence_of_a_row_is_the_derivative_by_its_weight(statistic):
    truth, scores = judged(60)
    figure = statistic(scores, truth)
    under, step = figure.grouped(np.arange(60), 60), 1e-6
    slopes = (under(1 + step * np.eye(60)) - under(1 - step * np.eye(60))) / (2 * step)
    influence = np.zeros(60)
    influence[figure.order] = figure.influence
    assert influence == pytest.approx(slopes, abs=1e-8)


@pytest.mark.parametrize("statistic", [auroc_statistic, auprc_statistic])
def test_with_many_rows_ranks_follow_their_influence(statistic, monkeypatch):
    truth, scores = judged(1500)
    exact = interval(statistic(scores, truth), draws=600)
    monkeypatch.setattr(ranking, "MOST_EXACT", 1000)
    quick = interval(statistic(scores, truth), draws=600)
    assert (quick.value, quick.low, quick.high) == pytest.approx((exact.value, exact.low, exact.high), abs=0.003)


def test_more_clusters_than_groups_are_joined_and_keep_the_spread(monkeypatch):
    truth, scores = judged(4000)
    statistics = [brier_statistic(scores, truth), cohen_kappa_statistic(truth, (scores > 0.5).astype(float))]
    wide = draws_of(statistics, draws=1500).std(axis=1)
    monkeypatch.setattr(bootstrap, "MOST_GROUPS", 800)
    joined = draws_of(statistics, draws=1500).std(axis=1)
    assert joined == pytest.approx(wide, rel=0.1)


def test_the_same_seed_gives_the_same_interval():
    truth, scores = judged(200)
    statistic = auroc_statistic(scores, truth)
    assert interval(statistic, seed=5, draws=200) == interval(statistic, seed=5, draws=200)
    assert interval(statistic, seed=5, draws=200) != interval(statistic, seed=6, draws=200)


def test_answers_that_only_repeat_an_item_make_no_interval_narrower():
    truth, scores = judged(100)
    once = interval(brier_statistic(scores, truth))
    items = np.repeat(np.arange(100), 9)
    told = brier_statistic(np.repeat(scores, 9), np.repeat(truth, 9))
    by_item, by_row = interval(told, items), interval(told)
    assert (by_item.low, by_item.high) == pytest.approx((once.low, once.high), abs=1e-9)
    assert by_row.high - by_row.low < 0.5 * (once.high - once.low)


def test_statistics_over_the_same_draws_are_paired():
    truth, scores = judged(200)
    said = (scores > 0.5).astype(float)
    one, other = draws_of([table_statistic(accuracy, truth, said), table_statistic(accuracy, truth, said)], draws=50)
    assert (one == other).all()


def test_a_proportion_of_only_hits_has_wilsons_interval():
    found = interval(table_statistic(recall, np.array([1.0] * 20 + [0.0] * 9), np.ones(29)))
    assert (found.value, found.n) == (1, 20)
    assert (found.low, found.high) == pytest.approx((20 / (20 + 1.959964**2), 1), abs=1e-6)


def test_a_proportion_of_few_cases_has_wilsons_interval():
    truth, said = np.array([1.0, 1.0] + [0.0] * 60), np.array([1.0] + [0.0] * 61)
    found = interval(table_statistic(recall, truth, said))
    assert found.undefined > 0.05
    assert (found.low, found.high) == pytest.approx(wilson(1, 2))


def test_an_auroc_of_few_positives_has_newcombes_interval():
    """Where the auroc is 1 the lower end L solves (1 - L) 20 = z2 L (1 + 9.5 (1 - L) / (2 - L) + 9.5 L / (1 + L))."""
    truth = np.array([1.0] + [0.0] * 20)
    found = interval(auroc_statistic(np.linspace(0.9, 0, 21), truth))
    low, z2 = found.low, 1.959964**2
    assert (found.value, found.high) == (1, 1)
    assert (1 - low) * 20 == pytest.approx(
        z2 * low * (1 + 9.5 * (1 - low) / (2 - low) + 9.5 * low / (1 + low)), rel=1e-5
    )
    assert newcombe(0.5, 30, 40) == pytest.approx([1 - end for end in newcombe(0.5, 30, 40)][::-1])
    assert np.isnan(newcombe(0.5, 0, 40)).all()


def test_formulas_count_an_item_told_thrice_once():
    truth, scores = judged(90)
    once = interval(auroc_statistic(scores, truth), draws=50)
    items = np.repeat(np.arange(90), 3)
    thrice = interval(auroc_statistic(np.repeat(scores, 3), np.repeat(truth, 3)), items, draws=50)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=1e-9)
    hits = interval(proportion(np.ones(270), np.ones(270)), items, draws=50)
    assert (hits.low, hits.high) == pytest.approx(wilson(90, 90))


@pytest.mark.parametrize(("positive", "apart"), [(0.05, 1.5), (0.1, 2.5)])
def test_an_auroc_of_few_positives_holds_the_truth(positive, apart):
    rng, held = np.random.default_rng(0), 0
    for _ in range(1000):
        truth = (rng.random(200) < positive).astype(float)
        scores = rng.normal(size=200) + apart * truth
        low, high = newcombe(auroc(scores, truth), truth.sum(), 200 - truth.sum())
        held += low <= norm.cdf(apart / np.sqrt(2)) <= high
    assert 930 <= held <= 980


def test_what_no_draw_can_doubt_has_no_interval():
    counts = np.array([[3, 0]] * 10 + [[0, 3]] * 10)
    found = interval(krippendorff_alpha_statistic(counts))
    assert found.value == 1
    assert np.isnan([found.low, found.high]).all()


def test_a_value_that_does_not_exist_has_no_interval():
    for found in (
        interval(krippendorff_alpha_statistic(np.array([[1, 0], [0, 1]]))),
        interval(auroc_statistic(np.array([0.1, 0.2]), np.array([1.0, 1.0]))),
        interval(auroc_statistic(np.empty(0), np.empty(0))),
        interval(auprc_statistic(np.array([np.nan]), np.array([1.0]))),
        interval(gwet_ac1_statistic(np.zeros((0, 2)))),
        interval(table_statistic(recall, np.zeros(9), np.ones(9))),
        interval(proportion(np.zeros(3), np.zeros(3))),
        interval(brier_statistic(np.full(3, np.nan), np.ones(3))),
    ):
        assert np.isnan([found.value, found.low, found.high]).all()
    assert intervals([]) == ()


def test_a_figure_that_mostly_does_not_exist_says_so():
    truth = np.array([1.0] + [0.0] * 20)
    found = interval(auprc_statistic(np.linspace(0.9, 0, 21), truth))
    assert found.undefined == pytest.approx(np.exp(-1), abs=0.06)
    assert np.isnan(found.low)


def test_rows_must_be_the_same():
    with pytest.raises(ValueError, match="same rows"):
        interval(proportion(np.ones(3), np.ones(3)), np.zeros(4))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=30))
def test_an_interval_holds_its_value_or_is_nan(rows):
    truth, said, clusters = np.array(rows).T
    statistics = [table_statistic(figure, truth, said) for figure in (accuracy, precision, recall, f1)]
    statistics += [cohen_kappa_statistic(truth, said, k=2), gwet_ac2_statistic(np.eye(2)[truth] + np.eye(2)[said])]
    statistics += [ece_statistic(said / 2.0, truth)]
    for found in intervals(statistics, clusters, draws=60):
        assert isinstance(found, Interval)
        assert np.isnan(found.low) == np.isnan(found.high)
        assert np.isnan(found.low) or found.low <= found.high


def test_intervals_hold_the_truth_in_95_of_100_simulations():
    """A short form of `scripts/bench_coverage.py`, with the seed that came first: no seed was chosen."""
    simulations, n, rng = 1000, 200, np.random.default_rng(0)
    alarm, hit, yes = norm.sf(0.75), norm.sf(-0.75), 0.4 * 0.85 + 0.6 * 0.1
    right, agreed = 0.4 * hit + 0.6 * (1 - alarm), 1 - 0.4 * 2 * 0.85 * 0.15 - 0.6 * 2 * 0.1 * 0.9
    called = 0.4 * hit + 0.6 * alarm
    by_chance = 0.4 * called + 0.6 * (1 - called)
    expected = np.array(
        [
            right,
            hit,
            (right - by_chance) / (1 - by_chance),
            norm.cdf(1.5 / np.sqrt(2)),
            1 - (1 - agreed) / (2 * yes * (1 - yes)),
            (agreed - 2 * yes * (1 - yes)) / (1 - 2 * yes * (1 - yes)),
        ]
    )
    held = np.zeros(len(expected))
    for seed in range(simulations):
        truth = (rng.random(n) < 0.4).astype(float)
        scores = rng.normal(size=n) + 1.5 * truth
        said = (scores > 0.75).astype(float)
        yeses = rng.binomial(4, np.where(rng.random(n) < 0.4, 0.85, 0.1))
        counts = np.column_stack([4 - yeses, yeses])
        statistics = [
            table_statistic(accuracy, truth, said),
            table_statistic(recall, truth, said),
            cohen_kappa_statistic(truth, said, k=2),
            auroc_statistic(scores, truth),
            krippendorff_alpha_statistic(counts),
            gwet_ac1_statistic(counts),
        ]
        found = intervals(statistics, draws=500, seed=seed)
        held += [i.low <= value <= i.high for i, value in zip(found, expected, strict=True)]
    assert (held / simulations >= 0.93).all(), held / simulations
    assert (held / simulations <= 0.97).all(), held / simulations

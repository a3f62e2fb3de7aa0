"""The benchmark's own arithmetic, against hand counts and an independent library."""

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import metrics


def test_auc_by_hand():
    # pairs (unsafe, safe): .9>.5, .9>.4, .5=.5 half, .5>.4 -> 3.5 of 4
    unsafe = np.array([True, True, False, False])
    assert metrics.auc(unsafe, np.array([0.9, 0.5, 0.5, 0.4])) == 0.875


def test_auc_equals_an_independent_library():
    random = np.random.default_rng(0)
    unsafe, scores = random.random(200) < 0.3, np.round(random.random(200), 1)
    assert metrics.auc(unsafe, scores) == pytest.approx(roc_auc_score(unsafe, scores))


def test_a_missing_score_ranks_on_the_wrong_side():
    assert metrics.auc(np.array([True, False]), metrics.filled([True, False], [None, 0.1])) == 0.0
    assert metrics.auc(np.array([True, False]), metrics.filled([True, False], [0.9, None])) == 0.0


def test_interval_holds_the_value_and_widens_with_clusters():
    random = np.random.default_rng(1)
    unsafe = list(random.random(120) < 0.5)
    scores = [0.3 * u + float(random.random()) for u in unsafe]
    alone = metrics.auc_figure(unsafe, scores, [str(i) for i in range(120)])
    assert alone.low < alone.value < alone.high
    doubled = metrics.auc_figure(unsafe * 2, scores * 2, [str(i) for i in range(120)] * 2)
    assert doubled.value == pytest.approx(alone.value)
    # twice the same rows in the same groups know no more: the interval must not shrink
    assert doubled.high - doubled.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_difference_is_paired():
    unsafe, groups = [True, False] * 20, [str(i) for i in range(40)]
    scores = [float(u) for u in unsafe]
    same = metrics.difference(unsafe, scores, scores, groups)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_a_difference_of_shares_by_hand_and_over_groups():
    unsafe, groups = [True, False] * 10, [str(i // 2) for i in range(20)]
    first, second = [True] * 15 + [False] * 5, [True] * 10 + [False] * 10
    figure = metrics.share_difference(unsafe, first, second, groups)
    assert (figure.value, figure.n, figure.positive) == (0.25, 20, 10)
    assert figure.low < 0.25 < figure.high
    same = metrics.share_difference(unsafe, first, first, groups)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    # one group only: every draw is all of it
    whole = metrics.share_difference(unsafe, first, second, ["one"] * 20)
    assert (whole.low, whole.high) == (0.25, 0.25)


def test_length_matching_leaves_length_without_a_word():
    random = np.random.default_rng(2)
    chars = [int(c) for c in random.integers(20, 200, 200)]
    unsafe = [c > 60 + 80 * random.random() for c in chars]
    assert metrics.auc(np.array(unsafe), np.array(chars)) > 0.9
    kept = metrics.length_matched(unsafe, chars)
    matched = metrics.auc(np.array([unsafe[i] for i in kept]), np.array([chars[i] for i in kept]))
    assert len(kept) >= 20
    assert 0.4 < matched < 0.65

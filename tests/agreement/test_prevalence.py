"""Prevalence from few labels: other packages, hand sums, coverage by simulation, and when it is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from mmjudge.agreement.prevalence import Refused, ppi_mean, rogan_gladen, weighted_mean

NAN = np.nan
REFERENCE = json.loads((Path(__file__).parent / "reference_inference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REFERENCE["cases"])
def test_it_is_what_ppi_python_says(case):
    labels, scores = np.array(case["labels"]), np.array(case["scores"])
    n, size = len(labels), len(scores)
    for theirs in case["found"]:
        power = None if theirs["lam"] is None else theirs["lam"] * size / (size - n)
        found = ppi_mean(labels, scores[:n], scores, power=power)
        assert found.value == pytest.approx(theirs["value"], abs=1e-9)
        # the two estimate the spread of the scores from other items: the widths are equal only on average
        assert found.high - found.low == pytest.approx(theirs["high"] - theirs["low"], rel=0.12)


def test_equal_chances_give_wilsons_interval():
    labels = np.r_[np.ones(30), np.zeros(70)]
    found = weighted_mean(labels, np.full(100, 0.1))
    low, high = proportion_confint(0.3 * 99, 99, method="wilson")
    assert (found.value, found.low, found.high) == pytest.approx((0.3, low, high), abs=1e-12)
    assert found.effective == pytest.approx(99)


def test_weights_undo_how_items_were_chosen_by_hand():
    # 20 violations of 40 among items chosen with chance .5, 2 of 40 among those with .1: weights 2 and 10
    labels = np.r_[np.ones(20), np.zeros(20), np.ones(2), np.zeros(38)]
    chances = np.r_[np.full(40, 0.5), np.full(40, 0.1)]
    assert weighted_mean(labels, chances).value == pytest.approx((20 * 2 + 2 * 10) / (40 * 2 + 40 * 10))
    assert weighted_mean(labels, chances, size=500).value == pytest.approx(60 / 500)


def test_labels_that_say_nothing_are_left_out_and_counted():
    labels = np.r_[np.ones(20), np.zeros(20), np.full(5, NAN)]
    found = weighted_mean(labels, np.full(45, 1.0))
    assert (found.value, found.n, found.unknown) == (0.5, 40, 5)


def test_a_whole_set_is_known_but_not_its_source():
    labels = np.r_[np.ones(20), np.zeros(60)]
    whole = weighted_mean(labels, np.ones(80), finite=True)
    assert (whole.low, whole.value, whole.high) == (0.25, 0.25, 0.25)
    source = weighted_mean(labels, np.ones(80))
    assert source.low < 0.2
    assert source.high > 0.3
    none = weighted_mean(np.zeros(80), np.full(80, 0.5))
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(proportion_confint(0, 80, method="wilson")[1])


def chosen(rng, truth, scores, mean=200):
    """Items drawn by lot, those with high scores more likely; their chances."""
    chances = np.clip(mean * (0.3 + scores) / (0.3 + scores).sum(), 0.01, 1)
    picked = rng.random(len(truth)) < chances
    return picked, chances[picked]


def set_of(rng, size=3000, share=0.15):
    truth = (rng.random(size) < share).astype(float)
    return truth, np.clip(truth * 0.55 + 0.1 + 0.2 * rng.normal(size=size), 0, 1)


ESTIMATORS = {
    "weights": lambda truth, scores, picked, chances, **how: weighted_mean(truth[picked], chances, **how),
    "judge": lambda truth, scores, picked, chances, **how: ppi_mean(
        truth[picked], scores[picked], scores, chances, **how
    ),
}


@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize("finite", [True, False])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_intervals_hold_the_truth_as_often_as_they_say(name, finite, uniform):
    rng = np.random.default_rng(11)
    held, widths = [], []
    for _ in range(1500):
        truth, scores = set_of(rng)
        if uniform:
            picked = np.isin(np.arange(3000), rng.choice(3000, 200, replace=False))
            chances = np.full(200, 200 / 3000)
        else:
            picked, chances = chosen(rng, truth, scores)
        found = ESTIMATORS[name](truth, scores, picked, chances, finite=finite)
        held.append(found.low <= (truth.mean() if finite else 0.15) <= found.high)
        widths.append(found.high - found.low)
    assert 0.93 <= np.mean(held) <= 0.97
    assert np.mean(widths) < (0.11 if name == "weights" else 0.085)


@pytest.mark.parametrize(("share", "n"), [(0.05, 100), (0.05, 200), (0.1, 60)])
def test_where_few_violate_it_is_right_or_refuses(share, n):
    rng = np.random.default_rng(7)
    held = []
    for _ in range(1500):
        truth, scores = set_of(rng, size=2000, share=share)
        picked = rng.choice(2000, n, replace=False)
        found = ppi_mean(truth[picked], scores[picked], scores)
        held += [] if isinstance(found, Refused) else [found.low <= share <= found.high]
    assert 0.93 <= np.mean(held) <= 0.985
    assert len(held) > 700


def test_a_judge_that_knows_nothing_costs_nothing():
    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.3).astype(float)
    found = ppi_mean(labels, rng.random(200), rng.random(5000))
    alone = weighted_mean(labels, np.full(200, 0.04))
    assert found.high - found.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_what_the_judge_left_unknown_is_corrected_like_any_error():
    rng = np.random.default_rng(4)
    errors = []
    for _ in range(200):
        truth, scores = set_of(rng)
        scores[(truth > 0) & (rng.random(3000) < 0.5)] = NAN  # it gives up on violations above all
        picked = rng.choice(3000, 300, replace=False)
        errors.append(ppi_mean(truth[picked], scores[picked], scores).value - truth.mean())
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(200)


def test_rogan_gladen_by_hand_and_by_simulation():
    found = rogan_gladen(flagged=260, judged=1000, found=80, violating=100, passed=180, harmless=200)
    assert found.value == pytest.approx((0.26 + 0.9 - 1) / (0.8 + 0.9 - 1))
    rng = np.random.default_rng(3)
    held = []
    for _ in range(2000):
        flagged = rng.binomial(1000, 0.2 * 0.8 + 0.8 * 0.1)
        one = rogan_gladen(flagged, 1000, rng.binomial(100, 0.8), 100, rng.binomial(200, 0.9), 200)
        held.append(one.low <= 0.2 <= one.high)
    assert 0.93 <= np.mean(held) <= 0.97


LABELS = np.r_[np.ones(20), np.zeros(40)]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (weighted_mean(LABELS, np.r_[np.full(50, 0.5), np.full(10, NAN)]), "nobody knows with which chance 10 of 60"),
        (weighted_mean(LABELS[:20], np.ones(20)), "only 20 items have labels"),
        (weighted_mean(np.full(50, NAN), np.ones(50)), "only 0 items have labels"),
        (weighted_mean(LABELS, np.r_[0.0001, np.ones(59)]), "a few rarely chosen items carry the estimate"),
        (ppi_mean(LABELS, LABELS, np.zeros(500), np.full(60, NAN)), "nobody knows with which chance"),
        (ppi_mean(np.r_[np.ones(2), np.zeros(58)], LABELS, np.zeros(500)), "use the labels alone"),
        (ppi_mean(LABELS, LABELS, np.zeros(5)), "let it judge the whole set"),
        (rogan_gladen(5, 100, 4, 5, 90, 100), "only 5 labels of one kind"),
        (rogan_gladen(50, 100, 50, 100, 50, 100), "no better than chance"),
        (rogan_gladen(0, 0, 90, 100, 90, 100), "let it judge the set first"),
    ],
)
def test_what_the_sampling_cannot_support_is_refused_in_words(found, why):
    assert isinstance(found, Refused)
    assert why in found.why


def test_chances_that_are_none_are_an_error():
    with pytest.raises(ValueError, match=r"lies in \(0, 1\]"):
        weighted_mean(LABELS, np.zeros(60))
    with pytest.raises(ValueError, match="a probability per label"):
        weighted_mean(LABELS, np.ones(3))

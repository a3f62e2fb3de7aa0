"""Answers as rows, and what the crowd makes of them."""

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import GLAD, DawidSkene

from mmjudge.agreement.answers import plurality, rows_of
from mmjudge.agreement.crowd import any_unsafe, dawid_skene, glad, majority, rater_quality, soft
from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, ratings_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:crowdkit")
NAN = np.nan
COUNTS = np.array([[2, 1, 0], [1, 1, 0], [0, 0, 3], [0, 0, 0], [0, 2, 1]])


def crowd(seed=0, items=300, rates=(0.9, 0.8, 0.7, 0.75), judge=0.95):
    """Ratings of a known truth: every rater is right as often as their rate says; the last one is the judge."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, items)
    names = [f"r{place}" for place in range(len(rates))] + ["judge:j"]
    rows = [
        (f"i{item}", "", name, int(truth[item] if rng.random() < rate else 1 - truth[item]))
        for name, rate in zip(names, (*rates, judge), strict=True)
        for item in range(items)
    ]
    return ratings_of(rows, judges=["judge:j"]), truth


def test_the_last_answer_of_a_rater_counts_and_judges_and_unknowns_do_not():
    given = [("a", "r", "ann", YES), ("a", "r", "ann", NO), ("a", "r", "bob", YES), ("b", "r", "ann", YES)]
    given += [("b", "r", "ann", UNKNOWN), ("b", "r", "judge:j", YES)]
    rows = rows_of(ratings_of(given, judges=["judge:j"]))
    assert (rows.items, rows.raters, rows.k) == (2, 3, 2)
    assert rows.counts.tolist() == [[1, 1], [0, 0]]


def test_a_matrix_and_ratings_give_the_same_counts():
    matrix = np.array([[0, 1, NAN], [1, 1, 2]])
    rows = [(f"i{i}", "", f"r{r}", int(v)) for (r, i), v in np.ndenumerate(matrix) if not np.isnan(v)]
    assert rows_of(matrix).counts.tolist() == rows_of(ratings_of(rows)).counts.tolist()
    assert rows_of(matrix).counts.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 1]]


def test_what_is_no_answer_is_refused():
    with pytest.raises(ValueError, match=r"pass ratings\.about"):
        rows_of(ratings_of([("a", "r1", "ann", YES), ("a", "r2", "ann", YES)]))
    with pytest.raises(ValueError, match="whole numbers from 0"):
        rows_of(np.array([[0.5]]))
    with pytest.raises(ValueError, match="a matrix"):
        rows_of(np.zeros(3))


def test_a_tie_and_an_item_without_answers_have_no_majority():
    assert majority(COUNTS).tolist() == [NO, UNKNOWN, CONTROVERSIAL, UNKNOWN, YES]
    assert majority(COUNTS[:, :2], (YES, NO)).tolist() == [YES, UNKNOWN, UNKNOWN, UNKNOWN, NO]
    assert plurality(COUNTS)[0] == 0
    assert np.isnan(plurality(COUNTS)[1])


def test_one_violation_is_enough_for_any_unsafe():
    assert any_unsafe(COUNTS).tolist() == [YES, YES, NO, UNKNOWN, YES]


def test_soft_labels_are_shares():
    shares = soft(COUNTS)
    assert shares[0] == pytest.approx([2 / 3, 1 / 3, 0])
    assert np.isnan(shares[3]).all()


@pytest.mark.parametrize(("model", "theirs"), [(dawid_skene, DawidSkene), (glad, GLAD)])
def test_models_say_what_crowd_kit_says(model, theirs):
    ratings, truth = crowd(items=120)
    frame = pd.DataFrame({"task": ratings.item, "worker": ratings.rater, "label": ratings.value})
    expected = theirs(n_iter=100).fit_predict_proba(frame)
    found = model(ratings)
    assert found.probability[expected.index] == pytest.approx(expected[[0, 1]].to_numpy(), abs=1e-9)
    assert np.mean(found.value == truth) > 0.93


def test_dawid_skene_finds_who_errs_the_judge_among_them():
    ratings, truth = crowd(seed=3, items=1500)
    found = dawid_skene(ratings)
    assert found.skill == pytest.approx([0.9, 0.8, 0.7, 0.75, 0.95], abs=0.04)
    assert found.errors.sum(axis=2) == pytest.approx(np.ones((5, 2)))
    assert np.mean(found.value == truth) > np.mean(majority(rows_of(ratings).counts) == truth)


def test_glad_ranks_raters_and_finds_hard_items():
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, 200)
    hard = np.arange(200) < 40
    right = np.where(hard, 0.6, 0.95)
    rows = [
        (f"i{i}", "", f"r{r}", int(truth[i] if rng.random() < right[i] else 1 - truth[i]))
        for i in range(200)
        for r in range(7)
    ]
    rows += [(f"i{i}", "", "guess", int(rng.integers(0, 2))) for i in range(200)]
    found = glad(ratings_of(rows))
    assert found.skill[7] < found.skill[:7].min()
    assert np.median(found.difficulty[hard]) > np.median(found.difficulty[~hard])


@pytest.mark.parametrize("model", [dawid_skene, glad])
def test_two_raters_cannot_say_who_errs(model):
    found = model(ratings_of([("a", "", "ann", YES), ("a", "", "bob", NO), ("b", "", "ann", UNKNOWN)]))
    assert found.value.tolist() == [UNKNOWN, UNKNOWN]
    assert np.isnan(found.probability).all()
    assert np.isnan(found.skill).all()


def test_items_nobody_could_tell_stay_unknown_in_a_model():
    ratings, _ = crowd(items=30)
    rows = [(ratings.items[i], "", ratings.raters[r], int(v)) for i, r, v in zip(*columns(ratings), strict=True)]
    found = dawid_skene(ratings_of([*rows, ("lost", "", "r0", UNKNOWN)]))
    assert found.value[-1] == UNKNOWN
    assert np.isnan(found.probability[-1]).all()
    assert (found.value[:-1] != UNKNOWN).all()


def columns(ratings):
    return ratings.item, ratings.rater, ratings.value


def test_quality_is_agreement_with_the_others_and_speed():
    rows = [("a", "", name, YES, None, None, 10) for name in ("ann", "bob", "cat")]
    rows += [("b", "", "ann", NO, None, None, 12), ("b", "", "bob", NO, None, None, 14)]
    rows += [("b", "", "cat", YES, None, None, 2), ("c", "", "cat", UNKNOWN, None, None, 3)]
    rows += [("a", "", "judge:j", YES), ("b", "", "judge:j", YES), ("c", "", "judge:j", YES)]
    ann, _, cat, judge = rater_quality(ratings_of(rows, judges=["judge:j"]))
    # b: the others of ann are level (NO, YES), those of cat both say NO; the median time of all seven answers is 10 s
    assert (ann.answers, ann.compared, ann.agrees, ann.seconds, ann.hurried) == (2, 1, 1.0, 11.0, 0.0)
    assert (cat.answers, cat.unknown, cat.compared, cat.agrees, cat.seconds) == (2, 1, 2, 0.5, 3.0)
    assert cat.hurried == pytest.approx(2 / 3)
    assert (judge.judge, judge.answers, judge.compared, judge.agrees) == (True, 3, 2, 0.5)
    assert np.isnan(judge.seconds)

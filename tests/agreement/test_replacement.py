"""The alternative annotator test, against a plain loop over items with scipy's and statsmodels' tests."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

from mmjudge.agreement.replacement import EPSILON, alternative_test

NAN = np.nan


def data(seed, raters=6, items=90, k=4, skill=0.6, judge=0.7, missing=0.3):
    rng = np.random.default_rng(seed)
    level = rng.integers(0, k, items)
    said = np.where(rng.random((raters, items)) < skill, level, rng.integers(0, k, (raters, items))).astype(float)
    said[rng.random(said.shape) < missing] = NAN
    machine = np.where(rng.random(items) < judge, level, rng.integers(0, k, items)).astype(float)
    machine[rng.random(items) < 0.05] = NAN
    return said, machine


def score(one, others, near):
    if near == "same":
        return sum(one == other for other in others)
    return -np.sqrt(np.mean([(one - other) ** 2 for other in others]))


def by_loops(said, machine, epsilon, near, rate):
    p, judge, person = [], [], []
    for left_out in range(len(said)):
        wins, losses = [], []
        for item in range(said.shape[1]):
            others = [said[r, item] for r in range(len(said)) if r != left_out and not np.isnan(said[r, item])]
            if np.isnan(said[left_out, item]) or np.isnan(machine[item]) or not others:
                continue
            of_judge, of_person = score(machine[item], others, near), score(said[left_out, item], others, near)
            wins.append(of_judge >= of_person)
            losses.append(of_person >= of_judge)
        if len(wins) >= 30:
            ahead = np.array(losses, float) - np.array(wins, float)
            p.append(ttest_1samp(ahead, epsilon, alternative="less").pvalue)
            judge.append(np.mean(wins))
            person.append(np.mean(losses))
    return np.array(p), np.array(judge), np.array(person), multipletests(p, rate, method="fdr_by")[0]


@pytest.mark.parametrize("near", ["same", "distance"])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_loops_and_other_packages_say(seed, near):
    said, machine = data(seed)
    found = alternative_test(said, machine, epsilon=0.2, near=near)
    p, judge, person, beaten = by_loops(said, machine, 0.2, near, 0.05)
    assert [one.p for one in found.against] == pytest.approx(p, rel=1e-9, abs=1e-12)
    assert [one.judge for one in found.against] == pytest.approx(judge, abs=1e-12)
    assert [one.person for one in found.against] == pytest.approx(person, abs=1e-12)
    assert [one.beaten for one in found.against] == beaten.tolist()
    assert found.winning == pytest.approx(beaten.mean())
    assert found.advantage == pytest.approx(judge.mean())
    assert found.passed == (beaten.mean() >= 0.5)


def test_a_good_judge_passes_and_a_guessing_one_does_not():
    said, good = data(1, k=2, items=200, skill=0.7, judge=0.95, missing=0)
    guess = np.random.default_rng(0).integers(0, 2, 200).astype(float)
    assert alternative_test(said, good, EPSILON["skilled"]).passed
    found = alternative_test(said, guess, EPSILON["skilled"])
    assert (found.passed, found.winning) == (False, 0.0)
    assert found.advantage < 0.8


def test_a_judge_that_copies_one_person_is_level_with_them():
    said, _ = data(2, k=2, items=60, missing=0)
    found = alternative_test(said, said[0])
    assert (found.against[0].judge, found.against[0].person, found.against[0].p) == (1.0, 1.0, 0.0)
    assert alternative_test(said, said[0], epsilon=0.0).against[0].p == 1.0


def test_too_few_items_are_no_verdict_but_a_reason():
    said, machine = data(3, items=20)
    found = alternative_test(said, machine)
    assert found.passed is None
    assert found.skipped == 6
    assert "no person has 30 items" in found.why
    assert np.isnan(found.winning)


def test_what_the_judge_left_unknown_is_counted_and_compared_with_nobody():
    said, machine = data(4, missing=0)
    found = alternative_test(said, machine)
    assert found.unknown == int(np.isnan(machine).sum()) > 0
    assert found.items == 90 - found.unknown
    assert {one.items for one in found.against} == {found.items}
    with pytest.raises(ValueError, match="about 90 items"):
        alternative_test(said, machine[:5])


def test_a_judge_may_use_a_code_no_person_used():
    said = np.zeros((3, 40))
    said[:, :20] = 1
    judge = np.full(40, 2.0)
    found = alternative_test(said, judge)
    assert (found.winning, found.advantage) == (0.0, 0.0)

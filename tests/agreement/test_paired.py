"""Two judges on the same items."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as theirs

from mmjudge.agreement.classify import accuracy, f1
from mmjudge.agreement.paired import mcnemar, paired_bootstrap

NAN = np.nan


def judges(seed=0, items=300, a=0.85, b=0.78):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, items).astype(float)
    return *(np.where(rng.random(items) < rate, truth, 1 - truth) for rate in (a, b)), truth


@pytest.mark.parametrize("seed", range(3))
def test_mcnemar_is_that_of_statsmodels(seed):
    a, b, truth = judges(seed)
    right = a == truth, b == truth
    table = [[np.sum((right[0] == x) & (right[1] == y)) for y in (1, 0)] for x in (1, 0)]
    found = mcnemar(a, b, truth)
    assert (found.only_a, found.only_b) == (table[0][1], table[1][0])
    assert found.exact == pytest.approx(theirs(table, exact=True).pvalue, abs=1e-9)
    corrected = theirs(table, exact=False, correction=True)
    assert (found.chi2, found.p) == pytest.approx((corrected.statistic, corrected.pvalue), abs=1e-9)
    assert found.same == 300 - found.only_a - found.only_b


def test_what_either_left_unknown_is_left_out_for_both_and_counted():
    a, b, truth = np.array([1, NAN, 1, 0]), np.array([1, 1, 0, 0]), np.array([1, 1, 1, NAN])
    found = mcnemar(a, b, truth)
    assert (found.only_a, found.only_b, found.same, found.unknown) == (1, 0, 1, 1)
    assert paired_bootstrap(a, b, truth, accuracy).unknown == 1
    with pytest.raises(ValueError, match="vectors of one length"):
        mcnemar(a, b, truth[:2])


def test_judges_that_never_part_are_the_same():
    a, _, truth = judges()
    found = mcnemar(a, a, truth)
    assert (found.exact, found.p, found.chi2) == (1.0, 1.0, 0.0)
    assert paired_bootstrap(a, a, truth, f1).difference.value == 0


def test_the_difference_has_the_interval_that_theory_gives():
    a, b, truth = judges(4, items=2000)
    found = paired_bootstrap(a, b, truth, accuracy)
    apart = (a == truth).astype(float) - (b == truth)
    error = 1.96 * apart.std() / np.sqrt(2000)
    assert found.difference.value == pytest.approx(found.a.value - found.b.value) == pytest.approx(apart.mean())
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (apart.mean() - error, apart.mean() + error), abs=0.004
    )


def test_items_of_one_source_are_drawn_together():
    a, b, truth = judges(5, items=150)
    single = paired_bootstrap(a, b, truth, f1)
    doubled = (np.repeat(vector, 2) for vector in (a, b, truth))
    together = paired_bootstrap(*doubled, f1, clusters=np.repeat(np.arange(150), 2))
    assert (together.difference.low, together.difference.high) == (single.difference.low, single.difference.high)

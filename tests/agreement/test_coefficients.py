"""What must hold of coefficients of many raters, whatever the data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmjudge.agreement.coefficients import (
    closeness,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    raw_agreement,
)
from mmjudge.agreement.icc import FORMS, icc

COEFFICIENTS = {
    "raw": raw_agreement,
    "fleiss": fleiss_kappa,
    "alpha": krippendorff_alpha,
    "ordinal": lambda counts: krippendorff_alpha(counts, "ordinal"),
    "interval": lambda counts: krippendorff_alpha(counts, "interval"),
    "ac1": gwet_ac1,
    "ac2": gwet_ac2,
}
BEYOND_CHANCE = ("fleiss", "alpha", "ordinal", "interval")
COUNTS = arrays(np.int64, st.tuples(st.integers(2, 12), st.integers(2, 4)), elements=st.integers(0, 3))
every = pytest.mark.parametrize("name", COEFFICIENTS)


def same(a, b):
    return a == pytest.approx(b, abs=1e-12, nan_ok=True)


@every
@given(counts=COUNTS, seed=st.integers(0, 99))
def test_the_order_of_items_and_items_without_answers_do_not_matter(name, counts, seed):
    coefficient = COEFFICIENTS[name]
    shuffled = np.random.default_rng(seed).permutation(np.vstack([counts, np.zeros_like(counts[:2])]))
    assert same(coefficient(shuffled), coefficient(counts))


@every
@given(counts=COUNTS)
def test_a_coefficient_is_at_most_one(name, counts):
    found = COEFFICIENTS[name](counts)
    assert np.isnan(found) or found <= 1 + 1e-12


@pytest.mark.parametrize("name", ["raw", "fleiss", "alpha", "interval", "ordinal", "ac1", "ac2"])
@given(counts=COUNTS)
def test_turning_the_categories_round_changes_nothing(name, counts):
    assert same(COEFFICIENTS[name](counts[:, ::-1]), COEFFICIENTS[name](counts))


@pytest.mark.parametrize("name", ["raw", "fleiss", "ac1", "ac2"])
@given(counts=COUNTS)
def test_data_told_twice_say_the_same(name, counts):
    assert same(COEFFICIENTS[name](np.vstack([counts, counts])), COEFFICIENTS[name](counts))


@given(counts=COUNTS)
def test_alpha_of_data_told_twice_loses_only_its_correction_for_small_n(counts):
    """1 - alpha = (n - 1) / n * D, where D is the same for the data told once and twice."""
    paired = counts[counts.sum(axis=1) >= 2].sum()
    once, twice = krippendorff_alpha(counts), krippendorff_alpha(np.vstack([counts, counts]))
    assert np.isnan(once) == np.isnan(twice)
    if not np.isnan(once):
        assert (1 - twice) * (2 * paired) / (2 * paired - 1) == pytest.approx((1 - once) * paired / (paired - 1))


@every
def test_perfect_agreement_is_one(name):
    counts = np.array([[3, 0, 0], [0, 2, 0], [0, 0, 4], [5, 0, 0], [0, 1, 0]])
    assert COEFFICIENTS[name](counts) == pytest.approx(1, abs=1e-12)


@every
def test_one_rater_an_item_or_no_item_tells_nothing(name):
    assert np.isnan(COEFFICIENTS[name](np.array([[1, 0], [0, 1], [1, 0]])))
    assert np.isnan(COEFFICIENTS[name](np.zeros((3, 2))))
    assert np.isnan(COEFFICIENTS[name](np.zeros((0, 2))))


@every
def test_a_single_category_used_is_nan_where_only_chance_is_left_and_agreement_elsewhere(name):
    found = COEFFICIENTS[name](np.array([[3, 0], [2, 0], [4, 0]]))
    assert np.isnan(found) if name in BEYOND_CHANCE else found == 1


@pytest.mark.parametrize("name", ["fleiss", "alpha", "ac1", "ac2"])
def test_a_single_category_possible_is_nan(name):
    assert np.isnan(COEFFICIENTS[name](np.array([[3], [2]])))


def test_raw_agreement_and_kappa_by_hand():
    """Items 2:0, 1:1, 0:2, 2:0 agree in 1, 0, 1, 1; yes has 3 of 8: chance (5/8)^2 + (3/8)^2 = 34/64."""
    counts = np.array([[2, 0], [1, 1], [0, 2], [2, 0]])
    assert raw_agreement(counts) == 0.75
    assert fleiss_kappa(counts) == pytest.approx((3 / 4 - 34 / 64) / (30 / 64))
    assert gwet_ac1(counts) == pytest.approx((3 / 4 - 30 / 64) / (34 / 64))
    assert krippendorff_alpha(counts) == pytest.approx(1 - 7 * 2 / (2 * 15))


def test_ac1_stays_where_a_rare_category_lets_kappa_collapse():
    counts = np.array([[2, 0]] * 98 + [[1, 1]] * 2)
    assert fleiss_kappa(counts) < 0
    assert gwet_ac1(counts) > 0.97


def test_closeness_by_hand():
    assert closeness(3, "linear").tolist() == [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    assert closeness(3, "quadratic")[0].tolist() == [1, 0.75, 0]
    assert closeness(3, "ordinal")[0] == pytest.approx([1, 2 / 3, 0])


def test_what_is_no_table_of_counts_is_refused():
    with pytest.raises(ValueError, match="negative or NaN"):
        raw_agreement(np.array([[1.0, np.nan]]))
    with pytest.raises(ValueError, match="items, categories"):
        raw_agreement(np.array([1, 2]))
    with pytest.raises(ValueError, match="use nominal, ordinal or interval"):
        krippendorff_alpha(np.ones((2, 2)), "ratio")
    with pytest.raises(ValueError, match="3 values for 2"):
        krippendorff_alpha(np.ones((2, 2)), "interval", np.arange(3))
    with pytest.raises(ValueError, match="closeness 'cubic'"):
        gwet_ac2(np.ones((2, 2)), "cubic")


MATRICES = arrays(np.float64, (6, 3), elements=st.integers(-4, 4).map(float))


def forms(matrix):
    found = icc(matrix)
    return [getattr(found, form) for form in FORMS]


@given(MATRICES, st.permutations(range(6)), st.permutations(range(3)), st.integers(-1000, 1000))
def test_icc_knows_no_order_and_no_origin(matrix, items, raters, shift):
    moved = forms(matrix[list(items)][:, list(raters)] + shift)
    for one, other in zip(moved, forms(matrix), strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6, nan_ok=True)


def test_icc_of_equal_numbers_is_one_and_of_levels_only_consistency_is():
    column = np.array([[0.1], [0.4], [0.2], [0.9]])
    assert forms(np.repeat(column, 3, axis=1)) == pytest.approx([1] * 6)
    levels = icc(column + np.array([[0.0, 0.3, 0.7]]))
    assert (levels.icc3, levels.icc3k) == pytest.approx((1, 1))
    assert levels.icc2 < 0.7


@pytest.mark.parametrize(
    "matrix", [np.full((4, 3), 0.1), np.ones((4, 1)), np.array([[1.0, 2.0]]), np.full((4, 3), np.nan), np.ones((0, 3))]
)
def test_icc_that_cannot_be_told_is_nan(matrix):
    assert np.isnan(forms(matrix)).all()


def test_items_that_do_not_differ_leave_consistency_untold():
    """Only the raters' levels differ: nothing is there to be consistent about, but for rounding."""
    found = icc(np.tile([0.1, 0.4, 0.8], (7, 1)))
    assert np.isnan([found.icc3, found.icc3k]).all()
    assert found.icc1 == pytest.approx(-1 / 2)


def test_icc_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="items, raters"):
        icc(np.ones(3))

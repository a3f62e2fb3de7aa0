"""Whom the judge sides with, by hand."""

import numpy as np
import pytest

from mmjudge.agreement.beside import judge_by_group
from mmjudge.agreement.pairs import cohen_kappa, kappa_of

NAN = np.nan
SAID = [{"sex": "m"}, {"sex": "m"}, {"sex": "f"}, {"sex": "f"}, {}]


def test_a_judge_that_sides_with_one_group_is_seen_to():
    rng = np.random.default_rng(0)
    men, women = rng.integers(0, 2, (2, 200)).astype(float)
    matrix = np.stack([men, men, women, women, rng.integers(0, 2, 200)])
    judge = np.where(np.arange(200) < 20, NAN, men)
    female, male = judge_by_group(matrix, SAID, judge, least=2)
    assert (male.figure.value, male.figure.n, male.unknown, male.raters) == (1.0, 360, 40, 2)
    same = np.mean(women[20:] == men[20:])
    assert female.figure.value == pytest.approx(same)
    assert male.gap.value == pytest.approx(1 - same) == pytest.approx(-female.gap.value)
    assert male.gap.low > 0.3


def test_any_figure_of_a_table_will_do():
    rng = np.random.default_rng(1)
    matrix = rng.integers(0, 2, (5, 60)).astype(float)
    judge = rng.integers(0, 2, 60).astype(float)
    female, _ = judge_by_group(matrix, SAID, judge, figure=kappa_of, least=2)
    expected = cohen_kappa(matrix[2:4].ravel(), np.tile(judge, 2))
    assert female.figure.value == pytest.approx(expected, abs=1e-12)


def test_small_groups_and_axes_of_one_group_are_not_shown():
    matrix = np.ones((5, 10))
    assert judge_by_group(matrix, SAID, np.ones(10)) == ()
    assert judge_by_group(matrix, [{"sex": "m"}] * 5, np.ones(10), least=1) == ()
    with pytest.raises(ValueError, match="attributes of 5 raters and answers to 10 items"):
        judge_by_group(matrix, SAID[:2], np.ones(10))

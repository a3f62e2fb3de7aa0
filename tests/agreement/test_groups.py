"""Groups of raters: the figures of GRASP, and whether a shuffle could have made them."""

import krippendorff
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mmjudge.agreement import groups
from mmjudge.agreement.answers import rows_of
from mmjudge.agreement.coefficients import krippendorff_alpha
from mmjudge.agreement.groups import MEASURES, compare_groups, cross_group, gai, in_group
from mmjudge.agreement.multiple import benjamini_hochberg

NAN = np.nan


def counts(matrix, k=3):
    """(items, k, 1) of a matrix (raters, items)."""
    table = np.stack([(matrix == code).sum(axis=0) for code in range(k)], axis=1)
    return table[:, :, None].astype(float)


def people(seed, raters=9, items=40, k=3, missing=0.15):
    rng = np.random.default_rng(seed)
    level = rng.integers(0, k, items)
    said = np.where(rng.random((raters, items)) < 0.6, level, rng.integers(0, k, (raters, items))).astype(float)
    return np.where(rng.random((raters, items)) < missing, NAN, said)


@pytest.mark.parametrize("seed", range(4))
def test_cohesion_within_is_what_other_packages_say(seed):
    matrix = people(seed)
    alpha, size, order = in_group(counts(matrix))[:, 0]
    assert alpha == pytest.approx(krippendorff.alpha(matrix, level_of_measurement="nominal"), abs=1e-9)
    heard = [column[~np.isnan(column)] for column in matrix.T]
    heard = [column for column in heard if len(column)]
    assert size == pytest.approx(np.mean([stats.mode(column).count / len(column) for column in heard]), abs=1e-12)
    entropy = [stats.entropy([np.mean(column == code) for code in range(3)]) for column in heard]
    assert order == pytest.approx(np.mean(np.log(3) - np.array(entropy)), abs=1e-12)


def test_cross_replication_reliability_by_hand():
    # item 6 has no answer from the other side and drops out; of the rest, weights are the answers of both sides
    ours = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 0], [NAN, 1, NAN, 0, NAN, 0]])
    theirs = np.array([[1, 1, 0, 1, 0, NAN], [1, 0, 1, 0, 0, NAN]])
    # observed: half the pairs differ on items 2, 3, 4, 5 with weights 5, 4, 5, 4 of 22; expected: half of all pairs
    xrr = cross_group(counts(ours, 2), counts(theirs, 2))[0, 0]
    assert xrr == pytest.approx(1 - (0.5 * 18 / 22) / 0.5, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_cohesion_across_by_loops(seed):
    ours, theirs = people(seed), people(seed + 50)
    _, voting, order = cross_group(counts(ours), counts(theirs))[:, 0]
    votes, terms = [], []
    for mine, other in zip(ours.T, theirs.T, strict=True):
        share, rest = ([np.nanmean(np.where(np.isnan(c), NAN, c == code)) for code in range(3)] for c in (mine, other))
        terms.append(np.log(3) + sum(p * np.log(q) for p, q in zip(share, rest, strict=True) if q > 0))
        top = [np.flatnonzero(np.isclose(side, max(side))) for side in (share, rest)]
        if all(len(side) == 1 for side in top):
            votes.append([side[0] for side in top])
    assert order == pytest.approx(np.mean(terms), abs=1e-12)
    expected = krippendorff.alpha(np.array(votes, float).T, level_of_measurement="nominal")
    assert voting == pytest.approx(expected, abs=1e-9)


def test_an_association_index_needs_agreement_across():
    assert gai(np.array([0.4, 0.4, 0.4]), np.array([0.2, 0.0, -0.1])) == pytest.approx([2.0, NAN, NAN], nan_ok=True)


def test_shuffles_move_whole_rows_of_attributes_and_the_p_is_their_share():
    matrix = people(7, raters=12)
    said = [{"sex": "mf"[r % 2], "age": "abc"[r % 3]} for r in range(12)]
    found = compare_groups(matrix, said, shuffles=60, seed=4)
    table = np.stack([(matrix == code).astype(int) for code in range(3)], axis=2)  # raters, items, codes
    rng = np.random.default_rng(4)
    orders = [np.arange(12), *(rng.permutation(12) for _ in range(60))]
    for group in found.groups:
        place = [[said[r][group.axis] == group.name for r in order] for order in orders]
        alphas = np.array([krippendorff_alpha(table[np.array(members)].sum(axis=0)) for members in place])
        assert group.alpha.value == pytest.approx(alphas[0], abs=1e-12)
        lower = alphas[0] < np.median(alphas[1:])
        beyond = alphas[1:] <= alphas[0] + 1e-9 if lower else alphas[1:] >= alphas[0] - 1e-9
        assert group.alpha.p == pytest.approx((beyond.sum() + 1) / 61)
        assert group.alpha.tail == ("lower" if lower else "upper")
    assert [(g.axis, g.name, g.raters) for g in found.groups] == [
        ("age", "a", 4), ("age", "b", 4), ("age", "c", 4), ("sex", "f", 6), ("sex", "m", 6),
    ]  # fmt: skip
    for axis, dsi in found.dsi:
        assert dsi.value == max(g.gai.value for g in found.groups if g.axis == axis)
    for measure in MEASURES:
        figures = [getattr(group, measure) for group in found.groups]
        twice = np.minimum(1, [2 * figure.p for figure in figures])
        assert [figure.adjusted for figure in figures] == pytest.approx(multipletests(twice, method="fdr_bh")[1])


def test_of_very_many_items_the_figures_rest_on_all_and_the_p_on_a_sample(monkeypatch):
    matrix = people(3, raters=10, items=200)
    said = [{"sex": "mf"[r % 2]} for r in range(10)]
    every = compare_groups(matrix, said, shuffles=50)
    monkeypatch.setattr(groups, "MOST_ITEMS", 60)
    monkeypatch.setattr(groups, "CELLS", 1000)
    some = compare_groups(matrix, said, shuffles=50)
    for one, other in zip(every.groups, some.groups, strict=True):
        for measure in MEASURES:
            assert getattr(one, measure).value == pytest.approx(getattr(other, measure).value, abs=1e-12)
            assert 0 < getattr(other, measure).p < 1
    assert [dsi.value for _, dsi in every.dsi] == pytest.approx([dsi.value for _, dsi in some.dsi])
    assert some == compare_groups(matrix, said, shuffles=50)


def test_a_group_with_a_view_of_its_own_is_found():
    rng = np.random.default_rng(2)
    truth, other = rng.integers(0, 2, 80), rng.integers(0, 2, 80)
    said = [{"sex": "mf"[r % 2]} for r in range(30)]
    view = [truth if r % 2 else other for r in range(30)]
    matrix = np.array(
        [np.where(rng.random(80) < 0.9, one, 1 - one) for one in np.where(rng.random((30, 80)) < 0.3, truth, view)]
    )
    found = compare_groups(matrix.astype(float), said, shuffles=300)
    for group in found.groups:
        assert group.gai.value > 1.2
        assert group.gai.tail == "upper"
        assert group.gai.adjusted < 0.05
        assert group.xrr.tail == "lower"


def test_groups_drawn_by_lot_are_found_no_more_often_than_promised():
    finds = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        said = [{"sex": rng.choice(["m", "f"])} for _ in range(12)]
        found = compare_groups(people(seed, raters=12, items=25, k=2), said, shuffles=99, seed=seed)
        finds += [figure.adjusted <= 0.1 for _, figure in found.dsi]
    assert np.mean(finds) <= 0.1 + 2.5 * np.sqrt(0.1 * 0.9 / 60)


def test_a_small_group_is_not_shown_and_who_said_nothing_is_in_no_group():
    matrix = people(1, raters=8)
    said = [{"sex": "m"}] * 4 + [{"sex": "x"}] * 2 + [{}] * 2
    found = compare_groups(matrix, said, shuffles=20)
    assert found.small == (("sex", "x", 2),)
    (group,) = found.groups
    rest = cross_group(counts(matrix[:4]), counts(matrix[4:6]))
    assert group.xrr.value == pytest.approx(rest[0, 0])
    assert group.answers == int((~np.isnan(matrix[:4])).sum())


def test_without_two_groups_there_is_nothing_to_compare():
    found = compare_groups(people(1, raters=3), [{"sex": "m"}] * 3)
    assert (found.groups, found.dsi, found.small) == ((), (), ())
    with pytest.raises(ValueError, match="3 raters but attributes of 1"):
        compare_groups(people(1, raters=3), [{}])


@pytest.mark.parametrize(("dependent", "method"), [(False, "fdr_bh"), (True, "fdr_by")])
def test_adjusted_p_values_are_those_of_statsmodels(dependent, method):
    p = np.random.default_rng(0).random(20) ** 3
    expected = multipletests(p, method=method)[1]
    assert benjamini_hochberg(p, dependent) == pytest.approx(expected, abs=1e-12)
    with_gap = np.insert(p, 3, NAN)
    found = benjamini_hochberg(with_gap, dependent)
    assert np.isnan(found[3])
    assert np.delete(found, 3) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(benjamini_hochberg(np.array([NAN]))).all()
    assert rows_of(np.empty((0, 0))).k == 2

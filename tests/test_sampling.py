"""Samples: known probabilities where there are any, and orders derived by hand."""

from __future__ import annotations

import pytest

from mmjudge.ratings import NO, UNKNOWN, YES, ratings_of
from mmjudge.sampling import at_random, disagreed_first, everything, uncertain_first

ITEMS = [f"i{n}" for n in range(20)]


def test_everything_is_chosen_for_certain() -> None:
    assert everything(["b", "a"]) == [("b", 1.0), ("a", 1.0)]


def test_a_random_sample_has_its_probability_and_can_be_drawn_again() -> None:
    drawn = at_random(ITEMS, 5, seed=3)
    assert len({item for item, _ in drawn}) == 5
    assert {chance for _, chance in drawn} == {0.25}
    assert drawn == at_random(ITEMS[::-1], 5, seed=3)
    assert drawn != at_random(ITEMS, 5, seed=4)
    assert at_random(ITEMS, 99, seed=0)[0][1] == 1.0
    assert at_random([], 5, seed=0) == []


def test_every_item_is_drawn_as_often_as_its_probability_says() -> None:
    """2,000 draws of 5 of 20: each item 500 times, with a standard deviation of sqrt(2000 · ¼ · ¾) = 19.4."""
    times = dict.fromkeys(ITEMS, 0)
    for seed in range(2000):
        for item, _ in at_random(ITEMS, 5, seed):
            times[item] += 1
    assert all(abs(n - 500) < 5 * 19.4 for n in times.values())


def test_uncertain_ones_first() -> None:
    """Band 0.4 to 0.6: inside by the distance to 0.5, outside by the distance to the band."""
    scores = {"far": 0.95, "near": 0.65, "low": 0.3, "edge": 0.58, "middle": 0.5, "review": None}
    order = uncertain_first([*scores, "never judged"], scores, (0.4, 0.6))
    assert [item for item, _ in order] == ["review", "never judged", "middle", "edge", "near", "low", "far"]
    assert {chance for _, chance in order} == {None}
    assert [item for item, _ in uncertain_first(list(scores), scores, (0.4, 0.6), 2)] == ["review", "middle"]


def test_divided_ones_first() -> None:
    """a: one of two pairs of answers to a rule differs wholly (1); b: 2 of 3 pairs differ; c: nobody; d: one answer."""
    ratings = ratings_of(
        [
            ("b", "", "x", YES), ("b", "", "y", NO), ("b", "", "judge:j", NO),
            ("a", "", "x", NO), ("a", "", "y", NO), ("a", "r", "x", YES), ("a", "r", "judge:j", NO),
            ("c", "", "x", YES), ("c", "", "y", YES), ("c", "", "judge:j", UNKNOWN), ("d", "", "x", YES),
        ],
        judges=["judge:j"],
    )  # fmt: skip
    assert disagreed_first(["d", "c", "b", "a", "e"], ratings) == [("a", None), ("b", None)]
    assert disagreed_first(["b", "a"], ratings, 1) == [("a", None)]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_sample_of_all_is_an_order(seed: int) -> None:
    drawn = [item for item, _ in at_random(ITEMS, 20, seed)]
    assert sorted(drawn) == sorted(ITEMS)
    assert drawn != sorted(ITEMS)

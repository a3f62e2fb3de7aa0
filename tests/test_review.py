"""Disagreements and the queue, on answers small enough to count by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, ratings_of
from mmjudge.review import Blamed, Pair, causes, disagreements, drawn, filtered, heard, missing, pairs, queue, reason_of

NAN = math.nan


def told(*rows, judges=("judge:j", "judge:k")):
    """Rows (item, rater, value, score) about the whole item."""
    return ratings_of([(item, "", rater, value, None, *score) for item, rater, value, *score in rows], judges=judges)


def pair(item, weight=1.0, rule="r", modality="text", score=0.5, **more):
    """A pair whose weight is the one given: doubt 1."""
    values = {"person_judge": weight, "person_person": NAN, "judge_judge": NAN, "people": 1, "judges": 1}
    return Pair(item, rule, unknown=0, violates=0.0, score=score, doubt=1.0, modality=modality, **{**values, **more})


def test_two_of_three_people_and_a_judge():
    (one,) = pairs(told(("x", "a", YES), ("x", "b", YES), ("x", "c", NO), ("x", "judge:j", NO, 0.1)))
    assert one.person_judge == pytest.approx(2 / 3)
    assert one.person_person == pytest.approx(2 / 3)
    assert math.isnan(one.judge_judge)
    assert (one.people, one.judges, one.unknown) == (3, 1, 0)
    assert one.violates == pytest.approx(2 / 3)
    assert one.score == pytest.approx(0.1)
    # People's doubt 4 * 2/3 * 1/3 = 8/9; the judge's 1 - |2 * 0.1 - 1| = 0.2.
    assert one.doubt == pytest.approx(8 / 9)
    assert one.weight == pytest.approx(2 / 3 * (1 + 8 / 9) / 2)
    assert one.kinds == ("person-judge", "person-person")


def test_the_reason_in_words():
    (one,) = pairs(told(("x", "a", YES), ("x", "b", CONTROVERSIAL), ("x", "c", UNKNOWN), ("x", "judge:j", NO, 0.125)))
    assert reason_of(one) == "1.5 of 2 people say violated; 0 of 1 judges, score 0.12; 1 answer missing"
    (only,) = pairs(told(("x", "judge:j", YES, 0.9), ("x", "judge:k", NO, 0.3)))
    assert reason_of(only) == "1 of 2 judges say violated, score 0.60"


def test_controversial_stands_in_the_middle():
    (one,) = pairs(told(("x", "a", YES), ("x", "b", CONTROVERSIAL), ("x", "judge:j", CONTROVERSIAL, 0.5)))
    assert one.person_person == pytest.approx(0.5)
    assert one.person_judge == pytest.approx(0.25)
    assert one.violates == pytest.approx(0.75)


def test_judges_part_from_each_other():
    (one,) = pairs(told(("x", "judge:j", YES, 0.9), ("x", "judge:k", NO, 0.3)))
    assert one.judge_judge == 1.0
    assert math.isnan(one.person_judge)
    assert one.score == pytest.approx(0.6)
    assert one.doubt == pytest.approx((0.2 + 0.6) / 2)
    assert one.kinds == ("judge-judge",)


def test_a_missing_answer_is_counted_and_is_no_disagreement():
    (one,) = pairs(told(("x", "a", YES), ("x", "b", UNKNOWN), ("x", "judge:j", UNKNOWN)))
    assert one.disagreement == 0.0
    assert (one.people, one.judges, one.unknown) == (1, 0, 2)
    assert one.doubt == 1.0
    assert disagreements(told(("x", "a", YES), ("x", "judge:j", UNKNOWN))) == []


def test_items_and_rules_are_kept_apart():
    rows = [("x", "r", "a", YES), ("x", "r", "judge:j", YES), ("x", "s", "a", YES), ("x", "s", "judge:j", NO)]
    found = pairs(ratings_of([*rows, ("y", "r", "a", NO)], judges=["judge:j"]), {"x": "text+image"})
    assert [(p.item_id, p.rule_id, p.disagreement, p.modality) for p in found] == [
        ("x", "r", 0.0, "text+image"), ("x", "s", 1.0, "text+image"), ("y", "r", 0.0, ""),
    ]  # fmt: skip
    assert pairs(ratings_of([])) == []


def test_only_those_named_are_heard():
    ratings = told(("x", "a", YES), ("x", "b", NO), ("x", "judge:j", YES, 0.9), ("x", "judge:k", NO, 0.1))
    (one,) = pairs(heard(ratings, rater="b", judge="judge:j"))
    assert (one.person_judge, one.people, one.judges) == (1.0, 1, 1)
    (nobody,) = pairs(heard(ratings, rater="nobody"))
    assert (nobody.people, nobody.judges) == (0, 2)


def test_filters_and_settled_pairs():
    found = [pair("a"), pair("b", rule=""), pair("c", modality="text+image"), pair("d", 0.0, person_person=0.5)]
    assert [p.item_id for p in filtered(found, rule="")] == ["b"]
    assert [p.item_id for p in filtered(found, modality="image")] == ["c"]
    assert [p.item_id for p in filtered(found, kind="person-person")] == ["d"]
    assert [p.item_id for p in filtered(found, closed={("a", "r"), ("b", "r")})] == ["b", "c", "d"]


def test_the_queue_takes_turns_between_bins():
    # r: weights 1.0 and 0.9, both in one bin; s: 0.6. The second of r counts 0.9 / 2 = 0.45, so s comes before it.
    found = [pair("b", 0.9), pair("a", 1.0), pair("c", 0.6, rule="s"), pair("d", 0.0)]
    order = [(place.pair.item_id, place.priority) for place in queue(found)]
    assert order == [("a", 1.0), ("c", pytest.approx(0.6)), ("b", pytest.approx(0.45))]
    assert [place.pair.item_id for place in queue(found, most=2)] == ["a", "c"]


def test_the_third_of_a_bin_counts_a_third():
    found = [pair("a"), pair("b"), pair("c"), pair("d", 0.4, modality="image"), pair("e", 0.3, score=0.9)]
    assert [(place.pair.item_id, round(place.priority, 3)) for place in queue(found)] == [
        ("a", 1.0), ("b", 0.5), ("d", 0.4), ("c", 0.333), ("e", 0.3),
    ]  # fmt: skip


def test_a_sure_error_counts_half_and_never_nothing():
    sure = Pair("x", "", 1.0, NAN, NAN, 1, 1, 0, 0.0, 1.0, 0.0)
    assert sure.weight == 0.5
    assert sure.bin == ("", "", 4)
    assert Pair("x", "", 1.0, NAN, NAN, 1, 1, 0, 0.0, NAN, 1.0).bin == ("", "", 5)


def test_a_random_queue_knows_its_probability_and_its_seed():
    found = [pair(f"{n:03}") for n in range(200)]
    first = drawn(found, 50, seed=7)
    assert {place.probability for place in first} == {0.25}
    assert len({place.pair.item_id for place in first}) == 50
    assert first[0].pair == drawn(found[::-1], 50, seed=7)[0].pair
    assert first != drawn(found, 50, seed=8)
    assert drawn([], 5, seed=0) == []
    assert {place.probability for place in drawn(found, 900, seed=0)} == {1.0}
    with pytest.raises(ValueError, match="-1 pairs"):
        drawn(found, -1, seed=0)


def test_every_pair_is_drawn_as_often_as_its_probability_says():
    found = [pair(str(n)) for n in range(10)]
    seen = np.zeros(10)
    for seed in range(2000):
        for place in drawn(found, 3, seed):
            seen[int(place.pair.item_id)] += 1
    # Standard deviation sqrt(0.3 * 0.7 / 2000) = 0.0102: five of them.
    assert np.abs(seen / 2000 - 0.3).max() < 0.052


def test_causes_by_hand():
    calm, torn = pair("x", person_person=0.0), pair("y", person_person=2 / 3)
    blamed = [
        Blamed(calm, "r", "p1", True), Blamed(torn, "r", "p2", True), Blamed(torn, "r", "p1", False),
        Blamed(pair("z"), "s", "", False),
    ]  # fmt: skip
    by_rule = causes(blamed, preconditions=False)
    assert [(c.rule_id, c.n, c.share, c.missed, c.alarms) for c in by_rule] == [
        ("r", 3, 0.75, 1, 2),
        ("s", 1, 0.25, 1, 0),
    ]
    assert by_rule[0].split == pytest.approx((0 + 2 / 3 + 2 / 3) / 3)
    assert math.isnan(by_rule[1].split)
    assert [(c.rule_id, c.precondition_id, c.n) for c in causes(blamed)] == [
        ("r", "p1", 2),
        ("r", "p2", 1),
        ("s", "", 1),
    ]
    assert causes([]) == []


def test_missing_answers_have_a_queue_of_their_own():
    found = [
        pair("sure", 0.0),
        replace(pair("rule", 0.0), unknown=3),
        replace(pair("apart", 1.0), unknown=1),
        replace(pair("one", 0.0, rule=""), unknown=1),
        replace(pair("two", 0.0, rule=""), unknown=2),
    ]
    # What parts too is in the other queue; whole items come first, then those that lack most.
    places = missing(found)
    assert [place.pair.item_id for place in places] == ["two", "one", "rule"]
    assert all(math.isnan(place.priority) and math.isnan(place.probability) for place in places)
    assert [place.pair.item_id for place in missing(found, most=1)] == ["two"]


def test_a_pair_that_nobody_answered_has_a_reason():
    (one,) = pairs(told(("x", "judge:j", UNKNOWN, 0.4), ("x", "a", UNKNOWN)))
    assert reason_of(one) == "the judge's score 0.40 decides nothing; 2 answers missing"

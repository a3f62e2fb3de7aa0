"""Answers as columns: codes, counts and one rater's vector."""

import numpy as np

from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES, counts, ratings_of, vector

ROWS = [
    ("a", "r", "anna", YES, 2, None, 3.0, 100.0),
    ("a", "r", "ben", NO),
    ("b", "r", "anna", NO),
    ("b", "r", "ben", UNKNOWN),
    ("b", "", "ben", CONTROVERSIAL),
    ("a", "r", "judge:1", YES, None, 0.75),
]


def test_names_are_coded_in_order_of_appearance():
    found = ratings_of(ROWS, judges=["judge:1"], probability={"a": 0.5})
    assert (found.items, found.rules, found.raters) == (("a", "b"), ("r", ""), ("anna", "ben", "judge:1"))
    assert found.item.tolist() == [0, 0, 1, 1, 1, 0]
    assert found.severity.tolist() == [2, -1, -1, -1, -1, -1]
    assert found.score[-1] == 0.75
    assert np.isnan(found.score[:-1]).all()
    assert found.by_people.tolist() == [True] * 5 + [False]
    assert found.probability[0] == 0.5
    assert np.isnan(found.probability[1])


def test_counts_leave_out_what_nobody_knows():
    people = ratings_of(ROWS, judges=["judge:1"])
    people = people.where(people.by_people)
    assert counts(people.about("r")).tolist() == [[1, 1], [1, 0]]
    assert counts(people.about(""), (NO, YES, CONTROVERSIAL)).tolist() == [[0, 0, 0], [0, 0, 1]]
    assert counts(people.about("no such rule")).tolist() == [[0, 0], [0, 0]]


def test_a_vector_has_a_hole_where_a_rater_did_not_know():
    about = ratings_of(ROWS).about("r")
    assert vector(about, "anna").tolist() == [1.0, 0.0]
    ben = vector(about, "ben")
    assert ben[0] == 0.0
    assert np.isnan(ben[1])
    assert np.isnan(vector(about, "nobody")).all()


def test_no_answers_are_no_error():
    assert len(ratings_of([])) == 0
    assert counts(ratings_of([])).shape == (0, 2)

"""Three-valued truth, identity, and values that cannot be half-made."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.types import Evidence, Reading, Truth, Turn, all_of, any_of, digest, item_id

truths = st.lists(st.sampled_from(Truth), min_size=1, max_size=6)


def test_kleene_tables():
    # Kleene's strong logic, written out: rows and columns NO, UNKNOWN, YES.
    n, u, y = Truth
    conjunction = [[n, n, n], [n, u, u], [n, u, y]]
    disjunction = [[n, u, y], [u, u, y], [y, y, y]]
    for (i, a), (j, b) in itertools.product(enumerate(Truth), repeat=2):
        assert all_of([a, b]) is conjunction[i][j]
        assert any_of([a, b]) is disjunction[i][j]
    assert [~n, ~u, ~y] == [y, u, n]


@given(truths)
def test_de_morgan(values):
    assert ~all_of(values) is any_of(~v for v in values)
    assert ~any_of(values) is all_of(~v for v in values)


@given(truths)
def test_order_does_not_matter(values):
    assert all_of(values) is all_of(reversed(values))
    assert any_of(values) is any_of(sorted(values))


@pytest.mark.parametrize("fold", [all_of, any_of])
def test_an_empty_fold_is_an_error_not_a_truth(fold):
    with pytest.raises(ValueError, match="empty"):
        fold([])


def test_an_empty_reading_is_impossible():
    with pytest.raises(ValueError, match="at least one segment or one gap"):
        Reading("i", ())


@pytest.mark.parametrize(
    ("score", "reason", "words"),
    [
        (None, None, "needs a score or a reason"),
        (0.5, "refused", "not both"),
        (1.5, None, "outside"),
        (float("nan"), None, "outside"),
        (None, "because", "unknown reason"),
    ],
)
def test_evidence_has_a_score_xor_a_known_reason(score, reason, words):
    with pytest.raises(ValueError, match=words):
        Evidence("r", "q", 0, "probe", "m", score=score, reason=reason)


def test_item_identity_depends_on_content_only():
    turns = (Turn("user", "hi"),)
    assert item_id("a", turns, "post", ["x", "y"]) == item_id("a", turns, "post", ("x", "y"))
    others = {
        item_id("a", turns, "post", ["y", "x"]),
        item_id("a", turns, "prompt", ["x", "y"]),
        item_id("b", turns, "post", ["x", "y"]),
        item_id("a", (), "post", ["x", "y"]),
        item_id("a", (Turn("assistant", "hi"),), "post", ["x", "y"]),
    }
    assert len(others) == 5
    assert item_id("a", turns, "post", ["x", "y"]) not in others


def test_digest_takes_lone_surrogates():
    # A file name or a mangled text may hold one; identity must not crash on it.
    assert len(digest(["\ud800"])) == 64

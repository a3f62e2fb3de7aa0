"""Shared beginnings and packed ends: expected values written out by hand, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.backends.engine.suffixes import common, groups, pack

rows = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=6)


def test_what_rows_share_leaves_each_a_token() -> None:
    assert common([[1, 2, 3, 4], [1, 2, 9]]) == 2
    assert common([[1, 2, 3], [1, 2, 3]]) == 2
    assert common([[5], [5, 6]]) == 0
    with pytest.raises(ValueError, match="at least one token"):
        common([])
    with pytest.raises(ValueError, match="at least one token"):
        common([[1], []])


@given(rows)
def test_shared_beginnings_are_shared_and_longest(some: list[list[int]]) -> None:
    length = common(some)
    assert all(row[:length] == some[0][:length] and len(row) > length for row in some)
    longer = length + 1
    assert any(len(row) <= longer for row in some) or len({tuple(row[:longer]) for row in some}) > 1


def test_packed_rows_know_whose_token_is_whose() -> None:
    row = pack([[7, 8], [9], [1, 2, 3]])
    assert row.ids == [7, 8, 9, 1, 2, 3]
    assert row.owner == [0, 0, 1, 2, 2, 2]
    assert row.place == [0, 1, 0, 0, 1, 2]
    assert row.last == [1, 2, 5]


def test_groups_fill_up_and_stop() -> None:
    assert groups([3, 3, 3, 9, 1], 6) == [range(0, 2), range(2, 3), range(3, 4), range(4, 5)]
    assert groups([], 6) == []


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 20))
def test_groups_leave_nothing_out_and_none_too_long(lengths: list[int], most: int) -> None:
    found = groups(lengths, most)
    assert [at for run in found for at in run] == list(range(len(lengths)))
    assert all(len(run) == 1 or sum(lengths[at] for at in run) <= most for run in found)

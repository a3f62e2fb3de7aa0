"""Shots and spans by number."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.media import Sampling
from mmjudge.media.shots import Kept, Watch, distance, freshest, is_cut, is_same, shown, spans, thumbnail


def thumb(value):
    return np.full((36, 64, 3), value, np.uint8)


def kept(time, fresh=1.0):
    return Kept(time, np.zeros((1, 1, 3), np.uint8), fresh)


def test_thumbnails_are_means():
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[::2] = 200
    small = thumbnail(picture)
    assert small.shape == (36, 64, 3)
    assert (small == 100).all()


def test_distances():
    shape, mean, cell = distance(thumb(10), thumb(200))
    assert (shape, mean, cell) == (pytest.approx(1.0), 190.0, 190.0)
    assert distance(thumb(10), thumb(10)) == (0.0, 0.0, 0.0)
    dot = thumb(10)
    dot[0, 0] = 110  # one of 2304 cells
    assert distance(thumb(10), dot)[1:] == (pytest.approx(100 / 2304), 100.0)


def test_what_counts_as_a_cut_and_as_the_same():
    assert is_cut(distance(thumb(10), thumb(200)))
    assert not is_cut((1.0, 1.0, 2.0))  # colours jump a step in a near-black picture
    assert not is_cut((0.2, 20.0, 60.0))
    assert is_cut((0.0, 60.0, 200.0))
    dot = thumb(10)
    dot[0, 0] = 110
    assert not is_same(distance(thumb(10), dot))  # news in one cell is news
    assert is_same(distance(thumb(10), thumb(12)))


def test_spans_join_short_shots_and_cut_long_ones():
    assert spans([], 10.0, 5.0, 30.0) == [(0.0, 10.0)]
    assert spans([6.0, 12.0], 18.0, 5.0, 30.0) == [(0.0, 6.0), (6.0, 12.0), (12.0, 18.0)]
    assert spans([1.0, 2.0, 7.0, 8.0], 20.0, 5.0, 30.0) == [(0.0, 7.0), (7.0, 20.0)]
    assert spans([], 70.0, 5.0, 30.0) == [(0.0, 70 / 3), (70 / 3, 140 / 3), (140 / 3, 70.0)]
    assert spans([], 30.0, 5.0, 30.0) == [(0.0, 30.0)]
    assert spans([8.0], 10.0, 5.0, 30.0) == [(0.0, 10.0)]
    assert spans([1.0], 0.0, 5.0, 30.0) == [(0.0, 0.0)]


@given(st.lists(st.floats(0, 500), max_size=30), st.floats(0.01, 400), st.floats(0, 20), st.floats(1, 60))
def test_spans_cover_the_whole_without_gap_or_overlap(cuts, duration, shortest, longest):
    found = spans(cuts, duration, shortest, longest)
    assert found[0][0] == 0.0
    assert found[-1][1] == duration
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(0 < end - start <= longest + 1e-5 for start, end in found)


def test_the_freshest_frames_stay_in_the_order_of_time():
    frames = [kept(0.0, 5.0), kept(1.0, 1.0), kept(2.0, 9.0), kept(3.0, 5.0)]
    assert [one.time for one in freshest(frames, 2)] == [0.0, 2.0]
    assert [one.time for one in freshest(frames, 9)] == [0.0, 1.0, 2.0, 3.0]


def test_a_span_without_news_shows_what_stood_before():
    frames = [kept(0.0), kept(4.0), kept(20.0)]
    assert [one.time for one in shown(frames, (0.0, 5.0), 4)] == [0.0, 4.0]
    assert [one.time for one in shown(frames, (5.0, 10.0), 4)] == [4.0]
    assert [one.time for one in shown([kept(3.0)], (0.0, 2.0), 4)] == [3.0]
    assert shown([], (0.0, 2.0), 4) == []


def test_watching_keeps_cuts_and_changes_only():
    watch = Watch(Sampling(frame_seconds=2.0))
    values = [10] * 30 + [200] * 30 + [205] * 30 + [240] * 60  # at 10 frames a second; a cut at 3.0 s
    for number, value in enumerate(values):
        fresh = watch.wants(number / 10, thumb(value))
        if fresh is not None:
            watch.keep(number / 10, np.full((1, 1, 3), value, np.uint8), fresh)
    assert watch.cuts[0] == 3.0
    # 10 -> 200 is a cut; 200 -> 205 differs by more than 3 and is seen two seconds after the last look.
    assert [(one.time, int(one.frame[0, 0, 0])) for one in watch.kept][:2] == [(0.0, 10), (3.0, 200)]
    assert [int(one.frame[0, 0, 0]) for one in watch.kept] == [10, 200, 205, 240]


def test_a_flicker_does_not_keep_every_frame():
    watch = Watch(Sampling(max_frames=10))
    taken = 0
    for number in range(500):
        if (fresh := watch.wants(number / 50, thumb(0 if number % 2 else 255))) is not None:
            watch.keep(number / 50, np.zeros((1, 1, 3), np.uint8), fresh)
            taken += 1
            assert len(watch.kept) <= 15
    assert taken <= 8 + 4 * 10

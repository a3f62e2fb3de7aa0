"""Guidelines: any comes back equal, retiring is a second row, and nothing is ever overwritten."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from store_values import a_verdict, anything, prepare

from mmjudge.errors import StoreError
from mmjudge.store import Store
from mmjudge.store.bodies import measurement_row
from mmjudge.types import Guideline, Passage

_MANY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ONE = Guideline("g1", "house", "no_knives", "A kitchen knife threatens nobody.", "fine", "item 1", "ann", 1.5)
TWO = Guideline("g2", "house", "", "Toys are no weapons.", "", "", "bob", 2.5)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    numbers = itertools.count()
    return lambda name: f"{name}#{next(numbers)}"


@_MANY
@given(guideline=anything(Guideline))
def test_any_guideline(store: Store, fresh: Callable[[str], str], guideline: Guideline) -> None:
    guideline = replace(guideline, id=fresh(guideline.id), rubric_id=fresh(guideline.rubric_id), retired=False)
    store.add_guideline(guideline)
    assert store.guidelines(guideline.rubric_id) == [guideline]
    retired = store.retire_guideline(guideline.id)
    assert retired == replace(guideline, retired=True)
    assert store.guidelines(guideline.rubric_id) == []
    assert store.guidelines(guideline.rubric_id, retired=True) == [retired]


def test_they_come_in_the_order_they_were_added_and_by_rubric(store: Store) -> None:
    other = replace(ONE, id="g0", rubric_id="other")
    for guideline in (TWO, other, ONE):
        store.add_guideline(guideline)
    assert store.guidelines("house") == [TWO, ONE]
    assert store.guidelines("other") == [other]
    assert store.guidelines() == [TWO, other, ONE]
    assert store.guidelines("nobody's") == []


def test_retiring_adds_a_row_with_its_time_and_keeps_the_first(store: Store) -> None:
    began = time.time()
    store.add_guideline(ONE)
    store.add_guideline(ONE)  # the same again changes nothing
    store.add_guideline(TWO)
    store.retire_guideline("g1")
    store.retire_guideline("g1")
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT guideline_id, retired, at FROM guideline ORDER BY id")).all()
    assert [(name, bool(retired)) for name, retired, _ in rows] == [("g1", False), ("g2", False), ("g1", True)]
    assert began <= rows[0][2] <= rows[2][2] <= time.time()
    assert store.guidelines("house") == [TWO]


def test_what_is_there_is_never_overwritten(store: Store) -> None:
    store.add_guideline(ONE)
    with pytest.raises(StoreError, match="another content"):
        store.add_guideline(replace(ONE, text="Other words."))
    store.retire_guideline("g1")
    with pytest.raises(StoreError, match="or retired: add it under a new id"):
        store.add_guideline(ONE)
    assert store.guidelines(retired=True) == [replace(ONE, retired=True)]


def test_an_unknown_one_cannot_be_retired(store: Store) -> None:
    with pytest.raises(StoreError, match="no guideline 'g9'"):
        store.retire_guideline("g9")


def test_a_measurement_without_guidance_has_the_digest_it_had_before_there_was_any(store: Store) -> None:
    """A verdict decided again on a body of an older release must not look like another outcome."""
    prepare(store, "1")
    plain = a_verdict().measurement
    known = "fc37356a"
    assert measurement_row(plain, ("house", "v1"), 0.0).evidence_digest[:8] == known
    shown = replace(plain, passages=(Passage(0, "0", modalities=("image",), guidance=("Knives, fine: toys.",)),))
    assert measurement_row(shown, ("house", "v1"), 0.0).evidence_digest[:8] != known

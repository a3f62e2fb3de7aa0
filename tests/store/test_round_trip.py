"""Each value comes back equal from both databases; what is written once stays as it was."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from store_values import RUBRIC, TEXT, a_label, a_measurement, a_verdict, an_item, anything, prepare

from mmjudge.errors import StoreError
from mmjudge.store import Store, bodies, open_store
from mmjudge.types import Finding, Item, Label, Measurement, Rubric, Truth, Turn, Verdict, digest

# One database serves all examples of a test: each gets ids of its own.
_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_MANY = settings(max_examples=30, deadline=None, suppress_health_check=_SLOW)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """A text made different from all before it."""
    numbers = itertools.count()
    return lambda text: f"{text}#{next(numbers)}"


@_MANY
@given(item=anything(Item), sources=st.lists(TEXT, max_size=3))
def test_any_item(store: Store, fresh: Callable[[str], str], item: Item, sources: list[str]) -> None:
    item = replace(item, id=fresh(item.id))
    store.save_item(item, sources)
    assert store.item(item.id) == item
    assert set(store.sources(item.id)) == {*sources, *(str(media.path) for media in item.media)}


@_MANY
@given(rubric=anything(Rubric))
def test_any_rubric(store: Store, fresh: Callable[[str], str], rubric: Rubric) -> None:
    rubric = replace(rubric, version=fresh(rubric.version))
    store.save_rubric(rubric)
    assert store.rubric(rubric.id, rubric.version) == rubric


@_MANY
@given(verdict=anything(Verdict))
def test_any_verdict_and_measurement(store: Store, fresh: Callable[[str], str], verdict: Verdict) -> None:
    item_id = fresh(verdict.item_id)
    verdict = replace(verdict, item_id=item_id, measurement=replace(verdict.measurement, item_id=item_id))
    store.save_item(Item(item_id))
    store.save_rubric(Rubric(verdict.rubric_id, verdict.rubric_version, "", "", ()))
    store.save_judge(verdict.judge_id, verdict.measurement.measurer_id, "j")
    verdict_id = store.save_verdict(verdict)
    assert store.verdict(item_id, verdict.judge_id) == verdict
    assert store.verdict_by_id(verdict_id) == verdict
    assert store.measurement(item_id, verdict.measurement.measurer_id) == verdict.measurement


@_MANY
@given(label=anything(Label))
def test_any_label(store: Store, fresh: Callable[[str], str], label: Label) -> None:
    label = replace(label, item_id=fresh(label.item_id))
    store.save_item(Item(label.item_id))
    store.save_label(label)
    assert list(store.labels(item_id=label.item_id)) == [label]
    assert list(store.labels(item_id=label.item_id, rater=label.rater, phase=label.phase)) == [label]


def test_what_was_never_saved_is_none(store: Store) -> None:
    assert store.item("x") is None
    assert store.sources("x") == ()
    assert store.rubric("x", "1") is None
    assert store.measurement("x", "m") is None
    assert store.verdict("x", "j") is None
    assert store.verdict_by_id(1) is None
    assert store.next_attempt("x", "m") == 1
    assert list(store.labels()) == []
    assert store.verdicts() == []
    assert store.measurements() == []


def test_values_are_there_when_the_store_is_opened_again(url: str) -> None:
    with open_store(url) as store:
        prepare(store, "1")
        store.save_verdict(a_verdict())
    with open_store(url) as again:
        assert again.verdict("item 1", "judge") == a_verdict()


# --- items ----------------------------------------------------------------------------------------------------


def test_an_item_found_elsewhere_gains_a_source_and_its_new_path(store: Store) -> None:
    store.save_item(an_item(path="/old/cat.jpg"), ["feed.jsonl"])
    store.save_item(an_item(path="/new/cat.jpg"))
    assert store.item("item 1") == an_item(path="/new/cat.jpg")
    assert set(store.sources("item 1")) == {"/old/cat.jpg", "/new/cat.jpg", "feed.jsonl"}


def test_saving_an_item_again_changes_nothing(store: Store) -> None:
    for _ in range(3):
        store.save_item(an_item(), ["feed.jsonl", Path("feed.jsonl")])
    assert store.item("item 1") == an_item()
    assert store.sources("item 1") == ("/photos/cat.jpg", "feed.jsonl")


def test_attributes_are_those_of_the_last_saving(store: Store) -> None:
    store.save_item(replace(an_item(), attributes=(("lang", "en"),)))
    store.save_item(replace(an_item(), attributes=(("lang", "de"),)))
    found = store.item("item 1")
    assert found is not None
    assert found.attributes == (("lang", "de"),)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "another caption"},
        {"turns": (Turn("user", "hi"),)},
        {"target": "response"},
        {"media": ()},
        {"media": (replace(an_item().media[0], sha256="another"),)},
    ],
)
def test_another_content_under_the_same_id_is_refused(store: Store, other: dict[str, Any]) -> None:
    store.save_item(an_item())
    with pytest.raises(StoreError, match=r"item id item 1: make ids with types\.item_id"):
        store.save_item(replace(an_item(), **other), ["elsewhere"])
    assert store.item("item 1") == an_item()
    assert store.sources("item 1") == ("/photos/cat.jpg",)


def test_a_path_longer_than_an_index_entry(store: Store) -> None:
    path = "/" + "ä/" * 20_000
    store.save_item(an_item(path=path))
    assert store.sources("item 1") == (str(Path(path)),)


# --- written once ---------------------------------------------------------------------------------------------


def test_one_version_of_a_rubric_has_one_content(store: Store) -> None:
    store.save_rubric(RUBRIC)
    store.save_rubric(RUBRIC)
    store.save_rubric(replace(RUBRIC, version="v2", title="Other rules"))
    with pytest.raises(StoreError, match="rubric house is stored with another content under version v1"):
        store.save_rubric(replace(RUBRIC, title="Other rules"))
    assert store.rubric("house", "v1") == RUBRIC


def test_the_same_verdict_again_changes_nothing(store: Store) -> None:
    prepare(store, "1")
    first = store.save_verdict(a_verdict())
    assert store.save_verdict(a_verdict()) == first
    # Also not where it says something else: the first word of an attempt stands.
    assert store.save_verdict(a_verdict(truth=Truth.NO)) == first
    assert store.verdict("item 1", "judge") == a_verdict()
    assert _count(store, "verdict", "measurement", "finding") == [1, 1, 1]


def test_two_judges_share_one_measurement(store: Store) -> None:
    prepare(store, "1")
    store.save_judge("strict", "measurer", "Strict")
    store.save_verdict(a_verdict())
    # Measured twice at once: the same outcome, another duration. The first stands for both.
    slower = replace(a_measurement(), evidence=(replace(a_measurement().evidence[0], seconds=9.0),), seconds=9.0)
    store.save_verdict(a_verdict(judge_id="strict", truth=Truth.UNKNOWN, measurement=slower))
    assert store.verdict("item 1", "strict") == a_verdict(judge_id="strict", truth=Truth.UNKNOWN)
    assert _count(store, "verdict", "measurement", "finding") == [2, 1, 2]


def test_a_verdict_on_another_outcome_of_the_same_attempt_is_refused(store: Store) -> None:
    prepare(store, "1")
    store.save_judge("strict", "measurer", "Strict")
    store.save_verdict(a_verdict())
    with pytest.raises(StoreError, match="attempt 1 on item item 1 is stored with another outcome"):
        store.save_verdict(a_verdict(judge_id="strict", measurement=a_measurement(score=0.25)))
    assert store.verdict("item 1", "strict") is None


def test_the_newest_attempt_counts(store: Store) -> None:
    prepare(store, "1")
    for attempt in (1, 3, 2):
        store.save_verdict(a_verdict(attempt=attempt, measurement=a_measurement(attempt=attempt, score=attempt / 10)))
    newest = store.measurement("item 1", "measurer")
    verdict = store.verdict("item 1", "judge")
    assert newest == a_measurement(attempt=3, score=0.3)
    assert verdict is not None
    assert verdict.measurement == newest
    assert store.next_attempt("item 1", "measurer") == 4
    assert store.next_attempt("item 1", "another") == 1


def test_findings_that_are_not_no_are_rows(store: Store) -> None:
    prepare(store, "1")
    findings = (
        Finding("a", Truth.NO, 0.0),
        Finding("b", Truth.YES, 0.9, severity=2, controversial=True),
        Finding("c", Truth.UNKNOWN, None, reasons=("refused",)),
    )
    store.save_verdict(a_verdict(findings=findings))
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT position, rule_id, truth, score FROM finding ORDER BY position")).all()
    assert [tuple(row) for row in rows] == [(1, "b", 2, 0.9), (2, "c", 1, None)]


# --- refused --------------------------------------------------------------------------------------------------


def test_a_verdict_names_what_must_be_saved_before_it(store: Store) -> None:
    with pytest.raises(
        StoreError, match=r"item item 1 \(save_item\), rubric house v1 \(.*\), judge judge \(save_judge\)"
    ):
        store.save_verdict(a_verdict())
    prepare(store, "1")
    with pytest.raises(StoreError, match=r"only after its judge other \(save_judge\)$"):
        store.save_verdict(a_verdict(judge_id="other"))
    assert _count(store, "verdict", "measurement", "finding") == [0, 0, 0]


def test_a_label_needs_its_item(store: Store) -> None:
    with pytest.raises(StoreError, match="save_item first"):
        store.save_label(a_label())
    assert list(store.labels()) == []


def test_a_verdict_on_one_item_with_the_measurement_of_another_is_refused(store: Store) -> None:
    prepare(store, "1", "2")
    with pytest.raises(StoreError, match="about item 1, its measurement about item 2"):
        store.save_verdict(a_verdict("item 1", measurement=a_measurement("item 2")))
    assert _count(store, "measurement") == [0]


def test_a_number_too_large_for_a_column_is_refused_in_words(store: Store) -> None:
    prepare(store, "1")
    with pytest.raises(StoreError, match="refused"):
        store.save_verdict(a_verdict(severity=2**70))


def test_a_damaged_body_is_an_error_not_a_guess(store: Store) -> None:
    prepare(store, "1")
    store.save_verdict(a_verdict())
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE measurement SET body = :body"), {"body": b"znonsense"})
    with pytest.raises(StoreError, match="damaged"):
        store.verdict("item 1", "judge")


def test_the_evidence_of_an_item_is_small(store: Store) -> None:
    """A verdict over 14 rules with 42 pieces of evidence takes less than 2 KiB besides its ids."""
    prepare(store, "1")
    one = a_measurement().evidence[0]
    evidence = tuple(replace(one, rule_id=f"rule_{i // 3}", question_id=f"q{i}", score=i / 43) for i in range(42))
    measurement: Measurement = replace(a_measurement(), evidence=evidence)
    findings = tuple(Finding(f"rule_{i}", Truth.NO, i / 15, 0) for i in range(14))
    store.save_verdict(a_verdict(measurement=measurement, findings=findings))
    with store.engine.connect() as connection:
        sizes = [
            connection.execute(text(f"SELECT length(body) FROM {t}")).scalar_one() for t in ("verdict", "measurement")
        ]
    assert sum(sizes) < 2048


def _count(store: Store, *tables: str) -> list[int]:
    with store.engine.connect() as connection:
        return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]


def test_a_body_of_the_first_release_has_the_digest_it_had() -> None:
    """Passages had no target, note, turns and guidance then: what is read from such a body must count as the
    same."""
    verdict = a_verdict()
    row = bodies.measurement_row(verdict.measurement, (verdict.rubric_id, verdict.rubric_version), 0.0)
    plain = json.loads(zlib.decompress(row.body[1:]) if row.body[:1] == b"z" else row.body[1:])
    later = ("target", "note", "turns", "guidance")
    passages = [{k: v for k, v in p.items() if k not in later} for p in plain["passages"]]
    untimed = [{k: v for k, v in e.items() if k != "seconds"} for e in plain["evidence"]]
    assert passages
    assert row.evidence_digest == digest([passages, plain["gaps"], untimed])
    row.body = b"j" + json.dumps({**plain, "passages": passages}).encode()
    assert bodies.measurement_of(row) == verdict.measurement

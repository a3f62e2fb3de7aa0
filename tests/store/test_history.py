"""Lists: order, pages, filters, and what a line shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from store_values import RUBRIC, a_label, a_measurement, a_verdict, an_item, prepare

from mmjudge.errors import StoreError
from mmjudge.store import Store, VerdictRow
from mmjudge.types import Finding, Item, Passage, Truth, Turn


def test_a_line_of_the_history(store: Store) -> None:
    prepare(store, "1")
    verdict_id = store.save_verdict(a_verdict())
    (row,) = store.verdicts()
    assert row == VerdictRow(
        id=verdict_id,
        item_id="item 1",
        judge_id="judge",
        judge_name="The judge",
        attempt=1,
        at=row.at,
        label="unsafe",
        score=0.75,
        severity=3,
        assessed=1,
        applicable=2,
        rubric_id="house",
        rubric_version="v1",
        title="cat.jpg",
        preview="a caption",
        kinds=("text", "image"),
        only_not_observable=False,
    )
    assert row.at > 1.7e9


def test_pages_meet_every_verdict_once_newest_first(store: Store) -> None:
    names = [str(n) for n in range(7)]
    prepare(store, *names)
    saved = [store.save_verdict(a_verdict(f"item {name}")) for name in names]
    met: list[int] = []
    before: int | None = None
    while page := store.verdicts(before=before, limit=3):
        met += [row.id for row in page]
        before = met[-1]
        # What comes in while someone turns pages is not met, and shifts nothing.
        store.save_item(an_item(f"new {before}"))
        store.save_verdict(a_verdict(f"item new {before}"))
    assert met == saved[::-1]


@pytest.fixture
def varied(store: Store) -> Store:
    """Five verdicts: unsafe, safe, blind to one rule, blind and refused, and one by another judge and rubric."""
    prepare(store)
    for name, text, path in [
        ("1", "a knife", "/photos/Straße/cat.jpg"),
        ("2", "100% fine", "/photos/dog_1.jpg"),
        ("3", "", "/Other/dogs1.jpg"),
        ("4", "tall stories", None),
        ("5", "a knife", "/photos/5.jpg"),
    ]:
        store.save_item(an_item(name, text, path))
    blind = Finding("no_knives", Truth.UNKNOWN, reasons=("not_observable",))
    refused = Finding("no_insults", Truth.UNKNOWN, reasons=("not_observable", "refused"))
    store.save_verdict(a_verdict("item 1"))
    store.save_verdict(a_verdict("item 2", truth=Truth.NO, score=0.1))
    store.save_verdict(a_verdict("item 3", truth=Truth.UNKNOWN, findings=(blind, Finding("no_insults", Truth.NO, 0.0))))
    store.save_verdict(a_verdict("item 4", truth=Truth.UNKNOWN, findings=(blind, refused)))
    store.save_judge("other judge", "measurer", "Other")
    store.save_rubric(replace(RUBRIC, id="club"))
    store.save_verdict(replace(a_verdict("item 5"), judge_id="other judge", rubric_id="club"))
    return store


@pytest.mark.parametrize(
    ("chosen", "items"),
    [
        ({}, "54321"),
        ({"label": "unsafe"}, "51"),
        ({"label": "needs_review"}, "43"),
        ({"label": "controversial"}, ""),
        ({"only_not_observable": True}, "3"),
        ({"only_not_observable": False}, "5421"),
        ({"label": "needs_review", "only_not_observable": False}, "4"),
        ({"rubric_id": "club"}, "5"),
        ({"judge_id": "judge"}, "4321"),
        ({"item_id": "item 2"}, "2"),
        ({"rule": "no_knives"}, "51"),  # violated: unknown does not count
        ({"rule": "no_insults"}, ""),
        ({"search": "photos"}, "521"),
        ({"search": " DOG"}, "32"),
        ({"search": "strasse"}, "1"),  # ß folds to ss
        ({"search": "STRASSE/CAT"}, "1"),
        ({"search": "dog_1"}, "2"),  # _ is itself, not any letter
        ({"search": "100%"}, "2"),
        ({"search": "%"}, "2"),
        ({"search": "knife"}, "51"),
        ({"search": "tall"}, "4"),
        ({"search": "'; DROP TABLE item; --"}, ""),
        ({"search": "   "}, "54321"),
        ({"search": "knife", "rubric_id": "house", "label": "unsafe"}, "1"),
        ({"limit": 2}, "54"),
    ],
)
def test_filters(varied: Store, chosen: dict[str, Any], items: str) -> None:
    assert [row.item_id.removeprefix("item ") for row in varied.verdicts(**chosen)] == list(items)


def test_a_search_finds_every_place_an_item_was_seen_at(store: Store) -> None:
    prepare(store, "1")
    store.save_item(an_item(path="/moved/here.jpg"), ["batch-7.jsonl"])
    store.save_verdict(a_verdict())
    for words in ("photos/cat", "moved", "batch-7"):
        assert len(store.verdicts(search=words)) == 1


@pytest.mark.parametrize(
    ("passages", "item", "kinds"),
    [
        ((Passage(0, "0", modalities=("image",)),), Item("i"), ("image",)),
        ((Passage(0, "0", (0.0, 3.0), modalities=("image", "audio")),), Item("i"), ("video",)),
        ((Passage(0, "0", (0.0, 3.0), modalities=("audio", "text")),), Item("i"), ("audio",)),
        ((Passage(0, "text", modalities=("text",)),), Item("i", "words"), ("text",)),
        ((), Item("i", turns=(Turn("user", "hi"),)), ("text",)),
        ((), Item("i"), ()),
        (
            (
                Passage(0, "whole", modalities=("image", "audio", "text")),
                Passage(1, "text", modalities=("text",)),
                Passage(2, "0", modalities=("image",)),
                Passage(3, "1", (0.0, 3.0), modalities=("audio",)),
            ),
            Item("i", "words"),
            ("text", "image", "audio"),
        ),
    ],
)
def test_kinds(store: Store, passages: tuple[Passage, ...], item: Item, kinds: tuple[str, ...]) -> None:
    prepare(store)
    store.save_item(item)
    store.save_verdict(a_verdict("i", measurement=replace(a_measurement("i"), passages=passages)))
    assert store.verdicts()[0].kinds == kinds


# --- judges ---------------------------------------------------------------------------------------------------


def test_a_measurer_is_described_by_its_first_judge(store: Store) -> None:
    assert store.described("measurer") is None
    store.save_judge("b", "measurer", "First", '{"model": "tiny", "n": [1, null, "\\ud800\\u0000"]}')
    store.save_judge("a", "measurer", "Second", "{}")
    store.save_judge("b", "measurer", "First, renamed", "{}")
    name, description = store.described("measurer") or ("", {})
    assert name == "First"
    assert description == {"model": "tiny", "n": [1, None, "\ud800\x00"]}


@pytest.mark.parametrize("description", ["", "{", "[]", "null", "model=tiny"])
def test_a_description_is_a_json_object(store: Store, description: str) -> None:
    with pytest.raises(StoreError, match="description of judge a is no JSON"):
        store.save_judge("a", "measurer", "A", description)


# --- measurements ---------------------------------------------------------------------------------------------


def test_measurements_come_once_each_in_pages_with_their_newest_attempt(store: Store) -> None:
    names = [str(n) for n in range(5)]
    prepare(store, *names)
    for name in names:
        store.save_verdict(a_verdict(f"item {name}"))
    again = a_measurement("item 1", attempt=2, score=0.2)
    store.save_verdict(a_verdict("item 1", attempt=2, measurement=again))
    met, after = [], 0
    while page := store.measurements("house", after=after, limit=2):
        assert len(page) <= 2
        met += [stored.measurement for stored in page]
        after = page[-1].id
    assert met == [a_measurement(f"item {name}") for name in "0234"] + [again]


def test_measurements_of_one_rubric_version_or_measurer(store: Store) -> None:
    prepare(store, "1", "2")
    store.save_rubric(replace(RUBRIC, version="v2"))
    store.save_judge("judge 2", "measurer 2", "Two")
    store.save_verdict(a_verdict())
    newer = a_measurement("item 2", measurer_id="measurer 2")
    store.save_verdict(replace(a_verdict("item 2", "judge 2", measurement=newer), rubric_version="v2"))
    for chosen in ({"rubric_version": "v2"}, {"measurer_id": "measurer 2"}):
        (stored,) = store.measurements("house", **chosen)
        assert (stored.rubric_id, stored.rubric_version, stored.measurement) == ("house", "v2", newer)
    assert len(store.measurements("house")) == len(store.measurements()) == 2
    assert store.measurements("club") == []


# --- labels ---------------------------------------------------------------------------------------------------


def test_labels_are_appended_never_replaced(store: Store) -> None:
    prepare(store, "1")
    said = [a_label(value=value, at=1.0) for value in ("yes", "no", "yes", "yes")]
    for label in said:
        store.save_label(label)
    assert list(store.labels(item_id="item 1")) == said


def test_the_last_word_of_each_rater_on_each_question_counts(store: Store) -> None:
    prepare(store, "1", "2")
    said = {
        "ann first": a_label(value="yes"),
        "bob": a_label(rater="bob", value="no"),
        "ann changed her mind, with an older clock": a_label(value="no", at=-5.0),
        "ann on one rule": a_label(value="yes", rule_id="no_knives"),
        "ann on one question": a_label(value="cant_tell", rule_id="no_knives", question_id="q"),
        "ann on another item": a_label("item 2", value="yes"),
        "ann under newer rules": replace(a_label(value="yes"), rubric_version="v2"),
    }
    for label in said.values():
        store.save_label(label)
    assert list(store.latest_labels()) == list(said.values())[1:]
    assert list(store.latest_labels(item_id="item 2")) == [said["ann on another item"]]
    assert list(store.latest_labels(rubric_version="v2", rater="ann")) == [said["ann under newer rules"]]


def test_what_was_said_blind_stays_the_blind_word(store: Store) -> None:
    prepare(store, "1")
    blind, revealed = a_label(value="no"), a_label(value="yes", phase="after_reveal")
    store.save_label(blind)
    store.save_label(revealed)
    assert list(store.latest_labels()) == [revealed]
    assert list(store.latest_labels(phase="blind")) == [blind]


def test_labels_are_read_page_by_page_to_the_end(store: Store) -> None:
    prepare(store, "1")
    # Two full pages and one more: the page size is 500.
    assert store.save_labels(a_label(rater=f"rater {n}", at=float(n)) for n in range(1001)) == 1001
    assert [label.at for label in store.labels()] == [float(n) for n in range(1001)]
    assert len(list(store.latest_labels(rubric_id="house"))) == 1001

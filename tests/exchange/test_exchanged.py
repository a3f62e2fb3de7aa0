"""What is exported and imported again is the same, in every format and with every field."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_values import items, labels
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmjudge.exchange import Wanted, export_to, import_file
from mmjudge.formats import Meant
from mmjudge.store import Store, open_store
from mmjudge.types import Item, Label, Region

ENDINGS = {"jsonl": "o.jsonl", "csv": "o.csv", "parquet": "o.parquet", "hf": "o", "labelstudio": "o.json"}
WITH_ITEMS = ("jsonl", "hf", "labelstudio")


def said(store: Store) -> list[Label]:
    return list(store.labels())


def content(item: Item | None) -> object:
    assert item is not None
    return item.id, item.text, item.turns, item.target, [(m.sha256, m.size) for m in item.media], item.attributes


def fill(store: Store, folder: Path) -> list[Item]:
    found = items(folder)
    for number, item in enumerate(found):
        store.save_item(item, [f"post {number}"])
    return found


def full(item: Item, rater: str, **more: object) -> Label:
    plain = Label(
        item.id, "default", "v1", rater, "yes", rule_id="r1", question_id="q", severity=3, phase="adjudication",
        at=1764122400.123456, seconds=0.1, note="=cmd\r\n\x00'é😀", flag="-look", project="p", submission="s",
        regions=(
            Region("text", "r1", chars=(1, 3)),
            Region("0", "r1", span=(0.1, 0.7)),
            Region("0", box=(0.07, 0.1, 0.2, 0.3), span=(1.0, 2.5)),
        ),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ENDINGS)
def test_labels_and_items_come_back_equal(kind: str, store: Store, other: Store, tmp_path: Path) -> None:
    found = fill(store, tmp_path)
    kept = found[3:] if kind == "hf" else found
    for number, item in enumerate(kept):
        store.save_label(full(item, "ann", submission=f"s{number}"))
        store.save_label(full(item, "=bob", submission="", value="cant_tell", regions=(), severity=None))
    out = tmp_path / ENDINGS[kind]
    done = export_to(store, out, Wanted(media="links", fps=25.0), kind)
    assert (done.labels, done.gone) == (2 * len(kept), 0)
    if kind not in WITH_ITEMS:
        fill(other, tmp_path)
    imported = import_file(other, out, Meant(), kind)
    assert imported.labels == 2 * len(kept)
    assert sorted(map(repr, said(other))) == sorted(map(repr, said(store)))
    for item in kept:
        assert content(other.item(item.id)) == content(item)
    again = import_file(other, out, Meant(), kind)
    assert (again.new_items, again.labels, again.new_labels) == (0, 2 * len(kept), 0)
    assert sorted(map(repr, said(other))) == sorted(map(repr, said(store)))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("pair")
    found = items(folder)
    return folder, found


@pytest.mark.parametrize("kind", ENDINGS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_labels_come_back_in_order(kind: str, pair, data: st.DataObject) -> None:
    folder, found = pair
    kept = found[3:4] if kind in ("hf", "labelstudio") else found  # those two keep the order within an item
    given_labels = data.draw(st.lists(labels([item.id for item in kept]), max_size=12))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        here, there = (f"sqlite:///{name}/{which}.db" for which in ("here", "there"))
        with open_store(here) as source, open_store(there) as target:
            for one in kept:
                source.save_item(one)
                target.save_item(one)
            source.save_labels(given_labels)
            out = Path(name) / ENDINGS[kind]
            export_to(source, out, Wanted(media="links", fps=data.draw(st.sampled_from([None, 29.97]))), kind)
            if out.exists() and said(source):
                import_file(target, out, Meant(), kind)
                assert said(target) == said(source)


def test_without_media_an_item_is_told_by_its_hashes(store: Store, other: Store, tmp_path: Path) -> None:
    found = fill(store, tmp_path)
    store.save_label(full(found[4], "ann"))
    for kind in ("jsonl", "labelstudio"):
        out = tmp_path / ENDINGS[kind]
        export_to(store, out, Wanted(), kind)
        import_file(other, out, Meant(fps=25.0), kind)
        assert content(other.item(found[4].id)) == content(found[4])
        import_file(store, out, Meant(fps=25.0), kind)
        assert store.item(found[4].id) == found[4], "a stored path must survive an import that has none"

"""A file is taken whole or not at all, finds its items by the names they have outside, and twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from mmjudge import media
from mmjudge.errors import ExchangeError
from mmjudge.exchange import Exported, Imported, Wanted, export_to, import_file
from mmjudge.formats import Meant
from mmjudge.store import Store
from mmjudge.types import Label

MEANT = Meant("default", "v1")
ITEMS = '{"id": "a1", "text": "one"}\n{"id": "a2", "text": "two", "attributes": {"language": "en"}}\n'
LABELS = "item,rater,label,score\na1,ann,yes,0.5\na2,ann,no,\na1,bob,yes,\na1,bob,yes,\n"


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_items_then_labels_by_their_names_and_again(store: Store, tmp_path: Path) -> None:
    items, labels = put(tmp_path, "items.jsonl", ITEMS), put(tmp_path, "labels.csv", LABELS)
    assert import_file(store, items, Meant()) == Imported(2, 2, 0, 0, 0)
    assert import_file(store, labels, MEANT) == Imported(0, 0, 4, 3, 1)
    one, two = media.item("one").id, media.item("two").id
    assert [(label.item_id, label.rater, label.value) for label in store.labels()] == [
        (one, "ann", "yes"), (two, "ann", "no"), (one, "bob", "yes"),
    ]  # fmt: skip
    assert import_file(store, items, Meant()) == Imported(2, 0, 0, 0, 0)
    assert import_file(store, labels, MEANT) == Imported(0, 0, 4, 0, 1)
    assert len(list(store.labels())) == 3
    assert import_file(store, labels, Meant("default", "v2")).new_labels == 3, "another version is another statement"


def test_an_item_judged_before_is_the_same_item(store: Store, tmp_path: Path) -> None:
    items = put(tmp_path, "items.jsonl", ITEMS)
    for item in media.load(items):
        store.save_item(item)
    assert import_file(store, items, Meant()) == Imported(2, 0, 0, 0, 0)
    assert store.find_items("a2") == [media.item("two").id]
    stored = store.item(media.item("two").id)
    assert stored is not None
    assert stored.attributes == (("language", "en"),)
    import_file(store, put(tmp_path, "again.jsonl", '{"id": "b2", "text": "two"}\n'), Meant())
    stored = store.item(media.item("two").id)
    assert stored is not None
    assert stored.attributes == (("language", "en"),), "what a file does not say is not taken away"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("mixed.jsonl", ITEMS + '{"item": "a1", "rater": "ann", "label": "yes"}\n{"item": "a1"', "line 4: no JSON"),
        ("mixed.jsonl", '{"item": "a9", "rater": "ann", "label": "yes"}\n' + ITEMS, "line 1: no item is called 'a9'"),
        ("mixed.jsonl", ITEMS + '{"id": "a1", "text": "other"}\n', "line 3: 'a1' is the name of another item"),
        ("labels.csv", LABELS + "a3,ann,yes,\n", "line 2: no item is called 'a1'"),
    ],
)
def test_a_file_with_one_wrong_line_changes_nothing(
    store: Store, tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(ExchangeError, match=told):
        import_file(store, put(tmp_path, name, text), MEANT)
    assert list(store.labels()) == []
    assert store.item(media.item("one").id) is None


def test_a_name_of_two_items_is_no_name(store: Store, tmp_path: Path) -> None:
    for text in ("one", "two"):
        store.save_item(media.item(text), ["a1"])
    labels = put(tmp_path, "labels.csv", "item,rater,label\na1,ann,yes\n")
    with pytest.raises(ExchangeError, match="line 2: 'a1' is the name of 2 items: use their ids"):
        import_file(store, labels, MEANT)
    by_id = put(tmp_path, "by_id.csv", f"item,rater,label\n{media.item('one').id},ann,yes\n")
    assert import_file(store, by_id, MEANT).new_labels == 1


def test_labels_may_stand_before_their_items(store: Store, tmp_path: Path) -> None:
    mixed = put(tmp_path, "mixed.jsonl", '{"item": "a1", "rater": "ann", "label": "yes"}\n' + ITEMS)
    assert import_file(store, mixed, MEANT) == Imported(2, 2, 1, 1, 0)


def test_a_folder_of_pictures_and_one_with_metadata(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    Image.new("RGB", (4, 4), "red").save(folder / "deep" / "red.png")
    Image.new("RGB", (4, 4), "blue").save(folder / "blue.png")
    assert import_file(store, folder, Meant()) == Imported(2, 2, 0, 0, 0)
    assert store.find_items("deep/red.png") == [media.item(files=[folder / "deep" / "red.png"]).id]
    put(folder, "metadata.jsonl", '{"file_name": "deep/red.png", "text": "caption", "id": "p1"}\n')
    assert import_file(store, folder, Meant()) == Imported(1, 1, 0, 0, 0)
    assert store.find_items("p1") == [media.item("caption", [folder / "deep" / "red.png"]).id]


def test_what_is_not_there_or_does_not_fit(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match="is not there"):
        import_file(store, tmp_path / "none.csv", MEANT)
    with pytest.raises(ExchangeError, match="is a folder: format csv does not fit"):
        import_file(store, tmp_path, MEANT, "csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExchangeError, match="holds no files"):
        import_file(store, tmp_path / "empty", MEANT)


def labelled(store: Store, tmp_path: Path) -> Path:
    picture = tmp_path / "red.png"
    Image.new("RGB", (4, 4), "red").save(picture)
    for item, project in ((media.item("one"), "p"), (media.item(files=[picture]), "q")):
        store.save_item(item)
        store.save_label(Label(item.id, "default", "v1", "ann", "yes", project=project))
    return picture


def test_exports_what_is_wanted_and_never_over_a_file(store: Store, tmp_path: Path) -> None:
    labelled(store, tmp_path)
    out = tmp_path / "out.jsonl"
    assert export_to(store, out, Wanted(project="p")) == Exported(items=1, labels=1)
    before = out.read_bytes()
    with pytest.raises(ExchangeError, match="is there already"):
        export_to(store, out, Wanted())
    assert out.read_bytes() == before
    assert export_to(store, out, Wanted(rubric_id="default"), overwrite=True) == Exported(items=2, labels=2)
    with pytest.raises(ExchangeError, match="has no file"):
        export_to(store, tmp_path / "folder", Wanted())
    assert sorted(path.name for path in tmp_path.iterdir() if "." not in path.name or path.name.startswith(".")) == []
    with pytest.raises(ExchangeError, match="can't be written"):
        export_to(store, tmp_path / "missing" / "out.csv", Wanted())


def test_a_file_that_changed_is_not_passed_off_as_the_one_that_was_judged(store: Store, tmp_path: Path) -> None:
    picture = labelled(store, tmp_path)
    picture.write_bytes(b"another")
    out = tmp_path / "out.jsonl"
    assert export_to(store, out, Wanted(project="q", media="copies")) == Exported(items=1, labels=1, gone=1)
    assert not (tmp_path / "out-media").exists()
    assert '"hashes"' in out.read_text()

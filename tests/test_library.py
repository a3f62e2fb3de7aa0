"""One person's rubrics: found by name, saved by compare-and-swap, never lost and never somewhere else."""

import os
from pathlib import Path

import pytest

from mmjudge.errors import RubricError
from mmjudge.library import BrokenError, Library, StaleError, edit_rubric, edit_rule, load, merge, new_rubric
from mmjudge.revisions import OUTSIDE, revision_of
from mmjudge.rubric import load_rubric, shipped, shipped_text

MINE = new_rubric("mine", "Mine")
HOSTILE = [
    "../x",
    "a/b",
    "a\\b",
    "",
    ".",
    "..",
    "a..b",
    "...",
    "A",
    "a b",
    "x" * 65,
    "a\x00",
    "-a",
    "é",
    "~",
    "a@1",
    "%2e",
    "crosswalks",
]


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "rubrics")


def titled(text: str, title: str) -> str:
    return edit_rubric(text, {"title": title})


def entry(library: Library, rubric_id: str):
    [found] = [each for each in library.names() if each.id == rubric_id and each.own]
    return found


def test_looking_writes_nothing(library):
    assert [each.id for each in library.names()] == list(shipped())
    assert library.read("osbench").text == shipped_text("osbench")
    assert library.history("osbench") == library.rejected("osbench") == ()
    with pytest.raises(RubricError, match="no rubric 'mine'"):
        library.read("mine")
    assert not library.folder.exists()


def test_save_read_and_history(library):
    first = library.save(MINE, None, "anna", "begun")
    assert (first.id, first.text, first.own, first.number) == ("mine", MINE, True, 1)
    assert first.revision == revision_of(MINE.encode())
    second = library.save(titled(MINE, "Two"), first.revision, "ben", "renamed")
    assert library.read("mine") == second
    assert library.read("mine", 1) == first
    assert (library.folder / "mine.yaml").read_text(encoding="utf-8") == second.text
    one, two = library.history("mine")
    assert (one.number, one.by, one.note, one.parent, one.revision) == (1, "anna", "begun", "", first.revision)
    assert (two.number, two.by, two.note, two.parent) == (2, "ben", "renamed", first.revision)
    assert one.version == two.version == first.rubric.version
    assert one.at <= two.at
    found = entry(library, "mine")
    assert (found.title, found.rules, found.number, found.by, found.error) == ("Two", 1, 2, "ben", "")


def test_saving_the_same_again_adds_nothing(library):
    first = library.save(MINE, None, "anna", "")
    assert library.save(MINE, first.revision, "ben", "") == first
    second = library.save(titled(MINE, "Two"), first.revision, "ben", "")
    assert library.save(second.text, first.revision, "ben", "sent twice") == second
    assert len(library.history("mine")) == 2


def test_who_comes_second_loses_no_word(library):
    base = library.save(MINE, None, "anna", "")
    current = library.save(edit_rule(MINE, "weapon_for_sale", {"severity": 3}), base.revision, "ben", "")
    mine = titled(MINE, "Anna's")
    with pytest.raises(StaleError) as caught:
        library.save(mine, base.revision, "anna", "")
    error = caught.value
    assert (error.base, error.current, error.mine) == (base, current, mine)
    assert error.kept.read_text(encoding="utf-8") == mine
    assert error.kept.parent == library.folder / "history" / "mine"
    assert f"changed meanwhile: revision {current.revision} by ben" in str(error)
    assert str(error.kept) in str(error)
    assert library.read("mine") == current
    assert library.rejected("mine") == (error.kept,)
    merged = merge(base.text, error.mine, current.text)
    both = library.save(merged.text, current.revision, "anna", "joined")
    assert (both.rubric.title, both.rubric.rules[0].severity, both.number) == ("Anna's", 3, 3)


def test_new_means_new_and_an_unknown_base_is_told(library):
    held = library.save(MINE, None, "anna", "")
    with pytest.raises(StaleError, match="already a rubric 'mine'") as caught:
        library.save(titled(MINE, "Other"), None, "ben", "")
    assert (caught.value.base, caught.value.current) == (None, held)
    with pytest.raises(StaleError, match="no revision 0123456789abcdef is known"):
        library.save(titled(MINE, "Other"), "0123456789abcdef", "ben", "")
    with pytest.raises(StaleError, match="removed meanwhile") as caught:
        library.save(new_rubric("other", "Other"), "0123456789abcdef", "ben", "")
    assert caught.value.current is None
    assert caught.value.kept.exists()


def test_a_removed_rubric_can_be_saved_anew_and_its_history_stays(library):
    held = library.save(MINE, None, "anna", "")
    (library.folder / "mine.yaml").unlink()
    with pytest.raises(RubricError, match="no rubric 'mine'"):
        library.read("mine")
    assert library.find("mine@1").text == MINE
    with pytest.raises(StaleError, match="removed meanwhile"):
        library.save(titled(MINE, "Two"), held.revision, "anna", "")
    assert library.save(titled(MINE, "Two"), None, "anna", "").number == 2


def test_shipped_rubrics_are_read_only(library):
    for expected in (None, revision_of(shipped_text("osbench").encode())):
        with pytest.raises(RubricError, match="mmjudge rubric new MINE --from osbench"):
            library.save(shipped_text("osbench"), expected, "anna", "")
    assert not library.folder.exists()


def test_a_copy_knows_where_it_is_from(library):
    held = library.copy("mlcommons", "mine", "Mine", "anna")
    source = library.read("mlcommons")
    assert held.rubric.rules == source.rubric.rules
    assert (held.rubric.title, held.id) == ("Mine", "mine")
    assert held.text.splitlines()[3:] == source.text.splitlines()[3:]
    [line] = library.history("mine")
    assert (line.derived_from, line.note) == (f"mlcommons@{source.revision}", "copied from mlcommons")
    assert library.copy("mine@1", "third").rubric.title == "Mine"
    with pytest.raises(RubricError, match="already a rubric 'mine' of yours"):
        library.copy("osbench", "mine")
    with pytest.raises(RubricError, match="is shipped and cannot be changed"):
        library.copy("mine", "osbench")


def test_what_was_edited_outside_becomes_a_revision(library):
    held = library.save(MINE, None, "anna", "")
    (library.folder / "mine.yaml").write_text(titled(MINE, "By hand"), encoding="utf-8")
    with pytest.raises(StaleError, match=f"by {OUTSIDE}") as caught:
        library.save(titled(MINE, "Anna's"), held.revision, "anna", "")
    assert caught.value.current is not None
    assert caught.value.current.rubric.title == "By hand"
    assert [(line.number, line.by, line.parent) for line in library.history("mine")] == [
        (1, "anna", ""),
        (2, OUTSIDE, held.revision),
    ]
    (library.folder / "mine.yaml").write_text(MINE, encoding="utf-8")  # back to the first, by hand
    assert library.read("mine").number == 3
    assert library.history("mine")[2].revision == held.revision
    assert library.save(titled(MINE, "Four"), held.revision, "anna", "").number == 4


def test_a_file_put_there_by_hand_is_found(library):
    library.folder.mkdir()
    (library.folder / "mine.yaml").write_text(MINE, encoding="utf-8")
    assert library.read("mine").number == 1
    assert entry(library, "mine").by == OUTSIDE


def test_a_broken_file_is_listed_and_can_be_repaired(library):
    library.save(MINE, None, "anna", "")
    broken = MINE.replace("any_of:", "anyof:", 1)
    (library.folder / "mine.yaml").write_text(broken, encoding="utf-8")
    found = entry(library, "mine")
    assert "unknown key 'anyof'; did you mean any_of?" in found.error
    assert str(library.folder / "mine.yaml") in found.error
    with pytest.raises(BrokenError) as caught:
        library.read("mine")
    assert (caught.value.text, caught.value.revision) == (broken, found.revision)
    assert [line.version != "" for line in library.history("mine")] == [True, False]
    with pytest.raises(StaleError) as stale:
        library.save(titled(MINE, "Two"), library.history("mine")[0].revision, "anna", "")
    assert stale.value.current is None
    assert library.save(titled(MINE, "Two"), found.revision, "anna", "").number == 3
    assert entry(library, "mine").error == ""


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("mine.yaml", b"\xff\xfe\x00", "not UTF-8 text"),
        ("mine.yaml", MINE.replace("id: mine", "id: other").encode(), "its id is 'other': name the file other.yaml"),
        ("My Rules.yaml", MINE.encode(), "rename it"),
        ("mine.yml", MINE.encode(), "rename it"),
        ("a..b.yaml", MINE.encode(), "rename it"),
        ("mine.yaml", b"", "mine.yaml"),
    ],
)
def test_no_file_of_the_folder_is_dropped_in_silence(library, name, body, words):
    library.folder.mkdir()
    (library.folder / name).write_bytes(body)
    [found] = [each for each in library.names() if each.own]
    assert words in found.error
    assert found.rules == 0
    assert (library.folder / name).read_bytes() == body


def test_a_mapping_beside_the_rubrics_is_none_of_them(library):
    library.save(MINE, None, "anna", "")
    (library.folder / "crosswalks.yaml").write_text("hub: mlcommons")
    assert [each.id for each in library.names() if each.own] == ["mine"]
    assert not library.has("crosswalks")


def test_a_folder_in_place_of_a_file(library):
    (library.folder / "mine.yaml").mkdir(parents=True)
    assert "cannot be opened" in entry(library, "mine").error


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_id_is_never_a_path(library, tmp_path, hostile):
    library.save(MINE, None, "anna", "")
    before = sorted(tmp_path.rglob("*"))
    for call in (library.read, library.history, library.rejected, lambda i: library.copy("osbench", i)):
        with pytest.raises(RubricError):
            call(hostile)
    assert not library.has(hostile)
    with pytest.raises(RubricError, match="no rubric"):
        library.find(hostile)
    text = MINE.replace("id: mine", f"id: {hostile!r}") if "\x00" not in hostile else MINE
    if text != MINE:
        with pytest.raises(RubricError):
            library.save(text, None, "anna", "")
    assert sorted(tmp_path.rglob("*")) == before


def test_names_of_every_kind(library, tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_RUBRICS", str(library.folder))
    monkeypatch.chdir(tmp_path)
    held = library.save(MINE, None, "anna", "")
    library.save(titled(MINE, "Two"), held.revision, "anna", "")
    file = tmp_path / "elsewhere.yaml"
    file.write_text(titled(MINE, "File"), encoding="utf-8")
    titles = [load(name).title for name in ("mine", "mine@1", "mine@2", "elsewhere.yaml", str(file))]
    assert titles == ["Two", "Mine", "Two", "File", "File"]
    assert load("osbench") == load_rubric("osbench")
    assert not library.find(str(file)).own
    with pytest.raises(RubricError, match="has revisions 1 to 2, and no revision 3"):
        load("mine@3")
    with pytest.raises(RubricError, match=r"no rubric 'mime': did you mean mine\?.*of your own mine; or the path"):
        load("mime")
    with pytest.raises(RubricError, match="no rubric"):
        load("x" * 5000)


def test_a_shipped_rubric_comes_before_ones_own_of_the_same_id(library):
    """Which can only happen where a newer mmjudge ships an id that somebody already has."""
    library.folder.mkdir()
    file = library.folder / "osbench.yaml"
    file.write_text(MINE.replace("id: mine", "id: osbench"), encoding="utf-8")
    for held in (library.find("osbench"), library.read("osbench")):
        assert (held.own, held.rubric) == (False, load_rubric("osbench"))
    assert not library.has("osbench")
    [found] = [each for each in library.names() if each.own]
    assert (found.id, found.rules) == ("osbench", 0)
    assert "'osbench' is the id of a shipped rubric, which is used: rename the file, and its id" in found.error
    with pytest.raises(RubricError, match="--from osbench"):
        library.save(file.read_text(encoding="utf-8"), None, "anna", "")
    file.rename(library.folder / "mine.yaml")
    (library.folder / "mine.yaml").write_text(MINE, encoding="utf-8")
    assert library.find("mine").rubric.title == "Mine"
    assert [each.error for each in library.names() if each.own] == [""]


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("MMJUDGE_RUBRICS", str(tmp_path / "a"))
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path / "b"))
    assert Library().folder == tmp_path / "a"
    monkeypatch.delenv("MMJUDGE_RUBRICS")
    assert Library().folder == tmp_path / "b" / "rubrics"
    monkeypatch.delenv("MMJUDGE_HOME")
    assert Library().folder.parts[-2:] == ("mmjudge", "rubrics")


def test_what_cannot_be_written_says_what_to_do(library, tmp_path):
    Path(tmp_path / "rubrics").write_text("a file")
    with pytest.raises(RubricError, match=r"cannot be written: .*choose another folder with MMJUDGE_RUBRICS"):
        library.save(MINE, None, "anna", "")


def test_another_programme_that_never_ends(library, monkeypatch):
    from filelock import FileLock

    from mmjudge import library as module

    library.save(MINE, None, "anna", "")
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with FileLock(library.folder / ".lock"):
        with pytest.raises(RubricError, match="another programme has been saving"):
            library.save(titled(MINE, "Two"), None, "anna", "")
        assert library.read("mine").text == MINE  # reading needs no lock


def test_a_folder_that_can_only_be_read(library, monkeypatch):
    library.save(MINE, None, "anna", "")
    (library.folder / "mine.yaml").write_text(titled(MINE, "By hand"), encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    held = library.read("mine")
    assert (held.rubric.title, held.number) == ("By hand", 0)
    assert len(library.history("mine")) == 1


def test_a_text_that_is_no_rubric_is_refused_before_anything_is_written(library):
    with pytest.raises(RubricError, match="the rubric to save, line 1"):
        library.save("id: mine", None, "anna", "")
    assert not library.folder.exists()

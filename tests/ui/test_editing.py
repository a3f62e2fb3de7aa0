"""Saving and joining without a browser: what a person is told, what is kept, and what is never lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmjudge.library import Library
from mmjudge.ui.desk import Desk, Draft, laid_open
from mmjudge.ui.edit_parts import Edit
from mmjudge.ui.editing import Editing

E = Edit(*Edit._fields)  # handlers use components only as keys
TEXT = """id: mine
title: Mine
rules:
  - id: gore
    text: Should not be gory.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A wound is visible.}]}]
  - id: rude
    text: Should not be rude.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A slur stands there.}]}]
"""
MINE = TEXT.replace("Should not be gory.", "Should not show wounds.")
THEIRS = TEXT.replace("Should not be gory.", "Should not show blood.").replace(
    "Should not be rude.", "Should not hurt."
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "rubrics")
    made.save(TEXT, None, "ann", "")
    return made


@pytest.fixture
def editing(library: Library) -> Editing:
    return Editing(library, E, "drafts", lambda desk: {"refreshed": desk})  # type: ignore[arg-type]


@pytest.fixture
def began(library: Library) -> Desk:
    return laid_open(library, "mine")


def click(**data: object) -> SimpleNamespace:
    return SimpleNamespace(_data=data)


def test_a_save_is_told_and_the_draft_forgotten(editing: Editing, library: Library, began: Desk):
    said = editing.save(MINE, began, " why \n not ", "Ann", {"mine": [began.revision, MINE]})
    assert "Saved as revision 2. 1 rule changed." in said["message"]
    assert said["drafts"] == {}
    assert said["refreshed"].number == said["began"].number == 2
    assert library.history("mine")[-1].note == "why not"
    assert "code" not in said  # what is typed meanwhile stays


@pytest.mark.parametrize(
    ("text", "who", "told"),
    [
        (MINE, "", "Your name is missing"),
        (TEXT, "Ann", "Nothing is changed"),
        (MINE.replace("id: mine", "id: other"), "Ann", "The id must stay"),
        (MINE.replace("title: Mine", "title: ["), "Ann", "It was not saved. Line"),
        (MINE + "\ud800", "Ann", "It was not saved."),
    ],
)
def test_what_cannot_be_saved_is_told_and_nothing_else_changes(
    editing: Editing, library: Library, began: Desk, text: str, who: str, told: str
):
    said = editing.save(text, began, "", who, {})
    assert list(said) == ["message"]
    assert told in said["message"].replace("&#x27;", "'")
    assert len(library.history("mine")) == 1


def test_a_removed_rubric_is_told_and_comes_back_with_the_next_save(editing: Editing, library: Library, began: Desk):
    (library.folder / "mine.yaml").unlink()
    said = editing.save(MINE, began, "", "Ann", {})
    assert "was removed meanwhile. Your text is still here" in said["message"]
    again = editing.save(MINE, said["began"], "", "Ann", {})
    assert "Saved as revision 2." in again["message"]
    assert library.read("mine").text == MINE


def test_a_file_that_another_programme_broke_is_told(editing: Editing, library: Library, began: Desk):
    (library.folder / "mine.yaml").write_text("broken: [")
    said = editing.save(MINE, began, "", "Ann", {})
    assert "cannot be read now; your text stays here" in said["message"]
    assert (library.folder / "mine.yaml").read_text() == "broken: ["


def test_choosing_and_saving_both(editing: Editing, library: Library, began: Desk):
    library.save(THEIRS, began.revision, "bob", "")
    said = editing.save(MINE, began, "", "Ann", {})
    assert "bob saved revision 2 while you were writing" in said["clash_view"]
    assert said["save_both"]["interactive"] is False
    clash = said["clash"]
    for strange in ({}, {"n": "0"}, {"n": "7", "side": "mine"}, {"n": "x", "side": "mine"}, {"n": "0", "side": "both"}):
        assert "clash" not in editing.joining.choose(MINE, began, clash, click(**strange))
    chosen = editing.joining.choose(MINE, began, clash, click(n="0", side="mine"))
    assert chosen["save_both"]["interactive"] is True
    done = editing.joining.save_both(MINE, began, chosen["clash"], "", "Ann", {})
    assert "Both were saved together as revision 3. 1 rule changed." in done["message"]
    assert done["code"] == library.read("mine").text
    assert [rule.text for rule in library.read("mine").rubric.rules] == ["Should not show wounds.", "Should not hurt."]


def test_what_is_not_chosen_is_not_saved(editing: Editing, library: Library, began: Desk):
    library.save(THEIRS, began.revision, "bob", "")
    clash = editing.save(MINE, began, "", "Ann", {})["clash"]
    said = editing.joining.save_both(MINE, began, clash, "", "Ann", {})
    assert "Choose whose version counts" in said["clash_view"]
    assert len(library.history("mine")) == 2


def test_somebody_who_is_faster_again_is_shown_again(editing: Editing, library: Library, began: Desk):
    held = library.save(THEIRS, began.revision, "bob", "")
    clash = editing.save(MINE, began, "", "Ann", {})["clash"]
    clash = editing.joining.choose(MINE, began, clash, click(n="0", side="mine"))["clash"]
    library.save(THEIRS.replace("Should not hurt.", "Should not mock."), held.revision, "cleo", "")
    said = editing.joining.save_both(MINE, began, clash, "", "Ann", {})
    assert "cleo saved revision 3" in said["clash_view"]
    assert "do not touch each other" in said["clash_view"]  # mine on gore was chosen over revision 2; cleo changed rude
    assert "Should not show wounds." in said["code"]  # what was joined is the editor's text now
    assert "Should not hurt." in said["code"]
    done = editing.joining.save_both(said["code"], said["began"], said["clash"], "", "Ann", {})
    assert "revision 4" in done["message"]
    assert [rule.text for rule in library.read("mine").rubric.rules] == ["Should not show wounds.", "Should not mock."]


def test_a_text_that_began_from_nobody_knows_what_loses_nothing(editing: Editing, library: Library, began: Desk):
    lost = replace(began, revision="f" * 16, text="", rubric=None)
    said = editing.save(MINE, lost, "", "Ann", {})
    assert "Rule gore" in said["clash_view"]
    assert library.read("mine").text == TEXT


def test_changes_that_make_no_rubric_together_are_chosen_one_by_one(editing: Editing, library: Library, began: Desk):
    without = TEXT[: TEXT.index("  - id: rude")]
    library.save(without, began.revision, "bob", "")
    mine = TEXT.replace("  - id: gore\n", "  - id: gore\n    reuses: rude\n")
    said = editing.save(mine, began, "", "Ann", {})
    assert "Rule gore" in said["clash_view"]
    assert said["save_both"]["interactive"] is False
    assert "Your rule rude, which they do not have" in said["clash_view"]
    both = editing.joining.choose(mine, began, said["clash"], click(n="0", side="mine"))
    assert both["save_both"]["interactive"] is True
    done = editing.joining.save_both(mine, began, both["clash"], "", "Ann", {})
    assert library.read("mine").text == mine == done["code"]


def test_a_draft_is_shown_with_the_version_it_began_from(editing: Editing, library: Library, began: Desk):
    library.save(THEIRS, began.revision, "bob", "")
    desk = laid_open(library, "mine")
    said = editing.opened(desk, Draft(began.revision, MINE))
    assert said["code"]["value"] == MINE
    assert said["began"].revision == began.revision
    assert "Your unsaved text is here again" in said["message"]
    assert editing.opened(desk, Draft(began.revision, THEIRS))["message"] == ""  # it is what is there now


def test_what_another_section_saved_leaves_an_unsaved_text_alone(editing: Editing, library: Library, began: Desk):
    library.save(THEIRS, began.revision, "bob", "")
    desk = laid_open(library, "mine")
    assert list(editing.refreshed(desk, began, MINE)) == ["message"]
    assert editing.refreshed(desk, began, TEXT)["code"]["value"] == THEIRS


def test_undo_puts_aside_and_brings_back(editing: Editing, began: Desk):
    assert "nothing to undo" in editing.undo(TEXT, began, "")["message"]
    aside = editing.undo(MINE, began, "")
    assert (aside["code"], aside["aside"]) == (TEXT, MINE)
    back = editing.undo(TEXT, began, MINE)
    assert (back["code"], back["aside"]) == (MINE, "")


def test_a_shipped_rubric_is_only_shown(editing: Editing, library: Library):
    desk = laid_open(library, "osbench")
    said = editing.opened(desk, Draft("x", "id: osbench"))
    assert said["code"] == {"value": desk.text, "interactive": False, "__type__": "update"}
    assert "read-only" in said["notice"]
    assert "Nothing is changed" not in said["live"]
    assert "Open a rubric of your own" in editing.save("id: osbench", desk, "", "Ann", {})["message"]

"""What lies open: ids are names, texts keep their ends, unsaved texts are remembered, and a browser is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmjudge.errors import MMJudgeError, RubricError
from mmjudge.library import Library
from mmjudge.ui.desk import (
    MOST_DRAFTS,
    Desk,
    Draft,
    began_from,
    draft_of,
    drafted,
    is_changed,
    laid_open,
    named,
    typed,
)
from mmjudge.ui.offered import Offered
from mmjudge.ui.rubrics_new import made

TEXT = """id: mine
title: Mine
rules:
  - {id: rude, text: Should not be rude., preconditions: [{id: p1, any_of: [{id: q1, ask: A slur stands there.}]}]}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "rubrics")


def test_a_shipped_one_is_read_only_and_an_own_one_is_not(library: Library):
    library.save(TEXT, None, "ann", "")
    assert laid_open(library, "osbench").own is False
    own = laid_open(library, "mine")
    assert (own.own, own.number, own.text) == (True, 1, TEXT)


def test_a_broken_file_is_laid_open_to_be_repaired(library: Library):
    library.folder.mkdir(parents=True)
    (library.folder / "odd.yaml").write_text("id: odd\nrules: none")
    desk = laid_open(library, "odd")
    assert desk.rubric is None
    assert desk.text == "id: odd\nrules: none"
    assert "odd.yaml, line 1" in desk.error
    mended = library.save(TEXT.replace("id: mine", "id: odd"), desk.revision, "ann", "mended")
    assert laid_open(library, "odd").revision == mended.revision


@pytest.mark.parametrize("strange", ["../mine", "/etc/passwd", "mine.yaml/../x", "", "MINE", "a" * 300])
def test_an_id_is_a_name_and_never_a_path(library: Library, strange: str):
    library.save(TEXT, None, "ann", "")
    with pytest.raises(RubricError):
        laid_open(library, strange)


def test_the_editors_text_gets_back_what_the_editor_takes_away():
    began = "\n# head\nid: x\n\n\n"
    assert typed("# head\nid: y", began) == "\n# head\nid: y\n\n\n"
    assert typed("id: x", "id: x") == "id: x\n"
    assert typed("a\nb", "a\r\nc\r\n") == "a\r\nb\r\n"
    assert typed("", "id: x\n") == "\n"
    assert typed(None, "") == "\n"


def test_ends_of_lines_and_blank_ends_are_no_change():
    desk = Desk("x", "\r\nid: x\r\n\r\n", "1", None)
    assert not is_changed("id: x", desk)
    assert is_changed("id: y", desk)
    assert not is_changed("id: y", None)


def test_unsaved_texts_are_remembered_and_forgotten():
    desk = Desk("x", "id: x\n", "r1", None)
    kept = drafted({}, desk, "id: x # mine")
    assert kept == {"x": ["r1", "id: x # mine"]}
    assert draft_of(kept, "x") == Draft("r1", "id: x # mine")
    assert drafted(kept, desk, "id: x") == {}
    assert drafted(kept, None, "anything") == kept
    assert drafted({}, Desk("s", "a", "r", None, own=False), "b") == {}


def test_the_oldest_texts_go_first():
    kept: dict = {}
    for n in range(MOST_DRAFTS + 2):
        kept = drafted(kept, Desk(f"r{n}", "a", "1", None), "b")
    assert list(kept) == [f"r{n}" for n in range(2, MOST_DRAFTS + 2)]


@pytest.mark.parametrize("sent", [None, [], "x", {"x": "text"}, {"x": ["r"]}, {"x": [1, 2]}, {"x": None}])
def test_what_a_browser_sends_is_checked(sent: object):
    assert draft_of(sent, "x") is None
    assert drafted(sent, None, "") == {}


def test_the_version_a_text_began_from_is_found_by_its_revision(library: Library):
    first = library.save(TEXT, None, "ann", "")
    library.save(TEXT.replace("Mine", "Ours"), first.revision, "bob", "")
    desk = laid_open(library, "mine")
    assert began_from(library, desk, first.revision).text == TEXT
    assert began_from(library, desk, desk.revision) is desk
    lost = began_from(library, desk, "f" * 16)
    assert (lost.text, lost.revision, lost.rubric) == ("", "f" * 16, None)


def test_a_name_is_needed_and_kept_short():
    assert named("  Ann \n Bee ") == "Ann Bee"
    assert len(named("x" * 500)) == 80
    with pytest.raises(MMJudgeError, match="Your name is missing"):
        named("  ")


# --- new ones, and which are offered ------------------------------------------------------------------------------


def test_new_ones_from_an_example_a_copy_and_a_policy(library: Library):
    example = made(library, "ann", "example", "House rules", "", "", "")
    assert (example.id, example.rubric.title, len(example.rubric.rules)) == ("house_rules", "House rules", 1)
    copy = made(library, "ann", "copy", "", "ours", "osbench", "")
    assert copy.rubric.title.endswith("(copy)")
    assert [rule.id for rule in copy.rubric.rules] == [rule.id for rule in library.read("osbench").rubric.rules]
    policy = made(library, "ann", "policy", "Shop", "", "", "We are kind. Do not sell weapons.")
    assert [rule.text for rule in policy.rubric.rules] == ["Do not sell weapons."]
    assert library.history("shop")[0].by == "ann"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("example", "", "", "", ""), "title is missing"),
        (("example", "規則", "", "", ""), "Write a short name"),
        (("example", "Default", "", "", ""), "already a rubric 'default'"),
        (("copy", "Mine", "", "/etc/passwd", ""), "Choose a rubric to copy"),
        (("policy", "Mine", "", "", "We are kind."), "No sentence of the policy states a rule"),
        (("example", "Mine", "../x", "", ""), "must be lower-case"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_written(library: Library, given: tuple, said: str):
    with pytest.raises(MMJudgeError, match=said):
        made(library, "ann", *given)
    assert not list(library.folder.glob("*.yaml"))


def test_own_rubrics_come_and_go_while_the_pages_are_open(library: Library):
    offered = Offered([library.read("osbench").rubric, library.read("default").rubric], library)
    assert list(offered.all()) == ["osbench", "default"]
    held = library.save(TEXT, None, "ann", "")
    assert offered.choices()[-1] == ("Mine", "mine")
    library.save(TEXT.replace("Mine", "Ours"), held.revision, "ann", "")
    assert offered.all()["mine"].title == "Ours"
    (library.folder / "mine.yaml").write_text("broken: [")
    assert list(offered.all()) == ["osbench", "default"]

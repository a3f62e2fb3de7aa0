"""What people type and drop becomes the item they meant; uploads are kept under safe names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.errors import MediaError
from mmjudge.types import Turn
from mmjudge.ui.intake import MOST_FILES, keep, plain_name, take, target_of, turns_of


def test_roles_at_the_beginning_of_lines_make_a_conversation():
    text = "System: be kind\n**User:** Hi\nhow are you?\n  assistant : Fine."
    assert turns_of(text) == (
        Turn("system", "be kind"),
        Turn("user", "Hi\nhow are you?"),
        Turn("assistant", "Fine."),
    )


@pytest.mark.parametrize(
    "text",
    [
        "User: alone",
        "A post that says\nUser: hi\nAssistant: hi",
        "The user: a study. The assistant: a play.",
        "",
        "Users: many\nAssistants: few",
    ],
)
def test_what_is_no_conversation_stays_a_text(text):
    assert turns_of(text) == ()


def test_the_last_word_says_what_is_judged():
    assert target_of([Turn("user", "a"), Turn("assistant", "b")]) == "response"
    assert target_of([Turn("assistant", "b"), Turn("user", "a"), Turn("tool", "c")]) == "prompt"
    assert target_of([Turn("system", "b")]) == "post"


def test_pasted_json_is_a_conversation_too():
    pasted = json.dumps({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]})
    taken = take(pasted, [])
    assert taken.item.turns == (Turn("user", "Hi"), Turn("assistant", "Ho"))
    assert taken.item.target == "response"
    assert "2 turns; the answer is judged" in taken.note
    assert take(pasted, [], "prompt").item.target == "prompt"
    assert take("[1, 2]", []).item.text == "[1, 2]"


def test_a_conversation_file_is_read_as_one(tmp_path: Path):
    file = tmp_path / "chat.json"
    file.write_text(json.dumps([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]))
    assert take("", [file]).item.turns[1].text == "Ho"
    lines = tmp_path / "many.jsonl"
    lines.write_text('{"text": "one"}\n{"text": "two"}\n')
    taken = take("", [lines])
    assert taken.item.text == "one"
    assert "holds 2 items; the first is judged here" in taken.note
    other = take("", [lines], "response")
    assert other.item.target == "response"
    assert other.item.id != taken.item.id


def test_nothing_and_too_much_are_said_in_words(tmp_path: Path):
    with pytest.raises(MediaError, match="nothing to judge yet"):
        take("  \n", [])
    with pytest.raises(MediaError, match="give fewer"):
        take("", [tmp_path / "x"] * (MOST_FILES + 1))
    with pytest.raises(MediaError, match="save it as a file"):
        take("x" * 200_001, [])


def test_uploads_are_kept_once_under_their_content(tmp_path: Path):
    upload = tmp_path / "in" / "my photo.png"
    upload.parent.mkdir()
    upload.write_bytes(b"pixels")
    first, second = keep([upload], tmp_path / "kept"), keep([str(upload)], tmp_path / "kept")
    assert first == second == [tmp_path / "kept" / hashlib.sha256(b"pixels").hexdigest() / "my photo.png"]
    assert first[0].read_bytes() == b"pixels"
    assert len(list((tmp_path / "kept").rglob("*.*"))) == 1


@given(st.text(max_size=300))
def test_no_name_leads_anywhere(name):
    plain = plain_name(name)
    assert plain
    assert len(plain) <= 120
    assert not set(plain) & set("/\\\0:*?<>|\n")
    assert not plain.startswith(".")
    assert Path("/kept", plain).parent == Path("/kept")


def test_names_by_hand():
    assert plain_name("../../etc/passwd") == "passwd"
    assert plain_name(".bashrc") == "bashrc"
    assert plain_name("a" * 300 + ".png") == "a" * 116 + ".png"
    assert plain_name("<script>.png") == "_script_.png"

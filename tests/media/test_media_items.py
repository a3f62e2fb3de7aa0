"""Paths and conversations -> Item."""

import hashlib
import json
import os

import pytest

from mmjudge.errors import MediaError
from mmjudge.media import item, load, read
from mmjudge.types import Turn, item_id


def test_the_hash_is_that_of_the_bytes_and_the_path_plays_no_part(tmp_path):
    raw = b"x" * (3 << 20)  # three chunks
    one, other = tmp_path / "a.bin", tmp_path / "b.txt"
    one.write_bytes(raw)
    other.write_bytes(raw)
    first, second = item(files=[one]), item(files=[other])
    assert first.media[0].sha256 == hashlib.sha256(raw).hexdigest()
    assert first.media[0].size == 3 << 20
    assert first.id == second.id == item_id("", (), "post", [hashlib.sha256(raw).hexdigest()])


def test_a_missing_path_and_a_folder_are_errors_that_say_so(tmp_path):
    with pytest.raises(MediaError, match=r"nowhere\.png is not there"):
        item(files=[tmp_path / "nowhere.png"])
    with pytest.raises(MediaError, match="is a folder"):
        item(files=[tmp_path])
    with pytest.raises(MediaError):
        load(tmp_path / "nowhere.json")
    with pytest.raises(MediaError, match="cannot be looked up"):
        item(files=["a\0b"])


def test_a_pipe_is_never_opened_and_becomes_a_gap(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = item(files=[pipe])
    assert found.media[0].sha256 == ""
    (gap,) = read(found).gaps
    assert (gap.part, gap.reason) == ("whole", "undecodable")
    assert "could not be opened" in gap.note


def test_an_unknown_target_is_refused():
    with pytest.raises(ValueError, match="unknown target 'reply'"):
        item("x", target="reply")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "text", "turns", "target"),
    [
        ({"text": "hi"}, "hi", (), "post"),
        ({"text": "hi", "target": "prompt"}, "hi", (), "prompt"),
        ({"prompt": "p", "response": "r"}, "", (Turn("user", "p"), Turn("assistant", "r")), "response"),
        ({"prompt": "p"}, "p", (), "prompt"),
        ({"response": "r"}, "r", (), "response"),
        ({"messages": [{"role": "user", "content": "p"}]}, "", (Turn("user", "p"),), "prompt"),
        (
            {"conversations": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]},
            "",
            (Turn("user", "p"), Turn("assistant", "r")),
            "response",
        ),
        (
            [{"role": "System", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "p"}]}],
            "",
            (Turn("system", "s"), Turn("user", "p")),
            "prompt",
        ),
    ],
)
def test_every_shape_of_conversation(tmp_path, row, text, turns, target):
    path = tmp_path / "x.txt"  # the name says nothing
    path.write_text(json.dumps(row))
    (found,) = load(path)
    assert (found.text, found.turns, found.target) == (text, turns, target)
    assert found.id == item_id(text, turns, target, [])


def test_each_line_and_each_entry_is_an_item(tmp_path):
    rows = [{"text": "one"}, {"text": "two\u2028still two"}]
    lines, whole = tmp_path / "a.jsonl", tmp_path / "a.json"
    lines.write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\nnot json\n", encoding="utf-8-sig"
    )
    whole.write_text(json.dumps(rows), encoding="utf-16")
    assert [one.text for one in load(lines)] == ["one", "two\u2028still two", "not json"]
    assert [one.text for one in load(whole)] == ["one", "two\u2028still two"]


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", "[" * 100_000, "{", "plain words", "", '["a", {"text": "b"}]'])
def test_what_is_no_conversation_is_one_file(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    (found,) = load(path)
    assert found.media[0].path == path
    assert not found.text


def test_a_picture_named_in_a_conversation_is_a_gap_and_not_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read me")
    path = tmp_path / "chat.json"
    content = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": str(secret)}}]
    path.write_text(json.dumps({"messages": [{"role": "user", "content": content}]}))
    (found,) = load(path)
    assert found.turns == (Turn("user", "look"),)
    reading = read(found)
    assert [(s.part, s.turns) for s in reading.segments] == [("text", (Turn("user", "look"),))]
    (gap,) = reading.gaps
    assert (gap.part, gap.reason) == ("0", "undecodable")
    assert "named inside a conversation" in gap.note

"""Paths, texts and conversations -> Item.

Knows what a conversation looks like in JSON, and how a file gets its hash. Decodes no media and follows no path or
address that stands inside a file: a picture named there becomes a file that could not be opened, hence a gap.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mmjudge.errors import MediaError
from mmjudge.types import TARGETS, Item, Media, Target, Turn, item_id

ENCLOSED = Path("a picture, sound or file named inside a conversation")
"""Stands for content a conversation points to. It has no hash, so reading it is a gap and nothing is opened."""

ROLES = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}
_TURN_LISTS = ("messages", "turns", "conversation", "conversations", "dialogue", "chat")
_TEXTS = ("text", "post", "content", "caption", "body")
_ENCLOSURES = ("media", "image", "images", "image_url", "audio", "video", "files", "file", "attachments")
_CHUNK = 1 << 20
_LARGEST_JSON = 64 << 20


def item(
    text: str = "",
    files: Iterable[str | Path] = (),
    turns: Iterable[Turn] = (),
    target: Target = "post",
    attributes: Iterable[tuple[str, str]] = (),
) -> Item:
    """One post of a caption, a conversation and files together.

    Files are hashed in chunks; one that is there but cannot be opened (or is no regular file) gets sha256 "" and
    becomes a gap when read. Raises MediaError where a path is not there or is a folder, ValueError for an unknown
    target.
    """
    if target not in TARGETS:
        raise ValueError(f"unknown target {target!r}: use one of {', '.join(TARGETS)}")
    turns = tuple(turns)
    media = tuple(_media(Path(path)) for path in files)
    identity = item_id(text, turns, target, (m.sha256 for m in media))
    return Item(identity, text, turns, target, media, tuple(attributes))


def load(path: str | Path) -> list[Item]:
    """The items of one file: each line of a JSONL conversation file or each entry of a JSON list of conversations is
    one, anything else is one item of that one file.

    Understood are objects with `messages`, `turns` or `conversation` (lists of role and content), with `prompt` and
    `response`, or with `text`; and a plain list of role/content objects, which is one conversation. `target` may stand
    beside them; else a conversation that ends with the assistant is judged as response, with the user as prompt, and a
    text as post. A line of a JSONL file that is no JSON is judged as the text it is. Raises MediaError where the
    path is not there.
    """
    path = Path(path)
    media = _media(path)
    if not media.sha256 or media.size > _LARGEST_JSON or not _may_be_json(path):
        return [item(files=[path])]
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return [item(files=[path])]
    return list(conversations(text)) or [item(files=[path])]


def conversations(text: str) -> Iterator[Item]:
    """The items in a JSON or JSONL text; none where it is neither, or holds nothing that looks like a conversation."""
    whole = _parse(text)
    if isinstance(whole, list) and not _is_turn_list(whole):
        if whole and all(conversation_of(row) is not None for row in whole):
            yield from (found for row in whole if (found := conversation_of(row)) is not None)
    elif whole is not None:
        found = conversation_of(whole)
        if found is not None:
            yield found
    else:
        yield from _lines(text)


def _lines(text: str) -> Iterator[Item]:
    # Only line feeds part JSONL lines: str.splitlines would also cut at U+2028, which JSON strings may hold.
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or conversation_of(_parse(lines[0])) is None:
        return
    for line in lines:
        found = conversation_of(_parse(line))
        yield found if found is not None else item(text=line.strip())


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def conversation_of(row: object) -> Item | None:
    """The item a JSON value stands for, None where it stands for none."""
    if isinstance(row, list):
        return _of_turns(row, None) if _is_turn_list(row) else None
    if not isinstance(row, dict):
        return None
    target = row.get("target")
    wanted: Target | None = target if target in TARGETS else None
    for key in _TURN_LISTS:
        if isinstance(row.get(key), list) and _is_turn_list(row[key]):
            return _of_turns(row[key], wanted, _enclosures(row))
    prompt, response = row.get("prompt"), row.get("response", row.get("completion"))
    if isinstance(prompt, str) and isinstance(response, str):
        turns = (Turn("user", prompt), Turn("assistant", response))
        return _item("", turns, wanted or "response", _enclosures(row))
    if isinstance(prompt, str):
        return _item(prompt, (), wanted or "prompt", _enclosures(row))
    if isinstance(response, str):
        return _item(response, (), wanted or "response", _enclosures(row))
    for key in _TEXTS:
        if isinstance(row.get(key), str):
            return _item(row[key], (), wanted or "post", _enclosures(row))
    return None


def _of_turns(rows: list, wanted: Target | None, enclosed: int = 0) -> Item:
    turns = []
    for row in rows:
        role = str(row.get("role", row.get("from", row.get("speaker", "user")))).lower()
        text, more = _said(row.get("content", row.get("value", row.get("text", ""))))
        enclosed += more + _enclosures(row)
        turns.append(Turn(ROLES.get(role, "user"), text))
    last = next((turn.role for turn in reversed(turns) if turn.role in ("user", "assistant")), "user")
    return _item("", tuple(turns), wanted or ("response" if last == "assistant" else "prompt"), enclosed)


def _said(content: object) -> tuple[str, int]:
    """The words of a turn's content, and how much of it is not words."""
    if isinstance(content, str):
        return content, 0
    if isinstance(content, list):
        words = [
            part if isinstance(part, str) else part.get("text") for part in content if isinstance(part, str | dict)
        ]
        said = [word for word in words if isinstance(word, str)]
        return "\n".join(said), len(content) - len(said)
    return ("", 0) if content is None else (json.dumps(content, ensure_ascii=False), 0)


def _is_turn_list(rows: list) -> bool:
    return bool(rows) and all(
        isinstance(row, dict)
        and any(key in row for key in ("role", "from", "speaker"))
        and any(key in row for key in ("content", "value", "text"))
        for row in rows
    )


def _enclosures(row: dict) -> int:
    return sum(1 for key in _ENCLOSURES if row.get(key))


def _item(text: str, turns: tuple[Turn, ...], target: Target, enclosed: int) -> Item:
    media = tuple(Media(ENCLOSED, "", 0) for _ in range(min(enclosed, 100)))
    return Item(item_id(text, turns, target, (m.sha256 for m in media)), text, turns, target, media)


def _media(path: Path) -> Media:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise MediaError(f"{path} is not there: check the name") from None
    except (OSError, ValueError) as error:
        raise MediaError(f"{path} cannot be looked up ({error}): check the name") from None
    if stat.S_ISDIR(found.st_mode):
        raise MediaError(f"{path} is a folder: give its files, or scan it")
    # Opening a pipe or a device could wait for ever: only regular files are opened.
    if not stat.S_ISREG(found.st_mode):
        return Media(path, "", 0)
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
    except OSError:
        return Media(path, "", found.st_size)
    return Media(path, hashed.hexdigest(), found.st_size)


def _may_be_json(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")

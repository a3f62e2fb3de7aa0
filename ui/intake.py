"""What a person typed and dropped -> an Item.

Knows roles written as "User:" and "Assistant:", and where uploads are kept so that a verdict can be reopened. Refuses
to look into media: that is `media`'s work. Names of uploads are shown, never used as paths.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmjudge import media
from mmjudge.errors import MediaError
from mmjudge.types import TARGETS, Item, Target, Turn, item_id
from mmjudge.ui import words

MOST_FILES = 12
MOST_TYPED = 200_000

ROLES = {
    "user": "user",
    "human": "user",
    "customer": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
}
_ROLE = re.compile(rf"^[ \t>*_#-]*({'|'.join(ROLES)})[ \t*_]*[:：][ \t*_]*", re.IGNORECASE | re.MULTILINE)
_PLAIN_NAME = re.compile(r"[^\w.\- ()]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """An item, and in words what was made of what a person gave ("" where it is plain)."""

    item: Item
    note: str = ""


def turns_of(text: str) -> tuple[Turn, ...]:
    """The turns of a conversation written with a role and a colon at the beginning of lines. () unless it begins with
    one and has at least two: a post may well hold the word "User:" somewhere."""
    found = list(_ROLE.finditer(text))
    if len(found) < 2 or text[: found[0].start()].strip():
        return ()
    ends = [match.start() for match in found[1:]] + [len(text)]
    return tuple(
        Turn(ROLES[match[1].lower()], text[match.end() : end].strip()) for match, end in zip(found, ends, strict=True)
    )


def target_of(turns: Sequence[Turn]) -> Target:
    """What is judged of a conversation when nobody says: its last word. A text is a post."""
    last = next((turn.role for turn in reversed(turns) if turn.role in ("user", "assistant")), "")
    return "response" if last == "assistant" else "prompt" if last == "user" else "post"


def take(text: str, files: Sequence[Path], target: str = "") -> Taken:
    """One item of what was typed and dropped. `target`: "post", "prompt", "response", or "" to go by the last word.

    MediaError in words where there is nothing, or too much.
    """
    wanted: Target | None = target if target in TARGETS else None
    if not text.strip() and not files:
        raise MediaError("There is nothing to judge yet: write or paste a text, drop files, or choose a sample.")
    if len(files) > MOST_FILES:
        raise MediaError(f"{len(files)} files are more than a post of {MOST_FILES}: give fewer, or scan the folder.")
    if len(text) > MOST_TYPED:
        raise MediaError(f"The text is longer than {MOST_TYPED:,} characters: save it as a file and drop that.")
    if not text.strip() and len(files) == 1:
        return _one_file(files[0], wanted)
    turns = turns_of(text)
    if not turns:
        found = _conversation(text)
        turns = found.turns if found else ()
        text = text if found is None or found.turns else found.text
        wanted = wanted or (found.target if found else None)
    if not turns:
        return Taken(media.item(text, files, target=wanted or "post"))
    chosen = wanted or target_of(turns)
    judged = {"response": "the answer", "prompt": "what was asked", "post": "all of it"}[chosen]
    note = f"Read as a conversation of {words.plural(len(turns), 'turn')}; {judged} is judged."
    return Taken(media.item("", files, turns, chosen), note)


def _conversation(text: str) -> Item | None:
    """The one conversation that a text is in JSON; None where it is none, or several."""
    from mmjudge.media.items import conversations

    if text.lstrip()[:1] not in ("{", "["):
        return None
    found = list(conversations(text))
    return found[0] if len(found) == 1 and not found[0].media else None


def _one_file(path: Path, wanted: Target | None) -> Taken:
    """A file alone: a conversation in JSON becomes turns, anything else is itself."""
    found = media.load(path)
    item, note = found[0], ""
    if len(found) > 1:
        note = f"{path.name} holds {len(found)} items; the first is judged here, `mmjudge judge FILE` judges them all."
    if wanted and wanted != item.target:
        hashes = (m.sha256 or f"unreadable {m.path.name}" for m in item.media)
        item = replace(item, target=wanted, id=item_id(item.text, item.turns, wanted, hashes))
    return Taken(item, note)


def keep(uploads: Sequence[str | os.PathLike[str]], folder: Path) -> list[Path]:
    """Copies of uploads under names made of their content: `folder`/sha256/name. The same file is kept once."""
    kept = []
    for upload in uploads:
        source = Path(upload)
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        target = folder / sha256 / plain_name(source.name)
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_name(f".{os.getpid()}-{target.name}"[:200])
            shutil.copyfile(source, half)
            half.replace(target)
        kept.append(target)
    return kept


def plain_name(name: str) -> str:
    """A file name of letters, digits and a few signs, at most 120 characters; never hidden, never empty."""
    plain = _PLAIN_NAME.sub("_", Path(name).name).lstrip(".").strip()
    stem, dot, ending = plain.rpartition(".")
    if dot and len(plain) > 120:
        plain = f"{stem[: 119 - len(ending[:12])]}.{ending[:12]}"
    return plain[:120] or "file"

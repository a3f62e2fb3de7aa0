"""What lies open on the page "Rubrics" in one browser session: a rubric, its text, and texts that are not saved yet.

Knows how a text comes back from a browser's editor, and what a browser remembers of unsaved texts. Refuses to know
components. Whatever comes from a browser is checked: an id is a name, never a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmjudge.errors import MMJudgeError
from mmjudge.library import BrokenError, Held, Library
from mmjudge.types import Rubric
from mmjudge.ui.opinion import MOST_NAME

MOST_DRAFTS = 6
MOST_TEXT = 2_000_000
"""Characters of a rubric's text that are taken from a browser."""


@dataclass(frozen=True)
class Desk:
    """A rubric that lies open. `text`, `revision`: what it is saved as; `rubric` None: the file cannot be read, `error`
    says why. `number`: which revision it is, 0 where there is none; `own`: whether it can be changed here."""

    id: str
    text: str
    revision: str
    rubric: Rubric | None
    own: bool = True
    number: int = 0
    error: str = ""


@dataclass(frozen=True)
class Draft:
    """A text that was typed and not saved, and the revision it began from."""

    revision: str
    text: str


def laid_open(library: Library, rubric_id: str) -> Desk:
    """A rubric by its id, broken ones too. RubricError in words where there is none."""
    try:
        held = library.read(rubric_id)
    except BrokenError as error:
        return Desk(rubric_id, error.text, error.revision, None, error=str(error))
    return desk_of(held)


def desk_of(held: Held) -> Desk:
    return Desk(held.id, held.text, held.revision, held.rubric, held.own, held.number)


def began_from(library: Library, desk: Desk, revision: str) -> Desk:
    """The version a draft began from, as far as the library knows it; else only its revision."""
    if revision == desk.revision:
        return desk
    for line in reversed(library.history(desk.id)):
        if line.revision == revision:
            try:
                held = library.read(desk.id, line.number)
            except MMJudgeError:
                break
            return Desk(desk.id, held.text, revision, held.rubric, desk.own, line.number)
    return Desk(desk.id, "", revision, None, desk.own)


# --- the editor's text ------------------------------------------------------------------------------------------


def typed(text: str | None, began: str) -> str:
    """The editor's text as it goes into a file: what the editor takes away at both ends, and its line ends, as they
    were in the file it began from."""
    body = (text or "")[:MOST_TEXT].replace("\r\n", "\n").strip()
    plain = began.replace("\r\n", "\n")
    head = plain[: len(plain) - len(plain.lstrip())] if plain.strip() else ""
    tail = plain[len(plain.rstrip()) :] if plain.strip() else "\n"
    whole = f"{head}{body}{tail or chr(10)}"
    return whole.replace("\n", "\r\n") if "\r\n" in began else whole


def is_changed(text: str | None, began: Desk | None) -> bool:
    """Whether what stands in the editor is another text than the saved one it began from."""
    if began is None:
        return False
    return (text or "").replace("\r\n", "\n").strip() != began.text.replace("\r\n", "\n").strip()


def drafted(drafts: object, began: Desk | None, text: str | None) -> dict[str, list[str]]:
    """What the browser remembers, with this text kept, or forgotten where nothing is changed. Oldest go first."""
    kept = {
        rubric_id: [draft.revision, draft.text]
        for rubric_id in (drafts if isinstance(drafts, Mapping) else {})
        if isinstance(rubric_id, str) and (draft := draft_of(drafts, rubric_id)) is not None
    }
    if began is None:
        return kept
    kept.pop(began.id, None)
    if is_changed(text, began) and began.own:
        kept[began.id] = [began.revision, (text or "")[:MOST_TEXT]]
    return dict(list(kept.items())[-MOST_DRAFTS:])


def draft_of(drafts: object, rubric_id: str) -> Draft | None:
    """The unsaved text of a rubric; None where there is none, or what the browser sent is none."""
    found = drafts.get(rubric_id) if isinstance(drafts, Mapping) else None
    if not isinstance(found, list) or len(found) != 2 or not all(isinstance(part, str) for part in found):
        return None
    return Draft(found[0][:64], found[1][:MOST_TEXT])


def named(who: str | None) -> str:
    """A person's name as it stands in a history. MMJudgeError in words where it is missing."""
    name = " ".join((who or "").split())[:MOST_NAME]
    if not name:
        raise MMJudgeError("Your name is missing: write it into “Your name”, so that others know who changed it.")
    return name

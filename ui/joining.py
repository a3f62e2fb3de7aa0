"""What becomes of a text that came too late: both sides shown, joined where they do not touch, chosen where they do.

Knows the panel of a conflict. Refuses to decide for a person and to lose anything: the editor's text stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from mmjudge.errors import MMJudgeError, RubricError
from mmjudge.library import Held, Library, StaleError, merge
from mmjudge.rubric import parse
from mmjudge.rubric_diff import diff
from mmjudge.rubric_merge import Conflict, Side
from mmjudge.ui import words
from mmjudge.ui.clash_view import clash_html, joined_words
from mmjudge.ui.desk import Desk, desk_of, named, typed
from mmjudge.ui.diff_view import summary
from mmjudge.ui.edit_parts import Edit, noted
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")

UNREADABLE = (
    "The file was changed by another programme and cannot be read now; your text stays here. Open the rubric again "
    "from the list to see what is wrong with the file."
)
REMOVED = "The rubric was removed meanwhile. Your text is still here: press “Save” again to bring it back."
LATER = "Nothing was saved. Your text is still in the editor; “Save” shows the choice again."


@dataclass(frozen=True)
class Clash:
    """Somebody saved in between. `base`: what the editor began from, as far as it is known; `theirs`: what is there
    now, made by `who`; `chosen`: whose side counts, by conflict."""

    base: str | None
    theirs: Held
    who: str
    chosen: tuple[tuple[str, Side], ...] = ()


class Joining:
    """The handlers. `saved(held, drafts, said, text)` gives what the page shows after a save."""

    def __init__(self, library: Library, edit: Edit, saved: Callable[..., dict]) -> None:
        self.library, self.edit, self.saved = library, edit, saved

    def stale(self, error: StaleError, began: Desk, text: str) -> dict:
        """What is shown instead of a save, where somebody was faster."""
        e = self.edit
        if error.current is None and self.library.has(began.id):
            return {e.message: message_html(UNREADABLE, "error")}
        if error.current is None:
            return {e.message: message_html(REMOVED, "error"), e.began: replace(began, revision="")}
        history = reversed(self.library.history(began.id))
        who = next((line.by for line in history if line.revision == error.current.revision), "")
        clash = Clash(error.base.text if error.base else None, error.current, who)
        return {**self._shown(clash, typed(text, began.text)), e.message: ""}

    def _shown(self, clash: Clash, mine: str) -> dict:
        e, chosen = self.edit, dict(clash.chosen)
        clash, conflicts = _conflicts(clash, mine)
        try:
            merge(clash.base, mine, clash.theirs.text, chosen)
            problem = ""
        except RubricError as error:
            problem = f"{str(error)[:1].upper()}{str(error)[1:]}. Choose otherwise, or change your text."
        base = parse(clash.base, "the base") if clash.base else None
        joined = joined_words(base, parse(mine, "your text"), clash.theirs.rubric, conflicts)
        ready = all(conflict.where in chosen for conflict in conflicts) and not problem
        return {
            e.clash_group: gr.update(visible=True),
            e.clash_view: clash_html(clash.who, clash.theirs.number, conflicts, chosen, joined, problem),
            e.save_both: gr.update(interactive=ready),
            e.clash: clash,
        }

    def choose(self, text: str, began: Desk | None, clash: Clash | None, event: gr.EventData) -> dict:
        """One side of one conflict. What comes from the browser is checked against what was sent."""
        data, nothing = event._data or {}, {self.edit.message: gr.skip()}
        sides: dict[str, Side] = {"mine": "mine", "theirs": "theirs"}
        side = sides.get(str(data.get("side")))
        if clash is None or began is None or side is None or not str(data.get("n", "")).isdecimal():
            return nothing
        try:
            mine = typed(text, began.text)
            clash, conflicts = _conflicts(clash, mine)
            n = int(data["n"])
            if n >= len(conflicts):
                return nothing
            chosen = {**dict(clash.chosen), conflicts[n].where: side}
            return self._shown(replace(clash, chosen=tuple(chosen.items())), mine)
        except MMJudgeError as error:
            return {self.edit.message: message_html(str(error), "error")}

    def save_both(
        self, text: str, began: Desk | None, clash: Clash | None, note: str, who: str, drafts: object
    ) -> dict:
        """Save the joined text; if somebody was faster again, show that."""
        e = self.edit
        if began is None or clash is None:
            return {e.clash_group: gr.update(visible=False)}
        try:
            mine, by = typed(text, began.text), named(who)
            done = merge(clash.base, mine, clash.theirs.text, dict(clash.chosen))
            if done.conflicts:
                return self._shown(clash, mine)
            held = self.library.save(done.text, clash.theirs.revision, by, noted(note) or "joined with another change")
        except StaleError as error:
            # from here on the joined text is the editor's, and what it was joined with is what it began from
            joined = {e.code: error.mine, e.began: desk_of(clash.theirs)}
            return joined | self.stale(error, desk_of(clash.theirs), error.mine)
        except MMJudgeError as error:
            return {e.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("saving a joined rubric failed")
            return {e.message: message_html(words.OURS, "error")}
        changes = diff(clash.theirs.rubric, held.rubric)
        meant = summary(changes) if changes else "No rule is another one than in theirs."
        return self.saved(held, drafts, f"Both were saved together as revision {held.number}. {meant}", held.text)

    def later(self) -> dict:
        e = self.edit
        return {e.clash_group: gr.update(visible=False), e.message: message_html(LATER)}

    def wire(self, who: gr.Textbox, drafts: gr.BrowserState, outputs: list, quiet: dict[str, Any]) -> None:
        e = self.edit
        chosen = [e.clash_group, e.clash_view, e.save_both, e.clash, e.message]
        e.clash_view.click(self.choose, [e.code, e.began, e.clash], chosen, **quiet)
        both = [e.code, e.began, e.clash, e.note, who, drafts]
        e.save_both.click(self.save_both, both, outputs, trigger_mode="once", **quiet)
        e.keep_mine.click(self.later, None, [e.clash_group, e.message], **quiet)


def _conflicts(clash: Clash, mine: str) -> tuple[Clash, tuple[Conflict, ...]]:
    """Without anything chosen. Where the changes make no rubric together, all that differs is to be chosen."""
    try:
        return clash, merge(clash.base, mine, clash.theirs.text).conflicts
    except RubricError:
        return replace(clash, base=None), merge(None, mine, clash.theirs.text).conflicts

"""Editing a rubric's text on the page: checked while it is typed, put aside and back, saved with compare-and-swap.

Knows the editor's components and what became of a save. Refuses to lose a text: what could not be saved stays in the
editor, in the browser's memory and in a file of the library.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.library import Held, Library, StaleError
from mmjudge.ui import words
from mmjudge.ui.desk import Desk, Draft, began_from, desk_of, drafted, is_changed, named, typed
from mmjudge.ui.diff_view import summary
from mmjudge.ui.edit_parts import BACK, SHIPPED, UNDO, Edit, noted
from mmjudge.ui.joining import Joining
from mmjudge.ui.lint_view import checked, checked_html
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")


class Editing:
    """The handlers. `refresh(desk)` gives what the other sections of the page show of a saved version."""

    def __init__(self, library: Library, edit: Edit, drafts: gr.BrowserState, refresh: Callable[[Desk], dict]) -> None:
        self.library, self.edit, self.drafts, self.refresh = library, edit, drafts, refresh
        self.joining = Joining(library, edit, self._saved)

    # --- showing

    def opened(self, desk: Desk, draft: Draft | None) -> dict:
        """A rubric that was just opened, with the text that was typed and not saved before."""
        e, began, text, said = self.edit, desk, desk.text, ""
        if draft is not None and desk.own and is_changed(draft.text, desk):
            began, text = began_from(self.library, desk, draft.revision), draft.text
            said = message_html(f"Your unsaved text is here again. “{UNDO}” puts it aside.")
        return {
            e.notice: "" if desk.own else SHIPPED,
            e.copy: gr.update(visible=not desk.own),
            e.work: gr.update(visible=desk.own),
            e.code: gr.update(value=text, interactive=desk.own),
            e.live: live_html(text, began),
            e.note: "",
            e.undo: UNDO,
            e.message: said,
            e.clash_group: gr.update(visible=False),
            e.began: began,
            e.clash: None,
            e.aside: "",
        }

    def refreshed(self, desk: Desk, began: Desk | None, text: str) -> dict:
        """A version that another section saved. An unsaved text stays, with the version it began from."""
        if began is not None and began.id == desk.id and is_changed(text, began):
            said = "Another part of this page saved meanwhile. Your text stays; both are joined when you save it."
            return {self.edit.message: message_html(said)}
        return self.opened(desk, None)

    def check(self, text: str, began: Desk | None, drafts: object) -> dict:
        """What can be said about the text, and the text remembered."""
        e = self.edit
        if began is None or not began.own:
            return {e.live: gr.skip()}
        kept = drafted(drafts, began, text)
        return {e.live: live_html(text, began), self.drafts: kept, e.undo: UNDO, e.aside: "", e.message: ""}

    def undo(self, text: str, began: Desk | None, aside: str) -> dict:
        """Put the typed text aside, or bring it back."""
        e = self.edit
        if began is None or not (aside or is_changed(text, began)):
            return {e.message: message_html("Nothing is changed: there is nothing to undo.")}
        shown, kept = (aside, "") if aside else (began.text, text)
        said = "" if aside else message_html(f"The saved text is shown. “{BACK}” shows yours again.")
        return {
            e.code: shown,
            e.aside: kept,
            e.undo: BACK if kept else UNDO,
            e.live: live_html(shown, began),
            e.message: said,
        }

    # --- saving

    def save(self, text: str, began: Desk | None, note: str, who: str, drafts: object) -> dict:
        """Make the text the current revision, if nobody was faster."""
        e = self.edit
        if began is None or not began.own:
            return {e.message: message_html("Open a rubric of your own first.", "error")}
        if not is_changed(text, began) and began.rubric is not None and began.revision:
            return {e.message: message_html("Nothing is changed: there is nothing to save.")}
        try:
            body, by = typed(text, began.text), named(who)
            found = checked(body, began.rubric, began.id)
            if found.rubric is None:
                raise MMJudgeError(f"It was not saved. {found.error}")
            held = self.library.save(body, began.revision or None, by, noted(note))
        except StaleError as error:
            return self.joining.stale(error, began, text)
        except MMJudgeError as error:
            return {e.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("saving a rubric failed")
            return {e.message: message_html(words.OURS, "error")}
        meant = summary(found.changes) if found.changes else "No rule is another one than before."
        return self._saved(held, drafts, f"Saved as revision {held.number}. {meant}")

    def _saved(self, held: Held, drafts: object, said: str, text: str | None = None) -> dict:
        """`text`: what the editor is to show where that is not what stands in it."""
        e, desk = self.edit, desk_of(held)
        shown = {} if text is None else {e.code: text}
        return {
            **self.refresh(desk),
            **shown,
            e.began: desk,
            e.note: "",
            e.live: live_html(held.text, desk),
            e.message: message_html(said, "done"),
            e.clash_group: gr.update(visible=False),
            e.clash: None,
            self.drafts: drafted(drafts, desk, held.text),
        }

    def wire(self, who: gr.Textbox, outputs: list, quiet: dict[str, Any]) -> None:
        """`outputs`: everything a save may change on the page."""
        e = self.edit
        e.code.input(
            self.check,
            [e.code, e.began, self.drafts],
            [e.live, self.drafts, e.undo, e.aside, e.message],
            trigger_mode="always_last",
            concurrency_limit=4,
            **quiet,
        )
        e.save.click(self.save, [e.code, e.began, e.note, who, self.drafts], outputs, trigger_mode="once", **quiet)
        e.undo.click(self.undo, [e.code, e.began, e.aside], [e.code, e.aside, e.undo, e.live, e.message], **quiet)
        self.joining.wire(who, self.drafts, outputs, quiet)


def live_html(text: str, began: Desk) -> str:
    """What can be said about a text while it is typed."""
    try:
        found = checked(typed(text, began.text), began.rubric, began.id if began.own else "")
        return checked_html(found, began.rubric, is_changed(text, began) if began.own else None)
    except MMJudgeError as error:
        return message_html(str(error), "error")
    except Exception:
        LOG.exception("checking a rubric failed")
        return message_html(words.OURS, "error")

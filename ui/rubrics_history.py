"""The revisions of a rubric on the page: who, when, why; what differs between two; and an old one made current again.

Knows the list of revisions. Refuses to remove any: opening an old one again makes a new revision with its text.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.library import Library, Revision, StaleError
from mmjudge.rubric_diff import diff
from mmjudge.ui import words
from mmjudge.ui.desk import Desk, desk_of, named
from mmjudge.ui.diff_view import changes_html
from mmjudge.ui.frame import CLICKS, html
from mmjudge.ui.markup import esc, isolated
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")


class Past(NamedTuple):
    """The components."""

    view: gr.HTML
    pair: gr.Row
    first: gr.Dropdown
    second: gr.Dropdown
    message: gr.HTML
    compared: gr.HTML

    @property
    def outputs(self) -> list:
        return list(self)


class Looking:
    """The handlers. `reopened(desk)` gives what the page shows of a version that was made current again."""

    def __init__(self, library: Library, past: Past, reopened: Callable[..., dict]) -> None:
        self.library, self.past, self.reopened = library, past, reopened

    def shown(self, desk: Desk) -> dict:
        """The revisions of what lies open."""
        p = self.past
        try:
            lines = self.library.history(desk.id) if desk.own else ()
        except MMJudgeError as error:
            return {p.view: message_html(str(error), "error"), p.pair: gr.update(visible=False), p.compared: ""}
        numbers = [(f"Revision {line.number}{f', {line.by}' if line.by else ''}", line.number) for line in lines]
        two = len(numbers) > 1
        return {
            p.view: history_html(lines, desk.number, time.time()),
            p.pair: gr.update(visible=two),
            p.first: gr.update(choices=numbers, value=numbers[-2][1] if two else None),
            p.second: gr.update(choices=numbers, value=numbers[-1][1] if two else None),
            p.message: "",
            p.compared: "",
        }

    def clicked(self, desk: Desk | None, began: Desk | None, text: str, who: str, event: gr.EventData) -> dict:
        """A button of the list."""
        data, p = event._data or {}, self.past
        if desk is None or not str(data.get("number", "")).isdecimal() or len(str(data["number"])) > 9:
            return {p.message: gr.skip()}
        number = int(data["number"])
        if data.get("act") not in ("changes", "again"):
            return {p.message: gr.skip()}
        try:
            if data["act"] == "changes":
                earlier = [line.number for line in self.library.history(desk.id) if line.number < number]
                return self.compare(desk, max(earlier, default=number), number)
            old = self.library.read(desk.id, number)
            by = named(who)
            held = self.library.save(old.text, desk.revision, by, f"revision {number} again")
        except StaleError:
            said = "Somebody saved meanwhile, so nothing was changed: open the rubric again from the list, then decide."
            return {p.message: message_html(said, "error")}
        except MMJudgeError as error:
            return {p.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("opening an old revision failed")
            return {p.message: message_html(words.OURS, "error")}
        said = f"Revision {number} is current again, as revision {held.number}."
        return {**self.reopened(desk_of(held), began, text), p.message: message_html(said, "done")}

    def compare(self, desk: Desk | None, first: int | None, second: int | None) -> dict:
        """What differs between two revisions."""
        p = self.past
        if desk is None or first is None or second is None:
            return {p.message: gr.skip()}
        try:
            old, new = self.library.read(desk.id, int(first)), self.library.read(desk.id, int(second))
        except MMJudgeError as error:
            return {p.message: message_html(str(error), "error"), p.compared: ""}
        if first == second:
            return {p.message: message_html("This is the first revision: there is none before it."), p.compared: ""}
        title = f"From revision {first} to revision {second}"
        changes = diff(old.rubric, new.rubric)
        if not changes and old.text != new.text:
            shown = f'<p class="mm-quiet">{esc(title)}: only comments or the layout differ.</p>'
        else:
            shown = changes_html(old.rubric, new.rubric, changes, title)
        return {p.message: "", p.compared: shown}

    def wire(
        self,
        desk: gr.State,
        editor: tuple[gr.State, gr.Code],
        who: gr.Textbox,
        outputs: list,
        quiet: dict[str, Any],
    ) -> None:
        """`editor`: what its text began from, and the text; `outputs`: everything a save may change."""
        p = self.past
        p.view.click(self.clicked, [desk, *editor, who], outputs, trigger_mode="once", **quiet)
        gr.on(
            [p.first.input, p.second.input], self.compare, [desk, p.first, p.second], [p.message, p.compared], **quiet
        )


def draw_past() -> Past:
    view = html("", js_on_load=CLICKS, elem_id="mm-past")
    message = html("", elem_id="mm-past-message")
    with gr.Row(visible=False, elem_classes="mm-who-row") as pair:
        first = gr.Dropdown([], label="Compare", elem_id="mm-past-first")
        second = gr.Dropdown([], label="with", elem_id="mm-past-second")
    compared = html("", elem_id="mm-compared")
    return Past(view, pair, first, second, message, compared)


def history_html(lines: Sequence[Revision], current: int, now: float) -> str:
    """The revisions, newest first. `now`: seconds since 1970. Pure."""
    if not lines:
        return '<p class="mm-empty">A shipped rubric has no history here. A copy of your own will have one.</p>'
    rows = "".join(_line(line, line.number == current, now) for line in reversed(lines))
    return f'<ol class="mm-revisions">{rows}</ol>'


def _line(line: Revision, current: bool, now: float) -> str:
    facts = [words.ago(line.at, now), f"text {line.revision[:8]}"]
    facts += [f"from {line.derived_from.partition('@')[0]}"] if line.derived_from else []
    note = f'<p dir="auto">{esc(line.note)}</p>' if line.note else ""
    broken = "" if line.version else '<p class="mm-quiet">This text could not be read as a rubric.</p>'
    tag = ' <span class="mm-tag approved">current</span>' if current else ""

    def button(act: str, said: str) -> str:
        number = f'<span class="sr"> in revision {line.number}</span>' if act == "changes" else ""
        number = number or f'<span class="sr">: revision {line.number}</span>'
        data = f'data-act="{act}" data-number="{line.number}"'
        return f'<button type="button" class="mm-mini" {data}>{said}{number}</button>'

    buttons = button("changes", "What changed") + ("" if current or broken else button("again", "Open this one again"))
    return (
        f'<li><div class="grow"><p><b>Revision {line.number}</b>{tag} by {isolated(line.by or "somebody")}</p>{note}'
        f'{broken}<p class="mm-row-facts">{"".join(f"<span>{isolated(fact)}</span>" for fact in facts)}</p></div>'
        f'<div class="mm-say">{buttons}</div></li>'
    )

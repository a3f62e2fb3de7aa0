"""The page "Rubrics": what is judged and by which rules, to read, to write, to sharpen, to try, and to look back.

Knows the page's sections and how they hang together. Refuses to know what happens in one: each has its own file.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.library import Library
from mmjudge.lint import lint
from mmjudge.ui import words
from mmjudge.ui.bench import Bench
from mmjudge.ui.desk import Desk, desk_of, draft_of, drafted, laid_open, named
from mmjudge.ui.edit_parts import Edit, draw_edit
from mmjudge.ui.editing import Editing
from mmjudge.ui.frame import CLICKS, header_html, html
from mmjudge.ui.objectify_parts import Objectify, draw_objectify
from mmjudge.ui.objectifying import Objectifying
from mmjudge.ui.opinion import MOST_NAME
from mmjudge.ui.proposing import Work
from mmjudge.ui.rubrics_history import Looking, Past, draw_past
from mmjudge.ui.rubrics_new import New, draw_new, made
from mmjudge.ui.rubrics_view import WELCOME, fits, head_html, list_html, rules_html
from mmjudge.ui.try_parts import Session, Try, draw_try
from mmjudge.ui.tryout import Trying
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")
MOST_SEARCH = 200


class Room(NamedTuple):
    """What stands around the sections. `desk`: what lies open; `drafts`: unsaved texts, in the browser's memory."""

    search: gr.Textbox
    add: gr.Button
    shelf: gr.HTML
    who: gr.Textbox
    remembered: gr.BrowserState
    message: gr.HTML
    welcome: gr.HTML
    head: gr.HTML
    tabs: gr.Tabs
    rules: gr.HTML
    desk: gr.State
    drafts: gr.BrowserState

    @property
    def outputs(self) -> list:
        return [self.shelf, self.message, self.welcome, self.head, self.tabs, self.rules, self.desk, self.drafts]


class Sections(NamedTuple):
    new: New
    edit: Edit
    objectify: Objectify
    attempt: Try
    past: Past


def rubrics_page(blocks: gr.Blocks, bench: Bench, library: Library) -> None:
    """Draw the page into `blocks`, which is open."""
    html(f'{header_html("rubrics")}<h1 class="sr">Rubrics</h1>')
    with gr.Row(elem_id="mm-main", elem_classes="mm-columns mm-rubrics"):
        with gr.Column(scale=4, min_width=280, elem_classes="mm-left"):
            search = gr.Textbox(label="Search rubrics", max_length=MOST_SEARCH, elem_id="mm-rb-search")
            add = gr.Button("New rubric", elem_id="mm-rb-add")
            who = gr.Textbox(label="Your name, for the history of a rubric", max_length=MOST_NAME, elem_id="mm-rb-who")
            shelf = html("", js_on_load=CLICKS, elem_id="mm-rb-shelf")
        with gr.Column(scale=11, min_width=300, elem_classes="mm-right"):
            message = html("", elem_id="mm-rb-message")
            new = draw_new()
            welcome = html(WELCOME, elem_id="mm-rb-welcome")
            head = html("", elem_id="mm-rb-head")
            with gr.Tabs(visible=False, elem_id="mm-rb-tabs") as tabs:
                with gr.Tab("Rules", id="rules"):
                    rules = html("", elem_id="mm-rb-rules")
                with gr.Tab("Edit", id="edit", render_children=True):
                    edit = draw_edit()
                with gr.Tab("Objectify", id="objectify", render_children=True) as objectify_tab:
                    objectify = draw_objectify(tuple(bench.openers))
                with gr.Tab("Try", id="try", render_children=True) as try_tab:
                    attempt = draw_try(tuple(bench.openers))
                with gr.Tab("History", id="history", render_children=True):
                    past = draw_past()
    remembered = gr.BrowserState("", storage_key="mmjudge-rater", secret="mmjudge")
    drafts = gr.BrowserState({}, storage_key="mmjudge-drafts", secret="mmjudge")
    desk = gr.State(None)
    tabs_of = (objectify_tab, try_tab)
    room = Room(search, add, shelf, who, remembered, message, welcome, head, tabs, rules, desk, drafts)
    Reading(bench, library, room, Sections(new, edit, objectify, attempt, past)).wire(blocks, *tabs_of)


class Reading:
    """The handlers around the sections: the list, opening, making a new one, and showing a version that was saved."""

    def __init__(self, bench: Bench, library: Library, room: Room, parts: Sections) -> None:
        self.library, self.room, self.parts = library, room, parts
        self.editing = Editing(library, parts.edit, room.drafts, self._saved)
        self.objectifying = Objectifying(bench, library, parts.objectify, self._resaved)
        self.trying = Trying(bench, parts.attempt)
        self.looking = Looking(library, parts.past, self._resaved)

    # --- the list

    def listed(self, search: str, desk: Desk | None) -> str:
        """Own rubrics first, as far as the words searched for stand in them."""
        wanted = (search or "")[:MOST_SEARCH].strip()
        found = []
        for entry in self.library.names():
            rubric = None if entry.error or not wanted else self.library.read(entry.id).rubric
            if not wanted or fits(entry, rubric, wanted):
                found.append(entry)
        return list_html(found, desk.id if desk else "", bool(wanted))

    def search(self, search: str, desk: Desk | None) -> str:
        try:
            return self.listed(search, desk)
        except MMJudgeError as error:
            return message_html(str(error), "error")
        except Exception:
            LOG.exception("listing rubrics failed")
            return message_html(words.OURS, "error")

    # --- opening

    def arrive(self, search: str, drafts: object, work: Work, session: Session, request: gr.Request) -> dict:
        """The list, and the rubric that the address names."""
        wanted = request.query_params.get("rubric", "")
        if not wanted:
            return {self.room.shelf: self.search(search, None)}
        return self._open(wanted, search, drafts, work, session)

    def clicked(
        self,
        search: str,
        began: Desk | None,
        text: str,
        drafts: object,
        work: Work,
        session: Session,
        event: gr.EventData,
    ) -> dict:
        """A rubric of the list. What was typed into another one is remembered first."""
        data = event._data or {}
        if data.get("act") != "open":
            return {self.room.message: gr.skip()}
        kept = drafted(drafts, began, text)
        return {**self._open(str(data.get("rubric", "")), search, kept, work, session), self.room.drafts: kept}

    def _open(self, rubric_id: str, search: str, drafts: object, work: Work, session: Session) -> dict:
        r = self.room
        try:
            desk = laid_open(self.library, rubric_id)
            return {
                **self._around(desk, search),
                **self.editing.opened(desk, draft_of(drafts, desk.id)),
                **self.objectifying.shown(desk, work),
                **self.trying.shown(desk, session),
                r.tabs: gr.update(visible=True, **({"selected": "edit"} if desk.error else {})),
                r.message: "",
            }
        except MMJudgeError as error:
            return {r.message: message_html(str(error), "error"), r.shelf: self.search(search, None)}
        except Exception:
            LOG.exception("opening a rubric failed")
            return {r.message: message_html(words.OURS, "error")}

    def _around(self, desk: Desk, search: str = "") -> dict:
        """Everything that only reads: the list, the head, the rules, the history."""
        r = self.room
        return {
            r.desk: desk,
            r.shelf: self.search(search, desk),
            r.welcome: "",
            r.head: head_html(desk),
            r.rules: rules_html(desk.rubric, lint(desk.rubric) if desk.rubric else ()),
            **self.parts.new.hidden(),
            **self.looking.shown(desk),
        }

    # --- a version that was saved in one of the sections

    def _saved(self, desk: Desk) -> dict:
        """By the editor, which shows itself what became of its text."""
        return self._around(desk)

    def _resaved(self, desk: Desk, began: Desk | None, text: str, work: Work | None = None) -> dict:
        """By another section: an unsaved text of the editor stays."""
        shown = {**self._saved(desk), **self.editing.refreshed(desk, began, text)}
        return shown | (self.objectifying.shown(desk, work) if work is not None else {})

    # --- a new one

    def add(self, source: str = "") -> dict:
        """The form, over what lies open."""
        r = self.room
        try:
            choices = [(e.title or e.id, e.id) for e in self.library.names() if not e.error]
        except MMJudgeError as error:
            return {r.message: message_html(str(error), "error")}
        return {**self.parts.new.opened(choices, source), r.welcome: "", r.message: ""}

    def copy(self, desk: Desk | None) -> dict:
        return self.add(desk.id if desk else "")

    def leave(self, desk: Desk | None) -> dict:
        return {**self.parts.new.hidden(), self.room.welcome: "" if desk else WELCOME}

    def make(
        self,
        kind: str,
        title: str,
        rubric_id: str,
        source: str,
        policy: str,
        who: str,
        search: str,
        began: Desk | None,
        text: str,
        drafts: object,
        work: Work,
        session: Session,
    ) -> dict:
        """Make it and open it. What was typed into the form stays where it could not be made."""
        new = self.parts.new
        try:
            held = made(self.library, named(who), kind, title, rubric_id, source, policy)
        except MMJudgeError as error:
            return {new.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("making a rubric failed")
            return {new.message: message_html(words.OURS, "error")}
        kept = drafted(drafts, began, text)
        kept.pop(desk_of(held).id, None)
        said = "It is yours now: change it under “Edit”, or let a model sharpen its rules under “Objectify”."
        cleared = {new.title: "", new.id: "", new.policy: ""}
        shown = {**self._open(held.id, search, kept, work, session), **cleared, self.room.drafts: kept}
        first = gr.update(visible=True, selected="rules" if kind == "policy" else "edit")
        return {**shown, self.room.tabs: first, self.room.message: message_html(said, "done")}

    # --- wiring

    def wire(self, blocks: gr.Blocks, objectify: gr.Tab, attempt: gr.Tab) -> None:
        r, p = self.room, self.parts
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        sections = [*p.new.outputs, *p.edit.outputs, *p.objectify.outputs, *p.attempt.outputs, *p.past.outputs]
        everything = [*r.outputs, *sections]
        sessions = [p.objectify.work, p.attempt.session]
        editor = (p.edit.began, p.edit.code)
        gr.on([r.search.change], self.search, [r.search, r.desk], [r.shelf], trigger_mode="always_last", **quiet)
        r.shelf.click(self.clicked, [r.search, *editor, r.drafts, *sessions], everything, **quiet)
        r.add.click(self.add, None, everything, **quiet)
        p.edit.copy.click(self.copy, [r.desk], everything, **quiet)
        p.new.leave.click(self.leave, [r.desk], everything, **quiet)
        given = [*p.new.given, r.who, r.search, *editor, r.drafts, *sessions]
        p.new.make.click(self.make, given, everything, trigger_mode="once", **quiet)
        p.new.wire(quiet)
        self.editing.wire(r.who, everything, quiet)
        self.objectifying.wire(r.desk, editor, r.who, everything, quiet)
        self.trying.wire(r.desk, quiet)
        self.looking.wire(r.desk, editor, r.who, everything, quiet)
        objectify.select(self.objectifying.chosen, [r.desk, p.objectify.work], p.objectify.outputs, **quiet)
        attempt.select(self.trying.chosen, [r.desk, p.attempt.session], p.attempt.outputs, **quiet)
        blocks.load(self.arrive, [r.search, r.drafts, *sessions], everything, **quiet)
        # nothing remembered: what is being typed meanwhile stays
        blocks.load(lambda name: name or gr.skip(), [r.remembered], [r.who], **quiet)
        r.who.change(lambda name: (name or "").strip()[:MOST_NAME], [r.who], [r.remembered], **quiet)

"""The components of the page's editor for a rubric's text.

Knows what stands where and what it is called. Refuses to know what happens (`editing`, `joining`).
"""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr

from mmjudge.ui.frame import CLICKS, html

MOST_NOTE = 200
UNDO, BACK = "Undo my changes", "Bring my changes back"

SHIPPED = (
    '<p class="mm-notice">This rubric comes with the programme and is read-only: its figures were measured with these '
    "words. Make a copy to change it.</p>"
)
KEYS = (
    '<p class="mm-quiet mm-keys">Keyboard: Escape, then Tab leaves the editor. Lines that begin with # are for people '
    "only. What you type is remembered by this browser until you save it.</p>"
)


class Edit(NamedTuple):
    """The components. `began`: the version the editor's text began from; `aside`: a text that was put aside."""

    notice: gr.HTML
    copy: gr.Button
    work: gr.Column
    code: gr.Code
    live: gr.HTML
    note: gr.Textbox
    save: gr.Button
    undo: gr.Button
    message: gr.HTML
    clash_group: gr.Column
    clash_view: gr.HTML
    save_both: gr.Button
    keep_mine: gr.Button
    began: gr.State
    clash: gr.State
    aside: gr.State

    @property
    def outputs(self) -> list:
        return list(self)


def noted(note: str | None) -> str:
    """A note as it stands in a history."""
    return " ".join((note or "").split())[:MOST_NOTE]


def draw_edit() -> Edit:
    notice = html("", elem_id="mm-edit-notice")
    copy = gr.Button("Make a copy to edit", variant="primary", visible=False, elem_id="mm-edit-copy")
    with gr.Row(elem_classes="mm-editor"):
        with gr.Column(scale=7, min_width=280, elem_classes="mm-editor-text"):
            code = gr.Code(
                label="The rubric as YAML",
                language="yaml",
                lines=24,
                max_lines=36,
                wrap_lines=True,
                interactive=True,
                elem_id="mm-code",
            )
            with gr.Column(elem_classes="mm-saving") as work:
                html(KEYS)
                with gr.Row(elem_classes="mm-who-row"):
                    note = gr.Textbox(
                        label="What you changed, and why (if you like)", max_length=MOST_NOTE, elem_id="mm-edit-note"
                    )
                with gr.Row(elem_classes="mm-go"):
                    save = gr.Button("Save", variant="primary", elem_id="mm-edit-save")
                    undo = gr.Button(UNDO, elem_id="mm-edit-undo")
        with gr.Column(scale=5, min_width=260, elem_classes="mm-editor-side"):
            live = html("", elem_id="mm-live")
    message = html("", elem_id="mm-edit-message")
    with gr.Column(visible=False, elem_id="mm-clash") as clash_group:
        clash_view = html("", js_on_load=CLICKS, elem_id="mm-clash-view")
        with gr.Row(elem_classes="mm-go"):
            save_both = gr.Button("Save both together", variant="primary", elem_id="mm-clash-save")
            keep_mine = gr.Button("Not now", elem_id="mm-clash-leave")
    states = gr.State(None), gr.State(None), gr.State("")
    return Edit(
        notice,
        copy,
        work,
        code,
        live,
        note,
        save,
        undo,
        message,
        clash_group,
        clash_view,
        save_both,
        keep_mine,
        *states,
    )

"""The components of the section "Objectify".

Knows what stands where and what it is called. Refuses to know what happens (`objectifying`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from mmjudge.improving import Rater
from mmjudge.objectify import ROUNDS
from mmjudge.ui.frame import CLICKS, html
from mmjudge.ui.proposing import Work

RATERS: tuple[tuple[str, Rater], ...] = (
    ("Read from its probabilities: steadier, for small models", "measured"),
    ("As it says in words: for large models", "words"),
)
INTRO = (
    '<p class="mm-quiet">A model rates each rule from 1 (two people would differ) to 10 (everybody reads it alike), '
    "rewrites it until it is rated 9, and cuts it into yes/no questions. Nothing is changed before you approve it.</p>"
)
READ_ONLY = '<p class="mm-empty">This rubric is read-only. Make a copy under “Edit”, then it can be objectified.</p>'


class Objectify(NamedTuple):
    """The components. `work`: what this session is at, changed in place."""

    notice: gr.HTML
    form: gr.Column
    rules: gr.CheckboxGroup
    judge: gr.Dropdown
    rater: gr.Radio
    rounds: gr.Slider
    shows: gr.Checkbox
    start: gr.Button
    stop: gr.Button
    message: gr.HTML
    progress: gr.HTML
    view: gr.HTML
    box_group: gr.Column
    box_title: gr.HTML
    box: gr.Code
    box_live: gr.HTML
    use: gr.Button
    leave: gr.Button
    save: gr.Button
    work: gr.State

    @property
    def outputs(self) -> list:
        return [part for part in self if part is not self.work]


def draw_objectify(judges: Sequence[str]) -> Objectify:
    notice = html("", elem_id="mm-obj-notice")
    with gr.Column(visible=False, elem_id="mm-obj-form") as form:
        html(INTRO)
        rules = gr.CheckboxGroup([], label="Rules", show_select_all=True, elem_id="mm-obj-rules")
        with gr.Row(elem_classes="mm-who-row"):
            judge = gr.Dropdown(list(judges), value=judges[0], label="Model of the judge", elem_id="mm-obj-judge")
            rounds = gr.Slider(0, 8, ROUNDS, step=1, label="Rewrites at most", elem_id="mm-obj-rounds")
        rater = gr.Radio(RATERS, value="measured", label="How the model rates", elem_id="mm-obj-rater")
        shows = gr.Checkbox(label="Ask the model, too, where a violation can show", value=False, elem_id="mm-obj-shows")
        with gr.Row(elem_classes="mm-go"):
            start = gr.Button("Propose", variant="primary", elem_id="mm-obj-start")
            stop = gr.Button("Stop", interactive=False, elem_id="mm-obj-stop")
        message = html("", elem_id="mm-obj-message")
        progress = html("", elem_id="mm-obj-progress")
        with gr.Column(visible=False, elem_id="mm-obj-box") as box_group:
            box_title = html("")
            box = gr.Code(label="This rule, as YAML", language="yaml", lines=8, wrap_lines=True, interactive=True)
            box_live = html("", elem_id="mm-obj-live")
            with gr.Row(elem_classes="mm-go"):
                use = gr.Button("Use it and approve", variant="primary", elem_id="mm-obj-use")
                leave = gr.Button("Cancel", elem_id="mm-obj-leave")
        view = html("", js_on_load=CLICKS, elem_id="mm-obj-view")
        save = gr.Button("Save what is approved", variant="primary", visible=False, elem_id="mm-obj-save")
    parts = (box_group, box_title, box, box_live, use, leave, save)
    work = gr.State(Work())
    return Objectify(
        notice, form, rules, judge, rater, rounds, shows, start, stop, message, progress, view, *parts, work
    )

"""The components of the section "Try".

Knows what stands where and what it is called. Refuses to know what happens (`tryout`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import gradio as gr

from mmjudge.policy import POLICIES
from mmjudge.ui.frame import html
from mmjudge.ui.task import Task

WHOLE = ""
"""Stands for all rules of the rubric together."""
MOST_TYPED = 20_000
SOURCES = (("An example of the rubric", "example"), ("A text of your own", "text"))
TARGETS = (("Post", "post"), ("Prompt", "prompt"), ("Response", "response"))


class Try(NamedTuple):
    """The components. `session`: what this session is at, changed in place."""

    notice: gr.HTML
    form: gr.Column
    rule: gr.Dropdown
    source: gr.Radio
    example: gr.Dropdown
    text: gr.Textbox
    target: gr.Radio
    judge: gr.Dropdown
    policies: gr.CheckboxGroup
    go: gr.Button
    stop: gr.Button
    message: gr.HTML
    progress: gr.HTML
    result: gr.HTML
    session: gr.State

    @property
    def outputs(self) -> list:
        return [part for part in self if part is not self.session]


class Session:
    """What one browser session is trying. Changed in place: a run and a click may both do so."""

    def __init__(self) -> None:
        self.task: Task | None = None
        self.open_id, self.revision = "", ""


def draw_try(judges: Sequence[str]) -> Try:
    notice = html("", elem_id="mm-try-notice")
    with gr.Column(visible=False, elem_id="mm-try-form") as form:
        with gr.Row(elem_classes="mm-who-row"):
            rule = gr.Dropdown([("The whole rubric", WHOLE)], value=WHOLE, label="Which rule", elem_id="mm-try-rule")
            judge = gr.Dropdown(list(judges), value=judges[0], label="Judge", elem_id="mm-try-judge")
        source = gr.Radio(SOURCES, value="example", label="What is judged", elem_id="mm-try-source")
        example = gr.Dropdown([], label="Example", elem_id="mm-try-example")
        text = gr.Textbox(
            label="Text or conversation",
            placeholder="Paste a post, or a conversation with “User:” and “Assistant:” at the beginning of lines …",
            lines=4,
            max_lines=12,
            max_length=MOST_TYPED,
            visible=False,
            elem_id="mm-try-text",
        )
        target = gr.Radio(TARGETS, value="post", label="It is a", visible=False, elem_id="mm-try-target")
        policies = gr.CheckboxGroup(
            [(p.title.partition(":")[0], p.id) for p in POLICIES],
            value=[p.id for p in POLICIES],
            label="Decide under",
            elem_id="mm-try-policies",
        )
        with gr.Row(elem_classes="mm-go"):
            go = gr.Button("Try it", variant="primary", elem_id="mm-try-go")
            stop = gr.Button("Stop", interactive=False, elem_id="mm-try-stop")
        message = html("", elem_id="mm-try-message")
        progress = html("", elem_id="mm-try-progress")
        result = html("", elem_id="mm-try-result")
    return Try(
        *(notice, form, rule, source, example, text, target, judge, policies, go, stop, message, progress, result),
        gr.State(Session()),
    )

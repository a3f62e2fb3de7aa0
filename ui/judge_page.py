"""The page "Judge": give it something, watch, read the verdict, say what you think.

Knows components and how they hang together. Refuses to know what happens: that is `judging`.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from mmjudge.policy import LOOSE, POLICIES
from mmjudge.samples import samples
from mmjudge.ui import intake
from mmjudge.ui.bench import Bench
from mmjudge.ui.frame import CLICKS, header_html, html
from mmjudge.ui.judging import EMPTY, Form, Page, Result
from mmjudge.ui.offered import Offered
from mmjudge.ui.opinion import draw_opinion
from mmjudge.ui.rethink import draw_rethink
from mmjudge.ui.samples_view import samples_html

TARGET_CHOICES = (("Automatic", ""), ("Post", "post"), ("Prompt", "prompt"), ("Response", "response"))


def judge_page(blocks: gr.Blocks, bench: Bench, offered: Offered) -> None:
    """Draw the page into `blocks`, which is open."""
    html(header_html("judge"))
    with gr.Row(elem_id="mm-main", elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=300, elem_classes="mm-left"):
            form = _draw_form(bench, offered)
        with gr.Column(scale=8, min_width=300, elem_classes="mm-right"):
            result = _draw_result()
    _wire(blocks, bench, offered, form, result)


def _draw_form(bench: Bench, offered: Offered) -> Form:
    text = gr.Textbox(
        label="Text or conversation",
        placeholder="Paste a post, or a conversation with “User:” and “Assistant:” at the beginning of lines …",
        lines=6,
        max_lines=16,
        max_length=intake.MOST_TYPED,
        elem_id="mm-text",
    )
    files = gr.File(label="Pictures, sound, clips, documents", file_count="multiple", height=104, elem_id="mm-files")
    target = gr.Radio(TARGET_CHOICES, value="", label="What is judged", elem_classes="mm-segments")
    with gr.Row(elem_classes="mm-go"):
        go = gr.Button("Judge", variant="primary", elem_id="mm-judge")
        cancel = gr.Button("Cancel", variant="secondary", interactive=False, elem_id="mm-cancel")
    message = html("", elem_id="mm-message")
    with gr.Accordion("Rubric, judge and policy", open=False, elem_id="mm-settings"):
        rubric = gr.Dropdown(offered.choices(), value=offered.first, label="Rubric", elem_id="mm-rubric")
        judge = gr.Dropdown(list(bench.openers), value=next(iter(bench.openers)), label="Judge")
        policy = gr.Radio([(p.title, p.id) for p in POLICIES], value=LOOSE.id, label="Policy")
        fresh = gr.Checkbox(label="Measure again even if it was measured before", value=False)
    drawn = html(samples_html(samples()), js_on_load=CLICKS, elem_id="mm-samples")
    return Form(text, files, target, rubric, judge, policy, fresh, go, cancel, message, drawn)


def _draw_result() -> Result:
    progress = html(EMPTY, elem_id="mm-progress")
    card = html("", elem_id="mm-card")
    item = html("", elem_id="mm-item", js_on_load=CLICKS)
    opinion = draw_opinion()
    rethink = draw_rethink()
    evidence = html("", elem_id="mm-evidence", js_on_load=CLICKS)
    return Result(progress, card, item, evidence, opinion, rethink, gr.State(None))


def _wire(blocks: gr.Blocks, bench: Bench, offered: Offered, form: Form, result: Result) -> None:
    page = Page(bench, offered, form, result)
    given = [form.text, form.files, form.target, form.rubric, form.judge, form.policy, form.fresh]
    touched = [*result.opinion.outputs, *result.rethink.outputs, form.go, form.cancel, form.message]
    views = [result.progress, result.card, result.item, result.evidence, result.shown]
    judging: dict[str, Any] = {
        "outputs": [*views, *touched],
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": 8,
    }
    form.go.click(page.judge, given, trigger_mode="once", **judging)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    form.samples.click(page.pick, None, [form.text, form.files, form.target, form.message], **quiet).success(
        page.judge, given, trigger_mode="once", **judging
    )
    form.cancel.click(page.cancel, None, [form.message, form.cancel], queue=False, **quiet)
    result.item.click(page.look, [result.shown], [result.item, result.shown, form.message], **quiet)
    again = [result.card, result.evidence, result.shown]
    result.rethink.wire(page.rethink, result.shown, again, quiet)
    said = [result.evidence, result.shown]
    result.opinion.wire(page.bench.store, result.shown, result.evidence, said, quiet)
    blocks.load(page.offer, None, [form.rubric, form.message], **quiet)
    blocks.load(page.reopen, None, **judging)
    remembered = result.opinion.remembered
    blocks.load(lambda name: name or "", [remembered], [result.opinion.rater], **quiet)

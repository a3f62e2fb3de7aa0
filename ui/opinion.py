"""What a person says about a verdict, on the page and into the store.

Knows names, answers and receipts, and that a reason can become a guideline (`guideline_panel`). Refuses to overwrite:
labels are appended, and each says that the verdict was seen.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.store import Store
from mmjudge.types import Label, Truth
from mmjudge.ui import guideline_panel, words
from mmjudge.ui.frame import html
from mmjudge.ui.guideline_panel import Lookup, Offer
from mmjudge.ui.shown import Shown
from mmjudge.ui.view import labels_html, message_html, opinion_question

LOG = logging.getLogger("mmjudge.ui")
MOST_NAME = 80


class Opinion(NamedTuple):
    """The panel's components."""

    group: gr.Column
    question: gr.HTML
    rater: gr.Textbox
    note: gr.Textbox
    agree: gr.Button
    disagree: gr.Button
    unsure: gr.Button
    receipt: gr.HTML
    labels: gr.HTML
    remembered: gr.BrowserState
    near: gr.HTML
    keep: gr.Button
    offer: gr.State
    lookup: Lookup

    @property
    def outputs(self) -> list:
        said = [self.group, self.question, self.agree, self.disagree, self.note, self.receipt, self.labels]
        return [*said, self.near, self.keep, self.offer]

    def hidden(self) -> dict:
        return {self.group: gr.update(visible=False), self.receipt: "", self.labels: "", **self._nothing_offered()}

    def _nothing_offered(self) -> dict:
        return {self.keep: gr.update(visible=False), self.offer: None, self.near: ""}

    def shown(self, shown: Shown, store: Store) -> dict:
        open_ = shown.verdict.truth is Truth.UNKNOWN
        return {
            self.group: gr.update(visible=True),
            self.question: f'<h2>Your word</h2><p class="mm-quiet">{opinion_question(shown.verdict)}</p>',
            self.agree: "It breaks a rule" if open_ else "I agree",
            self.disagree: "It breaks no rule" if open_ else "I disagree",
            self.note: "",
            self.receipt: "",
            self.labels: said_so_far(store, shown),
            **self._nothing_offered(),
            self.near: guideline_panel.near(store, self.lookup, shown),
        }

    def wire(self, store: Store, state: gr.State, evidence: gr.HTML, views: list, quiet: dict[str, Any]) -> None:
        """`views`: evidence and state."""

        def whole(say: str) -> Any:
            def answered(shown: Shown | None, rater: str, note: str) -> tuple:
                receipt, after = say_it(store, shown, "", say, rater, note)
                return receipt, said_so_far(store, shown), gr.skip(), after or gr.skip(), *offered(after, "", say)

            return answered

        def rule(shown: Shown | None, rater: str, event: gr.EventData) -> tuple:
            data = event._data or {}
            if data.get("act") != "label":
                return tuple(gr.skip() for _ in outputs)
            about, say = str(data.get("rule", "")), str(data.get("say", ""))
            receipt, after = say_it(store, shown, about, say, rater, "")
            evidence = after.evidence() if after else gr.skip()
            return receipt, said_so_far(store, shown), evidence, after or gr.skip(), *offered(after, about, say)

        def offered(after: Shown | None, about: str, say: str) -> tuple:
            """What can be made of a word that was stored."""
            offer = guideline_panel.offer_of(after, about, say)
            return gr.update(visible=offer is not None), offer

        def keep(shown: Shown | None, offer: Offer | None, rater: str, note: str) -> tuple:
            receipt = guideline_panel.keep(store, self.lookup, shown, offer, rater, note)
            return receipt, guideline_panel.near(store, self.lookup, shown)

        outputs = [self.receipt, self.labels, *views, self.keep, self.offer]
        for button, say in ((self.agree, "agree"), (self.disagree, "disagree"), (self.unsure, "cant_tell")):
            button.click(whole(say), [state, self.rater, self.note], outputs, **quiet)
        evidence.click(rule, [state, self.rater], outputs, **quiet)
        self.keep.click(keep, [state, self.offer, self.rater, self.note], [self.receipt, self.near], **quiet)
        self.rater.change(lambda name: name.strip()[:MOST_NAME], [self.rater], [self.remembered], **quiet)


def label_of(shown: Shown, rule_id: str, say: str, rater: str, note: str, now: float) -> Label:
    """The label a click means. MMJudgeError in words where the name is missing or the click fits nothing shown."""
    name = " ".join(rater.split())[:MOST_NAME]
    if not name:
        raise MMJudgeError("Your name is missing: write it first, so that others know who said it.")
    truth = shown.verdict.truth
    if rule_id:
        finding = next((f for f in shown.verdict.findings if f.rule_id == rule_id and f.applies), None)
        if finding is None:
            raise MMJudgeError("This verdict has no such rule.")
        truth = finding.truth
    elif truth is Truth.UNKNOWN:
        say = {"agree": "yes", "disagree": "no"}.get(say, say)
    value = words.answer_of(truth, say)
    if value is None:
        raise MMJudgeError("That answer does not fit this verdict: choose one of the buttons.")
    return Label(
        shown.item.id,
        shown.rubric.id,
        shown.rubric.version,
        name,
        value,
        rule_id,
        phase="after_reveal",
        at=now,
        note=note.strip()[:2000],
    )


def say_it(
    store: Store, shown: Shown | None, rule_id: str, say: str, rater: str, note: str
) -> tuple[str, Shown | None]:
    """Store a label; the receipt as HTML, and the verdict shown with it, or None where nothing was stored."""
    if shown is None:
        return message_html("There is no verdict to say something about.", "error"), None
    try:
        label = label_of(shown, rule_id, say, rater, note, time.time())
        store.save_label(label)
    except MMJudgeError as error:
        return message_html(str(error), "error"), None
    except Exception:
        LOG.exception("storing a label failed")
        return message_html(words.OURS, "error"), None
    name = f"“{words.rule_name(shown.rubric.rule(rule_id))}”" if rule_id else "this item"
    receipt = words.stored(label, name)
    labelled = (*shown.labelled, (rule_id, receipt)) if rule_id else shown.labelled
    return message_html(receipt, "done"), replace(shown, labelled=labelled)


def said_so_far(store: Store, shown: Shown | None) -> str:
    if shown is None:
        return ""
    try:
        labels = list(store.latest_labels(item_id=shown.item.id, rubric_id=shown.rubric.id))
    except MMJudgeError as error:
        return message_html(str(error), "error")
    return labels_html(labels, shown.rubric)


def draw_opinion() -> Opinion:
    with gr.Column(visible=False, elem_id="mm-opinion") as group:
        question = html("")
        with gr.Row(elem_classes="mm-who-row"):
            rater = gr.Textbox(label="Your name", max_length=MOST_NAME, elem_id="mm-rater", scale=1)
            note = gr.Textbox(label="Why (if you like)", max_length=2000, elem_id="mm-note", scale=2)
        with gr.Row(elem_classes="mm-answers"):
            agree = gr.Button("I agree", elem_id="mm-agree")
            disagree = gr.Button("I disagree", elem_id="mm-disagree")
            unsure = gr.Button("I can't tell", elem_id="mm-unsure")
        receipt = html("", elem_id="mm-receipt")
        keep = gr.Button("Make this reason a guideline", visible=False, size="sm", elem_id="mm-make-guideline")
        near = html("", elem_id="mm-near")
        labels = html("", elem_id="mm-labels")
    remembered = gr.BrowserState("", storage_key="mmjudge-rater", secret="mmjudge")
    said = (group, question, rater, note, agree, disagree, unsure, receipt, labels, remembered)
    return Opinion(*said, near, keep, gr.State(None), Lookup())

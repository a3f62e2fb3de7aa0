"""What happens on the page "Judge": taking an item, following its run, showing, revealing, deciding again, reopening.

Knows the page's components and the bench. Refuses to know models and tables. Whatever comes back from a browser is
checked against what was sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.policy import LOOSE, POLICIES
from mmjudge.samples import samples
from mmjudge.store import home
from mmjudge.ui import intake, words
from mmjudge.ui.bench import Bench, Done, Failed, Order, Run
from mmjudge.ui.offered import Offered
from mmjudge.ui.opinion import Opinion
from mmjudge.ui.progress import Progress, advance, progress_html
from mmjudge.ui.rethink import Rethink
from mmjudge.ui.shown import Shown, open_stored, reveal, shown_of
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")

EMPTY = """<section class="mm-welcome"><h2>A verdict you can check</h2>
<p>Give it a text, a conversation, pictures, sound, a clip, or all of them as one post. It is read, measured question by
question, and decided by plain arithmetic you can open and change.</p>
<ol><li><strong>Read</strong> words, speech, and what stands in pictures; what can't be read is said.</li>
<li><strong>Measure</strong> each rule's conditions as small yes/no questions, with and without the content.</li>
<li><strong>Reason</strong> only about what stays open.</li>
<li><strong>Decide</strong> by a policy you can move without asking the model again.</li></ol>
<p class="mm-quiet">Everything stays on this machine.</p></section>"""


class Form(NamedTuple):
    """The components a person gives things with."""

    text: gr.Textbox
    files: gr.File
    target: gr.Radio
    rubric: gr.Dropdown
    judge: gr.Dropdown
    policy: gr.Radio
    fresh: gr.Checkbox
    go: gr.Button
    cancel: gr.Button
    message: gr.HTML
    samples: gr.HTML


class Result(NamedTuple):
    """The components a verdict is shown in."""

    progress: gr.HTML
    card: gr.HTML
    item: gr.HTML
    evidence: gr.HTML
    opinion: Opinion
    rethink: Rethink
    shown: gr.State


class Page:
    """The handlers of one page. `running`: the run of each browser session, so that Cancel finds it."""

    def __init__(self, bench: Bench, offered: Offered, form: Form, result: Result) -> None:
        self.bench, self.offered, self.form, self.result = bench, offered, form, result
        self.running: dict[str, Run] = {}

    def judge(
        self,
        text: str,
        files: list[str] | None,
        target: str,
        rubric: str,
        judge: str,
        policy: str,
        fresh: bool,
        request: gr.Request,
    ) -> Iterator[dict]:
        """Judge what was given, step by step. A session has one run at a time: another click does nothing."""
        session = request.session_hash or ""
        if session in self.running:
            yield {self.form.message: message_html("An item is being judged: wait for it, or cancel it.")}
            return
        try:
            order, note = self._order(text, files, target, rubric, judge, policy, fresh)
        except MMJudgeError as error:
            yield {self.form.message: message_html(str(error), "error")}
            return
        except Exception:
            LOG.exception("taking an item failed")
            yield {self.form.message: message_html(words.OURS, "error")}
            return
        run = self.running[session] = self.bench.start(order)
        try:
            yield from self._follow(run, order, note)
        finally:
            self.running.pop(session, None)

    def _order(
        self, text: str, files: list[str] | None, target: str, rubric: str, judge: str, policy: str, fresh: bool
    ) -> tuple[Order, str]:
        rubrics = self.offered.all()
        if rubric not in rubrics:
            raise MMJudgeError("That rubric is not here any more: choose one and try again.")
        kept = intake.keep(files or [], home() / "uploads")
        taken = intake.take(text or "", kept, target)
        chosen = next((p for p in POLICIES if p.id == policy), LOOSE)
        return Order(taken.item, judge, rubrics[rubric], chosen, bool(fresh)), taken.note

    def _follow(self, run: Run, order: Order, note: str) -> Iterator[dict]:
        form, result = self.form, self.result
        progress, at = Progress(), 0.0
        yield {
            **self._blank(),
            form.go: gr.update(interactive=False, value="Judging …"),
            form.cancel: gr.update(interactive=True),
            form.message: message_html(note) if note else "",
            result.progress: progress_html(progress, at, order.rubric, order.policy),
        }
        for event in run.follow(every=0.5):
            if isinstance(event, Done):
                lacks = f"This judge works without some parts: {'; '.join(event.absent)}." if event.absent else ""
                yield {**self._show(shown_of(event, self.bench), lacks), **self._idle()}
            elif isinstance(event, Failed):
                kind = "info" if event.stopped else "error"
                yield {**self._blank(), **self._idle(), form.message: message_html(event.message, kind)}
            else:
                if event is not None:
                    at, step = event
                    progress = advance(progress, step, at)
                stopping = run.stop.is_set()
                elapsed = max(at, run.elapsed())
                yield {result.progress: progress_html(progress, elapsed, order.rubric, order.policy, stopping)}

    def _idle(self) -> dict:
        return {
            self.form.go: gr.update(interactive=True, value="Judge"),
            self.form.cancel: gr.update(interactive=False, value="Cancel"),
        }

    def _blank(self) -> dict:
        """Nothing shown."""
        r = self.result
        return {
            r.progress: EMPTY,
            r.card: "",
            r.item: "",
            r.evidence: "",
            r.shown: None,
            **r.opinion.hidden(),
            **r.rethink.hidden(),
        }

    def _show(self, shown: Shown, note: str = "") -> dict:
        """A verdict on the page."""
        r = self.result
        return {
            r.progress: "",
            r.card: shown.card(note),
            r.item: shown.item_view(),
            r.evidence: shown.evidence(),
            r.shown: shown,
            **r.opinion.shown(shown, self.bench.store),
            **r.rethink.shown(shown),
        }

    def cancel(self, request: gr.Request) -> tuple[str, Any]:
        run = self.running.get(request.session_hash or "")
        if run is None:
            return message_html("Nothing is being judged."), gr.update(interactive=False)
        run.stop.set()
        return message_html("Stopping after this step …"), gr.update(interactive=False)

    def pick(self, event: gr.EventData) -> tuple:
        """Put a sample into the form. The id comes from a browser: one that is not ours does nothing."""
        wanted = str((event._data or {}).get("sample", ""))
        sample = next((s for s in samples() if s.id == wanted), None)
        if sample is None:
            raise gr.Error("There is no such sample.", print_exception=False)
        note = message_html(f"Sample: {sample.title}")
        return sample.text, [str(path) for path in sample.files], sample.target, note

    def look(self, shown: Shown | None, event: gr.EventData) -> tuple:
        """Reveal or hide one file."""
        data = event._data or {}
        if shown is None or data.get("act") not in ("reveal", "hide") or not str(data.get("part", "")).isdecimal():
            return gr.skip(), gr.skip(), gr.skip()
        try:
            after = reveal(shown, int(data["part"]), self.bench, data["act"] == "reveal")
        except MMJudgeError as error:
            return gr.skip(), gr.skip(), message_html(str(error), "error")
        except Exception:
            LOG.exception("revealing a file failed")
            return gr.skip(), gr.skip(), message_html(words.OURS, "error")
        return after.item_view(), after, ""

    def rethink(self, shown: Shown | None, change: Callable[[Shown], Shown]) -> tuple:
        """The verdict under another policy: arithmetic on what is stored."""
        if shown is None:
            return gr.skip(), gr.skip(), gr.skip(), ""
        try:
            after = change(shown)
        except MMJudgeError as error:
            return gr.skip(), gr.skip(), gr.skip(), message_html(str(error), "error")
        return after.card(), after.evidence(), after, after.redecided()

    def offer(self, request: gr.Request) -> tuple:
        """The rubrics as they are now: own ones come and go. The address may name the one to judge by."""
        choices, wanted = self.offered.choices(), request.query_params.get("rubric", "")
        titles = {rubric_id: title for title, rubric_id in choices}
        if wanted not in titles:
            return gr.update(choices=choices, value=choices[0][1]), gr.skip()
        said = message_html(f"What you give is judged by “{titles[wanted]}”.")
        return gr.update(choices=choices, value=wanted), said

    def reopen(self, request: gr.Request) -> Iterator[dict]:
        """A verdict of the history, where the address names one."""
        wanted = request.query_params.get("verdict", "")
        if not wanted:
            yield {self.form.message: gr.skip()}
            return
        try:
            shown = open_stored(self.bench, wanted)
            yield {**self._show(shown, "Reopened from the history."), self.form.message: ""}
            if shown.previews_come:
                yield {self.result.item: (whole := shown.with_looks(self.bench)).item_view(), self.result.shown: whole}
        except MMJudgeError as error:
            yield {self.form.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("reopening a verdict failed")
            yield {self.form.message: message_html(words.OURS, "error")}

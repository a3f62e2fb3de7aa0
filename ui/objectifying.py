"""Objectifying on the page: let a model propose, decide rule by rule, save what is approved as one revision.

Knows the section's components and their order. Refuses to know how a proposal is made and applied (`proposing`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.improving import Rater
from mmjudge.library import Library, StaleError
from mmjudge.lint import lint_rule
from mmjudge.types import Rubric, Rule, Step
from mmjudge.ui import words
from mmjudge.ui.bench import Bench
from mmjudge.ui.desk import Desk, desk_of, named
from mmjudge.ui.lint_view import hints_html
from mmjudge.ui.objectify_parts import READ_ONLY, Objectify
from mmjudge.ui.proposals_view import Doing, Proposal, doing_html, proposals_html
from mmjudge.ui.proposing import Running, Work, box_text, boxed, from_before, running, saved
from mmjudge.ui.task import Ended, Found
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")


class Objectifying:
    """The handlers. `saved(desk, began, text)` gives what the page shows of a new version."""

    def __init__(self, bench: Bench, library: Library, parts: Objectify, shown: Callable[..., dict]) -> None:
        self.bench, self.library, self.parts, self.after_save = bench, library, parts, shown

    def shown(self, desk: Desk, work: Work) -> dict:
        """What lies open now: its rules to choose from, and proposals from before."""
        p, rubric = self.parts, desk.rubric
        if work.open_id != desk.id:
            work.open_id, work.editing = desk.id, ""
        work.revision = desk.revision
        if rubric is None or not desk.own:
            said = READ_ONLY if not desk.own else '<p class="mm-empty">Repair the file under “Edit” first.</p>'
            return {p.notice: said, p.form: gr.update(visible=False)}
        try:
            for rule_id, proposal in from_before(self.library, rubric).items():
                work.mine.setdefault(rule_id, proposal)
        except MMJudgeError as error:
            return {p.notice: message_html(str(error), "error"), p.form: gr.update(visible=False)}
        now = {rule.id: rule for rule in rubric.rules}
        for rule_id in [i for i, proposal in work.mine.items() if now.get(i) != proposal.rule]:
            del work.mine[rule_id]
        wanted = [rule.id for rule in rubric.rules if not rule.objectiveness]
        return {
            p.notice: "",
            p.form: gr.update(visible=True),
            p.rules: gr.update(choices=[(_choice(rule), rule.id) for rule in rubric.rules], value=wanted),
            p.message: "",
            **self._proposals(work),
        }

    def chosen(self, desk: Desk | None, work: Work) -> dict:
        """The section was opened: it comes up to date where the rubric was saved meanwhile."""
        if desk is None or (work.open_id, work.revision) == (desk.id, desk.revision):
            return {self.parts.message: gr.skip()}
        return self.shown(desk, work)

    def _proposals(self, work: Work) -> dict:
        p, found = self.parts, work.mine
        ready = sum(proposal.decision == "approved" for proposal in found.values())
        said = f"Save the {words.plural(ready, 'approved proposal')}" if ready else "Save what is approved"
        return {
            p.view: proposals_html(list(found.values()), work.editing),
            p.save: gr.update(value=said, visible=bool(found), interactive=bool(ready)),
            p.box_group: gr.update(visible=bool(work.editing)),
        }

    # --- the run

    def start(
        self, desk: Desk | None, work: Work, chosen: list[str], judge: str, rater: str, rounds: float, shows: bool
    ) -> Iterator[dict]:
        """Propose rule by rule. A session has one run at a time."""
        p = self.parts
        if work.task is not None:
            yield {p.message: message_html("Rules are being worked on: wait for it, or stop it.")}
            return
        if desk is None or desk.rubric is None or not desk.own:
            yield {p.message: message_html("Open a rubric of your own first.", "error")}
            return
        rules = [rule for rule in desk.rubric.rules if rule.id in (chosen or ())]
        if not rules:
            yield {p.message: message_html("Choose at least one rule.", "error")}
            return
        how: Rater = "words" if rater == "words" else "measured"
        task = running(self.bench, self.library, desk.rubric, rules, judge, how, int(rounds), bool(shows))
        work.task = task
        try:
            yield from self._follow(task, work, desk.rubric, rules)
        finally:  # also where the browser went away: what is finished is kept, and a later run goes on from there
            task.stop.set()
            work.task = None

    def _follow(self, task: Running, work: Work, rubric: Rubric, rules: list[Rule]) -> Iterator[dict]:
        p, done, note = self.parts, 0, "starting"
        busy = {p.start: gr.update(interactive=False, value="Working …"), p.stop: gr.update(interactive=True)}
        yield {**busy, p.message: ""}
        for event in task.follow():
            if isinstance(event, Ended):
                yield {**self._ended(event, done, len(rules)), **self._if_open(work, rubric)}
                return
            if isinstance(event, Found):
                rule, proposed = event.value
                work.found.setdefault(rubric.id, {})[rule.id] = Proposal(rule, proposed)
                done += 1
            elif isinstance(event, Step):
                note = event.note or event.stage
            name = words.rule_name(rules[min(done, len(rules) - 1)])
            doing = Doing(min(done + 1, len(rules)), len(rules), name, note, task.elapsed(), task.stop.is_set())
            more = self._if_open(work, rubric) if isinstance(event, Found) else {}
            yield {p.progress: doing_html(doing), **more}

    def _if_open(self, work: Work, rubric: Rubric) -> dict:
        """Nothing of another rubric is drawn over the one that lies open."""
        return self._proposals(work) if work.open_id == rubric.id else {}

    def _ended(self, event: Ended, done: int, total: int) -> dict:
        p = self.parts
        counted = f"{done} of {words.plural(total, 'rule')}"
        if event.stopped:
            said = message_html(f"Stopped after {counted}. What is finished is kept; start again to go on from there.")
        elif event.problem:
            said = message_html(f"{event.problem} ({counted} finished and kept.)", "error")
        else:
            said = message_html(f"Finished: {counted}. Approve or reject each proposal, then save.", "done")
        idle = {p.start: gr.update(interactive=True, value="Propose"), p.stop: gr.update(interactive=False)}
        return {**idle, p.message: said, p.progress: ""}

    def stop(self, work: Work) -> dict:
        p = self.parts
        if work.task is None:
            return {p.message: message_html("Nothing is being worked on."), p.stop: gr.update(interactive=False)}
        work.task.stop.set()
        return {p.message: message_html("Stopping after this step …"), p.stop: gr.update(interactive=False)}

    # --- deciding

    def clicked(self, work: Work, event: gr.EventData) -> dict:
        """Approve, reject or edit one proposal. What comes from the browser is checked against what was sent."""
        data, p = event._data or {}, self.parts
        rule_id, act = str(data.get("rule", "")), str(data.get("act", ""))
        proposal = work.mine.get(rule_id)
        if proposal is None:
            return {p.message: gr.skip()}
        if act != "edit":
            return self._proposals(work) if work.decide(rule_id, act) else {p.message: gr.skip()}
        work.editing = rule_id
        title = f'<h3 id="mm-box-title" tabindex="-1">Edit the proposal for {words.rule_name(proposal.rule)}</h3>'
        text = box_text(proposal.result)
        return {**self._proposals(work), p.box_title: title, p.box: text, p.box_live: self._boxed(work, text)}

    def _boxed(self, work: Work, text: str) -> str:
        proposal = work.mine.get(work.editing)
        if proposal is None:
            return ""
        try:
            rule = boxed(text or "", proposal).result
        except MMJudgeError as error:
            return message_html(str(error), "error")
        hints = tuple(lint_rule(rule))
        shown = hints_html(hints, Rubric("", "", "", "", (rule,)))
        return shown or message_html("It can be read, and no wording is marked.", "done")

    def check_box(self, work: Work, text: str) -> str:
        return self._boxed(work, text)

    def use(self, work: Work, text: str) -> dict:
        """Take the box's text as the proposal, approved."""
        proposal = work.mine.get(work.editing)
        if proposal is None:
            return {self.parts.box_group: gr.update(visible=False)}
        try:
            work.mine[work.editing] = boxed(text or "", proposal)
        except MMJudgeError as error:
            return {self.parts.box_live: message_html(str(error), "error")}
        if proposal.decision != "approved":
            work.decide(work.editing, "approve")
        return self.close(work)

    def close(self, work: Work) -> dict:
        work.editing = ""
        return self._proposals(work)

    def save(self, desk: Desk | None, work: Work, began: Desk | None, text: str, who: str) -> dict:
        """All approved proposals as one revision."""
        p = self.parts
        if desk is None:
            return {p.message: gr.skip()}
        try:
            held, late = saved(self.library, desk.id, work.mine, named(who))
        except StaleError:
            return {p.message: message_html("Somebody saved at this very moment: press the button again.", "error")}
        except MMJudgeError as error:
            return {p.message: message_html(str(error), "error")}
        except Exception:
            LOG.exception("saving proposals failed")
            return {p.message: message_html(words.OURS, "error")}
        said = f"Saved as revision {held.number}."
        said += f" Left out, because they were changed meanwhile: {', '.join(late)}." if late else ""
        return {**self.after_save(desk_of(held), began, text, work), p.message: message_html(said, "done")}

    def wire(
        self, desk: gr.State, editor: tuple[gr.State, gr.Code], who: gr.Textbox, outputs: list, quiet: dict[str, Any]
    ) -> None:
        """`editor`: what its text began from, and the text; `outputs`: everything a save may change."""
        p = self.parts
        given = [desk, p.work, p.rules, p.judge, p.rater, p.rounds, p.shows]
        p.start.click(self.start, given, p.outputs, trigger_mode="once", concurrency_limit=8, **quiet)
        p.stop.click(self.stop, [p.work], [p.message, p.stop], queue=False, **quiet)
        p.view.click(self.clicked, [p.work], p.outputs, **quiet)
        p.box.input(self.check_box, [p.work, p.box], [p.box_live], trigger_mode="always_last", **quiet)
        p.use.click(self.use, [p.work, p.box], p.outputs, **quiet)
        p.leave.click(self.close, [p.work], p.outputs, **quiet)
        p.save.click(self.save, [desk, p.work, *editor, who], outputs, trigger_mode="once", **quiet)


def _choice(rule: Rule) -> str:
    rated = f"rated {rule.objectiveness}" if rule.objectiveness else "not rated"
    return f"{words.rule_name(rule)} ({rated})"

"""Trying a rubric on the page: a rule or all of them on an example or a text, every answer, under several policies.

Knows the section's components and how a trial runs. Refuses to store anything: a trial is no verdict on a post.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from mmjudge.calibration import Calibration
from mmjudge.compare import compare
from mmjudge.errors import MMJudgeError
from mmjudge.policy import LOOSE, POLICIES, Policy, load_policy, shipped_policies, speaks_of
from mmjudge.session import judge_item
from mmjudge.trials import Trial
from mmjudge.trying import alone, item_of, policy_for, try_rule
from mmjudge.types import Example, Item, Rubric, Rule, Step, Verdict
from mmjudge.ui import intake, words
from mmjudge.ui.bench import Bench
from mmjudge.ui.desk import Desk
from mmjudge.ui.markup import shortened
from mmjudge.ui.proposals_view import working_html
from mmjudge.ui.task import Ended, Found, Task
from mmjudge.ui.trial_view import trial_html, whole_html
from mmjudge.ui.try_parts import MOST_TYPED, WHOLE, Session, Try
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")


@dataclass(frozen=True)
class Tried:
    """What came of a trial: of one rule, or of the whole rubric (`trial` None), and a verdict per policy."""

    rubric: Rubric
    item: Item
    verdicts: tuple[Verdict, ...]
    policies: tuple[Policy, ...]
    calibration: Calibration | None
    judge_name: str
    trial: Trial | None = None

    def html(self) -> str:
        if self.trial is not None:
            return trial_html(self.trial, self.verdicts, self.policies, self.judge_name)
        return whole_html(self.rubric, self.verdicts, self.policies, self.calibration, self.judge_name)


class Trying:
    """The handlers."""

    def __init__(self, bench: Bench, parts: Try) -> None:
        self.bench, self.parts = bench, parts

    def shown(self, desk: Desk, session: Session) -> dict:
        """What lies open now: its rules and examples to choose from."""
        p, rubric = self.parts, desk.rubric
        fresh = session.open_id != desk.id
        session.open_id, session.revision = desk.id, desk.revision
        if rubric is None:
            said = '<p class="mm-empty">The file cannot be read: repair it under “Edit” first.</p>'
            return {p.notice: said, p.form: gr.update(visible=False), p.result: ""}
        rules = [("The whole rubric", WHOLE), *((words.rule_name(rule), rule.id) for rule in rubric.rules)]
        first = rubric.rules[0]
        fitting = [name for name in shipped_policies() if speaks_of(load_policy(name), rubric)]
        named = [(load_policy(name).title.partition(":")[0], name) for name in fitting]
        cleared = {p.result: "", p.message: "", p.text: ""} if fresh else {}
        return {
            p.notice: "",
            p.form: gr.update(visible=True),
            p.rule: gr.update(choices=rules, value=first.id),
            p.example: examples_of(rubric, first.id),
            p.policies: gr.update(choices=named, value=[policy.id for policy in POLICIES]),
            **cleared,
        }

    def chosen(self, desk: Desk | None, session: Session) -> dict:
        """The section was opened: it comes up to date where the rubric was saved meanwhile."""
        if desk is None or (session.open_id, session.revision) == (desk.id, desk.revision):
            return {self.parts.message: gr.skip()}
        return self.shown(desk, session)

    def rule_chosen(self, desk: Desk | None, rule_id: str) -> dict:
        """Only the examples of that rule are offered; all of them for the whole rubric."""
        if desk is None or desk.rubric is None:
            return {self.parts.example: gr.skip()}
        return {self.parts.example: examples_of(desk.rubric, rule_id or WHOLE)}

    def source_chosen(self, source: str) -> dict:
        p, own = self.parts, source == "text"
        return {p.example: gr.update(visible=not own), p.text: gr.update(visible=own), p.target: gr.update(visible=own)}

    # --- the run

    def go(
        self,
        desk: Desk | None,
        session: Session,
        rule_id: str,
        source: str,
        example: str,
        text: str,
        target: str,
        judge: str,
        policies: list[str],
    ) -> Iterator[dict]:
        """Judge it, step by step. A session has one trial at a time."""
        p = self.parts
        if session.task is not None:
            yield {p.message: message_html("A trial is running: wait for it, or stop it.")}
            return
        try:
            if desk is None or desk.rubric is None:
                raise MMJudgeError("Open a rubric first.")
            rubric = desk.rubric
            rule = next((rule for rule in rubric.rules if rule.id == rule_id), None)
            what = _given(rubric, source, example, text, target)
            chosen = _policies(rubric, policies)
        except MMJudgeError as error:
            yield {p.message: message_html(str(error), "error")}
            return
        task = self._task(rubric, rule, what, judge, chosen)
        session.task = task
        try:
            yield from self._follow(task, session, desk)
        finally:
            task.stop.set()
            session.task = None

    def _task(
        self, rubric: Rubric, rule: Rule | None, what: Example | Item, judge: str, policies: Sequence[Policy]
    ) -> Task[Tried]:
        def work(task: Task[Tried]) -> None:
            with self.bench.judge(judge, rubric, LOOSE, task.tell) as (ready, _):
                item = item_of(what) if isinstance(what, Example) else what
                if rule is None:
                    measured = judge_item(ready, None, item, task.tell).measurement
                    verdicts = compare(rubric, measured, policies, ready.calibration)
                    task.give(Tried(rubric, item, verdicts, tuple(policies), ready.calibration, judge))
                    return
                trial = try_rule(ready, rule, what, task.tell)
                own = alone(ready, trial.rule)
                meant = [policy_for(trial.rule, policy) for policy in policies]
                verdicts = compare(own.rubric, trial.measurement, meant, own.calibration)
                task.give(Tried(rubric, item, verdicts, tuple(policies), own.calibration, judge, trial))

        return Task(work).start()

    def _follow(self, task: Task[Tried], session: Session, desk: Desk) -> Iterator[dict]:
        p, note = self.parts, "starting"
        yield {
            p.go: gr.update(interactive=False, value="Judging …"),
            p.stop: gr.update(interactive=True),
            p.message: "",
            p.result: "",
        }
        idle = {p.go: gr.update(interactive=True, value="Try it"), p.stop: gr.update(interactive=False), p.progress: ""}
        for event in task.follow():
            if isinstance(event, Ended):
                said = message_html("Stopped.") if event.stopped else ""
                yield {**idle, p.message: message_html(event.problem, "error") if event.problem else said}
                return
            if isinstance(event, Found):
                shown = event.value.html() if session.open_id == desk.id else ""
                yield {p.result: shown}
                continue
            if isinstance(event, Step):
                note = f"{words.STAGES.get(event.stage, event.stage)}: {event.note}"
                note += f" ({event.done} of {event.total})" if event.total else ""
            yield {p.progress: working_html("Judging", note, task.elapsed(), task.stop.is_set())}

    def stop(self, session: Session) -> dict:
        p = self.parts
        if session.task is None:
            return {p.message: message_html("Nothing is being tried."), p.stop: gr.update(interactive=False)}
        session.task.stop.set()
        return {p.message: message_html("Stopping after this step …"), p.stop: gr.update(interactive=False)}

    def wire(self, desk: gr.State, quiet: dict[str, Any]) -> None:
        p = self.parts
        p.rule.input(self.rule_chosen, [desk, p.rule], [p.example], **quiet)
        p.source.change(self.source_chosen, [p.source], [p.example, p.text, p.target], **quiet)
        given = [desk, p.session, p.rule, p.source, p.example, p.text, p.target, p.judge, p.policies]
        p.go.click(self.go, given, p.outputs, trigger_mode="once", concurrency_limit=8, **quiet)
        p.stop.click(self.stop, [p.session], [p.message, p.stop], queue=False, **quiet)


def examples_of(rubric: Rubric, rule_id: str) -> dict:
    """The examples of a rule, or of all rules, for the dropdown."""
    found = [
        (f"{_kind(example)}: {shortened(example.text, 90)}", f"{rule.id}#{n}")
        for rule in rubric.rules
        if rule_id in (WHOLE, rule.id)
        for n, example in enumerate(rule.examples)
    ]
    return gr.update(choices=found, value=found[0][1] if found else None)


def _kind(example: Example) -> str:
    return "breaks it" if example.violates else "near miss"


def _given(rubric: Rubric, source: str, example: str, text: str, target: str) -> Example | Item:
    """What is to be judged. What comes from the browser is checked against the rubric."""
    if source == "text":
        return intake.take((text or "")[:MOST_TYPED], [], target).item
    rule_id, _, n = (example or "").partition("#")
    rule = next((rule for rule in rubric.rules if rule.id == rule_id), None)
    if rule is None or not n.isdecimal() or int(n) >= len(rule.examples):
        raise MMJudgeError("There is no example to try: choose one, or write a text of your own.")
    return rule.examples[int(n)]


def _policies(rubric: Rubric, names: Sequence[str]) -> tuple[Policy, ...]:
    chosen = [load_policy(name) for name in shipped_policies() if name in (names or ())]
    chosen = [policy for policy in chosen if speaks_of(policy, rubric)]
    if not chosen:
        raise MMJudgeError("Choose at least one policy to decide under.")
    return tuple(chosen)

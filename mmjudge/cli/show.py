"""Verdicts and progress on a terminal, or as JSON lines. Whatever came from an item is printed as plain text."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mmjudge import words
from mmjudge.chain import settle
from mmjudge.policy import Policy
from mmjudge.routes import route_of
from mmjudge.types import Evidence, Finding, Rubric, Step, Truth, Verdict

STYLES = {"safe": "bold green", "controversial": "bold yellow", "unsafe": "bold red", "needs_review": "bold cyan"}


def clean(text: str) -> str:
    """Without control characters: a file name or a transcript must not move the cursor or change colours."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


class Screen:
    """Where results go: standard output for people or as JSON; progress and asides on standard error."""

    def __init__(self, as_json: bool, explain: bool) -> None:
        self._json, self._explain = as_json, explain
        self._out, self._side = Console(highlight=False), Console(stderr=True, highlight=False)

    @contextmanager
    def working(self, name: str) -> Iterator[Callable[[Step], None]]:
        """A line that tells what is being done and for how long; nothing where standard error is not a terminal."""
        began, questions = time.monotonic(), 0
        with self._side.status(escape(clean(name))) as status:

            def watch(step: Step) -> None:
                nonlocal questions
                questions += len(step.evidence) if step.stage == "probe" else 0
                asked = f", {questions} questions asked" if questions else ""
                done = f" {step.done}/{step.total}" if step.total else ""
                seconds = time.monotonic() - began
                status.update(escape(clean(f"{name}: {step.stage} {step.note}{done}{asked} ({seconds:.0f} s)")))

            yield watch

    def aside(self, text: str) -> None:
        self._side.print(Text(clean(text), style="dim"))

    def verdict(self, name: str, verdict: Verdict, rubric: Rubric, policy: Policy) -> None:
        if self._json:
            print(json.dumps(as_json(name, verdict, rubric, policy)))
            return
        label = verdict.label
        head = Text.assemble((words.LABELS[label].upper(), STYLES[label]), "  ", (clean(name), "bold"))
        score = "" if verdict.score is None else f"score {verdict.score:.2f}, "
        head.append(f"\n  {words.coverage(verdict)}; {score}{verdict.measurement.seconds:.1f} s of measuring")
        if policy.routes:
            head.append(f"\n  route: {words.DESTINATIONS[route_of(verdict, rubric, policy)]}")
        self._out.print(head)
        notes = ((passage.part, passage.note) for passage in verdict.measurement.passages if passage.note)
        for part, note in dict.fromkeys(notes):
            self._out.print(Text(f"  read{place(part)} with a note: {clean(note)}", style="dim"))
        for gap in verdict.measurement.gaps:
            self._out.print(
                Text(f"  not read{place(gap.part)}: {clean(gap.note)} [{words.REASONS[gap.reason]}]", style="cyan")
            )
        self._findings(verdict, rubric, policy)

    def _findings(self, verdict: Verdict, rubric: Rubric, policy: Policy) -> None:
        order = {Truth.YES: 0, Truth.UNKNOWN: 1, Truth.NO: 2}
        table = Table(box=None, padding=(0, 2), show_header=False)
        for finding in sorted(verdict.findings, key=lambda f: (order[f.truth], f.allowed, -(f.score or 0.0))):
            if finding.truth is Truth.NO and not self._explain:
                continue
            rule = rubric.rule(finding.rule_id)
            table.add_row(*row(finding, rule.category or rule.id, rule.objective_text))
            if self._explain:
                for piece in verdict.measurement.evidence:
                    if piece.rule_id == finding.rule_id:
                        table.add_row("", "", "", Text(evidence_line(piece, policy), style="dim"))
        if table.row_count:
            self._out.print(table)


def place(part: str) -> str:
    """Which file of several a part is, or nothing where it is all or the text."""
    return f" (file {int(part) + 1})" if part.isdigit() else ""


def row(finding: Finding, category: str, text: str) -> tuple[Text, Text, Text, Text]:
    """One finding as cells: truth, hazard, score, and why."""
    score = "" if finding.score is None else f"{finding.score:.2f}"
    style = {Truth.YES: "red", Truth.UNKNOWN: "cyan", Truth.NO: "green"}[finding.truth]
    because = words.why(finding) or (text if finding.truth is Truth.YES else "")
    style = "dim" if finding.allowed else style
    return Text(words.TRUTHS[finding.truth], style=style), Text(category), Text(score), Text(because)


def evidence_line(piece: Evidence, policy: Policy) -> str:
    """One piece of evidence on one line, its route as this policy sees it."""
    name = f"{piece.stage} {piece.question_id}".strip()
    where = f"segment {piece.segment}"
    if piece.reason is not None:
        return clean(f"{name}, {where}: {words.REASONS[piece.reason]} {piece.note}".strip())
    if piece.stage == "relevance" and piece.score is not None:
        least = policy.relevant_from(piece.model)
        asked = f"asked from cosine {2.0 * least - 1.0:.3f} on" if least > 0.0 else "no threshold, so asked"
        return clean(f"{name}, {where}: {piece.note}: {asked}")
    if piece.m is None:
        route = words.ROUTES[piece.path]
        return clean(f"{name}, {where}: {piece.score:.2f} {route} {piece.note}".strip())
    prior = "none" if piece.prior is None else f"{piece.prior:.3f}"
    removed = "" if piece.m_removed is None else f" M(removed) {piece.m_removed:.3f}"
    route = words.ROUTES[settle(piece, policy).path]
    note = f"; {piece.note}" if piece.note else ""
    return clean(f"{name}, {where}: M(x) {piece.m:.3f} prior {prior}{removed}: {route}{note}")


def as_json(name: str, verdict: Verdict, rubric: Rubric, policy: Policy) -> dict[str, object]:
    """The verdict for programmes: everything, with the truths and categories as words; a route where the policy has
    any."""
    plain = dataclasses.asdict(verdict)
    plain["truth"] = verdict.truth.name.lower()
    for finding, value in zip(plain["findings"], verdict.findings, strict=True):
        finding["truth"] = value.truth.name.lower()

    def with_category(rule_ids: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"rule": rule_id, "category": rubric.rule(rule_id).category} for rule_id in rule_ids]

    return {
        "source": name,
        "coverage": words.coverage(verdict),
        "categories": with_category(verdict.categories),
        "allowed": with_category(verdict.allowed),
        **({"route": route_of(verdict, rubric, policy)} if policy.routes else {}),
        "only_not_observable": verdict.only_not_observable,
        **plain,
    }

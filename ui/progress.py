"""What a person sees while an item is judged: steps folded into a live list. Pure.

Knows steps, in the order they come. Refuses to know threads and clocks: times are given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mmjudge.policy import Policy
from mmjudge.types import Evidence, Rubric, Step
from mmjudge.ui import words
from mmjudge.ui.bars import bounds as bounds_of
from mmjudge.ui.bars import number, percent
from mmjudge.ui.markup import esc, icon, isolated

ORDER = ("wait", "read", "juror", "detect", "guard", "relevance", "probe", "removal", "reason", "decide")
LATEST = 6
"""Answers shown as they arrive."""


@dataclass(frozen=True, slots=True)
class Line:
    """One stage: what it last said, how far it is, and when it began and was last heard of, in seconds of the run."""

    stage: str
    note: str
    done: int
    total: int
    began: float
    heard: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A run so far. `lines` in the order the stages first spoke; `answered` counts evidence; `latest` newest first."""

    lines: tuple[Line, ...] = ()
    answered: int = 0
    latest: tuple[Evidence, ...] = ()

    @property
    def current(self) -> Line | None:
        return max(self.lines, key=lambda line: line.heard, default=None)


def advance(progress: Progress, step: Step, at: float) -> Progress:
    """The run one step later. `at`: seconds since it began. A stage that speaks again goes on with its line."""
    known = next((line for line in progress.lines if line.stage == step.stage), None)
    line = Line(step.stage, step.note, step.done, step.total, known.began if known else at, at)
    lines = tuple(line if old is known else old for old in progress.lines) if known else (*progress.lines, line)
    latest = (*reversed(step.evidence), *progress.latest)[:LATEST]
    return replace(progress, lines=lines, answered=progress.answered + len(step.evidence), latest=latest)


def progress_html(progress: Progress, at: float, rubric: Rubric, policy: Policy, stopping: bool = False) -> str:
    """The live list. `at`: seconds since the run began."""
    current = progress.current
    stage = words.STAGES.get(current.stage, current.stage) if current else "Starting"
    rows = "".join(_line(line, at, current=line is current) for line in sorted(progress.lines, key=_place))
    counted = f" · {words.plural(progress.answered, 'answer')}" if progress.answered else ""
    said = "Stopping after this step …" if stopping else f"{stage} …"
    bars = "".join(_answer(piece, rubric, policy) for piece in progress.latest)
    return (
        f'<section class="mm-progress" aria-busy="true" data-announce="{esc(said)}">'
        f'<div class="mm-progress-head"><span class="mm-spinner" aria-hidden="true"></span><h2>{esc(said)}</h2>'
        f'<p class="mm-elapsed">{words.seconds(at)}{counted}</p></div><ol class="mm-stages">{rows}</ol>'
        + (f'<h3>Answers as they arrive</h3><ul class="mm-latest">{bars}</ul>' if bars else "")
        + "</section>"
    )


def _place(line: Line) -> int:
    return ORDER.index(line.stage) if line.stage in ORDER else len(ORDER)


def _line(line: Line, at: float, current: bool) -> str:
    name = words.STAGES.get(line.stage, line.stage.capitalize())
    count = f"{line.done} of {line.total}" if line.total else ""
    bar = ""
    if current and line.total:
        filled = f'<i style="width:{percent(line.done / line.total)}"></i>'
        bar = f'<span class="mm-step-bar" aria-hidden="true">{filled}</span>'
    mark = '<span class="mm-spinner small" aria-hidden="true"></span>' if current else icon("done", "no")
    return (
        f'<li class="{"current" if current else "past"}">{mark}<span class="name">{esc(name)}</span>'
        f'<span class="grow">{isolated(line.note)}{bar}</span><span class="count">{count}</span>'
        f'<span class="time">{words.seconds(max((at if current else line.heard) - line.began, 0.0))}</span></li>'
    )


def _answer(piece: Evidence, rubric: Rubric, policy: Policy) -> str:
    """One answer in one line: rule, question, bar."""
    rule = next((r for r in rubric.rules if r.id == piece.rule_id), None)
    questions = (*rule.questions, *(grade.question for grade in rule.grades)) if rule else ()
    question = next((q.ask for q in questions if q.id == piece.question_id), "")
    name = words.rule_name(rule) if rule else piece.rule_id or "any rule"
    if piece.score is None or piece.m is None:
        value = "no answer" if piece.score is None else number(piece.score)
        bar = f'<span class="value">{value}</span>'
    else:
        limits = bounds_of(piece.prior, policy)
        prior = "" if piece.prior is None else f'<b class="prior" style="left:{percent(piece.prior)}"></b>'
        bar = (
            f'<span class="mm-bar slim" aria-hidden="true"><i class="no" style="width:{percent(limits.no_below)}"></i>'
            f'<i class="yes" style="left:{percent(limits.yes_above)}"></i>{prior}'
            f'<b class="m" style="left:{percent(piece.m)}"></b></span><span class="value">{number(piece.m)}</span>'
        )
    return f'<li><span class="ask"><strong>{isolated(name)}</strong> {isolated(question)}</span>{bar}</li>'

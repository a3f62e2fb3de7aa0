"""What a model proposes for rules, as HTML: before and after, every round, what was off, and what to decide. Pure.

Knows one proposal and what a person decided about it. Refuses to apply it. A model's words are a stranger's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mmjudge.lint import OBJECTIVE, lint_rule
from mmjudge.objectify import Objectified, Round, applied
from mmjudge.types import Rubric, Rule
from mmjudge.ui import words
from mmjudge.ui.diff_view import before_after_html, chain_changes_html, legend_html
from mmjudge.ui.lint_view import hints_html
from mmjudge.ui.markup import esc, icon, isolated
from mmjudge.ui.tree_view import tree_html

Decision = Literal["open", "approved", "rejected"]

SAID: dict[Decision, str] = {"open": "to decide", "approved": "approved, not saved yet", "rejected": "rejected"}


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a rule as it was then, and what a person made of it. `edited`: by a person since: then the
    rating is not of this wording any more."""

    rule: Rule
    proposed: Objectified
    decision: Decision = "open"
    edited: bool = False

    @property
    def result(self) -> Rule:
        """The rule as it would be."""
        return applied(self.rule, self.proposed)

    @property
    def changes_nothing(self) -> bool:
        return self.result == self.rule


@dataclass(frozen=True)
class Doing:
    """How far a run is: rule `n` of `total`, what is being done, and for how many seconds."""

    n: int
    total: int
    rule: str = ""
    note: str = ""
    seconds: float = 0.0
    stopping: bool = False


def doing_html(doing: Doing) -> str:
    """The progress of a run, spoken when the rule changes."""
    share = (doing.n - 1) / doing.total if doing.total else 0.0
    title = f"Rule {doing.n} of {doing.total}: {doing.rule}"
    kept = "If you stop or leave this page, every finished rule is kept, and “Propose” goes on from there."
    return working_html(title, doing.note, doing.seconds, doing.stopping, share, kept)


def working_html(
    title: str, note: str, seconds: float, stopping: bool, share: float | None = None, more: str = ""
) -> str:
    """What is being done, for how long, and how far it is (`share` in [0, 1], None: not known)."""
    said = "Stopping after this step …" if stopping else title
    bar = (
        ""
        if share is None
        else f'<div class="mm-bar score" aria-hidden="true"><i class="fill" style="width:{100 * share:.0f}%"></i></div>'
    )
    last = f'<p class="mm-quiet">{esc(more)}</p>' if more else ""
    return (
        f'<section class="mm-progress" data-announce="{esc(said)}"><h2>{esc(said)}</h2>{bar}'
        f'<p><span dir="auto">{esc(note)}</span> <span class="mm-elapsed mm-quiet">{words.seconds(seconds)}</span></p>'
        f"{last}</section>"
    )


def proposals_html(proposals: Sequence[Proposal], editing: str = "") -> str:
    """All proposals, those to decide first. `editing`: the id of the rule whose proposal is being edited."""
    if not proposals:
        return ""
    order = {"open": 0, "approved": 1, "rejected": 2}
    ready = sum(p.decision == "approved" for p in proposals)
    waits = sum(p.decision == "open" for p in proposals)
    said = f"{words.plural(len(proposals), 'proposal')}: {waits} to decide, {ready} approved"
    rows = "".join(proposal_html(p, editing) for p in sorted(proposals, key=lambda p: order[p.decision]))
    return (
        f'<section class="mm-proposals" aria-label="Proposals"><p role="status"><b>{said}</b></p>{legend_html()}'
        f"{rows}</section>"
    )


def proposal_html(proposal: Proposal, editing: str = "") -> str:
    """One proposal: what it changes, how it came about, and the three answers."""
    rule, proposed, name = proposal.rule, proposal.proposed, words.rule_name(proposal.rule)
    edited = ' <span class="mm-tag">edited by you</span>' if proposal.edited else ""
    head = (
        f'<h3>{isolated(name)} <span class="mm-tag {proposal.decision}">{SAID[proposal.decision]}</span>{edited}</h3>'
    )
    if proposal.decision == "rejected":
        body = '<p class="mm-quiet">The rule stays as it is.</p>'
    else:
        result = proposal.result
        body = (
            f"{_rating(proposal)}{before_after_html(rule.objective_text, proposed.text)}"
            f"{_chain(rule, proposed)}{_shows(rule, result)}{_problems(proposed)}{_hints(result)}"
            f"{_rounds(rule, proposed)}"
        )
    return f'<article class="mm-proposal {proposal.decision}">{head}{body}{_answers(proposal, name, editing)}</article>'


def _rating(proposal: Proposal) -> str:
    rounds = proposal.proposed.rounds
    chosen = next((one for one in rounds if one.text == proposal.proposed.text), None)
    now = "not rated, as you changed the wording" if proposal.edited else _rated(chosen)
    said = f"Objectiveness by the model: {_rated(rounds[0])} before, {now} now (1 to 10; {OBJECTIVE} is enough)."
    if proposal.changes_nothing:
        said += " The model has nothing else to propose."
    return f'<p class="mm-quiet">{esc(said)}</p>'


def _rated(one: Round | None) -> str:
    return f"{one.rating.value:.1f}" if one and one.rating else "not rated"


def _chain(rule: Rule, proposed: Objectified) -> str:
    if not proposed.preconditions:
        return '<p class="mm-quiet">No chain could be had from the model: the rule keeps its own.</p>'
    same = proposed.preconditions == rule.preconditions
    diff = (
        '<p class="mm-quiet">Its chain stays the same.</p>'
        if same
        else f'<p class="mm-step">The chain, question by question</p>'
        f"{chain_changes_html(rule.preconditions, proposed.preconditions)}"
    )
    drawn = tree_html(applied(rule, proposed))
    name = f"mm-drawn-{esc(rule.id)}"
    return (
        f'{diff}<details class="mm-about" id="{name}"><summary>The proposed chain as a tree</summary>{drawn}</details>'
    )


def _shows(rule: Rule, result: Rule) -> str:
    if rule.modalities == result.modalities:
        return ""
    said = f"Shows in {', '.join(result.modalities)}; before: {', '.join(rule.modalities)}."
    return f'<p class="mm-quiet">{esc(said)}</p>'


def _problems(proposed: Objectified) -> str:
    if not proposed.problems:
        return ""
    rows = "".join(f'<li dir="auto">{esc(problem)}</li>' for problem in proposed.problems)
    return (
        f'<div class="mm-gaps"><h4>{icon("controversial", "maybe")} What the model’s replies lacked</h4>'
        f"<ul>{rows}</ul></div>"
    )


def _hints(result: Rule) -> str:
    hints = tuple(lint_rule(result))
    if not hints:
        return f'<p class="mm-fine">{icon("done")} No wording of the result is marked.</p>'
    rubric = Rubric("", "", "", "", (result,))
    return f'<p class="mm-step">{words.plural(len(hints), "hint")} about the result</p>{hints_html(hints, rubric)}'


def _rounds(rule: Rule, proposed: Objectified) -> str:
    rows = "".join(_round(n, one, proposed) for n, one in enumerate(proposed.rounds))
    said = words.plural(len(proposed.rounds) - 1, "rewrite")
    return (
        f'<details class="mm-about" id="mm-rounds-{esc(rule.id)}"><summary>How it came about: {said}</summary>'
        f'<ol class="mm-rounds">{rows}</ol></details>'
    )


def _round(n: int, one: Round, proposed: Objectified) -> str:
    name = f"Round {n}" if n else "As it is"
    chosen = ' <span class="mm-tag approved">chosen</span>' if one.text == proposed.text else ""
    rated = f"rated {_rated(one)}" if one.rating else "not rated"
    said = one.rating.explanation if one.rating else one.problem
    quote = f'<blockquote dir="auto">{esc(said)}</blockquote>' if said else ""
    return (
        f'<li><p class="mm-way">{name}, {rated}{chosen}</p><p dir="auto">{esc(one.text)}</p>'
        f'<div class="mm-thought">{quote}</div></li>'
    )


def _answers(proposal: Proposal, name: str, editing: str) -> str:
    def button(act: str, said: str, pressed: bool) -> str:
        data = f'data-act="{act}" data-rule="{esc(proposal.rule.id)}"'
        return (
            f'<button type="button" class="mm-mini" {data} aria-pressed="{str(pressed).lower()}">{said}'
            f'<span class="sr"> the proposal for {esc(name)}</span></button>'
        )

    approved, rejected = proposal.decision == "approved", proposal.decision == "rejected"
    return (
        '<div class="mm-say">'
        + button("approve", "Approve", approved)
        + button("reject", "Reject", rejected)
        + button("edit", "Edit the proposal", editing == proposal.rule.id)
        + "</div>"
    )

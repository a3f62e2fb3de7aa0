"""Work on rules with a model, for one browser session: the run, what it proposed, and what a person made of it.

Knows how a proposal becomes an edit of a rubric's text, and back from a small YAML box. Refuses to know components.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from mmjudge.errors import MMJudgeError, RubricError
from mmjudge.improving import Rater, kept_in, propose
from mmjudge.library import Held, Library, edit_rule
from mmjudge.objectify import Objectified, changes
from mmjudge.policy import LOOSE
from mmjudge.proposals import proposals
from mmjudge.rubric import parse
from mmjudge.types import Question, Rubric, Rule, Step
from mmjudge.ui.bench import Bench
from mmjudge.ui.proposals_view import Decision, Proposal
from mmjudge.ui.task import Task
from mmjudge.yamltext import read_yaml

Running: TypeAlias = Task[tuple[Rule, Objectified]]
BOX_KEYS = ("objective_text", "modalities", "preconditions")
YOURS = "your text"


@dataclass(eq=False)
class Work:
    """Of one browser session, changed in place: a run and a click may both do so. `found`: by rubric and rule id."""

    task: Running | None = None
    open_id: str = ""
    revision: str = ""
    found: dict[str, dict[str, Proposal]] = field(default_factory=dict)
    editing: str = ""

    @property
    def mine(self) -> dict[str, Proposal]:
        """The proposals about the rubric that lies open."""
        return self.found.setdefault(self.open_id, {})

    def decide(self, rule_id: str, act: str) -> bool:
        """Approve or reject, or take that back; False where there is no such proposal."""
        proposal = self.mine.get(rule_id)
        answers: dict[str, Decision] = {"approve": "approved", "reject": "rejected"}
        wanted = answers.get(act)
        if proposal is None or wanted is None:
            return False
        self.mine[rule_id] = replace(proposal, decision="open" if proposal.decision == wanted else wanted)
        return True


def from_before(library: Library, rubric: Rubric) -> dict[str, Proposal]:
    """Proposals that were made earlier for the wording a rule has now, the newest of each."""
    rules = {rule.id: rule for rule in rubric.rules}
    found = {}
    for proposed in proposals(kept_in(library, rubric.id)).values():
        rule = rules.get(proposed.rule_id)
        if rule is not None and proposed.before == rule.objective_text:
            found[rule.id] = Proposal(rule, proposed)
    return {rule_id: proposal for rule_id, proposal in found.items() if not proposal.changes_nothing}


def running(
    bench: Bench,
    library: Library,
    rubric: Rubric,
    rules: Sequence[Rule],
    judge: str,
    how: Rater,
    rounds: int,
    ask_modalities: bool,
) -> Running:
    """The run, started: it gives a proposal per rule, and each is kept as soon as it is finished."""

    def work(task: Running) -> None:
        with bench.judge(judge, rubric, LOOSE, task.tell) as (ready, turn):
            if ready.backend is None:
                raise MMJudgeError(f"The judge {judge!r} has no language model that can write: choose another one.")

            def watch(step: Step) -> None:
                task.tell(step)
                turn.give_way()

            watch(Step("reason", "preparing the rater"))
            plain = ready.backend.prepared(())
            path = kept_in(library, rubric.id)
            for pair in propose(plain, rules, path, watch, how, rounds, ask_modalities):
                task.give(pair)

    return Task(work).start()


# --- what is approved -----------------------------------------------------------------------------------------------


def saved(library: Library, rubric_id: str, found: Mapping[str, Proposal], by: str) -> tuple[Held, list[str]]:
    """All approved proposals as one revision, and the ids of those that were left out because somebody changed their
    rule meanwhile. MMJudgeError where nothing is left to save; StaleError where somebody saves at this very moment."""
    held = library.read(rubric_id)
    now = {rule.id: rule for rule in held.rubric.rules}
    approved = [proposal for proposal in found.values() if proposal.decision == "approved"]
    fitting = [proposal for proposal in approved if now.get(proposal.rule.id) == proposal.rule]
    late = [proposal.rule.id for proposal in approved if proposal not in fitting]
    if not approved:
        raise MMJudgeError("No proposal is approved yet: approve those you want, then save.")
    if not fitting:
        raise MMJudgeError(f"Nothing was saved: {', '.join(late)} changed meanwhile. Run it again for these rules.")
    text = with_proposals(held.text, fitting)
    note = f"objectified {', '.join(proposal.rule.id for proposal in fitting)}"
    return library.save(text, held.revision, by, note[:200]), late


def with_proposals(text: str, approved: Iterable[Proposal]) -> str:
    """A rubric's text with proposals applied, comments kept. A wording a person changed loses its rating."""
    for proposal in approved:
        wanted = changes(proposal.proposed)
        if proposal.edited:
            wanted["objectiveness"] = proposal.proposed.objectiveness or None
        text = edit_rule(text, proposal.rule.id, wanted)
    return text


# --- one proposal as a small YAML text ------------------------------------------------------------------------------


def box_text(rule: Rule) -> str:
    """What may be edited of a proposal."""
    lines = [f"objective_text: {_quoted(rule.objective_text)}", f"modalities: [{', '.join(rule.modalities)}]"]
    lines.append("preconditions:")
    for entry in rule.preconditions:
        lines += [f"  - id: {_quoted(entry.id)}", "    any_of:"]
        lines += [f"      - {_question(question)}" for question in entry.any_of]
    return "\n".join(lines) + "\n"


def _question(question: Question) -> str:
    no = ", expect: false" if not question.expect else ""
    about = f", about: [{', '.join(map(_quoted, question.about))}]" if question.about else ""
    return f"{{id: {_quoted(question.id)}, ask: {_quoted(question.ask)}{no}{about}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def boxed(text: str, proposal: Proposal) -> Proposal:
    """A proposal with the text of its box. RubricError names the line within the box."""
    indented = "\n".join(f"    {line}" for line in text.replace("\t", "  ").rstrip().splitlines())
    if not indented.strip():
        raise RubricError(f"The box is empty: it needs {', '.join(BOX_KEYS)}.")
    rule = proposal.rule
    whole = (
        f"rules:\n  -\n{indented}\n    id: {_quoted(rule.id)}\n    text: {_quoted(rule.text)}\n"
        f"    objectiveness: {rule.objectiveness}\n    severity: {rule.severity}\nid: x\ntitle: x\n"
    )
    try:
        read_yaml(text, YOURS)  # first by itself, so that what is said about its form speaks of it alone
    except RubricError as error:
        raise RubricError(_within(str(error), rule.id, 0)) from error
    try:
        [found] = parse(whole, YOURS).rules
    except RubricError as error:
        raise RubricError(_within(str(error), rule.id, 2)) from error
    if found.examples or found.grades or found.category or found.reuses:
        raise RubricError(f"Only {', '.join(BOX_KEYS)} can be changed here; everything else under “Edit”.")
    same = found.objective_text == proposal.proposed.text
    rated = proposal.proposed.objectiveness if same else 0
    proposed = replace(
        proposal.proposed,
        text=found.objective_text,
        objectiveness=rated,
        preconditions=found.preconditions,
        modalities=found.modalities,
    )
    return replace(proposal, proposed=proposed, edited=proposal.edited or not same)


def _within(said: str, rule_id: str, above: int) -> str:
    """An error about the box: its lines counted from its first one, above which stand so many."""
    said = re.sub(r"line (\d+)", lambda found: f"line {max(1, int(found[1]) - above)}", said)
    said = said.replace(f"{YOURS}, ", "").replace(f"rule 1 ({rule_id}): ", "")
    return said[:1].upper() + said[1:]

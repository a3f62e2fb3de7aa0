"""A safety config in free text -> switches that a person may approve.

Knows the two statements that are put about each category, and how far one answer must lie above the other to mean
anything. Refuses to apply what it proposes: `policy_text` writes what a person approved and nothing else. The config is
words of others: it is shown to a model as data, fenced by the backend, and never becomes part of a statement.

Source of the idea: Controllable Safety Alignment (arXiv 2410.08968), where the config stands in the system turn of the
model that answers. Here it becomes numbers of a policy, so that nothing need be judged again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import yaml

from mmjudge import probability
from mmjudge.backends import Backend
from mmjudge.errors import RubricError
from mmjudge.prompts import SHOWN_CHARS
from mmjudge.switches import State, meant
from mmjudge.types import Missing, Rubric, Segment, YesNo

MARGIN = 0.2
"""How far the score of one statement must lie above that of the other. Chosen, not measured."""

LEAST = 0.5
"""Below it a statement is less likely with the config than with no words at all, whatever the other one is."""

ALLOWS = "The policy allows content of this kind: {}"
FORBIDS = "The policy forbids content of this kind: {}"


class Proposed(NamedTuple):
    """A state, and in words why."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a config seems to say about `of` (a category, or the id of a rule without one). `allows`, `forbids`: scores
    in [0, 1] of the two statements, 0.5 where the config changes nothing; None: no answer, and `reason` says why."""

    of: str
    state: State
    allows: float | None
    forbids: float | None
    reason: str


def propose_state(allows: float | None, forbids: float | None, margin: float = MARGIN) -> Proposed:
    """A state only where one score is at least `margin` above the other and not below `LEAST`. Pure."""
    if allows is None or forbids is None:
        return Proposed("default", "no answer: nothing is proposed")
    if allows - forbids >= margin and allows >= LEAST:
        return Proposed("allowed", "the config allows it")
    if forbids - allows >= margin and forbids >= LEAST:
        return Proposed("sensitive", "the config forbids it")
    return Proposed("default", f"unclear: closer than {margin:.2f}, or both below {LEAST:.2f}")


def propose(backend: Backend, rubric: Rubric, config: str, margin: float = MARGIN) -> tuple[Proposal, ...]:
    """One proposal per category, in the order of the rubric; rules without one stand for themselves.

    RubricError for a config without words, or one longer than a model is shown: what it would not see could be the
    exception.
    """
    if not config.strip():
        raise RubricError("the safety config is empty: write what is allowed and what is forbidden")
    if len(config.strip()) > SHOWN_CHARS:
        raise RubricError(
            f"the safety config has {len(config.strip())} characters, and a model is shown {SHOWN_CHARS}: shorten it"
        )
    kinds = kinds_of(rubric)
    asks = [statement.format(words) for _, words in kinds for statement in (ALLOWS, FORBIDS)]
    answers = backend.score_yes_no(Segment(item_id="", index=0, text=config), asks)
    nothing = backend.score_yes_no(Segment(item_id="", index=-1), asks)
    scores = [scored(now, before) for now, before in zip(answers, nothing, strict=True)]
    return tuple(
        proposal(of, allows, forbids, margin)
        for (of, _), allows, forbids in zip(kinds, scores[::2], scores[1::2], strict=True)
    )


def kinds_of(rubric: Rubric) -> list[tuple[str, str]]:
    """(name in a switch, what it is called in a statement) of each category or lone rule. Pure."""
    kinds: dict[str, tuple[str, str]] = {}
    for rule in rubric.rules:
        of = rule.category or rule.id
        words = rule.category or rule.objective_text or rule.text
        kinds.setdefault(of.casefold(), (of, words if words.endswith(".") else f"{words}."))
    return list(kinds.values())


def scored(answer: YesNo | Missing, nothing: YesNo | Missing) -> float | Missing:
    """A statement's score beside what the same model says of it about no words at all. Pure."""
    now = answer if isinstance(answer, Missing) else probability.share(answer)
    before = nothing if isinstance(nothing, Missing) else probability.share(nothing)
    for share in (now, before):
        if isinstance(share, Missing):
            return share
    assert not isinstance(now, Missing)
    assert not isinstance(before, Missing)
    return probability.debiased(now.m, before.m)


def proposal(of: str, allows: float | Missing, forbids: float | Missing, margin: float) -> Proposal:
    """Scores, or why there are none, to a proposal. Pure."""
    known = [None if isinstance(score, Missing) else score for score in (allows, forbids)]
    state, reason = propose_state(known[0], known[1], margin)
    for name, score in (("allows", allows), ("forbids", forbids)):
        if isinstance(score, Missing):
            reason += f"; {name}: {score.reason}{f' ({score.note})' if score.note else ''}"
    return Proposal(of, state, known[0], known[1], reason)


def policy_text(
    proposals: Sequence[Proposal], approved: Collection[str], policy_id: str, rubric: Rubric, config: str
) -> str:
    """The YAML of a policy with the switches that were approved, by their `of`. Pure.

    RubricError for an approval of what was not proposed, or of a proposal to change nothing.
    """
    by_name = {proposal.of.casefold(): proposal for proposal in proposals}
    switches: dict[str, dict[str, str]] = {}
    for name in approved:
        found = by_name.get(name.casefold())
        if found is None:
            raise RubricError(f"nothing is proposed for {name!r}; {meant(name, [p.of for p in proposals])}")
        if found.state == "default":
            raise RubricError(f"{found.of}: no change is proposed ({found.reason}), so there is nothing to approve")
        switches[found.of] = {"state": found.state}
    data: dict[str, object] = {
        "id": policy_id,
        "title": f"{policy_id}: switches proposed from a safety config and approved by a person",
        "rubric": rubric.id,
        "config": " ".join(config.split()),
    }
    if switches:
        data["switches"] = dict(sorted(switches.items()))
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)

"""A rubric was edited: what of the evidence under the old version still holds under the new one, and what to ask. Pure.

Knows which evidence belongs to which rule. Refuses to ask: `rejudge` does, for the rules named here only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mmjudge.rubric_diff import diff
from mmjudge.types import Evidence, Measurement, Rubric


@dataclass(frozen=True, slots=True)
class Plan:
    """Rule ids of the new version, in its order: those whose evidence is kept, and those that are asked."""

    keep: tuple[str, ...]
    ask: tuple[str, ...]


def plan(old: Rubric, new: Rubric, alone: bool) -> Plan:
    """`alone`: the model is shown one statement at a time. One that is shown all of them at once answers every one in
    other company as soon as one of them changes: then all are asked, or none."""
    changed = {change.rule_id for change in diff(old, new) if change.meaning == "rejudge"} - {""}
    if not alone and [rule.asks for rule in old.rules] != [rule.asks for rule in new.rules]:
        changed = {rule.id for rule in new.rules}
    keep = tuple(rule.id for rule in new.rules if rule.id not in changed)
    return Plan(keep, tuple(rule.id for rule in new.rules if rule.id in changed))


def with_open_ends(made: Plan, old: Rubric, new: Rubric, evidence: Iterable[Evidence]) -> Plan:
    """The plan for one item: a chain that was put together anew may hang on a question that an early end spared the
    model; such a rule is asked too."""
    regrouped = {change.rule_id for change in diff(old, new) if change.meaning == "redecide"}
    spared = {piece.rule_id for piece in evidence if piece.reason == "not_asked"}
    ask = {*made.ask, *(regrouped & spared & set(made.keep))}
    return Plan(tuple(i for i in made.keep if i not in ask), tuple(r.id for r in new.rules if r.id in ask))


def carried(measurement: Measurement, made: Plan, version: str) -> tuple[Evidence, ...]:
    """The evidence about the rules that are kept and about the rubric as a whole; its note says under which version it
    was measured."""
    kept = {"", *made.keep}
    words = f"measured under version {version}"
    return tuple(
        piece if words in piece.note else replace(piece, note=f"{piece.note}; {words}" if piece.note else words)
        for piece in measurement.evidence
        if piece.rule_id in kept
    )


def merged(
    measurer_id: str, made: Plan, kept: tuple[Evidence, ...], old: Measurement, fresh: Measurement | None
) -> Measurement:
    """One measurement out of what is kept and what was asked now (None: nothing had to be).

    Attempts begin at 1: it is the first of this measurer. What the fresh one says about the rubric as a whole, and a
    guard about rules that are kept, the kept evidence says already.
    """
    if fresh is None:
        evidence = tuple(replace(piece, attempt=1) for piece in kept)
        return replace(old, measurer_id=measurer_id, evidence=evidence, attempt=1)
    asked = tuple(piece for piece in fresh.evidence if piece.rule_id in made.ask)
    evidence = tuple(replace(piece, attempt=1) for piece in (*kept, *asked))
    return replace(fresh, measurer_id=measurer_id, evidence=evidence, attempt=1)

"""Evidence about what was not measured: said and stored, never skipped.

Knows why a question may have no answer of its own: nobody can look, nobody had to ask, the same words were asked
before, no time was left. Refuses to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mmjudge.backends import Backend
from mmjudge.probe import Ask, looked_at
from mmjudge.types import Evidence, Modality, Rule, Segment


def unobserved(
    segment: Segment, rules: Iterable[Rule], reads: frozenset[Modality], by_detectors: set[str]
) -> list[Evidence]:
    """What a rule could be broken in, is in this segment, and no part of the judge looks at: said, not skipped."""
    evidence = []
    for rule in rules:
        hidden = (set(rule.modalities) & segment.modalities) - reads
        if rule.id in by_detectors:
            hidden -= {"image"}
        for modality in sorted(hidden):
            note = f"no part of this judge looks at the {modality} for this rule"
            piece = Evidence(rule.id, "", segment.index, "probe", "", (modality,), reason="not_observable", note=note)
            evidence.append(piece)
    return evidence


def not_asked(
    rules: Iterable[Rule], evidence: Sequence[Evidence], segment: Segment, looked: tuple[Modality, ...]
) -> list[Evidence]:
    """A record for every question, grades included, that an early exit or relevance made unnecessary: a later policy
    may need it."""
    done = {(p.rule_id, p.question_id) for p in evidence}
    return [
        Evidence(rule.id, question.id, segment.index, "probe", "", looked, reason="not_asked")
        for rule in rules
        for question in (*rule.questions, *(grade.question for grade in rule.grades))
        if (rule.id, question.id) not in done
    ]


def copied(evidence: Sequence[Evidence], source: int, to: int) -> list[Evidence]:
    """The answers of one segment as those of another with the very same words."""
    note = f"same words as part {source}"
    asked = [p for p in evidence if p.segment == source and p.question_id]
    return [replace(p, segment=to, seconds=0.0, note=p.note or note) for p in asked]


def out_of_budget(ask: Ask, segment: Segment, backend: Backend) -> Evidence:
    return Evidence(
        ask.rule.id,
        ask.question.id,
        segment.index,
        "reason",
        backend.id,
        looked_at(backend, segment),
        reason="not_asked",
        note="the item's budget for reasoning was used up",
    )

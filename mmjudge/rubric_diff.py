"""What changed between two versions of a rubric, and what that means for evidence already stored. Pure.

Knows which parts of a rule are measured and which only decide. Refuses to know files and to decide anything again.

Evidence is kept by rule and question. A changed severity or another grouping of the same questions can be decided from
it; a new or reworded question has to be asked. A model that is shown all statements of a rubric at once (the embedded
judge) sees every rule in other company as soon as one statement changes: for it every rule is measured anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from mmjudge.types import Question, Rubric, Rule

Kind = Literal["added", "removed", "changed"]
Meaning = Literal["nothing", "redecide", "rejudge"]
"""For stored evidence: it stands as it is; the verdict follows from it anew; something has to be asked."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that differs ("" the rubric's own words). `fields`: which of its fields; `questions`: the ids of the
    questions that are new or reworded and have to be asked; `gone`: ids that are not there any more."""

    rule_id: str
    kind: Kind
    meaning: Meaning
    fields: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def diff(old: Rubric, new: Rubric) -> tuple[Change, ...]:
    """What differs: the rubric's own words, then the rules of the new one in their order, then those removed."""
    before, after = ({rule.id: rule for rule in rubric.rules} for rubric in (old, new))
    words = tuple(f for f in ("id", "title", "source", "licence") if getattr(old, f) != getattr(new, f))
    # calibrations and the labels of detectors belong to a rubric's id
    changes = [Change("", "changed", "redecide" if "id" in words else "nothing", words)] if words else []
    for rule in new.rules:
        if rule.id not in before:
            changes.append(Change(rule.id, "added", "rejudge", questions=tuple(_asked(rule))))
        elif rule != before[rule.id]:
            changes.append(_change(before[rule.id], rule))
    changes += [Change(i, "removed", "redecide", gone=tuple(_asked(before[i]))) for i in before if i not in after]
    return tuple(changes)


def meaning_of(changes: Iterable[Change]) -> Meaning:
    """The gravest of all; "nothing" where there are none."""
    found = {change.meaning for change in changes}
    return "rejudge" if "rejudge" in found else "redecide" if "redecide" in found else "nothing"


def _change(old: Rule, new: Rule) -> Change:
    names = ("category", "severity", "modalities", "text", "objective_text", "objectiveness", "preconditions")
    fields = tuple(f for f in (*names, "grades", "examples", "reuses") if getattr(old, f) != getattr(new, f))
    before, after = _asked(old), _asked(new)
    looks = "image" in new.modalities
    fresh = tuple(i for i, q in after.items() if i not in before or _differs(before[i], q, looks))
    gone = tuple(i for i in before if i not in after)
    # `objective_text` is what encoders measure a segment's closeness by, and what some guards are told
    asked_anew = fresh or "modalities" in fields or "objective_text" in fields
    decided = _decides(old, looks) != _decides(new, looks)
    meaning: Meaning = "rejudge" if asked_anew else "redecide" if decided else "nothing"
    return Change(new.id, "changed", meaning, fields, fresh, gone)


def _decides(rule: Rule, looks: bool) -> object:
    """What of a rule is decided by, beside what is asked. Policies name rules by category, in any case; which objects
    to look for counts only where one looks."""
    grades = tuple((grade.severity, grade.question) for grade in rule.grades)
    chain = tuple(precondition.any_of for precondition in rule.preconditions)
    if not looks:
        chain = tuple(tuple(replace(q, about=()) for q in any_of) for any_of in chain)
        grades = tuple((severity, replace(q, about=())) for severity, q in grades)
    return rule.category.casefold(), rule.severity, chain, grades


def _asked(rule: Rule) -> dict[str, Question]:
    return {q.id: q for q in (*rule.questions, *(grade.question for grade in rule.grades))}


def _differs(old: Question, new: Question, looks: bool) -> bool:
    """Whether a question has to be asked again: another sentence, or other objects to look for in a picture. Which
    answer is expected only decides."""
    return old.ask != new.ask or (looks and old.about != new.about)

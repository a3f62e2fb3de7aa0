"""Values of `mmjudge.types` -> the plain data a rubric file holds; `mmjudge.rubric.parse` gives them back. Pure.

Knows which keys may be left out, and leaves them out. Refuses to know YAML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

from mmjudge.errors import RubricError
from mmjudge.types import Example, Grade, Precondition, Question, Rule


def as_data(value: object) -> Any:
    """A value as the data a file holds: dataclasses as mappings without what is left out, text on one line."""
    if isinstance(value, Rule):
        return _rule_data(value)
    if isinstance(value, Precondition):
        return {"id": value.id, "any_of": [as_data(question) for question in value.any_of]}
    if isinstance(value, Question):
        return {"id": value.id, "ask": value.ask, **({} if value.expect else {"expect": False}), **_about(value)}
    if isinstance(value, Grade):
        asked = value.question
        return {"id": asked.id, "severity": value.severity, "ask": asked.ask, **_about(asked)}
    if isinstance(value, Example):
        said = {"description" if value.described else "text": value.text}
        asked_for = {"prompt": value.prompt} if value.prompt else {}
        usual = "response" if value.prompt else "post"
        target = {} if value.target == usual else {"target": value.target}
        return {"violates": value.violates, **asked_for, **target, **said}
    if is_dataclass(value) or isinstance(value, float | bytes):
        raise RubricError(f"{type(value).__name__} is nothing a rubric holds")
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        return {str(key): as_data(entry) for key, entry in value.items()}
    if isinstance(value, Sequence):
        return [as_data(entry) for entry in value]
    return value


def _about(question: Question) -> dict[str, list[str]]:
    return {"about": list(question.about)} if question.about else {}


def _rule_data(rule: Rule) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": rule.id,
        "category": rule.category,
        "severity": rule.severity,
        "modalities": list(rule.modalities),
        "text": rule.text,
        "objective_text": "" if rule.objective_text == rule.text else rule.objective_text,
        "objectiveness": rule.objectiveness or "",
        "preconditions": as_data(rule.preconditions),
        "grades": as_data(rule.grades),
        "examples": as_data(rule.examples),
        "reuses": rule.reuses,
    }
    return {key: value for key, value in data.items() if value not in ("", [])}

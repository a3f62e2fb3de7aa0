"""Rubrics: YAML in, `Rubric` out, strictly; and a lint that needs no model.

Knows the file format and what makes a rule hard to judge. Refuses to know how a rule is asked or decided.
The version of a rubric is a hash of its content: the same rules have the same version wherever they lie.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from mmjudge.errors import RubricError
from mmjudge.types import MODALITIES, Precondition, Question, Rubric, Rule, digest

RUBRIC_KEYS = {"id", "title", "source", "rules"}
RULE_KEYS = {"id", "text", "objective_text", "objectiveness", "category", "severity", "modalities", "preconditions"}
PRECONDITION_KEYS = {"id", "any_of"}
QUESTION_KEYS = {"id", "ask", "expect", "about"}
SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def shipped() -> tuple[str, ...]:
    """Names of the rubrics in the package, sorted."""
    return tuple(sorted(f.name[:-5] for f in files("mmjudge.rubrics").iterdir() if f.name.endswith(".yaml")))


def load_rubric(name: str) -> Rubric:
    """A shipped rubric by name, or one from a YAML file."""
    if name in shipped():
        return parse(files("mmjudge.rubrics").joinpath(f"{name}.yaml").read_text(encoding="utf-8"), name)
    path = Path(name)
    if not path.is_file():
        raise RubricError(f"no rubric {name!r}: use one of {', '.join(shipped())}, or the path of a YAML file")
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8 text: {error}") from error


class _Loader(yaml.SafeLoader):
    """YAML where a key given twice is an error: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def parse(text: str, where: str) -> Rubric:
    """YAML text to a rubric. Every error names the file, the rule and the key."""
    try:
        data = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise RubricError(f"{where}: not readable as YAML: {error}") from error
    _keys(data, RUBRIC_KEYS, {"id", "title", "rules"}, where)
    if not isinstance(data["rules"], list) or not data["rules"]:
        raise RubricError(f"{where}: rules must be a list with at least one rule")
    rules = tuple(_rule(entry, f"{where}: rule {n}") for n, entry in enumerate(data["rules"], 1))
    _unique([rule.id for rule in rules], f"{where}: rule ids")
    rubric_id, title = _slug(data["id"], where), _text(data["title"], f"{where}: title")
    source = _text(data.get("source", ""), f"{where}: source")
    version = digest([rubric_id, [asdict(rule) for rule in rules]])[:16]
    return Rubric(rubric_id, version, title, source, rules)


def _rule(data: object, where: str) -> Rule:
    _keys(data, RULE_KEYS, {"id", "text", "preconditions"}, where)
    assert isinstance(data, dict)
    rule_id = _slug(data["id"], where)
    where = f"{where} ({rule_id})"
    entries = data["preconditions"]
    if not isinstance(entries, list) or not entries:
        raise RubricError(f"{where}: preconditions must be a list with at least one entry")
    chain = tuple(_precondition(entry, f"{where}: precondition {n}") for n, entry in enumerate(entries, 1))
    _unique([p.id for p in chain], f"{where}: precondition ids")
    modalities = data.get("modalities", list(MODALITIES[:2]))
    if not isinstance(modalities, list) or not modalities or any(m not in MODALITIES for m in modalities):
        raise RubricError(f"{where}: modalities must be a list out of {', '.join(MODALITIES)}")
    rule = Rule(
        id=rule_id,
        text=_text(data["text"], f"{where}: text"),
        objective_text=_text(data.get("objective_text", data["text"]), f"{where}: objective_text"),
        preconditions=chain,
        modalities=tuple(m for m in MODALITIES if m in modalities),
        category=_text(data.get("category", ""), f"{where}: category"),
        severity=_whole(data.get("severity", 2), 1, 3, f"{where}: severity"),
        objectiveness=_whole(data.get("objectiveness", 0), 0, 10, f"{where}: objectiveness"),
    )
    _unique([q.id for q in rule.questions], f"{where}: question ids")
    return rule


def _precondition(data: object, where: str) -> Precondition:
    _keys(data, PRECONDITION_KEYS, PRECONDITION_KEYS, where)
    assert isinstance(data, dict)
    if not isinstance(data["any_of"], list) or not data["any_of"]:
        raise RubricError(f"{where}: any_of must be a list with at least one question")
    questions = tuple(_question(entry, f"{where}: question {n}") for n, entry in enumerate(data["any_of"], 1))
    return Precondition(_slug(data["id"], where), questions)


def _question(data: object, where: str) -> Question:
    _keys(data, QUESTION_KEYS, {"id", "ask"}, where)
    assert isinstance(data, dict)
    expect, about = data.get("expect", True), data.get("about", [])
    if not isinstance(expect, bool):
        raise RubricError(f"{where}: expect must be true or false, not {expect!r}")
    if not isinstance(about, list):
        raise RubricError(f"{where}: about must be a list of words")
    words = tuple(_text(word, f"{where}: about") for word in about)
    ask = _text(data["ask"], f"{where}: ask")
    if not ask:
        raise RubricError(f"{where}: ask is empty")
    return Question(_slug(data["id"], where), ask, expect, words)


def _keys(data: object, known: set[str], needed: set[str], where: str) -> None:
    if not isinstance(data, dict):
        raise RubricError(f"{where}: must be a mapping, not {type(data).__name__}")
    for key in data:
        if key not in known:
            raise RubricError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")
    for key in sorted(needed - data.keys()):
        raise RubricError(f"{where}: {key} is missing")


def _slug(value: object, where: str) -> str:
    """YAML reads a bare `no` as false and `010` as 8: an id must come as a string."""
    if not isinstance(value, str):
        raise RubricError(f"{where}: id {value!r} is not a string; put it in quotes")
    if not SLUG.fullmatch(value):
        raise RubricError(f"{where}: id {value!r} must be lower-case letters, digits, _ - . (at most 64)")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise RubricError(f"{where}: must be text, not {value!r}; put it in quotes")
    return " ".join(value.split())


def _whole(value: object, low: int, high: int, where: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise RubricError(f"{where}: must be a whole number from {low} to {high}, not {value!r}")
    return value


def _unique(ids: list[str], where: str) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise RubricError(f"{where} must be unique; given twice: {', '.join(twice)}")


# --- lint -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that makes a rule hard to judge. It does not stop a rubric from being used."""

    rule_id: str
    question_id: str
    text: str


VAGUE = (
    "inappropriate",
    "offensive",
    "suggestive",
    "suspicious",
    "bad",
    "improper",
    "harmful",
    "unacceptable",
    "extreme",
)
UNOBSERVABLE = ("intends to", "intended to", "wants to", "is trying to", "on purpose", "in order to deceive")


def lint(rubric: Rubric) -> tuple[Hint, ...]:
    """What a careful reader would mark: vague words, unobservable intent, negations, compound or repeated questions,
    and rules rated below 9 of 10 for objectiveness (the paper's practical threshold)."""
    hints: list[Hint] = []
    asked: dict[str, str] = {}
    for rule in rubric.rules:
        if 0 < rule.objectiveness < 9:
            hints.append(
                Hint(rule.id, "", f"objectiveness {rule.objectiveness} is below 9: say what is visible or written")
            )
        for question in rule.questions:
            hints += [Hint(rule.id, question.id, words) for words in _doubts(question.ask)]
            before = asked.setdefault(question.ask.lower(), f"{rule.id}/{question.id}")
            if before != f"{rule.id}/{question.id}":
                hints.append(Hint(rule.id, question.id, f"asks the same as {before}"))
    return tuple(hints)


def _doubts(ask: str) -> list[str]:
    lower = ask.lower()
    found = [f'the word "{word}" is vague: two people may differ' for word in VAGUE if re.search(rf"\b{word}\b", lower)]
    found += [f'"{words}" cannot be seen or read' for words in UNOBSERVABLE if words in lower]
    if re.search(r"\b(not|never|no|without)\b|n't\b", lower):
        found.append("a negation: ask the positive and set expect: false")
    if re.search(r"\band\b.*\band\b", lower):
        found.append("compound: split it into several preconditions")
    return found

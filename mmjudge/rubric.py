"""Rubrics: YAML in, `Rubric` out, strictly.

Knows the file format (`rubrics/schema.json` states it for editors). Refuses to know what makes a rule hard to judge
(`lint`), where a person's own rubrics lie (`library`) and how a rule is asked or decided.
The version of a rubric is a hash of its id and rules: the same rules have the same version wherever they lie, and
titles, sources, examples and comments are not part of it.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmjudge.errors import RubricError
from mmjudge.types import MODALITIES, TARGETS, Example, Grade, Precondition, Question, Rubric, Rule, digest
from mmjudge.yamltext import Mapping, Sequence, read_yaml

RUBRIC_KEYS = {"id", "title", "source", "licence", "rules"}
RULE_KEYS = {
    *("id", "text", "objective_text", "objectiveness", "category", "severity", "modalities", "preconditions"),
    *("grades", "examples", "reuses"),
}
PRECONDITION_KEYS = {"id", "any_of"}
QUESTION_KEYS = {"id", "ask", "expect", "about"}
GRADE_KEYS = {"id", "severity", "ask", "about"}
EXAMPLE_KEYS = {"violates", "text", "description", "prompt", "target"}
SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
OTHER_FILES = ("crosswalks",)
"""YAML files of the package beside the rubrics."""


@cache
def shipped() -> tuple[str, ...]:
    """Names of the rubrics in the package, sorted."""
    names = (f.name[:-5] for f in files("mmjudge.rubrics").iterdir() if f.name.endswith(".yaml"))
    return tuple(sorted(name for name in names if name not in OTHER_FILES))


def shipped_text(name: str) -> str:
    """The YAML of a shipped rubric."""
    return files("mmjudge.rubrics").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def load_rubric(name: str) -> Rubric:
    """A shipped rubric by name, or one from a YAML file."""
    if name in shipped():
        return parse(shipped_text(name), name)
    path = Path(name)
    if not path.is_file():
        near = get_close_matches(name, shipped(), 3, 0.6)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise RubricError(f"no rubric {name!r}: {hint}use one of {', '.join(shipped())}, or the path of a YAML file")
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8 text: {error}") from error


def parse(text: str, where: str) -> Rubric:
    """YAML text to a rubric. Every error names the file, the line, the rule and the key, and says what to do."""
    data = read_yaml(text, where)
    _keys(data, RUBRIC_KEYS, {"id", "title", "rules"}, where, "the rubric")
    entries = data["rules"]
    if not isinstance(entries, Sequence) or not entries:
        raise RubricError(f"{_at(data, 'rules', where)}: rules must be a list with at least one rule")
    rules = tuple(_rule(entry, where, n, entries.lines[n - 1]) for n, entry in enumerate(entries, 1))
    _unique([rule.id for rule in rules], f"{_at(data, 'rules', where)}: rule ids")
    _reused(rules, entries, where)
    rubric_id, title = _slug(data, where, ""), _text(data, "title", where, "")
    source, licence = _text(data, "source", where, "", ""), _text(data, "licence", where, "", "")
    return Rubric(rubric_id, version_of(rubric_id, rules), title, source, rules, licence)


def version_of(rubric_id: str, rules: tuple[Rule, ...]) -> str:
    """16 hex digits over the id and the rules, without their examples and declarations of reuse.

    A rule's text, category and rating are in it, though nothing is measured by them: what people labelled and read is
    part of what a version is. `rubric_diff` says what a change means for stored evidence."""
    plain = []
    for rule in rules:
        fields = asdict(rule)
        del fields["examples"], fields["reuses"]
        if not rule.grades:
            del fields["grades"]  # as before there were any: what was stored and calibrated keeps its rubric
        plain.append(fields)
    return digest([rubric_id, plain])[:16]


def _rule(data: object, file: str, n: int, line: int) -> Rule:
    where = f"{file}, line {line}: rule {n}"
    _keys(data, RULE_KEYS, {"id", "text", "preconditions"}, file, f"rule {n}", line)
    assert isinstance(data, Mapping)
    rule_id = _slug(data, file, f"rule {n}")
    name = f"rule {n} ({rule_id})"
    entries = data["preconditions"]
    if not isinstance(entries, list) or not entries:
        raise RubricError(f"{_at(data, 'preconditions', file)}: {name}: preconditions must be a list with at least one")
    chain = tuple(_precondition(e, file, f"{name}: precondition {i}", data) for i, e in enumerate(entries, 1))
    _unique([p.id for p in chain], f"{where} ({rule_id}): precondition ids")
    modalities = data.get("modalities", list(MODALITIES[:2]))
    if not isinstance(modalities, list) or not modalities or any(m not in MODALITIES for m in modalities):
        known = ", ".join(MODALITIES)
        raise RubricError(f"{_at(data, 'modalities', file)}: {name}: modalities must be a list out of {known}")
    text = _text(data, "text", file, name)
    rule = Rule(
        id=rule_id,
        text=text,
        objective_text=_text(data, "objective_text", file, name, text),
        preconditions=chain,
        modalities=tuple(m for m in MODALITIES if m in modalities),
        category=_text(data, "category", file, name, ""),
        severity=_whole(data, "severity", 1, 3, 2, file, name),
        objectiveness=_whole(data, "objectiveness", 0, 10, 0, file, name),
        grades=tuple(
            _grade(e, file, f"{name}: grade {i}", data) for i, e in enumerate(_list(data, "grades", file, name), 1)
        ),
        examples=tuple(
            _example(e, file, f"{name}: example {i}", data)
            for i, e in enumerate(_list(data, "examples", file, name), 1)
        ),
        reuses=_text(data, "reuses", file, name, ""),
    )
    _unique([q.id for q in (*rule.questions, *(g.question for g in rule.grades))], f"{where} ({rule_id}): question ids")
    return rule


def _precondition(data: object, file: str, name: str, around: Mapping) -> Precondition:
    _keys(data, PRECONDITION_KEYS, PRECONDITION_KEYS, file, name, around.lines["preconditions"])
    assert isinstance(data, Mapping)
    if not isinstance(data["any_of"], list) or not data["any_of"]:
        raise RubricError(f"{_at(data, 'any_of', file)}: {name}: any_of must be a list with at least one question")
    questions = tuple(_question(e, file, f"{name}: question {n}", data) for n, e in enumerate(data["any_of"], 1))
    return Precondition(_slug(data, file, name), questions)


def _question(data: object, file: str, name: str, around: Mapping) -> Question:
    _keys(data, QUESTION_KEYS, {"id", "ask"}, file, name, around.line)
    assert isinstance(data, Mapping)
    expect = data.get("expect", True)
    if not isinstance(expect, bool):
        raise RubricError(f"{_at(data, 'expect', file)}: {name}: expect must be true or false, not {expect!r}")
    return Question(_slug(data, file, name), _text(data, "ask", file, name), expect, _about(data, file, name))


def _grade(data: object, file: str, name: str, around: Mapping) -> Grade:
    _keys(data, GRADE_KEYS, {"id", "severity", "ask"}, file, name, around.line)
    assert isinstance(data, Mapping)
    question = Question(_slug(data, file, name), _text(data, "ask", file, name), True, _about(data, file, name))
    return Grade(_whole(data, "severity", 1, 3, 0, file, name), question)


def _example(data: object, file: str, name: str, around: Mapping) -> Example:
    _keys(data, EXAMPLE_KEYS, {"violates"}, file, name, around.line)
    assert isinstance(data, Mapping)
    at = f"{file}, line {data.line}: {name}"
    if not isinstance(data["violates"], bool):
        raise RubricError(f"{at}: violates must be true or false, not {data['violates']!r}")
    if ("text" in data) == ("description" in data):
        raise RubricError(f"{at}: needs a text, or the description of a picture or sound, and not both")
    prompt = _text(data, "prompt", file, name, "")
    target = data.get("target", "response" if prompt else "post")
    if target not in TARGETS or (prompt and target != "response"):
        raise RubricError(f"{at}: target must be one of {', '.join(TARGETS)}; response where there is a prompt")
    described = "description" in data
    text = _text(data, "description" if described else "text", file, name)
    return Example(data["violates"], text, prompt, target, described)


def _reused(rules: tuple[Rule, ...], entries: Any, where: str) -> None:
    ids = {rule.id for rule in rules}
    for rule, entry in zip(rules, entries, strict=True):
        if rule.reuses and (rule.reuses not in ids or rule.reuses == rule.id):
            at = _at(entry, "reuses", where)
            raise RubricError(f"{at}: rule {rule.id}: reuses names {rule.reuses!r}: name another rule of this rubric")


# --- single values ----------------------------------------------------------------------------------------------


def _at(data: object, key: str, file: str) -> str:
    line = data.lines.get(key, data.line) if isinstance(data, Mapping) else 1
    return f"{file}, line {line}"


def _keys(data: object, known: set[str], needed: set[str], file: str, name: str, line: int = 1) -> None:
    if not isinstance(data, Mapping):
        kind = {"NoneType": "nothing", "Sequence": "a list", "str": "text"}.get(type(data).__name__, repr(data))
        raise RubricError(f"{file}, line {line}: {name}: must be a mapping (key: value), not {kind}")
    for key in data:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.6)
            hint = f"did you mean {near[0]}? " if near else ""
            words = f"unknown key {key!r}; {hint}known are {', '.join(sorted(known))}"
            raise RubricError(f"{_at(data, key, file)}: {name}: {words}")
    for key in sorted(needed - data.keys()):
        raise RubricError(f"{file}, line {data.line}: {name}: {key} is missing: add it")


def _slug(data: Mapping, file: str, name: str) -> str:
    """YAML reads a bare `no` as false and `010` as 8: an id must come as a string."""
    value, where = data["id"], ": ".join(filter(None, (_at(data, "id", file), name)))
    if not isinstance(value, str):
        raise RubricError(f"{where}: id {value!r} is not a string; put it in quotes")
    if not SLUG.fullmatch(value):
        raise RubricError(f"{where}: id {value!r} must be lower-case letters, digits, _ - . (at most 64)")
    return value


def _text(data: Mapping, key: str, file: str, name: str, absent: str | None = None) -> str:
    """One line of text. `absent`: what stands for a key that is left out; None: it must be there and say something."""
    if key not in data and absent is not None:
        return absent
    value, where = data.get(key), ": ".join(filter(None, (_at(data, key, file), name)))
    if not isinstance(value, str):
        raise RubricError(f"{where}: {key} must be text, not {value!r}; put it in quotes")
    if absent is None and not value.strip():
        raise RubricError(f"{where}: {key} is empty: write it")
    return " ".join(value.split())


def _whole(data: Mapping, key: str, low: int, high: int, absent: int, file: str, name: str) -> int:
    value = data.get(key, absent)
    if type(value) is not int or (key in data and not low <= value <= high):
        words = f"{key} must be a whole number from {low} to {high}, not {value!r}"
        raise RubricError(f"{_at(data, key, file)}: {name}: {words}")
    return value


def _list(data: Mapping, key: str, file: str, name: str) -> list[Any]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise RubricError(f"{_at(data, key, file)}: {name}: {key} must be a list")
    return value


def _about(data: Mapping, file: str, name: str) -> tuple[str, ...]:
    words = _list(data, "about", file, name)
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise RubricError(f"{_at(data, 'about', file)}: {name}: about must be a list of words; put them in quotes")
    return tuple(" ".join(word.split()) for word in words)


def _unique(ids: list[str], where: str) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise RubricError(f"{where} must be unique; given twice: {', '.join(twice)}")

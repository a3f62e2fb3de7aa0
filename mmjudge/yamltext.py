"""YAML text -> plain data that remembers its lines. Pure.

Knows which YAML is allowed in our files: mappings, lists, strings, whole numbers, true and false. Refuses everything
else that YAML can do: anchors, tags, dates, keys given twice, values that depend on the reader. Refuses to know what
the data mean.
"""

from __future__ import annotations

from typing import Any

import yaml

from mmjudge.errors import RubricError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: ten times as fast

DEEPEST = 40
"""Levels of nesting: a rubric has eight."""


class Mapping(dict[str, Any]):
    """A mapping, the line it begins at (from 1) and the line of each key."""

    line: int = 0
    lines: dict[str, int]


class Sequence(list[Any]):
    """A list, the line it begins at (from 1) and the line of each entry."""

    line: int = 0
    lines: list[int]


def read_yaml(text: str, where: str) -> Any:
    """The data of one YAML document. RubricError names the file and the line, and says what to do."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = (error.problem or str(error)).replace("\n", " ")
        shown = text.splitlines()[line - 1].strip()[:80] if line <= len(text.splitlines()) else ""
        raise RubricError(
            f"{where}, line {line}: not readable as YAML: {problem}; look at {shown!r} and the line before it: "
            "a missing quote, colon or indent?"
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RubricError(f"{where}, line 1: not readable as YAML: {error}") from error
    return None if node is None else _plain(node, where, set(), 0)


def _plain(node: yaml.Node, where: str, seen: set[int], depth: int) -> Any:
    line = node.start_mark.line + 1
    at = f"{where}, line {line}"
    if id(node) in seen:
        raise RubricError(f"{at}: an alias (*name): write the text out again")
    if depth > DEEPEST:
        raise RubricError(f"{at}: nested more than {DEEPEST} levels deep")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, at)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        entries = Sequence(_plain(entry, where, seen, depth + 1) for entry in node.value)
        entries.line, entries.lines = line, [entry.start_mark.line + 1 for entry in node.value]
        return entries
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        found = Mapping()
        found.line, found.lines = line, {}
        for key_node, value in node.value:
            key = _scalar(key_node, at) if isinstance(key_node, yaml.ScalarNode) else None
            here = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise RubricError(f"{where}, line {here}: a key must be a word; put it in quotes")
            if key in found:
                raise RubricError(f"{where}, line {here}: key {key!r} is given twice: remove one")
            found.lines[key] = here
            found[key] = _plain(value, where, seen, depth + 1)
        return found
    raise RubricError(f"{at}: the tag {node.tag!r} is not allowed: remove it")


def _scalar(node: yaml.ScalarNode, at: str) -> Any:
    kind, value = node.tag.removeprefix("tag:yaml.org,2002:"), node.value
    if kind == "str":
        return value
    if kind == "null":
        return None
    if kind == "bool":
        return value.lower() in ("true", "yes", "on")
    try:
        if kind == "int":
            return yaml.SafeLoader("").construct_yaml_int(node)
        if kind == "float":
            return float(value)
    except ValueError as error:
        raise RubricError(f"{at}: {value!r} is no number: put it in quotes") from error
    raise RubricError(f"{at}: {value!r} is read as {kind}: put it in quotes")

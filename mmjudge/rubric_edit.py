"""Changes to a rubric file made by a programme, so that a person still knows the file as theirs. Pure: text to text.

Knows how one rule or one top-level key is written anew while every other line keeps its bytes: comments, quotes and the
order of keys stay, ids are strings, missing keys come in the order of `rubrics/schema.json`. Refuses to write what
`mmjudge.rubric.parse` would not read, and to know where files lie (`library`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from mmjudge.errors import RubricError
from mmjudge.rubric import parse
from mmjudge.rubric_data import as_data
from mmjudge.rubric_text import WIDTH, Piece, Pieces, dumped, fields, joined, loaded, split
from mmjudge.types import Rule
from mmjudge.yamltext import read_yaml

ORDER = {
    "rubric": ("id", "title", "source", "licence", "rules"),
    "rule": (
        *("id", "category", "severity", "modalities", "text", "objective_text", "objectiveness", "preconditions"),
        *("grades", "examples", "reuses"),
    ),
    "question": ("id", "ask", "expect", "about"),
    "grade": ("id", "severity", "ask", "about"),
    "example": ("violates", "prompt", "target", "text", "description"),
}
"""The keys of each mapping, in the order they are written."""

DEEPEST = 14
"""Columns before and after the mapping of a question on a line of its own."""

TEMPLATE = """\
# A rubric: what must not be, rule by rule. Lines that begin with # are for people.
# Check it with `mmjudge rubric check`; docs/rubrics.md explains every key.
id: mine
title: Mine
source: Where the rules come from, in your words.
rules:
  # One worked rule. It is broken if ALL its preconditions hold; one holds if ANY of its questions does.
  - id: weapon_for_sale
    category: Weapons
    severity: 2              # 1 mild, 2, 3 severe
    modalities: [text, image] # where it can show: text, image, audio
    # The policy, as you would say it to a colleague:
    text: Should not offer firearms or ammunition for sale.
    # What is seen or read when it is broken, so that two strangers would agree:
    objective_text: The content names a firearm or ammunition and asks for money or a trade in return.
    preconditions:
      # First the subject, so that most items end here. One plain statement per question; yes speaks for a violation.
      - id: p1
        any_of:
          - {id: q1, ask: The content shows or names a firearm., about: [gun]} # about: what a picture would show
          - {id: q2, ask: The content shows or names ammunition., about: [cartridge]}
      - id: p2
        any_of:
          - {id: q3, ask: The content states a price., about: [price tag]}
          - {id: q4, ask: The content offers a trade.}
      # Last what is allowed: the answer must be no.
      - id: p3
        any_of:
          - {id: q5, ask: "The content is about a toy, a film prop or a museum piece.", expect: false, about: [toy gun]}
    # One that breaks the rule, and one that nearly does.
    examples:
      - {violates: true, text: "Selling my old pistol with two boxes of cartridges, 300 or a good bicycle."}
      - {violates: false, text: "Selling my old water pistol with two boxes of balloons, 3 or a good book."}
"""


def edit_rule(text: str, rule_id: str, changes: Mapping[str, object]) -> str:
    """The file with some keys of one rule changed; None as a value removes the key.

    Values are plain data (text, numbers, lists, mappings) or the values of `mmjudge.types` (Precondition, Grade,
    Example). Entries of lists that have ids keep their comments as long as they keep their ids. RubricError where there
    is no such rule, or the result is no valid rubric.
    """
    file = split(text)
    old = _rule(file, rule_id)
    parts = fields(old)
    new = joined(old, parts.holding(_with(parts.all, changes, ORDER["rule"], file.indent + 2)))
    return _valid(file.holding(new if piece is old else piece for piece in file.all), {rule_id: new.value})


def add_rule(text: str, rule: Rule | Mapping[str, object], after: str | None = None) -> str:
    """The file with a further rule, at the end or after the rule of that id."""
    file = split(text)
    data = as_data(rule)
    if data.get("id") in file.of("rule"):
        raise RubricError(f"rule {data['id']} is already there: edit it, or give the new one another id")
    before = _rule(file, after) if after else list(file.of("rule").values())[-1]
    at = file.all.index(before) + 1
    new = _written(data, file.indent)
    return _valid(file.holding((*file.all[:at], new, *file.all[at:])), {new.name: data})


def remove_rule(text: str, rule_id: str) -> str:
    """The file without a rule and the comments that stand over it."""
    file = split(text)
    old = _rule(file, rule_id)
    return _valid(file.holding(piece for piece in file.all if piece is not old), {rule_id: None})


def edit_rubric(text: str, changes: Mapping[str, str | None]) -> str:
    """The file with some of id, title, source and licence changed; None removes one."""
    for key in changes:
        if key not in ORDER["rubric"][:-1]:
            raise RubricError(f"{key!r} is no key to change here: use {', '.join(ORDER['rubric'][:-1])}")
    file = split(text)
    result = file.holding(_with(file.all, changes, ORDER["rubric"], 0)).text
    parse(result, "the changed rubric")
    return result


def new_rubric(rubric_id: str, title: str, rules: Iterable[Rule | Mapping[str, object]] = ()) -> str:
    """The text of a new rubric: with these rules, or with one worked rule and comments that explain it."""
    text = edit_rubric(TEMPLATE, {"id": rubric_id, "title": title})
    given = [as_data(rule) for rule in rules]
    if not given:
        return text
    file = split(text)
    head = [piece for piece in file.all if piece.kind == "key" and piece.name != "source"]
    return _valid(file.holding((*head, *(_written(rule, file.indent) for rule in given))), {r["id"]: r for r in given})


# --- plain data -> text, with as much as possible of the text that was there ---------------------------------------


def _rule(file: Pieces, rule_id: str) -> Piece:
    known = file.of("rule")
    if rule_id not in known:
        raise RubricError(f"there is no rule {rule_id!r}: the rubric has {', '.join(known)}")
    return known[rule_id]


def _with(pieces: Iterable[Piece], changes: Mapping[str, object], order: Sequence[str], margin: int) -> list[Piece]:
    """The pieces of a mapping with keys changed, added in their order, or removed (None)."""
    found = list(pieces)
    for key, value in ((key, as_data(value)) for key, value in changes.items()):
        at = next((n for n, piece in enumerate(found) if piece.kind == "key" and piece.name == key), None)
        if at is not None and value is None:
            del found[at]
        elif at is not None:
            found[at] = _edited(found[at], value, margin)
        elif value is not None:
            earlier = [n for n, p in enumerate(found) if p.kind == "head" or _place(p.name, order) < _place(key, order)]
            text = dumped(CommentedMap({key: _node(value)}), margin)
            found.insert(max(earlier, default=-1) + 1, Piece("key", key, text, value))
    return found


def _place(key: str, order: Sequence[str]) -> int:
    return order.index(key) if key in order else len(order)


def _edited(old: Piece, value: Any, margin: int) -> Piece:
    """The lines of one key with another value; the comments over it stay as they are."""
    if as_data(old.value) == value and isinstance(old.value, bool) is isinstance(value, bool):
        return old
    lines = old.text.splitlines(keepends=True)
    begins = next(n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    node = loaded("".join(lines[begins:]), old.name)
    node[old.name] = _updated(node[old.name], value)
    return Piece("key", old.name, "".join(lines[:begins]) + dumped(node, margin), value)


def _written(rule: Mapping[str, Any], indent: int) -> Piece:
    """A new rule, its keys in order."""
    ordered = {key: rule[key] for key in sorted(rule, key=lambda key: _place(key, ORDER["rule"]))}
    body = Pieces((Piece("key", "", dumped(_node(ordered), indent + 2)),))
    blank = Piece("rule", str(rule.get("id", "")), "")
    return Piece("rule", blank.name, joined(blank, body).text, rule)


def _updated(old: Any, new: Any) -> Any:
    """The node that says `new`, made of `old` as far as that goes."""
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, value in new.items():
            old[key] = _updated(old[key], value) if key in old else _node(value)
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        return _listed(old, new)
    if type(new) is type(old) and old == new:
        return old
    if isinstance(old, DoubleQuotedScalarString | SingleQuotedScalarString) and isinstance(new, str):
        return type(old)(new)
    return _node(new)


def _listed(old: CommentedSeq, new: list[Any]) -> CommentedSeq:
    """A list in the style of the old one; what was in it already (by its id, or in the same words) has its comments."""
    made = CommentedSeq()
    (made.fa.set_flow_style if old.fa.flow_style() else made.fa.set_block_style)()
    made.ca.comment, made.ca.end = old.ca.comment, old.ca.end
    beside = {}
    for value in new:
        at = next((n for n, entry in enumerate(old) if _is_same(entry, value)), None)
        node = _node(value) if at is None else _updated(old[at], value)
        if isinstance(node, CommentedMap) and node.fa.flow_style() and _long(value):
            node.fa.set_block_style()
        if at in old.ca.items:
            beside[len(made)] = old.ca.items[at]
        made.append(node)
    made.ca.items.update(beside)  # last: appending moves them
    return made


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, CommentedMap) and isinstance(new, dict) and "id" in new:
        return bool(old.get("id") == new["id"])
    return type(old) is not bool and bool(old == new)


def _node(value: Any) -> Any:
    """New data as a node: questions, grades and examples on one line if they fit, as in the shipped rubrics."""
    if isinstance(value, dict):
        made = CommentedMap((key, _node(entry)) for key, entry in value.items())
        if not _long(value):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        listed = CommentedSeq(_node(entry) for entry in value)
        if not any(isinstance(entry, dict) for entry in value):
            listed.fa.set_flow_style()
        return listed
    return _scalar(value)


def _long(value: Mapping[str, Any]) -> bool:
    """Whether a mapping does not fit on a line of its own: it holds others, or too many characters."""
    if any(isinstance(v, list) and any(isinstance(entry, dict) for entry in v) for v in value.values()):
        return True
    return sum(len(key) + len(str(entry)) + 4 for key, entry in value.items()) > WIDTH - DEEPEST


def _scalar(value: Any) -> Any:
    """A text in quotes where a reader of YAML 1.1 would take it for something else: no, 010, 1e3, 2026-01-01."""
    if not isinstance(value, str):
        return value
    seen_as = yaml.SafeLoader("").resolve(yaml.ScalarNode, value, (True, False))
    return value if seen_as == "tag:yaml.org,2002:str" and value else DoubleQuotedScalarString(value)


def _valid(file: Pieces, rules: Mapping[str, Any]) -> str:
    """The text, if it is a rubric that says exactly what was to be changed."""
    text = file.text
    parse(text, "the changed rubric")
    written = {rule["id"]: rule for rule in read_yaml(text, "the changed rubric")["rules"]}
    for rule_id, value in rules.items():
        found = written.get(value["id"] if value else rule_id)
        if as_data(found) != as_data(value):
            raise RubricError(f"rule {rule_id} could not be written: a text in it cannot be kept in a rubric file")
    return text

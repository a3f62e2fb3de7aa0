"""Crosswalks: YAML in, `Crosswalk` out, strictly. Pure.

Knows the file format, the hub onto whose hazards every rule is mapped, and how a person's own mapping joins the shipped
one. Refuses to know verdicts, and to guess: a rule that is not in the file is not mapped yet, which is not the same as
"unmapped", which says why.
"""

from __future__ import annotations

from collections.abc import Mapping as Plain
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric
from mmjudge.types import Rubric
from mmjudge.yamltext import Mapping, read_yaml

HUB = "mlcommons"
FILE = "crosswalks.yaml"
"""What the file is called, in the package and beside a person's own rubrics."""

Relation = Literal["exact", "narrower", "broader", "overlaps"]
"""After SKOS, said of the rule: it is the same as the hazard, lies within it, holds it, or shares cases with it."""
RELATIONS: tuple[Relation, ...] = get_args(Relation)
WITHIN: frozenset[Relation] = frozenset({"exact", "narrower"})
"""All of the rule lies in the hazard: where the rule is violated, the hazard is there."""
HOLDS_ALL: frozenset[Relation] = frozenset({"exact", "broader"})
"""All of the hazard lies in the rule: where the rule is not violated, the hazard is not there."""
UNMAPPED = "unmapped"
NOT_MAPPED_YET = "not mapped yet"


@dataclass(frozen=True, slots=True)
class Link:
    """What a rule has to do with a hazard of the hub."""

    rubric_id: str
    rule_id: str
    hazard: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A rule that leads to no hazard, and why, in a few words."""

    rubric_id: str
    rule_id: str
    why: str


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Rules and hazards. `hazards`: the rule ids of the hub, in its order; `rules`: rubric id -> rule id -> its links,
    or why it has none."""

    hub: str
    hazards: tuple[str, ...]
    rules: Plain[str, Plain[str, tuple[Link, ...] | Unmapped]]

    def of(self, rubric_id: str, rule_id: str) -> tuple[Link, ...] | Unmapped:
        """At least one link, or why there is none; what the file does not name is "not mapped yet"."""
        return self.rules.get(rubric_id, {}).get(rule_id) or Unmapped(rubric_id, rule_id, NOT_MAPPED_YET)

    def links(self, rubric_id: str, rule_id: str) -> tuple[Link, ...]:
        """The links of a rule, () where it has none."""
        found = self.of(rubric_id, rule_id)
        return () if isinstance(found, Unmapped) else found


def load_crosswalk(own: Path | None = None) -> Crosswalk:
    """The shipped crosswalk, joined with a person's own file if there is one at `own` (see `own_file`).

    A person's own file maps own rubrics, in the same form; of shipped ones the shipped mapping stands. RubricError
    where it cannot be read or says something about a shipped rubric.
    """
    base = _shipped()
    if own is None or not own.is_file():
        return base
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{own}: not a text file that can be read: {error}") from error
    mine = parse_crosswalk(text, str(own), load_rubric(HUB))
    for rubric_id in mine.rules:
        if rubric_id in base.rules:
            line = read_yaml(text, str(own))["rubrics"].lines[rubric_id]
            raise RubricError(
                f"{own}, line {line}: rubric {rubric_id!r} is shipped, and so is its mapping: remove it here, or copy "
                f"the rubric under a name of your own and map that"
            )
    return Crosswalk(base.hub, base.hazards, {**base.rules, **mine.rules})


def own_file(folder: Path) -> Path:
    """Where a person's own mapping lies, if there is one: beside their rubrics."""
    return folder / FILE


@cache
def _shipped() -> Crosswalk:
    text = files("mmjudge.rubrics").joinpath(FILE).read_text(encoding="utf-8")
    return parse_crosswalk(text, FILE, load_rubric(HUB))


def parse_crosswalk(text: str, where: str, hub: Rubric) -> Crosswalk:
    """YAML text to a crosswalk onto the rules of `hub`. Every error names the file and the line and says what to do."""
    data = _mapping(read_yaml(text, where), where, 1, "the crosswalk", "hub: …, rubrics: …")
    for key in data:
        if key not in ("hub", "rubrics"):
            raise RubricError(f"{where}, line {data.lines[key]}: unknown key {key!r}; known are hub and rubrics")
    for key in ("hub", "rubrics"):
        if key not in data:
            raise RubricError(f"{where}, line {data.line}: {key} is missing: add it")
    if data["hub"] != hub.id:
        raise RubricError(f"{where}, line {data.lines['hub']}: the hub is {data['hub']!r}: it must be {hub.id}")
    hazards = tuple(rule.id for rule in hub.rules)
    entries = _mapping(data["rubrics"], where, data.lines["rubrics"], "rubrics", "rubric id: rules")
    return Crosswalk(
        hub.id,
        hazards,
        {name: _rules(entries[name], where, entries.lines[name], name, hazards) for name in entries},
    )


def _rules(data: object, where: str, line: int, name: str, hazards: tuple[str, ...]) -> dict:
    rules = _mapping(data, where, line, f"rubric {name}", "rule id: {hazard: relation}")
    return {rule: _links(rules[rule], where, rules.lines[rule], name, rule, hazards) for rule in rules}


def _links(
    data: object, where: str, line: int, name: str, rule: str, hazards: tuple[str, ...]
) -> tuple[Link, ...] | Unmapped:
    said = f"rubric {name}, rule {rule}"
    entry = _mapping(data, where, line, said, "{hazard: relation} or {unmapped: why}")
    if UNMAPPED in entry:
        why = entry[UNMAPPED]
        if len(entry) > 1:
            raise RubricError(
                f"{where}, line {line}: {said}: is unmapped and mapped at once: keep one, or put words with commas "
                "in quotes"
            )
        if not isinstance(why, str) or not why.strip():
            raise RubricError(f"{where}, line {line}: {said}: say in a few words why it is unmapped")
        return Unmapped(name, rule, " ".join(why.split()))
    for hazard, relation in entry.items():
        at = f"{where}, line {entry.lines[hazard]}: {said}"
        if hazard not in hazards:
            raise RubricError(f"{at}: unknown hazard {hazard!r}; {_meant(hazard, hazards)}")
        if relation not in RELATIONS:
            raise RubricError(f"{at}: unknown relation {relation!r}; {_meant(str(relation), RELATIONS)}")
    return tuple(Link(name, rule, hazard, entry[hazard]) for hazard in hazards if hazard in entry)


def _mapping(data: object, where: str, line: int, said: str, form: str) -> Mapping:
    if not isinstance(data, Mapping) or not data:
        raise RubricError(f"{where}, line {line}: {said}: must be a mapping of the form {form}")
    return data


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, 1, 0.6)
    return "".join(f"did you mean {name}? " for name in near) + f"known are {', '.join(known)}"


def mismatch(crosswalk: Crosswalk, rubric: Rubric) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(rules of the rubric that the crosswalk does not name, rule ids it names that the rubric does not have)."""
    named, there = crosswalk.rules.get(rubric.id, {}), [rule.id for rule in rubric.rules]
    return tuple(r for r in there if r not in named), tuple(r for r in named if r not in there)


def check_mapped(crosswalk: Crosswalk, *rubric_ids: str) -> None:
    """RubricError where the crosswalk says nothing about one of the rubrics."""
    for rubric_id in rubric_ids:
        if rubric_id not in crosswalk.rules:
            raise not_mapped_yet(rubric_id)


def not_mapped_yet(rubric_id: str) -> RubricError:
    """What to do about a rubric nobody has mapped: what it covers is not known."""
    return RubricError(
        f"rubric {rubric_id!r} is {NOT_MAPPED_YET}: say in a {FILE} beside your own rubrics which hazards its rules "
        "speak to (docs/crosswalks.md)"
    )

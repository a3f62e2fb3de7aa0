"""What a policy says about single rules: states, numbers of their own, routes. Pure.

Knows how a switch names rules (by id, else by category), what a state does to a chain, and how the entries of a policy
file are read. Refuses to know evidence, verdicts and the other numbers of a policy.

The three states are those of LlavaGuard v1.2 (ml-research/LlavaGuard): a category as it stands, declared
non-violating, or declared sensitive (nothing is permitted).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args

from mmjudge.errors import RubricError
from mmjudge.types import Precondition, Rubric, Rule

T = TypeVar("T")

State = Literal["default", "allowed", "sensitive"]
"""A rule as it stands; found and shown without counting; with no exemption and no doubt in favour."""
STATES: tuple[State, ...] = get_args(State)

Declared = Literal["block", "priority_review", "caution", "pass"]
"""Where a policy may send what violates a rule."""
DECLARED: tuple[Declared, ...] = get_args(Declared)


@dataclass(frozen=True, slots=True)
class Switch:
    """What a policy changes about the rules that `of` names: one by its id, or all of a category in any case.

    `unsafe_from`, `yes_from`: in [0, 1], in place of the policy's; `severity`: 1 to 3, in place of the rule's. None:
    nothing of the kind. `yes_from` says something only where the rule's score is calibrated.
    """

    of: str
    state: State = "default"
    unsafe_from: float | None = None
    yes_from: float | None = None
    severity: int | None = None

    def __post_init__(self) -> None:
        if not self.of.strip():
            raise RubricError("a switch names a rule or a category: say which")
        if self.state not in STATES:
            raise RubricError(f"switch {self.of}: unknown state {self.state!r}; {meant(self.state, STATES)}")
        for name in ("unsafe_from", "yes_from"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise RubricError(f"switch {self.of}: {name} is {value}, it must lie in [0, 1]")
        if self.severity not in (None, 1, 2, 3):
            raise RubricError(f"switch {self.of}: severity is {self.severity}, it must be 1, 2 or 3")


def meant(word: object, known: Sequence[str]) -> str:
    """ "did you mean x? known are x, y": the end of a message about a word that nobody knows. Case does not count."""
    folded = {k.casefold(): k for k in known}
    near = get_close_matches(str(word).casefold(), folded, 1, 0.6)
    hint = f"did you mean {folded[near[0]]!r}? " if near else ""
    return f"{hint}known are {', '.join(known)}"


def named(entries: Iterable[tuple[str, T]], rule: Rule) -> T | None:
    """What is said of a rule: under its id, else under its category in any case, else None."""
    by_category = None
    for name, value in entries:
        if name == rule.id:
            return value
        if by_category is None and rule.category and name.casefold() == rule.category.casefold():
            by_category = value
    return by_category


def switch_of(rule: Rule, switches: Iterable[Switch]) -> Switch:
    """The switch of a rule; one that changes nothing where there is none."""
    return named(((switch.of, switch) for switch in switches), rule) or Switch(rule.id)


def switched(rule: Rule, switch: Switch) -> Rule:
    """The rule as the switch leaves it: its severity, and its chain without the exemptions where it is sensitive."""
    severity = rule.severity if switch.severity is None else switch.severity
    chain = without_exemptions(rule.preconditions) if switch.state == "sensitive" else rule.preconditions
    return replace(rule, severity=severity, preconditions=chain)


def without_exemptions(chain: tuple[Precondition, ...]) -> tuple[Precondition, ...]:
    """The preconditions that at least one question speaks for with a yes.

    A precondition of which every question expects a no is an exemption. A chain of nothing else stays whole: then what
    is absent is the violation itself (no helmet, no warning).
    """
    kept = tuple(p for p in chain if any(question.expect for question in p.any_of))
    return kept or chain


def check_names(names: Sequence[str], rubric: Rubric, what: str) -> None:
    """RubricError for a name that no rule of the rubric answers to, or that does not say which rules are meant."""
    ids = {rule.id for rule in rubric.rules}
    categories = {rule.category.casefold() for rule in rubric.rules if rule.category}
    for at, name in enumerate(names):
        folded = name.casefold()
        if name not in ids and folded not in categories:
            known = [rule.id for rule in rubric.rules]
            known += [c for c in dict.fromkeys(rule.category for rule in rubric.rules) if c]
            raise RubricError(f"{what}: rubric {rubric.id} has no rule or category {name!r}; {meant(name, known)}")
        if name not in ids and any(folded == other.casefold() and other not in ids for other in names[:at]):
            raise RubricError(f"{what}: category {name!r} is named twice: remove one")
        beside = [r.id for r in rubric.rules if r.category.casefold() == folded and r.id not in (name, *names)]
        if name in ids and beside:
            raise RubricError(
                f"{what}: {name!r} is a rule of rubric {rubric.id} and the category of {', '.join(beside)} too: "
                "name those by their ids as well"
            )


# --- from a policy file -----------------------------------------------------------------------------------------


def at(data: object, key: str, where: str) -> str:
    """The place of a key: with its line where the data remember it (`yamltext`)."""
    line = getattr(data, "lines", {}).get(key)
    return f"{where}, line {line}" if line else where


def parse_switches(value: object, where: str) -> tuple[Switch, ...]:
    """{name: {state: …, unsafe_from: …}} as switches, in the order of the names, so that a file's order is nothing."""
    entries = _mapping(value, where, "switches", "o1: {state: allowed}")
    return tuple(sorted((_switch(name, entry, at(value, name, where)) for name, entry in entries), key=lambda s: s.of))


def _switch(name: str, data: object, where: str) -> Switch:
    known = [field.name for field in fields(Switch) if field.name != "of"]
    place = f"{where}: switches: {name}"
    entries = dict(_mapping(data, where, f"switches: {name}", "state: allowed"))
    for key, value in entries.items():
        if key not in known:
            raise RubricError(f"{place}: unknown key {key!r}; {meant(key, known)}")
        kinds: dict[str, tuple[type, ...]] = {"state": (str,), "severity": (int,)}
        if type(value) not in kinds.get(key, (int, float)):
            raise RubricError(f"{place}: {key} must be {'a word' if key == 'state' else 'a number'}, not {value!r}")
    numbers: dict[str, Any] = {k: float(v) for k, v in entries.items() if k in ("unsafe_from", "yes_from")}
    try:
        return Switch(name, **{**entries, **numbers})
    except RubricError as error:
        raise RubricError(f"{where}: {error}") from error


def parse_routes(value: object, where: str) -> tuple[tuple[str, Declared], ...]:
    """{name: route} as pairs, in the order of the names."""
    pairs: list[tuple[str, Declared]] = []
    for name, word in _mapping(value, where, "routes", "unsafe: block"):
        route = next((known for known in DECLARED if known == word), None)
        if route is None:
            raise RubricError(
                f"{at(value, name, where)}: routes: {name}: unknown route {word!r}; {meant(word, DECLARED)}"
            )
        pairs.append((name, route))
    return tuple(sorted(pairs))


def _mapping(value: object, where: str, name: str, example: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise RubricError(f"{where}: {name} must be a mapping, such as {example}")
    return list(value.items())

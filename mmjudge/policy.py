"""A policy: the numbers by which stored evidence is decided, and nothing that would need a model call to change.

Knows thresholds, their published defaults, how a policy file is read and whether it fits a rubric. What it says about
single rules is `switches`' to read. Refuses to know evidence.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmjudge.errors import RubricError
from mmjudge.switches import (
    DECLARED,
    Declared,
    Switch,
    at,
    check_names,
    meant,
    parse_routes,
    parse_switches,
    switch_of,
    switched,
)
from mmjudge.types import Rubric, Rule, digest
from mmjudge.yamltext import read_yaml

PUBLISHED = (("clip-vit-base-patch16", 0.22),)
"""Least cosines from the literature, per encoder. CLUE: 96.6 % of the violated rules kept, 67 % of all left out."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How evidence becomes truth.

    `reject`, `accept`, `removed`: alpha1 = -reject * M(none), alpha2 = accept * (1 - M(none)) and beta of CLUE
    (arXiv 2501.00192: 0.3, 0.8, 0.6). `min_mass`: least yes + no probability an answer needs, in [0, 1].
    `relevant`: (encoder, cosine) pairs: a rule whose cosine with a segment lies below that of its encoder is settled NO
    there; an encoder is named as its id begins ("clip-vit-base-patch16", or with "@" and its digest), the longest name
    counts. `relevant_below`: the same as a score, (1 + cosine) / 2, for encoders without a pair (0: skips nothing).
    `detector_at`: a detector's score from which its rule is violated. `no_below`, `yes_from`: the
    band of a calibrated score that only reasoning can settle. `beside`: log-odds by which a calibrated rule may lie
    behind the clearest one of its segment and still be held violated: a small model's answers to all rules rise
    together, and the clearest says what.
    `unsafe_from`: a violated rule scored below it is controversial. `severity_at`: so is one less severe.
    `strict`: whether controversial counts as unsafe when a programme asks.
    `switches`: what is changed about single rules; `routes`: (rule id or category, route) pairs that say where what
    violates a rule goes. `rubric`: the id of the rubric it is made for, or several with spaces between them ("": any);
    `config`: the safety config in free text it was made after.
    """

    id: str = "loose"
    title: str = "Loose: controversial items are passed on for review"
    strict: bool = False
    reject: float = 0.3
    accept: float = 0.8
    removed: float = 0.6
    min_mass: float = 0.2
    relevant_below: float = 0.0
    detector_at: float = 0.5
    no_below: float = 0.45
    yes_from: float = 0.55
    beside: float = 0.5
    unsafe_from: float = 0.6
    severity_at: int = 1
    relevant: tuple[tuple[str, float], ...] = PUBLISHED
    switches: tuple[Switch, ...] = ()
    routes: tuple[tuple[str, Declared], ...] = ()
    rubric: str = ""
    config: str = ""

    def __post_init__(self) -> None:
        for name in ("reject", "accept", "removed", "min_mass", "relevant_below", "detector_at", "unsafe_from"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise RubricError(f"policy {self.id}: {name} is {getattr(self, name)}, it must lie in [0, 1]")
        if not 0.0 <= self.no_below <= self.yes_from <= 1.0:
            raise RubricError(f"policy {self.id}: needs 0 <= no_below <= yes_from <= 1")
        if not self.beside >= 0.0:
            raise RubricError(f"policy {self.id}: beside is {self.beside}, it must not be negative")
        for encoder, cosine in self.relevant:
            if not -1.0 <= cosine <= 1.0:
                raise RubricError(f"policy {self.id}: relevant: {encoder}: {cosine} is no cosine, it lies in [-1, 1]")
        if self.severity_at not in (1, 2, 3):
            raise RubricError(f"policy {self.id}: severity_at is {self.severity_at}, it must be 1, 2 or 3")
        for what, names in (("switches", [s.of for s in self.switches]), ("routes", [of for of, _ in self.routes])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise RubricError(f"policy {self.id}: {what}: named twice: {', '.join(twice)}")
        for of, route in self.routes:
            if route not in DECLARED:
                raise RubricError(f"policy {self.id}: routes: {of}: unknown route {route!r}; {meant(route, DECLARED)}")

    @property
    def digest(self) -> str:
        """A hash of the numbers (not of the words, nor of what it is made for)."""
        plain = dataclasses.asdict(self)
        del plain["title"], plain["rubric"], plain["config"]
        if self.relevant == PUBLISHED:
            del plain["relevant"]  # as before there were thresholds per encoder: what was stored keeps its judge
        for name in ("switches", "routes"):
            if not plain[name]:
                del plain[name]  # as before there were any
        return digest(plain)

    def relevant_from(self, encoder: str) -> float:
        """The score from which a rule is relevant by the encoder of that id; 0: everything is."""
        named = [(name, cosine) for name, cosine in self.relevant if encoder.startswith((f"{name}@", f"{name}/"))]
        named += [pair for pair in self.relevant if pair[0] == encoder]
        return score_of(max(named, key=lambda pair: len(pair[0]))[1]) if named else self.relevant_below


def score_of(cosine: float) -> float:
    """A cosine in [-1, 1] as a score in [0, 1], in the same order: to some encoders negative is near."""
    return (1.0 + cosine) / 2.0


LOOSE = Policy()
STRICT = Policy(id="strict", title="Strict: controversial items count as unsafe", strict=True)
POLICIES = (LOOSE, STRICT)


def under(rule: Rule, policy: Policy) -> tuple[Rule, Policy]:
    """A rule and the numbers it is decided by, after the policy's switch for it: none is left to apply.

    A rule's own `yes_from` below `no_below` moves that down too: then no score is left for reasoning to settle.
    """
    if not policy.switches:
        return rule, policy
    switch = switch_of(rule, policy.switches)
    yes_from = policy.yes_from if switch.yes_from is None else switch.yes_from
    own = dataclasses.replace(
        policy,
        switches=(),
        yes_from=yes_from,
        no_below=min(policy.no_below, yes_from),
        unsafe_from=policy.unsafe_from if switch.unsafe_from is None else switch.unsafe_from,
    )
    return switched(rule, switch), own


def allows(policy: Policy, rule: Rule) -> bool:
    """Whether the policy declares what the rule forbids as non-violating."""
    return switch_of(rule, policy.switches).state == "allowed"


def check_switches(policy: Policy, rubric: Rubric) -> None:
    """RubricError where the policy is made for another rubric, or names what this one does not have."""
    made_for = policy.rubric.split()
    if made_for and rubric.id not in made_for:
        raise RubricError(
            f"policy {policy.id} is made for rubric {' or '.join(made_for)}, not for {rubric.id}: "
            "choose that rubric, or another policy"
        )
    check_names([switch.of for switch in policy.switches], rubric, f"policy {policy.id}: switches")
    check_names([of for of, _ in policy.routes], rubric, f"policy {policy.id}: routes")


def speaks_of(policy: Policy, rubric: Rubric) -> bool:
    """Whether the policy has anything to do with the rubric: it is made for any or this one, and names none of its
    rules only if it names no rule at all."""
    if policy.rubric:
        return rubric.id in policy.rubric.split()
    names = {switch.of for switch in policy.switches} | {of for of, _ in policy.routes}
    folded = {name.casefold() for name in names}
    return not names or any(rule.id in names or rule.category.casefold() in folded for rule in rubric.rules)


@cache
def shipped_policies() -> tuple[str, ...]:
    """Names of the policies that come with the package: those of the code, then the files, sorted."""
    folder = files("mmjudge.rubrics").joinpath("policies")
    names = (f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")) if folder.is_dir() else ()
    return (*(policy.id for policy in POLICIES), *sorted(names))


def load_policy(name: str) -> Policy:
    """A shipped policy by name ("loose", "strict", "llavaguard_art", …) or one from a YAML file whose keys are the
    fields of `Policy`."""
    for policy in POLICIES:
        if policy.id == name:
            return policy
    if name in shipped_policies():
        text = files("mmjudge.rubrics").joinpath("policies", f"{name}.yaml").read_text(encoding="utf-8")
        return policy_from(read_yaml(text, name), name)
    path = Path(name)
    if not path.is_file():
        raise RubricError(f"no policy {name!r}: {meant(name, shipped_policies())}, or the path of a YAML file")
    try:
        return policy_from(read_yaml(path.read_text(encoding="utf-8"), str(path)), str(path))
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8 text: {error}") from error


def policy_from(data: object, where: str) -> Policy:
    """Strict: unknown keys and wrong types are errors that name them."""
    if not isinstance(data, dict) or "id" not in data:
        raise RubricError(f"{where}: a policy is a mapping with at least an id")
    known = {field.name: field for field in dataclasses.fields(Policy)}
    parsers = {"relevant": _thresholds, "switches": parse_switches, "routes": parse_routes}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise RubricError(f"{at(data, key, where)}: unknown key {key!r}; {meant(key, list(known))}")
        if key in parsers:
            values[key] = parsers[key](value, where)
            continue
        kind = type(known[key].default)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise RubricError(
                f"{at(data, key, where)}: {key} must be of type {kind.__name__}, not {type(value).__name__}"
            )
        values[key] = " ".join(value.split()) if isinstance(value, str) else value
    return Policy(**values)


def _thresholds(value: object, where: str) -> tuple[tuple[str, float], ...]:
    """{encoder: cosine} as pairs, in the order of the names so that the order in a file does not count."""
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and type(cosine) in (int, float) for name, cosine in value.items()
    ):
        raise RubricError(f"{where}: relevant is a mapping of encoders to cosines, such as clip-vit-base-patch16: 0.22")
    return tuple(sorted((name, float(cosine)) for name, cosine in value.items()))

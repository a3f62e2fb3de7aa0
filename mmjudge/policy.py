"""A policy: the numbers by which stored evidence is decided, and nothing that would need a model call to change.

Knows thresholds, their published defaults and how a policy file is read. Refuses to know evidence.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import yaml

from mmjudge.errors import RubricError
from mmjudge.types import digest


@dataclass(frozen=True, slots=True)
class Policy:
    """How evidence becomes truth.

    `reject`, `accept`, `removed`: alpha1 = -reject * M(none), alpha2 = accept * (1 - M(none)) and beta of CLUE
    (arXiv 2501.00192: 0.3, 0.8, 0.6). `min_mass`: least yes + no probability an answer needs, in [0, 1].
    `relevant_below`: a pair whose similarity lies below is settled NO (0: none is). `detector_at`: a detector's score
    from which its rule is violated. `no_below`, `yes_from`: the band of a calibrated score that only reasoning can
    settle. `beside`: log-odds by which a calibrated rule may lie behind the clearest one of its segment and still be
    held violated: a small model's answers to all rules rise together, and the clearest says what.
    `unsafe_from`: a violated rule scored below it is controversial. `severity_at`: so is one less severe.
    `strict`: whether controversial counts as unsafe when a programme asks.
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

    def __post_init__(self) -> None:
        for name in ("reject", "accept", "removed", "min_mass", "relevant_below", "detector_at", "unsafe_from"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise RubricError(f"policy {self.id}: {name} is {getattr(self, name)}, it must lie in [0, 1]")
        if not 0.0 <= self.no_below <= self.yes_from <= 1.0:
            raise RubricError(f"policy {self.id}: needs 0 <= no_below <= yes_from <= 1")
        if not self.beside >= 0.0:
            raise RubricError(f"policy {self.id}: beside is {self.beside}, it must not be negative")
        if self.severity_at not in (1, 2, 3):
            raise RubricError(f"policy {self.id}: severity_at is {self.severity_at}, it must be 1, 2 or 3")

    @property
    def digest(self) -> str:
        """A hash of the numbers (not of the words)."""
        plain = dataclasses.asdict(self)
        del plain["title"]
        return digest(plain)


LOOSE = Policy()
STRICT = Policy(id="strict", title="Strict: controversial items count as unsafe", strict=True)
POLICIES = (LOOSE, STRICT)


def load_policy(name: str) -> Policy:
    """A shipped policy by name ("loose", "strict") or one from a YAML file whose keys are the fields of `Policy`."""
    for policy in POLICIES:
        if policy.id == name:
            return policy
    path = Path(name)
    if not path.is_file():
        raise RubricError(f"no policy {name!r}: use loose, strict, or the path of a YAML file")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RubricError(f"{path}: not readable as YAML: {error}") from error
    return policy_from(data, str(path))


def policy_from(data: object, where: str) -> Policy:
    """Strict: unknown keys and wrong types are errors that name them."""
    if not isinstance(data, dict) or "id" not in data:
        raise RubricError(f"{where}: a policy is a mapping with at least an id")
    fields = {field.name: field for field in dataclasses.fields(Policy)}
    for key, value in data.items():
        if key not in fields:
            raise RubricError(f"{where}: unknown key {key!r}; a policy knows {', '.join(fields)}")
        kind = type(fields[key].default)
        if kind is float and type(value) is int:
            continue
        if type(value) is not kind:
            raise RubricError(f"{where}: {key} must be of type {kind.__name__}, not {type(value).__name__}")
    return Policy(**data)

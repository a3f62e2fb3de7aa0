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

    @property
    def digest(self) -> str:
        """A hash of the numbers (not of the words)."""
        plain = dataclasses.asdict(self)
        del plain["title"]
        if self.relevant == PUBLISHED:
            del plain["relevant"]  # as before there were thresholds per encoder: what was stored keeps its judge
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
    data = dict(data)
    for key, value in list(data.items()):
        if key not in fields:
            raise RubricError(f"{where}: unknown key {key!r}; a policy knows {', '.join(fields)}")
        if key == "relevant":
            data[key] = _thresholds(value, where)
            continue
        kind = type(fields[key].default)
        if kind is float and type(value) is int:
            continue
        if type(value) is not kind:
            raise RubricError(f"{where}: {key} must be of type {kind.__name__}, not {type(value).__name__}")
    return Policy(**data)


def _thresholds(value: object, where: str) -> tuple[tuple[str, float], ...]:
    """{encoder: cosine} as pairs, in the order of the names so that the order in a file does not count."""
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and type(cosine) in (int, float) for name, cosine in value.items()
    ):
        raise RubricError(f"{where}: relevant is a mapping of encoders to cosines, such as clip-vit-base-patch16: 0.22")
    return tuple(sorted((name, float(cosine)) for name, cosine in value.items()))

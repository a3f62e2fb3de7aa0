"""Which rules of which rubrics speak to which hazard, and which hazards no rule speaks to. Pure.

Refuses to call a rubric that nobody has mapped one that covers nothing: it stands apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mmjudge.crosswalk_file import (
    HOLDS_ALL,
    WITHIN,
    Crosswalk,
    Link,
    Unmapped,
    check_mapped,
    load_crosswalk,
    not_mapped_yet,
)
from mmjudge.rubric import load_rubric
from mmjudge.types import Rubric


@dataclass(frozen=True, eq=False)
class Coverage:
    """Which rules of which rubrics speak to which hazard.

    `hazards`: (id, name) pairs in the order of the hub; `rubrics`: (id, title) pairs of those mapped; `cells`: (hazard
    id, rubric id) -> links, only where there is one; `unmapped`: rubric id -> its rules that lead to no hazard;
    `not_mapped`: (id, title) pairs of rubrics nobody has mapped yet, of which nothing is known.
    """

    hazards: tuple[tuple[str, str], ...]
    rubrics: tuple[tuple[str, str], ...]
    cells: Mapping[tuple[str, str], tuple[Link, ...]]
    unmapped: Mapping[str, tuple[Unmapped, ...]]
    not_mapped: tuple[tuple[str, str], ...] = ()

    def cell(self, hazard: str, rubric_id: str) -> tuple[Link, ...]:
        return self.cells.get((hazard, rubric_id), ())

    def gaps(self, rubric_id: str) -> tuple[str, ...]:
        """The hazards to which no rule of the rubric speaks. RubricError for one that is not mapped yet."""
        if rubric_id not in dict(self.rubrics):
            raise not_mapped_yet(rubric_id)
        return tuple(hazard for hazard, _ in self.hazards if not self.cell(hazard, rubric_id))


def coverage(rubrics: Iterable[Rubric], crosswalk: Crosswalk | None = None) -> Coverage:
    """The matrix of the rubrics, in the order given; those nobody has mapped stand apart."""
    crosswalk = crosswalk or load_crosswalk()
    names = {rule.id: rule.category for rule in load_rubric(crosswalk.hub).rules}
    mapped, not_mapped = [], []
    cells: dict[tuple[str, str], tuple[Link, ...]] = {}
    unmapped: dict[str, tuple[Unmapped, ...]] = {}
    for rubric in rubrics:
        if rubric.id not in crosswalk.rules:
            not_mapped.append((rubric.id, rubric.title))
            continue
        mapped.append((rubric.id, rubric.title))
        found = [crosswalk.of(rubric.id, rule.id) for rule in rubric.rules]
        unmapped[rubric.id] = tuple(entry for entry in found if isinstance(entry, Unmapped))
        for entry in found:
            for link in () if isinstance(entry, Unmapped) else entry:
                cells[link.hazard, rubric.id] = (*cells.get((link.hazard, rubric.id), ()), link)
    hazards = tuple((hazard, names[hazard]) for hazard in crosswalk.hazards)
    return Coverage(hazards, tuple(mapped), cells, unmapped, tuple(not_mapped))


def in_full(links: Iterable[Link]) -> bool:
    """Whether one of the rules speaks to all of the hazard."""
    return any(link.relation in HOLDS_ALL for link in links)


def gaps(rubric_id: str, crosswalk: Crosswalk | None = None) -> tuple[str, ...]:
    """The hazards to which no rule of a mapped rubric speaks. RubricError for one that is not mapped yet."""
    crosswalk = crosswalk or load_crosswalk()
    check_mapped(crosswalk, rubric_id)
    spoken = {link.hazard for rule in crosswalk.rules[rubric_id] for link in crosswalk.links(rubric_id, rule)}
    return tuple(hazard for hazard in crosswalk.hazards if hazard not in spoken)


# --- two rubrics, rule by rule --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a violation of one rule says under another rubric. `links`: its hazards, or why it has none; `must`: the
    rules there that are violated too; `may`: those that share a hazard with it, without following from it."""

    rule_id: str
    links: tuple[Link, ...] | Unmapped
    must: tuple[str, ...]
    may: tuple[str, ...]


def rule_by_rule(source: Rubric, other: Rubric, crosswalk: Crosswalk | None = None) -> tuple[Crossing, ...]:
    """Every rule of `source`, in its order. RubricError where one of the two is not mapped yet."""
    crosswalk = crosswalk or load_crosswalk()
    check_mapped(crosswalk, source.id, other.id)
    targets = [link for rule in other.rules for link in crosswalk.links(other.id, rule.id)]
    crossings = []
    for rule in source.rules:
        links = crosswalk.links(source.id, rule.id)
        relations = {link.hazard: link.relation for link in links}
        meeting = [link for link in targets if link.hazard in relations]
        must = [t.rule_id for t in meeting if relations[t.hazard] in WITHIN and t.relation in HOLDS_ALL]
        may = [t.rule_id for t in meeting if t.rule_id not in must]
        found = links or crosswalk.of(source.id, rule.id)
        crossings.append(Crossing(rule.id, found, tuple(dict.fromkeys(must)), tuple(dict.fromkeys(may))))
    return tuple(crossings)

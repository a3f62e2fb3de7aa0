"""A verdict under one rubric read as the categories of another, through the hazards of the hub. Pure.

Knows what follows from a rule for a hazard and from a hazard for a rule, and nothing beyond: what does not follow is
UNKNOWN with its reason. Refuses to know how a rule is mapped (`crosswalk_file`), to ask a model, and to drop what leads
nowhere: a violated item never becomes one with NO in every category and nothing else said.

A source rule S and a target rule T meet in a hazard H, both with a relation to it. What the truth of S says of T:

    S is YES      T exact     T broader   T narrower  T overlaps
      S exact     YES         YES         possible    possible
      S narrower  YES         YES         possible    possible
      S broader   possible    possible    possible    possible
      S overlaps  possible    possible    possible    possible

    S is NO       T exact     T broader   T narrower  T overlaps
      S exact     NO          in part     NO          in part
      S broader   NO          in part     NO          in part
      S narrower  in part     in part     in part     in part
      S overlaps  in part     in part     in part     in part

YES: S lies in H and H in T. NO: T lies in H and H in S. "in part": S leaves some of T unlooked at, so alone it says
nothing. A source rule that is UNKNOWN leaves T open. Of all that meet T the strongest counts: YES, then possible, then
open; NO only where all are NO and some rule a NO follows from looked at every kind of content (words, pictures, sounds)
that the item has and T speaks to. What the policy allows is asked last, and stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mmjudge.crosswalk_coverage import Coverage, coverage, gaps, in_full
from mmjudge.crosswalk_file import (
    HOLDS_ALL,
    HUB,
    WITHIN,
    Crosswalk,
    Link,
    Relation,
    Unmapped,
    check_mapped,
    load_crosswalk,
)
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Finding, Modality, Rubric, Truth, Verdict, any_of

__all__ = [
    "BECAUSE",
    "Because",
    "Bridge",
    "Category",
    "Coverage",
    "Crosswalk",
    "Link",
    "Relation",
    "Translated",
    "Unmapped",
    "as_hub",
    "as_rubric",
    "check_mapped",
    "coverage",
    "gaps",
    "hazards_of",
    "in_full",
    "load_crosswalk",
]

Because = Literal["implied", "possible", "open", "ruled_out", "in_part", "elsewhere", "unspoken", "unmapped"]
BECAUSE: dict[Because, str] = {
    "implied": "follows from a violated rule",
    "possible": "a violated rule may mean it",
    "open": "a rule that speaks to it has no answer",
    "ruled_out": "a rule that speaks to all of it is not violated",
    "in_part": "no rule there speaks to all of it, and those that speak to some of it are not violated",
    "elsewhere": "the rules there that speak to all of it look at another kind of content",
    "unspoken": "no rule there speaks to it",
    "unmapped": "it is mapped to no hazard",
}
"""Why a category has its truth, in words."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """One way from a source rule to a target rule. `hazard`: where they meet ("": they are the same rule); `relation`:
    of the source rule to it, `other`: of the target rule. `truth` and `allowed` are those of the source's finding."""

    rule_id: str
    hazard: str
    relation: Relation
    other: Relation
    truth: Truth
    allowed: bool = False

    @property
    def implies(self) -> bool:
        """Whether YES of the source rule makes the target rule YES."""
        return self.relation in WITHIN and self.other in HOLDS_ALL

    @property
    def excludes(self) -> bool:
        """Whether NO of the source rule makes the target rule NO."""
        return self.relation in HOLDS_ALL and self.other in WITHIN


@dataclass(frozen=True, slots=True)
class Category:
    """A target rule as the verdict has it. `via`: the ways that led to it, those that decided first. `allowed`: nothing
    but what the policy allows speaks for it; such a category is not violated, and does not count if `set_aside`: what
    the policy allows covers all of it. Of a part only, nobody has looked at the rest."""

    rule_id: str
    truth: Truth
    because: Because
    via: tuple[Bridge, ...] = ()
    allowed: bool = False
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Translated:
    """A verdict under `rubric_id` as categories of `other_id`, all of them, in their order.

    Source rules that lead to none of the categories are kept: `unmapped` those violated, `unmapped_open` those without
    an answer, `unmapped_allowed` those violated and allowed by the policy. `other_version`: the verdict was given under
    another version of the rubric than the one that is mapped.
    """

    rubric_id: str
    other_id: str
    categories: tuple[Category, ...]
    unmapped: tuple[Unmapped, ...] = ()
    unmapped_open: tuple[Unmapped, ...] = ()
    unmapped_allowed: tuple[Unmapped, ...] = ()
    other_version: bool = False

    @property
    def violated(self) -> tuple[str, ...]:
        """The categories that must hold and count."""
        return tuple(c.rule_id for c in self.categories if c.truth is Truth.YES and not c.allowed)

    @property
    def truth(self) -> Truth:
        """Over all categories that count; never NO where a violated or open rule led nowhere."""
        counted = [Truth.UNKNOWN if c.allowed else c.truth for c in self.categories if not c.set_aside]
        left = [Truth.UNKNOWN] if self.unmapped or self.unmapped_open or not counted else []
        return any_of([*counted, *left])


def as_hub(verdict: Verdict, crosswalk: Crosswalk | None = None, rubrics: Sequence[Rubric] = ()) -> Translated:
    """The verdict as hazards of the hub (see `as_rubric`)."""
    return as_rubric(verdict, HUB, crosswalk, rubrics)


def as_rubric(
    verdict: Verdict, other: str, crosswalk: Crosswalk | None = None, rubrics: Sequence[Rubric] = ()
) -> Translated:
    """The verdict as categories of the rubric with the id `other`; under its own rubric as it stands.

    `crosswalk`: the shipped one unless given; `rubrics`: a person's own, as far as they take part. RubricError where
    one of the two rubrics is unknown or not mapped yet.
    """
    crosswalk = crosswalk or load_crosswalk()
    own = {rubric.id: rubric for rubric in rubrics}
    source, target = _rubric(verdict.rubric_id, own), _rubric(other, own)
    if other != verdict.rubric_id:
        check_mapped(crosswalk, verdict.rubric_id, other)
    heard = [f for f in verdict.findings if f.applies or f.truth is Truth.YES]
    bridges = {rule.id: tuple(_bridges(crosswalk, heard, source.id, other, rule.id)) for rule in target.rules}
    kinds = {rule.id: frozenset(rule.modalities) for rule in source.rules}
    there = frozenset(kind for passage in verdict.measurement.passages for kind in passage.modalities)
    categories = []
    for rule in target.rules:
        category = _category(rule.id, bridges[rule.id], kinds, there & frozenset(rule.modalities))
        mapped = other == verdict.rubric_id or crosswalk.links(other, rule.id)
        categories.append(category if mapped else Category(rule.id, Truth.UNKNOWN, "unmapped"))
    lost = _lost(crosswalk, heard, source.id, other, {b.rule_id for found in bridges.values() for b in found})
    return Translated(
        verdict.rubric_id,
        other,
        tuple(categories),
        tuple(unmapped for finding, unmapped in lost if finding.truth is Truth.YES and not finding.allowed),
        tuple(unmapped for finding, unmapped in lost if finding.truth is Truth.UNKNOWN and not finding.allowed),
        tuple(unmapped for finding, unmapped in lost if finding.truth is Truth.YES and finding.allowed),
        verdict.rubric_version != source.version,
    )


def hazards_of(rubric_id: str, rule_id: str, crosswalk: Crosswalk | None = None) -> tuple[Link, ...]:
    """The hazards a rule speaks to, () where there is none (`Crosswalk.of` says why)."""
    return (crosswalk or load_crosswalk()).links(rubric_id, rule_id)


def _rubric(rubric_id: str, own: Mapping[str, Rubric]) -> Rubric:
    if rubric_id in own:
        return own[rubric_id]
    if rubric_id not in shipped():
        known = ", ".join((*own, *shipped()))
        raise RubricError(f"no rubric {rubric_id!r} that a verdict can be read by: use one of {known}")
    return _ready(rubric_id)


@cache
def _ready(rubric_id: str) -> Rubric:
    return load_rubric(rubric_id)


def _bridges(
    crosswalk: Crosswalk, findings: Iterable[Finding], source: str, other: str, rule_id: str
) -> Iterable[Bridge]:
    met = {link.hazard: link.relation for link in crosswalk.links(other, rule_id)}
    for finding in findings:
        if source == other:
            if finding.rule_id == rule_id:
                yield Bridge(rule_id, "", "exact", "exact", finding.truth, finding.allowed)
            continue
        for link in crosswalk.links(source, finding.rule_id):
            if link.hazard in met:
                how = (link.relation, met[link.hazard])
                yield Bridge(finding.rule_id, link.hazard, *how, finding.truth, finding.allowed)


def _category(
    rule_id: str,
    bridges: Sequence[Bridge],
    kinds: Mapping[str, frozenset[Modality]],
    needed: frozenset[Modality],
) -> Category:
    """One target rule by the table above. `kinds`: what each source rule looks at; `needed`: what has to be looked at
    before the target rule can be NO."""
    covered = any(b.allowed and b.excludes for b in bridges)
    for allowed in (False, True):
        aside = allowed and covered
        mine = [b for b in bridges if b.allowed is allowed]
        implying = [b for b in mine if b.truth is Truth.YES and b.implies]
        violated = [b for b in mine if b.truth is Truth.YES]
        unanswered = [b for b in mine if b.truth is Truth.UNKNOWN]
        if implying:
            return Category(rule_id, Truth.YES, "implied", tuple(implying), allowed, aside)
        if violated:
            return Category(rule_id, Truth.UNKNOWN, "possible", tuple(violated), allowed, aside)
        if unanswered:
            return Category(rule_id, Truth.UNKNOWN, "open", tuple(unanswered), allowed, aside)
    excluding = tuple(b for b in bridges if b.excludes)
    looked_at = frozenset(kind for b in excluding for kind in kinds.get(b.rule_id, ()))
    if excluding and needed <= looked_at:
        return Category(rule_id, Truth.NO, "ruled_out", excluding)
    if excluding:
        return Category(rule_id, Truth.UNKNOWN, "elsewhere", excluding)
    return Category(rule_id, Truth.UNKNOWN, "in_part" if bridges else "unspoken", tuple(bridges))


def _lost(
    crosswalk: Crosswalk, findings: Iterable[Finding], source: str, other: str, placed: set[str]
) -> list[tuple[Finding, Unmapped]]:
    """The findings that are not NO and lead to no target rule, and why."""
    lost = []
    for finding in findings:
        if finding.truth is Truth.NO or finding.rule_id in placed:
            continue
        links = crosswalk.of(source, finding.rule_id)
        if isinstance(links, Unmapped):
            lost.append((finding, links))
        else:
            hazards = ", ".join(link.hazard for link in links)
            why = f"no rule of {other} is mapped to {hazards}"
            lost.append((finding, Unmapped(source, finding.rule_id, why)))
    return lost

"""Values to rows and back.

Knows which part of a value is a column and which lies in a body. Refuses to know sessions and queries. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mmjudge.errors import StoreError
from mmjudge.store import outline
from mmjudge.store.codec import encode, pack, pack_lean, unpack
from mmjudge.store.rows import (
    FindingTable,
    GuidelineTable,
    ItemTable,
    MeasurementTable,
    MediaTable,
    RubricTable,
    SourceTable,
    VerdictTable,
)
from mmjudge.types import (
    Evidence,
    Finding,
    Gap,
    Guideline,
    Item,
    Label,
    Measurement,
    Media,
    Passage,
    Rubric,
    Target,
    TriClass,
    Truth,
    Turn,
    Verdict,
    digest,
)


@dataclass(frozen=True, slots=True)
class _ItemBody:
    text: str
    turns: tuple[Turn, ...]
    target: Target
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _MeasurementBody:
    passages: tuple[Passage, ...]
    gaps: tuple[Gap, ...]
    evidence: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _VerdictBody:
    label: TriClass
    truth: Truth
    score: float | None
    findings: tuple[Finding, ...]


def item_row(item: Item, sources: Sequence[str], at: float) -> ItemTable:
    title, preview = outline.title(item, sources), outline.preview(item)
    return ItemTable(
        id=item.id,
        title=title,
        preview=preview,
        folded=f"{title}\n{preview}".casefold(),
        has_words=bool(item.text or item.turns),
        body=pack(_ItemBody(item.text, item.turns, item.target, item.attributes)),
        at=at,
    )


def media_rows(item: Item) -> list[MediaTable]:
    return [
        MediaTable(item_id=item.id, position=i, sha256=media.sha256, size=media.size, path=str(media.path))
        for i, media in enumerate(item.media)
    ]


def source_rows(item_id: str, sources: Iterable[str], at: float) -> list[SourceTable]:
    """One row per different source, in order."""
    return [
        SourceTable(item_id=item_id, path_digest=digest(path), path=path, folded=path.casefold(), at=at)
        for path in dict.fromkeys(sources)
    ]


def item_of(row: ItemTable, media: Iterable[MediaTable]) -> Item:
    body = unpack(_ItemBody, row.body)
    files = tuple(Media(Path(m.path), m.sha256, m.size) for m in media)
    return Item(row.id, body.text, body.turns, body.target, files, body.attributes)


def rubric_row(rubric: Rubric, at: float) -> RubricTable:
    return RubricTable(id=rubric.id, version=rubric.version, title=rubric.title, body=pack(rubric), at=at)


class Described(NamedTuple):
    """A judge's name, and what its ids are hashes of."""

    name: str
    description: dict[str, Any]


def as_described(judge_id: str, description_json: str) -> dict[str, Any]:
    """The description of a judge. StoreError where it is not a JSON object."""
    try:
        found = json.loads(description_json)
    except ValueError as error:
        raise StoreError(f"the description of judge {judge_id} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise StoreError(f"the description of judge {judge_id} is no JSON object but {description_json:.60}")
    return found


LATER: tuple[tuple[str, object], ...] = (("target", "post"), ("note", ""), ("turns", False), ("guidance", []))
"""Fields that passages got after the first release, with their defaults: a body written before has them not, and its
digest must still be that of what is read from it."""


def measurement_row(measurement: Measurement, rubric: tuple[str, str], at: float) -> MeasurementTable:
    """`rubric`: id and version of the rubric that the measurer asked about."""
    body = _MeasurementBody(measurement.passages, measurement.gaps, measurement.evidence, measurement.seconds)
    return MeasurementTable(
        item_id=measurement.item_id,
        measurer_id=measurement.measurer_id,
        attempt=measurement.attempt,
        rubric_id=rubric[0],
        rubric_version=rubric[1],
        evidence_digest=_evidence_digest(body),
        body=pack(body),
        at=at,
    )


def _evidence_digest(body: _MeasurementBody) -> str:
    """What was found, regardless of how long it took."""
    plain = encode(_MeasurementBody, body)
    untimed = [{name: value for name, value in e.items() if name != "seconds"} for e in plain["evidence"]]
    passages = [{n: value for n, value in p.items() if (n, value) not in LATER} for p in plain["passages"]]
    return digest([passages, plain["gaps"], untimed])


def measurement_of(row: MeasurementTable) -> Measurement:
    body = unpack(_MeasurementBody, row.body)
    return Measurement(
        row.item_id, row.measurer_id, body.passages, body.gaps, body.evidence, body.seconds, attempt=row.attempt
    )


def verdict_row(verdict: Verdict, measurement_id: int, at: float) -> VerdictTable:
    if verdict.item_id != verdict.measurement.item_id:
        raise StoreError(f"the verdict is about {verdict.item_id}, its measurement about {verdict.measurement.item_id}")
    return VerdictTable(
        item_id=verdict.item_id,
        judge_id=verdict.judge_id,
        attempt=verdict.measurement.attempt,
        measurement_id=measurement_id,
        rubric_id=verdict.rubric_id,
        rubric_version=verdict.rubric_version,
        policy_id=verdict.policy_id,
        label=verdict.label,
        score=verdict.score,
        severity=verdict.severity,
        assessed=verdict.assessed,
        applicable=verdict.applicable,
        only_not_observable=verdict.only_not_observable,
        kinds=" ".join(outline.kinds_of_files(verdict.measurement.passages)),
        body=pack(_VerdictBody(verdict.label, verdict.truth, verdict.score, verdict.findings)),
        at=at,
    )


def finding_rows(verdict: Verdict, verdict_id: int) -> list[FindingTable]:
    """The findings that are not NO, at their position in the verdict."""
    return [
        FindingTable(
            verdict_id=verdict_id,
            position=i,
            rule_id=finding.rule_id,
            truth=int(finding.truth),
            score=finding.score,
            severity=finding.severity,
            controversial=finding.controversial,
        )
        for i, finding in enumerate(verdict.findings)
        if finding.truth is not Truth.NO
    ]


def verdict_of(row: VerdictTable, measurement: MeasurementTable) -> Verdict:
    body = unpack(_VerdictBody, row.body)
    return Verdict(
        item_id=row.item_id,
        judge_id=row.judge_id,
        rubric_id=row.rubric_id,
        rubric_version=row.rubric_version,
        policy_id=row.policy_id,
        label=body.label,
        truth=body.truth,
        score=body.score,
        severity=row.severity,
        assessed=row.assessed,
        applicable=row.applicable,
        findings=body.findings,
        measurement=measurement_of(measurement),
    )


def findings_of(body: bytes) -> tuple[Finding, ...]:
    """The findings in the body of a verdict."""
    return unpack(_VerdictBody, body).findings


_LABEL_COLUMNS = (
    "item_id", "rubric_id", "rubric_version", "rule_id", "question_id", "rater", "phase", "value", "severity", "at",
    "seconds", "project",
)  # fmt: skip


def label_values(label: Label) -> dict[str, object]:
    """The columns of a label's row: no row object, since there may be a million."""
    columns = {name: getattr(label, name) for name in _LABEL_COLUMNS}
    return {**columns, "submission": label.submission or None, "body": pack_lean(label)}


def guideline_row(guideline: Guideline, at: float) -> GuidelineTable:
    """`at`: when it became as it is now."""
    return GuidelineTable(
        guideline_id=guideline.id,
        rubric_id=guideline.rubric_id,
        retired=guideline.retired,
        body=pack(guideline),
        at=at,
    )

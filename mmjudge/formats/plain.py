"""A label as a flat row of words and numbers, and back.

Knows the names of the columns every format shares, and which words mean which answer. Refuses to know how a format
writes a row, and to guess what an unknown word means.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from mmjudge.errors import ExchangeError
from mmjudge.formats.entries import Meant, Said, Word
from mmjudge.types import Answer, Label, Phase, Region

COLUMNS = (
    "item", "rater", "label", "time", "rubric", "rubric_version", "rule", "question", "severity", "phase",
    "seconds", "note", "flag", "project", "submission", "regions", "score",
)  # fmt: skip
NUMBERS = frozenset({"time", "severity", "seconds", "score"})

_ANSWERS: dict[str, Answer] = {word: word for word in get_args(Answer)}
ANSWERS: dict[str, Answer] = {
    **_ANSWERS,
    **dict.fromkeys(("violates", "unsafe", "true", "1"), "yes"),
    **dict.fromkeys(("does_not", "does not", "safe", "fine", "false", "0"), "no"),
    **dict.fromkeys(("can't tell", "can't_tell", "unsure", "unknown", "needs_review"), "cant_tell"),
}
_PHASES: dict[str, Phase] = {phase: phase for phase in get_args(Phase)}
_WORDS = {"safe": "no", "unsafe": "yes", "controversial": "controversial", "needs_review": "cant_tell"}
_MARK = ("part", "rule_id", "chars", "span", "box")


def row_of(label: Label) -> dict[str, Any]:
    """The row, in the order of `COLUMNS`: `time` in seconds since 1970, `regions` as JSON text ("" for none)."""
    return {
        "item": label.item_id,
        "rater": label.rater,
        "label": label.value,
        "time": label.at,
        "rubric": label.rubric_id,
        "rubric_version": label.rubric_version,
        "rule": label.rule_id,
        "question": label.question_id,
        "severity": label.severity,
        "phase": label.phase,
        "seconds": label.seconds,
        "note": label.note,
        "flag": label.flag,
        "project": label.project,
        "submission": label.submission,
        "regions": json.dumps(regions_out(label.regions)) if label.regions else "",
        "score": None,
    }


def row_of_word(item_id: str, word: Word) -> dict[str, Any]:
    """A judge's verdict as the row of one more rater, "judge:" and its id."""
    said = Label(
        item_id, word.rubric_id, word.rubric_version, f"judge:{word.judge}", _ANSWERS[_WORDS[word.label]],
        severity=word.severity, at=word.at,
    )  # fmt: skip
    return {**row_of(said), "score": word.score}


def regions_out(regions: tuple[Region, ...]) -> list[dict[str, Any]]:
    """Plain objects without what is not there."""
    return [{name: value for name in _MARK if (value := getattr(r, name)) not in (None, "")} for r in regions]


def regions_in(given: Any, where: str) -> tuple[Region, ...]:
    """The regions of a list of objects, or of JSON text of one."""
    if given in (None, "", []):
        return ()
    try:
        plain = json.loads(given) if isinstance(given, str) else given
        return tuple(
            Region(
                part=_text(one["part"]),
                rule_id=_text(one.get("rule_id", "")),
                chars=_pair(one.get("chars"), int),
                span=_pair(one.get("span"), float),
                box=_box(one.get("box")),
            )
            for one in plain
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ExchangeError(f"{where}: the regions are not a list of regions ({error!r:.100})") from error


def said_of(row: Mapping[str, Any], meant: Meant, where: str) -> Said:
    """The label of a row. What the row leaves out is what is meant; an answer is never guessed. ExchangeError names
    the place and what to do."""
    rubric, version = _rubric(row, meant, where)
    rule = _text(row.get("rule")) or meant.rule
    if rule and meant.rules and version == meant.rubric_version and rule not in meant.rules:
        raise ExchangeError(f"{where}: rubric {rubric} has no rule {rule!r}: it has {', '.join(sorted(meant.rules))}")
    phase = _PHASES.get(row.get("phase") or "blind")
    if phase is None:
        raise ExchangeError(f"{where}: unknown phase {row['phase']!r}: use {', '.join(_PHASES)}")
    label = Label(
        item_id=_needed(row, "item", where),
        rubric_id=rubric,
        rubric_version=version,
        rater=_needed(row, "rater", where),
        value=_answer(row.get("label"), where),
        rule_id=rule,
        question_id=_text(row.get("question")),
        severity=_severity(row.get("severity"), where),
        regions=regions_in(row.get("regions"), where),
        phase=phase,
        at=_time(row.get("time"), where),
        seconds=_number(row.get("seconds"), "seconds", where),
        note=_text(row.get("note")),
        flag=_text(row.get("flag")),
        project=_text(row.get("project")) or meant.project,
        submission=_text(row.get("submission")),
    )
    return Said(label, row.get("submission") is not None, row.get("score") not in (None, ""), where)


def _rubric(row: Mapping[str, Any], meant: Meant, where: str) -> tuple[str, str]:
    rubric, version = _text(row.get("rubric")) or meant.rubric_id, _text(row.get("rubric_version"))
    if not rubric:
        raise ExchangeError(f"{where}: no rubric is named: say by which one people answered, with --rubric")
    if not version:
        if rubric != meant.rubric_id:
            raise ExchangeError(
                f"{where}: rubric {rubric!r} without a rubric_version: add it, or use --rubric {rubric}"
            )
        version = meant.rubric_version
    return rubric, version


def _answer(given: Any, where: str) -> Answer:
    word = str(given).strip() if given is not None else ""
    found = ANSWERS.get(word) or ANSWERS.get(word.lower())
    if found is None:
        told = "an empty label: leave the row out, or write cant_tell" if not word else f"unknown label {word[:60]!r}"
        raise ExchangeError(f"{where}: {told}; known are {', '.join(_ANSWERS)}")
    return found


def _severity(given: Any, where: str) -> int | None:
    if given in (None, ""):
        return None
    number = _number(given, "severity", where)
    if number not in (0, 1, 2, 3):
        raise ExchangeError(f"{where}: severity {given!r} is not 0, 1, 2 or 3")
    return int(number)


def _time(given: Any, where: str) -> float:
    if isinstance(given, str) and "-" in given[1:] and ":" in given:
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise ExchangeError(f"{where}: time {given[:60]!r} is neither ISO 8601 nor seconds since 1970") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return _number(given, "time", where)


def _number(given: Any, name: str, where: str) -> float:
    if given in (None, ""):
        return 0.0
    try:
        number = float(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ExchangeError(f"{where}: {name} {str(given)[:60]!r} is no number")
    return number


def _needed(row: Mapping[str, Any], name: str, where: str) -> str:
    found = _text(row.get(name))
    if not found:
        raise ExchangeError(f"{where}: no {name}: every label needs item, rater and label")
    return found


def _text(given: Any) -> str:
    return given if isinstance(given, str) else "" if given is None else str(given)


def _pair(given: Any, kind: type) -> Any:
    return None if given is None else (kind(given[0]), kind(given[1]))


def _box(given: Any) -> tuple[float, float, float, float] | None:
    if given is None:
        return None
    x, y, width, height = (float(number) for number in given)
    return x, y, width, height

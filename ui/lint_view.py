"""A rubric that is being typed: whether it can be read, what a careful reader would mark, and what saving would mean.

Knows lines: every remark stands beside the line it is about. Pure: text in, HTML out. Refuses to save anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mmjudge.errors import RubricError
from mmjudge.lint import Defect, Hint, lint
from mmjudge.rubric import parse
from mmjudge.rubric_diff import Change, diff
from mmjudge.types import Rubric
from mmjudge.ui import words
from mmjudge.ui.diff_view import changes_html
from mmjudge.ui.markup import esc, icon, isolated
from mmjudge.yamltext import read_yaml

YOURS = "your text"
_LINE = re.compile(r"line (\d+)")
MOST_HINTS = 60

DEFECTS: dict[Defect, str] = {
    "subjective": "Subjective",
    "vague": "Vague word",
    "compound": "Several claims at once",
    "negation": "Negation",
    "unobservable": "Cannot be seen",
    "no_exemption": "Exemption missing",
    "duplicate": "Said twice",
    "untestable": "Cannot be told",
}
"""Kinds of hints in words for people who do not programme."""


@dataclass(frozen=True)
class Checked:
    """What can be said about a text. `rubric` None: it cannot be read, `error` says why and `line` where (0: unknown).
    `places`: the line of each rule (id, "") and question (rule id, question id). `changes`: against what it began from.
    """

    rubric: Rubric | None
    error: str = ""
    line: int = 0
    hints: tuple[Hint, ...] = ()
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


def checked(text: str, before: Rubric | None, rubric_id: str = "") -> Checked:
    """Read a text as far as that goes. `before`: the version it began from; `rubric_id`: the id it must keep."""
    try:
        rubric = parse(text, YOURS)
    except RubricError as error:
        found = _LINE.search(str(error))
        said = str(error).removeprefix(f"{YOURS}, ")
        return Checked(None, said[:1].upper() + said[1:], int(found[1]) if found else 0)
    if rubric_id and rubric.id != rubric_id:
        said = f"The id must stay {rubric_id!r}, not {rubric.id!r}: for another rubric use “New rubric”, “A copy”."
        return Checked(None, said, read_yaml(text, YOURS).lines["id"])
    return Checked(rubric, "", 0, lint(rubric), places(text), diff(before, rubric) if before else ())


def places(text: str) -> dict[tuple[str, str], int]:
    """The line (from 1) of each rule and question of a readable rubric."""
    data = read_yaml(text, YOURS)
    found: dict[tuple[str, str], int] = {}
    for rule, line in zip(data["rules"], data["rules"].lines, strict=True):
        found[rule["id"], ""] = line
        asked = [q for entry in rule["preconditions"] for q in entry["any_of"]] + list(rule.get("grades", ()))
        for question in asked:
            found.setdefault((rule["id"], question["id"]), question.line)
    return found


def checked_html(found: Checked, before: Rubric | None, changed: bool | None) -> str:
    """Beside the editor: the error or the hints, then what saving would mean. `changed`: whether the text is another
    than the saved one; None where it cannot be saved at all."""
    if found.rubric is None:
        return (
            f'<section class="mm-live bad" aria-label="Check">{_state("controversial", "It can’t be saved yet")}'
            f'<p class="mm-broken-at" dir="auto">{esc(found.error)}</p>{jump_html(found.line)}</section>'
        )
    n = len(found.hints)
    said = words.plural(n, "hint") if n else "Nothing to remark"
    note = "Hints are advice: a rubric with hints can be saved." if n else "It can be read, and no wording is marked."
    return (
        f'<section class="mm-live" aria-label="Check">{_state("idle" if n else "done", said)}'
        f'<p class="mm-quiet">{note}</p>{hints_html(found.hints, found.rubric, found.places)}</section>'
        + ("" if changed is None else _meaning(found, before, changed))
    )


def _state(picture: str, said: str) -> str:
    return f'<h3 role="status">{icon(picture)}{esc(said)}</h3>'


def _meaning(found: Checked, before: Rubric | None, changed: bool) -> str:
    assert found.rubric is not None
    if not changed:
        return '<p class="mm-quiet mm-unchanged">Nothing is changed yet.</p>'
    if before is None:
        said = "What it was before cannot be read, so it cannot be said what changed."
        return f'<p class="mm-quiet mm-unchanged">{said}</p>'
    if not found.changes:
        return '<p class="mm-quiet mm-unchanged">Only comments or the layout changed: no rule is another one.</p>'
    return changes_html(before, found.rubric, found.changes, "If you save this")


def hints_html(hints: tuple[Hint, ...], rubric: Rubric, lines: dict[tuple[str, str], int] | None = None) -> str:
    """Hints, each with its rule and question. `lines`: where they stand in the text that is edited, to jump there."""
    rules = {rule.id: rule for rule in rubric.rules}
    rows = []
    for hint in hints[:MOST_HINTS]:
        rule = rules[hint.rule_id]
        asks = {q.id: q.ask for q in (*rule.questions, *(grade.question for grade in rule.grades))}
        about = f'<q dir="auto">{esc(asks[hint.question_id])}</q>' if hint.question_id in asks else ""
        line = (lines or {}).get((hint.rule_id, hint.question_id), (lines or {}).get((hint.rule_id, ""), 0))
        rows.append(
            f'<li><p><strong>{isolated(words.rule_name(rule))}</strong> <span class="mm-tag">{DEFECTS[hint.defect]}'
            f"</span>{jump_html(line)}</p>{about}<p>{esc(hint.text[:1].upper() + hint.text[1:])}.</p></li>"
        )
    left = len(hints) - MOST_HINTS
    more = f'<p class="mm-more">… and {words.plural(left, "more hint")}.</p>' if left > 0 else ""
    return f'<ul class="mm-hints">{"".join(rows)}</ul>{more}' if rows else ""


def jump_html(line: int) -> str:
    """A button to a line of the editor; "" where the line is not known."""
    if line < 1:
        return ""
    return f' <button type="button" class="mm-mini mm-jump" data-act="jump" data-line="{line}">line {line}</button>'

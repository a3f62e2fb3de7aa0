"""Two people changed one rubric: what each of them wrote, side by side, to choose from. Pure.

Knows the sides of a conflict and what is chosen. Refuses to join anything: `rubric_merge` does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from mmjudge.rubric_merge import Conflict, Side
from mmjudge.types import Rubric
from mmjudge.ui import words
from mmjudge.ui.markup import esc, icon, isolated

SIDES: dict[Side, str] = {"mine": "Yours", "theirs": "Theirs"}


def clash_html(
    who: str,
    number: int,
    conflicts: Sequence[Conflict],
    chosen: Mapping[str, Side],
    joined: Sequence[str],
    problem: str,
) -> str:
    """`who` saved revision `number` meanwhile. `joined`: in words, what was taken from both without a question;
    `problem`: why the choice made is no rubric together, or ""."""
    open_ = sum(conflict.where not in chosen for conflict in conflicts)
    said = f"{who or 'Somebody'} saved revision {number} while you were writing. Nothing of yours is lost."
    if not conflicts:
        todo = "Your changes and theirs do not touch each other: both can be saved together."
    elif open_:
        todo = f"Choose whose version counts for {words.plural(open_, 'part')}, then save both together."
    else:
        todo = "Every choice is made: save both together."
    listed = "".join(f"<li>{esc(line)}</li>" for line in joined)
    taken = f'<p class="mm-step">Taken from both</p><ul class="mm-joined">{listed}</ul>' if joined else ""
    wrong = (
        f'<div class="mm-message error" role="alert">{icon("controversial")}<p dir="auto">{esc(problem)}</p></div>'
        if problem
        else ""
    )
    parts = "".join(_conflict(n, conflict, chosen.get(conflict.where)) for n, conflict in enumerate(conflicts))
    return (
        f'<section class="mm-clash" aria-labelledby="mm-clash-title"><h2 id="mm-clash-title" tabindex="-1">'
        f'{icon("controversial", "maybe")} Somebody else saved first</h2><p role="status">{esc(said)} {esc(todo)}</p>'
        f"{wrong}{parts}{taken}</section>"
    )


def _conflict(n: int, conflict: Conflict, side: Side | None) -> str:
    mine, theirs = _lines(conflict.mine, conflict.theirs)
    name = f"Rule {conflict.rule_id}" if conflict.rule_id else conflict.where
    decided = f"{SIDES[side]} counts" if side else "to decide"
    return (
        f'<article class="mm-conflict{" decided" if side else ""}"><h3>{isolated(name[:1].upper() + name[1:])} '
        f'<span class="mm-tag">{decided}</span></h3><div class="mm-sides">'
        f"{_side(n, name, 'mine', mine, side)}{_side(n, name, 'theirs', theirs, side)}</div></article>"
    )


def _side(n: int, name: str, side: Side, body: str, chosen: Side | None) -> str:
    shown = f"<pre>{body}</pre>" if body else '<p class="mm-quiet">Removed on this side.</p>'
    said = "Take yours" if side == "mine" else "Take theirs"
    pressed = str(side == chosen).lower()
    return (
        f'<div class="mm-side {side}{" chosen" if side == chosen else ""}"><h4>{SIDES[side]}</h4>{shown}'
        f'<button type="button" class="mm-mini" data-act="choose" data-n="{n}" data-side="{side}" '
        f'aria-pressed="{pressed}">{said}<span class="sr"> for {esc(name)}</span></button></div>'
    )


def _lines(mine: str, theirs: str) -> tuple[str, str]:
    """Both texts line by line; a line that stands on one side only is marked, and begins with "≠"."""
    left, right = mine.splitlines(), theirs.splitlines()
    shown: tuple[list[str], list[str]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for side, lines in zip(shown, (left[a:b], right[c:d]), strict=True):
            side += [esc(f"  {line}") if kind == "equal" else f"<mark>≠ {esc(line)}</mark>" for line in lines]
    return "\n".join(shown[0]), "\n".join(shown[1])


def joined_words(base: Rubric | None, mine: Rubric, theirs: Rubric, conflicts: Sequence[Conflict]) -> list[str]:
    """Which rules were taken from one side because only that side changed them."""
    my, their = ({rule.id: rule for rule in rubric.rules} for rubric in (mine, theirs))
    if base is None:
        alone = [f"Your rule {rule_id}, which they do not have" for rule_id in my if rule_id not in their]
        return alone + [f"Their rule {rule_id}, which you do not have" for rule_id in their if rule_id not in my]
    before = {rule.id: rule for rule in base.rules}
    torn = {conflict.rule_id for conflict in conflicts}
    said = []
    for rule_id in dict.fromkeys((*before, *their, *my)):
        if rule_id in torn:
            continue
        for side, rules in (("your", my), ("their", their)):
            if rules.get(rule_id) != before.get(rule_id):
                what = "new rule" if rule_id not in before else "removal of" if rule_id not in rules else "change to"
                said.append(f"{side} {what} {rule_id}")
    return [line[:1].upper() + line[1:] for line in said]

"""Two people changed one rubric: their files joined rule by rule, key by key, never by guessing. Pure: text to text.

Knows the three-way rule: what only one side changed is taken from it, what both changed alike is taken once, and what
both changed differently is a conflict that a person settles. Refuses to look inside a rule: half of one person's rule
with half of another's would be a rule nobody wrote. Comments count as changes; a mere new layout does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mmjudge.errors import RubricError
from mmjudge.rubric import parse
from mmjudge.rubric_text import Kind, Piece, Pieces, split

Side = Literal["mine", "theirs"]
Name = tuple[Kind, str]

ORDER: Name = ("tail", "order")
WORDS = {
    ("head", ""): "the comments at the top",
    ("tail", ""): "the comments at the end",
    ORDER: "the order of the rules",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed, differently. `where`: "rule ID", a top-level key or words for it; `rule_id`: "" where it
    is no rule; `mine`, `theirs`: the YAML of both sides, "" where one removed it."""

    where: str
    rule_id: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The joined file. Where there are `conflicts`, the side of "theirs" stands in it: not to be saved as it is."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge(base: str | None, mine: str, theirs: str, chosen: Mapping[str, Side] | None = None) -> Merged:
    """Join two files that both began from `base` (None: from nobody knows what: all that differs is a conflict).

    `chosen`: for some conflicts, by their `where`, whose side is taken. The layout is that of `theirs`. RubricError
    where one of the files is no valid rubric, or the two changes make none together.
    """
    files = [split(text) if text else Pieces(()) for text in (base or "", mine, theirs)]
    for text, words in ((mine, "your rubric"), (theirs, "the other rubric")):
        parse(text, words)
    before, my, their = (_named(file) for file in files)
    taken: dict[Name, Piece] = {}
    conflicts: list[Conflict] = []
    for name in dict.fromkeys((*their, *my)):
        sides = before.get(name), my.get(name), their.get(name)
        won = _winner(*sides) or (chosen or {}).get(_where(name))
        if won is None:
            conflicts.append(_conflict(name, sides[1], sides[2]))
        piece = sides[1] if won == "mine" else sides[2]
        if piece is not None:
            taken[name] = piece
    names, torn = _ordered(before, my, their, taken, chosen or {})
    conflicts += torn
    result = files[2].holding(taken[name] for name in names).text
    _check(result, taken)
    return Merged(result, tuple(conflicts))


def _check(text: str, taken: Mapping[Name, Piece]) -> None:
    """That the joined file can be used and says what was taken, nothing else."""
    try:
        parse(text, "the joined rubric")
    except RubricError as error:
        raise RubricError(f"both changes together make no valid rubric: {error}") from error
    said = {name: piece.value for name, piece in _named(split(text)).items() if piece.kind in ("key", "rule")}
    if said != {name: piece.value for name, piece in taken.items() if piece.kind in ("key", "rule")}:
        raise RubricError("the two layouts cannot be joined: write one key and one rule per line in both files")


def _named(file: Pieces) -> dict[Name, Piece]:
    return {(piece.kind, piece.name): piece for piece in file.all}


def _where(name: Name) -> str:
    return WORDS.get(name, f"rule {name[1]}" if name[0] == "rule" else name[1])


def _conflict(name: Name, mine: Piece | None, theirs: Piece | None) -> Conflict:
    rule_id = name[1] if name[0] == "rule" else ""
    return Conflict(_where(name), rule_id, mine.flat if mine else "", theirs.flat if theirs else "")


def _winner(before: Piece | None, mine: Piece | None, theirs: Piece | None) -> Side | None:
    """Whose side stands; None if both changed it, differently."""
    if _same(mine, theirs) or _same(mine, before):
        return "theirs"
    if _same(theirs, before):
        return "mine"
    if mine is None or theirs is None:
        return None
    if _only_laid_out(mine, theirs) or (before is not None and _only_laid_out(before, mine)):
        return "theirs"
    if before is not None and _only_laid_out(before, theirs):
        return "mine"
    if before is not None and mine.value == theirs.value:  # alike; the comments are those of the side that changed them
        changed = [side.comments != before.comments for side in (mine, theirs)]
        return None if all(changed) else "mine" if changed[0] else "theirs"
    return None


def _same(one: Piece | None, other: Piece | None) -> bool:
    return one is other if one is None or other is None else one.flat == other.flat


def _only_laid_out(before: Piece, after: Piece) -> bool:
    return before.value == after.value and before.comments == after.comments


def _ordered(
    before: Mapping[Name, Piece],
    mine: Mapping[Name, Piece],
    theirs: Mapping[Name, Piece],
    taken: Mapping[Name, Piece],
    chosen: Mapping[str, Side],
) -> tuple[list[Name], list[Conflict]]:
    """The names of the pieces in their order: that of the side that changed it, else of "theirs"."""
    common = [name for name in theirs if name[0] == "rule" and name in mine and name in before]
    orders = [[name for name in side if name in common] for side in (before, mine, theirs)]
    side: Side | None = "theirs"
    if orders[1] != orders[2] and orders[1] != orders[0]:
        side = "mine" if orders[2] == orders[0] else chosen.get(WORDS[ORDER])
    first, second = (mine, theirs) if side == "mine" else (theirs, mine)
    names = [name for name in first if name in taken]
    for name in second:
        if name in taken and name not in names:
            names.insert(_after(names, name, second), name)
    if side is not None:
        return names, []
    said = (", ".join(name for _, name in order) for order in orders[1:])
    return names, [Conflict(WORDS[ORDER], "", *said)]


def _after(names: list[Name], name: Name, order: Iterable[Name]) -> int:
    """Where a piece goes that one side added: after the piece that stands before it there."""
    if name[0] in ("head", "tail"):
        return 0 if name[0] == "head" else len(names)
    listed = list(order)
    earlier = [names.index(known) + 1 for known in listed[: listed.index(name)] if known in names]
    at = earlier[-1] if earlier else 0
    while name[0] == "key" and at < len(names) and names[at][0] == "rule":
        at += 1  # no key may stand between two rules
    return at

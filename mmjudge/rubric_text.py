"""The text of a rubric file as pieces that can be exchanged: whole lines, every byte kept. Pure.

Knows where a top-level key and a rule begin and end in a file, and which comments stand over them. Refuses to know what
rules mean, and to write any of them (`rubric_edit`): what nobody changes stays as the person typed it, in its quotes,
its order, its comments.

A comment at the depth of the rules' dashes belongs to the rule under it; deeper ones belong to the rule they stand in.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mmjudge.errors import RubricError
from mmjudge.yamltext import read_yaml

WIDTH = 120
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_COMMENT = re.compile(r"(?:^|(?<=\s))#(.*)$", re.MULTILINE)

Kind = Literal["head", "key", "rule", "tail"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a file, as they stand there. `name`: the top-level key or the rule's id; `value`: its data, None
    for what has none (the comments of the head and the tail, and the line `rules:`). `indent`: the column it is at."""

    kind: Kind
    name: str
    text: str
    value: Any = None
    indent: int = 0

    @property
    def flat(self) -> str:
        """The lines at the left margin, without what cannot be seen: equal where two people would see the same."""
        return "\n".join(line.rstrip() for line in shifted(self.text, self.indent).strip().splitlines())

    @property
    def comments(self) -> tuple[str, ...]:
        """What may be its comments, in order: whatever follows a # that begins a word."""
        return tuple(match[1] for match in _COMMENT.finditer(self.text))


@dataclass(frozen=True, slots=True)
class Pieces:
    """A file in the order of its lines. `indent`: the column of the rules' dashes; `newline`: how its lines end."""

    all: tuple[Piece, ...]
    indent: int = 2
    newline: str = "\n"

    @property
    def text(self) -> str:
        """The file again, byte for byte where no piece was exchanged."""
        ended = (p.text if p.text.endswith(("\n", "\r")) else p.text + self.newline for p in self.all[:-1])
        return "".join(ended) + self.all[-1].text

    def of(self, kind: Kind) -> dict[str, Piece]:
        return {piece.name: piece for piece in self.all if piece.kind == kind}

    def holding(self, found: Iterable[Piece]) -> Pieces:
        """These pieces, from this file or another one, laid out as this file is."""
        return replace(self, all=tuple(self._fitted(piece) for piece in found))

    def _fitted(self, piece: Piece) -> Piece:
        if any(piece is mine for mine in self.all):
            return piece
        indent = self.indent if piece.kind == "rule" else 0
        lines = shifted(piece.text, piece.indent).splitlines() or [""]
        text = "".join(f"{' ' * indent if line.strip() else ''}{line}{self.newline}" for line in lines)
        return replace(piece, text=text, indent=indent)


def split(text: str, where: str = "the rubric") -> Pieces:
    """A file as pieces. RubricError where the YAML cannot be read, or is no mapping with a list of rules.

    A file whose outer levels are in flow style ({id: …, rules: […]}) is first laid out in blocks.
    """
    data = read_yaml(text, where)
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list) or not data["rules"]:
        raise RubricError(f"{where}: a rubric is a mapping with a list of rules: add them")
    if not all(isinstance(rule, dict) and isinstance(rule.get("id"), str) for rule in data["rules"]):
        raise RubricError(f"{where}: every rule needs an id in words: add it, in quotes")
    text = text.removeprefix("\ufeff")
    for written in (text, None):
        found = _split(in_blocks(text, where) if written is None else written, data)
        if found is not None and read_yaml(found.text, where) == data:
            return found
    raise RubricError(f"{where}: its layout cannot be edited piece by piece: write one key and one rule per line")


def _split(text: str, data: dict[str, Any]) -> Pieces | None:
    """None where the outer levels are not in block style."""
    top = yaml.compose(text, Loader=_Loader)
    assert isinstance(top, yaml.MappingNode)
    lines = text.splitlines(keepends=True)
    if top.flow_style or top.start_mark.column:
        return None
    marks: list[tuple[Kind, str, Any, int, int]] = []  # kind, name, value, its line, its last line
    indent = 2
    for key, node in top.value:
        line = key.start_mark.line
        if key.value != "rules":
            marks.append(("key", key.value, data[key.value], line, _last_line(node)))
            continue
        if node.flow_style:
            return None
        indent = node.start_mark.column
        marks.append(("key", "rules", None, line, line))
        for entry, rule in zip(node.value, data["rules"], strict=True):
            marks.append(("rule", rule["id"], rule, _dash(lines, entry.start_mark.line, indent), _last_line(entry)))
    return Pieces(_cut(lines, marks, indent), indent, "\r\n" if lines[0].endswith("\r\n") else "\n")


def fields(rule: Piece) -> Pieces:
    """A rule as pieces, one per key; what is over its dash is the head. RubricError where it is in flow style."""
    lines = shifted(rule.text, rule.indent).splitlines(keepends=True)
    begins = next(n for n, line in enumerate(lines) if line.startswith("-"))
    body = [line.replace("-", " ", 1) if n == 0 else line for n, line in enumerate(lines[begins:])]
    column = next(len(line) - len(line.lstrip(" ")) for line in body if line.strip())
    flat = shifted("".join(body), column)
    top = yaml.compose(flat, Loader=_Loader)
    if not isinstance(top, yaml.MappingNode) or top.flow_style:
        raise RubricError(f"rule {rule.name}: write it in block style, one key per line")
    marks: list[tuple[Kind, str, Any, int, int]] = [
        ("key", key.value, rule.value[key.value], key.start_mark.line, _last_line(node)) for key, node in top.value
    ]
    head = (Piece("head", "", "".join(lines[:begins])),) if begins else ()
    return Pieces((*head, *_cut(flat.splitlines(keepends=True), marks, 0)))


def joined(rule: Piece, parts: Pieces) -> Piece:
    """The rule again, of its fields: the dash before the first, two columns to the left of all."""
    text = parts.text.removeprefix(head := "".join(piece.text for piece in parts.all if piece.kind == "head"))
    lines = text.lstrip("\r\n").splitlines(keepends=True)
    moved = "".join(f"  {line}" if line.strip() else line for line in lines)
    value = {piece.name: piece.value for piece in parts.all if piece.kind == "key"}
    return Piece("rule", str(value.get("id", rule.name)), f"{head}-{moved[1:]}", value)


def _cut(lines: list[str], marks: list[tuple[Kind, str, Any, int, int]], indent: int) -> tuple[Piece, ...]:
    """The lines at the marks, each with the comments over it; what comes before and after them is head and tail."""
    cuts, least = [], marks[0][3]  # what stands over the first is the head
    for kind, _, _, line, last in marks:
        cuts.append(_over(lines, line, least, indent if kind == "rule" else 0))
        least = last + 1
    cuts.append(_over(lines, len(lines), least, indent))
    found = [Piece("head", "", "".join(lines[: cuts[0]]))]
    for (kind, name, value, *_), start, stop in zip(marks, cuts[:-1], cuts[1:], strict=True):
        found.append(Piece(kind, name, "".join(lines[start:stop]), value, indent if kind == "rule" else 0))
    found.append(Piece("tail", "", "".join(lines[cuts[-1] :])))
    return tuple(piece for piece in found if piece.text)


def _over(lines: list[str], line: int, least: int, indent: int) -> int:
    """The first of the empty lines and comments that stand directly over a line, at most that deep."""
    while line > least:
        above = lines[line - 1]
        depth = len(above) - len(above.lstrip(" "))
        if above.strip() and not (above.lstrip().startswith("#") and depth <= indent):
            break
        line -= 1
    return line


def _dash(lines: list[str], line: int, indent: int) -> int:
    """The line of the dash that a list entry belongs to."""
    while line > 0 and not (lines[line].startswith("-", indent) and not lines[line][:indent].strip()):
        line -= 1
    return line


def _last_line(node: yaml.Node) -> int:
    """The last line that has something of a node on it; of a block scalar the first, as its lines are deeper anyway."""
    if isinstance(node, yaml.ScalarNode):
        return node.start_mark.line if node.style in ("|", ">") else node.end_mark.line
    assert isinstance(node, yaml.CollectionNode)
    if node.flow_style or not node.value:
        return node.end_mark.line
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def shifted(text: str, by: int) -> str:
    """Lines moved to the left by that many spaces, or as many as they have."""
    lines = text.splitlines(keepends=True)
    return "".join(line[min(by, len(line) - len(line.lstrip(" "))) :] for line in lines)


# --- ruamel.yaml, which keeps comments and quotes ---------------------------------------------------------------


def loaded(text: str, where: str) -> Any:
    """YAML as nodes that remember how they were written."""
    try:
        return _editor(0).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise RubricError(f"{where}: not readable as YAML: {' '.join(str(error).split())}") from error


def dumped(node: Any, margin: int = 0) -> str:
    """Nodes as YAML again, at the left margin. `margin`: columns the result will be moved to the right by."""
    stream = io.StringIO()
    _editor(margin).dump(node, stream)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _editor(margin: int) -> YAML:
    made = YAML(typ="rt")
    made.preserve_quotes = True
    made.width = WIDTH - margin
    made.indent(mapping=2, sequence=4, offset=2)
    return made


def in_blocks(text: str, where: str) -> str:
    """A whole file with its outer levels laid out in blocks."""
    data = loaded(text, where)
    for node in (data, data["rules"], *data["rules"]):
        node.fa.set_block_style()
    return dumped(data)

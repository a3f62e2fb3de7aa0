"""A rule's chain as a drawn tree: AND over conditions, OR over questions. Pure.

Knows lines, boxes and how words are wrapped without a browser to measure them. Refuses to decide: what holds comes as
answers (`truth_table`), and what a colour says is also said by a word and by a shape. Grades are not drawn: they say
how grave a violation is, not whether there is one.

Top to bottom in one narrow column, so that it can be read on a telephone: a condition stands below its rule, a question
below its condition, each further in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from unicodedata import category, east_asian_width

from mmjudge.truth_table import SAID, holds, outcome, precondition_holds
from mmjudge.types import Precondition, Question, Rule, Truth, digest
from mmjudge.ui.case import KINDS
from mmjudge.ui.markup import esc
from mmjudge.ui.words import plural

WIDTH = 348
"""Of the drawing, in pixels: what a telephone of 390 leaves a card. Never less than `LEAST`."""
LEAST = 240

SIZE, STEP, INDENT, PAD, GAP = 13.0, 18.0, 22.0, 8.0, 8.0
"""Pixels: size of the letters, from line to line, from level to level, inside a box, between boxes."""

EXEMPTION = "holds if the answer is no"
OUTCOMES = {Truth.YES: "violated", Truth.NO: "not violated", Truth.UNKNOWN: "open"}
HOLDS = {Truth.YES: "holds", Truth.NO: "does not hold", Truth.UNKNOWN: "open"}

EMS = {**dict.fromkeys("iljI.,:;'| ", 0.34), **dict.fromkeys('ftr!()[]/-"', 0.42), **dict.fromkeys("mwMW@%—…", 1.03)}
"""Letters much narrower or much broader than others of their case, in parts of the letters' size."""


class Box(NamedTuple):
    """One node. `level`: 0 the rule, 1 a condition, 2 a question. `gate`: how those below it are joined, "AND", "OR" or
    "". `words`: what stands in it. `notes`: what stands below them, smaller. `truth`: None where nothing was answered;
    `said`: the truth in words. `exempt`: a question that holds if its answer is no."""

    level: int
    words: str
    gate: str = ""
    notes: tuple[str, ...] = ()
    truth: Truth | None = None
    said: str = ""
    exempt: bool = False


def tree_html(rule: Rule, answers: Mapping[str, Truth] | None = None, width: int = WIDTH) -> str:
    """The chain as a picture, and the same as a nested list for those who do not see it.

    `answers`: question id to answer as asked (YES: its statement is true; not there: open); what holds by them is then
    shown. None: the bare chain. `width` in pixels: it is never drawn wider, and shrinks with its place. RubricError for
    an answer to a question that the rule does not have.
    """
    width = max(width, LEAST)
    boxes = boxes_of(rule, answers)
    name = f"mm-tree-{digest([rule.id, width, [list(box) for box in boxes]])[:12]}"
    told = f"{plural(len(rule.preconditions), 'condition')} of {plural(len(rule.questions), 'question')}"
    told += f": {boxes[0].said}" if boxes[0].said else ""
    drawn, height = drawing(boxes, width)
    return (
        f'<figure class="mm-tree"><svg viewBox="0 0 {width} {height:.0f}" style="max-width:{width}px" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">The chain of {esc(rule.id)}</title>'
        f'<desc id="{name}-d">{esc(told)}. The same follows as a list.</desc>{drawn}</svg>'
        f'<div class="sr">{list_html(boxes)}</div></figure>'
    )


# --- what stands in the boxes -----------------------------------------------------------------------------------


def boxes_of(rule: Rule, answers: Mapping[str, Truth] | None) -> list[Box]:
    """All nodes from top to bottom."""
    n = len(rule.preconditions)
    which = "this condition holds" if n == 1 else "both conditions hold" if n == 2 else f"all {n} conditions hold"
    words = f"Violated if {which}"
    truth = None if answers is None else outcome(rule, answers)
    boxes = [Box(0, words, "AND" if n > 1 else "", (), truth, "" if truth is None else OUTCOMES[truth])]
    for at, precondition in enumerate(rule.preconditions, 1):
        boxes.append(_condition(at, precondition, answers))
        boxes += [_question(question, answers) for question in precondition.any_of]
    return boxes


def _condition(at: int, precondition: Precondition, answers: Mapping[str, Truth] | None) -> Box:
    several = len(precondition.any_of) > 1
    words = f"Condition {at}: any one is enough" if several else f"Condition {at}"
    truth = None if answers is None else precondition_holds(precondition, answers)
    return Box(1, words, "OR" if several else "", (), truth, "" if truth is None else HOLDS[truth])


def _question(question: Question, answers: Mapping[str, Truth] | None) -> Box:
    notes = () if question.expect else (EXEMPTION,)
    if answers is None:
        return Box(2, question.ask, notes=notes, exempt=not question.expect)
    answer, truth = answers.get(question.id, Truth.UNKNOWN), holds(question, answers)
    said = HOLDS[truth] if answer is Truth.UNKNOWN else f"answered {SAID[answer]}: {HOLDS[truth]}"
    return Box(2, question.ask, "", notes, truth, said, not question.expect)


def list_html(boxes: Sequence[Box]) -> str:
    """The boxes as nested lists, each with all that its picture says."""
    html, depth = "", -1
    for box in boxes:
        if box.level > depth:
            html += "<ul><li>"
        else:
            html += "</li></ul>" * (depth - box.level) + "</li><li>"
        depth = box.level
        html += esc("; ".join(part for part in (box.words, *box.notes, box.said) if part))
    return html + "</li></ul>" * (depth + 1)


# --- drawing ----------------------------------------------------------------------------------------------------


def drawing(boxes: Sequence[Box], width: float) -> tuple[str, float]:
    """The boxes below each other with the lines that join them, and the height of it all in pixels."""
    parts: list[str] = []
    stems: dict[int, float] = {}  # level -> how far the line down from the last box of that level is drawn
    top = 1.0
    for box in boxes:
        left = box.level * INDENT + 1
        drawn, height = _box(box, left, top, width - left - 1)
        parts.append(drawn)
        if box.level:
            stem, middle = left - INDENT / 2, top + PAD + STEP / 2
            parts.append(f'<path class="join{" exempt" if box.exempt else ""}" d="M{stem:g} {middle:g}H{left:g}"/>')
            parts.append(f'<path class="join" d="M{stem:g} {stems[box.level - 1]:g}V{middle:g}"/>')
            stems[box.level - 1] = middle
        stems[box.level] = top + height
        top += height + GAP
    return "".join(parts), top - GAP + 1


def _box(box: Box, left: float, top: float, width: float) -> tuple[str, float]:
    """One box and its height."""
    badge = 41.0 if box.gate else 0.0
    room = width - 2 * PAD
    lines = wrapped(box.words, room - badge, SIZE if box.level == 2 else SIZE * BOLD)
    notes = [line for note in box.notes for line in wrapped(note, room, SIZE)]
    said = wrapped(box.said, room - 18, SIZE * BOLD) if box.said else []
    height = 2 * PAD + STEP * (len(lines) + len(notes) + len(said))
    kind = " ".join(filter(None, [LEVELS[box.level], "exempt" if box.exempt else "", _kind(box.truth)]))
    frame = (
        f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="{RADII[box.level]}"/>'
    )
    x, base = left + PAD, top + PAD + STEP * 0.72
    text = _text(LEVELS[box.level], lines, x + badge, base)
    text += _text("note", notes, x, base + STEP * len(lines))
    if said:
        line = base + STEP * (len(lines) + len(notes))
        text += shape(box.truth, x + 5.5, line - 4.5) + _text(f"said {_kind(box.truth)}", said, x + 18, line)
    return frame + (_badge(box.gate, x, top + PAD) if box.gate else "") + text, height


LEVELS = ("rule", "condition", "question")
RADII = (9, 7, 5)
BOLD = 1.15
"""How much broader bold letters are."""


def _kind(truth: Truth | None) -> str:
    return "" if truth is None else KINDS[truth]


def _badge(gate: str, x: float, y: float) -> str:
    pill = f'<rect class="gate" x="{x:g}" y="{y + 1:g}" width="34" height="16" rx="8"/>'
    return f'{pill}<text class="gate" x="{x + 17:g}" y="{y + 12.8:g}" text-anchor="middle">{gate}</text>'


def _text(kind: str, lines: Sequence[str], x: float, y: float) -> str:
    spans = "".join(f'<tspan x="{x:g}" y="{y + n * STEP:g}">{esc(line)}</tspan>' for n, line in enumerate(lines))
    return f'<text class="{kind}">{spans}</text>' if spans else ""


def shape(truth: Truth | None, x: float, y: float) -> str:
    """A filled square: holds; a ring: does not; a diamond: open. Around (x, y), 11 pixels across."""
    if truth is Truth.YES:
        return f'<rect class="mark yes" x="{x - 5:g}" y="{y - 5:g}" width="10" height="10" rx="1.5"/>'
    if truth is Truth.NO:
        return f'<circle class="mark no" cx="{x:g}" cy="{y:g}" r="4.5"/>'
    return f'<path class="mark unknown" d="M{x:g} {y - 6:g}l6 6l-6 6l-6 -6Z"/>'


# --- words without a browser ------------------------------------------------------------------------------------


def wrapped(text: str, room: float, size: float) -> list[str]:
    """The text in lines of at most `room` pixels at letters of `size`, parted at spaces, inside a word only where it
    alone is too long. At least one line."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if extent(joined, size) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, room, size)
        lines += whole
    return [*lines, line]


def _cut(word: str, room: float, size: float) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and extent(parts[-1] + letter, size) > room:
            parts.append("")
        parts[-1] += letter
    return parts


def extent(text: str, size: float) -> float:
    """Pixels that a text takes at most, roughly, in the broader of the fonts it may be shown in (DejaVu Sans)."""
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    if category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    if letter in EMS:
        return EMS[letter]
    if east_asian_width(letter) in "WF":
        return 1.4 if ord(letter) > 0x1F000 else 1.05
    if not letter.isascii():
        return 0.85
    return 0.78 if letter.isupper() else 0.64

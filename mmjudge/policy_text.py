"""A policy in plain words -> the rules it states, one sentence or bullet each. Pure.

Knows headings, bullets, numbered lists and sentences of Markdown or plain text. Refuses to reword anything: what a
person wrote stays as it is, in its order, and what states no rule is told, not dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmjudge.errors import RubricError
from mmjudge.types import Precondition, Question, Rule

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*|(.{2,80}):|\*\*(.{2,80})\*\*:?")
_BULLET = re.compile(r"(?:[-*+•]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+(.+)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])")
_NORM = re.compile(
    r"\b(should|must|may not|shall|can ?not|can't|don't|do not|does not|never|no|not allowed|forbidden|prohibited|"
    r"banned|is not|are not|avoid|without|illegal|will be removed|we remove|we do not)\b",
    re.IGNORECASE,
)
MOST = 500
"""Rules of one policy at most."""


@dataclass(frozen=True, slots=True)
class Stated:
    """`text`: as written. `category`: the heading it stands under. `line`: from 1. `rule`: whether it states one; what
    does not ("We love our community.") is kept beside the rules for a person to see."""

    text: str
    category: str
    line: int
    rule: bool


def stated(policy: str) -> tuple[Stated, ...]:
    """Everything a policy says, in order. A bullet is one statement; a paragraph is cut into sentences.

    A heading that forbids ("Do not post:") is said with each bullet below it, and is a rule itself where it has none.
    RubricError above `MOST` statements: nothing is left out in silence.
    """
    found: list[Stated] = []
    heading, open_heading, at, forbids = "", "", 0, False
    for kind, text, line in (*_blocks(policy), ("heading", "", 0)):
        if kind == "heading":
            if forbids:
                found.append(Stated(heading, "", at, True))
            heading, at, forbids = text, line, bool(_NORM.search(text))
            open_heading = heading if forbids else ""
        elif kind == "bullet":
            forbids = False  # said with its bullets
            said = f"{open_heading.rstrip(':')}: {text}" if open_heading and not _NORM.search(text) else text
            found.append(_of(said, heading, line))
        else:
            found += [_of(one, heading, line) for one in _SENTENCE.split(text)]
    if len(found) > MOST:
        raise RubricError(f"this policy makes {len(found)} statements, {MOST} fit one rubric: split it")
    return tuple(found)


def _blocks(policy: str) -> list[tuple[str, str, int]]:
    """(kind, text, line) of each heading, bullet and paragraph; lines that follow without a blank one belong to it."""
    found: list[tuple[str, str, int]] = []
    joined = False
    for n, raw in enumerate(policy.splitlines(), 1):
        line = raw.strip()
        heading, bullet = _HEADING.fullmatch(line), _BULLET.fullmatch(line)
        if not line or heading:
            joined = False
            if heading:
                found.append(("heading", next(filter(None, heading.groups())), n))
        elif bullet:
            found.append(("bullet", bullet[1], n))
            joined = True
        elif joined:
            kind, text, began = found[-1]
            found[-1] = (kind, f"{text} {line}", began)
        else:
            found.append(("paragraph", line, n))
            joined = True
    return found


def _of(text: str, category: str, line: int) -> Stated:
    return Stated(" ".join(text.split()), category, line, bool(_NORM.search(text)))


def rules_of(policy: str) -> tuple[Rule, ...]:
    """The stated rules as rules with a first chain of one question: whether the content breaks it. Not yet objective:
    that is what `objectify` and a person are for."""
    rules: list[Rule] = []
    for n, one in enumerate((one for one in stated(policy) if one.rule), 1):
        question = Question("q1", f"The content breaks the rule: {one.text}")
        rule_id = _slug(one.text, n)
        rules.append(
            Rule(rule_id, one.text, one.text, (Precondition("p1", (question,)),), ("text", "image"), one.category)
        )
    return tuple(rules)


def _slug(text: str, n: int) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if not _SMALL.fullmatch(word)][:3]
    return f"r{n:02d}_{'_'.join(words)}"[:60].rstrip("_")


_SMALL = re.compile(
    r"should|must|not?|never|do|don|t|does|an?|any|all|of|to|in|on|or|and|is|are|be|with|without|may|can|we|will|that|"
    r"this|the|content|posts?"
)

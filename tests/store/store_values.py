"""Values to store: any that the types allow (for Hypothesis), and a few readable ones."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from mmjudge.store import Store
from mmjudge.types import (
    REASONS,
    Evidence,
    Finding,
    Item,
    Label,
    Measurement,
    Media,
    Modality,
    Passage,
    Precondition,
    Question,
    Region,
    Rubric,
    Rule,
    Truth,
    Verdict,
)

# Also what databases and JSON dislike: NULs, the escape sign itself, lone surrogates, two that look like a pair.
HARD = st.sampled_from(["\x00", "\x1b", "\x1b0000", "\ud800", "\udfff", "\ud83d\ude00", "😀", "%", "_", "'", "\\u0000"])
TEXT = st.lists(st.text(st.characters(exclude_categories=()), max_size=6) | HARD, max_size=4).map("".join)
UNIT = st.floats(0.0, 1.0)


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type hint of `mmjudge.types`."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin in (typing.Union, types.UnionType):
        return st.none() | anything(next(arg for arg in args if arg is not type(None)))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return st.lists(anything(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(anything, args))
    if is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return st.sampled_from(hint)
    simple = {
        str: TEXT,
        Path: TEXT.map(Path),
        int: st.integers(-(2**31), 2**31 - 1),
        float: st.floats(allow_nan=False),
        bool: st.booleans(),
    }
    return simple[hint]


def _dataclass(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    parts = {f.name: anything(hints[f.name]) for f in fields(kind)}
    if kind is Region:
        return _region()
    if kind is not Evidence:
        return st.builds(kind, **parts)
    scored = {"score": UNIT, "reason": st.none()}
    missing = {"score": st.none(), "reason": st.sampled_from(REASONS)}
    return st.builds(Evidence, **parts | scored) | st.builds(Evidence, **parts | missing)


def _region() -> st.SearchStrategy[Region]:
    """Characters, seconds, a box, or a box at a time."""
    ends = st.tuples(st.integers(0, 2**31), st.integers(1, 2**31)).map(lambda p: (p[0], p[0] + p[1]))
    spans = ends.map(lambda p: (p[0] / 7, p[1] / 7))
    boxes = st.tuples(*[st.floats(0.0, 0.5)] * 2, *[st.floats(1e-9, 0.5)] * 2)
    named = {"part": TEXT, "rule_id": TEXT}
    timed = st.builds(Region, **named, box=boxes, span=st.none() | spans)
    return st.builds(Region, **named, chars=ends) | st.builds(Region, **named, span=spans) | timed


# --- readable ones --------------------------------------------------------------------------------------------


def _rule(id_: str, ask: str, modality: Modality) -> Rule:
    chain = (Precondition("p", (Question("q", ask, about=("knife",)),)),)
    return Rule(id_, f"{id_}.", f"Yes to: {ask}", chain, (modality,), "weapons", 3, 9)


RUBRIC = Rubric(
    "house",
    "v1",
    "House rules",
    "written for tests",
    (_rule("no_knives", "Is there a knife?", "image"), _rule("no_insults", "Is anyone insulted?", "text")),
)


def an_item(name: str = "1", text: str = "a caption", path: str | None = "/photos/cat.jpg") -> Item:
    media = (Media(Path(path), f"hash of {name}", 1234),) if path else ()
    return Item(f"item {name}", text=text, media=media)


def a_measurement(
    item_id: str = "item 1", attempt: int = 1, measurer_id: str = "measurer", score: float = 0.75
) -> Measurement:
    evidence = Evidence("no_knives", "q", 0, "probe", "tiny", ("image",), score=score, m=0.8, prior=0.3, seconds=0.25)
    return Measurement(
        item_id, measurer_id, (Passage(0, "0", modalities=("image",)),), (), (evidence,), seconds=0.5, attempt=attempt
    )


def a_verdict(
    item_id: str = "item 1", judge_id: str = "judge", attempt: int = 1, truth: Truth = Truth.YES, **changed: Any
) -> Verdict:
    """By default unsafe: a knife is seen, insults are not observable."""
    labels = {Truth.YES: "unsafe", Truth.NO: "safe", Truth.UNKNOWN: "needs_review"}
    given: dict[str, Any] = {
        "label": labels[truth],
        "score": 0.75,
        "severity": 3,
        "findings": (
            Finding("no_knives", truth, 0.75, 0, ("refused",) if truth is Truth.UNKNOWN else (), severity=3),
            Finding("no_insults", Truth.NO, 0.1, 0),
        ),
        "measurement": a_measurement(item_id, attempt),
    }
    return Verdict(
        item_id, judge_id, "house", "v1", "default", truth=truth, assessed=1, applicable=2, **given | changed
    )


def a_label(item_id: str = "item 1", rater: str = "ann", value: str = "yes", **changed: Any) -> Label:
    return Label(item_id, "house", "v1", rater, typing.cast(Any, value), **changed)


def prepare(store: Store, *names: str) -> None:
    """The rubric, the judge called "judge", and an item for each name."""
    store.save_rubric(RUBRIC)
    store.save_judge("judge", "measurer", "The judge", '{"policy": "default"}')
    for name in names:
        store.save_item(an_item(name))

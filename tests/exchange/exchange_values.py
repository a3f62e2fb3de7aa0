"""Labels and items with everything in them, for round trips."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from hypothesis import strategies as st
from PIL import Image

from mmjudge import media
from mmjudge.types import Answer, Item, Label, Phase, Region, Turn

HOSTILE = [
    "=1+1",
    "'=1",
    "''@x",
    "-5",
    "a\nb\r\nc\rd",
    'quo"te,;\t',
    "\x00nul\x1b[0m\x1b0041",
    "İ😀é",
    "'",
    "  spaced  ",
]

words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12), st.just(""))
names = st.one_of(st.sampled_from(["ann", "bob", *HOSTILE]), st.text(min_size=1, max_size=8))
moments = st.one_of(st.just(0.0), st.floats(min_value=0, max_value=4e9), st.floats(min_value=-1e3, max_value=1e-3))


@st.composite
def regions(draw: st.DrawFn) -> Region:
    kind = draw(st.sampled_from(["chars", "span", "box", "moment"]))
    rule = draw(st.sampled_from(["", "r1", "=r"]))
    start = draw(st.floats(min_value=0, max_value=1000))
    span = (start, start + draw(st.floats(min_value=0.001, max_value=50)))
    x, y = draw(st.floats(min_value=0, max_value=0.5)), draw(st.floats(min_value=0, max_value=0.5))
    box = (x, y, draw(st.floats(min_value=1e-6, max_value=0.5)), draw(st.floats(min_value=1e-6, max_value=0.5)))
    if kind == "chars":
        first = draw(st.integers(0, 20))
        return Region("text", rule, chars=(first, first + draw(st.integers(1, 20))))
    if kind == "span":
        return Region("0", rule, span=span)
    return Region("1", rule, box=box, span=span if kind == "moment" else None)


def labels(item_ids: list[str]) -> st.SearchStrategy[Label]:
    return st.builds(
        Label,
        item_id=st.sampled_from(item_ids),
        rubric_id=st.sampled_from(["default", "=mine"]),
        rubric_version=st.sampled_from(["v1", "+v2"]),
        rater=names,
        value=st.sampled_from(get_args(Answer)),
        rule_id=words,
        question_id=words,
        severity=st.sampled_from([None, 0, 1, 2, 3]),
        regions=st.lists(regions(), max_size=2).map(tuple),
        phase=st.sampled_from(get_args(Phase)),
        at=moments,
        seconds=st.floats(min_value=0, max_value=1e5),
        note=words,
        flag=words,
        project=words,
        submission=words,
    )


def items(folder: Path) -> list[Item]:
    """A text, a conversation, a prompt, and posts of one and of two pictures."""
    paths = []
    for name, colour in (("red.png", "red"), ("blue.png", "blue")):
        paths.append(folder / name)
        Image.new("RGB", (8, 6), colour).save(paths[-1])
    return [
        media.item("a text\nof two lines, with İ and 😀\x00"),
        media.item(turns=[Turn("system", "be kind"), Turn("user", "hi"), Turn("assistant", "")], target="response"),
        media.item("=how?", target="prompt", attributes=[("language", "en"), ("language", "de"), ("=x", "'=y")]),
        media.item("caption", [paths[0]], [Turn("user", "beside")]),
        media.item(files=paths, attributes=[("source", "drawn")]),
    ]

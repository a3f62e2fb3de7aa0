"""A recording as HTML: its timeline, and moment by moment what was seen, said and on screen. Pure.

Knows blurred frames, and addresses of clear ones where they were revealed. Refuses to know where those lie.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from mmjudge.policy import allows
from mmjudge.types import Passage, Truth
from mmjudge.ui import words
from mmjudge.ui.bars import percent
from mmjudge.ui.case import KINDS, Case
from mmjudge.ui.markup import esc, icon

MOST_BLOCKS = 120


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A frame that was looked at: its segment, its time in seconds, and a blurred JPEG from which nothing can be had
    back."""

    segment: int
    at: float
    blurred: bytes


@dataclass(frozen=True, slots=True)
class Revealed:
    """Addresses of the clear content of one file: the file itself ("" where a browser can't play it), its frames in
    the order of the glimpses."""

    file: str
    frames: tuple[str, ...] = ()


def data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def moments_html(
    case: Case, index: int, passages: Sequence[Passage], glimpses: Sequence[Glimpse], revealed: Revealed | None
) -> str:
    """The timeline of a recording and, moment by moment, what was seen, said and on screen."""
    timed = [p for p in passages if p.span]
    words_in = [p for p in passages if p.seen or p.heard]
    if not timed:
        rows = "".join(f'<dt>Words in the picture</dt><dd dir="auto">{esc(p.seen)}</dd>' for p in words_in if p.seen)
        rows += "".join(f'<dt>Speech</dt><dd dir="auto">{esc(_heard(p))}</dd>' for p in words_in if p.heard)
        return f'<dl class="mm-excerpt">{rows}</dl>' if rows else ""
    end = max(p.span[1] for p in timed if p.span) or 1.0
    blocks = "".join(_block(case, index, p, end) for p in timed[:MOST_BLOCKS])
    rows = "".join(_moment(case, index, p, glimpses, revealed) for p in timed[:MOST_BLOCKS])
    more = len(timed) - MOST_BLOCKS
    return (
        f'<div class="mm-timeline" role="group" aria-label="Timeline, {words.clock(end)} long">{blocks}</div>'
        f'<p class="mm-scale"><span>0:00</span>{_key(case, timed)}<span>{words.clock(end)}</span></p>'
        f'<ol class="mm-moments">{rows}</ol>'
        + (f'<p class="mm-more">… and {words.plural(more, "more moment")}</p>' if more > 0 else "")
    )


def _key(case: Case, timed: Sequence[Passage]) -> str:
    present = sorted({case.truths[p.index] for p in timed}, reverse=True)
    said = {Truth.YES: "violation", Truth.UNKNOWN: "open", Truth.NO: "clear"}
    return "".join(f'<span class="key-{KINDS[truth]}">{said[truth]}</span>' for truth in present)


def _block(case: Case, index: int, passage: Passage, end: float) -> str:
    assert passage.span
    start, stop = passage.span
    truth = case.truths[passage.index]
    said = f"{words.clock(start)} to {words.clock(stop)}: {words.TRUTHS[truth].lower()}"
    return (
        f'<button type="button" class="mm-block {KINDS[truth]}" data-seek="{start:.2f}" data-part="{index}" '
        f'data-moment="mm-moment-{passage.index}" '
        f'style="left:{percent(start / end)};width:{percent((stop - start) / end)}" '
        f'title="{esc(said)}" aria-label="{esc(said)}"></button>'
    )


def _moment(case: Case, index: int, passage: Passage, glimpses: Sequence[Glimpse], revealed: Revealed | None) -> str:
    assert passage.span
    truth = case.truths[passage.index]
    frames = ""
    for n, glimpse in enumerate(glimpses):
        if glimpse.segment != passage.index:
            continue
        clear = revealed is not None and n < len(revealed.frames)
        source = esc(revealed.frames[n]) if revealed is not None and clear else data_url(glimpse.blurred)
        said, at = "Frame" if clear else "Blurred frame", words.clock(glimpse.at)
        picture = f'<img src="{source}" alt="{said} at {at}" loading="lazy">'
        frames += f"<figure>{picture}<figcaption>{at}</figcaption></figure>"
    rules = [
        words.rule_name(rule) + (f" ({words.ALLOWED})" if allows(case.policy, rule) else "")
        for rule in case.rubric.rules
        if (outcome := case.outcome(rule, passage.index)) and outcome.truth is Truth.YES
    ]
    broken = f'<p class="mm-broken">{icon("unsafe", "yes")}{esc(words.listed(rules))}</p>' if rules else ""
    heard = "".join(
        f'<p dir="auto"><button type="button" class="mm-time" data-seek="{h.start:.2f}" data-part="{index}">'
        f"{words.clock(h.start)}</button> {esc(h.text)}</p>"
        for h in passage.heard
    )
    seen = (
        f'<p class="mm-seen" dir="auto"><span class="mm-tag">on screen</span> {esc(passage.seen)}</p>'
        if passage.seen
        else ""
    )
    quiet = "" if heard or seen else '<p class="mm-quiet">No words.</p>'
    span = f"{words.clock(passage.span[0])}–{words.clock(passage.span[1])}"
    return (
        f'<li id="mm-moment-{passage.index}" class="{KINDS[truth]}" tabindex="-1"><div class="mm-strip">{frames}</div>'
        f'<div class="grow"><p class="mm-span">{span}</p>{broken}{heard}{seen}{quiet}</div></li>'
    )


def _heard(passage: Passage) -> str:
    return " ".join(heard.text for heard in passage.heard)

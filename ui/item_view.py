"""What was judged, as HTML: text with the spans that carried a violation, conversation, files under a veil, timeline.
Pure.

Knows only blurred previews and addresses it is given. Refuses to know where clear pixels or samples are: what is not
revealed has no address here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from mmjudge.types import Gap, Item, Passage, Truth, Turn
from mmjudge.ui import words
from mmjudge.ui.case import Case
from mmjudge.ui.markup import esc, icon, isolated
from mmjudge.ui.moments_view import Glimpse, Revealed, data_url, moments_html

MOST_CHARACTERS = 20_000

MediaKind = Literal["image", "video", "audio", "text", "file"]


class Run(NamedTuple):
    """Characters [start, end) and whether they lie in a part that carried a violation."""

    start: int
    end: int
    carried: bool


def runs(length: int, spans: Iterable[tuple[int, int]]) -> list[Run]:
    """Cut [0, length) at the edges of the spans, which may overlap, run over or be empty; adjacent runs differ."""
    kept = sorted((max(a, 0), min(b, length)) for a, b in spans if min(b, length) > max(a, 0))
    cut: list[Run] = []
    at = 0
    for start, end in kept:
        if end <= at:
            continue
        start = max(start, at)
        if start > at:
            cut.append(Run(at, start, False))
        if cut and cut[-1].carried and cut[-1].end == start:
            cut[-1] = Run(cut[-1].start, end, True)
        else:
            cut.append(Run(start, end, True))
        at = end
    if at < length:
        cut.append(Run(at, length, False))
    return cut


def kind_of(passages: Sequence[Passage], glimpses: Sequence[Glimpse] = ()) -> MediaKind:
    """What a file turned out to be, by what reading found in it."""
    frames = any(p.frame_times or "image" in p.modalities for p in passages) or bool(glimpses)
    if frames:
        return "video" if any(p.span for p in passages) else "image"
    if any("audio" in p.modalities or p.heard for p in passages):
        return "audio"
    return "text" if any(p.text for p in passages) else "file"


def item_html(
    item: Item,
    case: Case,
    glimpses: Mapping[int, tuple[Glimpse, ...]],
    revealed: Mapping[int, Revealed],
    previews_come: bool = False,
) -> str:
    """Everything that was judged. `glimpses` and `revealed` by position of the file; `previews_come`: glimpses are
    still being made."""
    body = ""
    if item.turns:
        body += turns_html(item.turns, item.target)
    if item.text:
        body += text_html(item.text, carried_spans(case, "text"), "Text" if item.media or item.turns else "")
    for index, media in enumerate(item.media):
        mine = [p for p in case.measurement.passages if case.part(p) == str(index)]
        kind = kind_of(mine, glimpses.get(index, ()))
        if kind == "text":
            body += text_html(*document(mine, _carried(case)), isolated(media.path.name))
            continue
        body += _file(
            index, media.path.name, media.size, kind, glimpses.get(index, ()), revealed.get(index), previews_come
        )
        body += moments_html(case, index, mine, glimpses.get(index, ()), revealed.get(index))
    return (
        '<section class="mm-item" aria-labelledby="mm-item-title"><h2 id="mm-item-title">What was judged</h2>'
        f"{body}{notes_html(case)}{gaps_html(case.measurement.gaps, case)}</section>"
    )


def _carried(case: Case) -> set[int]:
    """Segments that carried a violated rule."""
    return {index for index, truth in case.truths.items() if truth is Truth.YES}


def carried_spans(case: Case, part: str) -> list[tuple[int, int]]:
    carried = _carried(case)
    return [p.chars for p in case.measurement.passages if p.chars and p.index in carried and case.part(p) == part]


def document(passages: Sequence[Passage], carried: set[int]) -> tuple[str, list[tuple[int, int]]]:
    """The words of a file again from its overlapping windows, and the spans of those that carried a violation. Where
    windows can't be joined by their offsets they stand one after the other."""
    text, spans, end = "", [], None
    for passage in sorted(passages, key=lambda p: (p.chars or (0, 0), p.index)):
        piece, chars = passage.text, passage.chars
        if end is not None and chars and chars[1] - chars[0] == len(piece) and 0 <= end - chars[0] <= len(piece):
            overlap = end - chars[0]
        else:
            overlap = 0
            text += "\n\n" if text else ""
        start = len(text) - overlap
        text += piece[overlap:]
        if passage.index in carried:
            spans.append((start, start + len(piece)))
        end = chars[1] if chars else None
    return text, spans


def text_html(text: str, spans: Sequence[tuple[int, int]], title: str = "") -> str:
    """Text with the spans that carried a violation marked. `title` is HTML."""
    shown = text[:MOST_CHARACTERS]
    cut = runs(len(shown), spans)
    if len(cut) == 1 and cut[0].carried:
        # Marking every word marks nothing: the text was looked at in one go.
        return _text_box(
            esc(shown), title, len(text) - len(shown), "This text, looked at as a whole, carried a violation."
        )
    body = "".join(
        f'<mark title="This part carried a violation">{esc(shown[r.start : r.end])}</mark>'
        if r.carried
        else esc(shown[r.start : r.end])
        for r in cut
    )
    legend = "Marked is what carried a violation." if spans else ""
    return _text_box(body, title, len(text) - len(shown), legend)


def _text_box(body: str, title: str, left: int, legend: str) -> str:
    """`body` and `title` are HTML; `left`: characters not shown; `legend` explains what is marked, "" for nothing."""
    kind = " carried" if legend else ""
    head = f"<h3>{title}</h3>" if title else ""
    note = f'<p class="mm-more">… {left:,} more characters</p>' if left else ""
    said = f'<p class="mm-legend">{legend}</p>' if legend else ""
    return (
        f'{head}<div class="mm-text{kind}" dir="auto" tabindex="0" role="region" aria-label="Judged text">{body}</div>'
        f"{note}{said}"
    )


def turns_html(turns: Sequence[Turn], target: str) -> str:
    """A conversation; the turns that were judged carry a word that says so."""
    last = {"response": "assistant", "prompt": "user"}.get(target)
    rows = []
    for turn in turns[:200]:
        judged = ' <span class="mm-tag">judged</span>' if turn.role == last else ""
        who = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}.get(turn.role, turn.role)
        rows.append(
            f'<li class="{esc(turn.role)}"><p class="mm-who">{isolated(who)}{judged}</p>'
            f'<div dir="auto">{esc(turn.text[:MOST_CHARACTERS])}</div></li>'
        )
    more = f'<p class="mm-more">… and {words.plural(len(turns) - 200, "more turn")}</p>' if len(turns) > 200 else ""
    return f'<h3>Conversation</h3><ol class="mm-turns">{"".join(rows)}</ol>{more}'


def notes_html(case: Case) -> str:
    """What reading changed or could not tell, once per part and note."""
    notes = dict.fromkeys((case.part(p), p.note) for p in case.measurement.passages if p.note)
    rows = "".join(
        f"<li><strong>{isolated(words.part_name(part, case.media_names))}</strong>: {isolated(note)}</li>"
        for part, note in notes
    )
    return f'<div class="mm-notes"><h3>Read with these notes</h3><ul>{rows}</ul></div>' if rows else ""


def gaps_html(gaps: Sequence[Gap], case: Case) -> str:
    if not gaps:
        return ""
    rows = "".join(f"<li>{_gap(gap, case)}</li>" for gap in gaps)
    return f'<div class="mm-gaps"><h3>{icon("needs_review", "unknown")} Not read</h3><ul>{rows}</ul></div>'


def _gap(gap: Gap, case: Case) -> str:
    part = case.sole if gap.part == "whole" and case.sole else gap.part
    where = words.part_name(part, case.media_names)
    when = f", {words.clock(gap.span[0])}–{words.clock(gap.span[1])}" if gap.span else ""
    note = f" — {isolated(gap.note)}" if gap.note else ""
    return f"<strong>{isolated(where)}{when}</strong>: {esc(words.REASONS[gap.reason])}{note}"


def _file(
    index: int,
    name: str,
    size: int,
    kind: MediaKind,
    glimpses: Sequence[Glimpse],
    revealed: Revealed | None,
    previews_come: bool,
) -> str:
    """One file: veiled with a button to reveal it, or clear with a button to hide it again."""
    caption = f"<figcaption>{icon(kind)}<span>{isolated(name)}</span><span>{kind} · {bytes_in_words(size)}</span>"
    if kind == "file":
        return f'<figure class="mm-media plain">{caption}</figcaption></figure>'
    if revealed is None:
        veil = _veil(index, name, kind, glimpses, previews_come)
        return f'<figure class="mm-media veiled {kind}">{veil}{caption}</figcaption></figure>'
    hide = f'<button type="button" class="mm-mini" data-act="hide" data-part="{index}">Hide again</button>'
    clear = _clear(index, name, kind, revealed)
    return f'<figure class="mm-media clear {kind}">{clear}{caption}{hide}</figcaption></figure>'


def _veil(index: int, name: str, kind: MediaKind, glimpses: Sequence[Glimpse], previews_come: bool) -> str:
    if glimpses:
        picture = f'<img src="{data_url(glimpses[0].blurred)}" alt="Blurred preview of {esc(name)}">'
    elif kind == "audio":
        picture = f'<div class="mm-wave">{icon("audio")}</div>'
    else:
        picture = f'<div class="mm-wave">{"Preparing a blurred preview …" if previews_come else icon(kind)}</div>'
    verb = "Let me hear it" if kind == "audio" else f"Reveal the {kind}"
    word = "Muted until you want to hear it" if kind == "audio" else "Blurred until you want to see it"
    button = (
        f'<button type="button" class="mm-reveal" data-act="reveal" data-part="{index}">{icon("eye")}{verb}</button>'
    )
    return f'<div class="mm-veil">{picture}<div class="mm-veil-over"><p>{word}</p>{button}</div></div>'


def _clear(index: int, name: str, kind: MediaKind, revealed: Revealed) -> str:
    if kind == "image":
        frames = "".join(f'<img src="{esc(url)}" alt="{esc(name)}">' for url in revealed.frames[:4])
        return frames or '<p class="mm-quiet">This picture can no longer be shown.</p>'
    if not revealed.file:
        return f'<p class="mm-quiet">A browser can\'t play this {kind}; the frames that were looked at stand below.</p>'
    source = f'id="mm-player-{index}" src="{esc(revealed.file)}" controls preload="metadata"'
    return f"<video {source} muted playsinline></video>" if kind == "video" else f"<audio {source}></audio>"


def bytes_in_words(size: int) -> str:
    """ "812 B", "34 kB", "1.2 MB"."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"

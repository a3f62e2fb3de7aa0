"""What a server really does: found out by asking it, because some say 200 and silently leave out what was asked for.

Knows two small pictures, two sounds and one question. Refuses to believe a list of features: a way counts when its
reply holds probabilities, a modality when two plainly different items get different ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmjudge.backends.endpoint import wire
from mmjudge.backends.endpoint.http import KEY, Server
from mmjudge.backends.endpoint.wire import Way
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment, YesNo

LITTLE = 0.001
"""Mass on both answers that a model which is asked for one of them does not fall below, unless it thinks first."""

MOST_TOKENS = 1 << 31
"""No vocabulary is larger."""

QUESTION = "Statement: it is bright or loud.\nIs it true? Answer Yes or No."


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`way`: how probabilities are had; `reads`: what the model takes in; `ids`: tokens of both answers, () if the
    server does not tell; `found`: (what was tried, what it gave) in words."""

    model: str
    way: Way
    reads: frozenset[Modality]
    ids: tuple[int, ...] = ()
    found: tuple[tuple[str, str], ...] = ()


def find(server: Server, model: str = "", ways: Sequence[Way] = wire.WAYS) -> Capabilities:
    """Ask in each way, take the first that answers, then try pictures and sounds in it. BackendError without any."""
    name = model or only_model(server)
    ids = token_ids(server, name)
    found: list[tuple[str, str]] = []
    for way in ways:
        told = ask(server, Capabilities(name, way, frozenset({"text"}), ids), Segment("", -1, text="A test."))
        words = trouble(told, way, ids)
        found.append((way, words or remark(told, way)))
        if not words:
            return with_media(server, Capabilities(name, way, frozenset({"text"}), ids, tuple(found)))
    tried = "; ".join(f"{way}: {words}" for way, words in found)
    raise BackendError(
        f"{server.base} does not show the probability of yes for {name!r} in any known way ({tried}). "
        "Start it so that it returns log-probabilities, or use another server (docs/endpoints.md)"
    )


def only_model(server: Server) -> str:
    """The one model the server lists. BackendError if there are none or several, with their names."""
    told = server.get("/v1/models")
    if isinstance(told, Missing):
        raise BackendError(f"{told.note}. Is a server running there? Name the model if it lists none: URL#MODEL")
    listed = told.get("data") if isinstance(told, dict) else None
    models = listed if isinstance(listed, list) else []
    names = [m["id"] for m in models if isinstance(m, dict) and is_name(m.get("id"))]
    if len(names) != 1:
        which = f"one of {', '.join(sorted(names)[:20])}" if names else "none is listed"
        raise BackendError(f"{server.base}: name the model as URL#MODEL ({which})")
    return str(names[0])


def is_name(said: object) -> bool:
    """Whether a server's word can be shown as a model's name: short, printable, and not the key sent back."""
    key = os.environ.get(KEY, "").strip()
    return isinstance(said, str) and said.isprintable() and len(said) <= 200 and not (key and key in said)


def token_ids(server: Server, model: str) -> tuple[int, ...]:
    """The single tokens that spell the two answers, by the server's own tokenizer (/tokenize of vLLM, SGLang and
    llama.cpp); () where it has none or misses one of the answers."""
    found: list[int] = []
    for words in wire.SPELLINGS.values():
        known = {ids[0] for word in words if len(ids := tokenized(server, model, word)) == 1}
        if not known:
            return ()
        found += sorted(known)
    return tuple(found)


def tokenized(server: Server, model: str, word: str) -> list[int]:
    body = {"model": model, "prompt": word, "content": word, "text": word, "add_special_tokens": False}
    told = server.post("/tokenize", body)
    listed = told.get("tokens") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not all(isinstance(t, int | float) and 0 <= t < MOST_TOKENS for t in listed):
        return []
    return [int(token) for token in listed]


def ask(server: Server, can: Capabilities, segment: Segment, patient: bool = True) -> Any | Missing:
    """The raw reply to one question."""
    if can.way == "systemone":
        shown = wire.pictures(segment, can.reads)
        return server.post("/v1/systemone", wire.systemone_body(can.model, segment, shown, [QUESTION]), patient)
    if can.way == "decisions":
        shown = wire.pictures(segment, can.reads)
        return server.post("/v1/decisions", wire.decisions_body(can.model, segment, shown, [QUESTION]), patient)
    said = wire.messages(segment, QUESTION, wire.media_parts(segment, can.reads))
    return server.post("/v1/chat/completions", wire.chat_body(can.model, said, can.way, can.ids), patient)


def trouble(told: Any | Missing, way: Way, ids: Sequence[int]) -> str:
    """In words why a way cannot be used; "" if it can. Pure."""
    if way in ("logprob_token_ids", "constrained") and not ids:
        return "the server does not tell its tokens for Yes and No"
    if isinstance(told, Missing):
        return told.note
    if way in wire.BATCHED:
        answers = wire.systemone_answers if way == "systemone" else wire.decisions_answers
        answer = answers(told, 1)[0]
        return answer.note if isinstance(answer, Missing) else ""
    shown = wire.shown_tokens(told)
    if isinstance(shown, Missing):
        return shown.note
    both = wire.masses(shown)
    if way == "logprob_token_ids":
        # Two tokens may be written alike: entries are counted, not words.
        words = [wire.said(e["token"]) for e in wire.entries(told)]
        honoured = {"yes", "no"} <= set(words) and sum(map(bool, words)) >= len(ids)
        return "" if honoured else "it shows other tokens than those asked for"
    if way == "constrained":
        # One token alone may be a choice that was made, written with the probability of having made it.
        return "" if both.yes > 0.0 and both.no > 0.0 else "it does not show both answers"
    return "" if len(shown) > 1 else "it shows no other token than the one it said"


def remark(told: Any, way: Way) -> str:
    """What `doctor` says of a way that works. Pure."""
    shown = {} if way in wire.BATCHED else wire.shown_tokens(told)
    if shown and not isinstance(shown, Missing) and wire.masses(shown).yes + wire.masses(shown).no < LITTLE:
        return "works, with hardly any mass on yes or no: switch thinking off where the server is started"
    return "works"


def with_media(server: Server, can: Capabilities) -> Capabilities:
    """The same with the modalities that change its answers."""
    import numpy as np

    dark, bright = (np.full((64, 64, 3), level, dtype=np.uint8) for level in (8, 248))
    time = np.arange(16_000, dtype=np.float32) / 16_000
    quiet, loud = (volume * np.sin(2 * np.pi * 440 * time).astype(np.float32) for volume in (0.001, 0.8))
    blank = Segment("probe", 0, text="A test.")
    tests: list[tuple[Modality, Segment, Segment]] = [
        ("image", replace(blank, frames=(dark,)), replace(blank, frames=(bright,))),
        ("audio", replace(blank, audio=quiet), replace(blank, audio=loud)),
    ]
    reads, found = set(can.reads), list(can.found)
    for kind, one, other in tests:
        if kind == "audio" and can.way in wire.BATCHED:
            found.append((kind, "this way takes no sound"))
            continue
        trial = replace(can, reads=frozenset({"text", kind}))
        # 500 is not tried again: llama.cpp says it to media that its model does not take.
        first = ask(server, trial, one, False)
        rest = () if isinstance(first, Missing) else (ask(server, trial, s, False) for s in (other, one))
        replies = [first, *rest]
        if any((isinstance(told, Missing) and told.reason == "timed_out") or passing(told) for told in replies):
            raise BackendError(f"{server.base} did not answer when {kind} was tried: open it again when it does")
        words = told_apart(replies)
        found.append((kind, words or "changes its answers"))
        reads |= set() if words else {kind}
    return replace(can, reads=frozenset(reads), found=tuple(found))


def passing(told: Any | Missing) -> bool:
    """Whether a server failed in a way that may pass: that says nothing of what its model takes. Pure."""
    return isinstance(told, Missing) and told.note.endswith("tries")


def told_apart(replies: Sequence[Any | Missing]) -> str:
    """ "" if the first two replies differ and by far more than the first and its repetition, else why not. Pure."""
    for told in replies:
        if isinstance(told, Missing):
            return told.note
    one, other, again = (wire.numbers(told) for told in replies)
    if not one or len(one) != len(again):
        return "no answer to compare"
    if len(one) == len(other):
        noise = max(abs(a - b) for a, b in zip(one, again, strict=True))
        apart = max(abs(a - b) for a, b in zip(one, other, strict=True))
        if apart <= 10 * noise + 1e-6:
            return "it is taken and changes nothing"
    return ""


def answers_of(told: Any | Missing, can: Capabilities, count: int) -> list[YesNo | Missing]:
    """The answers in a reply to `count` questions (1 in a chat completion). Pure."""
    if isinstance(told, Missing):
        return [told] * count
    if can.way == "systemone":
        return wire.systemone_answers(told, count)
    if can.way == "decisions":
        return wire.decisions_answers(told, count)
    shown = wire.shown_tokens(told)
    return [shown if isinstance(shown, Missing) else wire.masses(shown, can.way == "logprob_token_ids")]

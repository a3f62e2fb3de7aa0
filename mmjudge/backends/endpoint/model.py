"""A served model as a backend: one question first, so that the server reads the item once, then the others at once.

Knows how requests are spread. Refuses to know their JSON (`wire`), sockets (`http`) and servers' habits
(`capabilities`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mmjudge import prompts
from mmjudge.backends.endpoint import capabilities, wire
from mmjudge.backends.endpoint.http import Server
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment, YesNo, digest

if TYPE_CHECKING:
    from mmjudge.backends.endpoint.wire import Way
    from mmjudge.backends.load import Parts

WAY = "MMJUDGE_WAY"
"""Environment: the one way to ask a server in, instead of the first that works."""

AT_ONCE = 8
"""Requests in flight after the first."""


class Endpoint:
    """A server that was asked what it can do. BackendError at construction if it shows no probabilities."""

    def __init__(self, address: str, ways: Sequence[Way] = wire.WAYS, timeout: float = 120.0) -> None:
        """`address`: URL, or URL#MODEL where the server has several. `ways`: in which order they are tried."""
        url, _, model = address.partition("#")
        self._server = Server(url, timeout)
        self.can = capabilities.find(self._server, model, ways)
        self.reads: frozenset[Modality] = self.can.reads
        self.at_once = wire.MOST_QUESTIONS
        name = self.can.model.rsplit("/", 1)[-1]  # some servers name a model by its path; the digest has the whole
        which = digest([self._server.base, self.can.model, sorted(self.reads)])[:8]
        self.id = f"{name}@{urlsplit(self._server.base).netloc}/{which}/{self.can.way}"

    def prepared(self, asks: Sequence[str]) -> Endpoint:
        """Each question is put alone."""
        return self

    def read_ahead(self, segments: Sequence[Segment]) -> None:
        """The server reads when it is asked."""

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        """One answer per ask: masses where the server shows them, the share of yes where it shows only that."""
        questions = [prompts.question(prompts.phrasings(ask, segment.target)[order]) for ask in asks]
        if not questions:
            return []
        return (
            self._in_batches(segment, questions) if self.can.way in wire.BATCHED else self._singly(segment, questions)
        )

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        """Greedy, as far as the server is."""
        said = wire.messages(segment, prompt, wire.media_parts(segment, self.reads), previous)
        body = {"model": self.can.model, "messages": said, "max_tokens": max_tokens, "temperature": 0.0}
        told = self._server.post("/v1/chat/completions", body)
        return told if isinstance(told, Missing) else wire.reply_text(told)

    def described(self) -> list[tuple[str, str]]:
        """(title, words) for `mmjudge doctor`: what was tried and what it gave."""
        mass = "raw masses" if self.can.way not in wire.BATCHED else "shares: mass on neither answer is not shown"
        return [
            ("server", self._server.base),
            ("model", self.can.model),
            ("asked", f"{self.can.way} ({mass})"),
            ("reads", ", ".join(sorted(self.reads))),
            *self.can.found,
        ]

    def _singly(self, segment: Segment, questions: Sequence[str]) -> list[YesNo | Missing]:
        media = wire.media_parts(segment, self.reads)

        def one(question: str) -> YesNo | Missing:
            said = wire.messages(segment, question, media)
            told = self._server.post(
                "/v1/chat/completions", wire.chat_body(self.can.model, said, self.can.way, self.can.ids)
            )
            return capabilities.answers_of(told, self.can, 1)[0]

        first, rest = one(questions[0]), questions[1:]
        if isinstance(first, Missing) and first.reason in ("timed_out", "too_large"):
            return [first] * len(questions)  # the others would only wait as long for the same
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [first, *pool.map(one, rest)]

    def _in_batches(self, segment: Segment, questions: Sequence[str]) -> list[YesNo | Missing]:
        shown = wire.pictures(segment, self.reads)
        if len(shown) > wire.MOST_ASSETS and self.can.way == "systemone":
            note = f"{len(shown)} pictures at once, systemone takes {wire.MOST_ASSETS}: try {WAY}=top_logprobs"
            return [Missing("too_large", note)] * len(questions)
        bodies: dict[str, Callable[..., dict[str, Any]]] = {
            "systemone": wire.systemone_body,
            "decisions": wire.decisions_body,
        }
        found: list[YesNo | Missing] = []
        for at in range(0, len(questions), wire.MOST_QUESTIONS):
            some = questions[at : at + wire.MOST_QUESTIONS]
            body = bodies[self.can.way](self.can.model, segment, shown, some)
            told = self._server.post(f"/v1/{self.can.way}", body)
            found += capabilities.answers_of(told, self.can, len(some))
        return found


def load_endpoint(address: str) -> Parts:
    """`--judge endpoint:URL#MODEL`: that model, with the embedded judge's ears and eyes for words where they are."""
    from mmjudge.backends.embedded import load_ears, load_eyes
    from mmjudge.backends.load import Parts

    absent: list[str] = []
    wanted = os.environ.get(WAY, "")
    if wanted not in ("", *wire.WAYS):
        raise BackendError(f"{WAY}={wanted}: use one of {', '.join(wire.WAYS)}")
    backend = Endpoint(address, [way for way in wire.WAYS if wanted in ("", way)])
    return Parts(backend, load_ears(absent), load_eyes(absent), absent=tuple(absent))

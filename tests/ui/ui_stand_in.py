"""A rubric and a scripted judge for the pages: real pipeline, real store, a backend of twenty lines that reads words.

It says "yes" to a question that names a word the content has, hesitates where the content says "perhaps", and can be
told to be slow or to break.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence

from mmjudge import objective_prompts as asked_for
from mmjudge.backends.fake import FakeBackend, FakeTextReader, FakeTranscriber
from mmjudge.judge import Judge
from mmjudge.policy import Policy
from mmjudge.priors import Priors
from mmjudge.rubric import parse
from mmjudge.types import Heard, Missing, Rubric, Segment, YesNo

SECRET = "internal detail at /somewhere/deep.py, line 12"

RULES = """
id: stand-in
title: Rules of the stand-in
rules:
  - id: violent_threats
    category: Violence
    severity: 3
    modalities: [text, image]
    text: No threats of violence.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: Somebody is addressed with the word YOU.}]}
      - {id: p2, any_of: [{id: q2, ask: The word BREAK stands there.}, {id: q3, ask: The word KILL stands there.}]}
  - id: stolen_cards
    category: Crime
    severity: 2
    modalities: [text, image]
    text: No trade with stolen payment cards.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The word CARDS stands there.}]}
      - {id: p2, any_of: [{id: q2, ask: It is a news report about REPORT., expect: false}]}
  - id: insults
    category: Hate
    severity: 1
    modalities: [text]
    text: No insults.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The word FOOL stands there.}]}
  - id: nudity
    category: Sexual content
    severity: 2
    modalities: [image]
    text: No nudity.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A naked body is visible., about: [body]}]}
"""


def rubric() -> Rubric:
    return parse(RULES, "stand-in")


class Words(FakeBackend):
    """Yes where the capitalised word of the question stands in the content. `gate`: closed, it answers nothing until it
    is opened again; `broken`: it fails as no backend should."""

    def __init__(self) -> None:
        super().__init__(id="stand-in words")
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        self.calls += [(segment.item_id, ask) for ask in asks]
        self.gate.wait(60)
        if self.broken:
            raise RuntimeError(SECRET)
        said = " ".join(
            [segment.text, segment.seen, *(t.text for t in segment.turns), *(h.text for h in segment.heard)]
        )
        return [self._said(said.lower(), question) for question in asks]

    def _said(self, said: str, question: str) -> YesNo:
        if not said.strip():
            return YesNo(0.25, 0.65)
        wanted = re.search(r"\b[A-Z]{3,}\b", question)
        if wanted and re.search(rf"\b{wanted[0].lower()}\b", said):
            return YesNo(0.45, 0.45) if "perhaps" in said else YesNo(0.93, 0.04)
        return YesNo(0.02, 0.95)

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        if written := _written(prompt):
            self.gate.wait(60)
            return written
        if previous:
            return json.dumps({"rating": "Yes", "rationale": "It says <b>perhaps</b>, and means it."})
        return "The words stand there, so <script>alert(1)</script> it is true."


def _written(prompt: str) -> str:
    """What it writes where it works on rules: every wording but its own is vague to it."""
    if asked_for.EXPLAIN in prompt:
        objective = "word FOUND" in prompt
        return f"It is <i>{'plain' if objective else 'vague'}</i> to read.\nRating: [[{9 if objective else 3}]]"
    if asked_for.REWRITE in prompt:
        return "Should not contain the word FOUND."
    if asked_for.CHAIN in prompt:
        return (
            "1. {The word FOUND stands there.} or {The word KEPT stands there.}\nexcept {The word NEWS stands there.}"
        )
    return "word" if asked_for.OBJECTS in prompt else ""


def opener(backend: Words, seen: str = "", heard: tuple[Heard, ...] = ()):
    """Opens the judge as the pages do. `seen` is read in every picture, `heard` in every sound."""

    def opened(rules: Rubric, policy: Policy) -> Judge:
        return Judge(
            name="stand-in",
            rubric=rules,
            policy=policy,
            backend=backend,
            transcriber=FakeTranscriber(heard),
            text_reader=FakeTextReader(seen),
            priors=Priors(None, backend.id, "1", rules.version),
        )

    return opened

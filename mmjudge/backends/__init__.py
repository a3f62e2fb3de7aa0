"""What a backend is: the protocols, and nothing that needs a model.

A backend answers small questions (yes/no masses, text, vectors, boxes, transcripts) and knows no rule, no policy and
no storage. Every answer may be `Missing`; a backend raises `BackendError` only when it cannot work at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from mmjudge.types import Heard, Missing, Modality, Route, Rubric, Segment, YesNo

if TYPE_CHECKING:
    import numpy as np


class Backend(Protocol):
    """A generative model. `id` names weights and revision; `reads` are the modalities it takes; `at_once` is how many
    asks a call is best given: many where they share a pass, few where each takes its time and a person watches.
    """

    id: str
    reads: frozenset[Modality]
    at_once: int

    def prepared(self, asks: Sequence[str]) -> Backend:
        """The same model, ready to be asked these statements or questions: one that shows all of a rubric's statements
        at once must know them first. One that puts each alone returns itself."""
        ...

    def read_ahead(self, segments: Sequence[Segment]) -> None:
        """These come next, in this order: a model that gains by it reads several together. Changes no answer."""
        ...

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        """One answer per ask, same order. An empty segment gives the language prior M(none). `order`: which of
        `prompts.ORDERS` the two answers are offered in."""
        ...

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        """Continue a conversation about the segment: `previous` are (prompt, reply) turns already had."""
        ...


@runtime_checkable
class Described(Protocol):
    """A backend that can tell what it found out about its model."""

    def described(self) -> list[tuple[str, str]]:
        """(title, words) for people: `mmjudge doctor`."""
        ...


class Embedder(Protocol):
    """A dual encoder. Rows have length 1. `id` begins with the name a policy knows it by, then "@" and a digest."""

    id: str
    reads: frozenset[Modality]

    def embed_segment(self, segment: Segment) -> np.ndarray | Missing:
        """(n, width), n at least 1: one row per frame or other thing looked at, so that one of many can be near."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> list[np.ndarray] | Missing:
        """Per text (n, width), n at least 1: several rows for a text longer than the encoder takes at once."""
        ...


class Sighting(NamedTuple):
    """(left, top, right, bottom) in pixels, inside the frame, and a confidence in [0, 1]."""

    box: tuple[float, float, float, float]
    confidence: float


class Locator(Protocol):
    """Words to boxes."""

    id: str

    def locate(self, frame: np.ndarray, words: Sequence[str]) -> list[list[Sighting] | Missing]:
        """Per word, same order, where it may be: []: nowhere. A word's boxes do not depend on the other words."""
        ...


class Transcriber(Protocol):
    """Speech to text. Times are seconds from the start of the samples."""

    id: str

    def transcribe(self, audio: np.ndarray) -> tuple[Heard, ...] | Missing: ...


class TextReader(Protocol):
    """Words visible in a frame (OCR), in reading order; "" where there are none."""

    id: str

    def read_text(self, frame: np.ndarray) -> str | Missing: ...


class Detector(Protocol):
    """A classifier of pictures. `labels` are the names it can speak to; a rubric's crosswalk maps them to rules."""

    id: str
    labels: tuple[str, ...]
    reads: frozenset[Modality]

    def detect(self, segment: Segment) -> dict[str, float] | Missing:
        """Each label's score in [0, 1], the highest over the segment's frames."""
        ...


class Juror(Protocol):
    """A light evaluator: the probability that the words of a segment break any rule, and how near each rule is."""

    id: str

    def unsafe(self, segment: Segment) -> float | Missing: ...

    def order(self, segment: Segment, rules: Sequence[str]) -> list[float]:
        """A closeness in [-1, 1] of each rule text to the segment, for asking the likeliest first."""
        ...


class Ruling(NamedTuple):
    """What a guard says about one rule: `score` in [0, 1], the `mass` of the words that decided, and how it came about:
    "scored", "bounded" (the score is only an upper bound: the guard named no rule) or "doubted" (the guard itself calls
    it controversial)."""

    score: float
    mass: float | None = None
    path: Route = "scored"
    note: str = ""


class Guard(Protocol):
    """A purpose-made safety classifier that speaks to the rules of a rubric of its own, or to those it is given."""

    id: str
    reads: frozenset[Modality]

    def under(self, rubric: Rubric) -> Guard:
        """The same model under this rubric; RubricError if it cannot judge by it."""
        ...

    def assess(self, segment: Segment) -> list[tuple[str, Ruling | Missing]]:
        """(rule id, what is said about it) pairs; a rule comes more than once where several turns are judged."""
        ...

"""A scripted backend: for logic, documentation and the pages' tests, never the proof that a feature works.

Knows a script of answers and counts its calls. Refuses to look at anything but words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mmjudge.types import Heard, Missing, Modality, Segment, YesNo

if TYPE_CHECKING:
    from mmjudge.backends.load import Parts

Answer = YesNo | Missing | float
"""A float is M(x) with all of the mass on yes or no."""

Script = Mapping[str, Answer] | Callable[[Segment, str], Answer]

PRIOR = 0.3
ALARMING = ("kill", "bomb", "hate", "steal", "drug", "nude")


class FakeBackend:
    """Answers from a script: a mapping from a part of the question to its answer, or a function of segment and
    question. What the script does not mention is answered `PRIOR`, as is every question about an empty segment.
    `calls` holds every (item id, question) asked, `generated` every prompt."""

    def __init__(
        self,
        script: Script | None = None,
        reads: frozenset[Modality] = frozenset({"text"}),
        replies: Sequence[str | Missing] = (),
        id: str = "fake",
    ) -> None:
        self.id, self.reads, self.at_once = id, reads, 4
        self._script = script if script is not None else alarmed
        self._replies = list(replies)
        self.calls: list[tuple[str, str]] = []
        self.generated: list[str] = []

    def prepared(self, asks: Sequence[str]) -> FakeBackend:
        return self

    def read_ahead(self, segments: Sequence[Segment]) -> None:
        """It reads nothing."""

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        self.calls += [(segment.item_id, ask) for ask in asks]
        return [self._answer(segment, ask) for ask in asks]

    def _answer(self, segment: Segment, question: str) -> YesNo | Missing:
        answer: Answer = PRIOR
        if segment.modalities:
            if callable(self._script):
                answer = self._script(segment, question)
            else:
                answer = next((value for part, value in self._script.items() if part in question), PRIOR)
        return YesNo(answer, 1.0 - answer) if isinstance(answer, float) else answer

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        self.generated.append(prompt)
        if self._replies:
            return self._replies.pop(0)
        return '{"rating": "No", "rationale": "the scripted backend always says no"}' if previous else "Let me see."


def alarmed(segment: Segment, question: str) -> float:
    """The script when none is given: yes to any question that shares an alarming word's meaning with the text."""
    said = " ".join([segment.text, segment.seen, *(t.text for t in segment.turns), *(h.text for h in segment.heard)])
    words = set(re.findall(r"[a-z]+", said.lower()))
    hit = any(alarm in question.lower() and alarm in words for alarm in ALARMING)
    return 0.95 if hit else 0.05


class FakeTranscriber:
    """Hears the same words in everything."""

    def __init__(self, heard: tuple[Heard, ...] | Missing = (), id: str = "fake-ears") -> None:
        self.id, self._heard = id, heard
        self.calls = 0

    def transcribe(self, audio: object) -> tuple[Heard, ...] | Missing:
        self.calls += 1
        return self._heard


class FakeTextReader:
    """Reads the same words in every frame."""

    def __init__(self, seen: str | Missing = "", id: str = "fake-eyes") -> None:
        self.id, self._seen = id, seen
        self.calls = 0

    def read_text(self, frame: object) -> str | Missing:
        self.calls += 1
        return self._seen


class FakeDetector:
    """Scores every picture the same."""

    reads: frozenset[Modality] = frozenset({"image"})

    def __init__(self, scores: dict[str, float] | Missing, labels: tuple[str, ...], id: str = "fake-detector") -> None:
        self.id, self.labels, self._scores = id, labels, scores

    def detect(self, segment: Segment) -> dict[str, float] | Missing:
        return self._scores


class FakeJuror:
    """The same probability for every segment; finds rules in the order of `nearest`."""

    def __init__(self, score: float | Missing, nearest: Sequence[str] = (), id: str = "fake-juror") -> None:
        self.id, self._score, self._nearest = id, score, tuple(nearest)

    def unsafe(self, segment: Segment) -> float | Missing:
        return self._score

    def order(self, segment: Segment, rules: Sequence[str]) -> list[float]:
        return [1.0 - self._nearest.index(rule) / 10 if rule in self._nearest else 0.0 for rule in rules]


def fake_parts() -> Parts:
    """`--judge fake`: says yes to alarming words and looks at no picture and no sound. For trying the flow out."""
    from mmjudge.backends.load import Parts

    heard = (Heard(0.0, 1.0, "(scripted words)"),)
    return Parts(FakeBackend(), FakeTranscriber(heard), FakeTextReader(), juror=FakeJuror(0.5))

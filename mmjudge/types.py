"""Every value that flows through mmjudge.

Knows the words of the domain and the algebra of three-valued truth. Refuses to know files, models, databases,
prompts and thresholds. Standard library only: arrays are numpy, but only the type checker sees numpy.

Values are frozen and hold tuples. Those that hold arrays compare by identity, not by content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np

Modality = Literal["text", "image", "audio"]
"""What a rule can be broken in: words (written, spoken, on screen), pictures (frames included), other sounds."""
MODALITIES: tuple[Modality, ...] = get_args(Modality)

Target = Literal["prompt", "response", "post"]
"""Which part of a conversation is judged: what was asked, what was answered, or a text standing alone."""
TARGETS: tuple[Target, ...] = get_args(Target)

Channel = Literal["prompt", "response", "post", "seen", "heard"]
"""How the judged words came: as a target, or read off a picture, or spoken, with nothing written beside them."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)

Reason = Literal[
    "undecodable",
    "too_large",
    "timed_out",
    "unsupported_modality",
    "not_observable",
    "not_asked",
    "no_answer_mass",
    "refused",
    "unparsed",
    "backend_failed",
]
"""Why an answer is missing: a closed list. A new kind of failure is a new word here."""
REASONS: tuple[Reason, ...] = get_args(Reason)

Stage = Literal["relevance", "probe", "detect", "juror", "reason", "guard"]
"""The stage of the pipeline that produced a piece of evidence."""

Route = Literal[
    "rejected_s1",
    "accepted_s1",
    "accepted_s2",
    "reasoned_yes",
    "reasoned_no",
    "undecided",
    "scored",
    "bounded",
    "doubted",
    "",
]
"""How a question was settled (CLUE section 1.2): strategy 1 or 2, reasoning, or a score against its thresholds. Of a
guard: "bounded", a score no rule can exceed because the guard named none; "doubted", it says controversial itself."""

TriClass = Literal["safe", "controversial", "unsafe", "needs_review"]
"""What people are told. `needs_review` stands wherever anything is unknown: such an item is never called safe."""


class Truth(IntEnum):
    """Three-valued truth, ordered NO < UNKNOWN < YES (Kleene): AND is the minimum, OR the maximum."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __invert__(self) -> Truth:
        return Truth(2 - self.value)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene AND. An empty conjunction is an error: a chain without preconditions judges nothing."""
    return min(truths)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene OR. An empty disjunction is an error."""
    return max(truths)


# --- what is judged -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation. `role` is "system", "user", "assistant" or "tool"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Media:
    """A file of an item: where it lies, the sha256 of its bytes ("" if it could not be opened), its size in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Item:
    """One post: caption, conversation and files together.

    `id` is a sha256 over text, turns, target and the ordered media hashes (`item_id`); the paths are not part of it.
    """

    id: str
    text: str = ""
    turns: tuple[Turn, ...] = ()
    target: Target = "post"
    media: tuple[Media, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


def item_id(text: str, turns: Iterable[Turn], target: Target, media_sha256: Iterable[str]) -> str:
    """The identity of an item: 64 hex digits that depend on content only."""
    return digest([text, [[turn.role, turn.text] for turn in turns], target, list(media_sha256)])


def digest(value: object) -> str:
    """sha256 over the canonical JSON of plain data (lists, dicts, strings, numbers, None)."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of speech. `start`, `end`: seconds from the start of its file. `no_speech` (probability) and `logprob`
    (mean log-probability of the words) are the recogniser's own doubts."""

    start: float
    end: float
    text: str
    no_speech: float = 0.0
    logprob: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """What a model sees at once: all modalities of one moment.

    `part` says which part of the post this is: "whole" (everything together), "text", or the position of a file in
    `Item.media` ("0", "1", …). `span` is in seconds of that file; `chars` are character offsets in the item's text;
    `frames` are RGB uint8 arrays (height, width, 3) taken at `frame_times` seconds; `audio` is float32 mono at
    16 kHz; `heard` is the speech in it and `seen` the words visible in its frames, both filled by `perceive`.
    `note`: what reading changed or could not tell, in words, where that does not make a gap ("no sound above silence").
    `guidance`: what a team says about content like this, one line each, shown to a model before the content; no part
    of the content itself.
    """

    item_id: str
    index: int
    part: str = "whole"
    span: tuple[float, float] | None = None
    chars: tuple[int, int] | None = None
    text: str = ""
    turns: tuple[Turn, ...] = ()
    target: Target = "post"
    frames: tuple[np.ndarray, ...] = ()
    frame_times: tuple[float, ...] = ()
    audio: np.ndarray | None = None
    heard: tuple[Heard, ...] = ()
    seen: str = ""
    note: str = ""
    guidance: tuple[str, ...] = ()

    @property
    def modalities(self) -> frozenset[Modality]:
        """The modalities that have something in them here."""
        words = self.text or self.turns or self.heard or self.seen
        present: list[Modality] = []
        if words:
            present.append("text")
        if self.frames:
            present.append("image")
        if self.audio is not None:
            present.append("audio")
        return frozenset(present)


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of an item that could not be read. `part` as in `Segment`; `note` says in words what and what to do."""

    part: str
    reason: Reason
    note: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """All that could be read of an item, and what could not. Never neither: an empty reading is a ValueError."""

    item_id: str
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()

    def __post_init__(self) -> None:
        if not self.segments and not self.gaps:
            raise ValueError(
                "a reading needs at least one segment or one gap: nothing read is not the same as nothing there"
            )


# --- what it is judged by -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A yes/no question. It holds when the answer is `expect` (an exemption expects no). `about`: its central object
    words, which a locator can look for."""

    id: str
    ask: str
    expect: bool = True
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Precondition:
    """One entry of a chain: holds if any of its questions holds (CLUE: the chain is an AND of ORs)."""

    id: str
    any_of: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """A further question about a rule that is violated: if it holds, the violation is of this `severity` (1 to 3)."""

    severity: int
    question: Question


@dataclass(frozen=True, slots=True)
class Example:
    """A text that violates a rule, or a near miss that does not. `prompt`: what was asked, where `text` is an answer.
    `described`: the text describes a picture or a sound that a judge without eyes or ears can only read about."""

    violates: bool
    text: str
    prompt: str = ""
    target: Target = "post"
    described: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Violated iff all preconditions hold. `objectiveness` 1–10 (0: not rated); `severity` 1 (mild) to 3 (severe),
    raised by the `grades` that hold; `modalities`: where a violation can show. `reuses`: the rule of the same rubric
    whose chain this one shares on purpose."""

    id: str
    text: str
    objective_text: str
    preconditions: tuple[Precondition, ...]
    modalities: tuple[Modality, ...]
    category: str = ""
    severity: int = 2
    objectiveness: int = 0
    grades: tuple[Grade, ...] = ()
    examples: tuple[Example, ...] = ()
    reuses: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the chain."""
        return tuple(q for precondition in self.preconditions for q in precondition.any_of)

    @property
    def asks(self) -> tuple[str, ...]:
        """Every sentence a model may be asked about this rule: the chain's, then those of the grades."""
        return tuple(q.ask for q in (*self.questions, *(grade.question for grade in self.grades)))


@dataclass(frozen=True, slots=True)
class Rubric:
    """A set of rules. `version` is a hash of what is measured and decided by, and travels into every verdict.
    `licence`: of a published taxonomy's own text, in words."""

    id: str
    version: str
    title: str
    source: str
    rules: tuple[Rule, ...]
    licence: str = ""

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == rule_id)


Ruled = Literal["violates", "fine", ""]
"""What a guideline says of content like its own: it breaks the rule, it does not, or neither."""


@dataclass(frozen=True, slots=True)
class Guideline:
    """Why a person overruled a judge, in one or two sentences that hold for other content too. `rule_id` "": it speaks
    about the whole rubric. `source_item_id`: what it was learnt from, "" if it is none. `at`: seconds since 1970.
    `retired`: it is kept and shown to nobody any more."""

    id: str
    rubric_id: str
    rule_id: str
    text: str
    verdict: Ruled = ""
    source_item_id: str = ""
    author: str = ""
    at: float = 0.0
    retired: bool = False


# --- what models say ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YesNo:
    """Raw masses of the full vocabulary, all single-token spellings summed; each in [0, 1], together at most 1.
    `unseen` bounds from above the mass a server did not show. Renormalising is ours, once (`probability`)."""

    yes: float
    no: float
    unseen: float = 0.0


@dataclass(frozen=True, slots=True)
class Missing:
    """No answer, and why."""

    reason: Reason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A number, or why there is none: `score` in [0, 1] xor `reason`.

    `question_id` is "" where the evidence speaks about the whole rule (detectors, guards, jurors, not observable) and
    `rule_id` is "" where it speaks about the whole rubric (a juror). `modalities`: what of the segment was looked at.
    `m` = M(x), `prior` = M(none), `m_removed` = M(x without the object), each in [0, 1]; `mass` = yes + no before
    renormalising; `path` records how the stage that ran left the question. Thresholds belong to the policy.
    """

    rule_id: str
    question_id: str
    segment: int
    stage: Stage
    model: str
    modalities: tuple[Modality, ...] = ("text",)
    score: float | None = None
    reason: Reason | None = None
    m: float | None = None
    prior: float | None = None
    m_removed: float | None = None
    mass: float | None = None
    path: Route = ""
    note: str = ""
    box: tuple[float, float, float, float] | None = None
    seconds: float = 0.0
    attempt: int = 1

    def __post_init__(self) -> None:
        if (self.score is None) == (self.reason is None):
            raise ValueError(f"evidence for {self.rule_id}/{self.question_id} needs a score or a reason, and not both")
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} of {self.rule_id}/{self.question_id} lies outside [0, 1]")
        if self.reason is not None and self.reason not in REASONS:
            raise ValueError(f"unknown reason {self.reason!r}: use one of {', '.join(REASONS)}")


# --- what is decided ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's outcome for one item. `score` in [0, 1], None where nothing could be scored. `segment`: the one that
    carried it. `reasons`: why it is UNKNOWN. `applies`: False where the item has nothing this rule speaks to.
    `allowed`: the policy declares what the rule forbids as non-violating: the finding is shown and does not count."""

    rule_id: str
    truth: Truth
    score: float | None = None
    segment: int | None = None
    reasons: tuple[Reason, ...] = ()
    applies: bool = True
    severity: int = 0
    controversial: bool = False
    allowed: bool = False

    @property
    def counts(self) -> bool:
        """Whether the verdict depends on it."""
        return self.applies and not self.allowed


@dataclass(frozen=True, slots=True)
class Passage:
    """What is left of a segment when its pixels and samples are put away: enough to show where evidence lies and to
    decide. The fields are those of `Segment`; `modalities` says what was in it, `turns` whether it has a conversation.
    """

    index: int
    part: str = "whole"
    span: tuple[float, float] | None = None
    chars: tuple[int, int] | None = None
    text: str = ""
    heard: tuple[Heard, ...] = ()
    seen: str = ""
    frame_times: tuple[float, ...] = ()
    modalities: tuple[Modality, ...] = ()
    target: Target = "post"
    note: str = ""
    turns: bool = False
    guidance: tuple[str, ...] = ()

    @property
    def channel(self) -> Channel:
        """How its words came: an answer or a request as such, else spoken, read off a picture, or written."""
        if self.target != "post":
            return self.target
        if self.text or self.turns or not (self.heard or self.seen):
            return "post"
        return "heard" if self.heard else "seen"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of an item: the input of `decide`, and all it needs."""

    item_id: str
    measurer_id: str
    passages: tuple[Passage, ...]
    gaps: tuple[Gap, ...]
    evidence: tuple[Evidence, ...]
    seconds: float = 0.0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fold over evidence. `score` = max over rules and segments of (min over the AND, max over the OR), None where
    nothing was scored; `severity` = highest of the violated rules, 0 if none. Label, truth, score and severity depend
    on the findings that count. `assessed` of `applicable` rules have an answer (coverage, allowed rules included)."""

    item_id: str
    judge_id: str
    rubric_id: str
    rubric_version: str
    policy_id: str
    label: TriClass
    truth: Truth
    score: float | None
    severity: int
    assessed: int
    applicable: int
    findings: tuple[Finding, ...]
    measurement: Measurement

    @property
    def categories(self) -> tuple[str, ...]:
        """The ids of the violated rules that count, most severe first, then by score."""
        return self._violated(allowed=False)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The ids of the rules that are violated and allowed by the policy, in the same order."""
        return self._violated(allowed=True)

    def _violated(self, allowed: bool) -> tuple[str, ...]:
        violated = [f for f in self.findings if f.truth is Truth.YES and f.allowed is allowed]
        return tuple(f.rule_id for f in sorted(violated, key=lambda f: (-f.severity, -(f.score or 0.0), f.rule_id)))

    @property
    def only_not_observable(self) -> bool:
        """Whether the item needs review for one thing only: rules this judge has no eyes for. Nothing failed, nothing
        was found: such items can be kept out of a person's queue."""
        unknown = [f.reasons for f in self.findings if f.counts and f.truth is Truth.UNKNOWN]
        return self.label == "needs_review" and bool(unknown) and all(r == ("not_observable",) for r in unknown)


# --- what people say ------------------------------------------------------------------------------------------

Answer = Literal["yes", "no", "controversial", "cant_tell", "skipped", "withdrawn"]
"""`controversial`: of the whole item only. `skipped`: the rater gave no answer and says why in the note. `withdrawn`:
the rater took the answer back (undo) and has not given another."""
Phase = Literal["blind", "assisted", "after_reveal", "adjudication"]


@dataclass(frozen=True, slots=True)
class Region:
    """Where in an item a violation shows. `part` as in `Segment`: "text" or the position of a file. One of: `chars`,
    half-open character offsets in the words of that part; `span`, seconds of that file; `box`, x, y, width and height
    as fractions of the picture in [0, 1]. A box may have a `span` too: a moment of a video."""

    part: str
    rule_id: str = ""
    chars: tuple[int, int] | None = None
    span: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.chars is not None and (self.span is not None or self.box is not None):
            raise ValueError("a region is characters, or seconds, or a box: not characters and one of the others")
        if self.chars is None and self.span is None and self.box is None:
            raise ValueError("a region needs characters, seconds or a box")
        for pair in (self.chars, self.span):
            if pair is not None and not 0 <= pair[0] < pair[1]:
                raise ValueError(f"a region's start must lie before its end and not before 0: {pair}")
        if self.box is not None:
            x, y, width, height = self.box
            if not (
                x >= 0 and y >= 0 and width > 0 and height > 0 and x + width <= 1 + 1e-9 and y + height <= 1 + 1e-9
            ):
                raise ValueError(f"a box lies within its picture, in fractions of it: {self.box}")


@dataclass(frozen=True, slots=True)
class Label:
    """A rater's word on a rule (or, with `question_id`, one question; with neither, the whole item: "yes" = violates).
    People and judges alike; append-only. `at`: seconds since 1970; `seconds`: how long it took, 0 if unknown. `flag`:
    why somebody else should look. `project`: the set of items it was given in, "" if none. `submission`: an id the
    client made, by which the same label sent twice is stored once; "" if it has none."""

    item_id: str
    rubric_id: str
    rubric_version: str
    rater: str
    value: Answer
    rule_id: str = ""
    question_id: str = ""
    severity: int | None = None
    regions: tuple[Region, ...] = ()
    phase: Phase = "blind"
    at: float = 0.0
    seconds: float = 0.0
    note: str = ""
    flag: str = ""
    project: str = ""
    submission: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of one item through the pipeline, for people to watch. `done` of `total` (0: unknown) units."""

    stage: str
    note: str = ""
    done: int = 0
    total: int = 0
    evidence: tuple[Evidence, ...] = field(default=())

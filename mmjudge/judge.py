"""Judge: the pipeline in one look.

perceive -> juror -> detect -> guard -> relevance -> probe in waves -> reason -> decide.

Knows the order of the stages and what each costs the next. Refuses to know files (it takes a `Reading`), databases,
pages, and which models stand behind the protocols. The same reading and versions give the same evidence.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from mmjudge import chain, decide, guidelines, prompts
from mmjudge.backends import Backend, Detector, Embedder, Guard, Juror, Locator, TextReader, Transcriber
from mmjudge.calibration import Calibration
from mmjudge.compare import identity
from mmjudge.guidelines import Finder
from mmjudge.perceive import Watch, perceive
from mmjudge.policy import Policy
from mmjudge.priors import Priors
from mmjudge.probe import Ask, fill, looked_at, probe
from mmjudge.reason import reason
from mmjudge.relevance import nearest_first, similarities
from mmjudge.removal import Places, for_thinking, remove
from mmjudge.settings import Settings
from mmjudge.types import (
    MODALITIES,
    Evidence,
    Guideline,
    Measurement,
    Missing,
    Modality,
    Passage,
    Reading,
    Rubric,
    Rule,
    Segment,
    Step,
    Truth,
    Verdict,
    digest,
)
from mmjudge.unasked import copied, not_asked, out_of_budget, unobserved
from mmjudge.vectors import Vectors

READING_VERSION = "1"
"""Raised when the same file would be read into other segments: then everything is measured anew."""


def unwatched(_: Step) -> None:
    """For those who do not want to watch."""


@dataclass(frozen=True, eq=False)
class Judge:
    """A rubric, a policy and the models that measure. `crosswalk`: (detector label, rule id) pairs that say which
    rule a detector's label speaks to. `guidelines` are shown to the backend, and to no other part, beside content they
    lie near to; `finder` finds them. `absent`: in words, which parts are missing and how to get them."""

    name: str
    rubric: Rubric
    policy: Policy
    settings: Settings = field(default_factory=Settings)
    backend: Backend | None = None
    transcriber: Transcriber | None = None
    text_reader: TextReader | None = None
    detectors: tuple[Detector, ...] = ()
    embedder: Embedder | None = None
    juror: Juror | None = None
    locator: Locator | None = None
    guard: Guard | None = None
    calibration: Calibration | None = None
    crosswalk: tuple[tuple[str, str], ...] = ()
    priors: Priors | None = None
    vectors: Vectors | None = None
    guidelines: tuple[Guideline, ...] = ()
    finder: Finder | Missing | None = None
    absent: tuple[str, ...] = ()

    @property
    def measurer_id(self) -> str:
        """What was measured: models, prompts, rubric, reading and stage settings, and the calibration and the encoder's
        threshold where they say which questions need no answer or a second thought."""
        parts = (self.backend, self.transcriber, self.text_reader, self.embedder, self.juror, self.locator)
        models = [part.id if part else None for part in parts] + [detector.id for detector in self.detectors]
        models += [self.guard.id] if self.guard else []
        steered = self.calibration and (self.settings.early_exit or self.settings.reasoning)
        learnt = self.calibration.digest if self.calibration and steered else None
        versions = [prompts.PROMPT_VERSION, self.rubric.version, READING_VERSION, self.settings.digest]
        asked_from = [self.settings.asking.relevant_from(self.embedder.id)] if self.embedder else []
        guided = [guidelines.identity(self.guidelines, self.finder)] if self.guidelines else []
        return digest([models, *versions, self.crosswalk, learnt, *asked_from, *guided])

    @property
    def id(self) -> str:
        """How it is decided: the measurer, the policy and the calibration."""
        return identity(self.measurer_id, self.policy, self.calibration)

    def measure(self, reading: Reading, watch: Watch = unwatched, attempt: int = 1) -> Measurement:
        """All evidence about a reading. Never raises for an item's content: what failed is evidence with a reason."""
        started = time.perf_counter()
        reading = self._perceived(reading, watch)
        evidence: list[Evidence] = []
        asked: dict[tuple[str, ...], int] = {}
        for at, segment in enumerate(reading.segments):
            key = self._same_to_backend(segment)
            if key in asked:
                evidence += self._glance(segment, watch)
                evidence += copied(evidence, asked[key], segment.index)
            else:
                if self.backend:
                    self.backend.read_ahead(reading.segments[at:])
                glance = self._glance(segment, watch)
                evidence += glance + self._question(segment, glance, watch)
                if key:
                    asked[key] = segment.index
        evidence += self._reason(reading, evidence, watch)
        return Measurement(
            reading.item_id,
            self.measurer_id,
            tuple(passage(segment) for segment in reading.segments),
            reading.gaps,
            tuple(replace(piece, attempt=attempt) for piece in evidence),
            round(time.perf_counter() - started, 4),
            attempt,
        )

    def think(self, reading: Reading, measurement: Measurement, watch: Watch = unwatched) -> Measurement:
        """A measurement of this reading that was made without reasoning, with reasoning about the undecided added.

        The probes are not asked again; under this judge's id it is what `measure` would have given.
        """
        began = time.perf_counter()
        reading = self._perceived(reading, watch)
        probed = tuple(piece for piece in measurement.evidence if piece.stage != "reason")
        thoughts = (replace(p, attempt=measurement.attempt) for p in self._reason(reading, probed, watch))
        evidence = (*probed, *thoughts)
        seconds = round(measurement.seconds + time.perf_counter() - began, 4)
        return replace(measurement, measurer_id=self.measurer_id, evidence=evidence, seconds=seconds)

    def decide(self, measurement: Measurement) -> Verdict:
        """The verdict on stored evidence: no model call."""
        return decide.decide(self.rubric, measurement, self.policy, self.id, self.calibration)

    def __call__(self, reading: Reading, watch: Watch = unwatched, attempt: int = 1) -> Verdict:
        measurement = self.measure(reading, watch, attempt)
        watch(Step("decide", "deciding"))
        return self.decide(measurement)

    def _perceived(self, reading: Reading, watch: Watch) -> Reading:
        """The reading with its words, and the guidelines that lie near to them."""
        reading = perceive(reading, self.transcriber, self.text_reader, watch)
        if not self.guidelines:
            return reading
        watch(Step("relevance", f"the nearest of {len(self.guidelines)} guidelines"))
        return guidelines.guided(reading, self.rubric, self.guidelines, self.finder)

    def _same_to_backend(self, segment: Segment) -> tuple[str, ...]:
        """A key under which a backend that reads only words cannot tell two segments apart and early exit treats them
        alike; () if it must be asked."""
        if self.backend is None or self.backend.reads != {"text"} or "text" not in segment.modalities:
            return ()
        return (passage(segment).channel, segment.target, prompts.words(segment), *segment.guidance)

    def _glance(self, segment: Segment, watch: Watch) -> list[Evidence]:
        """What is cheap and speaks about whole rules: the light evaluator, detectors, and what nobody can observe."""
        evidence: list[Evidence] = []
        if self.juror and self.settings.juror and "text" in segment.modalities:
            watch(Step("juror", f"light evaluator on part {segment.part}"))
            evidence.append(juror_evidence(self.juror, segment))
        if self.settings.detectors and segment.frames:
            for detector in self.detectors:
                watch(Step("detect", f"{detector.id} on part {segment.part}"))
                evidence += detected(detector, segment, self.crosswalk)
        if self.guard:
            watch(Step("guard", f"{self.guard.id} on part {segment.part}"))
            evidence += guarded(self.guard, segment)
        seen_by_detectors = {piece.rule_id for piece in evidence if piece.stage == "detect"}
        reads: frozenset[Modality] = self.backend.reads if self.backend else frozenset()
        reads |= self.guard.reads if self.guard else frozenset()
        evidence += unobserved(segment, self.rubric.rules, reads, seen_by_detectors)
        return evidence

    def _question(self, segment: Segment, glance: Sequence[Evidence], watch: Watch) -> list[Evidence]:
        """Relevance, then the chains in waves: the n-th precondition of every rule that is still alive. Last the grades
        of the rules that may be violated."""
        backend = self.backend
        if backend is None:
            return []
        looked, asking = looked_at(backend, segment), self.settings.asking
        rules = [rule for rule in self.rubric.rules if set(looked) & set(rule.modalities)]
        if not rules:
            return []
        evidence = self._similar(segment, rules, watch)
        near = {p.rule_id for p in evidence if decide.irrelevant(self.rubric.rule(p.rule_id), p, looked, asking)}
        alive = list(nearest_first(self.juror, segment, [rule for rule in rules if rule.id not in near]))
        depth = max((len(rule.preconditions) for rule in alive), default=0)
        places: Places = {}
        waves = depth + any(rule.grades for rule in alive)
        for wave in range(waves):
            asks = [Ask(r, q) for r in alive if wave < len(r.preconditions) for q in r.preconditions[wave].any_of]
            if wave == depth:
                asks = [Ask(rule, grade.question) for rule in alive for grade in rule.grades]
            fresh = self._probe_all(segment, asks, watch, wave, waves)
            evidence += self._without_objects(segment, list(zip(asks, fresh, strict=True)), places, watch)
            if self.settings.early_exit:
                alive = [rule for rule in alive if not self._is_dead(rule, segment, [*glance, *evidence])]
        return evidence + not_asked(rules, evidence, segment, looked)

    def _similar(self, segment: Segment, rules: Sequence[Rule], watch: Watch) -> list[Evidence]:
        if self.embedder is None or not self.settings.relevance or not self.embedder.reads & segment.modalities:
            return []
        watch(Step("relevance", f"part {segment.part}"))
        return similarities(self.embedder, segment, rules, self.vectors)

    def _probe_all(self, segment: Segment, asks: Sequence[Ask], watch: Watch, wave: int, depth: int) -> list[Evidence]:
        """One wave, as many questions at a time as suit the backend, so that a person sees evidence arrive."""
        assert self.backend is not None
        evidence: list[Evidence] = []
        priors = self.priors if self.settings.debias else None
        if priors and segment.guidance:  # all at once: a model of one cache would read content and prior in turns
            watch(Step("probe", f"what the guidelines shown beside part {segment.part} say about nothing"))
            for order in range(self.settings.orders):
                fill(self.backend, segment, [ask.question.ask for ask in asks], order, priors)
        for at in range(0, len(asks), self.backend.at_once):
            some = asks[at : at + self.backend.at_once]
            note = f"part {segment.part}, wave {wave + 1} of {depth}"
            watch(Step("probe", note, at, len(asks)))
            fresh = probe(self.backend, segment, some, self.settings.orders, priors)
            evidence += fresh
            watch(Step("probe", note, at + len(some), len(asks), tuple(fresh)))
        return evidence

    def _without_objects(
        self, segment: Segment, asked: Sequence[tuple[Ask, Evidence]], places: Places, watch: Watch
    ) -> list[Evidence]:
        """Strategy 2 on a wave, where the backend sees the picture that something is taken out of."""
        backend, asking = self.backend, self.settings.asking
        if not (backend and self.locator and self.settings.removal and "image" in backend.reads & segment.modalities):
            return [piece for _, piece in asked]

        def is_open(ask: Ask, piece: Evidence) -> bool:
            return "image" in ask.rule.modalities and chain.question_outcome(ask.question, [piece], asking).undecided

        if any(is_open(ask, piece) and ask.question.about for ask, piece in asked):
            watch(Step("removal", f"part {segment.part}"))
        return remove(backend, self.locator, segment, asked, places, is_open, asking.removed, self.settings.orders)

    def _is_dead(self, rule: Rule, segment: Segment, evidence: Sequence[Evidence]) -> bool:
        """Whether what the backend has said already settles NO, whatever the rest of the chain would say."""
        asked = [p for p in evidence if p.rule_id == rule.id and p.question_id and p.segment == segment.index]
        score = next((p.score for p in evidence if p.stage == "juror" and p.segment == segment.index), None)
        learnt = self.calibration.rule(rule.id, passage(segment).channel) if self.calibration else None
        scale = decide.Scale(learnt, score) if learnt else None
        return bool(asked) and decide.group_outcome(rule, asked, self.settings.asking, scale).truth is Truth.NO

    def _reason(self, reading: Reading, evidence: Sequence[Evidence], watch: Watch) -> list[Evidence]:
        """Two-turn reasoning for the undecided, likeliest violation first, within the item's budget."""
        if self.backend is None or not self.settings.reasoning:
            return []
        measurement = Measurement(reading.item_id, "", tuple(map(passage, reading.segments)), (), tuple(evidence))
        waiting = decide.undecided(self.rubric, measurement, self.settings.asking, self.calibration)
        segments = {segment.index: segment for segment in reading.segments}
        probed = {(p.segment, p.rule_id, p.question_id): p for p in evidence if p.stage == "probe"}
        deadline = time.perf_counter() + self.settings.reason_seconds
        reasoned: list[Evidence] = []
        for n, (rule, question, index) in enumerate(waiting):
            ask = Ask(rule, question)
            if n >= self.settings.reason_limit or time.perf_counter() > deadline:
                reasoned.append(out_of_budget(ask, segments[index], self.backend))
                continue
            watch(Step("reason", f"thinking about {rule.id}", n, min(len(waiting), self.settings.reason_limit)))
            shown = for_thinking(segments[index], probed.get((index, rule.id, question.id)))
            piece = reason(self.backend, shown, ask, self.settings.reason_tokens)
            watch(Step("reason", f"thought about {rule.id}", n + 1, len(waiting), (piece,)))
            reasoned.append(piece)
        return reasoned


def passage(segment: Segment) -> Passage:
    """A segment without its pixels and samples."""
    modalities = tuple(m for m in ("text", "image", "audio") if m in segment.modalities)
    return Passage(
        segment.index,
        segment.part,
        segment.span,
        segment.chars,
        segment.text,
        segment.heard,
        segment.seen,
        segment.frame_times,
        modalities,
        segment.target,
        segment.note,
        bool(segment.turns),
        segment.guidance,
    )


def juror_evidence(juror: Juror, segment: Segment) -> Evidence:
    started = time.perf_counter()
    answer = juror.unsafe(segment)
    blank = Evidence("", "", segment.index, "juror", juror.id, reason="not_asked")
    if isinstance(answer, Missing):
        return replace(blank, reason=answer.reason, note=answer.note)
    seconds = round(time.perf_counter() - started, 4)
    return replace(blank, score=answer, reason=None, path="scored", seconds=seconds)


def detected(detector: Detector, segment: Segment, crosswalk: Iterable[tuple[str, str]]) -> list[Evidence]:
    """A detector's scores as evidence on the rules its labels speak to."""
    started = time.perf_counter()
    answer = detector.detect(segment)
    seconds = round(time.perf_counter() - started, 4)
    evidence = []
    for label, rule_id in crosswalk:
        if label not in detector.labels:
            continue
        blank = Evidence(rule_id, "", segment.index, "detect", detector.id, ("image",), reason="not_asked")
        if isinstance(answer, Missing):
            evidence.append(replace(blank, reason=answer.reason, note=answer.note, seconds=seconds))
        else:
            scored = replace(blank, score=answer[label], reason=None, path="scored", note=label, seconds=seconds)
            evidence.append(scored)
    return evidence


def guarded(guard: Guard, segment: Segment) -> list[Evidence]:
    """What a guard says about each rule; its time stands at the first piece."""
    visible = tuple(m for m in MODALITIES if m in guard.reads & segment.modalities)
    if not visible:
        return []
    started = time.perf_counter()
    evidence = []
    for rule_id, said in guard.assess(segment):
        blank = Evidence(rule_id, "", segment.index, "guard", guard.id, visible, reason="not_asked")
        if isinstance(said, Missing):
            evidence.append(replace(blank, reason=said.reason, note=said.note))
        else:
            score, mass, path, note = said
            evidence.append(replace(blank, score=score, reason=None, mass=mass, path=path, note=note))
    seconds = round(time.perf_counter() - started, 4)
    return [replace(piece, seconds=seconds if n == 0 else 0.0) for n, piece in enumerate(evidence)]

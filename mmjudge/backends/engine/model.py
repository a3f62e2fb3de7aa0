"""The engine as a backend: one local model, each item read once, its questions as continuations of that reading.

Knows prompts, prefixes and which were read last. Refuses to know rules, and what an answer means.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge import prompts
from mmjudge.backends.engine import anatomy, batch, chat, checks, looking, speaking, tiers
from mmjudge.backends.engine.inputs import Inputs
from mmjudge.backends.engine.kept import KEPT, Read, content_key, keep
from mmjudge.backends.engine.loading import folder_digest, load
from mmjudge.backends.engine.prefix import Prefix, read, read_native
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment, YesNo

if TYPE_CHECKING:
    import torch

    from mmjudge.backends.engine.tiers import Tier
    from mmjudge.backends.load import Parts

ANY = "Statement: a"
"""Stands for the question where a segment is read before one is known: what a real one shares with it is kept."""

AHEAD = 8
"""Segments read in one forward on a GPU."""


class Engine:
    """One model folder. Loaded and checked at construction; calls wait for each other.

    `tier` is how it may be asked, found by asking it in every way; `checked` has what each way gave. `ahead`: how many
    segments are read in one forward, by default 8 on a GPU and 1 elsewhere.
    """

    def __init__(
        self,
        folder: Path | str,
        device: str | None = None,
        dtype: str | None = None,
        tier: Tier | None = None,
        ahead: int | None = None,
    ) -> None:
        self.folder = Path(folder).expanduser()
        self._lock = threading.Lock()
        self._loaded = load(self.folder, device, dtype)
        self._inputs = Inputs(self._loaded)
        self.reads: frozenset[Modality] = self._loaded.reads
        self._model = self._loaded.model
        vocabulary, decode = self._loaded.tokenizer.get_vocab(), self._loaded.tokenizer.decode
        self._yes, self._no = (chat.spellings(vocabulary, decode, word) for word in ("yes", "no"))
        if not self._yes or not self._no:
            raise BackendError(f"{self.folder}: its vocabulary has no single token for Yes or for No")
        kind = self._model.config.model_type
        self.id = f"{kind}@{folder_digest(self.folder)[:12]}/{self._loaded.dtype}/{_version()}"
        self.checked = {} if tier else checks.checked(self._loaded, self._inputs, self.id)
        gaps = [gap for gap in self.checked.values() if isinstance(gap, float)]
        if gaps and all(math.isnan(gap) for gap in gaps):
            raise BackendError(f"{self.folder} in {self._loaded.dtype} gives no numbers: try MMJUDGE_DTYPE=float32")
        self.tier: Tier = tier or tiers.fitting(self.checked, self._loaded.dtype)
        self._hands_on = self.tier == "alone" and tiers.agrees(self.checked.get("alone"), self._loaded.dtype)
        wanted = ahead or (AHEAD if self._model.device.type == "cuda" else 1)
        self.ahead = wanted if wanted > 1 and checks.together(self._loaded, self._inputs, self.tier) else 1
        self.at_once = 4 if self.tier == "alone" else 64
        self._kept: OrderedDict[str, Read] = OrderedDict()
        self._seen: OrderedDict[str, Any] = OrderedDict()

    def prepared(self, asks: Sequence[str]) -> Engine:
        """This model puts each question alone."""
        return self

    def read_ahead(self, segments: Sequence[Segment]) -> None:
        """Read those that come next in one forward, where that gains anything. What cannot be read so is read when it
        is asked about; so is everything if memory runs out."""
        import torch

        if self.ahead == 1 or not segments or content_key(segments[0]) in self._kept:
            return
        some = [segment for segment in segments[: self.ahead] if self._alike(segment, segments[0])]
        if len(some) < 2:
            return
        with self._lock, torch.inference_mode():
            try:
                self._read_some(some)
            except checks.FAILURES:  # then each is read by itself, and says itself what is wrong
                return

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        """One answer per ask. An empty segment has no media at all. What does not fit is `too_large`."""
        import torch

        questions = [prompts.question(prompts.phrasings(ask, segment.target)[order]) for ask in asks]
        with self._lock, torch.inference_mode():
            try:
                rows = self._answers(segment, questions) if questions else []
            except (RuntimeError, ValueError) as why:
                return [Missing("backend_failed", f"{self.id}: {why}")] * len(asks)
        return [row if isinstance(row, Missing) else chat.masses(row, self._yes, self._no) for row in rows]

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        """Greedy continuation of the conversation, over the kept reading where there is one."""
        import torch

        with self._lock, torch.inference_mode():
            try:
                tokens = self._reply(segment, prompt, max_tokens, previous)
            except (RuntimeError, ValueError) as why:
                return Missing("backend_failed", f"{self.id}: {why}")
        if isinstance(tokens, Missing):
            return tokens
        return str(self._loaded.tokenizer.decode(tokens, skip_special_tokens=True))

    def described(self) -> list[tuple[str, str]]:
        """(title, words) for `mmjudge doctor`: the self-check in every way, and its speed on a standard picture."""
        found = checks.checked(self._loaded, self._inputs, self.id, every=True)
        ways = (f"{way} {gap:.1e}" if isinstance(gap, float) else f"{way} no ({gap})" for way, gap in found.items())
        first, more = self.speed()
        return [
            ("device", f"{self._model.device}, {self._loaded.dtype}"),
            ("reads", ", ".join(sorted(self.reads)) + (", video" if self._loaded.watches else "")),
            ("asked", f"{self.tier}; largest difference of a logit: {'; '.join(ways)}"),
            (
                "speed",
                f"{first:.2f} s to read {STANDARD[0]} x {STANDARD[1]} noise, {more:.3f} s for each further question",
            ),
        ]

    def speed(self, questions: int = 16) -> tuple[float, float]:
        """Seconds until the first answer about a standard picture (words for a model that sees none), and for each
        question after it."""
        asks = [f"Thing number {n} is there." for n in range(questions + 1)]
        segment = checks.noise(self.reads, *STANDARD)
        began = time.perf_counter()
        self.score_yes_no(segment, asks[:1])
        then = time.perf_counter()
        self.score_yes_no(segment, asks[1:])
        return then - began, (time.perf_counter() - then) / questions

    # --- one reading, many questions --------------------------------------------------------------------------

    def _answers(self, segment: Segment, questions: Sequence[str]) -> list[torch.Tensor | Missing]:
        """float32 logits (vocabulary,) per question."""
        rows = [self._inputs.ids(segment, question) for question in questions]
        known, states = self._reading(segment, rows[0], questions[0])
        if known is None:
            return [self._alone(segment, question) for question in questions]
        found: dict[int, torch.Tensor | Missing] = {}
        waiting: list[int] = []
        for at, row in enumerate(rows):
            if row[: known.least] != known.ids[: known.least]:
                found[at] = self._alone(segment, questions[at])
            elif missing := self._too_long(known.prefix.length + len(row) - len(known.ids)):
                found[at] = missing
            elif at not in states:
                waiting.append(at)
        if waiting:
            prefix, start = known.shared_with([rows[at] for at in waiting])
            hidden = tiers.after_prefix(self._model, self.tier, prefix, [rows[at][start:] for at in waiting])
            states |= dict(zip(waiting, hidden, strict=True))
        if states:
            found |= self._logits(states)
        return [found[at] for at in range(len(questions))]

    def _reading(
        self, segment: Segment, row: list[int], asked: str, previous: Sequence[tuple[str, str]] = ()
    ) -> tuple[Read | None, dict[int, torch.Tensor]]:
        """What was read about this segment, now or before, and the state (width,) that answers the first question
        where its reading gave it. None where each prompt must stand alone."""
        if self.tier == "alone":
            return None, {}
        key = content_key(segment)
        states: dict[int, torch.Tensor] = {}
        if key not in self._kept:
            made = self._begin(segment, row, self._inputs.full(segment, asked, previous))
            if made is None:
                return None, {}
            self._kept[key], states = made
        keep(self._kept, key, KEPT + self.ahead if self.ahead > 1 else KEPT)
        return self._kept[key], states

    def _alike(self, segment: Segment, first: Segment) -> bool:
        """Of the kind that the check read together: one picture each, or words alone for a model that only reads."""
        checked = ("image",) if "image" in self.reads else ()
        return self._inputs.kinds(segment) == self._inputs.kinds(first) == checked

    def _read_some(self, segments: Sequence[Segment]) -> None:
        """Keep a reading of each that fits, all with the same question behind them."""
        rows = [self._inputs.ids(segment, ANY) for segment in segments]
        inputs = self._inputs.together(segments, ANY)
        if self._too_long(inputs["input_ids"].shape[1]):
            return
        for segment, row, prefix in zip(segments, rows, batch.read_together(self._model, inputs), strict=True):
            beginning = self._inputs.beginning(segment)
            if row[: len(beginning)] == beginning:
                key = content_key(segment)
                self._kept[key] = Read(row, prefix, len(beginning))
                keep(self._kept, key, KEPT + self.ahead)

    def _begin(self, segment: Segment, row: list[int], inputs: Any) -> tuple[Read, dict[int, torch.Tensor]] | None:
        """Read a first prompt. None where its beginning cannot be told from its end, or it is too long."""
        ids = self._inputs.beginning(segment)
        tail = row[len(ids) :]
        prompt = inputs["input_ids"][0].tolist()
        if row[: len(ids)] != ids or not checks.ends_with(prompt, tail) or self._too_long(len(prompt)):
            return None
        if self.tier == "native":
            return Read(ids, read_native(self._model, inputs, len(tail)), len(ids)), {}
        prefix, last = read(self._model, inputs)
        return Read(row, prefix, len(ids)), {0: last[0]}

    def _reply(
        self, segment: Segment, prompt: str, most: int, previous: Sequence[tuple[str, str]]
    ) -> Sequence[int] | Missing:
        """Token ids. A state that cannot be cut, and a prompt that stands alone, go the model's own way."""
        row = self._inputs.ids(segment, prompt, previous)
        known = None if self.tier == "native" else self._reading(segment, row, prompt, previous)[0]
        if known is None or row[: known.least] != known.ids[: known.least]:
            inputs = self._inputs.full(segment, prompt, previous)
            length = inputs["input_ids"].shape[1]
            anatomy.forget_positions(self._model)
            return (
                self._too_long(length + most)
                or self._model.generate(**inputs, max_new_tokens=most, do_sample=False)[0, length:]
            )
        if missing := self._too_long(known.prefix.length + len(row) - len(known.ids) + most):
            return missing
        prefix, start = known.shared_with([row])
        assert isinstance(prefix, Prefix)
        ends = speaking.stops(self._model, self._loaded.tokenizer.eos_token_id)
        return speaking.speak(self._model, prefix, row[start:], most, ends)

    def _logits(self, states: dict[int, torch.Tensor]) -> dict[int, torch.Tensor]:
        """The head is read once for all: at few questions that takes as long as the layers."""
        import torch

        return dict(zip(states, anatomy.logits(self._model, torch.stack(list(states.values()))), strict=True))

    def _alone(self, segment: Segment, question: str) -> torch.Tensor | Missing:
        """A full forward; the pictures are looked at once where what was seen can be handed on."""
        inputs = self._inputs.full(segment, question)
        if missing := self._too_long(inputs["input_ids"].shape[1]):
            return missing
        if segment.frames and self._hands_on:
            key = content_key(segment)
            if key not in self._seen:
                self._seen[key] = looking.look(self._model, inputs)
            keep(self._seen, key, KEPT)
            if self._seen[key] is not None:  # a video has no pixels of pictures
                inputs = looking.with_look(inputs, self._seen[key])
        return tiers.plainly(self._model, inputs)

    def _too_long(self, tokens: int) -> Missing | None:
        fits = anatomy.context_length(self._model)
        return (
            Missing("too_large", f"too long for {self.folder.name}: {tokens} tokens, {fits} fit")
            if tokens > fits
            else None
        )


STANDARD = (512, 512)
"""Height and width in pixels of the picture by which speed is told."""


def load_folder(folder: str) -> Parts:
    """`--judge transformers:FOLDER`, or the name of a fetched model: it, with the embedded judge's ears and eyes for
    words where they are.

    MMJUDGE_DEVICE ("cpu", "cuda:1") and MMJUDGE_DTYPE ("float32", "bfloat16", "float16", "int8") in the environment.
    """
    from mmjudge.backends.embedded import load_ears, load_eyes
    from mmjudge.backends.load import Parts
    from mmjudge.backends.shelf import folder_for

    absent: list[str] = []
    device, dtype = (os.environ.get(name) or None for name in ("MMJUDGE_DEVICE", "MMJUDGE_DTYPE"))
    backend = Engine(folder_for(folder), device, dtype)
    return Parts(backend, load_ears(absent), load_eyes(absent), absent=tuple(absent))


def _version() -> str:
    from importlib.metadata import version

    return f"transformers-{version('transformers')}"

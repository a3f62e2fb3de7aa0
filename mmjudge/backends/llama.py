"""A language model in GGUF form, run by xllamacpp in this process. Reads words only.

Knows how a prompt is evaluated so that an answer depends on the segment and the question and on nothing asked before.
Refuses to know what the sentences say (`prompts`) and what an answer means.

Why the care: llama.cpp computes the same token with other kernels when it comes alone than in a batch, so the same
prompt gives masses that differ in the second decimal depending on how much of it was cached. Here the system turn,
the segment and the question are always evaluated in the same three batches, whatever the cache held.
"""

from __future__ import annotations

import copy
import math
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mmjudge import prompts
from mmjudge.backends import chatml
from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.threads import cores, patient
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment, YesNo

YES = ("Yes", " Yes", "yes", " yes", "YES", " YES", "\tyes", "\tYes")
NO = ("No", " No", "no", " no", "NO", " NO", "\tno", "\tNo")
"""Every spelling that could be one token of the Qwen vocabulary."""

SHOWN = 1000
"""Most probable tokens asked of the server: less than a millisecond, and the mass beyond them is below 1e-4."""


NOTHING: Mapping[str, int | bool] = MappingProxyType({"n_predict": 0, "max_tokens": 0})
"""Asks the server to evaluate a prompt and to say as little as it can."""


def masses(
    top_logprobs: Iterable[tuple[str, float]], yes_spellings: Sequence[str], no_spellings: Sequence[str]
) -> YesNo:
    """Sum the spellings of Yes and of No over the tokens shown, (text, natural log-probability) each. Pure.

    `unseen` bounds what spellings that were not shown can have: the mass not shown at all, and no more than the least
    shown probability for each of them.
    """
    shown = [(text, math.exp(logprob)) for text, logprob in top_logprobs]
    total = math.fsum(p for _, p in shown)
    scale = max(1.0, total)  # rounding may carry the sum a little over 1
    yes = math.fsum(p for text, p in shown if text in yes_spellings) / scale
    no = math.fsum(p for text, p in shown if text in no_spellings) / scale
    texts = {text for text, _ in shown}
    hidden = sum(spelling not in texts for spelling in (*yes_spellings, *no_spellings))
    least = min((p for _, p in shown), default=1.0)
    return YesNo(yes, no, min(max(0.0, 1.0 - total), hidden * least))


class _Model:
    """The loaded server, shared by all copies of a `Llama`, the lock that makes them take turns, and the prefix its
    cache was last brought to step by step (None: unknown) and what was evaluated after it."""

    def __init__(self) -> None:
        self.server: Any = None
        self.anchored: str | None = None
        self.after = ""
        self.lock = threading.Lock()


class Llama:
    """One GGUF model. Loaded at the first question; calls from several threads wait for each other.

    `threads`: None takes every core this process may use. `context` in tokens: what is longer is `too_large`.
    """

    reads: frozenset[Modality] = frozenset({"text"})
    at_once = 4

    def __init__(self, path: Path | str, threads: int | None = None, context: int = 4096) -> None:
        self.path = Path(path)
        self._threads = threads or cores()
        self._context = context
        self._model = _Model()
        self._listed: frozenset[str] = frozenset()
        self._system = prompts.SYSTEM
        self._alone: Llama | None = None
        self.id = f"{self.path.stem}@{remembered_digest(self.path)[:12]}/xllamacpp-{_version()}"

    def prepared(self, asks: Sequence[str]) -> Llama:
        """The same model, shown all the statements at once if each has a name of its own (`prompts.listed`). What it
        was prepared for before leaves no trace; without statements it puts each question alone."""
        alone = self._alone or self
        try:
            system = prompts.listed(asks)
        except ValueError:
            return alone
        if not asks:
            return alone
        ready = copy.copy(alone)  # shares the loaded model and its lock
        ready._listed, ready.id = frozenset(asks), f"{alone.id}/listed"
        ready._system, ready._alone = system, alone
        return ready

    def read_ahead(self, segments: Sequence[Segment]) -> None:
        """It reads one text at a time."""

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        """One answer per ask, each a function of the segment and that ask alone."""
        listed = bool(self._listed) and self._listed.issuperset(asks)
        seen = prompts.judged(segment) if listed else prompts.shown(segment)
        start, prefix = chatml.opening(self._system if listed else prompts.SYSTEM, seen)
        lead = chatml.asked(prompts.leads()[order]) if listed else ""
        with self._model.lock:
            broken = self._anchor(start, prefix, prefix + lead)
            if broken:
                return [broken for _ in asks]
            if listed:
                return [self._answer(prefix + lead, chatml.neutral(prompts.begun(ask))) for ask in asks]
            alone = [prompts.question(prompts.phrasings(ask, segment.target)[order]) for ask in asks]
            return [self._answer(prefix, chatml.asked(sentence)) for sentence in alone]

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        """Greedy continuation. A turn that follows the one just generated goes on from its cache."""
        # the system turn of the questions before: another one would have to be read anew for every thought
        start, prefix = chatml.opening(self._system, prompts.shown(segment))
        text = prefix + chatml.conversation(previous, prompt)
        with self._model.lock:
            if not previous:
                broken = self._anchor(start, prefix)
                if broken:
                    return broken
            self._model.anchored = None
            reply = self._complete(text, {"n_predict": max_tokens, "max_tokens": max_tokens})
        return reply if isinstance(reply, Missing) else str(reply["choices"][0]["text"])

    def _answer(self, prefix: str, rest: str) -> YesNo | Missing:
        # Two texts with different first characters share no token, so the cache falls back to the prefix by itself.
        if self._model.after[:1] == rest[:1]:
            broken = self._evaluate(prefix)
            if broken:
                return broken
        self._model.after = rest
        reply = self._complete(prefix + rest, {"n_predict": 1, "max_tokens": 1, "logprobs": SHOWN})
        if isinstance(reply, Missing):
            return reply
        try:
            top = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            return masses([(entry["token"], entry["logprob"]) for entry in top], YES, NO)
        except (KeyError, IndexError, TypeError) as odd:
            return Missing("backend_failed", f"{self.id} answered without log-probabilities: {odd!r}")

    def _anchor(self, *prefixes: str) -> Missing | None:
        """Bring the cache to the last of the growing `prefixes`, evaluated in the same batches whatever it held before;
        nothing to do where the last questions were about the same."""
        if self._model.anchored == prefixes[-1]:
            return None
        self._model.anchored = None
        first, *others = dict.fromkeys(prefixes)
        broken = self._settle(first)
        for text in (*others, prefixes[-1]):  # the last one twice: its last token alone, as `_answer` may do again
            broken = broken or self._evaluate(text)
        if not broken:
            self._model.anchored, self._model.after = prefixes[-1], ""
        return broken

    def _settle(self, start: str) -> Missing | None:
        """Bring the cache to `start` as it always is: all but its last token in one batch, and that one alone."""
        reply = self._complete(start, NOTHING)
        if isinstance(reply, Missing):
            return reply
        held = int(reply["timings"]["cache_n"])
        if held >= int(reply["usage"]["prompt_tokens"]) - 1:
            return None
        if held:  # another prompt began with the same words: those were evaluated in other batches
            reply = self._complete(start, {**NOTHING, "cache_prompt": False})
        return reply if isinstance(reply, Missing) else self._evaluate(start)

    def _evaluate(self, text: str) -> Missing | None:
        reply = self._complete(text, NOTHING)
        return reply if isinstance(reply, Missing) else None

    def _complete(self, text: str, wanted: Mapping[str, int | bool]) -> dict[str, Any] | Missing:
        """One request to the model, or why there is no reply."""
        server = self._loaded()
        request = {"prompt": text, "temperature": 0, "id_slot": 0, "cache_prompt": True, **wanted}
        try:
            reply = server.handle_completions(request)
        except (RuntimeError, ValueError, TypeError) as why:
            return Missing("backend_failed", f"{self.id}: {why}")
        error = reply.get("error")
        if error is None:
            return dict(reply)
        if error.get("type") == "exceed_context_size_error":
            tokens = f"{error.get('n_prompt_tokens')} tokens, {self._context} fit"
            return Missing("too_large", f"too long for {self.path.stem}: {tokens}")
        return Missing("backend_failed", f"{self.id}: {error.get('message', error)}")

    def _loaded(self) -> Any:
        if self._model.server is None:
            self._model.server = _load(self.path, self._threads, self._context)
        return self._model.server


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("xllamacpp")
    except importlib.metadata.PackageNotFoundError:
        raise BackendError("xllamacpp is not installed: `pip install 'mmjudge[embedded]'`") from None


def _load(path: Path, threads: int, context: int) -> Any:
    patient()
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel = context, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity, parameters.warmup = -1, False
    parameters.cache_ram_mib = 0
    # The library opens a port on this machine for its web server: nobody has the key to it.
    parameters.api_keys, parameters.ui, parameters.endpoint_slots = [secrets.token_hex(32)], False, False
    try:
        return xllamacpp.Server(parameters)
    except (RuntimeError, ValueError) as why:
        raise BackendError(f"{path} could not be loaded by xllamacpp: {why}") from why

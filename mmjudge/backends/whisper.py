"""Speech to text with Whisper through faster-whisper: int8, one pass, no sampling.

Knows that Whisper invents sentences where nobody speaks, and keeps its own doubts beside every stretch of speech.
Refuses to decode files (it takes 16 kHz mono samples) and to judge what was said.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.threads import cores, patient
from mmjudge.errors import BackendError
from mmjudge.types import Heard, Missing

if TYPE_CHECKING:
    import numpy as np

RATE = 16_000
NO_SPEECH = 0.6
LOGPROB = -1.0
"""Thresholds of the Whisper paper (arXiv 2212.04356, section 4.5): silence where both are passed."""


def invented(stretch: Heard) -> bool:
    """Whether the recogniser itself holds that nobody spoke and doubts its own words. Pure."""
    return stretch.no_speech > NO_SPEECH and stretch.logprob < LOGPROB


def repeated(stretches: Iterable[Heard], times: int = 3) -> list[Heard]:
    """Without the runs of one sentence said `times` times or more in a row, which keep their first: the loop Whisper
    falls into on noise. Pure."""
    kept: list[Heard] = []
    run: list[Heard] = []
    for stretch in stretches:
        if run and stretch.text.strip().casefold() != run[0].text.strip().casefold():
            kept += run[:1] if len(run) >= times else run
            run = []
        run.append(stretch)
    return kept + (run[:1] if len(run) >= times else run)


class Listening(NamedTuple):
    """What was heard, and what was dropped as invented: there the recording holds sound but no speech that counts."""

    heard: tuple[Heard, ...]
    unheard: tuple[Heard, ...]


def sift(stretches: Iterable[Heard]) -> Listening:
    """Part what was said from what was invented; stretches without words are in neither. Pure."""
    worded = [stretch for stretch in stretches if stretch.text.strip()]
    heard = repeated(stretch for stretch in worded if not invented(stretch))
    return Listening(tuple(heard), tuple(stretch for stretch in worded if stretch not in heard))


class Whisper:
    """One Whisper model in CTranslate2 form. Loaded at the first recording; calls wait for each other.

    `folder` holds config.json, tokenizer.json, vocabulary.txt and model.bin. `threads`: None takes every core.
    """

    def __init__(self, folder: Path | str, threads: int | None = None, beam: int = 1) -> None:
        self.folder = Path(folder)
        self._threads = threads or cores()
        self._beam = beam
        self._lock = threading.Lock()
        self._model: Any = None
        digest = remembered_digest(self.folder / "model.bin")[:12]
        self.id = f"whisper@{digest}/faster-whisper-{_version()}/int8/beam{beam}"

    def transcribe(self, audio: np.ndarray) -> tuple[Heard, ...] | Missing:
        """The speech in float32 mono samples at 16 kHz; () where nobody speaks."""
        listening = self.listen(audio)
        return listening if isinstance(listening, Missing) else listening.heard

    def listen(self, audio: np.ndarray) -> Listening | Missing:
        """As `transcribe`, with what was dropped beside it."""
        if len(audio) < RATE // 10:
            return Listening((), ())
        with self._lock:
            if self._model is None:
                self._model = _load(self.folder, self._threads)
            try:
                found, _ = self._model.transcribe(
                    audio,
                    beam_size=self._beam,
                    temperature=0.0,  # no second try at a higher temperature: the same samples give the same words
                    no_speech_threshold=None,  # its doubts are kept and weighed by `sift`
                    condition_on_previous_text=False,
                    vad_filter=True,
                    vad_parameters={"min_silence_duration_ms": 500},
                )
                return sift([Heard(s.start, s.end, s.text.strip(), s.no_speech_prob, s.avg_logprob) for s in found])
            except (RuntimeError, ValueError) as why:
                return Missing("backend_failed", f"{self.id}: {why}")


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("faster-whisper")
    except importlib.metadata.PackageNotFoundError:
        raise BackendError("faster-whisper is not installed: `pip install 'mmjudge[embedded]'`") from None


def _load(folder: Path, threads: int) -> Any:
    patient()
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except (RuntimeError, ValueError, OSError) as why:
        raise BackendError(f"{folder} could not be loaded by faster-whisper: {why}") from why

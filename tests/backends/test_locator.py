"""Zero-shot detectors of real classes against the library's own calls, and boxes cut by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image
from safetensors.torch import load_file, save_file
from tiny_lookers import build

from mmjudge.backends import Sighting
from mmjudge.backends.locator import MOST, ZeroShot, inside, query
from mmjudge.errors import BackendError
from mmjudge.types import Missing


@pytest.fixture(scope="module", autouse=True)
def cache_of_its_own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMJUDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = build(family, tmp_path_factory.mktemp(family))
        return made[family]

    return folder


def frame(seed: int = 0, height: int = 60, width: int = 100) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def greedy(boxes, scores, labels, most):
    """What torchvision's batched_nms does, in plain Python: its compiled one is absent beside torch for processors."""
    kept: list[int] = []
    for n in scores.argsort(descending=True).tolist():
        mine, others = boxes[n], boxes[[k for k in kept if labels[k] == labels[n]]]
        across = (torch.minimum(mine[2:], others[:, 2:]) - torch.maximum(mine[:2], others[:, :2])).clamp(min=0)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        common = across.prod(1)
        if not (common / (areas[n] + (others[:, 2:] - others[:, :2]).prod(1) - common) > most).any():
            kept.append(n)
    return torch.tensor(kept, dtype=torch.long)


@pytest.fixture
def overlaps_dropped(monkeypatch):
    monkeypatch.setattr("transformers.models.omdet_turbo.processing_omdet_turbo.batched_nms", greedy)


def test_post_processing_that_cannot_run_is_no_empty_answer(folders, monkeypatch):
    def absent(*given):
        raise RuntimeError("Couldn't load custom C++ ops")

    monkeypatch.setattr("transformers.models.omdet_turbo.processing_omdet_turbo.batched_nms", absent)
    locator = ZeroShot(folders("omdet_turbo"), device="cpu")
    [answer] = locator.locate(frame(), ["knife"])
    assert isinstance(answer, Missing)
    assert "does not work: omdet-turbo" in locator.described()


def publicly(folder: Path, picture: np.ndarray, text: str, **more: float) -> list[Sighting]:
    """The boxes of one text by the library's own calls, cut at the picture by numpy."""
    processor = hf.AutoProcessor.from_pretrained(folder)
    model = hf.AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    image = Image.fromarray(picture)
    inputs = processor(images=image, text=[[text]], return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    if more:
        more["input_ids"] = inputs["input_ids"]
    [found] = processor.post_process_grounded_object_detection(
        outputs=outputs, threshold=0.0, target_sizes=[(image.height, image.width)], **more
    )
    boxes = np.clip(found["boxes"].numpy(), 0, [image.width, image.height] * 2)
    left = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
    order = np.argsort(-found["scores"].numpy(), kind="stable")
    return [Sighting(tuple(boxes[n].tolist()), float(found["scores"][n])) for n in order if left[n]][:MOST]


def flat(sightings: list[Sighting]) -> np.ndarray:
    return np.array([[*s.box, s.confidence] for s in sightings])


@pytest.mark.parametrize(
    ("family", "text", "more"),
    [
        ("owlv2", "a photo of a knife", {}),
        ("owlvit", "a photo of a knife", {}),
        ("grounding_dino", "knife", {"text_threshold": 0.25}),
        ("mm_grounding_dino", "knife", {"text_threshold": 0.25}),
        ("omdet_turbo", "knife", {}),
    ],
)
@pytest.mark.parametrize("size", [(60, 100), (100, 60)])
@pytest.mark.usefixtures("overlaps_dropped")
def test_boxes_are_those_of_the_library_whatever_else_is_looked_for(folders, family, text, more, size):
    locator, picture = ZeroShot(folders(family), device="cpu"), frame(1, *size)
    [other, found, again] = locator.locate(picture, ["red bottle", "knife", "knife"])
    expected = publicly(folders(family), picture, text, **more)
    assert len(expected) >= 4
    np.testing.assert_allclose(flat(found), flat(expected), atol=1e-3)
    assert again == found
    assert flat(other).shape != flat(found).shape or np.abs(flat(other) - flat(found)).max() > 1e-4
    [elsewhere] = locator.locate(frame(2, *size), ["knife"])
    assert flat(elsewhere).shape != flat(found).shape or np.abs(flat(elsewhere) - flat(found)).max() > 1e-4


def test_owlv2_boxes_are_of_the_padded_square(folders):
    """The model sees a square with the picture in its upper left: fractions are of the longer side, both ways."""
    folder, picture = folders("owlv2"), frame(3, 60, 100)
    processor, model = hf.AutoProcessor.from_pretrained(folder), hf.Owlv2ForObjectDetection.from_pretrained(folder)
    square = np.zeros((100, 100, 3), np.uint8)
    square[:60] = picture
    inputs = processor(images=Image.fromarray(picture), text=[["a photo of a gun"]], return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    best = outputs.logits[0, :, 0].argsort(descending=True)
    by_hand = []
    for n in best.tolist():
        x, y, w, h = (outputs.pred_boxes[0, n] * 100).tolist()
        left, top, right, bottom = max(0, x - w / 2), max(0, y - h / 2), min(100, x + w / 2), min(60, y + h / 2)
        if right - left >= 1 and bottom - top >= 1:
            by_hand.append((left, top, right, bottom))
    [found] = ZeroShot(folder, device="cpu").locate(picture, ["gun"])
    np.testing.assert_allclose([s.box for s in found], by_hand, atol=1e-3)
    assert max(s.box[3] for s in found) <= 60
    assert max(s.box[2] for s in found) > 60


@pytest.mark.parametrize(("family", "passes"), [("owlv2", 1), ("owlvit", 1), ("grounding_dino", 3)])
def test_owl_looks_once_for_all_words(folders, family, passes, monkeypatch):
    locator, forwards = ZeroShot(folders(family), device="cpu"), []
    forward = locator._model.forward
    monkeypatch.setattr(locator._model, "forward", lambda **given: forwards.append(1) or forward(**given))
    assert len(locator.locate(frame(), ["knife", "gun", "person", "knife"])) == 4
    assert len(forwards) == passes
    assert locator.locate(frame(), []) == []
    assert len(forwards) == passes


def test_a_word_that_does_not_fit_is_told_and_leaves_the_others(folders):
    locator = ZeroShot(folders("owlv2"), device="cpu")
    found, long = locator.locate(frame(), ["knife", "knife " * 20])
    assert isinstance(found, list)
    assert isinstance(long, Missing)
    assert long.reason == "too_large"
    assert "16 fit" in long.note


def test_numbers_that_are_none_are_no_empty_answer(folders):
    locator = ZeroShot(folders("owlv2"), device="cpu")
    with torch.no_grad():
        locator._model.class_head.dense0.bias[:] = float("nan")
    [answer] = locator.locate(frame(), ["knife"])
    assert isinstance(answer, Missing)
    assert "not finite" in answer.note
    assert "does not work" in locator.described()


def test_a_model_that_fails_is_no_empty_answer(folders, monkeypatch):
    locator = ZeroShot(folders("grounding_dino"), device="cpu")

    def breaks(**given):
        raise MemoryError("no memory")

    monkeypatch.setattr(locator._model, "forward", breaks)
    [answer] = locator.locate(frame(), ["knife"])
    assert isinstance(answer, Missing)
    assert (answer.reason, "no memory" in answer.note) == ("backend_failed", True)


def test_doctor_is_told_how_long_a_look_takes(folders):
    assert "all words in one pass" in ZeroShot(folders("owlv2"), device="cpu").described()


def test_the_id_follows_the_files(folders, tmp_path):
    copy = shutil.copytree(folders("owlv2"), tmp_path / "copy")
    one, two = ZeroShot(folders("owlv2"), device="cpu"), ZeroShot(copy, device="cpu")
    assert one.id == two.id
    assert one.id.startswith("owlv2@")
    config = copy / "config.json"
    config.write_text(config.read_text().replace('"projection_dim": 32', '"projection_dim": 32 '))
    assert ZeroShot(copy, device="cpu").id != one.id


def test_folders_that_hold_no_detector(folders, tmp_path):
    with pytest.raises(BackendError, match=r"no config\.json"):
        ZeroShot(tmp_path)
    with pytest.raises(BackendError, match="could not be loaded"):
        ZeroShot(folders("clip"))
    torn = shutil.copytree(folders("owlv2"), tmp_path / "torn")
    weights = load_file(torn / "model.safetensors")
    del weights["class_head.dense0.bias"]
    save_file(weights, torn / "model.safetensors", {"format": "pt"})
    with pytest.raises(BackendError, match=r"not whole: 1 weights of .* class_head\.dense0\.bias"):
        ZeroShot(torn)  # transformers itself would draw them at random
    bare = shutil.copytree(folders("owlv2"), tmp_path / "bare")
    (bare / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(BackendError, match="could not be loaded"):
        ZeroShot(bare)


def test_boxes_are_cut_at_the_frame_and_slivers_left_out():
    boxes = [
        ((-5.0, -5.0, 5.0, 5.0), 0.2),
        ((90.0, 40.0, 120.0, 70.0), 1.5),
        ((100.0, 0.0, 120.0, 10.0), 0.9),  # beside the frame
        ((10.0, 10.0, 10.5, 20.0), 0.9),  # half a pixel wide
        ((20.0, 20.0, 10.0, 10.0), 0.9),  # inside out
        ((float("nan"), 0.0, 5.0, 5.0), 0.9),
    ]
    assert inside([Sighting(box, sure) for box, sure in boxes], 100, 60) == [
        Sighting((90.0, 40.0, 100.0, 60.0), 1.0),
        Sighting((0.0, 0.0, 5.0, 5.0), 0.2),
    ]


def test_how_a_word_is_put():
    assert query("owlv2", "knife") == "a photo of a knife"
    assert query("grounding-dino", "a knife. or gun.") == "a knife  or gun"

"""Dual encoders of real classes against the library's own calls; long texts cut by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image
from tiny_lookers import build

from mmjudge.backends.encoders import DualEncoder, name_of, pieces
from mmjudge.errors import BackendError
from mmjudge.policy import Policy
from mmjudge.types import Missing, Segment

FAMILIES = ("clip", "siglip", "siglip2")


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


def frame(seed: int, height: int = 60, width: int = 100) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def publicly(folder: Path, frames: list[np.ndarray], texts: list[str]) -> np.ndarray:
    """Cosines (frames, texts) of the public forward over both at once: what the model itself gives, unscaled."""
    processor, model = hf.AutoProcessor.from_pretrained(folder), hf.AutoModel.from_pretrained(folder).eval()
    padding = (
        {"padding": True} if "siglip" not in model.config.model_type else {"padding": "max_length", "max_length": 24}
    )
    inputs = processor(images=[Image.fromarray(f) for f in frames], text=texts, return_tensors="pt", **padding)
    with torch.no_grad():
        outputs = model(**inputs)
        logits = outputs.logits_per_image
        shift = getattr(model, "logit_bias", torch.zeros(1))
        return ((logits - shift) / model.logit_scale.exp()).numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_are_those_of_the_public_forward(folders, family):
    encoder = DualEncoder(folders(family), device="cpu")
    frames, texts = [frame(1), frame(2, 100, 60), frame(3, 64, 64)], ["a knife", "two person bottle red square"]
    seen = encoder.embed_segment(Segment("i", 0, frames=tuple(frames)))
    said = encoder.embed_texts(texts)
    assert [rows.shape for rows in said] == [(1, 32), (1, 32)]
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1.0, atol=1e-5)
    cosines = seen @ np.concatenate(said).T
    np.testing.assert_allclose(cosines, publicly(folders(family), frames, texts), atol=1e-5)
    assert np.abs(np.diff(cosines, axis=0)).min() > 1e-4  # another picture, another cosine
    assert np.abs(np.diff(cosines, axis=1)).min() > 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_together_are_what_they_are_alone(folders, family):
    encoder, texts = DualEncoder(folders(family), device="cpu"), ["knife", "a photo of two person. red bottle"]
    for text, rows in zip(texts, encoder.embed_texts(texts), strict=True):
        np.testing.assert_allclose(rows, encoder.embed_texts([text])[0], atol=1e-5)
    assert encoder.embed_texts([]) == []


def test_a_frame_is_embedded_once(folders):
    encoder = DualEncoder(folders("clip"), device="cpu")
    one, two = frame(1), frame(2)
    first = encoder.embed_segment(Segment("i", 0, frames=(one, two, one.copy())))
    assert encoder.computed == 2
    assert (first[0] == first[2]).all()
    again = encoder.embed_segment(Segment("j", 5, frames=(two.copy(),)))
    assert encoder.computed == 2
    assert (again[0] == first[1]).all()
    encoder.embed_segment(Segment("j", 5, frames=(two.reshape(100, 60, 3),)))
    assert encoder.computed == 3  # the same bytes in another shape are another picture


def test_the_frames_kept_are_bounded(folders, monkeypatch):
    monkeypatch.setattr("mmjudge.backends.encoders.KEPT", 2)
    encoder = DualEncoder(folders("clip"), device="cpu")
    rows = encoder.embed_segment(Segment("i", 0, frames=tuple(frame(n) for n in range(3))))
    assert rows.shape == (3, 32)
    encoder.embed_segment(Segment("i", 0, frames=(frame(2),)))
    assert encoder.computed == 3
    encoder.embed_segment(Segment("i", 0, frames=(frame(0),)))
    assert encoder.computed == 4


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_longer_than_the_context_is_read_in_pieces(folders, family):
    encoder = DualEncoder(folders(family), device="cpu")
    sentences = ["The content shows violence.", "The content shows two red bottle.", "The knife, gun and teeth."]
    [rows] = encoder.embed_texts([" ".join(sentences * 2)])
    assert len(rows) > 1
    short = [encoder.embed_texts([piece])[0][0] for piece in pieces(" ".join(sentences * 2), encoder._fits)]
    np.testing.assert_allclose(rows, short, atol=1e-5)


def fits(text: str) -> bool:
    return len(text.split()) <= 4


def test_pieces_by_hand():
    assert pieces("one two three four", fits) == ["one two three four"]
    assert pieces("a b. c d. e f g. h", fits) == ["a b. c d.", "e f g. h"]
    assert pieces("a b c d e f. g", fits) == ["a b c", "d e f.", "g"]
    assert pieces("", fits) == [""]
    assert pieces("word", lambda text: False) == ["word"]


def test_nothing_is_lost_between_the_pieces():
    text = "One two three. Four five six seven eight nine ten! Eleven? Twelve thirteen fourteen fifteen sixteen."
    cut = pieces(text, fits)
    assert " ".join(cut) == text
    assert all(map(fits, cut))


@pytest.mark.parametrize("value", [float("nan"), 0.0])
def test_vectors_that_are_none_are_missing(folders, value):
    encoder = DualEncoder(folders("clip"), device="cpu")
    with torch.no_grad():
        encoder._model.visual_projection.weight[:] = value
        encoder._model.text_projection.weight[:] = value
    for answer in (encoder.embed_segment(Segment("i", 0, frames=(frame(1),))), encoder.embed_texts(["knife"])):
        assert isinstance(answer, Missing)
        assert answer.reason == "backend_failed"


def test_folders_that_hold_no_encoder(folders, tmp_path):
    with pytest.raises(BackendError, match=r"no config\.json"):
        DualEncoder(tmp_path)
    with pytest.raises(BackendError, match=r"no dual encoder|could not be loaded"):
        DualEncoder(build("grounding_dino", tmp_path / "dino"))


def test_encoders_are_named_by_kind_and_openais_by_size():
    def clip(width, layers, patch, act="quick_gelu", side=224):
        eyes = {"hidden_size": width, "num_hidden_layers": layers, "patch_size": patch, "image_size": side}
        eyes["num_attention_heads"] = width // 64
        return hf.CLIPConfig(text_config={"hidden_act": act}, vision_config=eyes)

    assert name_of(clip(768, 12, 16)) == "clip-vit-base-patch16"
    assert name_of(clip(768, 12, 32)) == "clip-vit-base-patch32"
    assert name_of(clip(1024, 24, 14, side=336)) == "clip-vit-large-patch14-336"
    assert name_of(clip(768, 12, 16, act="gelu")) == "clip"
    assert name_of(hf.SiglipConfig()) == "siglip"


def test_doctor_says_from_where_on_a_rule_is_asked(folders):
    encoder = DualEncoder(folders("siglip"), device="cpu")
    assert "nothing is left unasked" in encoder.described(Policy())
    assert "cosine -0.02 (policy mine)" in encoder.described(Policy(id="mine", relevant=(("siglip", -0.02),)))

"""Every family answers over a shared reading as its public forward does, and what is wrong is found out.

The truth is a model loaded apart from the engine and called once per question with the whole prompt, as a user would.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf
from tiny_families import FAMILIES
from tiny_models import build

from mmjudge.backends.engine import suffixes, tiers
from mmjudge.backends.engine.checks import ask as check
from mmjudge.backends.engine.model import Engine
from mmjudge.backends.engine.prefix import read
from mmjudge.backends.engine.tiers import Question, ask_packed, plainly
from mmjudge.types import Segment

TIER = dict.fromkeys(FAMILIES, "cascade") | {
    "gemma3": "packed",
    "gemma4": "packed",
    "gemma4_dense": "packed",
    "qwen3_5": "native",
    "qwen3_5_moe": "native",
    "paligemma": "alone",
}
WATCHING = ["smolvlm", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "llava_onevision", "internvl", "qwen3_5", "gemma4"]
ASKS = [
    "Yes?",
    "Is there a person visible in the picture? Answer Yes or No.",
    "Does it show a weapon, blood, or somebody who is afraid of another person nearby? Answer No or Yes.",
    "Statement: the quick brown fox jumps over the lazy dog 0123456789.\nIs it true?",
    "red",
    "Are there words? Answer Yes or No.",
]
CLOSE = 1e-4


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("models")
    return {name: build(name, where / name) for name in FAMILIES}


def draw(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (96, 128, 3), dtype=np.uint8)


def shown(engine: Engine, seed: int = 0) -> Segment:
    """Words, and a picture or a sound where the model takes one."""
    sound = np.random.default_rng(seed).standard_normal(24_000).astype(np.float32) * 0.1
    return Segment(
        "x",
        0,
        text="A caption with a few words in it.",
        frames=(draw(seed),) if "image" in engine.reads else (),
        audio=sound if "audio" in engine.reads else None,
    )


def video(seed: int = 0) -> Segment:
    return Segment("v", 0, frames=tuple(draw(10 * seed + n) for n in range(4)), frame_times=(0.0, 0.5, 1.0, 1.5))


def alone(engine: Engine, segment: Segment) -> torch.Tensor:
    """Logits by a model of its own: one public forward per question."""
    config = hf.AutoConfig.from_pretrained(engine.folder)
    words = type(config) not in hf.AutoModelForMultimodalLM._model_mapping
    kind = hf.AutoModelForCausalLM if words else hf.AutoModelForMultimodalLM
    model = kind.from_pretrained(engine.folder, dtype=torch.float32).eval()
    rows = []
    for ask in ASKS:
        if hasattr(getattr(model, "model", None), "rope_deltas"):
            model.model.rope_deltas = None
        with torch.no_grad():
            rows.append(model(**engine._inputs.full(segment, ask)).logits[0, -1])
    return torch.stack(rows)


def together(engine: Engine, segment: Segment) -> torch.Tensor:
    with torch.inference_mode():
        return torch.stack(list(engine._answers(segment, ASKS)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_shared_reading_equals_the_public_forward(family: str, folders: dict[str, Path]) -> None:
    engine = Engine(folders[family], device="cpu")
    assert engine.tier == TIER[family], engine.checked
    for segment in (shown(engine), Segment("", -1)):
        truth = alone(engine, segment)
        assert (truth[0] - truth[1]).abs().max() > 0.01, "these questions get the same answer: nothing is proven"
        assert (together(engine, segment) - truth).abs().max() <= CLOSE
        assert (together(engine, segment) - truth).abs().max() <= CLOSE, "a reading that was kept gives other answers"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tier", tiers.TIERS[:3])
def test_every_way_that_passed_the_check_is_right(family: str, tier: Any, folders: dict[str, Path]) -> None:
    engine = Engine(folders[family], device="cpu")
    found = check(engine._loaded, engine._inputs, every=True)[tier]
    if not isinstance(found, float):
        assert tier in ("cascade", "packed") or family == "paligemma", found
        return
    engine = Engine(folders[family], device="cpu", tier=tier)
    segment = shown(engine, 3)
    assert (together(engine, segment) - alone(engine, segment)).abs().max() <= CLOSE


@pytest.mark.parametrize("family", WATCHING)
def test_a_video_is_read_once_as_a_video(family: str, folders: dict[str, Path]) -> None:
    engine, segment = Engine(folders[family], device="cpu"), video()
    assert engine._inputs._kinds(segment) == ["video"]
    truth = alone(engine, segment)
    assert (together(engine, segment) - truth).abs().max() <= CLOSE
    assert (alone(engine, video(1)) - truth).abs().max() > 0.01, "another video gets the same answers"


def test_a_video_is_watched_by_a_model_that_must_be_asked_alone(folders: dict[str, Path]) -> None:
    engine = Engine(folders["qwen2_vl"], device="cpu", tier="alone")
    engine._hands_on = True
    assert (together(engine, video()) - alone(engine, video())).abs().max() <= CLOSE
    assert (together(engine, shown(engine)) - alone(engine, shown(engine))).abs().max() <= CLOSE


@pytest.mark.parametrize("family", ["idefics3", "llava", "gemma3"])
def test_a_model_without_videos_is_shown_the_frames(family: str, folders: dict[str, Path]) -> None:
    engine, segment = Engine(folders[family], device="cpu"), video()
    assert engine._inputs._kinds(segment) == ["image"] * 4
    assert (together(engine, segment) - alone(engine, segment)).abs().max() <= CLOSE


@pytest.mark.parametrize("family", ["smolvlm", "qwen2_5_vl", "gemma3", "qwen2_audio", "qwen3_5", "paligemma"])
def test_the_medium_is_read_once_however_often_one_asks(family: str, folders: dict[str, Path]) -> None:
    engine = Engine(folders[family], device="cpu")
    read_times: list[int] = []
    tower = next(
        part
        for name, part in engine._model.named_modules()
        if name.endswith(("vision_model", "visual", "vision_tower", "audio_tower"))
    )
    tower.register_forward_hook(lambda *_: read_times.append(1))
    segment = shown(engine, 1)
    for at in range(0, len(ASKS), 2):
        engine.score_yes_no(segment, ASKS[at : at + 2], order=at // 2 % 2)
    engine.score_yes_no(Segment("", -1), ASKS)
    engine.score_yes_no(segment, ASKS[:1])
    if engine.tier not in ("native", "alone"):
        engine.generate(segment, "Think.", 3)
    assert len(read_times) == 1
    engine.score_yes_no(shown(engine, 2), ASKS[:1])
    assert len(read_times) == 2


def publicly(engine: Engine, segment: Segment, asked: str, previous: tuple[tuple[str, str], ...] = ()) -> str:
    """The model's own greedy generation over the whole prompt."""
    inputs = engine._inputs.full(segment, asked, previous)
    if hasattr(getattr(engine._model, "model", None), "rope_deltas"):
        engine._model.model.rope_deltas = None
    with torch.inference_mode():
        ids = engine._model.generate(**inputs, max_new_tokens=8, do_sample=False)
    return engine._loaded.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reply_over_a_shared_reading_is_that_of_public_generation(family: str, folders: dict[str, Path]) -> None:
    engine = Engine(folders[family], device="cpu")
    said = []
    for segment in (shown(engine, 4), *([video()] if family in WATCHING else [])):
        thought = engine.generate(segment, "Think step by step.", 8)
        assert isinstance(thought, str)
        assert thought == publicly(engine, segment, "Think step by step.")
        before = (("Think step by step.", thought),)
        assert engine.generate(segment, "Conclude.", 8, before) == publicly(engine, segment, "Conclude.", before)
        engine.score_yes_no(segment, ASKS[:2])
        assert engine.generate(segment, "Think.", 8) == publicly(engine, segment, "Think.")
        said.append(thought)
    assert any(said), "nothing was said: nothing is proven"


# --- what must be found out -----------------------------------------------------------------------------------


def questions(engine: Engine, segment: Segment) -> list[Question]:
    ids = engine._inputs.beginning(segment)
    return [Question(engine._inputs.full(segment, a), engine._inputs.ids(segment, a)[len(ids) :]) for a in ASKS]


def error(engine: Engine, segment: Segment, **changed: Any) -> float:
    """The largest error of packed questions over a prefix that was tampered with."""
    asked = questions(engine, segment)
    with torch.inference_mode():
        whole, _ = read(engine._model, asked[0].inputs)
        prefix = replace(whole.cut(whole.length - len(asked[0].tail)), **changed)
        hidden = ask_packed(engine._model, prefix, [q.tail for q in asked])
        truth = torch.stack([plainly(engine._model, q.inputs) for q in asked])
        return float((tiers.anatomy.logits(engine._model, hidden) - truth).abs().max())


@pytest.mark.parametrize("family", ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"])
def test_dropped_positions_are_found_out(family: str, folders: dict[str, Path]) -> None:
    engine = Engine(folders[family], device="cpu")
    for segment in (shown(engine), video()):
        assert error(engine, segment) <= CLOSE
        assert error(engine, segment, shift=0) > 10 * tiers.TOLERANCE["float32"]


def test_another_picture_is_found_out(folders: dict[str, Path]) -> None:
    engine = Engine(folders["smolvlm"], device="cpu")
    other = questions(engine, shown(engine, 5))[0]
    with torch.inference_mode():
        whole, _ = read(engine._model, other.inputs)
        layers = whole.cut(whole.length - len(other.tail)).layers
    assert error(engine, shown(engine), layers=layers) > 10 * tiers.TOLERANCE["float32"]


def test_questions_that_see_each_other_are_found_out(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, pack = Engine(folders["llava"], device="cpu"), suffixes.pack
    seen_by_all = lambda rows: pack(rows)._replace(owner=[0] * sum(map(len, rows)))  # noqa: E731
    monkeypatch.setattr(tiers.suffixes, "pack", seen_by_all)
    assert error(engine, shown(engine)) > 10 * tiers.TOLERANCE["float32"]


def test_a_picture_that_sees_the_question_is_found_out(folders: dict[str, Path]) -> None:
    """PaliGemma with ends that match: only its numbers can tell."""
    engine = Engine(folders["paligemma"], device="cpu")
    segment = shown(engine)
    asked = [
        Question(q.inputs, [*q.tail, *engine._loaded.tokenizer("\n")["input_ids"]]) for q in questions(engine, segment)
    ]
    assert all(q.inputs["input_ids"][0, -len(q.tail) :].tolist() == q.tail for q in asked)
    found = tiers.differences(engine._model, asked)
    assert tiers.fitting(found, "float32") == "alone", found
    assert any(isinstance(gap, float) and gap > tiers.TOLERANCE["float32"] for gap in found.values()), found


def test_the_first_way_that_rounding_explains_is_taken() -> None:
    assert tiers.fitting({"cascade": 1e-6, "packed": 1e-6}, "float32") == "cascade"
    assert tiers.fitting({"cascade": "no", "packed": 2e-3, "native": 9e-4}, "float32") == "native"
    assert tiers.fitting({"cascade": float("nan"), "packed": float("inf")}, "float32") == "alone"
    assert tiers.fitting({"packed": 0.1}, "bfloat16") == "packed"
    assert tiers.fitting({"packed": 0.1}, "a type nobody knows") == "alone"
    assert tiers.fitting({}, "float32") == "alone"

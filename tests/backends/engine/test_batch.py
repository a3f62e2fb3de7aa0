"""Several segments read in one forward answer as each does alone, in every family that can be read so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_families import FAMILIES
from tiny_models import build

from mmjudge.backends.engine import batch, checks
from mmjudge.backends.engine.model import Engine
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.rubric import parse
from mmjudge.settings import Settings
from mmjudge.types import Reading, Segment, YesNo

ABREAST = ["smolvlm", "idefics3", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "llava", "gemma3", "internvl", "llama", "qwen3"]
ASKS = ["The picture is red.", "Is somebody there?", "Statement: a content moderator is there, and a red picture."]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    where = tmp_path_factory.mktemp("models")
    return {name: build(name, where / name) for name in FAMILIES}


def segments(engine: Engine, count: int = 3) -> list[Segment]:
    """Of unequal lengths: words and, where they are seen, pictures of unequal sizes."""
    draw = np.random.default_rng(0)
    frames = [draw.integers(0, 256, (64 + 32 * n, 96, 3), dtype=np.uint8) for n in range(count)]
    sees = "image" in engine.reads
    return [Segment("x", n, text="word " * (n + 1), frames=(frames[n],) if sees else ()) for n in range(count)]


def answers(engine: Engine, some: list[Segment]) -> list[tuple[float, float]]:
    found = [answer for segment in some for answer in engine.score_yes_no(segment, ASKS)]
    assert all(isinstance(answer, YesNo) for answer in found)
    return [(answer.yes, answer.no) for answer in found if isinstance(answer, YesNo)]


@pytest.mark.parametrize("family", ABREAST)
def test_read_together_answers_as_read_apart(family: str, folders: dict[str, Path]) -> None:
    apart, abreast = Engine(folders[family], device="cpu"), Engine(folders[family], device="cpu", ahead=3)
    assert (apart.ahead, abreast.ahead) == (1, 3)
    some = segments(apart)
    abreast.read_ahead(some)
    assert len(abreast._kept) == 3
    assert np.allclose(answers(abreast, some), answers(apart, some), rtol=0, atol=1e-6)


def test_families_that_cannot_be_read_so_read_one_by_one(folders: dict[str, Path]) -> None:
    for family in ("paligemma", "qwen3_5"):
        engine = Engine(folders[family], device="cpu", ahead=3)
        assert engine.ahead == 1
        engine.read_ahead(segments(engine))
        assert not engine._kept


def test_a_batch_that_answers_otherwise_is_found_out(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(folders["smolvlm"], device="cpu")
    assert checks.together(engine._loaded, engine._inputs, engine.tier)
    read = batch.read_together
    monkeypatch.setattr(batch, "read_together", lambda model, inputs: read(model, inputs)[::-1])
    assert not checks.together(engine._loaded, engine._inputs, engine.tier)


def test_the_parts_of_a_post_are_read_in_one_forward(folders: dict[str, Path]) -> None:
    rules = """
id: post
title: Two pictures
rules:
  - id: red
    text: No red.
    modalities: [image]
    severity: 2
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The picture is red.}]}
      - {id: p2, any_of: [{id: q2, ask: Somebody is in the picture.}]}
"""
    rubric, evidence, forwards = parse(rules, "post"), [], []
    for ahead in (1, 3):
        engine = Engine(folders["llava"], device="cpu", ahead=ahead)
        runs: list[int] = []
        tower = next(part for name, part in engine._model.named_modules() if name.endswith("vision_tower"))
        tower.register_forward_hook(lambda *_, runs=runs: runs.append(1))
        judge = Judge("post", rubric, LOOSE, Settings().without("reasoning", "debias"), engine)
        measured = judge.measure(Reading("x", tuple(segments(engine))))
        forwards.append(len(runs))
        evidence.append([(p.rule_id, p.question_id, p.segment, round(p.m or 0.0, 5)) for p in measured.evidence])
    assert forwards == [3, 1]
    assert evidence[0] == evidence[1]

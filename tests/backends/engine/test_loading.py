"""Types of weights, what a model takes in, and torchvision beside any torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import build

from mmjudge.backends.engine.loading import load
from mmjudge.backends.engine.model import Engine, load_folder
from mmjudge.errors import BackendError
from mmjudge.types import Segment, YesNo

ASKS = ["Is it red?", "Does it show a weapon?", "The content praises a crime."]
PICTURE = Segment("x", 0, frames=(np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8),))


@pytest.fixture(scope="module")
def smolvlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("smolvlm", tmp_path_factory.mktemp("models") / "smolvlm")


def shares(engine: Engine) -> list[float]:
    answers = engine.score_yes_no(PICTURE, ASKS)
    assert all(isinstance(a, YesNo) for a in answers)
    return [a.yes / (a.yes + a.no) for a in answers if isinstance(a, YesNo)]


@pytest.mark.parametrize(("dtype", "near"), [("bfloat16", 0.05), ("int8", 0.1)])
def test_smaller_types_give_nearly_the_same_answers(smolvlm: Path, dtype: str, near: float) -> None:
    whole, small = Engine(smolvlm, device="cpu"), Engine(smolvlm, device="cpu", dtype=dtype)
    assert small.tier == "cascade", small.checked
    assert f"/{dtype}/" in small.id
    assert small.id != whole.id
    gaps = [abs(a - b) for a, b in zip(shares(whole), shares(small), strict=True)]
    assert 0 < max(gaps) < near


def test_a_type_nobody_knows_is_refused(smolvlm: Path) -> None:
    with pytest.raises(BackendError, match="float32, bfloat16, float16 or int8"):
        load(smolvlm, "cpu", "float7")


def test_a_folder_with_weights_missing_is_refused(smolvlm: Path, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(smolvlm, tmp_path / "half")
    weights = load_file(tmp_path / "half" / "model.safetensors")
    name = next(name for name in weights if "mlp.down_proj" in name)
    save_file(
        {n: w for n, w in weights.items() if n != name}, tmp_path / "half" / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(BackendError, match="is not whole: 1 of its weights"):
        load(tmp_path / "half", "cpu")


def test_device_and_type_are_named_in_the_environment(smolvlm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMJUDGE_DEVICE", "cpu")
    monkeypatch.setenv("MMJUDGE_DTYPE", "bfloat16")
    backend = load_folder(str(smolvlm)).backend
    assert backend is not None
    assert "/bfloat16/" in backend.id


@pytest.mark.parametrize(
    ("family", "reads"),
    [
        ("smolvlm", {"text", "image"}),
        ("qwen2_audio", {"text", "audio"}),
        ("qwen3", {"text"}),
        ("gemma3", {"text", "image"}),
        ("gemma4", {"text", "image", "audio"}),
        ("gemma4_dense", {"text", "image"}),
    ],
)
def test_what_a_model_takes_in_is_read_off_its_processor(family: str, reads: set[str], tmp_path: Path) -> None:
    assert load(build(family, tmp_path), "cpu").reads == reads


def test_torchvision_of_the_registry_imports_beside_this_torch() -> None:
    """As a newcomer would: an environment of its own import order, transformers' processors included."""
    code = (
        "from mmjudge.backends.torchvision_ops import with_torchvision; with_torchvision(); with_torchvision();"
        "import torchvision.transforms.v2; from transformers import Qwen2VLImageProcessor, Qwen2VLVideoProcessor;"
        "print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "fine", done.stderr

"""`mmjudge models` in a process of its own, against a hub on this machine, which is a real HTTP server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_stand_in import Hub, serving
from PIL import Image
from tiny_models import build

from mmjudge.backends.models import named

NAME = "qwen3-vl-2b"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of that family, with what a repository has beside it and nobody should fetch."""
    folder = build("qwen3_vl", tmp_path_factory.mktemp("hub") / "model")
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_own.py").write_text("raise SystemExit('code of the repository was run')")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    (folder / "LICENSE").write_text("Apache-2.0")
    return folder


@pytest.fixture
def hub(weights: Path) -> Iterator[Hub]:
    model = named(NAME)
    assert model.revision
    with serving(Hub(model.hub, model.revision, weights)) as found:
        yield found


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    own = {"MMJUDGE_CACHE": "cache", "MMJUDGE_HOME": "home", "HF_HOME": "hf"}
    return {**kept, **{name: str(tmp_path / folder) for name, folder in own.items()}, "COLUMNS": "160"}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    def run(*arguments: str, **env: str) -> tuple[int, str, str]:
        program = [sys.executable, "-m", "mmjudge", *arguments]
        done = subprocess.run(
            program, capture_output=True, text=True, cwd=tmp_path, env={**environment, **env}, check=False, timeout=300
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_list_marks_what_to_begin_with_and_says_what_was_not_verified(run: Run) -> None:
    code, out, _ = run("models")
    assert code == 0
    assert any(line.startswith("* ") for line in out.splitlines())
    assert "none was measured" in out
    code, out, _ = run("models", "--json")
    rows = {row["name"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert all("not verified here" in row["verified"] for row in rows.values())
    assert rows[NAME]["revision"] == named(NAME).revision
    assert rows[NAME]["here"] is None


def test_a_fetched_model_judges_a_picture_by_its_name(run: Run, hub: Hub, tmp_path: Path) -> None:
    code, out, err = run("models", "fetch", NAME, HF_ENDPOINT=hub.address)
    assert code == 0, err
    folder = tmp_path / "cache" / "weights" / "models" / NAME
    assert f"transformers:{NAME}" in out
    fetched = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert {"config.json", "model.safetensors", "LICENSE", "tokenizer.json"} <= fetched
    assert not fetched & {"pytorch_model.bin", "modeling_own.py", "onnx"}
    assert (folder / ".source").read_text() == f"{hub.repository}@{hub.commit}\n"
    [row] = [json.loads(line) for line in run("models", "--json")[1].splitlines() if f'"{NAME}"' in line]
    assert row["here"] == {"path": str(folder), "revision": hub.commit, "source": "fetched"}

    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "picture.png")
    code, out, err = run("judge", "picture.png", "--json", "-j", f"transformers:{NAME}", HF_HUB_OFFLINE="1")
    verdict = json.loads(out)
    asked = [piece for piece in verdict["measurement"]["evidence"] if piece["stage"] == "probe"]
    assert asked, err
    assert code in (0, 1, 3)
    said = len(hub.asked)
    code, _, err = run("models", "fetch", NAME, HF_ENDPOINT=hub.address)
    assert (code, len(hub.asked)) == (0, said)
    assert "here already" in err


def test_a_fetch_that_was_killed_goes_on_with_the_files_that_are_missing(
    run: Run, hub: Hub, tmp_path: Path, environment: dict[str, str]
) -> None:
    hub.stalled = {"model.safetensors"}
    program = [sys.executable, "-m", "mmjudge", "models", "fetch", NAME]
    env = {**environment, "HF_ENDPOINT": hub.address}
    folder = tmp_path / "cache" / "weights" / "models" / NAME
    with subprocess.Popen(program, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:
        until = time.monotonic() + 60
        small = {"config.json", "tokenizer.json", "LICENSE"}
        while not all((folder / name).is_file() for name in small) or ("GET", "model.safetensors") not in hub.asked:
            assert time.monotonic() < until
            time.sleep(0.05)
        one.kill()
    assert not (folder / "model.safetensors").exists()
    code, _, err = run("doctor", "-j", f"transformers:{NAME}")
    assert code == 2
    assert f"`mmjudge models fetch {NAME}` brings it" in err
    hub.stalled = set()
    hub.asked.clear()
    code, _, err = run("models", "fetch", NAME, HF_ENDPOINT=hub.address)
    assert code == 0, err
    again = {name for method, name in hub.asked if method == "GET"}
    assert "model.safetensors" in again
    assert not again & small
    assert not list(folder.rglob("*.incomplete"))


def test_bytes_that_are_not_those_of_the_commit_are_thrown_away(run: Run, hub: Hub, tmp_path: Path) -> None:
    hub.spoilt = {"config.json", "model.safetensors"}
    for name in ("config.json", "model.safetensors"):
        code, _, err = run("models", "fetch", NAME, HF_ENDPOINT=hub.address)
        assert code == 2
        assert f"{name} arrived wrong" in err
        assert not (tmp_path / "cache" / "weights" / "models" / NAME / name).exists()
        hub.spoilt = set()
    assert run("models", "fetch", NAME, HF_ENDPOINT=hub.address)[0] == 0


def test_what_is_in_the_way_is_said(run: Run, hub: Hub, tmp_path: Path) -> None:
    def refused(name: str, **env: str) -> str:
        code, out, err = run("models", "fetch", name, **env)
        assert (code, out) == (2, "")
        return err

    right = hub.commit
    hub.commit = "0" * 40
    assert f"the hub has no commit {right}" in refused(NAME, HF_ENDPOINT=hub.address)
    hub.commit = right
    assert "the hub has no Qwen/Qwen3-0.6B" in refused("qwen3-0.6b", HF_ENDPOINT=hub.address)
    hub.gated = True
    assert "HF_TOKEN" in refused(NAME, HF_ENDPOINT=hub.address)
    nowhere = refused(NAME, HF_ENDPOINT="http://127.0.0.1:9")
    assert "could not be reached" in nowhere
    assert "HF_ENDPOINT" in nowhere
    assert "--judge transformers:FOLDER" in nowhere
    assert "HF_HUB_OFFLINE is set" in refused(NAME, HF_HUB_OFFLINE="1")
    assert "did you mean qwen3-vl-2b" in refused("qwen3vl-2b")
    assert "a pickle" in refused("clip-base", HF_ENDPOINT=hub.address)
    assert not (tmp_path / "cache" / "weights" / "models").exists()


def test_a_model_that_is_not_pinned_is_taken_as_its_branch_is_and_the_commit_written_down(
    run: Run, weights: Path, tmp_path: Path
) -> None:
    model = named("internvl3.5-2b")
    assert model.revision is None
    with serving(Hub(model.hub, "a" * 40, weights)) as hub:
        code, out, err = run("models", "fetch", model.name, HF_ENDPOINT=hub.address)
    assert code == 0, err
    assert "commit " + "a" * 40 in out
    note = tmp_path / "cache" / "weights" / "models" / model.name / ".source"
    assert note.read_text() == f"{model.hub}@{'a' * 40}\n"


def test_a_copy_in_the_cache_of_the_hub_is_found_and_used(run: Run, weights: Path, tmp_path: Path) -> None:
    model = named(NAME)
    snapshot = tmp_path / "hf" / "hub" / "models--Qwen--Qwen3-VL-2B-Instruct" / "snapshots" / ("b" * 40)
    shutil.copytree(weights, snapshot)
    assert f"here: {snapshot} (hub cache, commit bbbbbbbbbbbb, not the pinned one)" in run("models")[1]
    shutil.move(snapshot, snapshot.with_name(str(model.revision)))
    out = run("doctor", "-j", f"transformers:{NAME}")[1]
    assert "words          qwen3_vl@" in out
    assert "models      qwen3-vl-2b (hub cache)" in out

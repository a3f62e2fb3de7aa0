"""Which copy of a model is used, and which folder is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmjudge.backends.hub import File, wanted
from mmjudge.backends.models import named
from mmjudge.backends.shelf import folder_for, found, held, shelf, whole
from mmjudge.errors import BackendError

MODEL = named("smolvlm-256m")


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("config.json", *names):
        (folder / name).write_text("{}")
    return folder


def snapshot(tmp_path: Path, commit: str) -> Path:
    return tmp_path / "hub" / f"models--{MODEL.hub.replace('/', '--')}" / "snapshots" / commit


def test_a_folder_is_whole_once_every_shard_of_its_index_is_there(tmp_path: Path) -> None:
    folder = put(tmp_path / "model")
    assert not whole(folder)
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "one.safetensors").touch()
    assert not whole(folder)
    (folder / "two.safetensors").touch()
    assert whole(folder)
    for broken in ("{", "[]", '{"weight_map": {}}', '{"weight_map": {"a": "../model/one.safetensors"}}'):
        (folder / "model.safetensors.index.json").write_text(broken)
        assert not whole(folder), broken
    assert whole(put(tmp_path / "small", "model.safetensors"))
    assert not whole(tmp_path / "nothing")


def test_the_fetched_copy_is_used_before_the_pinned_one_of_the_hub_before_any_other(tmp_path: Path) -> None:
    assert held(MODEL) is None
    assert found() == []
    other = put(snapshot(tmp_path, "c" * 40), "model.safetensors")
    assert held(MODEL) == (other, "c" * 40, "hub cache")
    pinned = put(snapshot(tmp_path, str(MODEL.revision)), "model.safetensors")
    other.touch()
    assert held(MODEL) == (pinned, MODEL.revision, "hub cache")
    fetched = put(shelf() / MODEL.name, "model.safetensors")
    assert held(MODEL) == (fetched, "", "put there by hand")
    (fetched / ".source").write_text(f"{MODEL.hub}@{'d' * 40}\n")
    assert held(MODEL) == (fetched, "d" * 40, "fetched")
    assert found() == ["smolvlm-256m (fetched)"]


def test_a_judge_is_a_folder_before_it_is_a_name(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="`mmjudge models fetch smolvlm-256m` brings it"):
        folder_for(MODEL.hub)
    fetched = put(shelf() / MODEL.name, "model.safetensors")
    assert folder_for("smolvlm-256m") == folder_for(MODEL.hub) == fetched
    own = put(shelf() / "my-tuned", "model.safetensors")
    assert folder_for("my-tuned") == own
    assert folder_for("neither") == Path("neither")
    put(tmp_path / "smolvlm-256m")
    assert folder_for("smolvlm-256m") == Path("smolvlm-256m")


def test_a_hub_id_of_nobodys_list_is_found_in_the_cache_of_the_hub(tmp_path: Path) -> None:
    there = tmp_path / "hub" / "models--some-one--their.model" / "snapshots"
    assert folder_for("some-one/their.model") == Path("some-one/their.model")
    put(there / ("a" * 40))  # no weights in it
    assert folder_for("some-one/their.model") == Path("some-one/their.model")
    whole_one = put(there / ("b" * 40), "model.safetensors")
    assert folder_for("some-one/their.model") == whole_one
    assert folder_for("../their.model") == Path("../their.model")


def test_only_what_cannot_run_code_is_wanted_and_nothing_of_a_folder() -> None:
    names = [
        "config.json",
        "model-00001-of-00002.safetensors",
        "pytorch_model.bin",
        "modeling_x.py",
        "onnx/model.json",
        "..\\config.json",
        "merges.txt",
        "chat_template.jinja",
        "tokenizer.model",
        "LICENSE.md",
        "README.md",
        "model.gguf",
    ]
    kept = [file.name for file in wanted(File(name, 1, "", "") for name in names)]
    assert kept == [
        "LICENSE.md",
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model-00001-of-00002.safetensors",
        "tokenizer.model",
    ]

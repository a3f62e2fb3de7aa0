"""No path in an imported file leaves its folder, and nothing outside it is opened."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from mmjudge.errors import ExchangeError
from mmjudge.formats import Given, Meant, jsonl, labelstudio
from mmjudge.formats.described import inside
from mmjudge.formats.jsonl import line_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file and links that lead out of it, beside a secret that nobody may read."""
    (tmp_path / "secret.txt").write_text("secret")
    os.chmod(tmp_path / "secret.txt", 0o600)
    here = tmp_path / "here"
    (here / "deep").mkdir(parents=True)
    (here / "deep" / "a.txt").write_text("mine")
    (here / "out").symlink_to(tmp_path)
    (here / "link.txt").symlink_to(tmp_path / "secret.txt")
    (here / "loop").symlink_to(here / "loop")
    (here / "within.txt").symlink_to(here / "deep" / "a.txt")
    os.mkfifo(here / "pipe")
    return here


@pytest.mark.parametrize("name", ["deep/a.txt", "./deep/a.txt", "within.txt"])
def test_files_within_are_found(folder: Path, name: str) -> None:
    assert inside(folder, name, "line 1").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt", "deep/../../secret.txt", "deep/../deep/a.txt", "link.txt", "out/secret.txt", "loop", "pipe",
        "deep",
        "/etc/hostname", "//host/share/a", "C:\\a.txt", "C:a.txt", "\\\\host\\a", "..\\secret.txt", "https://host/a.png",
        "file:///etc/hostname", "s3://bucket/a", "missing.txt", "a" * 5000, "", "a\0b", 7, None, ["deep/a.txt"],
    ],
)  # fmt: skip
def test_others_are_refused_with_their_place(folder: Path, name: object) -> None:
    with pytest.raises(ExchangeError, match=r"^line 1: "):
        inside(folder, name, "line 1")


@pytest.mark.parametrize("name", ["../secret.txt", "link.txt", "/etc/hostname", "https://host/a.png"])
def test_so_do_the_formats(folder: Path, name: str) -> None:
    (folder / "items.jsonl").write_bytes(line_of({"id": "1", "text": "caption", "files": [name]}))
    with pytest.raises(ExchangeError, match=r"items\.jsonl, line 1"):
        list(jsonl.read(folder / "items.jsonl", Meant()))
    (folder / "tasks.json").write_bytes(b"[" + line_of({"id": 1, "data": {"image": name}}) + b"]")
    with pytest.raises(ExchangeError, match=r"tasks\.json, task 1"):
        list(labelstudio.read(folder / "tasks.json", Meant()))


def test_files_of_a_row_are_hashed(folder: Path) -> None:
    (folder / "items.jsonl").write_bytes(line_of({"id": "1", "text": "caption", "files": ["deep/a.txt"]}))
    (given,) = jsonl.read(folder / "items.jsonl", Meant())
    assert isinstance(given, Given)
    assert [(m.sha256, m.size) for m in given.item.media] == [(hashlib.sha256(b"mine").hexdigest(), 4)]

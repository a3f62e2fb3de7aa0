"""A hub on this machine: a real HTTP server with the few routes that fetching a model asks for.

Serves one repository at one commit out of a folder. What is asked is written down; a file can be made to stall.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Hub:
    """`asked`: (method, path) of every request for a file. A file in `stalled` is sent by half, and then nothing.
    `spoilt`: files sent with another last byte. `gated`: who asks without a token is refused."""

    def __init__(self, repository: str, commit: str, folder: Path) -> None:
        self.repository, self.commit, self.folder = repository, commit, folder
        self.asked: list[tuple[str, str]] = []
        self.stalled: set[str] = set()
        self.spoilt: set[str] = set()
        self.gated = False
        self.over = threading.Event()
        self.address = ""

    def entries(self) -> list[dict[str, object]]:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [self.entry(path) for path in files]

    def entry(self, path: Path) -> dict[str, object]:
        content = path.read_bytes()
        name = path.relative_to(self.folder).as_posix()
        found: dict[str, object] = {"path": name, "rfilename": name, "size": len(content), "type": "file"}
        found["oid"] = found["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        if path.suffix == ".safetensors":
            sha256 = hashlib.sha256(content).hexdigest()
            found["lfs"] = {"oid": sha256, "sha256": sha256, "size": len(content), "pointerSize": 134}
        return found


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, answering at `hub.address` until the block ends."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            api, resolve = f"/api/models/{hub.repository}", f"/{hub.repository}/resolve/"
            if hub.gated and "authorization" not in self.headers:
                self.say(401, b"{}", {"X-Error-Code": "GatedRepo"})
            elif path in (api, f"{api}/revision/{hub.commit}"):
                self.say_json({"id": hub.repository, "sha": hub.commit, "siblings": hub.entries()})
            elif path == f"{api}/tree/{hub.commit}":
                self.say_json(hub.entries())
            elif path.startswith(f"{resolve}{hub.commit}/"):
                self.say_file(path.removeprefix(f"{resolve}{hub.commit}/"))
            elif path.startswith((f"{api}/", resolve)):
                self.say(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            else:
                self.say(404, b"{}", {"X-Error-Code": "RepoNotFound"})

        def say_json(self, value: object) -> None:
            self.say(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def say_file(self, name: str) -> None:
            hub.asked.append((self.command, name))
            content = (hub.folder / name).read_bytes()
            if name in hub.spoilt:
                content = content[:-1] + bytes([content[-1] ^ 1])
            tag = str(hub.entry(hub.folder / name)["oid"])
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": hub.commit}
            self.say(200, content, headers, self.command == "GET" and name in hub.stalled)

        def say(self, status: int, body: bytes, headers: dict[str, str], stalls: bool = False) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            self.wfile.write(body[: len(body) // 2] if stalls else body)
            if stalls:
                self.wfile.flush()
                hub.over.wait(120)
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        server.server_close()

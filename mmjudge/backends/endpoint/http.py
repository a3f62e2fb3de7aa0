"""One server over HTTP: JSON in, JSON out, the right errors tried again.

Knows sockets, retries and the key. Refuses to know what is said. The key comes from the environment (MMJUDGE_API_KEY),
goes into one header and nowhere else: no message, no log and no repr has it; nor has any of them words of the server's,
which could repeat it, but for the names of its models. Redirects are not followed: a key or a picture must not go to
another host.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mmjudge.errors import BackendError
from mmjudge.types import Missing

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

KEY = "MMJUDGE_API_KEY"

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another try may change; 400, 401, 403, 404, 413 and 422 say that the request itself is wrong."""

TRIES = 4
LONGEST_WAIT = 30.0
LARGEST_REPLY = 8 * 1024 * 1024
"""Bytes: a reply with twenty tokens has some thousand."""

TOO_LONG = ("context length", "context size", "maximum context", "too many tokens", "exceeds the available context")
FILTERED = ("content_filter", "content_policy", "content management policy")


class AgainError(Exception):
    """A try that failed in a way that another may not. `after`: seconds the server asked for, if it did."""

    def __init__(self, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.after = after


class Server:
    """A base URL. Connections are kept; safe to be called by several threads at once."""

    def __init__(self, url: str, timeout: float = 120.0, wait: float = 0.5) -> None:
        """`wait`: seconds before the second try; doubled for each further one. BackendError for a URL that is none."""
        if "@" in url:
            raise BackendError(f"leave the key out of the address: set {KEY} in the environment instead")
        try:
            parts = urlsplit(url)
        except ValueError as why:
            raise BackendError(f"{url!r} is no address of a server: {why}") from why
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BackendError(f"{url!r} is no http or https address of a server")
        if parts.query:
            raise BackendError("the address of a server ends with its path: leave out what follows the question mark")
        key = os.environ.get(KEY, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise BackendError(f"{KEY} holds characters that cannot stand in a header: set it again")
        path = parts.path.rstrip("/").removesuffix("/v1")
        self.base = f"{parts.scheme}://{parts.netloc}{path}"
        self._timeout, self._wait = timeout, wait
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def post(self, path: str, body: dict[str, Any], patient: bool = True) -> Any | Missing:
        """The JSON of the reply. Missing: timed_out, too_large, refused, unparsed or backend_failed, with words. Not
        `patient`: 500 is an answer."""
        return self._asked("POST", path, body, patient)

    def get(self, path: str) -> Any | Missing:
        return self._asked("GET", path, None, True)

    def _asked(self, method: str, path: str, body: dict[str, Any] | None, patient: bool) -> Any | Missing:
        import httpx
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        tries = Retrying(
            retry=retry_if_exception_type(AgainError), stop=stop_after_attempt(TRIES), wait=self._pause, reraise=True
        )
        try:
            return tries(self._once, method, path, body, AGAIN if patient else AGAIN - {500})
        except AgainError as why:
            return Missing("backend_failed", f"{self.base}: {why}, after {TRIES} tries")
        except httpx.TimeoutException:
            return Missing("timed_out", f"{self.base}: no reply within {self._timeout:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL) as why:
            return Missing("backend_failed", f"{self.base}: {type(why).__name__}")

    def _pause(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.after if isinstance(failed, AgainError) else None
        return pause(asked, state.attempt_number, self._wait)

    def _once(self, method: str, path: str, body: dict[str, Any] | None, again: frozenset[int]) -> Any | Missing:
        import httpx

        end = time.monotonic() + self._timeout  # that of httpx is for each read: a server may drip
        try:
            with self._connection().stream(method, self.base + path, json=body) as reply:
                told = bytearray()
                for piece in reply.iter_bytes():
                    told += piece
                    if time.monotonic() > end:
                        return Missing("timed_out", f"{self.base}: no whole reply within {self._timeout:.0f} s")
                    if len(told) > LARGEST_REPLY:
                        return Missing("unparsed", f"{self.base}: a reply of more than {LARGEST_REPLY} bytes")
        except (httpx.NetworkError, httpx.RemoteProtocolError) as why:
            raise AgainError(f"{type(why).__name__}: no connection") from why
        if reply.status_code in again:
            raise AgainError(f"HTTP {reply.status_code}", seconds(reply.headers.get("retry-after")))
        return read(self.base, reply.status_code, bytes(told))

    def _connection(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                key = os.environ.get(KEY, "").strip()
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                self._client = httpx.Client(timeout=self._timeout, headers=headers, follow_redirects=False)
            return self._client


def read(base: str, status: int, told: bytes) -> Any | Missing:
    """What a final status and its bytes mean. Pure."""
    words = told[:2000].decode("utf-8", "replace")
    if status == 413 or (status == 400 and any(sign in words.lower() for sign in TOO_LONG)):
        return Missing("too_large", f"{base}: the server says that this is too long for its model")
    if status in (400, 403) and any(sign in words.lower() for sign in FILTERED):
        return Missing("refused", f"{base}: its filter refused the content")
    if status in (401, 403):
        return Missing("backend_failed", f"{base}: HTTP {status}: the key is absent or not accepted (set {KEY})")
    if status >= 300:
        return Missing("backend_failed", f"{base}: HTTP {status}")
    try:
        return json.loads(told)
    except (ValueError, RecursionError):
        return Missing("unparsed", f"{base}: the reply is not JSON")


def pause(asked: float | None, tries: int, first: float) -> float:
    """Seconds until the next try after so many: what the server asked for, else doubled each time. Pure."""
    return min(LONGEST_WAIT, asked if asked is not None else first * 2.0 ** (tries - 1))


def seconds(header: str | None) -> float | None:
    """Retry-After in seconds; None where it is absent or a date. Pure."""
    try:
        asked = float(header) if header is not None else -1.0
    except ValueError:
        return None
    return asked if 0.0 <= asked < float("inf") else None

"""Who is at the page: signing in and out, the first person, and which pages a role may reach.

Knows cookies and roles. Refuses to know what the pages do. A session is a signed cookie that scripts cannot read, that
other sites' requests do not carry, and that ends; it dies with the password it was made under. What changes something
must bring a token that stands only in our own pages.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool

from mmjudge import accounts
from mmjudge.errors import MMJudgeError
from mmjudge.people import Rater
from mmjudge.store import Store, home
from mmjudge.ui import plain
from mmjudge.ui.markup import esc

COOKIE = "mmjudge"
HOURS = 12.0
"""A session ends this long after the sign-in."""
TOKEN = "x-mmjudge-token"
SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/signin", "/setup", "/plain")
"""Reached by everybody: without these nobody could sign in."""
REACHED = {
    "rater": ("/annotate", "/signout"),
    "viewer": ("/report", "/signout"),
    "adjudicator": ("/annotate", "/review", "/report", "/look", "/signout"),
}
"""These and what lies under them; an admin reaches all. A rater never reaches a page that shows a verdict."""
FIRST = {"rater": "annotate", "viewer": "report", "adjudicator": "review", "admin": ""}


def secret() -> str:
    """What sessions are signed with: MMJUDGE_SECRET, else a key made once in the data folder, readable by its owner."""
    said = os.environ.get("MMJUDGE_SECRET")
    if said:
        return said
    path = home() / "session.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(os.urandom(32).hex())
    except FileExistsError:
        pass
    return _whole(path)


def _whole(path: Path) -> str:
    """The key, also where another process is just writing it."""
    for _ in range(50):
        if len(key := path.read_text(encoding="ascii")) == 64:
            return key
        time.sleep(0.02)
    raise MMJudgeError(f"{path} is damaged: delete it (everybody signs in again), or set MMJUDGE_SECRET")


@dataclass(frozen=True, slots=True)
class Sessions:
    """Cookies out of raters and raters out of cookies."""

    store: Store
    key: str

    def cookie(self, rater: Rater) -> str:
        return self._signer().dumps([rater.name, self._stamp(rater.name)])

    def rater(self, cookie: str) -> Rater | None:
        """Who the cookie stands for; None where it is forged or over, or the rater disabled or with a new password."""
        try:
            name, stamp = self._signer().loads(cookie, max_age=int(HOURS * 3600))
        except (BadSignature, ValueError, TypeError):
            return None
        rater = self.store.rater(name)
        known = rater is not None and not rater.disabled and hmac.compare_digest(stamp, self._stamp(name))
        return rater if known else None

    def token(self, cookie: str) -> str:
        """What requests of this session that change something must bring along."""
        return hmac.new(self.key.encode(), b"token " + cookie.encode(), "sha256").hexdigest()

    def _signer(self) -> Any:
        return URLSafeTimedSerializer(self.key, salt="session", signer_kwargs={"digest_method": hashlib.sha256})

    def _stamp(self, name: str) -> str:
        known = self.store.password_hash(name) or ""
        return hmac.new(self.key.encode(), b"stamp " + known.encode(), "sha256").hexdigest()[:16]


class Attempts:
    """Failed sign-ins of somebody: `most` within `seconds`, then they have to wait until those are past."""

    def __init__(self, most: int = 5, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._failed: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def wait(self, who: str, now: float | None = None) -> float:
        """Seconds until the next try is allowed, 0 for now."""
        now = time.monotonic() if now is None else now
        with self._lock:
            recent = [at for at in self._failed.get(who, ()) if at > now - self._seconds]
        return recent[-self._most] + self._seconds - now if len(recent) >= self._most else 0.0

    def failed(self, who: str, now: float | None = None) -> None:
        now = time.monotonic() if now is None else now
        with self._lock:
            for name in [name for name, times in self._failed.items() if times[-1] <= now - self._seconds]:
                del self._failed[name]
            self._failed[who] = [*self._failed.get(who, ())[-self._most + 1 :], now]


def signed_in(request: Request) -> Rater | None:
    """Who made this request; None where nobody has signed in, which only an unguarded page ever sees."""
    return request.scope.get("mmjudge.rater")


def token(request: Request) -> str:
    """The token for the page that answers this request."""
    return str(request.scope.get("mmjudge.token", ""))


def need(what: str) -> Callable[..., Rater | None]:
    """A dependency: the rater, who may do `what` (an action of `accounts.may`). None only
    while there is no rater at all. 401 and 403 otherwise."""
    action = next(action for action in get_args(accounts.Action) if action == what)

    def dependency(request: Request) -> Rater | None:
        rater = signed_in(request)
        if rater is None:
            if request.scope.get("mmjudge.unguarded"):
                return None
            raise HTTPException(401, "Sign in first.")
        if not accounts.may(rater, action):
            raise HTTPException(403, f"The role {rater.role} may not do this: ask an admin.")
        return rater

    return dependency


class Guard:
    """Plain ASGI in front of all pages: who may go on, and who is told what instead."""

    def __init__(self, inner: Callable, store: Store, sessions: Sessions) -> None:
        self.inner, self.store, self.sessions = inner, store, sessions
        self._guarded = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            # No page of ours opens a websocket: what asks for one is nobody we know.
            if scope["type"] != "websocket":
                await self.inner(scope, receive, send)
            return
        refused = await run_in_threadpool(self._check, scope)
        await (refused or self.inner)(scope, receive, send)

    def _check(self, scope: Any) -> Response | None:
        path, request = scope["path"], Request(scope)
        self._guarded = self._guarded or not accounts.first_run(self.store)
        if not self._guarded:
            scope["mmjudge.unguarded"] = True
            return None
        cookie = request.cookies.get(COOKIE, "")
        rater = self.sessions.rater(cookie) if cookie else None
        if rater is not None:
            scope["mmjudge.rater"], scope["mmjudge.token"] = rater, self.sessions.token(cookie)
        if _under(path, OPEN):
            return None
        shown = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
        if rater is None:
            return RedirectResponse("/signin", 303) if shown else PlainTextResponse("Sign in first.", 401)
        if rater.role != "admin" and not _under(path, REACHED[rater.role]):
            if shown and path == "/":
                return RedirectResponse("/" + FIRST[rater.role], 303)
            return PlainTextResponse(f"The role {rater.role} does not reach this page: ask an admin.", 403)
        ours = scope["method"] in SAFE or path.startswith(("/gradio_api", "/signout"))
        if not ours and not _same(request.headers.get(TOKEN, ""), scope["mmjudge.token"]):
            return PlainTextResponse("The page is out of date: load it again.", 403)
        return None


def _same(sent: str, token: str) -> bool:
    return hmac.compare_digest(sent.encode(), token.encode())


def _under(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def add_signin(app: FastAPI, store: Store) -> None:
    """The guard, and the pages on which people sign in, sign out, and set up the first account."""
    sessions, of_name, of_address = Sessions(store, secret()), Attempts(), Attempts(most=30)
    app.add_middleware(Guard, store=store, sessions=sessions)

    def entered(request: Request, rater: Rater) -> Response:
        response = RedirectResponse("/" + FIRST[rater.role], 303)
        response.set_cookie(
            COOKIE,
            sessions.cookie(rater),
            max_age=int(HOURS * 3600),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    @app.get("/signin")
    def ask(request: Request) -> Response:
        if accounts.first_run(store):
            return RedirectResponse("/annotate", 303)
        return plain.page("", "Sign in", form_html("signin"), role="none")

    @app.post("/signin")
    def enter(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        known, address = name.casefold()[:200], request.client.host if request.client else ""
        wait = max(of_name.wait(known), of_address.wait(address))
        if wait or not same_site(request):
            said = f"Too many tries: wait {wait:.0f} seconds." if wait else "Sign in on this page itself."
            return plain.page("", "Sign in", form_html("signin", said, name), role="none", status=429 if wait else 403)
        rater = accounts.check_password(store, name, password)
        if rater is None:
            of_name.failed(known)
            of_address.failed(address)
            said = "The name or the password is wrong, or the account is disabled."
            return plain.page("", "Sign in", form_html("signin", said, name), role="none", status=401)
        return entered(request, rater)

    @app.post("/setup")
    def first(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        if not accounts.first_run(store):
            return RedirectResponse("/signin", 303)
        try:
            if not same_site(request):
                raise MMJudgeError("Make the first account on this page itself.")
            rater = Rater(accounts.check_name(name), "admin", at=time.time())
            store.save_rater(rater, accounts.hash_password(password))
        except MMJudgeError as error:
            return plain.page("annotate", "Set up", form_html("setup", str(error), name), status=422)
        return entered(request, rater)

    @app.post("/signout")
    def leave(request: Request) -> Response:
        response = RedirectResponse("/signin", 303)
        if same_site(request):
            response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response


def same_site(request: Request) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says."""
    origin = request.headers.get("origin", "")
    return not origin or origin.partition("://")[2] == request.headers.get("host", "")


def form_html(to: str, said: str = "", name: str = "") -> str:
    """The form to sign in, or (`to` = "setup") to make the first account. `said`: what went wrong, in words."""
    first = to == "setup"
    title = "Set up: the first account" if first else "Sign in"
    about = (
        "<p>Nobody has an account yet. The first one is an admin: it adds raters and makes projects. From then on "
        "every page asks who you are.</p>"
        if first
        else ""
    )
    error = f'<p class="mm-message error" role="alert">{esc(said)}</p>' if said else ""
    new = "new-password" if first else "current-password"
    return (
        f'<section class="mm-box mm-alone"><h1>{title}</h1>{about}{error}'
        f'<form class="mm-form" method="post" action="./{to}">'
        f'<label>Name<input name="name" required maxlength="64" autocomplete="username" autofocus value="{esc(name)}">'
        f'</label><label>Password<input name="password" type="password" required autocomplete="{new}"></label>'
        f'<button class="mm-button first">{"Make the account" if first else "Sign in"}</button></form></section>'
    )

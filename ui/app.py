"""One Blocks of all pages, and the server around it.

Knows addresses and headers. Refuses to know what is on the pages. Nothing is fetched from anywhere else: fonts are the
system's, gradio's telemetry is off, and a content policy forbids the browser to leave this server.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.store import Store
from mmjudge.ui.thumbs import Vault

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

    from mmjudge.types import Rubric
    from mmjudge.ui.bench import Bench, Opener
    from mmjudge.ui.offered import Offered

TITLE = "mmjudge"
JUDGES = ("embedded", "fake")
"""Offered besides the one asked for."""

# Gradio's frontend needs inline scripts and styles, and `unsafe-eval` for its templates; what it must not do is leave.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def build(bench: Bench, offered: Offered) -> gr.Blocks:
    """All pages, drawn."""
    import gradio as gr

    from mmjudge.ui.coverage_page import coverage_page
    from mmjudge.ui.history_page import history_page
    from mmjudge.ui.judge_page import judge_page
    from mmjudge.ui.rubrics_page import rubrics_page

    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400)) as blocks:
        gr.Navbar(visible=False)
        judge_page(blocks, bench, offered)
    with blocks.route("Rubrics", "/rubrics"):
        gr.Navbar(visible=False)
        rubrics_page(blocks, bench, offered.library)
    with blocks.route("History", "/history"):
        gr.Navbar(visible=False)
        history_page(blocks, bench.store, offered)
    with blocks.route("Coverage", "/coverage"):
        gr.Navbar(visible=False)
        coverage_page(blocks, offered.all)
    return blocks


def build_app(store: Store, openers: Mapping[str, Opener], rubrics: Sequence[Rubric] = ()) -> FastAPI:
    """The whole server: the pages, and the route by which revealed media are served. `rubrics`: those offered, the
    first is chosen; the shipped ones unless given. A person's own are offered beside them."""
    import gradio as gr
    from fastapi import FastAPI

    from mmjudge.library import Library
    from mmjudge.samples import samples
    from mmjudge.ui.annotate import add_annotate
    from mmjudge.ui.bench import Bench, shipped_rubrics
    from mmjudge.ui.frame import page_script, page_style, theme
    from mmjudge.ui.offered import Offered
    from mmjudge.ui.people_page import add_people
    from mmjudge.ui.plain import add_plain
    from mmjudge.ui.report_page import add_report
    from mmjudge.ui.review_page import add_review
    from mmjudge.ui.signin import add_signin

    bench = Bench(store, openers)
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    _serve_looks(app, bench.vault)
    add_plain(app)
    add_annotate(app, store)
    add_people(app, store)
    add_review(app, bench)
    add_report(app, store)
    add_signin(app, store)
    _add_headers(app)
    folders = sorted({str(path.parent) for sample in samples() for path in sample.files})
    return gr.mount_gradio_app(
        app,
        build(bench, Offered(rubrics or shipped_rubrics(), Library())),
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=folders,
        favicon_path=str(Path(str(files("mmjudge.ui"))) / "logo.svg"),
        show_error=False,
        max_file_size="2gb",
        ssr_mode=False,
        pwa=True,
        theme=theme(),
        css=page_style(),
        head=page_script(),
    )


def _serve_looks(app: FastAPI, vault: Vault) -> None:
    from fastapi import Response
    from fastapi.responses import FileResponse, PlainTextResponse

    # Content that someone else made: the browser is told to take it for nothing but what we say, and to run none of it.
    guarded = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }

    @app.get("/look/{token}")
    def look(token: str) -> Response:
        clear = vault.get(token)
        if clear is None or (clear.path is not None and not clear.path.is_file()):
            return PlainTextResponse("Not revealed, or hidden again: reveal it on the page.", 404, guarded)
        if clear.path is not None:
            return FileResponse(clear.path, headers=guarded, media_type=clear.kind)
        return Response(clear.content, headers=guarded, media_type=clear.kind)


def _add_headers(app: FastAPI) -> None:
    from starlette.types import Message, Receive, Scope, Send

    extra = {
        b"content-security-policy": CONTENT_POLICY.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"no-referrer",
    }

    class Headers:
        """Plain ASGI: the streams of a live page must pass through unbuffered."""

        def __init__(self, inner: Callable) -> None:
            self.inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    known = {name.lower() for name, _ in message["headers"]}
                    message["headers"] = [*message["headers"], *((n, v) for n, v in extra.items() if n not in known)]
                await send(message)

            await self.inner(scope, receive, sending if scope["type"] == "http" else send)

    app.add_middleware(Headers)


def launch(
    store: Store,
    judge: str = "embedded",
    host: str = "127.0.0.1",
    port: int = 7860,
    window: bool = False,
    browser: bool = False,
    say: Callable[[str], None] = print,
    locator: str | None = None,
    encoder: str | None = None,
) -> None:
    """Serve the pages until stopped (Ctrl-C).

    `judge`: the one chosen at first, by a name for `session.open_judge`; models load when first used. `window`: a
    window of its own; `browser`: a tab. `say` is told the address, and what could not be opened. `locator` and
    `encoder`: folders of models beside those of the judges. StoreError and the like are the caller's; OSError where the
    port is taken.
    """
    import uvicorn

    from mmjudge.ui.bench import openers, shipped_rubrics
    from mmjudge.ui.window import free_port, open_when_ready

    port = free_port(host, port)
    judges = openers(tuple(dict.fromkeys((judge, *JUDGES))), locator, encoder)
    app = build_app(store, judges, shipped_rubrics(judge))
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    address = f"http://{shown}:{port}/"
    say(f"mmjudge is at {address} (Ctrl-C ends it)")
    if window or browser:
        open_when_ready(address, window, say)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run()

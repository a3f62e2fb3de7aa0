"""Plain pages beside gradio's: one HTML document each, our own script and style, nothing inline.

Knows the frame of such a page and its content policy. Refuses to know what is on it. A page is strict because it shows
what strangers made: no script, style or picture may come from anywhere but this server.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from mmjudge.ui.markup import esc

if TYPE_CHECKING:
    from fastapi import FastAPI, Response
    from fastapi.responses import HTMLResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def page(
    name: str,
    title: str,
    body: str,
    scripts: Sequence[str] = (),
    sheets: Sequence[str] = (),
    token: str = "",
    role: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A whole page. `name`: which link of the header is current; `body`: HTML, already escaped; `scripts` and `sheets`:
    files of `ui/`; `token`: what a request that changes something must bring along (`signin`); `role`: of who looks,
    which decides on the links, "" for all of them."""
    from fastapi.responses import HTMLResponse

    from mmjudge.ui.frame import header_html

    links = "".join(f'<link rel="stylesheet" href="./plain/{sheet}">' for sheet in ("plain.css", *sheets))
    code = "".join(f'<script type="module" src="./plain/{script}"></script>' for script in scripts)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{esc(title)} · mmjudge</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="mm-token" content="{esc(token)}"><link rel="icon" href="./plain/logo.svg">{links}{code}</head>'
        f'<body class="mm-body"><div class="mm-frame">{header_html(name, role)}'
        f'<main id="mm-main" tabindex="-1">{body}</main></div></body></html>',
        status,
        HEADERS,
    )


def style() -> str:
    """The look of plain pages: the shared style, dark where the system is."""
    shared = files("mmjudge.ui").joinpath("style.css").read_text(encoding="utf-8")
    dark = re.search(r"\.dark, \.dark \.gradio-container \{([^}]*)\}", shared)
    own = files("mmjudge.ui").joinpath("plain.css").read_text(encoding="utf-8")
    return f"{shared}\n@media (prefers-color-scheme: dark) {{ :root {{{dark[1] if dark else ''}}} }}\n{own}"


def add_plain(app: FastAPI) -> None:
    """The route of scripts and styles: only files of this package with the right ending, by their bare name."""
    from fastapi import Response
    from fastapi.responses import PlainTextResponse

    known = {f.name: f for f in files("mmjudge.ui").iterdir() if f.name[f.name.rfind(".") :] in KINDS}
    guarded = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}

    @app.get("/plain/{name}")
    def asset(name: str) -> Response:
        if name not in known:
            return PlainTextResponse("There is no such file.", 404, guarded)
        text = style() if name == "plain.css" else known[name].read_text(encoding="utf-8")
        return Response(text, headers=guarded, media_type=KINDS[name[name.rfind(".") :]])

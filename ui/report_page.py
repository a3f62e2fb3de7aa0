"""The page "Report": which labels and which judge, the report itself in a frame of its own, and its files.

Knows addresses and roles. Refuses to compute. The report is a document by itself: it comes sandboxed, with a content
policy that lets it show itself and nothing else, and cannot reach the page around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from mmjudge import reporting
from mmjudge.errors import MMJudgeError
from mmjudge.people import Rater
from mmjudge.store import Store
from mmjudge.ui import plain, signin
from mmjudge.ui.markup import esc

Reads = Annotated[Rater | None, Depends(signin.need("read"))]
POLICY = plain.POLICY + "; frame-src 'self'"
KINDS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
TRUTHS = (("majority", "the majority of people"), ("any", "a violation if any person says so"))


def add_report(app: FastAPI, store: Store) -> None:
    """The routes: /report, and /report/file.ENDING with what was chosen as its query."""

    @app.get("/report")
    def chosen(request: Request, rater: Reads) -> Response:
        given = _given(request.query_params)
        page = plain.page("report", "Report", _form(store, given) + _shown(given), sheets=("report.css",),
                          role=rater.role if rater else "")  # fmt: skip
        page.headers["Content-Security-Policy"] = POLICY
        return page

    @app.get("/report/file.{ending}")
    def file(ending: str, request: Request, rater: Reads) -> Response:
        given = _given(request.query_params)
        if ending not in KINDS:
            return PlainTextResponse("A report is html, pdf, json or csv.", 404, _guarded())
        try:
            content = reporting.rendered(_report(store, given), ending)
        except MMJudgeError as error:
            return PlainTextResponse(f"No report: {error}", 422, _guarded())
        headers = _guarded(reporting.content_policy() if ending == "html" else "default-src 'none'")
        if request.query_params.get("save"):
            headers["Content-Disposition"] = f'attachment; filename="report.{ending}"'
        return Response(content, headers=headers, media_type=KINDS[ending])


def _report(store: Store, given: Mapping[str, str]) -> reporting.Figures:
    source, _, name = given["of"].partition(":")
    asked = reporting.Asked(name, given["judge"], given["truth"])
    of = (name, None) if source == "project" else (None, name)
    option = "--project" if source == "project" else "--rubric"
    command = reporting.command_line(option, name, given["judge"], given["truth"])
    return reporting.of_store(store, *of, asked, command)


def _given(query: Mapping[str, str]) -> dict[str, str]:
    truth = query.get("truth", "majority")
    return {"of": query.get("of", ""), "judge": query.get("judge", ""), "truth": truth}


def _form(store: Store, given: Mapping[str, str]) -> str:
    sources = [(f"project:{one.id}", f"Project {one.title or one.id}") for one in store.projects()]
    rubrics = dict.fromkeys([one.rubric_id for one in store.projects()] + _judged(store))
    sources += [(f"rubric:{one}", f"All blind labels under {one}") for one in rubrics]
    judges = {j.judge_id: f"{j.name} {j.judge_id[:8]} ({j.policy_id})" for one in rubrics for j in store.judges_of(one)}
    return (
        '<h1 class="mm-title">Report</h1><form class="rp-form" method="get" action="./report">'
        f"{_choice('of', 'Labels', sources, given['of'])}"
        f"{_choice('judge', 'Judge', [('', 'the one with most verdicts'), *judges.items()], given['judge'])}"
        f"{_choice('truth', 'Truth', TRUTHS, given['truth'])}"
        '<button type="submit">Make the report</button></form>'
    )


def _judged(store: Store) -> list[str]:
    """Rubrics of the newest verdicts: those a person is likely to ask for."""
    return [row.rubric_id for row in store.verdicts(limit=200)]


def _choice(name: str, label: str, options, chosen: str) -> str:
    lines = "".join(
        f'<option value="{esc(value)}"{" selected" if value == chosen else ""}>{esc(said)}</option>'
        for value, said in options
    )
    return f'<label>{esc(label)} <select name="{esc(name)}" id="rp-{esc(name)}">{lines}</select></label>'


def _shown(given: Mapping[str, str]) -> str:
    if not given["of"]:
        return '<p class="mm-quiet">Choose whose labels, and which judge to hold against them.</p>'
    query = urlencode(given)
    saves = " ".join(
        f'<a class="mm-link" href="./report/file.{ending}?{esc(query)}&amp;save=1" download>{ending.upper()}</a>'
        for ending in KINDS
    )
    return (
        f'<p class="rp-saves">Save as {saves}</p><iframe class="rp-frame" title="The report" sandbox="allow-scripts" '
        f'src="./report/file.html?{esc(query)}"></iframe>'
    )


def _guarded(policy: str = "default-src 'none'") -> dict[str, str]:
    return {
        **plain.HEADERS,
        "Content-Security-Policy": f"{policy}; sandbox allow-scripts; frame-ancestors 'self'",
    }

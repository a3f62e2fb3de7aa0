"""The page "Review": the queue, one item side by side, and settling it.

Knows addresses, roles and requests. Refuses to know how a queue is ordered. Media come blurred; clear ones get an
address only at a reveal. Each answer that changes something comes from this page itself (`signin`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Body, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from mmjudge import reviewing
from mmjudge.errors import MMJudgeError, StoreError
from mmjudge.parting import rule_behind
from mmjudge.people import Rater
from mmjudge.review import KINDS, causes
from mmjudge.reviewing import Seen, Wanted
from mmjudge.store import Store
from mmjudge.types import Rubric
from mmjudge.ui import guideline_panel, plain, review_view, signin, words
from mmjudge.ui.bench import Bench
from mmjudge.ui.guideline_panel import Lookup, Offer
from mmjudge.ui.markup import esc, isolated
from mmjudge.ui.shown import Shown, open_stored, reveal
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")
MOST = 200
"""Pairs shown in the queue at once."""
# The bars of the evidence place their marks by style attributes; scripts stay as strict as on every plain page.
POLICY = plain.POLICY.replace("style-src 'self'", "style-src 'self'; style-src-attr 'unsafe-inline'")

Allowed = Annotated[Rater | None, Depends(signin.need("adjudicate"))]
Said = Annotated[dict[str, object], Body()]


def add_review(app: FastAPI, bench: Bench) -> None:
    """The routes of the page: /review, /review/explain, /review/ITEM?rule=R and what its buttons send."""
    store, lookup = bench.store, Lookup()

    @app.get("/review")
    def queue(request: Request, rater: Allowed) -> Response:
        def body() -> str:
            rubric = _rubric(store, request.query_params)
            wanted = _wanted(request.query_params)
            judges = [(judge.judge_id, judge.name) for judge in store.judges_of(rubric.id)]
            listed = reviewing.listed(store, rubric, wanted)
            return review_view.list_html(listed, rubric, wanted, judges) + review_view.help_html()

        return _page(request, rater, body)

    @app.get("/review/explain")
    def explain(request: Request, rater: Allowed) -> Response:
        def body() -> str:
            rubric = _rubric(store, request.query_params)
            blamed = reviewing.explained(store, rubric, _wanted(request.query_params))
            back = '<p class="rv-nav"><a class="mm-link" href="./review">Back to the queue</a></p>'
            return back + review_view.explain_html(causes(blamed, False), causes(blamed), rubric)

        return _page(request, rater, body, deep=True)

    @app.get("/review/{item_id}")
    def one(item_id: str, request: Request, rater: Allowed) -> Response:
        return _page(request, rater, lambda: _item_html(bench, item_id, request.query_params, rater), deep=True)

    @app.post("/review/{item_id}/item")
    def item(item_id: str, said: Said, request: Request, rater: Allowed) -> Response:
        def body() -> str:
            for old in _listed(said, "drop"):
                bench.vault.drop(str(old))
            shown = _shown(bench, item_id, _texts(said))
            for part in _listed(said, "parts"):
                if isinstance(part, int) and part >= 0:
                    shown = reveal(shown, part, bench, True)
            return _deeper(shown.with_looks(bench).item_view())

        return _answer(request, body)

    @app.post("/review/{item_id}/adjudicate")
    def adjudicate(item_id: str, said: Said, request: Request, rater: Allowed) -> Response:
        def body() -> str:
            given = _texts(said)
            rubric, rule, by = _rubric(store, given, item_id), given.get("rule", ""), _by(rater, given)
            value = given.get("value", "")
            if value not in ("yes", "no"):
                raise StoreError("Say first whether it is violated: Y or N.")
            submission = given.get("submission", "")[:64]
            label = reviewing.adjudicate(
                store, rubric, item_id, rule, "yes" if value == "yes" else "no", given.get("reason", ""), by, submission
            )
            name = review_view.name_of(rubric, rule)
            done = f"Settled: {name}, {review_view.SAID[label.value]}, by {label.rater}. J goes on."
            return message_html(done, "done")

        return _answer(request, body)

    @app.post("/review/{item_id}/reopen")
    def reopen(item_id: str, said: Said, request: Request, rater: Allowed) -> Response:
        def body() -> str:
            given = _texts(said)
            rubric = _rubric(store, given, item_id)
            reviewing.reopen(store, rubric, item_id, given.get("rule", ""), given.get("reason", ""), _by(rater, given))
            return message_html("Open again.", "done")

        return _answer(request, body)

    @app.post("/review/{item_id}/guideline")
    def guideline(item_id: str, said: Said, request: Request, rater: Allowed) -> Response:
        def body() -> str:
            given = _texts(said)
            value = given.get("value", "")
            if value not in ("yes", "no"):
                raise StoreError("Say first whether it is violated: Y or N.")
            offer = Offer(given.get("rule", ""), "violates" if value == "yes" else "fine")
            shown = _shown(bench, item_id, given)
            return guideline_panel.keep(store, lookup, shown, offer, _by(rater, given), given.get("reason", ""))

        return _answer(request, body)


# --- what a page is made of -----------------------------------------------------------------------------------------


def _item_html(bench: Bench, item_id: str, asked: Mapping[str, str], rater: Rater | None) -> str:
    store = bench.store
    rubric, rule = _rubric(store, asked, item_id), asked.get("rule", "")
    if rule and reviewing.rule_in(rubric, rule) is None:
        raise StoreError(f"Rubric {rubric.title} has no rule {rule!r}: go back to the queue.")
    seen = reviewing.seen(store, item_id, rubric)
    settled = reviewing.settled(store, rubric, item_id).get((item_id, rule))
    editor = rater is None or rater.role == "admin"
    shown = _shown(bench, item_id, asked) if seen.verdicts else None
    verdict = shown.verdict if shown else None
    main = shown.item_view() if shown else f'<section class="mm-item"><p dir="auto">{esc(seen.item.text)}</p></section>'
    evidence = shown.evidence() if shown else '<p class="mm-quiet">No judge has looked at this item.</p>'
    side = review_view.settle_html(rubric, rule, settled, rater.name if rater else "", editor)
    side += review_view.labels_html(seen, rule)
    side += review_view.decided_html(seen, verdict, rule) if verdict else ""
    previews = ' data-previews="1"' if shown is not None and shown.previews_come else ""
    about = rule or (rule_behind(verdict) if verdict else "")
    columns = (
        f'<div class="rv-columns"><div class="rv-main"><div id="rv-item">{main}</div>{evidence}</div>'
        f'<aside class="rv-side mm-box" aria-label="Labels and decision">{side}</aside></div>'
    )
    place = f'<div id="rv-place" data-rule="{esc(about)}"{previews}>{_nav(seen, rule, shown)}{columns}</div>'
    return place + review_view.help_html()


def _nav(seen: Seen, rule: str, shown: Shown | None) -> str:
    about = isolated(review_view.name_of(seen.rubric, rule))
    judges = "".join(
        f'<a class="mm-chip"{" aria-current=true" if shown and row.judge_id == shown.verdict.judge_id else ""} '
        f'href="?{esc(_with_judge(seen, rule, row.judge_id))}">{isolated(f"{row.judge_name} {row.judge_id[:8]}")}</a>'
        for row, _ in seen.verdicts
    )
    several = f'<span class="rv-judges">Evidence of: {judges}</span>' if len(seen.verdicts) > 1 else ""
    return (
        f'<div class="rv-nav"><a class="mm-link" id="rv-back" href="./review">Back to the queue</a>'
        f'<h1 class="mm-title">{about}</h1><span class="mm-quiet">item {esc(seen.item.id[:12])}, keys: ?</span>'
        f"{several}</div>"
    )


def _with_judge(seen: Seen, rule: str, judge_id: str) -> str:
    return urlencode({"rule": rule, "rubric": seen.rubric.id, "version": seen.rubric.version, "judge": judge_id})


def _shown(bench: Bench, item_id: str, asked: Mapping[str, str]) -> Shown:
    """The verdict of the judge asked for, else the newest. StoreError where there is none."""
    seen = reviewing.seen(bench.store, item_id, _rubric(bench.store, asked, item_id))
    judge = asked.get("judge", "")
    rows = [row for row, _ in seen.verdicts if judge in ("", row.judge_id)]
    if not rows:
        raise StoreError("This judge has no verdict on this item: go back to the queue.")
    return open_stored(bench, str(rows[0].id))


def _rubric(store: Store, asked: Mapping[str, str], item_id: str | None = None) -> Rubric:
    name, version = asked.get("rubric", ""), asked.get("version", "")
    if not name or not version:
        return reviewing.rubric_in_use(store, item_id)
    rubric = store.rubric(name, version)
    if rubric is None:
        raise StoreError("This version of the rubric is not in the database: open the queue without it.")
    return rubric


def _wanted(asked: Mapping[str, str]) -> Wanted:
    rule, sample, seed = asked.get("rule", "any"), asked.get("sample", ""), asked.get("seed", "")
    return Wanted(
        asked.get("project") or None,
        None if rule == "any" else rule,
        asked.get("modality") or None,
        asked.get("rater") or None,
        asked.get("judge") or None,
        next((kind for kind in KINDS if kind == asked.get("kind")), None),
        missing=asked.get("kind") == "missing",
        most=MOST,
        sample=min(int(sample), MOST) if sample.isdecimal() and len(sample) < 9 else None,
        seed=int(seed) if seed.isdecimal() and len(seed) < 16 else 0,
    )


def _by(rater: Rater | None, given: Mapping[str, str]) -> str:
    """Who settles: the person signed in; before there are accounts, the name they write."""
    return rater.name if rater else given.get("by", "")[:80]


def _texts(said: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in said.items() if isinstance(value, str)}


def _listed(said: Mapping[str, object], name: str) -> list[object]:
    found = said.get(name)
    return found[:64] if isinstance(found, list) else []


# --- answers ----------------------------------------------------------------------------------------------------------


def _page(request: Request, rater: Rater | None, body: Callable[[], str], deep: bool = False) -> Response:
    """`deep`: the address has one more part, so that links go one step up."""
    status = 200
    try:
        html = body()
    except MMJudgeError as error:
        html, status = message_html(str(error), "error"), 404
    except Exception:
        LOG.exception("the review page failed")
        html, status = message_html(words.OURS, "error"), 500
    role = rater.role if rater else ""
    response = plain.page(
        "review", "Review", html, ("review.js",), ("review.css",), signin.token(request), role, status
    )
    content = _deeper(bytes(response.body).decode()) if deep else bytes(response.body).decode()
    return HTMLResponse(content, status, {**plain.HEADERS, "Content-Security-Policy": POLICY})


def _answer(request: Request, body: Callable[[], str]) -> Response:
    if not signin.same_site(request):
        raise HTTPException(403, "Open this page itself.")
    try:
        return HTMLResponse(body(), headers=plain.HEADERS)
    except MMJudgeError as error:
        return HTMLResponse(message_html(str(error), "error"), 422, plain.HEADERS)
    except Exception:
        LOG.exception("an answer of the review page failed")
        return HTMLResponse(message_html(words.OURS, "error"), 500, plain.HEADERS)


def _deeper(html: str) -> str:
    """Addresses beginning with ./ as seen from one part further down. Text cannot hold such an attribute: its quotes
    are escaped."""
    return re.sub(r'\b(href|src|action)="\./', r'\1="../', html)

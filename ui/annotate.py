"""The Annotate page and its requests.

Knows requests, the store, and what may be sent when. Refuses to know how a task looks in a browser (`annotate.js`) and
what an answer becomes (`annotate_tasks`). Before a rater's label is in, nothing here reads a verdict into a response
except for assisted projects.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse

from mmjudge import accounts
from mmjudge.errors import AnsweredError, MMJudgeError, StoreError
from mmjudge.people import Rater
from mmjudge.store import Store
from mmjudge.ui import annotate_keys, annotate_tasks, plain, signin
from mmjudge.ui.annotate_desk import Annotating
from mmjudge.ui.annotate_looks import clear, covered, revealed
from mmjudge.ui.annotate_shell import SHELL

AHEAD = 8
"""Most tasks one rater holds at once."""
LEASE = 300.0
"""Seconds; the page renews what it still has."""
GUARDED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
CLEAR = {**GUARDED, "Content-Security-Policy": "default-src 'none'; sandbox"}

Said = Annotated[dict[str, Any], Body()]
Allowed = Annotated[Rater | None, Depends(signin.need("label"))]


def labeller(known: Allowed) -> Rater:
    """Who labels: nobody does before there is an account."""
    if known is None:
        raise HTTPException(401, "Set up the first account: open Annotate.")
    return known


Known = Annotated[Rater, Depends(labeller)]


def add_annotate(app: FastAPI, store: Store) -> None:
    """The page, and the requests its script makes."""
    desk = Annotating(store, signin.secret())

    @app.get("/annotate")
    def page(request: Request, known: Allowed) -> Response:
        if known is None:
            return plain.page("annotate", "Set up", signin.form_html("setup"))
        return plain.page(
            "annotate", "Annotate", SHELL, ("annotate.js",), ("annotate.css",), signin.token(request), known.role
        )

    _add_tasks(app, desk)
    _add_answers(app, desk)
    _add_media(app, desk)

    @app.exception_handler(StoreError)
    def refused(_request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, 503, GUARDED)

    @app.exception_handler(AnsweredError)
    def answered(_request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, 409, GUARDED)

    @app.exception_handler(MMJudgeError)
    def unfit(_request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, 422, GUARDED)


def _add_tasks(app: FastAPI, desk: Annotating) -> None:
    @app.get("/annotate/api/state")
    def state(known: Known) -> Response:
        """Who is here, with which keys, and the projects that are open."""
        projects = [
            annotate_tasks.project_json(project, rubric)
            for project in desk.store.projects()
            if not project.closed and (rubric := desk.store.rubric(project.rubric_id, project.rubric_version))
        ]
        keys = {
            action: {"code": code, "when": annotate_keys.ACTIONS[action][0], "does": annotate_keys.ACTIONS[action][2]}
            for action, code in annotate_keys.keys_of(known.keys).items()
        }
        about = desk.store.attributes().get(known.name, {})
        told = {"rater": known.name, "admin": accounts.may(known, "administer"), "keys": keys, "about": about}
        return JSONResponse({**told, "projects": projects}, headers=GUARDED)

    @app.post("/annotate/api/lease")
    def lease(known: Known, said: Said) -> Response:
        project, rubric = desk.project(said.get("project"))
        until = desk.sittings.until(project, known.name, time.time())
        if until:
            return JSONResponse({"tasks": [], "break": until - time.time()}, headers=GUARDED)
        wanted = said.get("count")
        count = min(max(wanted, 1), AHEAD) if type(wanted) is int else 1
        leases = desk.store.lease(project.id, known.name, LEASE, None, count, _numbers(said, "held", 200))
        tasks = [desk.handed(lease.task, project, rubric) for lease in leases]
        return JSONResponse({"tasks": tasks, "break": 0}, headers=GUARDED)

    @app.post("/annotate/api/renew")
    def renew(known: Known, said: Said) -> Response:
        """Hold these tasks longer; answers with those that are still this rater's."""
        tasks = _numbers(said, "tasks", 2 * AHEAD)
        return JSONResponse({"held": [n for n in tasks if desk.store.renew(n, known.name, LEASE)]}, headers=GUARDED)

    @app.post("/annotate/api/release")
    def release(known: Known, said: Said) -> Response:
        for number in _numbers(said, "tasks", 2 * AHEAD):
            desk.store.release(number, known.name)
        return JSONResponse({}, headers=GUARDED)

    @app.post("/annotate/api/keys")
    def keys(known: Known, said: Said) -> Response:
        chosen = {str(action): str(code) for action, code in said.items()}
        why = annotate_keys.refused(chosen)
        if why:
            return JSONResponse({"detail": why}, 422, GUARDED)
        desk.store.update_rater(replace(known, keys=tuple(sorted(chosen.items()))))
        return JSONResponse({}, headers=GUARDED)

    @app.post("/annotate/api/about")
    def about(known: Known, said: Said) -> Response:
        """What a rater says about themselves: kept apart from answers, and all of it optional."""
        pairs = [(str(name).strip()[:60], str(value).strip()[:120]) for name, value in list(said.items())[:20]]
        desk.store.save_attributes(known.name, tuple((name, value) for name, value in pairs if name and value))
        return JSONResponse({}, headers=GUARDED)


def _numbers(said: dict[str, Any], key: str, most: int) -> list[int]:
    """The whole numbers of a list in what was sent, as many as are taken; what is no such list has none."""
    given = said.get(key)
    return [n for n in given[:most] if type(n) is int and 0 < n < 2**53] if isinstance(given, list) else []


def _add_answers(app: FastAPI, desk: Annotating) -> None:
    @app.post("/annotate/api/answer")
    def answer(known: Known, said: Said) -> Response:
        """Store an answer, once. What comes back says nothing of the verdict; the questions of contested rules do come,
        now that the label is in."""
        task, project, rubric = desk.task(said)
        now = time.time()
        phase = desk.phase(known.name, task, project)
        labels = annotate_tasks.labels_of(said, task, project, rubric, known.name, now, phase)
        exposure = annotate_tasks.exposure_of(said, task, known.name, now)
        late = ""
        try:
            new = desk.store.answer(task.id, labels, exposure, now)
        except StoreError as error:
            if not desk.kept(labels[0]):
                raise
            new, late = False, str(error)
        if new:
            desk.sittings.add(project, exposure)
        asked = not late and not any(label.question_id or label.value == "skipped" for label in labels)
        questions = annotate_tasks.questions_json(desk.contested(task, project, rubric)) if asked else []
        until = desk.sittings.until(project, known.name, now)
        told = {"stored": new, "late": late, "questions": questions, "break": max(until - now, 0)}
        return JSONResponse(told, headers=GUARDED)

    @app.post("/annotate/api/exposure")
    def looked(known: Known, said: Said) -> Response:
        """An item that was looked at and not answered: the page was closed, or loaded again."""
        task, project, _ = desk.task(said)
        exposure = annotate_tasks.exposure_of(said, task, known.name, time.time())
        desk.store.save_exposure(exposure)
        desk.sittings.add(project, exposure)
        return JSONResponse({}, headers=GUARDED)

    @app.post("/annotate/api/undo")
    def undo(known: Known, said: Said) -> Response:
        """Take the answer back, as long as nothing was learnt from the judge since."""
        task, project, rubric = desk.task(said)
        standing, shown = desk.said_by(known.name, task)
        asked = any(label.question_id for label in standing)
        if shown or asked or (standing and desk.contested(task, project, rubric)):
            return JSONResponse(
                {"detail": "You know more than before your answer: say that you changed your mind."}, 409
            )
        desk.store.withdraw(task.id, known.name, f"undo:{said.get('submission', '')}"[:64])
        return JSONResponse({}, headers=GUARDED)

    @app.post("/annotate/api/verdict")
    def verdict(known: Known, said: Said) -> Response:
        """The judge's verdict, to who has answered. What they said is stored again as said after the reveal: until they
        change their mind, they stay with it."""
        task, project, rubric = desk.task(said)
        standing, shown = desk.said_by(known.name, task)
        if not standing:
            return JSONResponse({"detail": "Answer first: the verdict comes afterwards."}, 409, GUARDED)
        if not shown:
            now = time.time()
            again = [
                replace(x, phase="after_reveal", at=now, seconds=0.0, submission=f"shown:{task.id}") for x in standing
            ]
            desk.store.save_labels(again)
        judged = desk.verdict(task.item_id, project)
        told = annotate_tasks.verdict_json(judged, rubric) if judged else None
        return JSONResponse({"verdict": told}, headers=GUARDED)

    @app.post("/annotate/api/change")
    def change(known: Known, said: Said) -> Response:
        """A changed mind after the reveal: stored apart, the blind answer stays."""
        task, project, rubric = desk.task(said)
        if not desk.said_by(known.name, task)[1]:
            return JSONResponse({"detail": "Look at the verdict first, or undo your answer."}, 409, GUARDED)
        now = time.time()
        desk.store.save_labels(annotate_tasks.labels_of(said, task, project, rubric, known.name, now, "after_reveal"))
        return JSONResponse({}, headers=GUARDED)


def _add_media(app: FastAPI, desk: Annotating) -> None:
    @app.get("/annotate/look/{task}/{place}")
    def look(known: Known, task: int, place: int) -> Response:
        """A file as it comes before the reveal: grey and blurred frames, a waveform, no sound. A project without care
        gets the addresses of clear content along."""
        found, project, _ = desk.task({"task": task})
        item = desk.item(found.item_id)
        if not 0 <= place < len(item.media):
            raise HTTPException(404, "This item has no such file.")
        made = covered(desk.shelf.looks(item)[place])
        if not project.care:
            made["clear"] = revealed(item, place, desk.shelf, desk.addresses, known.name)
        return JSONResponse(made, headers=GUARDED)

    @app.post("/annotate/api/reveal")
    def reveal(known: Known, said: Said) -> Response:
        task, project, _ = desk.task(said)
        if desk.sittings.until(project, known.name, time.time()):
            return JSONResponse({"detail": "A break is due: nothing is revealed now."}, 409, GUARDED)
        place = said.get("place")
        item = desk.item(task.item_id)
        told = revealed(item, place if type(place) is int else -1, desk.shelf, desk.addresses, known.name)
        return JSONResponse(told, headers=GUARDED)

    @app.get("/annotate/clear/{token}")
    def clear_content(known: Known, token: str) -> Response:
        where = desk.addresses.take(token, known.name)
        found = clear(desk.store, desk.shelf, *where) if where else None
        if found is None:
            return PlainTextResponse("Not revealed, or covered again: reveal it on the page.", 404, CLEAR)
        kind, content, path = found
        if path:
            return FileResponse(path, headers=CLEAR, media_type=kind)
        return Response(content, headers=CLEAR, media_type=kind)

"""The Annotate page and its requests.

Knows requests, the store, and what may be sent when. Refuses to know how a task looks in a browser (`annotate.js`) and
what an answer becomes (`annotate_tasks`). Before a rater's label is in, nothing here reads a verdict into a response
except for assisted projects.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse

from mmjudge import accounts
from mmjudge.errors import MMJudgeError, StoreError
from mmjudge.people import Exposure, Project, Rater, Task
from mmjudge.store import Store
from mmjudge.types import Item, Label, Rubric, Verdict
from mmjudge.ui import annotate_keys, annotate_tasks, plain, signin
from mmjudge.ui.annotate_looks import Addresses, Shelf, clear, covered, revealed
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


@dataclass
class Sitting:
    """One rater in one project: uncovered seconds since the last break, when they last answered, when work goes on."""

    uncovered: float = 0.0
    last: float = 0.0
    until: float = 0.0


@dataclass(frozen=True)
class Sittings:
    """Exposure per sitting. It is counted anew after a pause as long as a break, and when the server starts."""

    kept: dict[tuple[str, str], Sitting] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def until(self, project: Project, rater: str, now: float) -> float:
        """When the break that is due ends, in seconds since 1970; 0 where none is."""
        with self.lock:
            sitting = self.kept.get((project.id, rater))
            return sitting.until if sitting is not None and sitting.until > now else 0.0

    def add(self, project: Project, exposure: Exposure) -> None:
        pause = project.break_minutes * 60
        with self.lock:
            sitting = self.kept.setdefault((project.id, exposure.rater), Sitting())
            if sitting.last and exposure.at - sitting.last - exposure.seconds >= pause:
                sitting.uncovered = 0.0
            sitting.uncovered += exposure.uncovered
            sitting.last = exposure.at
            if project.budget_minutes and pause and sitting.uncovered >= project.budget_minutes * 60:
                sitting.uncovered, sitting.until = 0.0, exposure.at + pause


class Annotating:
    """What the routes share: the store, the looks of files, addresses of clear content, sittings."""

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.shelf, self.addresses, self.sittings = Shelf(), Addresses(key), Sittings()

    def task(self, said: Mapping[str, Any]) -> tuple[Task, Project, Rubric]:
        number = said.get("task")
        task = self.store.task(number) if type(number) is int and 0 < number < 2**53 else None
        if task is None:
            raise HTTPException(404, "There is no such task: load the page again.")
        return (task, *self.project(task.project_id))

    def project(self, project_id: object) -> tuple[Project, Rubric]:
        project = self.store.project(project_id) if isinstance(project_id, str) else None
        if project is None:
            raise HTTPException(404, "There is no such project: load the page again.")
        rubric = self.store.rubric(project.rubric_id, project.rubric_version)
        if rubric is None:
            raise HTTPException(409, "The rubric of this project is not stored: ask an admin.")
        return project, rubric

    def item(self, item_id: str) -> Item:
        item = self.store.item(item_id)
        if item is None:
            raise HTTPException(404, "The item is not stored.")
        return item

    def verdict(self, item_id: str, project: Project | None = None) -> Verdict | None:
        """The newest one: of the project's judge under its rubric, or of anybody where no project is given."""
        of = {"rubric_id": project.rubric_id, "judge_id": project.judge_id or None} if project else {}
        rows = self.store.verdicts(item_id=item_id, limit=1, **of)  # type: ignore[arg-type]
        return self.store.verdict_by_id(rows[0].id) if rows else None

    def handed(self, task: Task, project: Project, rubric: Rubric) -> dict[str, Any]:
        """A task as it is sent before its label."""
        item = self.item(task.item_id)
        known = self.verdict(item.id) if item.media else None
        made = annotate_tasks.task_json(task, item, project, known.measurement if known else None)
        if project.assisted:
            judged = self.verdict(item.id, project)
            made["verdict"] = annotate_tasks.verdict_json(judged, rubric) if judged else None
        return made

    def said_by(self, rater: str, task: Task) -> tuple[list[Label], bool]:
        """What a rater's answers to a task are now, and whether the verdict was shown to them since."""
        labels = list(self.store.labels(item_id=task.item_id, rater=rater, project=task.project_id))
        last = {(label.rule_id, label.question_id): label for label in labels if label.phase != "after_reveal"}
        standing = [label for label in last.values() if label.value != "withdrawn"]
        return standing, any(label.phase == "after_reveal" for label in labels)

    def contested(self, task: Task, project: Project, rubric: Rubric) -> Sequence[Any]:
        if not project.scheme.preconditions:
            return ()
        labels = self.store.latest_labels(item_id=task.item_id, project=project.id)
        return annotate_tasks.contested(self.verdict(task.item_id, project), labels, rubric)


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
        held = [n for n in said.get("held", ())[:100] if type(n) is int]
        count = min(max(int(said.get("count", 1)), 1), AHEAD)
        leases = desk.store.lease(project.id, known.name, LEASE, None, count, held)
        tasks = [desk.handed(lease.task, project, rubric) for lease in leases]
        return JSONResponse({"tasks": tasks, "break": 0}, headers=GUARDED)

    @app.post("/annotate/api/renew")
    def renew(known: Known, said: Said) -> Response:
        """Hold these tasks longer; answers with those that are still this rater's."""
        tasks = [n for n in said.get("tasks", ())[: 2 * AHEAD] if type(n) is int]
        return JSONResponse({"held": [n for n in tasks if desk.store.renew(n, known.name, LEASE)]}, headers=GUARDED)

    @app.post("/annotate/api/release")
    def release(known: Known, said: Said) -> Response:
        for number in [n for n in said.get("tasks", ())[: 2 * AHEAD] if type(n) is int]:
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


def _add_answers(app: FastAPI, desk: Annotating) -> None:
    @app.post("/annotate/api/answer")
    def answer(known: Known, said: Said) -> Response:
        """Store an answer, once. What comes back says nothing of the verdict; the questions of contested rules do come,
        now that the label is in."""
        task, project, rubric = desk.task(said)
        now = time.time()
        labels = annotate_tasks.labels_of(said, task, project, rubric, known.name, now)
        exposure = annotate_tasks.exposure_of(said, task, known.name, now)
        new = desk.store.answer(task.id, labels, exposure, now)
        if new:
            desk.sittings.add(project, exposure)
        asked = not any(label.question_id or label.value == "skipped" for label in labels)
        questions = annotate_tasks.questions_json(desk.contested(task, project, rubric)) if asked else []
        until = desk.sittings.until(project, known.name, now)
        told = {"stored": new, "questions": questions, "break": max(until - now, 0)}
        return JSONResponse(told, headers=GUARDED)

    @app.post("/annotate/api/undo")
    def undo(known: Known, said: Said) -> Response:
        """Take the answer back, as long as nothing was learnt from the judge since."""
        task, project, rubric = desk.task(said)
        standing, shown = desk.said_by(known.name, task)
        if shown or (standing and desk.contested(task, project, rubric)):
            return JSONResponse(
                {"detail": "You know more than before your answer: say that you changed your mind."}, 409
            )
        desk.store.withdraw(task.id, known.name, str(said.get("submission", ""))[:64])
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

"""People and projects: the page on which an admin adds raters, makes projects, and sees how far they are.

Knows forms. Refuses to know how tasks are handed out. A project is made of items that are stored already: those that
were judged under the rubric, all of them or a sample with a known probability.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import Body, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from mmjudge import accounts
from mmjudge.errors import MMJudgeError
from mmjudge.people import ROLES, Project, Rater, Role, Sampling, Scheme
from mmjudge.rubric import SLUG
from mmjudge.sampling import at_random, everything
from mmjudge.store import Store
from mmjudge.types import Rubric
from mmjudge.ui import plain, signin
from mmjudge.ui.markup import esc, isolated

Said = Annotated[dict[str, Any], Body()]
Admin = Annotated[Rater | None, Depends(signin.need("administer"))]


class FormError(MMJudgeError):
    """What was filled in cannot be used, and why."""


def add_people(app: FastAPI, store: Store) -> None:
    """The page and what its forms send. Before the first account it leads to the set-up."""

    @app.get("/people")
    def page(request: Request, known: Admin) -> Response:
        if known is None:
            return plain.page("annotate", "Set up", signin.form_html("setup"))
        body = people_html(store)
        return plain.page("annotate", "People", body, ("people.js",), (), signin.token(request), known.role)

    @app.post("/people/rater")
    def rater(known: Admin, said: Said) -> Response:
        _needs(known)
        role = next((role for role in ROLES if role == said.get("role")), None)
        if role is None:
            raise FormError("a rater needs a role")
        name = accounts.check_name(str(said.get("name", "")))
        added = Rater(name, role, at=time.time())
        store.save_rater(added, accounts.hash_password(str(said.get("password", ""))))
        return JSONResponse({"said": f"{name} may sign in now."})

    @app.post("/people/change")
    def change(known: Admin, said: Said) -> Response:
        """Another role, disabled or enabled again. Nobody locks themselves out."""
        _needs(known)
        rater = store.rater(str(said.get("name", "")))
        if rater is None or known is None or rater.name == known.name:
            raise FormError("choose another rater: nobody changes their own role here")
        role: Role = next((role for role in ROLES if role == said.get("role")), rater.role)
        store.update_rater(replace(rater, role=role, disabled=bool(said.get("disabled"))))
        return JSONResponse({"said": f"{rater.name} is changed."})

    @app.post("/people/project")
    def project(known: Admin, said: Said) -> Response:
        _needs(known)
        made, tasks = project_of(store, said, known.name if known else "")
        store.save_project(made, tasks)
        return JSONResponse({"said": f"The project {made.id} has {len(tasks)} items."})

    @app.post("/people/close")
    def close(known: Admin, said: Said) -> Response:
        _needs(known)
        store.close_project(str(said.get("id", "")))
        return JSONResponse({"said": "The project is closed: no more of its items are handed out."})


def _needs(known: Rater | None) -> None:
    if known is None:
        raise FormError("set up the first account: open Annotate")


def project_of(
    store: Store, said: Mapping[str, Any], by: str, now: float | None = None
) -> tuple[Project, list[tuple[str, float | None]]]:
    """A project and its tasks from a filled-in form. FormError where something does not fit."""
    name = str(said.get("id", "")).strip()
    if not SLUG.fullmatch(name):
        raise FormError("the short name must be lower-case letters, digits, _ - . (at most 64)")
    rubric_id, _, version = str(said.get("rubric", "")).partition("@")
    if store.rubric(rubric_id, version) is None:
        raise FormError("choose a rubric: those are offered that something was judged by")
    items = list(dict.fromkeys(judged(store, rubric_id, version)))
    wanted, seed = _whole(said, "sample", 0, 10_000_000), _whole(said, "seed", 0, 2**31)
    sampled = 0 < wanted < len(items)
    chosen = at_random(items, wanted, seed) if sampled else everything(items)
    if not chosen:
        raise FormError("no item was judged by this rubric yet: judge or scan some first")
    sampling: Sampling = "random" if sampled else "all"
    project = Project(
        id=name,
        title=str(said.get("title", "")).strip()[:200] or name,
        rubric_id=rubric_id,
        rubric_version=version,
        scheme=Scheme(
            about="rules" if said.get("about") == "rules" else "item",
            **{key: bool(said.get(key)) for key in ("tri", "severity", "preconditions", "regions")},
        ),
        assisted=bool(said.get("assisted")),
        overlap=_whole(said, "overlap", 1, 1000),
        sampling=sampling,
        size=len(items),
        seed=seed,
        care=bool(said.get("care")),
        budget_minutes=float(_whole(said, "budget", 0, 1440)),
        created_by=by,
        at=time.time() if now is None else now,
    )
    return project, chosen


def judged(store: Store, rubric_id: str, version: str) -> Iterator[str]:
    """Ids of the items with a verdict under that version of the rubric, the oldest first; one may come twice."""
    after = 0
    while page := store.measurements(rubric_id, rubric_version=version, after=after, limit=500):
        yield from (stored.measurement.item_id for stored in page)
        after = page[-1].id


def rubrics_judged(store: Store) -> list[Rubric]:
    """Those with a verdict among the newest of the history, the newest first."""
    found = dict.fromkeys((row.rubric_id, row.rubric_version) for row in store.verdicts(limit=1000))
    return [rubric for known in found if (rubric := store.rubric(*known)) is not None]


def _whole(said: Mapping[str, Any], key: str, low: int, high: int) -> int:
    given = str(said.get(key) or low)
    if not given.isdecimal() or not low <= int(given) <= high:
        raise FormError(f"{key} must be a whole number from {low} to {high}")
    return int(given)


# --- HTML ---------------------------------------------------------------------------------------------------------


def people_html(store: Store) -> str:
    """The whole page."""
    return (
        '<p id="pe-said" class="mm-message" role="status" hidden></p>'
        f"{_projects(store)}{_raters(store)}{_new_project(store)}{_new_rater()}"
    )


def _projects(store: Store) -> str:
    rows = ""
    for project in store.projects():
        progress = store.progress(project.id)
        who = ", ".join(f"{isolated(name)} {answers}" for name, answers, *_ in progress.by_rater) or "nobody yet"
        state = "closed" if project.closed else _button("close", "Close", id=project.id)
        kind = "assisted" if project.assisted else "blind"
        rows += (
            f"<tr><td>{isolated(project.title)}</td><td>{esc(project.rubric_id)}</td><td>{kind}</td>"
            f"<td>{progress.done_tasks:,} of {progress.tasks:,}</td><td>{progress.answers:,}</td><td>{who}</td>"
            f"<td>{state}</td></tr>"
        )
    heads = ("Project", "Rubric", "Way", "Items done", "Answers", "By whom", "")
    return _table("Projects", heads, rows or '<tr><td colspan="7">There is none yet.</td></tr>')


def _raters(store: Store) -> str:
    rows = ""
    for rater in store.raters():
        said, disabled = ("Enable", "") if rater.disabled else ("Disable", "yes")
        rows += (
            f"<tr><td>{isolated(rater.name)}</td><td>{esc(rater.role)}</td>"
            f"<td>{'disabled' if rater.disabled else ''}</td>"
            f"<td>{_button('change', said, name=rater.name, disabled=disabled)}</td></tr>"
        )
    return _table("People", ("Name", "Role", "", ""), rows)


def _table(title: str, heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    return (
        f'<section class="mm-box"><h2>{title}</h2><div class="mm-scroll"><table class="mm-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _button(to: str, said: str, **values: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{esc(value)}">' for name, value in values.items())
    return f'<form data-to="./people/{to}">{hidden}<button class="mm-mini">{said}</button></form>'


def _new_project(store: Store) -> str:
    offered = "".join(
        f'<option value="{esc(f"{rubric.id}@{rubric.version}")}">{esc(rubric.title)}</option>'
        for rubric in rubrics_judged(store)
    )
    ticks = (
        ("tri", "“Controversial” may be answered of a whole item", False),
        ("severity", "Ask how severe a violation is", False),
        ("preconditions", "Ask the questions of contested rules", False),
        ("regions", "Let people mark where it shows", False),
        ("care", "Cover pictures and sounds until they are revealed", True),
        ("assisted", "Show the judge's verdict beforehand (such answers never count as independent)", False),
    )
    ticked = "".join(
        f'<label class="tick"><input type="checkbox" name="{name}"{" checked" if on else ""}>{said}</label>'
        for name, said, on in ticks
    )
    return (
        '<section class="mm-box"><h2>New project</h2><form class="mm-form" data-to="./people/project">'
        '<label>Short name<input name="id" required maxlength="64"></label><label>Title<input name="title"></label>'
        f'<label>Rubric<select name="rubric" required>{offered}</select>'
        "<small>Its items are those that were judged by it.</small></label>"
        '<label>One answer about<select name="about"><option value="item">the whole item</option>'
        '<option value="rules">each rule</option></select></label>'
        '<label>Raters per item<input name="overlap" type="number" min="1" value="1"></label>'
        '<label>Random sample of<input name="sample" type="number" min="0" value="0">'
        "<small>0: all items</small></label>"
        '<label>Seed of the sample<input name="seed" type="number" min="0" value="0"></label>'
        '<label>Minutes of uncovered content before a break<input name="budget" type="number" min="0" value="30">'
        f'</label>{ticked}<button class="mm-button first">Make it</button></form></section>'
    )


def _new_rater() -> str:
    roles = "".join(f'<option value="{role}">{role}</option>' for role in get_args(Role))
    return (
        '<section class="mm-box"><h2>New rater</h2><form class="mm-form" data-to="./people/rater">'
        '<label>Name<input name="name" required maxlength="64" autocomplete="off"></label>'
        '<label>Password<input name="password" type="password" required autocomplete="new-password"></label>'
        f'<label>Role<select name="role">{roles}</select></label>'
        '<button class="mm-button first">Add</button></form></section>'
    )

"""`mmjudge rater add|list|role|password|disable`: who signs in. Passwords come from a prompt or from MMJUDGE_PASSWORD,
never from the command line, where others could read them."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import AsJson, Database
from mmjudge.people import Rater, Role

if TYPE_CHECKING:
    from mmjudge.store import Store

app = typer.Typer(help="Add raters, list them, and change what they may do.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name they sign in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do: `docs/projects.md`.")] = "rater",
    database: Database = None,
) -> None:
    """Add a rater. The first account should be an admin's: from then on every page asks who you are."""
    from mmjudge.accounts import check_name, hash_password
    from mmjudge.store import open_store

    with open_store(database) as store:
        new = Rater(check_name(name), role, at=time.time())
        store.save_rater(new, hash_password(_password()))
    print(f"{new.role} {new.name} added")


@app.command("list")
def list_(as_json: AsJson = False, database: Database = None) -> None:
    """The raters, in the order they were added."""
    from mmjudge.cli.show import clean
    from mmjudge.store import open_store

    with open_store(database) as store:
        found = store.raters()
    for rater in found:
        if as_json:
            print(json.dumps(dataclasses.asdict(rater)))
        else:
            print(clean(f"{rater.role:<12}{rater.name}{' (disabled)' if rater.disabled else ''}"))
    if not found and not as_json:
        print("no raters: `mmjudge rater add NAME --role admin` adds one")


@app.command("role")
def role_(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")], database: Database = None) -> None:
    """Change what a rater may do."""
    from mmjudge.store import open_store

    with open_store(database) as store:
        changed = dataclasses.replace(_known(store, name), role=role)
        _keep_an_admin(store, changed)
        store.update_rater(changed)
    print(f"{name} is {role} now")


@app.command()
def password(name: Name, database: Database = None) -> None:
    """Give a rater a new password."""
    from mmjudge.accounts import hash_password
    from mmjudge.store import open_store

    with open_store(database) as store:
        store.update_rater(_known(store, name), hash_password(_password()))
    print(f"{name} has a new password")


@app.command()
def disable(
    name: Name,
    enable: Annotated[bool, typer.Option("--enable", help="Let them in again.")] = False,
    database: Database = None,
) -> None:
    """Let a rater in no more. What they said stays."""
    from mmjudge.store import open_store

    with open_store(database) as store:
        changed = dataclasses.replace(_known(store, name), disabled=not enable)
        _keep_an_admin(store, changed)
        store.update_rater(changed)
    print(f"{name} is {'enabled' if enable else 'disabled'}")


def _password() -> str:
    given = os.environ.get("MMJUDGE_PASSWORD")
    return given if given else str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _known(store: Store, name: str) -> Rater:
    from mmjudge.errors import StoreError

    rater = store.rater(name)
    if rater is None:
        raise StoreError(f"there is no rater {name!r}: `mmjudge rater list` shows them")
    return rater


def _keep_an_admin(store: Store, changed: Rater) -> None:
    """MMJudgeError where nobody would be left who can administer."""
    from mmjudge.accounts import may
    from mmjudge.errors import MMJudgeError

    others = [rater for rater in store.raters() if rater.name != changed.name]
    before = _known(store, changed.name)
    if may(before, "administer") and not any(may(rater, "administer") for rater in [*others, changed]):
        raise MMJudgeError(f"{changed.name} is the last admin: make somebody else one first")

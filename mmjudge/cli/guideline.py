"""`mmjudge guideline add|list|retire|nearest`: a team's reasons, kept for content that is like what they were about."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import AsJson, Database, RubricName

if TYPE_CHECKING:
    from mmjudge.store import Store
    from mmjudge.types import Guideline, Rubric

app = typer.Typer(help="Keep, list, retire and find a team's guidelines.", no_args_is_help=True)


@app.command()
def add(
    text: Annotated[str, typer.Option("--text", "-t", help="What holds for content like this: one or two sentences.")],
    rubric: RubricName = None,
    rule: Annotated[str, typer.Option("--rule", help="The rule it is about; none: the whole rubric.")] = "",
    violates: Annotated[
        bool | None, typer.Option("--violates/--fine", help="What it says of such content; neither if not given.")
    ] = None,
    from_verdict: Annotated[
        int | None, typer.Option(help="The verdict it was learnt from: the number in its address on the page.")
    ] = None,
    author: Annotated[str, typer.Option(help="Who says so.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Add it even if another one says the same.")] = False,
    database: Database = None,
) -> None:
    """Add a guideline. One that says the same as another about that rule is refused, with a pointer to it."""
    from mmjudge.guidelines import made, open_finder, refuse_twin
    from mmjudge.store import open_store

    with open_store(database) as store:
        rules, item_id = _origin(store, rubric, from_verdict)
        said = {None: "", True: "violates", False: "fine"}[violates]
        new = made(rules, rule, text, said, item_id, author, time.time())  # type: ignore[arg-type]
        note = "" if force else refuse_twin(new, store.guidelines(rules.id), open_finder())
        store.add_guideline(new)
    print(f"guideline {new.id} added to rubric {rules.id}: {_about(new)}")
    if note:
        print(note)


def _origin(store: Store, rubric: str | None, verdict_id: int | None) -> tuple[Rubric, str]:
    """The rubric the guideline is for, and the item it was learnt from, "" if none."""
    from mmjudge.errors import StoreError
    from mmjudge.library import load

    if verdict_id is None:
        return load(rubric or "default"), ""
    verdict = store.verdict_by_id(verdict_id)
    if verdict is None:
        raise StoreError(f"there is no verdict {verdict_id}: its number stands in its address on the page")
    rules = load(rubric) if rubric else store.rubric(verdict.rubric_id, verdict.rubric_version)
    if rules is None or rules.id != verdict.rubric_id:
        raise StoreError(f"verdict {verdict_id} was given under rubric {verdict.rubric_id}: leave --rubric away")
    return rules, verdict.item_id


@app.command("list")
def list_(
    rubric: Annotated[str | None, typer.Option("--rubric", "-r", help="The id of a rubric; none: all.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="The retired ones too.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """The guidelines, in the order they were added."""
    from mmjudge.store import open_store

    with open_store(database) as store:
        found = store.guidelines(rubric, retired=retired)
    for guideline in found:
        if as_json:
            print(json.dumps(dataclasses.asdict(guideline)))
            continue
        gone = " (retired)" if guideline.retired else ""
        print(f"{guideline.id}  {guideline.rubric_id}  {_about(guideline)}{gone}")
        if guideline.author or guideline.source_item_id:
            print(f"    {_learnt(guideline)}")
    if not found and not as_json:
        print("no guidelines: `mmjudge guideline add` makes one")


@app.command()
def retire(
    guideline: Annotated[str, typer.Argument(metavar="ID", help="A guideline's id: `mmjudge guideline list`.")],
    database: Database = None,
) -> None:
    """Show a guideline to nobody any more. It is kept, with the time."""
    from mmjudge.store import open_store

    with open_store(database) as store:
        gone = store.retire_guideline(guideline)
    print(f"guideline {gone.id} retired: {_about(gone)}")


@app.command()
def nearest(
    text: Annotated[str, typer.Option("--text", "-t", help="Words to find guidelines for.")],
    rubric: RubricName = None,
    most: Annotated[int, typer.Option("--most", "-k", min=1, help="How many at most.")] = 3,
    least: Annotated[float, typer.Option(min=-1.0, max=1.0, help="The cosine from which one is near.")] = 0.3,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """The guidelines nearest to a text: what a judge with --guidelines would be shown."""
    from mmjudge.errors import BackendError
    from mmjudge.guidelines import fitting, open_finder, retrieve
    from mmjudge.library import load
    from mmjudge.store import open_store
    from mmjudge.types import Missing, Segment

    rules = load(rubric or "default")
    with open_store(database) as store:
        library = fitting(store.guidelines(rules.id), rules)
    finder = open_finder()
    if isinstance(finder, Missing):
        raise BackendError(f"no guidelines can be looked for: {finder.note}")
    near = retrieve(finder.embedder, Segment("", 0, text=text), library, most, least, finder.vectors)
    if isinstance(near, Missing):
        raise BackendError(f"no guidelines can be looked for: {near.note or near.reason}")
    for guideline, cosine in near:
        if as_json:
            print(json.dumps({"cosine": cosine, **dataclasses.asdict(guideline)}))
        else:
            print(f"{cosine:.2f}  {guideline.id}  {_about(guideline)}")
    if not near and not as_json:
        print(f"none of {len(library)} guidelines has a cosine of {least:g} or more")


def _about(guideline: Guideline) -> str:
    """Rule, verdict and text on one line; whatever a person wrote as plain text."""
    from mmjudge.cli.show import clean

    said = {"violates": "violated", "fine": "not violated", "": ""}[guideline.verdict]
    about = ", ".join(part for part in (guideline.rule_id or "any rule", said) if part)
    return clean(f"[{about}] {guideline.text}")


def _learnt(guideline: Guideline) -> str:
    from mmjudge.cli.show import clean

    learnt = f"learnt from item {guideline.source_item_id[:12]}" if guideline.source_item_id else ""
    return clean(", ".join(part for part in (f"by {guideline.author}" if guideline.author else "", learnt) if part))

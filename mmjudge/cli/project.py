"""`mmjudge project new|list|show|close`: sets of items for people to label."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import AsJson, Database, RubricName
from mmjudge.people import About, Project, Sampling, Scheme
from mmjudge.types import TriClass

if TYPE_CHECKING:
    from mmjudge.sampling import Chosen
    from mmjudge.store import Store
    from mmjudge.types import Item

app = typer.Typer(help="Make, list, show and close projects: sets of items for people to label.", no_args_is_help=True)
ProjectId = Annotated[str, typer.Argument(metavar="ID", help="The project's id: `mmjudge project list`.")]


@app.command()
def new(
    project: Annotated[str, typer.Argument(metavar="ID", help="A short id: it stands in addresses and exports.")],
    rubric: RubricName = None,
    items: Annotated[
        list[Path] | None, typer.Option("--items", "-i", help="A file, a JSONL of conversations, or a folder; repeat.")
    ] = None,
    judged: Annotated[bool, typer.Option("--judged", help="Items already judged under this rubric.")] = False,
    label: Annotated[
        TriClass | None, typer.Option(help="Of the judged ones those whose newest verdict is this.")
    ] = None,
    sampling: Annotated[Sampling, typer.Option(help="all, random, uncertain or disagreed.")] = "all",
    sample: Annotated[int | None, typer.Option(min=1, help="How many items; none: all there are.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the same random sample again.")] = 0,
    title: Annotated[str, typer.Option(help="What people see; else the id.")] = "",
    about: Annotated[About, typer.Option(help="Ask about the whole item or about each rule.")] = "item",
    tri: Annotated[bool, typer.Option("--tri", help="Controversial may be answered of a whole item.")] = False,
    severity: Annotated[bool, typer.Option("--severity", help="Ask for 0 to 3 after a violation.")] = False,
    preconditions: Annotated[bool, typer.Option("--preconditions", help="Where a rule is contested, ask why.")] = False,
    regions: Annotated[bool, typer.Option("--regions", help="Where it shows may be marked.")] = False,
    overlap: Annotated[int, typer.Option(min=1, help="Raters per item.")] = 1,
    assisted: Annotated[bool, typer.Option("--assisted", help="Show the verdict first: never independent.")] = False,
    care: Annotated[bool, typer.Option("--care/--no-care", help="Cover media until they are revealed.")] = True,
    budget: Annotated[float, typer.Option(min=0, help="Minutes of uncovered exposure per sitting; 0: any.")] = 30.0,
    pause: Annotated[float, typer.Option("--break", min=0, help="Minutes of the break that is due then.")] = 5.0,
    database: Database = None,
) -> None:
    """Make a project of items, a rubric and a way of asking."""
    from mmjudge.errors import MMJudgeError
    from mmjudge.library import load
    from mmjudge.store import open_store

    if not project.strip() or len(project) > 100 or not project.isprintable():
        raise MMJudgeError("a project's id has 1 to 100 characters that can be seen: choose another")
    rules = load(rubric or "default")
    with open_store(database) as store:
        if store.project(project) is not None:
            raise MMJudgeError(f"there is a project {project!r} already: choose another id")
        store.save_rubric(rules)
        found = _found(store, items or [], rules.id, judged or label is not None, label)
        chosen = _chosen(store, found, rules.id, sampling, sample, seed)
        scheme = Scheme(about, tri, severity, preconditions, regions)
        made = Project(
            project, title or project, rules.id, rules.version, scheme, assisted, "", overlap, sampling, len(found),
            seed, care, budget, pause, at=time.time(),
        )  # fmt: skip
        store.save_project(made, chosen)
    print(f"project {project}: {len(chosen)} of {len(found)} items ({sampling}), {overlap} raters each")


def _found(store: Store, paths: list[Path], rubric_id: str, judged: bool, label: TriClass | None) -> list[str]:
    """The ids of the items meant, each once, in order. What comes from files is saved."""
    from mmjudge.errors import MMJudgeError

    ids: dict[str, None] = {}
    if paths:
        ids |= dict.fromkeys(store.save_items(_items(paths)))
    if judged:
        ids |= {row: None for row, (tri, _) in _newest(store, rubric_id).items() if label in (None, tri)}
    if not ids:
        raise MMJudgeError("the project would have no items: name some with --items, or --judged ones of this rubric")
    return list(ids)


def _items(paths: list[Path]) -> Iterator[tuple[Item, list[str]]]:
    """The items of files and of all files in folders, with where they were seen."""
    from mmjudge import media

    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            yield from ((item, [str(file)]) for item in media.load(file))


def _newest(store: Store, rubric_id: str) -> dict[str, tuple[TriClass, float | None]]:
    """Label and score of the newest verdict on each item that was judged under the rubric."""
    newest: dict[str, tuple[TriClass, float | None]] = {}
    before = None
    while page := store.verdicts(rubric_id=rubric_id, before=before, limit=500):
        for row in page:
            newest.setdefault(row.item_id, (row.label, row.score))
        before = page[-1].id
    return newest


def _chosen(
    store: Store, items: list[str], rubric_id: str, sampling: Sampling, sample: int | None, seed: int
) -> Chosen:
    from mmjudge.errors import MMJudgeError
    from mmjudge.policy import LOOSE
    from mmjudge.sampling import at_random, disagreed_first, everything, uncertain_first

    if sampling == "all":
        if sample is not None:
            raise MMJudgeError("--sample needs --sampling random, uncertain or disagreed: the first ones are no sample")
        return everything(items)
    if sampling == "random":
        return at_random(items, sample or len(items), seed)
    if sampling == "uncertain":
        newest = _newest(store, rubric_id)
        scores = {item: None if label == "needs_review" else score for item, (label, score) in newest.items()}
        return uncertain_first(items, scores, (LOOSE.no_below, LOOSE.yes_from), sample)
    if sampling == "disagreed":
        chosen = disagreed_first(items, store.ratings(rubric_id=rubric_id, judges=None), sample)
        if not chosen:
            raise MMJudgeError("nobody disagrees on any of these items: label or judge them first")
        return chosen
    raise MMJudgeError("--sampling given is for imported projects: use all, random, uncertain or disagreed")


@app.command("list")
def list_(as_json: AsJson = False, database: Database = None) -> None:
    """The projects, the newest first."""
    from mmjudge.cli.show import clean
    from mmjudge.store import open_store

    with open_store(database) as store:
        found = [(project, store.progress(project.id)) for project in store.projects()]
    for project, done in found:
        if as_json:
            print(json.dumps({**dataclasses.asdict(project), "progress": dataclasses.asdict(done)}))
            continue
        closed = " (closed)" if project.closed else ""
        print(clean(f"{project.id}  {project.rubric_id}  {done.done_tasks} of {done.tasks} items done{closed}"))
    if not found and not as_json:
        print("no projects: `mmjudge project new` makes one")


@app.command()
def show(project: ProjectId, as_json: AsJson = False, database: Database = None) -> None:
    """How a project asks, and how far it is."""
    from mmjudge.cli.show import clean
    from mmjudge.errors import StoreError
    from mmjudge.store import open_store

    with open_store(database) as store:
        known, done = store.project(project), store.progress(project)
    if known is None:
        raise StoreError(f"there is no project {project!r}: `mmjudge project list` shows them")
    if as_json:
        print(json.dumps({**dataclasses.asdict(known), "progress": dataclasses.asdict(done)}))
        return
    mode = "assisted: the verdict is shown first" if known.assisted else "blind"
    print(clean(f"{known.title}: rubric {known.rubric_id} {known.rubric_version[:12]}, {mode}"))
    print(f"asked about {known.scheme.about}, {known.overlap} raters per item, sampling {known.sampling}")
    print(f"{done.tasks} items of {known.size}, {done.done_tasks} done, {done.answers} answers")
    for name, answers, seconds in done.by_rater:
        print(clean(f"    {name}: {answers} answers in {seconds / 60:.1f} minutes"))
    if known.closed:
        print("closed: no more tasks are handed out")


@app.command()
def close(project: ProjectId, database: Database = None) -> None:
    """Hand out no more of its items. What was said stays."""
    from mmjudge.store import open_store

    with open_store(database) as store:
        store.close_project(project)
    print(f"project {project} is closed")

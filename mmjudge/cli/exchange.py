"""`mmjudge import` and `mmjudge export`: items and labels from files and to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmjudge.cli.options import AsJson, Database, one_of

if TYPE_CHECKING:
    from mmjudge.formats import Meant
    from mmjudge.store import Store

FormatName = Annotated[
    str | None,
    typer.Option("--format", "-f", help="jsonl, csv, parquet, hf or labelstudio; else what the name's ending says."),
]
Frames = Annotated[
    float | None, typer.Option("--fps", help="Frames per second of the videos: Label Studio's timeline counts frames.")
]


def import_(
    path: Annotated[Path, typer.Argument(help="A file, or a Hugging Face image or audio folder.")],
    format: FormatName = None,
    rubric: Annotated[
        str | None, typer.Option("--rubric", "-r", help="By which people answered, where the rows do not say.")
    ] = None,
    project: Annotated[str | None, typer.Option("--project", help="The project the labels belong to.")] = None,
    rule: Annotated[str, typer.Option("--rule", help="The rule they are about, where the rows do not say.")] = "",
    fps: Frames = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Take items and labels in. A file is taken whole or not at all; the same file again changes nothing."""
    import dataclasses
    import json

    from mmjudge.cli.show import Screen
    from mmjudge.exchange import import_file
    from mmjudge.store import open_store
    from mmjudge.types import Step

    screen = Screen(as_json, False)
    with open_store(database) as store:
        meant = _meant(store, rubric, project, rule, fps)
        with screen.working(str(path)) as watch:
            done = import_file(store, path, meant, format, lambda doing, n: watch(Step(doing, f"{n:,}")))
    if as_json:
        print(json.dumps(dataclasses.asdict(done)))
        return
    print(f"{done.items} items, {done.new_items} of them new; {done.labels} labels, {done.new_labels} of them new")
    if done.scored:
        screen.aside(f"{done.scored} rows have a score, which a label has no place for: it was left out")


def export(
    out: Annotated[Path, typer.Argument(help="A file, or a folder that is not there yet.")],
    format: FormatName = None,
    project: Annotated[str | None, typer.Option("--project", help="Only what was said in this project.")] = None,
    rubric: Annotated[str | None, typer.Option("--rubric", "-r", help="Only what was said by this rubric.")] = None,
    verdicts: Annotated[
        bool, typer.Option("--with-verdicts", help="The newest verdict of each judge too, as one more rater each.")
    ] = False,
    with_media: Annotated[
        str, typer.Option("--with-media", help="none, links (hard links) or copies of the items' files.")
    ] = "none",
    fps: Frames = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a file of that name.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write items and labels. Formats of labels only (csv, parquet) name their items."""
    import dataclasses
    import json

    from mmjudge.cli.show import Screen
    from mmjudge.exchange import Wanted, export_to
    from mmjudge.store import open_store
    from mmjudge.types import Step

    media: Literal["none", "links", "copies"] = one_of(with_media, ("none", "links", "copies"), "--with-media")
    screen = Screen(as_json, False)
    with open_store(database) as store:
        if project is not None and store.project(project) is None:
            raise typer.BadParameter(f"there is no project {project!r}: see mmjudge project list")
        wanted = Wanted(project, rubric, None, verdicts, media, fps)
        with screen.working(str(out)) as watch:
            done = export_to(store, out, wanted, format, overwrite, lambda doing, n: watch(Step(doing, f"{n:,}")))
    if as_json:
        print(json.dumps(dataclasses.asdict(done)))
        return
    print(f"{out}: {done.items} items, {done.labels} labels, {done.verdicts} verdicts, {done.files} files")
    if done.gone:
        screen.aside(f"{done.gone} files are no longer where and what they were: their items are told by hashes")


def _meant(store: Store, rubric: str | None, project: str | None, rule: str, fps: float | None) -> Meant:
    """What rows mean that do not say it: the rubric named, else the project's."""
    from mmjudge.formats import Meant
    from mmjudge.library import load

    held = None if project is None else store.project(project)
    if project is not None and held is None:
        raise typer.BadParameter(f"there is no project {project!r}: make it with mmjudge project new")
    rules = load(rubric) if rubric is not None else None
    if rules is None and held is not None:
        rules = store.rubric(held.rubric_id, held.rubric_version)
    if rules is None:
        if rule:
            raise typer.BadParameter("--rule needs the rubric it is a rule of: add --rubric")
        return Meant(project=project or "", fps=fps)
    if rule and rule not in {known.id for known in rules.rules}:
        raise typer.BadParameter(f"rubric {rules.id} has no rule {rule!r}: see mmjudge rubric show {rules.id}")
    store.save_rubric(rules)
    known_rules = frozenset(known.id for known in rules.rules)
    return Meant(rules.id, rules.version, known_rules, rule, project or "", fps)

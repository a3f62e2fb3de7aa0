"""`mmjudge report`: how far a judge agrees with people, and people with each other, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmjudge.cli.options import Database, one_of

TABLE = "A long table (.csv, .jsonl): item, rater, label, and rule, score, … where there are any."


def report(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file: .html, .pdf, .json or .csv.")],
    labels: Annotated[Path | None, typer.Option("--labels", help=TABLE)] = None,
    project: Annotated[str | None, typer.Option("--project", help="Labels of this project.")] = None,
    rubric: Annotated[str | None, typer.Option("--rubric", "-r", help="Labels under this rubric's id.")] = None,
    judge: Annotated[str, typer.Option("--judge", "-j", help="A judge's id, or judge:NAME of the table.")] = "",
    truth: Annotated[str, typer.Option("--truth", help="majority, any, or expert:RATER.")] = "majority",
    group_by: Annotated[list[str] | None, typer.Option("--group-by", help="Only these attributes; else all.")] = None,
    controversial: Annotated[str, typer.Option(help="Counts as: violation, fine or unknown.")] = "violation",
    stand_in: Annotated[str, typer.Option(help="Whom the judge might replace: expert, skilled, crowd.")] = "skilled",
    title: Annotated[str, typer.Option("--title", help="What stands on top.", show_default="the source")] = "",
    with_text: Annotated[bool, typer.Option("--with-text", help="Show the words of the worst disagreements.")] = False,
    draws: Annotated[int, typer.Option("--draws", min=200, help="Draws of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 0,
    database: Database = None,
) -> None:
    """Write a report: from the store (--project or --rubric), or from anybody's table (--labels)."""
    from mmjudge import reporting

    sources = (("--labels", labels and str(labels)), ("--project", project), ("--rubric", rubric))
    named = [(option, name) for option, name in sources if name]
    if len(named) != 1:
        raise typer.BadParameter("name one source: --labels FILE, --project ID or --rubric ID")
    read_as: Literal["violation", "fine", "unknown"] = one_of(
        controversial, ("violation", "fine", "unknown"), "--controversial"
    )
    who = one_of(stand_in, ("expert", "skilled", "crowd"), "--stand-in")
    (source, name) = named[0]
    shown = title or (labels.name if labels else name)
    asked = reporting.Asked(shown, judge, truth, read_as, tuple(group_by or ()), who, draws, seed)
    rest = ["--title", shown, "--controversial", controversial, "--stand-in", stand_in, "--draws", str(draws)]
    rest += ["--seed", str(seed), *(part for one in group_by or () for part in ("--group-by", one))]
    rest += ["--with-text"] if with_text else []
    command = reporting.command_line(source, name, judge, truth, rest, out.name)
    if labels:
        found = reporting.of_table(labels, asked, command)
    else:
        from mmjudge.store import open_store

        with open_store(database) as store:
            found = reporting.of_store(store, project, rubric, asked, command, with_text)
    reporting.write(found, out)
    print(found.said.headline)
    print("\n".join(f"  {reason}" for reason in found.said.because))
    print(f"written: {out}")

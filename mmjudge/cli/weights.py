"""`mmjudge weights`: which of the embedded judge's weights are here, and bring those that are not."""

from __future__ import annotations

from typing import Annotated

import typer


def weights(
    names: Annotated[list[str] | None, typer.Argument(help="Bring these (see the list without arguments).")] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Bring all that are absent (about 1.3 GB).")] = False,
) -> None:
    """List the embedded judge's weights; with names or --fetch, bring what is absent, each checked by its sha256."""
    from mmjudge.backends.weights import status

    if fetch or names:
        bring(names or [s.name for s in status() if s.state != "present"])
    for one in status():
        where = one.source if one.state == "present" else one.note or f"bring it: {one.command}"
        print(f"{one.name:14} {one.state:8} {one.size / 1e6:7,.0f} MB  {one.licence}  {where}")
    if any(one.state != "present" for one in status()):
        raise typer.Exit(3)


def bring(names: list[str]) -> None:
    """Fetch and verify, with a bar per model; says which source was used."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from mmjudge.backends.weights import locate
    from mmjudge.backends.weights import weights as record_of

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        for name in names:
            record = record_of(name)
            bar = bars.add_task(name, total=record.size)

            def show(done: int, total: int, words: str, bar: object = bar, name: str = name) -> None:
                bars.update(bar, completed=done, total=total, description=f"{name}: {words}")  # type: ignore[arg-type]

            located = locate(record, fetch=True, progress=show)
            bars.update(bar, completed=record.size, description=f"{name}: verified, from {located.source}")

"""`mmjudge ui`: the web page, on this machine unless another address is given."""

from __future__ import annotations

from typing import Annotated

import typer

from mmjudge.cli.options import Database, EncoderFolder, JudgeName, LocatorFolder


def ui(
    host: Annotated[str, typer.Option(help="Address; 0.0.0.0 lets others in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; the next free one is taken if it is in use.")] = 7860,
    window: Annotated[bool, typer.Option("--window", help="Open a window of its own.")] = False,
    judge: JudgeName = "embedded",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    database: Database = None,
) -> None:
    """Open the web page."""
    from mmjudge.store import open_store
    from mmjudge.ui.app import launch

    store = open_store(database)
    launch(store, judge, host=host, port=port, window=window, locator=locator, encoder=encoder)

"""`mmjudge judge`: one item or several, from files, standard input or an argument, to a verdict each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import (
    AsJson,
    Database,
    EncoderFolder,
    Fresh,
    JudgeName,
    LocatorFolder,
    PolicyName,
    RubricName,
    exit_code,
)

if TYPE_CHECKING:
    from mmjudge.types import Item


def judge(
    files: Annotated[list[str] | None, typer.Argument(help="Files of any kind; - is standard input.")] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="A text, or the caption with --post.")] = None,
    prompt: Annotated[str | None, typer.Option(help="What was asked, where --text is the answer to judge.")] = None,
    target: Annotated[str, typer.Option(help="What a text is: post, prompt or response.")] = "post",
    post: Annotated[bool, typer.Option("--post", help="All files and --text together are one item.")] = False,
    rubric: RubricName = None,
    policy: PolicyName = "loose",
    judge: JudgeName = "embedded",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option("--explain", "-e", help="Show every precondition with its numbers.")] = False,
    fresh: Fresh = False,
    guidelines: Annotated[
        bool, typer.Option("--guidelines", help="Show the judge your team's guidelines near each item. Off by default.")
    ] = False,
    without: Annotated[list[str] | None, typer.Option(help="Switch a stage off (ablation); may be repeated.")] = None,
    database: Database = None,
    forget: Annotated[bool, typer.Option("--forget", help="Store nothing.")] = False,
    read_as: Annotated[str | None, typer.Option("--as", help="Say too what it is as this rubric's categories.")] = None,
) -> None:
    """Judge files or a text against a rubric, and say why."""
    from mmjudge.cli.crosswalk import Reading
    from mmjudge.cli.show import Screen
    from mmjudge.policy import load_policy
    from mmjudge.session import judge_item, open_judge, rubric_for, with_guidelines
    from mmjudge.settings import Settings
    from mmjudge.store import open_store

    items = gather(files or [], text, prompt, target, post)
    chosen, rules = load_policy(policy), rubric_for(judge, rubric)
    other = Reading(read_as, rules) if read_as else None
    settings, screen = Settings().without(*(without or [])), Screen(as_json, explain)
    with screen.working("opening the judge"):
        ready = open_judge(judge, rules, chosen, settings, locator=locator, encoder=encoder)
        if guidelines:
            with open_store(database) as library:
                ready = with_guidelines(ready, library.guidelines(rules.id))
    store = None if forget else open_store(database)
    verdicts = []
    for name, item in items:
        with screen.working(name) as watch:
            verdict = judge_item(ready, store, item, watch, fresh)
        if other is None:
            screen.verdict(name, verdict, ready.rubric, chosen)
        else:
            other.show(screen, name, verdict, ready.rubric, chosen, as_json)
        verdicts.append(verdict)
    for words in ready.absent:
        screen.aside(f"absent: {words}")
    raise typer.Exit(exit_code(verdicts, chosen))


def gather(files: list[str], text: str | None, prompt: str | None, target: str, post: bool) -> list[tuple[str, Item]]:
    """(name, item) pairs from the arguments. An error where there is nothing, or a path is missing."""
    from mmjudge import media
    from mmjudge.types import TARGETS, Turn

    if target not in TARGETS:
        raise typer.BadParameter(f"--target is {target!r}: use {', '.join(TARGETS)}")
    if prompt is not None and text is None:
        raise typer.BadParameter("--prompt needs the answer to judge: add --text")
    if "-" in files:
        files = [name for name in files if name != "-"]
        text = sys.stdin.buffer.read().decode("utf-8", "replace") if text is None else text
    if not files and text is None:
        raise typer.BadParameter("nothing to judge: name a file, or use --text, or - for standard input")
    if prompt is not None:
        turns = (Turn("user", prompt), Turn("assistant", text or ""))
        return [("conversation", media.item(turns=turns, target="response"))]
    if post:
        return [("post", media.item(text=text or "", files=[Path(name) for name in files], target=target))]
    items = [] if text is None else [("text", media.item(text=text, target=target))]
    for name in files:
        loaded = media.load(Path(name))
        items += [(name if len(loaded) == 1 else f"{name}:{n}", item) for n, item in enumerate(loaded, 1)]
    return items

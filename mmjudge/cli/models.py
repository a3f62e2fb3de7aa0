"""`mmjudge models`: which open-weight models are here, which suit this machine, and one command to fetch one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mmjudge.backends.machine import Machine, Suits
    from mmjudge.backends.models import Model

app = typer.Typer(help="Open-weight models: what is here, what suits this machine, fetch one.")

TITLES = {
    "vision": "see pictures and videos, read words",
    "audio": "hear, read words",
    "text": "read words",
    "relevance": "tell which rules a picture has to do with",
    "locator": "find the objects a rule names",
    "guard": "trained to name what is unsafe",
}
BESIDE = {"relevance": "--encoder", "locator": "--locator"}
"""By which option a model that is no judge is used."""
ORDER = {"fits": 0, "slow": 1, "no": 2}


@app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Those too that need more than this machine has.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per model, for programmes.")] = False,
) -> None:
    """List the models this project can run; a star marks those to begin with here."""
    if context.invoked_subcommand:
        return
    from mmjudge.backends.machine import recommended, suits, this_machine
    from mmjudge.backends.models import models as listed

    machine = this_machine()
    stars = recommended(listed(), machine)
    rows = [(model, suits(model, machine)) for model in listed()]
    rows.sort(key=lambda row: (list(TITLES).index(row[0].kind), row[0].name not in stars, ORDER[row[1].state]))
    if as_json:
        for model, suit in rows:
            print(as_object(model, suit, model.name in stars))
        return
    show(rows, stars, machine, every)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="A name of the list, or OWNER/NAME of one in it.")]) -> None:
    """Bring a model: its pinned commit, safetensors only, each file checked. Goes on where it was stopped."""
    import sys

    from mmjudge.backends.hub import fetch as bring
    from mmjudge.backends.models import named

    model = named(name)
    held = bring(model, lambda words: print(words, file=sys.stderr, flush=True))
    print(f"{model.name} is in {held.path}, commit {held.revision}")
    if model.judges:
        print(f"use it: mmjudge judge FILE --judge transformers:{model.name}")
    elif model.kind in BESIDE:
        print(f"use it beside a judge that sees: mmjudge judge FILE --judge NAME {BESIDE[model.kind]} {model.name}")


def show(rows: list[tuple[Model, Suits]], stars: set[str], machine: Machine, every: bool) -> None:
    """The list for people."""
    from mmjudge.backends.machine import described
    from mmjudge.backends.shelf import held, others, shelf

    for title, words in described(machine):
        print(f"{title:11} {words}")
    print(f"{'shelf':11} {shelf()}")
    kind, hidden = "", 0
    for model, suit in rows:
        here = held(model)
        if suit.state == "no" and not here and not every:
            hidden += 1
            continue
        if model.kind != kind:
            kind = model.kind
            print(f"\n{TITLES[kind]}")
        star = "*" if model.name in stars else " "
        print(f"{star} {model.name:20} {model.size / 1e9:5.1f} GB  {remarks(model):24} {suit.words}")
        if here:
            other = f", commit {here.revision[:12]}, not the pinned one" if strange(model, here.revision) else ""
            print(f"  {'':20} here: {here.path} ({here.source}{other})")
    for name in others():
        print(f"\nyours: {name} in {shelf() / name}")
    print("\n* to begin with: the largest that fits, not the best judge: none was measured, no weights were run here.")
    print("Download sizes and memory follow from the number of parameters: about.")
    print("Fetch one: mmjudge models fetch NAME     Use it: mmjudge judge FILE --judge transformers:NAME")
    if hidden:
        print(f"{hidden} more need more than this machine has: mmjudge models --all")


def remarks(model: Model) -> str:
    """Licence, what it takes in beside what its kind does, and what stands between the reader and the weights."""
    words = [model.licence]
    if model.kind == "vision" and "audio" in model.reads:
        words.append("hears too")
    if model.gated:
        words.append("gated")
    if model.revision is None:
        words.append("not pinned")
    if model.pickled:
        words.append("pickle")
    return ", ".join(words)


def strange(model: Model, revision: str) -> bool:
    """Whether a copy is known to be of another commit than the pinned one."""
    return bool(revision and model.revision and revision != model.revision)


def as_object(model: Model, suit: Suits, star: bool) -> str:
    """One line of JSON."""
    import json
    from dataclasses import asdict

    from mmjudge.backends.shelf import held

    here = held(model)
    copy = {"path": str(here.path), "revision": here.revision, "source": here.source} if here else None
    more = {"download": model.size, "verified": model.verified, "suits": suit.state, "words": suit.words}
    return json.dumps({**asdict(model), **more, "recommended": star, "here": copy})

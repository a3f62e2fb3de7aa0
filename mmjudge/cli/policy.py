"""`mmjudge policy list|show|check|propose|compare`: by what numbers and switches evidence is decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import AsJson, Database, EncoderFolder, Fresh, JudgeName, LocatorFolder, RubricName
from mmjudge.cli.rubric_files import say

if TYPE_CHECKING:
    from mmjudge.policy import Policy
    from mmjudge.types import Rubric, Verdict

app = typer.Typer(help="List, show, check, propose and compare policies.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A shipped policy by name, or a YAML file.")]


@app.command("list")
def list_() -> None:
    """The shipped policies."""
    from mmjudge.policy import load_policy, shipped_policies

    for name in shipped_policies():
        policy = load_policy(name)
        say(f"{name:26} {policy.rubric or 'any rubric':28} {policy.title}")


@app.command()
def show(name: Name) -> None:
    """A policy in words: where its numbers differ from the loose one's, its switches, its routes, its safety config."""
    from mmjudge.policy import load_policy

    policy = load_policy(name)
    say(f"{policy.title}\nid {policy.id}, for {' or '.join(policy.rubric.split()) or 'any rubric'}")
    for line in [*_numbers(policy), *_switches(policy), *(f"route of {of}: {route}" for of, route in policy.routes)]:
        say(line)
    if policy.config:
        say(f"made after this safety config:\n  {policy.config}")


@app.command()
def check(name: Name, rubric: RubricName = None) -> None:
    """Load a policy strictly, hold it against a rubric, and say what it changes about each rule."""
    from mmjudge.policy import check_switches, load_policy
    from mmjudge.session import rubric_for

    policy = load_policy(name)
    made_for = policy.rubric.split()
    if not (rubric or made_for):
        raise typer.BadParameter("the policy is made for any rubric: say which with --rubric")
    rules = rubric_for("embedded", rubric or made_for[0])
    check_switches(policy, rules)
    changes = _changes(policy, rules)
    for line in changes:
        say(line)
    say(f"{policy.id} fits {rules.id}: {len(changes)} of {len(rules.rules)} rules are changed or routed")


@app.command()
def propose(
    file: Annotated[Path | None, typer.Argument(help="A text file with the safety config.")] = None,
    config: Annotated[str | None, typer.Option("--config", "-c", help="The safety config itself.")] = None,
    rubric: RubricName = None,
    judge: JudgeName = "embedded",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the approved switches as a policy.")] = None,
    approve: Annotated[
        list[str] | None, typer.Option("--approve", help="Approve what is proposed for this; may be repeated.")
    ] = None,
    approve_all: Annotated[bool, typer.Option("--approve-all", help="Approve every change proposed.")] = False,
) -> None:
    """Ask a judge what a safety config in free text allows and forbids, category by category, and show what switches
    that would make. Nothing is written without -o and an approval."""
    from mmjudge.errors import BackendError, RubricError
    from mmjudge.safety_config import policy_text
    from mmjudge.safety_config import propose as proposed
    from mmjudge.session import open_judge, rubric_for

    words = _config(file, config)
    if out is not None and not (approve or approve_all):
        raise typer.BadParameter("-o writes only what is approved: add --approve NAME, or --approve-all")
    if (approve or approve_all) and out is None:
        raise typer.BadParameter("what is approved is written somewhere: add -o FILE")
    if out is not None and out.exists():
        raise RubricError(f"{out} is there already: choose another name")
    rules = rubric_for(judge, rubric)
    backend = open_judge(judge, rules).backend
    if backend is None:
        raise BackendError(f"judge {judge!r} has no model that answers questions: choose another one")
    found = proposed(backend, rules, words)
    _table(
        ("for", "proposed", "allows", "forbids", "why"),
        [(p.of, p.state, _score(p.allows), _score(p.forbids), p.reason) for p in found],
    )
    if out is None:
        print("A proposal only: nothing was written. Look at each, then add -o FILE and --approve NAME.")
        return
    chosen = [p.of for p in found if p.state != "default"] if approve_all else list(approve or ())
    out.write_text(policy_text(found, chosen, out.stem, rules, words), encoding="utf-8")
    say(f"{out}: {len(chosen)} switches approved and written; `mmjudge policy check {out}` reads it again")


@app.command()
def compare(
    policies: Annotated[str, typer.Option("--policies", "-p", help="Names or files of policies, separated by commas.")],
    files: Annotated[list[str] | None, typer.Argument(help="Files of any kind; - is standard input.")] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="A text.")] = None,
    prompt: Annotated[str | None, typer.Option(help="What was asked, where --text is the answer to judge.")] = None,
    target: Annotated[str, typer.Option(help="What a text is: post, prompt or response.")] = "post",
    rubric: RubricName = None,
    judge: JudgeName = "embedded",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    as_json: AsJson = False,
    fresh: Fresh = False,
    database: Database = None,
    forget: Annotated[bool, typer.Option("--forget", help="Store nothing.")] = False,
) -> None:
    """Measure each item once and decide it under several policies, side by side."""
    from mmjudge.cli.judge import gather
    from mmjudge.cli.show import Screen
    from mmjudge.policy import check_switches, load_policy
    from mmjudge.session import judged_under, open_judge, rubric_for
    from mmjudge.store import open_store

    chosen = [load_policy(name.strip()) for name in policies.split(",") if name.strip()]
    if not chosen:
        raise typer.BadParameter("--policies names none: give some, separated by commas")
    rules = rubric_for(judge, rubric)
    for policy in chosen:
        check_switches(policy, rules)
    items = gather(files or [], text, prompt, target, post=False)
    screen = Screen(as_json, explain=False)
    with screen.working("opening the judge"):
        ready = open_judge(judge, rules, chosen[0], locator=locator, encoder=encoder)
    store = None if forget else open_store(database)
    for name, item in items:
        with screen.working(name) as watch:
            verdicts = judged_under(ready, store, item, chosen, watch, fresh)
        rows = [compared(policy, verdict, rules) for policy, verdict in zip(chosen, verdicts, strict=True)]
        if as_json:
            print(json.dumps({"source": name, "policies": rows}))
            continue
        _table((name, "label", "severity", "violated", "allowed", "route"), [_cells(row) for row in rows])


# --- in words ---------------------------------------------------------------------------------------------------


def compared(policy: Policy, verdict: Verdict, rubric: Rubric) -> dict[str, object]:
    """What one policy makes of an item. `route` is None where the policy has none."""
    from mmjudge.routes import route_of

    return {
        "policy": policy.id,
        "label": verdict.label,
        "severity": verdict.severity,
        "violated": list(verdict.categories),
        "allowed": list(verdict.allowed),
        "route": route_of(verdict, rubric, policy) if policy.routes else None,
    }


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    from mmjudge import words

    return (
        str(row["policy"]),
        words.LABELS[row["label"]],  # type: ignore[index]
        str(row["severity"]),
        ", ".join(row["violated"]) or "none",  # type: ignore[arg-type]
        ", ".join(row["allowed"]) or "none",  # type: ignore[arg-type]
        words.DESTINATIONS[row["route"]] if row["route"] else "",  # type: ignore[index]
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Plain text in columns: whatever comes from a config, a file name or a rubric is shown as it is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from mmjudge.cli.show import clean

    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in head:
        table.add_column(Text(clean(title)))
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    Console(highlight=False).print(table)


def _score(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def _config(file: Path | None, config: str | None) -> str:
    """The words of a safety config, from a file or from the argument."""
    from mmjudge.errors import RubricError

    if (file is None) == (config is None):
        raise typer.BadParameter("give the safety config as a file or with --config, one of the two")
    if file is None:
        return config or ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{file}: not a text file that can be read: {error}") from error


def _numbers(policy: Policy) -> list[str]:
    """The numbers that differ from the loose policy's."""
    from dataclasses import fields

    from mmjudge.policy import LOOSE

    words = ("id", "title", "switches", "routes", "rubric", "config")
    named = [(field.name, getattr(policy, field.name)) for field in fields(policy) if field.name not in words]
    return [f"{name}: {value}" for name, value in named if value != getattr(LOOSE, name)]


def _switches(policy: Policy) -> list[str]:
    lines = []
    for switch in policy.switches:
        own = {"unsafe from": switch.unsafe_from, "violated from": switch.yes_from, "severity": switch.severity}
        said = "".join(f", {name} {value}" for name, value in own.items() if value is not None)
        lines.append(f"{switch.of}: {switch.state}{said}")
    return lines


def _changes(policy: Policy, rubric: Rubric) -> list[str]:
    """One line per rule that a switch or a route speaks to."""
    from mmjudge.switches import Switch, named, switch_of, switched

    lines = []
    for rule in rubric.rules:
        switch, route = switch_of(rule, policy.switches), named(policy.routes, rule)
        if switch == Switch(rule.id) and route is None:
            continue
        after = switched(rule, switch)
        parts: list[str] = [switch.state] if switch.state != "default" else []
        dropped = len(rule.preconditions) - len(after.preconditions)
        parts += [f"{dropped} of {len(rule.preconditions)} preconditions are exemptions and dropped"] if dropped else []
        parts += [f"severity {rule.severity} -> {after.severity}"] if after.severity != rule.severity else []
        parts += [f"violated from {switch.yes_from}"] if switch.yes_from is not None else []
        parts += [f"unsafe from {switch.unsafe_from}"] if switch.unsafe_from is not None else []
        parts += [f"route {route}"] if route else []
        lines.append(f"{rule.id}: {'; '.join(parts) or 'as it stands'}")
    return lines

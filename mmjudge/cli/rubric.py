"""`mmjudge rubric …`: what a judge judges by. Here: looking at rubrics; in `rubric_files`: making and changing them.

Exit codes: 0; 3 where there is something to mark (remarks, differences, two changes that do not go together); 2 errors.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli import rubric_files
from mmjudge.cli.rubric_files import remark, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmjudge.rubric_diff import Change
    from mmjudge.types import Example, Rule

app = typer.Typer(help="List, show, check, make, change, compare and export rubrics.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A rubric by name, shipped or yours; ID@NUMBER; or a YAML file.")]

MEANINGS = {
    "nothing": "stored evidence stands",
    "redecide": "decide again from stored evidence",
    "rejudge": "ask again",
}


@app.command("list")
def list_() -> None:
    """The shipped rubrics, then yours with their state."""
    from mmjudge.library import Library

    for entry in Library().names():
        if entry.error:
            say(f"{entry.id:22} yours, not usable: {entry.error}")
            continue
        line = f"{entry.id:22} {entry.rules:3} rules  version {entry.version}  {entry.title}"
        state = f"revision {entry.number}, {entry.revision}" if entry.number else "not in a history"
        say(f"{line}  [yours, {state}{', ' + entry.by if entry.by else ''}]" if entry.own else line)


@app.command()
def show(name: Name = "default") -> None:
    """A rubric's rules in words: chains, grades, examples."""
    from mmjudge.library import load

    rubric = load(name)
    say(f"{rubric.title}\n{rubric.source}")
    if rubric.licence:
        say(f"licence: {rubric.licence}")
    say(f"id {rubric.id}, version {rubric.version}")
    for rule in rubric.rules:
        for line in ("", *_in_words(rule)):
            say(line)


def _in_words(rule: Rule) -> Iterable[str]:
    yield f"{rule.id}: {rule.category} (severity {rule.severity}; shows in {', '.join(rule.modalities)})"
    yield f"  {rule.objective_text}"
    for n, precondition in enumerate(rule.preconditions):
        options = [f"{'' if q.expect else 'NOT '}{q.ask}" for q in precondition.any_of]
        yield f"  {'AND ' if n else 'if  '}{' OR '.join(options)}"
    for grade in rule.grades:
        yield f"  severity {grade.severity} if {grade.question.ask}"
    for example in rule.examples:
        yield f"  {_example(example)}"
    if rule.reuses:
        yield f"  shares its chain with {rule.reuses} on purpose"


def _example(example: Example) -> str:
    kind = "breaks it:" if example.violates else "does not: "
    if example.described:
        return f"{kind} [{example.text}]"
    asked = f'to "{example.prompt}": ' if example.prompt else ""
    return f'{kind} {"a request: " if example.target == "prompt" else ""}{asked}"{example.text}"'


@app.command()
def check(
    names: Annotated[list[str], typer.Argument(help="Rubrics by name, shipped or yours, or YAML files.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per rubric, for programmes.")] = False,
) -> None:
    """Load rubrics strictly and mark what makes a rule hard to judge. Exit code 3 if there is anything to mark, 2 if
    one cannot be read."""
    from mmjudge.errors import RubricError
    from mmjudge.library import Library
    from mmjudge.lint import lint

    remarks, unread = 0, 0
    for name in names:
        try:
            rubric = Library().find(name).rubric
        except RubricError as error:
            unread += 1
            print(json.dumps({"name": name, "error": str(error)})) if as_json else _aside(f"mmjudge: {error}")
            continue
        hints = lint(rubric)
        remarks += len(hints)
        if as_json:
            told = [{"rule": h.rule_id, "question": h.question_id, "defect": h.defect, "text": h.text} for h in hints]
            plain = {"name": name, "id": rubric.id, "version": rubric.version, "rules": len(rubric.rules)}
            print(json.dumps({**plain, "remarks": told}))
            continue
        for hint in hints:
            say(remark(hint))
        say(f"{rubric.id}: {len(rubric.rules)} rules, version {rubric.version}, {len(hints)} remarks")
    raise typer.Exit(2 if unread else 3 if remarks else 0)


def _aside(text: str) -> None:
    from mmjudge.cli.show import clean

    print(clean(text), file=sys.stderr)


@app.command()
def diff(old: Name, new: Name) -> None:
    """What differs between two rubrics, and what that means for stored evidence. Exit code 3 if anything differs."""
    from mmjudge.library import Library
    from mmjudge.rubric_diff import diff as differences

    library = Library()
    changes = differences(library.find(old).rubric, library.find(new).rubric)
    for change in changes:
        say(_difference(change))
    if any(change.meaning == "rejudge" for change in changes):
        say("A model that is shown all statements at once, as the embedded judge's, is asked all rules again.")
    say(f"{len(changes)} difference{'' if len(changes) == 1 else 's'}" if changes else "no difference")
    raise typer.Exit(3 if changes else 0)


def _difference(change: Change) -> str:
    parts = [f"{change.rule_id or 'the rubric itself'}: {change.kind}"]
    parts += [", ".join(change.fields)] if change.fields else []
    parts += [f"gone: {', '.join(change.gone)}"] if change.gone and change.kind == "changed" else []
    meaning = MEANINGS[change.meaning]
    return f"{'; '.join(parts)} -> {meaning}{': ' + ', '.join(change.questions) if change.questions else ''}"


@app.command()
def schema() -> None:
    """The JSON Schema of a rubric file, for editors and programmes."""
    from importlib.resources import files

    print(files("mmjudge.rubrics").joinpath("schema.json").read_text(encoding="utf-8"), end="")


app.command("new")(rubric_files.new)
app.command("save")(rubric_files.save)
app.command("edit")(rubric_files.edit)
app.command("history")(rubric_files.history)
app.command("export")(rubric_files.export)

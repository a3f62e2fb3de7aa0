"""`mmjudge rubric list|show|check`: what a judge judges by."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="List, show and check rubrics.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A shipped rubric by name, or a YAML file.")]


@app.command("list")
def list_() -> None:
    """The shipped rubrics."""
    from mmjudge.rubric import load_rubric, shipped

    for name in shipped():
        rubric = load_rubric(name)
        print(f"{name:22} {len(rubric.rules):3} rules  version {rubric.version}  {rubric.title}")


@app.command()
def show(name: Name = "default") -> None:
    """A rubric's rules with their chains, in words."""
    from mmjudge.rubric import load_rubric

    rubric = load_rubric(name)
    print(f"{rubric.title}\n{rubric.source}\nid {rubric.id}, version {rubric.version}")
    for rule in rubric.rules:
        print(f"\n{rule.id}: {rule.category} (severity {rule.severity}; shows in {', '.join(rule.modalities)})")
        print(f"  {rule.objective_text}")
        for n, precondition in enumerate(rule.preconditions):
            options = [f"{'' if q.expect else 'NOT '}{q.ask}" for q in precondition.any_of]
            print(f"  {'AND ' if n else 'if  '}{' OR '.join(options)}")


@app.command()
def check(name: Name) -> None:
    """Load a rubric strictly and mark what makes a rule hard to judge. Exit code 3 if there is anything to mark."""
    from mmjudge.lint import lint
    from mmjudge.rubric import load_rubric

    rubric = load_rubric(name)
    hints = lint(rubric)
    for hint in hints:
        print(f"{hint.rule_id}{'/' + hint.question_id if hint.question_id else ''}: {hint.text}")
    print(f"{rubric.id}: {len(rubric.rules)} rules, version {rubric.version}, {len(hints)} remarks")
    raise typer.Exit(3 if hints else 0)

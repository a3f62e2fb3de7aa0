"""The command line: arguments in, lines out. One file per command; each imports what it needs when it runs.

Exit codes of `judge` and `demo`: 0 all safe; 1 any item unsafe (controversial counts under a strict policy);
3 otherwise any item needs review or is controversial; 2 usage, a missing path, or no model at all; 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from mmjudge.cli import (
    cosa,
    crosswalk,
    demo,
    doctor,
    exchange,
    guideline,
    judge,
    jury,
    learn,
    models,
    objectify,
    plan,
    policy,
    project,
    rater,
    redecide,
    rejudge,
    report,
    review,
    rubric,
    rubric_try,
    ui,
    weights,
)

app = typer.Typer(
    name="mmjudge",
    help="A multimodal safety judge: text, images, audio and video in; a verdict that can be checked, out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("judge")(judge.judge)
app.command("redecide")(redecide.redecide)
app.command("learn")(learn.learn)
app.command("jury")(jury.jury)
rubric.app.command("objectify")(objectify.objectify)
rubric.app.command("rejudge")(rejudge.rejudge)
rubric.app.command("table")(rubric_try.table)
rubric.app.command("try")(rubric_try.try_)
app.add_typer(rubric.app, name="rubric")
app.add_typer(policy.app, name="policy")
app.add_typer(crosswalk.app, name="crosswalk")
app.add_typer(guideline.app, name="guideline")
app.add_typer(rater.app, name="rater")
app.add_typer(project.app, name="project")
app.add_typer(review.app, name="review")
app.add_typer(plan.app, name="plan")
app.command("cosa")(cosa.cosa)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("weights")(weights.weights)
app.add_typer(models.app, name="models")
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.command("report")(report.report)
app.command("ui")(ui.ui)


def main() -> None:
    """The entry point: errors for people go to standard error, and the exit code says which kind it was."""
    from mmjudge.cli.show import clean
    from mmjudge.errors import MMJudgeError

    try:
        app()
    except MMJudgeError as error:
        print(clean(f"mmjudge: {error}"), file=sys.stderr)  # it may quote a file's words
        sys.exit(2)
    except KeyboardInterrupt:
        print("mmjudge: stopped; what was finished is kept", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()

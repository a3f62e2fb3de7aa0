"""The options several commands share, declared once, and the exit code of a list of verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from mmjudge.policy import Policy
    from mmjudge.types import Verdict

RubricName = Annotated[
    str | None,
    typer.Option(
        "--rubric",
        "-r",
        help="A rubric by name, shipped or yours, or a YAML file; else the judge's own.",
        show_default="default",
    ),
]
PolicyName = Annotated[
    str, typer.Option("--policy", "-p", help="loose, strict, a shipped policy (`policy list`), or a YAML file.")
]
JudgeName = Annotated[
    str,
    typer.Option(
        "--judge", "-j", help="embedded, fake, transformers:FOLDER or NAME, endpoint:URL#MODEL, or guard:NAME@FOLDER."
    ),
]
LocatorFolder = Annotated[
    str | None,
    typer.Option("--locator", envvar="MMJUDGE_LOCATOR", help="Folder or NAME of a zero-shot detector: finds objects."),
]
EncoderFolder = Annotated[
    str | None,
    typer.Option(
        "--encoder", envvar="MMJUDGE_ENCODER", help="Folder or NAME of a CLIP or SigLIP: leaves far rules unasked."
    ),
]
Database = Annotated[
    str | None,
    typer.Option("--database", help="SQLAlchemy URL; default: MMJUDGE_DATABASE_URL, else a file."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per item, for programmes.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Measure again, even if this judge already did.")]


def exit_code(verdicts: Iterable[Verdict], policy: Policy) -> int:
    """0 all safe; 1 any unsafe (controversial too under a strict policy); 3 otherwise."""
    labels = {verdict.label for verdict in verdicts}
    if "unsafe" in labels or (policy.strict and "controversial" in labels):
        return 1
    return 3 if labels & {"needs_review", "controversial"} else 0


Word = TypeVar("Word", bound=str)


def one_of(given: str, known: tuple[Word, ...], option: str) -> Word:
    """The word that was given, by its type. BadParameter with those there are where it is none of them."""
    for word in known:
        if word == given:
            return word
    raise typer.BadParameter(f"{given!r}: use {', '.join(known)}", param_hint=option)

"""A report on labels, from a store or a long table, and its file.

Knows where answers and facts come from, and which ending means which form. Refuses to compute (`report`).
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from mmjudge.errors import MMJudgeError
from mmjudge.ratings import Ratings
from mmjudge.report import assemble
from mmjudge.report.assemble import Asked
from mmjudge.report.longtable import read_table
from mmjudge.report.values import Facts, Figures

__all__ = ["Asked", "figures", "of_table", "rendered", "write"]

USED = ("mmjudge", "numpy", "scipy")


class ReportError(MMJudgeError):
    """A report cannot be made of these answers; the message says what is missing."""


def figures(ratings: Ratings, facts: Facts | None = None, asked: Asked | None = None, command: str = "") -> Figures:
    """The report on answers, with the versions it was made by. ReportError where it cannot be made."""
    try:
        found = assemble.figures(ratings, facts, asked)
    except ValueError as error:
        raise ReportError(f"no report: {error}") from error
    return replace(found, made=(*found.made, *_versions()), command=command)


def of_table(path: Path, asked: Asked | None = None, command: str = "") -> Figures:
    """The report on a long table (`report.longtable`)."""
    ratings, facts = read_table(path)
    return figures(ratings, facts, asked, command)


def rendered(report: Figures, ending: str) -> bytes:
    """The report as a file of that ending: "html", "pdf", "json" or "csv". ReportError for any other."""
    from mmjudge.report.html import as_html
    from mmjudge.report.table import as_csv, as_json

    if ending == "pdf":
        from mmjudge.report.pdf import as_pdf

        return as_pdf(report)
    forms = {"html": as_html, "json": as_json, "csv": as_csv}
    if ending not in forms:
        raise ReportError(f"a report ends in .html, .pdf, .json or .csv, not .{ending}")
    return forms[ending](report).encode("utf-8", "replace")


def write(report: Figures, path: Path) -> None:
    """Write the file, whole or not at all."""
    content = rendered(report, path.suffix.removeprefix(".").lower())
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)


def _versions() -> Sequence[tuple[str, str]]:
    return (*((name, version(name)) for name in USED), ("python", platform.python_version()))

"""A report as JSON (everything, full digits) and as CSV (one figure a row).

Refuses to round. What does not exist is null in JSON and empty in CSV.
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict, fields
from typing import Any

from mmjudge.report.values import Figure, Figures

RISKY = ("=", "+", "-", "@", "\t", "\r")


def as_json(report: Figures) -> str:
    return json.dumps(_plain(asdict(report)), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_csv(report: Figures) -> str:
    """A name that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [one.name for one in fields(Figure)]
    writer.writerow(["judge", *names])
    for row in report.rows:
        writer.writerow([_cell(report.judge), *(_cell(getattr(row, name)) for name in names)])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

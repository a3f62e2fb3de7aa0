"""A report as one HTML file that needs nothing else: styles, drawings and a few lines of script lie in it.

Knows the template. Refuses to load anything and to trust a name: all text is escaped, and a content policy in the file
lets run only the script whose hash it names.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from mmjudge.report import names
from mmjudge.report.plots import calibration_svg, interval_svg
from mmjudge.report.values import Figure, Figures

MAIN = (
    "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "cohen_kappa",
)  # fmt: skip
BEYOND = ("krippendorff_alpha", "gwet_ac1", "decided")
SCORES = ("auprc", "auroc", "brier", "ece")
COLUMNS = ("accuracy", "precision", "recall", "f1", "auprc", "cohen_kappa", "krippendorff_alpha", "gwet_ac1", "decided")
PEOPLE = ("one_accuracy", "one_cohen_kappa", "krippendorff_alpha", "gwet_ac1")
ASIDE = ("gai", "xrr", "dsi")
"""Said in sentences below the groups."""
TONES = {"good": "✓", "bad": "✗", "open": "?"}


def as_html(report: Figures) -> str:
    """The page. It holds names of items, rules and raters, and texts only where the figures do."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    script, style = _file("report.js"), _file("report.css")
    return environment.from_string(_file("report.html.j2")).render(
        r=report, script=Markup(script), style=Markup(style), policy=content_policy(), names=names, tones=TONES,
        main=MAIN, beyond=BEYOND, scores=SCORES, people=PEOPLE, groups=_groups(report),
        mini=lambda row: Markup(interval_svg(row)), less=lambda row: Markup(interval_svg(row, -0.5, 0.5)),
        calibration=Markup(calibration_svg(report.bins)),
    )  # fmt: skip


def content_policy() -> str:
    """What the page may do: show itself. Nothing is fetched, framed or sent."""
    hashed = base64.b64encode(hashlib.sha256(_file("report.js").encode()).digest()).decode()
    rest = "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src 'sha256-{hashed}'; {rest}"


Group = tuple[str, dict[str, Figure], dict[str, Figure]]


def _groups(report: Figures) -> list[tuple[str, str, list[str], list[Group]]]:
    """(kind, its words, columns that have something in them, groups of it as (name, judge's figures, people's
    figures)); kinds without groups are left out."""
    found: list[tuple[str, str, list[str], list[Group]]] = []
    for kind, words in names.GROUPS.items():
        if kind in ("all", "rater"):
            continue
        of: dict[str, tuple[dict[str, Figure], dict[str, Figure]]] = {}
        for row in report.of(kind):
            if row.name in ASIDE:
                continue
            judge, people = of.setdefault(row.group, ({}, {}))
            if row.subject != "both":
                (judge if row.subject == "judge" else people)[row.name] = row
        if of:
            shown = [name for name in COLUMNS if any(name in judge for judge, _ in of.values())]
            found.append((kind, words, shown, [(name, *pair) for name, pair in of.items()]))
    return found


def _file(name: str) -> str:
    return files("mmjudge.report").joinpath(name).read_text(encoding="utf-8")

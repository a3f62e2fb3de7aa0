"""Coverage and crosswalks as HTML tables, for the page and for a file that stands alone. Pure.

Knows which rules speak to which hazards. Refuses to let a colour say it: every cell has its words, a gap a pattern too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from mmjudge.crosswalk import Coverage, Link, Unmapped, in_full
from mmjudge.crosswalk_coverage import Crossing
from mmjudge.types import Rubric
from mmjudge.ui.markup import esc, isolated
from mmjudge.ui.words import plural

LEGEND = (
    ("full", "1 in full", "a rule that speaks to all of the hazard is among them"),
    ("part", "1 in part", "each rule speaks to some of it only"),
    ("none", "no rule", "nothing in the rubric is about the hazard: a gap"),
)

RELATIONS = {
    "exact": "the same as",
    "narrower": "within",
    "broader": "holds all of",
    "overlaps": "shares cases with",
}


def table_html(coverage: Coverage) -> str:
    """Rubrics by hazards: how many rules speak to each, in full or in part, and where there is none. Scrolls sideways
    within its frame."""
    heads = "".join(f'<th scope="col"><span>{esc(name)}</span></th>' for _, name in coverage.hazards)
    rows = "".join(_row(coverage, rubric_id, title) for rubric_id, title in coverage.rubrics)
    rows += "".join(_apart(coverage, rubric_id, title) for rubric_id, title in coverage.not_mapped)
    return (
        '<div class="mm-coverage-frame" role="region" aria-label="Coverage table" tabindex="0">'
        '<table class="mm-coverage-table"><caption><span>How many rules of each rubric speak to each '
        "hazard of MLCommons</span></caption>"
        '<thead><tr><th scope="col" class="name">Rubric</th>'
        f'{heads}<th scope="col"><span>Hazards without a rule</span></th>'
        '<th scope="col"><span>Rules without a hazard</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def legend_html() -> str:
    """What the cells say, in words."""
    entries = "".join(
        f'<li><span class="mm-cell {kind}">{said}</span> <span>{meaning}</span></li>' for kind, said, meaning in LEGEND
    )
    return f'<ul class="mm-coverage-legend">{entries}</ul>'


def _row(coverage: Coverage, rubric_id: str, title: str) -> str:
    cells = "".join(_cell(coverage.cell(hazard, rubric_id)) for hazard, _ in coverage.hazards)
    gaps, lost = len(coverage.gaps(rubric_id)), len(coverage.unmapped[rubric_id])
    return (
        f'<tr><th scope="row" class="name">{_name(rubric_id, title)}</th>{cells}'
        f'<td class="sum">{gaps} of {len(coverage.hazards)}</td><td class="sum">{lost}</td></tr>'
    )


def _apart(coverage: Coverage, rubric_id: str, title: str) -> str:
    said = "not mapped yet: what it covers is not known"
    return (
        f'<tr><th scope="row" class="name">{_name(rubric_id, title)}</th>'
        f'<td class="unknown" colspan="{len(coverage.hazards) + 2}">{said}</td></tr>'
    )


def _name(rubric_id: str, title: str) -> str:
    return f"<b>{_breakable(rubric_id)}</b> <span>{isolated(title)}</span>"


def _breakable(name: str) -> str:
    """An id that may break where its words end, as narrow columns need."""
    return isolated(name).replace("_", "_<wbr>")


def _cell(links: Sequence[Link]) -> str:
    if not links:
        return '<td class="mm-cell none">no rule</td>'
    names = ", ".join(f"{link.rule_id} ({link.relation})" for link in links)
    kind, how = ("full", "in full") if in_full(links) else ("part", "in part")
    return (
        f'<td class="mm-cell {kind}" title="{esc(names)}"><b>{len(links)}</b> <span>{how}</span>'
        f'<span class="sr">: {esc(names)}</span></td>'
    )


def crossings_html(crossings: Sequence[Crossing], source: Rubric, other: Rubric) -> str:
    """Two rubrics rule by rule: which hazards each rule of the first speaks to, and what its violation says about the
    rules of the second."""
    mine, theirs = _categories(source), _categories(other)
    rows = "".join(
        f'<tr><th scope="row" class="name">{_named(c.rule_id, mine)}</th><td>{_hazards(c.links)}</td>'
        f"<td>{_rules(c.must, theirs)}</td><td>{_rules(c.may, theirs)}</td></tr>"
        for c in crossings
    )
    return (
        '<div class="mm-coverage-frame" role="region" aria-label="Rules of two rubrics" tabindex="0">'
        f'<table class="mm-crossing-table"><caption><span>What a violated rule of {isolated(source.id)} says under '
        f"{isolated(other.id)}</span></caption>"
        f'<thead><tr><th scope="col" class="name">Rule of {isolated(source.id)}</th>'
        '<th scope="col">Its hazards</th><th scope="col">Violated there too</th>'
        '<th scope="col">May be violated there</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _categories(rubric: Rubric) -> dict[str, str]:
    return {rule.id: rule.category for rule in rubric.rules}


def _named(rule_id: str, categories: Mapping[str, str]) -> str:
    """The id, and its category where that says something else."""
    category = categories.get(rule_id, "")
    same = category.casefold().replace(" ", "_").replace("-", "_") in ("", rule_id.casefold())
    return f"<b>{_breakable(rule_id)}</b>" + ("" if same else f" <span>{isolated(category)}</span>")


def _hazards(links: tuple[Link, ...] | Unmapped) -> str:
    if isinstance(links, Unmapped):
        return f'<span class="mm-quiet">unmapped: {esc(links.why)}</span>'
    return "".join(f"<div>{esc(RELATIONS[link.relation])} <b>{_breakable(link.hazard)}</b></div>" for link in links)


def _rules(rule_ids: Sequence[str], categories: Mapping[str, str]) -> str:
    if not rule_ids:
        return '<span class="mm-quiet">none</span>'
    return "".join(f"<div>{_named(rule_id, categories)}</div>" for rule_id in rule_ids)


# --- a file that stands alone -------------------------------------------------------------------------------------


def document(coverage: Coverage) -> str:
    """A whole page: the table, and below it each rubric hazard by hazard. It fetches nothing."""
    style = files("mmjudge.ui").joinpath("coverage.css").read_text(encoding="utf-8")
    parts = "".join(_details(coverage, rubric_id, title) for rubric_id, title in coverage.rubrics)
    many = plural(len(coverage.rubrics) + len(coverage.not_mapped), "rubric")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Coverage of the hazards</title>'
        f'<style>{ALONE}{style}</style></head><body class="mm-alone"><main><h1>Coverage of the hazards</h1>'
        f"<p>{many} beside {len(coverage.hazards)} hazards of MLCommons AI Safety v0.5.</p>"
        f"{legend_html()}{table_html(coverage)}<h2>Hazard by hazard</h2>{parts}</main></body></html>\n"
    )


def _details(coverage: Coverage, rubric_id: str, title: str) -> str:
    entries = "".join(
        f"<li><b>{esc(name)}</b>: {_listed(coverage.cell(hazard, rubric_id))}</li>" for hazard, name in coverage.hazards
    )
    lost = "".join(f"<li>{isolated(u.rule_id)}: {esc(u.why)}</li>" for u in coverage.unmapped[rubric_id])
    left = f"<p>Rules without a hazard:</p><ul>{lost}</ul>" if lost else ""
    return f"<details><summary>{_name(rubric_id, title)}</summary><ul>{entries}</ul>{left}</details>"


def _listed(links: Sequence[Link]) -> str:
    return ", ".join(f"{isolated(link.rule_id)} ({link.relation})" for link in links) or "no rule"


ALONE = """
:root { color-scheme: light dark;
  --mm-page: #f6f5f1; --mm-card: #ffffff; --mm-ink: #1c2220; --mm-quiet: #59615d; --mm-line: #e1ded5;
  --mm-line-strong: #8d8a80; --mm-accent: #1f5566; --mm-safe: #1b6a41; --mm-safe-soft: #e2f1e8;
  --mm-maybe: #865000; --mm-maybe-soft: #fbeed5; --mm-review: #4a489b; --mm-review-soft: #eaeaf8; }
@media (prefers-color-scheme: dark) { :root {
  --mm-page: #121514; --mm-card: #1a1e1d; --mm-ink: #eaedeb; --mm-quiet: #a6aeaa; --mm-line: #2d3432;
  --mm-line-strong: #6d7773; --mm-accent: #7cc0d0; --mm-safe: #74cb9a; --mm-safe-soft: #17301f;
  --mm-maybe: #eab464; --mm-maybe-soft: #382813; --mm-review: #b0aef2; --mm-review-soft: #25254a; } }
.mm-alone { margin: 0; background: var(--mm-page); color: var(--mm-ink); font: 15px/1.5 ui-sans-serif, system-ui,
  sans-serif; }
.mm-alone main { max-width: 1320px; margin: 0 auto; padding: 24px clamp(12px, 4vw, 56px) 64px; }
.mm-alone details { margin: 8px 0; padding: 10px 16px; background: var(--mm-card); border: 1px solid var(--mm-line);
  border-radius: 12px; overflow-wrap: anywhere; }
.mm-alone summary { cursor: pointer; }
.mm-alone .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.mm-alone .mm-quiet { color: var(--mm-quiet); }
"""

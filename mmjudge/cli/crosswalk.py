"""`mmjudge crosswalk show|coverage|translate`: what rubrics have in common, and what a verdict says under another one.

`coverage --rubric` ends with 3 where a hazard has no rule.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmjudge.cli.options import AsJson, Database

if TYPE_CHECKING:
    from mmjudge.cli.show import Screen
    from mmjudge.crosswalk import Bridge, Category, Coverage, Crosswalk, Translated, Unmapped
    from mmjudge.policy import Policy
    from mmjudge.types import Rubric, Verdict

app = typer.Typer(
    help="What rubrics have in common, which hazards they miss, and a verdict as another rubric has it.",
    no_args_is_help=True,
)


@app.command()
def show(
    rubric: Annotated[str | None, typer.Argument(help="A rubric by its id; else all, in one line each.")] = None,
) -> None:
    """Which hazards the rules of a rubric speak to, and how."""
    from mmjudge.cli.rubric_files import say
    from mmjudge.crosswalk import check_mapped, coverage
    from mmjudge.crosswalk_file import mismatch

    crosswalk, known = mapped()
    if rubric is None:
        for line in _lines(coverage(known.values(), crosswalk), known):
            say(line)
        return
    chosen = _known(rubric, known)
    check_mapped(crosswalk, chosen.id)
    say(f"{chosen.title}\nits rules beside the hazards of {crosswalk.hub}:")
    for rule in chosen.rules:
        links = crosswalk.links(chosen.id, rule.id)
        said = ", ".join(f"{link.hazard} ({link.relation})" for link in links)
        say(f"  {rule.id:36} {said or 'unmapped: ' + crosswalk.of(chosen.id, rule.id).why}")  # type: ignore[union-attr]
    for rule_id in mismatch(crosswalk, chosen)[1]:
        print(f"the crosswalk names a rule {rule_id} that {chosen.id} does not have", file=sys.stderr)


@app.command()
def coverage(
    rubric: Annotated[str | None, typer.Option("--rubric", "-r", help="Only this rubric, hazard by hazard.")] = None,
    to: Annotated[str, typer.Option(help="text, or html with -o.")] = "text",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file for --to html.")] = None,
) -> None:
    """Which hazards have how many rules, and which have none."""
    from mmjudge.cli.rubric_files import say
    from mmjudge.crosswalk import coverage as covered

    if to not in ("text", "html") or (to == "html") != (out is not None):
        raise typer.BadParameter("--to html needs a file: -o FILE; without it the table comes as text")
    crosswalk, known = mapped()
    chosen = [_known(rubric, known)] if rubric else list(known.values())
    found = covered(chosen, crosswalk)
    gaps = found.gaps(chosen[0].id) if rubric else ()
    if out is not None:
        from mmjudge.ui.coverage_view import document

        out.write_text(document(found), encoding="utf-8")
        say(f"{out}: {len(chosen)} {'rubric' if len(chosen) == 1 else 'rubrics'} beside {len(found.hazards)} hazards")
    else:
        for line in _one(found, chosen[0].id) if rubric else _table(found):
            say(line)
    raise typer.Exit(3 if gaps else 0)


@app.command()
def translate(
    verdict_id: Annotated[int, typer.Argument(help="The number of a stored verdict, as in the address of its page.")],
    to: Annotated[str, typer.Option(help="The id of the rubric as whose categories to read it.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """A stored verdict as the categories of another rubric. No model is asked."""
    from mmjudge.cli.rubric_files import say
    from mmjudge.errors import StoreError
    from mmjudge.store import open_store

    store = open_store(database)
    verdict = store.verdict_by_id(verdict_id)
    if verdict is None:
        newest = ", ".join(str(row.id) for row in store.verdicts(limit=5))
        there = f"the newest are {newest}" if newest else "nothing was judged yet"
        raise StoreError(f"no verdict {verdict_id} in this database: {there}")
    reading = Reading(to, store.rubric(verdict.rubric_id, verdict.rubric_version))
    translated = reading.of(verdict)
    if as_json:
        print(json.dumps(as_plain(translated, reading.target)))
        return
    for line in in_words(translated, reading.target):
        say(line)


class Reading:
    """How verdicts are read as another rubric: opened once, so that what is not mapped is told before anything is
    judged. `source`: the verdicts' own rubric as it was stored, if it is known."""

    def __init__(self, other: str, source: Rubric | None) -> None:
        from mmjudge.crosswalk import check_mapped
        from mmjudge.rubric import shipped

        self.crosswalk, known = mapped()
        self.target = _known(other, known)
        if source is not None and source.id not in known:
            known[source.id] = source
        self.own = [rubric for rubric in known.values() if rubric.id not in shipped()]
        if source is not None and source.id != other:
            check_mapped(self.crosswalk, source.id, other)

    def of(self, verdict: Verdict) -> Translated:
        from mmjudge.crosswalk import as_rubric

        return as_rubric(verdict, self.target.id, self.crosswalk, self.own)

    def show(self, screen: Screen, name: str, verdict: Verdict, rubric: Rubric, policy: Policy, plain: bool) -> None:
        """The verdict as `judge` shows it, and below it, or in JSON under "as", what it is as the other rubric."""
        from mmjudge.cli import show as shown
        from mmjudge.cli.rubric_files import say

        translated = self.of(verdict)
        if plain:
            also = {"as": as_plain(translated, self.target)}
            print(json.dumps({**shown.as_json(name, verdict, rubric, policy), **also}))
            return
        screen.verdict(name, verdict, rubric, policy)
        for line in in_words(translated, self.target):
            say(line)


def mapped() -> tuple[Crosswalk, dict[str, Rubric]]:
    """The crosswalk with a person's own file, and every rubric that can be read: the shipped ones, then theirs."""
    from mmjudge.crosswalk import load_crosswalk
    from mmjudge.crosswalk_file import own_file
    from mmjudge.library import Library

    library = Library()
    crosswalk = load_crosswalk(own_file(library.folder))
    return crosswalk, {e.id: library.read(e.id).rubric for e in library.names() if not e.error}


def _known(rubric_id: str, known: dict[str, Rubric]) -> Rubric:
    from mmjudge.errors import RubricError

    if rubric_id not in known:
        raise RubricError(f"no rubric {rubric_id!r}: use one of {', '.join(known)}")
    return known[rubric_id]


# --- coverage in words ------------------------------------------------------------------------------------------


def _lines(found: Coverage, known: dict[str, Rubric]) -> list[str]:
    lines = []
    for rubric_id, title in found.rubrics:
        rules, lost, gaps = len(known[rubric_id].rules), len(found.unmapped[rubric_id]), len(found.gaps(rubric_id))
        said = f"{rules - lost} of {rules} rules mapped, {len(found.hazards) - gaps} of {len(found.hazards)} hazards"
        lines.append(f"{rubric_id:24} {said:44} {title}")
    return lines + [f"{rubric_id:24} {'not mapped yet':44} {title}" for rubric_id, title in found.not_mapped]


def _one(found: Coverage, rubric_id: str) -> list[str]:
    """Hazard by hazard; a hazard without a rule is called so."""
    from mmjudge.crosswalk import in_full

    lines = []
    for hazard, _ in found.hazards:
        links = found.cell(hazard, rubric_id)
        how = "in full" if in_full(links) else "in part" if links else "NO RULE"
        lines.append(f"{hazard:24} {how:8} {', '.join(f'{link.rule_id} ({link.relation})' for link in links)}".rstrip())
    lines += [f"without a hazard: {entry.rule_id}: {entry.why}" for entry in found.unmapped[rubric_id]]
    gaps = found.gaps(rubric_id)
    return [*lines, f"{rubric_id}: {len(gaps)} of {len(found.hazards)} hazards have no rule"]


def _table(found: Coverage) -> list[str]:
    """All rubrics: numbers of rules below the numbers of the hazards, "~" where they speak to a part of it only."""
    from mmjudge.crosswalk import in_full

    numbers = "".join(f"{n:>5}" for n in range(1, len(found.hazards) + 1))
    lines = [f"{n:3} {name}" for n, (_, name) in enumerate(found.hazards, 1)]
    lines += ["", "rules per hazard; ~: only to a part of it; gap: no rule", "", f"{'':24}{numbers}"]
    for rubric_id, _ in found.rubrics:
        cells = [found.cell(hazard, rubric_id) for hazard, _ in found.hazards]
        said = [f"{len(cell)}{'' if in_full(cell) else '~'}" if cell else "gap" for cell in cells]
        lines.append(f"{rubric_id:24}" + "".join(f"{cell:>5}" for cell in said))
    return lines + [f"{rubric_id:24}  not mapped yet: what it covers is not known" for rubric_id, _ in found.not_mapped]


# --- a verdict as another rubric ----------------------------------------------------------------------------------


def in_words(translated: Translated, target: Rubric) -> list[str]:
    """Lines for people: what holds, what may, what is open; then in one line each what nothing was said about, and what
    does not hold."""
    from mmjudge.crosswalk import BECAUSE
    from mmjudge.types import Truth
    from mmjudge.words import ALLOWED, TRUTHS

    lines = [f"as {target.id} ({target.title}):"]
    names = {rule.id: rule.category or rule.id for rule in target.rules}
    for category in translated.categories:
        if category.because in ("implied", "possible", "open"):
            by = ", ".join(dict.fromkeys(_way(bridge) for bridge in category.via))
            allowed = f", {ALLOWED}" if category.allowed else ""
            name = _named(category.rule_id, names)
            lines.append(f"  {TRUTHS[category.truth]:9} {name}: {BECAUSE[category.because]}: {by}{allowed}")
    for because in ("elsewhere", "in_part", "unspoken", "unmapped", "ruled_out"):
        mine = [_named(c.rule_id, names) for c in translated.categories if c.because == because]
        truth = Truth.NO if because == "ruled_out" else Truth.UNKNOWN
        lines += [f"  {TRUTHS[truth]:9} {BECAUSE[because]}: {'; '.join(mine)}"] if mine else []
    for entries, said in (
        (translated.unmapped, "violated, and in no category"),
        (translated.unmapped_open, "unknown, and in no category"),
        (translated.unmapped_allowed, f"violated, {ALLOWED}, and in no category"),
    ):
        lines += [f"  left over: {entry.rule_id}: {said}: {entry.why}" for entry in entries]
    if translated.other_version:
        lines.append(f"  note: the verdict was given under another version of {translated.rubric_id} than is mapped")
    return lines


def _named(rule_id: str, names: dict[str, str]) -> str:
    """ "s1 (Violent Crimes)", and not the same word twice."""
    name = names[rule_id]
    return rule_id if name.casefold().replace(" ", "_") == rule_id.casefold() else f"{rule_id} ({name})"


def _way(bridge: Bridge) -> str:
    return f"{bridge.rule_id} ({bridge.relation} {bridge.hazard})" if bridge.hazard else bridge.rule_id


def as_plain(translated: Translated, target: Rubric) -> dict[str, object]:
    """For programmes: truths as words, the ways with both relations."""
    names = {rule.id: rule.category for rule in target.rules}

    def category(found: Category) -> dict[str, object]:
        via = [
            {"rule": b.rule_id, "hazard": b.hazard, "relation": b.relation, "other_relation": b.other}
            for b in found.via
        ]
        return {
            "rule": found.rule_id,
            "category": names[found.rule_id],
            "truth": found.truth.name.lower(),
            "because": found.because,
            "allowed": found.allowed,
            "via": via,
        }

    def left(entries: tuple[Unmapped, ...]) -> list[dict[str, str]]:
        return [{"rule": entry.rule_id, "why": entry.why} for entry in entries]

    return {
        "rubric": translated.other_id,
        "from": translated.rubric_id,
        "truth": translated.truth.name.lower(),
        "violated": list(translated.violated),
        "categories": [category(found) for found in translated.categories],
        "unmapped": left(translated.unmapped),
        "unmapped_open": left(translated.unmapped_open),
        "unmapped_allowed": left(translated.unmapped_allowed),
        "other_version": translated.other_version,
    }

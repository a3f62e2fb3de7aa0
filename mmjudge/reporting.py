"""A report on labels, from a store or a long table, and its file.

Knows where answers and facts come from, and which ending means which form. Refuses to compute (`report`), and to show
words of an item unless it is asked to.
"""

from __future__ import annotations

import mimetypes
import platform
import shlex
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from mmjudge.errors import MMJudgeError
from mmjudge.people import Project
from mmjudge.ratings import NO, Ratings
from mmjudge.report import assemble, evidence
from mmjudge.report.assemble import Asked
from mmjudge.report.longtable import read_table
from mmjudge.report.values import Count, Drawn, Facts, Figures, Worst
from mmjudge.store import Store
from mmjudge.types import Item, Rubric, Verdict

__all__ = ["Asked", "figures", "of_store", "of_table", "rendered", "write"]

MOST_ITEMS = 20_000
MOST_VERDICTS = 2_000
MOST_TIMED = 500
"""Items whose facts, and verdicts whose evidence, are looked up one by one: a report says where there are more."""
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


def of_store(
    store: Store,
    project: str | None,
    rubric_id: str | None,
    asked: Asked | None = None,
    command: str = "",
    with_text: bool = False,
) -> Figures:
    """The report on blind labels of a project, or under a rubric. `asked.judge`: a judge's id, "judge:" before it or
    not; "": the one with most verdicts. ReportError, StoreError: what is not there."""
    asked = asked or Asked()
    kept = store.project(project) if project else None
    chosen = asked.judge.removeprefix("judge:")
    rubric = _rubric(store, kept.rubric_id if kept else rubric_id or "", kept.rubric_version if kept else "")
    of_version = rubric.version if rubric else None
    ratings = store.ratings(project=project, rubric_id=rubric_id, rubric_version=of_version, judges=None)
    judges = store.judges_of(rubric.id) if rubric else []
    chosen = chosen or (kept.judge_id if kept else "") or next((one.judge_id for one in judges), "")
    facts = replace(_facts(store, ratings, rubric), drawn=_drawn(store, kept))
    known = f"judge:{chosen}" in ratings.raters
    if asked.judge and not known:
        raise ReportError(f"judge {chosen} judged none of these; there are {', '.join(j.judge_id for j in judges)}")
    names = {f"judge:{one.judge_id}": f"judge:{one.name} {one.judge_id[:8]} ({one.policy_id})" for one in judges}
    ratings = replace(ratings, raters=tuple(names.get(name, name) for name in ratings.raters))
    asked = replace(asked, judge=names.get(f"judge:{chosen}", f"judge:{chosen}") if known else "")
    found = figures(ratings, facts, asked, command)
    notes = (*found.notes, *_of_others(store, project, rubric))
    found = replace(found, exposure=_exposure(store, project, ratings), notes=notes)
    if known and rubric:
        found = _explained(store, found, rubric, chosen, ratings, asked, with_text)
        found = replace(found, made=(*_made(store, rubric, chosen), *found.made))
    return found


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


def content_policy() -> str:
    """What the HTML report may do in a browser, for whoever serves it."""
    from mmjudge.report.html import content_policy as of_page

    return of_page()


def command_line(
    source: str, name: str, judge: str, truth: str, rest: Sequence[str] = (), out: str = "report.html"
) -> str:
    """How the same report is made on the command line. `source`: "--labels", "--project" or "--rubric"."""
    named = ["--judge", judge] if judge else []
    return shlex.join(["mmjudge", "report", source, name, *named, "--truth", truth, *rest, "--out", out])


def write(report: Figures, path: Path) -> None:
    """Write the file, whole or not at all."""
    content = rendered(report, path.suffix.removeprefix(".").lower())
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)


def _rubric(store: Store, rubric_id: str, rubric_version: str) -> Rubric | None:
    """That version; without one, the version of the newest verdict under it."""
    newest = store.verdicts(rubric_id=rubric_id, limit=1)
    version = rubric_version or (newest[0].rubric_version if newest else "")
    return store.rubric(rubric_id, version) if version else None


def _facts(store: Store, ratings: Ratings, rubric: Rubric | None) -> Facts:
    """Categories of the rubric, attributes of raters, and what items are and say of themselves (of the first many)."""
    of_items: dict[str, dict[str, str]] = defaultdict(dict)
    for item_id in ratings.items[:MOST_ITEMS]:
        item = store.item(item_id)
        if item is not None:
            of_items["modality"][item_id] = modality_of(item)
            for name, value in item.attributes:
                of_items[name][item_id] = value
    of_raters: dict[str, dict[str, str]] = defaultdict(dict)
    for rater, said in store.attributes().items():
        for name, value in said.items():
            of_raters[name][rater] = value
    categories = {rule.id: rule.category for rule in rubric.rules} if rubric else {}
    return Facts(of_items, categories, of_raters)


def modality_of(item: Item) -> str:
    """What a post is made of: "text", "image", "text+image", "audio", …, by the names of its files."""
    kinds = {(mimetypes.guess_type(media.path.name)[0] or "file").partition("/")[0] for media in item.media}
    return "+".join([*(["text"] if item.text or item.turns else []), *sorted(kinds)])


def _drawn(store: Store, project: Project | None) -> Drawn | None:
    return Drawn(project.sampling, store.progress(project.id).tasks, project.size) if project else None


def _of_others(store: Store, project: str | None, rubric: Rubric | None) -> tuple[str, ...]:
    """How many blind labels speak of other versions of the rubric."""
    if rubric is None:
        return ()
    n = store.labels_beside(rubric.id, rubric.version, project)
    return (f"Labels on other versions of the rubric, left out because they hold for those only: {n}.",) if n else ()


def _exposure(store: Store, project: str | None, ratings: Ratings) -> tuple[tuple[str, float], ...]:
    """Minutes by the highest severity that anybody gave the item, and of them uncovered. An item that nobody gave a yes
    or no is not answered."""
    worst: dict[str, int] = {}
    no = ratings.where((ratings.value == NO) & ratings.by_people)
    fine = {ratings.items[code] for code in np.unique(no.item)}
    yes = ratings.where((ratings.value > 0) & ratings.by_people)
    for item, severity in zip(yes.item.tolist(), yes.severity.tolist(), strict=True):
        name = ratings.items[item]
        worst[name] = max(worst.get(name, -1), severity)
    minutes: defaultdict[tuple[str, str], float] = defaultdict(float)
    for one in store.exposures(project):
        severity = worst.get(one.item_id, -2)
        of = (
            "no violation"
            if severity == -2 and one.item_id in fine
            else "not answered"
            if severity == -2
            else "violation, severity not said"
            if severity < 0
            else f"severity {severity}"
        )
        minutes[of, "in all"] += one.seconds / 60
        minutes[of, "uncovered"] += one.uncovered / 60
    return tuple((f"{of}, {how}", value) for (of, how), value in sorted(minutes.items()))


def _explained(
    store: Store, found: Figures, rubric: Rubric, judge: str, ratings: Ratings, asked: Asked, with_text: bool
) -> Figures:
    """With reasons of what is unknown, what disagreements hang on, and the evidence of the worst."""
    parted = assemble.disagreements(ratings, asked)[:MOST_VERDICTS]
    unknown = assemble.unknown_items(ratings, asked)[:MOST_VERDICTS]
    looked_up = {item: store.verdict(item, judge) for item in dict.fromkeys([*unknown, *(one.item for one in parted)])}
    verdicts = {item: verdict for item, verdict in looked_up.items() if verdict is not None}
    timed = dict.fromkeys(ratings.items[code] for code in ratings.item[ratings.by_people])
    some = [verdicts.get(item) or store.verdict(item, judge) for item in list(timed)[:MOST_TIMED]]
    seconds = [verdict.measurement.seconds for verdict in some if verdict is not None]
    missing: Counter[str] = Counter()
    for item in unknown:
        if item in verdicts:
            missing.update(f"judge, of these: {why}" for why in evidence.reasons(verdicts[item]))
    hinges: Counter[str] = Counter()
    for one in parted:
        verdict = verdicts.get(one.item)
        finding = evidence.decisive(verdict, one.rule, one.said == "violation") if verdict else None
        if verdict and finding:
            rule, precondition = evidence.hinge(verdict, rubric, finding)
            kind = "false alarms" if one.said == "violation" else "misses"
            hinges[f"{kind}: rule {rule}, {f'precondition {precondition}' if precondition else 'as a whole'}"] += 1
    effort = [(f"judge: median seconds an item, of the first {len(seconds)}", _median(seconds))] if any(seconds) else []
    return replace(
        found,
        missing=(*found.missing, *(Count(why, n) for why, n in missing.most_common())),
        parts=tuple(Count(what, n) for what, n in hinges.most_common(12)),
        effort=(*found.effort, *effort),
        notes=(*found.notes, *_left_out(ratings, found, len(unknown))),
        worst=tuple(_with_evidence(store, one, rubric, verdicts, with_text) for one in found.worst),
    )


def _left_out(ratings: Ratings, found: Figures, unknown: int) -> list[str]:
    said = []
    if len(ratings.items) > MOST_ITEMS:
        said.append(f"Modality, language and attributes were read of {MOST_ITEMS} of {len(ratings.items)} items only.")
    if max(found.disagreed, unknown) >= MOST_VERDICTS:
        said.append(f"Reasons, and what disagreements hang on, were read of {MOST_VERDICTS} verdicts each at most.")
    return said


def _with_evidence(store: Store, one: Worst, rubric: Rubric, verdicts: Mapping[str, Verdict], with_text: bool) -> Worst:
    verdict = verdicts.get(one.item)
    finding = evidence.decisive(verdict, one.rule, one.said == "violation") if verdict else None
    said = evidence.lines(verdict, rubric, finding) if verdict and finding else ()
    item = store.item(one.item) if with_text else None
    text = (item.text or "\n".join(f"{turn.role}: {turn.text}" for turn in item.turns)) if item else ""
    return replace(one, evidence=said, text=text)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _made(store: Store, rubric: Rubric, judge: str) -> tuple[tuple[str, str], ...]:
    named = next((one for one in store.judges_of(rubric.id) if one.judge_id == judge), None)
    verdict = next(iter(store.verdicts(judge_id=judge, limit=1)), None)
    whole = store.verdict(verdict.item_id, judge) if verdict else None
    measurer = whole.measurement.measurer_id if whole else ""
    described = store.described(measurer) if measurer else None
    about = described.description if described else {}
    return (
        ("rubric", f"{rubric.id} {rubric.version}"),
        ("judge", f"{named.name if named else ''} {judge}".strip()),
        ("policy", named.policy_id if named else ""),
        ("measurer", measurer),
        *((name, str(value)) for name, value in sorted(about.items())),
    )


def _versions() -> Sequence[tuple[str, str]]:
    return (*((name, version(name)) for name in USED), ("python", platform.python_version()))

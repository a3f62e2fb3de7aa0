"""People's labels, and the stored measurements of the items they are about: what is learnt from.

Knows which answers count, whose evidence is meant, that both hold for one version of a rubric, and how answers are
counted beside verdicts. Refuses to decide and to fit (`learning`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from mmjudge.agreement.crowd import majority
from mmjudge.agreement.ranking import auroc
from mmjudge.agreement.scoring import brier, ece, ece_floor
from mmjudge.errors import MMJudgeError
from mmjudge.ratings import CONTROVERSIAL, NO, YES, Ratings, counts
from mmjudge.store import Store
from mmjudge.types import Label, Measurement, Phase, Rubric, Truth, Verdict, digest

About = Literal["item", "rules"]
"""Whether answers about whole items are learnt from, or answers about single rules."""
VALUES = (NO, YES, CONTROVERSIAL)
SETTLES = {"yes": True, "no": False}
TRUTHS: Mapping[str, Truth] = {"safe": Truth.NO, "needs_review": Truth.UNKNOWN}
"""What the label of an item answers; of the others YES, controversial included."""


class Key(NamedTuple):
    """What a calibration holds for, beside the rubric's version."""

    model: str
    prompt_version: str


@dataclass(frozen=True, slots=True)
class Said:
    """What people say, by item and rule ("": the whole item): the adjudicated answer, else what most of the blind ones
    say. `undecided`: pairs with a tie, or where most say controversial or nobody could tell. `assisted`: labels that
    were left out because the judge's answer was in sight."""

    truth: Mapping[tuple[str, str], bool]
    raters: int
    undecided: int
    assisted: int


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """One row per labelled (item, rule). `score` in [0, 1], NaN where nothing was scored; `judged` as `Truth`; `truth`
    (bool): what people say; `held` (bool): whether the item is held back."""

    items: tuple[str, ...]
    rules: tuple[str, ...]
    score: np.ndarray
    judged: np.ndarray
    truth: np.ndarray
    held: np.ndarray

    def where(self, mask: np.ndarray) -> Answers:
        """The rows where the mask (bool, n) holds."""
        at = np.flatnonzero(mask)
        items, rules = (tuple(column[i] for i in at) for column in (self.items, self.rules))
        return Answers(items, rules, self.score[at], self.judged[at], self.truth[at], self.held[at])


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `n` answers with `violations`: `missed` violations called safe, `alarms` others called a violation, `unknown`
    without an answer (in neither). `auroc`, `brier`, `ece` are of the `scored` ones, NaN without; `floor`: the ECE that
    scores which are exactly right would show."""

    n: int
    violations: int
    scored: int
    auroc: float
    brier: float
    ece: float
    floor: float
    missed: int
    alarms: int
    unknown: int


def people_say(store: Store, rubric: Rubric, project: str | None = None) -> Said:
    """The answers of people to this version of the rubric, in one project or all. Never those of the assisted mode.
    StoreError where there is no such project."""
    blind = _of_people(store, rubric, project, "blind")
    truth: dict[tuple[str, str], bool] = {}
    pairs: set[tuple[str, str]] = set()
    for rule in blind.rules:
        mine = blind.about(rule)
        for item, value in zip(mine.items, majority(counts(mine, VALUES), VALUES).tolist(), strict=True):
            if value in (NO, YES):
                truth[item, rule] = value == YES
        pairs |= {(mine.items[item], rule) for item in np.unique(mine.item)}
    names = {blind.raters[code] for code in np.unique(blind.rater)}
    for pair, last in _settled(store, rubric, project).items():
        pairs.add(pair)
        names.add(last.rater)
        if last.value in SETTLES:
            truth[pair] = SETTLES[last.value]
    assisted = len(_of_people(store, rubric, project, "assisted"))
    return Said(truth, len(names), len(pairs) - len(truth), assisted)


def _settled(store: Store, rubric: Rubric, project: str | None) -> dict[tuple[str, str], Label]:
    """The adjudications that stand, by (item, rule): the last one of each, whoever gave it, as review shows them. They
    belong to no project: of one, those on its items are meant."""
    items = None if project is None else {task.item_id for task in store.tasks(project)}
    last: dict[tuple[str, str], Label] = {}
    for label in store.labels(rubric_id=rubric.id, rubric_version=rubric.version, phase="adjudication"):
        of_person = not label.rater.casefold().startswith("judge:")
        if of_person and not label.question_id and (items is None or label.item_id in items):
            last[label.item_id, label.rule_id] = label
    return {pair: label for pair, label in last.items() if label.value != "withdrawn"}


def _of_people(store: Store, rubric: Rubric, project: str | None, phase: Phase) -> Ratings:
    """Without the answers of published judges that were imported as raters."""
    found = store.ratings(project=project, rubric_id=rubric.id, rubric_version=rubric.version, phases=(phase,))
    return found.where(found.by_people)


def about_of(said: Said, wanted: About | None) -> About:
    """What is learnt from: answers about whole items where there are any, else those about rules."""
    return wanted or ("item" if any(rule == "" for _, rule in said.truth) else "rules")


def held_back(item_id: str) -> bool:
    """Whether an item is kept for measuring: every second one, by a hash, for ever the same."""
    return int(digest(["held back", item_id])[:8], 16) % 2 == 1


def measured(store: Store, rubric: Rubric, items: set[str], model: str | None) -> tuple[Key, set[int]]:
    """The one judge whose evidence is learnt from, and its newest measurement of each of the items, as row ids.

    MMJudgeError where there is none, where several models are meant, or where it is a guard's.
    """
    newest: dict[Key, dict[str, int]] = {}
    keys: dict[str, Key] = {}
    for row, measurement in stored(store, rubric):
        if measurement.item_id in items:
            of = measurement.measurer_id
            if of not in keys:
                described = store.described(of)
                plain = described[1] if described else {}
                keys[of] = Key(str(plain.get("model", "")), str(plain.get("prompt_version", "")))
            newest.setdefault(keys[of], {})[measurement.item_id] = row
    matching = {key: rows for key, rows in newest.items() if model is None or key.model == model}
    if not matching:
        raise MMJudgeError(_nothing(store, rubric, items, newest, model))
    if len(matching) > 1:
        told = "; ".join(f"{key.model} (prompts {key.prompt_version}): {len(r)} items" for key, r in matching.items())
        raise MMJudgeError(f"several judges measured the labelled items, say which with --model: {told}")
    ((key, rows),) = matching.items()
    if not key.model or key.model.startswith("guard"):
        raise MMJudgeError("what a guard says is not calibrated: move `detector_at` in a policy of yours instead")
    return key, set(rows.values())


def _nothing(store: Store, rubric: Rubric, items: set[str], newest: Mapping[Key, object], model: str | None) -> str:
    if newest:
        return f"no labelled item was measured by model {model}: known are {', '.join(key.model for key in newest)}"
    if not items:
        others = {label.rubric_version for label in store.latest_labels(rubric_id=rubric.id)} - {rubric.version}
        old = f"; there are some on version {', '.join(sorted(others))}, which hold for that one only" if others else ""
        return f"nobody labelled anything under rubric {rubric.id} as it is now ({rubric.version}){old}"
    return f"none of the {len(items)} labelled items was judged under rubric {rubric.id} {rubric.version}: judge them"


def stored(store: Store, rubric: Rubric) -> Iterator[tuple[int, Measurement]]:
    after = 0
    while page := store.measurements(rubric.id, rubric_version=rubric.version, after=after, limit=200):
        for one in page:
            yield one.id, one.measurement
        after = page[-1].id


def chosen(store: Store, rubric: Rubric, rows: set[int]) -> Iterator[Measurement]:
    """The measurements with these row ids, page by page."""
    return (measurement for row, measurement in stored(store, rubric) if row in rows)


def answers_of(said: Said, about: About, verdicts: Iterable[Verdict]) -> Answers:
    """Verdicts beside what people say of their items."""
    rows: list[tuple[str, str, float, Truth, bool]] = []
    for verdict in verdicts:
        outcomes: dict[str, tuple[float | None, Truth]] = {f.rule_id: (f.score, f.truth) for f in verdict.findings}
        if about == "item":
            outcomes = {"": (verdict.score, TRUTHS.get(verdict.label, Truth.YES))}
        for rule, (score, judged) in outcomes.items():
            known = said.truth.get((verdict.item_id, rule))
            if known is not None:
                rows.append((verdict.item_id, rule, math.nan if score is None else score, judged, known))
    items, rules, scores, judged_, truth = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    held = np.fromiter((held_back(item) for item in items), dtype=bool, count=len(items))
    columns = np.asarray(scores, np.float64), np.asarray(judged_, np.int8), np.asarray(truth, bool)
    return Answers(items, rules, *columns, held)


def figures(answers: Answers) -> Figures:
    """What the answers are worth, counted."""
    scored = np.isfinite(answers.score)
    s, t = answers.score[scored], answers.truth[scored]
    both = len(set(t.tolist())) == 2
    unknown = answers.judged == Truth.UNKNOWN
    return Figures(
        n=len(answers.items),
        violations=int(answers.truth.sum()),
        scored=int(scored.sum()),
        auroc=float(auroc(s, t)) if both else math.nan,
        brier=float(brier(s, t)) if len(s) else math.nan,
        ece=float(ece(s, t)) if len(s) else math.nan,
        floor=float(ece_floor(s)) if len(s) else math.nan,
        missed=int(np.sum(answers.truth & (answers.judged == Truth.NO))),
        alarms=int(np.sum(~answers.truth & (answers.judged == Truth.YES))),
        unknown=int(unknown.sum()),
    )

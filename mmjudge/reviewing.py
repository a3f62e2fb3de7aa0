"""Review over a store: what is open, what stands beside it, and settling it.

Knows which labels and verdicts belong to a version of a rubric. Refuses to know how a queue is ordered (`review`) and
how it is shown. A settled pair of item and rule is an adjudication label on that version: another version of the
rubric asks again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from mmjudge.errors import RubricError, StoreError
from mmjudge.parting import Decider, Held, decider, held_by, judged_answers, nearest, rule_behind
from mmjudge.policy import STRICT, Policy, load_policy, shipped_policies
from mmjudge.ratings import Ratings
from mmjudge.review import Blamed, Kind, Pair, Place, disagreements, drawn, filtered, heard, missing, pairs, queue
from mmjudge.store import Store, VerdictRow
from mmjudge.types import Item, Label, Rubric, Rule, Truth, Verdict

MOST_REASON = 2000
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a rubric is reviewed. None leaves a filter out. `judge`: a judge's id; `agreed`: pairs in which nobody
    parts too; `missing`: instead, those in which nobody parts because an answer is missing; `sample`: so many by chance
    (`seed`) in place of the ordered queue."""

    project: str | None = None
    rule: str | None = None
    modality: str | None = None
    rater: str | None = None
    judge: str | None = None
    kind: Kind | None = None
    agreed: bool = False
    missing: bool = False
    most: int | None = None
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A queue, and what it was made of: `found` pairs fit the filters, `settled` more were closed by an adjudication,
    in `unanswered` more nobody parts because an answer is missing."""

    places: tuple[Place, ...]
    found: int
    settled: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One item side by side: `verdicts` newest first, one per judge, with their lines in the history; `labels` of
    people, oldest first."""

    item: Item
    rubric: Rubric
    verdicts: tuple[tuple[VerdictRow, Verdict], ...]
    labels: tuple[Label, ...]


def rubric_in_use(store: Store, item_id: str | None = None) -> Rubric:
    """The rubric of the newest verdict (on that item). StoreError where nothing was judged."""
    rows = store.verdicts(item_id=item_id, limit=1)
    rubric = store.rubric(rows[0].rubric_id, rows[0].rubric_version) if rows else None
    if rubric is None:
        raise StoreError("nothing was judged here yet: judge the items first (mmjudge judge), then review")
    return rubric


def answers(store: Store, rubric: Rubric, project: str | None = None, judge: str | None = None) -> Ratings:
    """People's blind answers and the verdicts of all judges, or of one, on this version."""
    return store.ratings(
        project=project,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        judges=None if judge is None else (judge,),
    )


def modalities(store: Store, rubric_id: str) -> dict[str, str]:
    """What each judged item is made of: "text", "text+image"."""
    found: dict[str, str] = {}
    before = None
    while rows := store.verdicts(rubric_id=rubric_id, before=before, limit=_PAGE):
        for row in rows:
            found.setdefault(row.item_id, "+".join(row.kinds))
        before = rows[-1].id
    return found


def settled(store: Store, rubric: Rubric, item_id: str | None = None) -> dict[tuple[str, str], Label]:
    """The adjudications that stand on this version, by (item, rule): the last one of each, whoever gave it."""
    found: dict[tuple[str, str], Label] = {}
    said = store.labels(item_id=item_id, rubric_id=rubric.id, rubric_version=rubric.version, phase="adjudication")
    for label in said:
        if not label.question_id:
            found[label.item_id, label.rule_id] = label
    return {key: label for key, label in found.items() if label.value != "withdrawn"}


def listed(store: Store, rubric: Rubric, wanted: Wanted) -> Listed:
    """The queue of what is open."""
    ratings = heard(answers(store, rubric, wanted.project, wanted.judge), wanted.rater)
    kinds = modalities(store, rubric.id)
    every = filtered(pairs(ratings, kinds), wanted.rule, wanted.modality)
    closed = settled(store, rubric)
    open_ = filtered(every, closed=closed)
    apart = filtered((pair for pair in open_ if pair.disagreement > 0), kind=wanted.kind)
    lacking = [place.pair for place in missing(open_)]
    pool = lacking if wanted.missing else open_ if wanted.agreed else apart
    ordered = missing if wanted.missing else queue
    places = ordered(pool, wanted.most) if wanted.sample is None else drawn(pool, wanted.sample, wanted.seed)
    return Listed(tuple(places), len(pool), len(every) - len(open_), len(lacking))


def seen(store: Store, item_id: str, rubric: Rubric) -> Seen:
    """StoreError where there is no such item."""
    item = store.item(item_id)
    if item is None:
        raise StoreError(f"there is no item {item_id[:24]!r}: take its id from `mmjudge review list`")
    labels = store.latest_labels(item_id=item_id, rubric_id=rubric.id, rubric_version=rubric.version)
    return Seen(item, rubric, tuple(_verdicts(store, item_id, rubric)), tuple(labels))


def _verdicts(store: Store, item_id: str, rubric: Rubric) -> Iterator[tuple[VerdictRow, Verdict]]:
    met: set[str] = set()
    for row in store.verdicts(item_id=item_id, rubric_id=rubric.id, limit=_PAGE):
        if row.rubric_version == rubric.version and row.judge_id not in met:
            met.add(row.judge_id)
            verdict = store.verdict_by_id(row.id)
            if verdict is not None:
                yield row, verdict


def whole_id(known: Sequence[str], given: str) -> str:
    """An item's id by its beginning, among those known. StoreError where none or several fit."""
    fitting = sorted({item for item in known if item.startswith(given)}) if given else []
    if len(fitting) != 1:
        why = "several items" if fitting else "no item with answers"
        raise StoreError(f"{why} begin with {given[:24]!r}: take the id from `mmjudge review list`")
    return fitting[0]


def address(pair: Pair, rubric: Rubric) -> str:
    """Where the page about a pair is, to share: "/review/ITEM?rule=R&rubric=ID"."""
    return f"/review/{pair.item_id}?{urlencode({'rule': pair.rule_id, 'rubric': rubric.id, 'version': rubric.version})}"


# --- settling -----------------------------------------------------------------------------------------------------


def adjudicate(
    store: Store,
    rubric: Rubric,
    item_id: str,
    rule_id: str,
    value: Literal["yes", "no"],
    reason: str,
    by: str,
    submission: str = "",
) -> Label:
    """Settle one pair of item and rule ("" the whole item) and say why; the label that was stored.

    StoreError where the item is not there, the reason or the name is missing, or the pair is settled; RubricError for
    a rule the rubric does not have.
    """
    if rule_id and rule_id not in {rule.id for rule in rubric.rules}:
        raise RubricError(f"rubric {rubric.id} has no rule {rule_id!r}: use {', '.join(r.id for r in rubric.rules)}")
    if value not in ("yes", "no"):
        raise StoreError(f"an adjudication is yes (violated) or no, not {value!r}")
    why, name = reason.strip(), " ".join(by.split())
    if not why or len(why) > MOST_REASON:
        raise StoreError(f"an adjudication needs a reason of 1 to {MOST_REASON} characters: say why")
    if not name:
        raise StoreError("an adjudication needs a name: say who settles it")
    if store.item(item_id) is None:
        raise StoreError(f"there is no item {item_id[:24]!r}: take its id from `mmjudge review list`")
    before = settled(store, rubric, item_id).get((item_id, rule_id))
    if before is not None and not (submission and before.submission == submission):
        raise StoreError(
            f"this is settled already: {before.value}, by {before.rater} ({before.note}). Reopen it first to change it"
        )
    if before is not None:
        return before
    label = Label(
        item_id, rubric.id, rubric.version, name, value, rule_id, phase="adjudication", at=time.time(), note=why,
        submission=submission,
    )  # fmt: skip
    store.save_label(label)
    return label


def reopen(store: Store, rubric: Rubric, item_id: str, rule_id: str, reason: str, by: str) -> Label:
    """Take an adjudication back: the pair is open again, and all that was said stays in the history. StoreError where
    it is not settled, or the reason or the name is missing."""
    if (item_id, rule_id) not in settled(store, rubric, item_id):
        raise StoreError("this is not settled: there is nothing to reopen")
    if not reason.strip() or not by.strip():
        raise StoreError("reopening needs a reason and a name")
    label = Label(
        item_id, rubric.id, rubric.version, " ".join(by.split()), "withdrawn", rule_id, phase="adjudication",
        at=time.time(), note=reason.strip()[:MOST_REASON],
    )  # fmt: skip
    store.save_label(label)
    return label


# --- what decided -------------------------------------------------------------------------------------------------


def policy_of(verdict: Verdict) -> Policy:
    """The shipped policy a verdict was decided by; the strict one's numbers where it is a person's own."""
    return load_policy(verdict.policy_id) if verdict.policy_id in shipped_policies() else STRICT


def decided_by(rubric: Rubric, verdict: Verdict, rule_id: str) -> tuple[str, Decider | None]:
    """The rule behind a judge's answer (for "", the whole item: the one its verdict hangs on), and its precondition."""
    about = rule_id or rule_behind(verdict)
    rule = rule_in(rubric, about)
    return about, None if rule is None else decider(rule, verdict, policy_of(verdict))


def held_by_judge(rule: Rule, verdict: Verdict) -> tuple[Held, ...]:
    """What the judge made of each precondition, where it was nearest to a violation."""
    policy = policy_of(verdict)
    return held_by(rule, nearest(rule, verdict, policy)[1], policy)


def answered_by_judge(rule: Rule, verdict: Verdict) -> dict[str, Truth]:
    """What the judge answered to each question of the rule, as asked, where it was nearest to a violation."""
    return judged_answers(rule, verdict, policy_of(verdict))


def rule_in(rubric: Rubric, rule_id: str) -> Rule | None:
    return next((rule for rule in rubric.rules if rule.id == rule_id), None)


def said_by(verdict: Verdict, rule_id: str) -> Truth | None:
    """A judge's answer about a rule or ("") the whole item; None where the rule does not apply."""
    if not rule_id:
        told = {"safe": Truth.NO, "needs_review": Truth.UNKNOWN}
        return told.get(verdict.label, Truth.YES)
    finding = next((f for f in verdict.findings if f.rule_id == rule_id and f.applies), None)
    return None if finding is None else finding.truth


def blamed(store: Store, rubric: Rubric, found: Iterable[Pair], judge: str | None = None) -> Iterator[Blamed]:
    """For each pair and judge that at least half of the people contradict: the rule and precondition that decided the
    judge's answer. Reads the verdicts of these items, one at a time."""
    for pair in found:
        if not pair.person_judge > 0:
            continue
        for row, verdict in _verdicts(store, pair.item_id, rubric):
            truth = said_by(verdict, pair.rule_id)
            against = {Truth.YES: 1 - pair.violates, Truth.NO: pair.violates}.get(truth or Truth.NO, 0.0)
            if truth in (None, Truth.UNKNOWN) or against < 0.5 or judge not in (None, row.judge_id):
                continue
            about, by = decided_by(rubric, verdict, pair.rule_id)
            yield Blamed(pair, about, by.held.precondition_id if by else "", truth is Truth.YES, row.judge_id)


def explained(store: Store, rubric: Rubric, wanted: Wanted) -> list[Blamed]:
    """What decided each disagreement of people and judges, settled ones included, under the filters of `wanted`."""
    ratings = heard(answers(store, rubric, wanted.project, wanted.judge), wanted.rater)
    kinds = modalities(store, rubric.id) if wanted.modality else {}
    found = filtered(disagreements(ratings, kinds), wanted.rule, wanted.modality)
    return list(blamed(store, rubric, found, wanted.judge))

"""`mmjudge review list|show|adjudicate|reopen|explain`: where people and judges part, and settling it."""

from __future__ import annotations

import dataclasses
import getpass
import json
import math
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmjudge.cli.options import AsJson, Database, RubricName, one_of

if TYPE_CHECKING:
    from mmjudge.review import Cause, Place
    from mmjudge.reviewing import Seen
    from mmjudge.store import Store
    from mmjudge.types import Rubric

app = typer.Typer(help="See where people and judges part, and settle it.", no_args_is_help=True)

Project = Annotated[str | None, typer.Option("--project", help="Only answers given in this project.")]
RuleOnly = Annotated[
    str | None, typer.Option("--rule", help="Only this rule; an empty name: only answers about whole items.")
]
ModalityOnly = Annotated[
    str | None, typer.Option("--modality", help="Only items with this: text, image, video, audio.")
]
RaterOnly = Annotated[str | None, typer.Option("--rater", help="Of people, hear only this one.")]
JudgeOnly = Annotated[str | None, typer.Option("--judge", help="Of judges, hear only this id, or its beginning.")]
ItemId = Annotated[str, typer.Argument(help="The id of an item, or its beginning.")]
RuleName = Annotated[str, typer.Option("--rule", help="The rule; leave it away for the item as a whole.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, so that others can follow.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so.", show_default="your login name")]


@app.command("list")
def list_(
    rubric: RubricName = None,
    project: Project = None,
    rule: RuleOnly = None,
    modality: ModalityOnly = None,
    rater: RaterOnly = None,
    judge: JudgeOnly = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only person-judge, person-person or judge-judge.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
    random: Annotated[
        int | None, typer.Option("--random", min=1, help="So many by chance, each with a known probability.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the chance: the same seed draws the same.")] = 0,
    agreed: Annotated[bool, typer.Option("--agreed", help="With --random: pairs in which nobody parts too.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="Instead, pairs that only lack an answer.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """What is open, most worth a look first, each with the reason."""
    from mmjudge.cli.show import clean
    from mmjudge.review import KINDS, reason_of
    from mmjudge.reviewing import Wanted, address, listed
    from mmjudge.store import open_store

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"use {', '.join(KINDS)}", param_hint="--kind")
    if agreed and random is None:
        raise typer.BadParameter("goes with --random: the ordered queue has disagreements only", param_hint="--agreed")
    if missing and (agreed or kind is not None):
        raise typer.BadParameter("use it without --agreed and --kind: nobody parts there", param_hint="--missing")
    with open_store(database) as store:
        rules = _rubric(store, rubric)
        chosen = Wanted(
            project, rule, modality, rater, _judge(store, rules, judge),
            next((known for known in KINDS if known == kind), None), agreed, missing, limit, random, seed,
        )  # fmt: skip
        found = listed(store, rules, chosen)
    for n, place in enumerate(found.places, 1):
        if as_json:
            print(json.dumps(_plain(place) | {"address": address(place.pair, rules)}))
            continue
        about = place.pair.rule_id or "the whole item"
        parting = ", ".join(place.pair.kinds) or ("missing" if missing else "agreed")
        print(clean(f"{n:4}. {place.pair.item_id[:12]}  {about}  [{parting}]"))
        print(f"      {reason_of(place.pair)}; {_chance(place)}")
        print(clean(f"      {address(place.pair, rules)}"))
    if not as_json:
        print(
            f"{len(found.places)} of {found.found} shown under rubric {rules.id} {rules.version[:12]}; "
            f"{found.settled} settled; in {found.unanswered} an answer is missing and nobody parts"
            + ("" if missing or not found.unanswered else " (--missing)")
        )


def _chance(place: Place) -> str:
    if math.isnan(place.probability) and math.isnan(place.priority):
        return "nobody parts"
    if math.isnan(place.probability):
        return f"priority {place.priority:.3f}, doubt {place.pair.doubt:.2f}"
    return f"drawn with probability {place.probability:.4f}"


def _plain(place: Place) -> dict[str, object]:
    plain = dataclasses.asdict(place.pair) | {
        "disagreement": place.pair.disagreement,
        "priority": place.priority,
        "probability": place.probability,
    }
    return {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in plain.items()}


@app.command()
def show(
    item: ItemId,
    rule: RuleOnly = None,
    rubric: RubricName = None,
    database: Database = None,
) -> None:
    """One item: what each judge found, what decided it, and what people say."""
    from mmjudge.cli.show import clean
    from mmjudge.reviewing import seen
    from mmjudge.store import open_store

    with open_store(database) as store:
        rules = _rubric(store, rubric)
        found = seen(store, _item(store, rules, item), rules)
    for line in _side_by_side(found, rule):
        print(clean(line))


def _side_by_side(found: Seen, rule: str | None) -> list[str]:
    from mmjudge.parting import answers_of, parts_at
    from mmjudge.reviewing import decided_by, held_by_judge, rule_in

    words = " ".join([found.item.text, *(turn.text for turn in found.item.turns)])
    lines = [f"item {found.item.id}", f"  {' '.join(words.split())[:300] or 'no words'}"]
    lines += [f"  file {media.path.name}" for media in found.item.media]
    for row, verdict in found.verdicts:
        score = "no score" if verdict.score is None else f"score {verdict.score:.2f}"
        lines.append(f"judge {row.judge_name} ({row.judge_id[:12]}): {verdict.label}, {score}")
        about, by = decided_by(found.rubric, verdict, rule or "")
        finding = next((f for f in verdict.findings if f.rule_id == about), None)
        if finding is not None:
            known = "no score" if finding.score is None else f"score {finding.score:.2f}"
            lines.append(f"  rule {about}: {finding.truth.name.lower()}, {known}")
        if by is not None:
            known = "no score" if by.held.score is None else f"score {by.held.score:.2f}"
            lines.append(f"  decided by {by.held.precondition_id}: {by.held.truth.name.lower()}, {known}")
        asked = rule_in(found.rubric, about)
        for rater in dict.fromkeys(label.rater for label in found.labels if label.question_id) if asked else ():
            mine = answers_of((label for label in found.labels if label.rater == rater), about)
            apart = parts_at(asked, mine, held_by_judge(asked, verdict)) if asked else ()
            lines += [f"  {rater} parts from it at {', '.join(apart)}"] if apart else []
    for label in found.labels:
        if rule is None or label.rule_id in ("", rule):
            place = " ".join(part for part in (label.rule_id or "item", label.question_id) if part)
            note = f": {label.note}" if label.note else ""
            lines.append(f"{label.rater} ({label.phase}), {place}: {label.value}{note}")
    return lines


@app.command()
def adjudicate(
    item: ItemId,
    value: Annotated[str, typer.Option("--value", help="yes: it is violated; no: it is not.")],
    reason: Reason,
    rule: RuleName = "",
    by: By = None,
    rubric: RubricName = None,
    guideline: Annotated[
        bool, typer.Option("--guideline", help="Keep the reason as a guideline of the team too.")
    ] = False,
    database: Database = None,
) -> None:
    """Settle one item and rule with a reason. It stays closed until the rubric changes."""
    import time

    from mmjudge.guidelines import made, open_finder, refuse_twin
    from mmjudge.reviewing import adjudicate as settle
    from mmjudge.store import open_store

    said: Literal["yes", "no"] = one_of(value, ("yes", "no"), "--value")
    who = by or getpass.getuser()
    with open_store(database) as store:
        rules = _rubric(store, rubric)
        item_id = _item(store, rules, item)
        new = None
        if guideline:
            new = made(rules, rule, reason, "violates" if said == "yes" else "fine", item_id, who, time.time())
            refuse_twin(new, store.guidelines(rules.id), open_finder())
        label = settle(store, rules, item_id, rule, said, reason, who)
        if new is not None:
            store.add_guideline(new)
    about = rule or "the whole item"
    print(f"settled: {item_id[:12]}, {about}: {label.value}, by {label.rater}; closed for rubric {rules.id} as it is")
    if new is not None:
        print(f"guideline {new.id} added to rubric {rules.id}")
    print(f"to change the rule: mmjudge rubric show {rules.id}, or the page /rubrics?rubric={rules.id}")


@app.command()
def reopen(
    item: ItemId,
    reason: Reason,
    rule: RuleName = "",
    by: By = None,
    rubric: RubricName = None,
    database: Database = None,
) -> None:
    """Take an adjudication back: the item and rule are open again, and what was said is kept."""
    from mmjudge.reviewing import reopen as open_again
    from mmjudge.store import open_store

    with open_store(database) as store:
        rules = _rubric(store, rubric)
        item_id = _item(store, rules, item)
        open_again(store, rules, item_id, rule, reason, by or getpass.getuser())
    print(f"open again: {item_id[:12]}, {rule or 'the whole item'}")


@app.command()
def explain(
    rubric: RubricName = None,
    project: Project = None,
    rule: RuleOnly = None,
    modality: ModalityOnly = None,
    rater: RaterOnly = None,
    judge: JudgeOnly = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many of each.")] = 10,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Which rules, and which of their preconditions, decide most disagreements of people and judges."""
    from mmjudge.review import causes
    from mmjudge.reviewing import Wanted, explained
    from mmjudge.store import open_store

    with open_store(database) as store:
        rules = _rubric(store, rubric)
        chosen = Wanted(project, rule, modality, rater, _judge(store, rules, judge))
        blamed = explained(store, rules, chosen)
    both = (("rule", causes(blamed, preconditions=False)), ("precondition", causes(blamed)))
    if as_json:
        for level, found in both:
            for cause in found[:limit]:
                print(json.dumps({"level": level, **dataclasses.asdict(cause), "split": _known(cause.split)}))
        return
    judges, n = {one.judge_id for one in blamed}, len(blamed)
    print(f"{n} disagreements of people and {len(judges)} judges under rubric {rules.id} {rules.version[:12]}")
    for level, found in both:
        print(f"by {level}:")
        for cause in found[:limit]:
            print(f"  {_cause(cause, level == 'precondition')}")


def _cause(cause: Cause, precondition: bool) -> str:
    name = cause.rule_id or "no rule"
    name += f" {cause.precondition_id or '(no precondition)'}" if precondition else ""
    split = "one person each" if math.isnan(cause.split) else f"people part by {cause.split:.2f}"
    return (
        f"{name}: {cause.n} ({100 * cause.share:.0f} %), {cause.missed} called fine, "
        f"{cause.alarms} called violated; {split}"
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _rubric(store: Store, name: str | None) -> Rubric:
    from mmjudge.library import load
    from mmjudge.reviewing import rubric_in_use

    return load(name) if name else rubric_in_use(store)


def _item(store: Store, rubric: Rubric, given: str) -> str:
    from mmjudge.reviewing import answers, whole_id

    return given if store.item(given) is not None else whole_id(answers(store, rubric).items, given)


def _judge(store: Store, rubric: Rubric, given: str | None) -> str | None:
    from mmjudge.errors import StoreError

    if given is None:
        return None
    known = [judge.judge_id for judge in store.judges_of(rubric.id) if judge.judge_id.startswith(given)]
    if len(known) != 1:
        raise StoreError(f"{len(known)} judges of rubric {rubric.id} begin with {given[:24]!r}: see `review show`")
    return known[0]

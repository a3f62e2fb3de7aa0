"""`mmjudge learn`: a calibration and thresholds from people's labels, measured on items that were held back."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmjudge.cli.options import Database, PolicyName, RubricName, one_of
from mmjudge.cli.rubric_files import say

if TYPE_CHECKING:
    from mmjudge.agreement.risk import Threshold, TooFew
    from mmjudge.learning import Figures, Lesson
    from mmjudge.policy import Policy
    from mmjudge.store import Store
    from mmjudge.types import Rubric

HEAD = "n  violations  missed  false alarms  unknown   scored  AUROC  Brier    ECE (floor)"


def learn(
    rubric: RubricName = None,
    project: Annotated[str | None, typer.Option("--project", help="Labels of this project only.")] = None,
    method: Annotated[str, typer.Option(help="The curve: platt, beta, isotonic; none: thresholds only.")] = "platt",
    alpha: Annotated[float, typer.Option(help="Most violations that may be missed, as a share.")] = 0.05,
    confidence: Annotated[float, typer.Option(help="How sure of that to be, between 0 and 1.")] = 0.9,
    about: Annotated[
        str | None,
        typer.Option(help="Learn from labels on whole items (item) or on rules (rules)."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model whose evidence is meant, if there are several.")] = None,
    policy: PolicyName = "loose",
    apply: Annotated[bool, typer.Option("--apply", help="Keep it, and decide what is stored again.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Keep it even if it is worse on held-back items.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last one away again.")] = False,
    database: Database = None,
) -> None:
    """Learn from labels: show what it is worth on held-back items, before against after; with --apply keep it."""
    from mmjudge.agreement.fitting import METHODS
    from mmjudge.learning import learn as learn_from
    from mmjudge.library import load
    from mmjudge.policy import check_switches, load_policy
    from mmjudge.store import open_store

    _check(alpha, confidence)
    curve: Literal["platt", "beta", "isotonic", "none"] = one_of(method, (*METHODS, "none"), "--method")
    words: tuple[Literal["item", "rules"], ...] = ("item", "rules")
    labels = one_of(about, words, "--about") if about else None
    rules = load(rubric or "default")
    if undo:
        _undo(rules.id, model)
        return
    chosen = load_policy(policy)
    check_switches(chosen, rules)
    with open_store(database) as store:
        lesson = learn_from(store, rules, chosen, curve, alpha, confidence, project, model, labels)
        for line in lines(lesson):
            say(line)
        if apply:
            _keep(store, rules, chosen, lesson, force)
        else:
            say("\nNothing was written: --apply keeps it.")


def _check(alpha: float, confidence: float) -> None:
    for name, value in (("alpha", alpha), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise typer.BadParameter(f"{name} is {value}: it lies between 0 and 1")


def lines(lesson: Lesson) -> list[str]:
    """A lesson in words and a table."""
    learnt, held = lesson.learnt_from, lesson.before
    unit = "items" if lesson.about == "item" else "pairs of item and rule"
    told = [
        f"model {lesson.calibration.model}, prompts {lesson.calibration.prompt_version}, rubric "
        f"{lesson.calibration.rubric_id} {lesson.calibration.rubric_version}",
        f"learnt from {learnt.n} {unit} ({learnt.violations} of them violations), "
        f"measured on {held.n} held back; people who labelled: {lesson.said.raters}",
        *(f"  {remark}" for remark in lesson.remarks),
        "",
        f"{'held-back items':30} {HEAD}",
        _row("before", held),
        _row("after", lesson.after),
        *([_row("after, with the thresholds", lesson.bounded)] if lesson.bounded else []),
    ]
    for rule, before, after in lesson.by_rule:
        told += [_row(f"{rule}: before", before), _row("  after", after)]
    value, low, high = lesson.gain
    sure = f" (95 % interval {low:.4f} to {high:.4f}, bootstrap over items)" if math.isfinite(low) else ""
    told += ["", f"Brier score lower by {value:.4f}{sure}"]
    return told + [_promise(rule, promise) for rule, promise in lesson.promises]


def _row(name: str, f: Figures) -> str:
    others = f.n - f.violations
    return (
        f"{name[:30]:30} {f.n:<4} {f.violations:<8} {_share(f.missed, f.violations):8} {_share(f.alarms, others):12} "
        f"{f.unknown:<9} {f.scored:<7} {f.auroc:.3f}  {f.brier:.4f}  {f.ece:.3f} ({f.floor:.3f})"
    )


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.0%})" if of else "-"


def _promise(rule: str, promise: Threshold | TooFew) -> str:
    from mmjudge.agreement.risk import TooFew

    what = rule or "thresholds"
    if isinstance(promise, TooFew):
        return f"{what}: none can be promised: {promise.why}"
    return (
        f"{what}: a violation from {promise.at:.4f} on misses at most {promise.alpha:.3g} of the violations with "
        f"confidence {promise.confidence:.3g} ({promise.missed} of {promise.n} labelled ones score less; at most "
        f"{promise.bound:.3f}), for content like that which was labelled"
    )


def _keep(store: Store, rubric: Rubric, policy: Policy, lesson: Lesson, force: bool) -> None:
    from mmjudge.errors import MMJudgeError
    from mmjudge.learnt import keep
    from mmjudge.session import redecided

    if not lesson.gain[0] >= -1e-9 and not force:  # rounding is no loss
        raise MMJudgeError("on held-back items it is worse than before, so it was not kept: --force keeps it anyhow")
    path, thresholds = keep(lesson.calibration, lesson.policy, rubric)
    say(f"\nkept: {path}\n`mmjudge learn --undo --rubric {rubric.id}` takes it away")
    if thresholds:
        say(f"with the thresholds: --policy {thresholds}")
    changes = Counter((b.label if b else "new", now.label) for b, now in redecided(store, policy, rubric.id))
    say(f"{changes.total()} stored items decided again under policy {policy.id}; no model was asked")
    for (old, new), count in sorted(changes.items()):
        say(f"{count:8}  {old} -> {new}")


def _undo(rubric_id: str, model: str | None) -> None:
    from mmjudge.learnt import take_away

    path, earlier = take_away(rubric_id, model)
    then = "the one learnt before it is in force again" if earlier else "judges decide as they did before"
    say(f"taken away: {path}; {then}. `mmjudge redecide` decides what is stored again")

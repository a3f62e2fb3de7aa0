"""From people's labels and stored evidence to a calibration and to thresholds: measured before against after.

Knows how labels meet evidence, which half of the items is held back, and where what was learnt is kept and taken away.
Refuses to ask a model anything, to learn from labels given with the judge's answer in sight, and to promise what the
labels cannot carry. What the fits are is `agreement.fitting` and `agreement.risk`; where they apply, `decide`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mmjudge.agreement.bootstrap import Additive, interval, ratio
from mmjudge.agreement.fitting import Fit, Method, fit, flat
from mmjudge.agreement.risk import Threshold, TooFew, threshold
from mmjudge.calibration import Calibration, Curve, RuleCalibration, calibration_for, shipped_for
from mmjudge.decide import decide
from mmjudge.errors import MMJudgeError
from mmjudge.labelled import (
    About,
    Answers,
    Figures,
    Key,
    Said,
    about_of,
    answers_of,
    chosen,
    figures,
    held_back,
    measured,
    people_say,
)
from mmjudge.policy import Policy
from mmjudge.store import Store
from mmjudge.switches import Switch, switch_of
from mmjudge.types import Measurement, Rubric, Truth

LEAST = 10
"""Labels of each kind (violation, none) that must be there to learn from: two numbers from fewer are noise."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt and what it is worth on held-back items. `policy`: with the thresholds, None where none can be
    promised; `promises`: by rule ("": the whole item). `by_rule`: (rule, before, after)."""

    calibration: Calibration
    policy: Policy | None
    about: About
    said: Said
    learnt_from: Figures
    before: Figures
    after: Figures
    bounded: Figures | None
    by_rule: tuple[tuple[str, Figures, Figures], ...]
    promises: tuple[tuple[str, Threshold | TooFew], ...]
    gain: tuple[float, float, float]
    remarks: tuple[str, ...] = field(default=())


def words_only(measurement: Measurement) -> Measurement:
    """The measurement without what is not calibrated: detectors, guards, and questions about pictures and sounds."""
    kept = (p for p in measurement.evidence if p.stage == "juror" or (p.question_id and "text" in p.modalities))
    return replace(measurement, evidence=tuple(kept))


def fitted(answers: Answers, rubric: Rubric, method: Method) -> dict[str, Fit]:
    """A fit per rule. Of labels on whole items it is one for all rules: the score of an item is that of its clearest
    rule, and one rising curve leaves the clearest where it is. Of labels on rules each is drawn to the pooled one.

    MMJudgeError where there are fewer than `LEAST` of either kind, or where scores tell nothing about the labels.
    """
    rows = answers.where(np.isfinite(answers.score))
    yes, no = int(rows.truth.sum()), int((~rows.truth).sum())
    if min(yes, no) < LEAST:
        raise MMJudgeError(
            f"there are {yes} labelled violations and {no} others with a score to learn from, once every second item "
            f"is held back: it takes {LEAST} of each. Label more, or label items the judge has measured"
        )
    pooled = fit(method, rows.score, rows.truth)
    if flat(pooled):
        raise MMJudgeError("the judge's scores tell nothing about these labels (or the reverse): no curve mends that")
    names = np.asarray(rows.rules)
    fits = {}
    for rule in rubric.rules:
        mine = names == rule.id
        fits[rule.id] = fit(method, rows.score[mine], rows.truth[mine], pooled)
    return fits


def calibration_of(
    base: Calibration | None, key: Key, rubric: Rubric, fits: Mapping[str, Fit], words: str
) -> Calibration:
    """The shipped numbers (or none), the learnt curves (if any) on top, keyed to model, prompts and rubric version."""
    plain = base or Calibration(key.model, key.prompt_version, rubric.id, rubric.version, "", ())
    known = {rule.rule_id: rule for rule in plain.rules}
    curves = {rule: Curve(f.method, f.numbers) for rule, f in fits.items()}
    rules = tuple(
        replace(known.get(rule.id, RuleCalibration(rule.id, 0.0, 1.0)), curve=curves.get(rule.id))
        for rule in rubric.rules
    )
    return replace(plain, learnt_from=words, rules=rules)


def promised(
    answers: Answers, about: About, alpha: float, confidence: float
) -> tuple[tuple[str, Threshold | TooFew], ...]:
    """A threshold for the whole item, or for each rule that anybody was asked about: from the learning half alone.

    A violation without a score is missed for ever where the judge said no, and never where it said UNKNOWN.
    """
    unscored = np.where(answers.judged == Truth.NO, -np.inf, np.inf)
    scores = np.where(np.isfinite(answers.score), answers.score, unscored)
    names = np.asarray(answers.rules, dtype=object)
    rules = [""] if about == "item" else sorted(set(answers.rules))
    return tuple((r, threshold(scores[answers.truth & (names == r)], alpha, confidence)) for r in rules)


def bounded_policy(policy: Policy, rubric: Rubric, promises: Sequence[tuple[str, Threshold | TooFew]]) -> Policy | None:
    """The policy with the promised thresholds, None where there is none. They are rounded down: that misses nothing
    more."""
    cuts = {rule: math.floor(p.at * 1e6) / 1e6 for rule, p in promises if isinstance(p, Threshold)}
    if not cuts:
        return None
    one = next(p for _, p in promises if isinstance(p, Threshold))
    title = f"Misses at most {one.alpha:.3g} of the violations, with confidence {one.confidence:.3g}"
    named = replace(policy, id=f"learnt-{rubric.id}", title=title, rubric=policy.rubric or rubric.id)
    if "" in cuts:
        cut = cuts[""]
        return replace(named, no_below=cut, yes_from=cut, unsafe_from=max(cut, policy.unsafe_from))
    own = [
        replace(switch_of(rule, policy.switches), of=rule.id, yes_from=cuts[rule.id])
        for rule in rubric.rules
        if rule.id in cuts
    ]
    others: list[Switch] = [switch for switch in policy.switches if switch.of not in cuts]
    return replace(named, switches=tuple(sorted([*own, *others], key=lambda switch: switch.of)))


def learn(
    store: Store,
    rubric: Rubric,
    policy: Policy,
    method: Method | Literal["none"] = "platt",
    alpha: float = 0.05,
    confidence: float = 0.9,
    project: str | None = None,
    model: str | None = None,
    about: About | None = None,
) -> Lesson:
    """Fit on one half of the labelled items, measure on the other. Nothing is written and no model is asked.

    `method` "none": no curve is fitted, only thresholds for the scores as they are shipped.

    MMJudgeError says what is missing: labels, evidence, or the choice between several judges.
    """
    said = people_say(store, rubric, project)
    about = about_of(said, about)
    items = {item for item, rule in said.truth if (rule == "") == (about == "item")}
    key, rows = measured(store, rubric, items, model)
    base, now = shipped_for(*key, rubric), calibration_for(*key, rubric)
    wide = replace(policy, beside=math.inf)
    raw = (decide(rubric, words_only(m), wide, "", base) for m in chosen(store, rubric, rows))
    asked = answers_of(said, about, raw)
    fits = {} if method == "none" else fitted(asked.where(~asked.held), rubric, method)
    learning = mapped(asked.where(~asked.held), fits, about)
    calibration = calibration_of(base, key, rubric, fits, _words(method, learning, said, project))
    promises = promised(learning, about, alpha, confidence)
    bounded = bounded_policy(policy, rubric, promises)

    def under(by: Policy, with_: Calibration | None) -> Answers:
        held = (m for m in chosen(store, rubric, rows) if held_back(m.item_id))
        return answers_of(said, about, (decide(rubric, m, by, "", with_) for m in held))

    before, after = under(policy, now), under(policy, calibration)
    return Lesson(
        calibration,
        bounded,
        about,
        said,
        figures(learning),
        figures(before),
        figures(after),
        figures(under(bounded, calibration)) if bounded else None,
        by_rule(before, after) if about == "rules" else (),
        promises,
        gain(before, after),
        remarks(said, asked, items),
    )


def mapped(answers: Answers, fits: Mapping[str, Fit], about: About) -> Answers:
    """The answers with their scores as the curves have them."""
    names = np.asarray([next(iter(fits), "") if about == "item" else rule for rule in answers.rules], dtype=object)
    scores = answers.score.copy()
    for rule, curve in fits.items():
        scores[names == rule] = curve(scores[names == rule])
    return replace(answers, score=scores)


def gain(before: Answers, after: Answers) -> tuple[float, float, float]:
    """By how much the Brier score fell on held-back answers that both score, with its 95 % interval (bootstrap over
    items); NaN without any."""
    both = np.isfinite(before.score) & np.isfinite(after.score)
    if not both.any():
        return math.nan, math.nan, math.nan
    errors = ((answers.score - answers.truth) ** 2 for answers in (before, after))
    fell = np.subtract(*errors)[both]
    _, clusters = np.unique(np.asarray(before.items, dtype=object)[both].astype(str), return_inverse=True)
    parts = np.column_stack([fell, np.ones(len(fell))])
    found = interval(Additive(parts, lambda sums: ratio(sums[..., 0], sums[..., 1]), n=len(fell)), clusters)
    return found.value, found.low, found.high


def by_rule(before: Answers, after: Answers) -> tuple[tuple[str, Figures, Figures], ...]:
    """Each rule's figures. The rows of both are the same."""
    names = np.asarray(before.rules, dtype=object)
    rules = sorted(set(before.rules))
    return tuple((r, figures(before.where(names == r)), figures(after.where(names == r))) for r in rules)


def _words(method: str, learning: Answers, said: Said, project: str | None) -> str:
    yes, n = int(learning.truth.sum()), len(learning.items)
    where = f" in project {project}" if project else ""
    return f"your labels{where}, curve {method}: {yes} violations and {n - yes} others, said by {said.raters} people"


def remarks(said: Said, asked: Answers, items: set[str]) -> tuple[str, ...]:
    """What was left out, in words."""
    missing = len(items) - len(set(asked.items))
    unscored = int(np.sum(~np.isfinite(asked.score)))
    found = (
        (said.undecided, "labelled pairs left out: no majority among the people who answered"),
        (said.assisted, "labels left out: given with the judge's answer in sight"),
        (missing, "labelled items left out: this judge has not measured them"),
        (unscored, "labelled pairs have no score by words: pictures and sounds alone, or UNKNOWN; no curve moves them"),
    )
    return tuple(f"{count} {words}" for count, words in found if count)

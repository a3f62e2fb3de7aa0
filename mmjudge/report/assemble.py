"""A whole report from answers and facts.

Knows which groups there are and in which order a report says things. Refuses to know the store, files and looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmjudge.agreement import pairs
from mmjudge.agreement.bootstrap import Additive
from mmjudge.agreement.replacement import EPSILON, alternative_test
from mmjudge.ratings import UNKNOWN, Ratings
from mmjudge.report import saying
from mmjudge.report.compute import Clusters, Wanted, by_rater, clusters, figures_of, ranked, wanted
from mmjudge.report.panel import Panel, about_items, answered, chosen, judges_of, last_answers, panel, unknown_to_judge
from mmjudge.report.parting import calibration, scored_table, worst, wrong
from mmjudge.report.share import share_of_set
from mmjudge.report.values import Controversial, Count, Drawn, Facts, Figures, Kind, Worst
from mmjudge.report.views import group_views

MOST_GROUPS_SHOWN = 60
WORST = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know. `judge` "": the one with most answers, if there is any. `truth` as in `panel`.
    `group_by`: attributes of items or raters; () means all that are known. `stand_in`: what the people are that the
    judge might replace, which sets epsilon ("expert", "skilled", "crowd")."""

    title: str = "Labels"
    judge: str = ""
    truth: str = "majority"
    controversial: Controversial = "violation"
    group_by: tuple[str, ...] = ()
    stand_in: str = "skilled"
    draws: int = 2000
    seed: int = 0


def figures(ratings: Ratings, facts: Facts | None = None, asked: Asked | None = None) -> Figures:
    """The report. ValueError, in words, where judge or truth are not among the answers, or nobody answered."""
    facts, asked = facts or Facts(), asked or Asked()
    ratings = last_answers(ratings)
    judge = asked.judge or next(iter(judges_of(ratings)), "")
    if not ratings.by_people.any():
        raise ValueError("no person has answered: a report needs labels of people")
    whole = panel(ratings, judge, asked.truth, asked.controversial)
    base = _base(whole)
    by = clusters(len(ratings.items), asked.seed)
    parts = list(_parts(whole, base, facts, asked))
    some = [one for kind, group, part in parts for one in wanted(part, by, kind, group)]
    some += [*by_rater(base, by), *_by_judge(base, asked, by)]
    rows = figures_of(some, asked.draws, asked.seed)
    apart, in_words = group_views(_as_answers(base), facts, asked.group_by, asked.seed)
    rows += apart
    for kind, group, part in parts:
        rows += ranked(part, kind, group, asked.draws, asked.seed) if kind != "raters" else []
    return _filled(Figures(
        title=asked.title, judge=judge, truth=truth_words(asked.truth),
        about="item" if about_items(whole) else "rules", said=saying.verdict(base, rows), counts=_counts(base),
        rows=tuple(rows), table=_table(base), missing=_missing(base), effort=_effort(ratings),
        groups=in_words,
    ), base, facts.drawn, asked)  # fmt: skip


def _filled(found: Figures, base: Panel, drawn: Drawn | None, asked: Asked) -> Figures:
    """The parts that need a judge, and prevalence."""
    share = saying.prevalence(share_of_set(base, drawn, asked.truth), drawn)
    found = replace(found, prevalence=share, notes=_notes(base, asked))
    if not answered(base).any():
        return found
    bins, floor = calibration(base, asked.seed)
    scored, unscored = scored_table(base)
    test = alternative_test(_as_answers(base), base.said, EPSILON[asked.stand_in])
    apart = wrong(base)
    rules = np.bincount(base.rule[apart], minlength=len(base.ratings.rules))
    names = ((base.ratings.rules[code], int(n)) for code, n in enumerate(rules) if n and base.ratings.rules[code])
    return replace(
        found, bins=bins, floor=floor, scored=scored, unscored=unscored, replacement=saying.replacement(test),
        worst=worst(base, WORST), disagreed=int(apart.sum()),
        parts=tuple(Count(f"rule {name}", n) for name, n in sorted(names, key=lambda pair: -pair[1])[:10]),
    )  # fmt: skip


def truth_words(truth: str) -> str:
    """What the judge is held against, as a person says it."""
    return {"majority": "the majority of people", "any": "violation if any person says so"}.get(
        truth, f"what {truth.removeprefix('expert:')} said"
    )


def _base(whole: Panel) -> Panel:
    """The units that the whole report speaks of: items where people answered about items, else pairs with rules."""
    return chosen(whole, whole.rule == whole.ratings.rules.index("")) if about_items(whole) else whole


def _parts(whole: Panel, base: Panel, facts: Facts, asked: Asked) -> Iterator[tuple[Kind, str, Panel]]:
    yield "all", "", base
    rules = whole.ratings.rules
    named = [code for code, rule in enumerate(rules) if rule and (whole.rule == code).any()]
    for code in named[:MOST_GROUPS_SHOWN]:
        yield "rule", rules[code], chosen(whole, whole.rule == code)
    category = np.array([facts.categories.get(rule, "") for rule in rules])
    for name in sorted(set(category[named]) - {""})[:MOST_GROUPS_SHOWN] if named else ():
        yield "category", str(name), chosen(whole, category[whole.rule] == name)
    for kind, of in facts.items.items():
        if kind in ("modality", "language") or not asked.group_by or kind in asked.group_by:
            yield from _by_attribute(base, kind, of)
    for attribute, of in facts.raters.items():
        if not asked.group_by or attribute in asked.group_by:
            yield from _by_raters(base, attribute, of, asked)


def _by_attribute(base: Panel, kind: str, of: Mapping[str, str]) -> Iterator[tuple[Kind, str, Panel]]:
    values = np.array([of.get(item, "") for item in base.ratings.items])
    for value in sorted(set(values) - {""})[:MOST_GROUPS_SHOWN]:
        part = chosen(base, values[base.item] == value)
        if not len(part.item):
            continue
        if kind == "modality":
            yield "modality", str(value), part
        elif kind == "language":
            yield "language", str(value), part
        else:
            yield "other", f"{kind}: {value}", part


def _by_raters(base: Panel, attribute: str, of: Mapping[str, str], asked: Asked) -> Iterator[tuple[Kind, str, Panel]]:
    """A group of raters is its own measure: their majority is the truth, their answers the people's."""
    ratings = base.ratings.where(np.isin(base.ratings.rule, np.unique(base.rule)))
    values = np.array([of.get(name, "") for name in ratings.raters])
    truth = asked.truth if asked.truth in ("majority", "any") else "majority"
    for value in sorted(set(values) - {""})[:MOST_GROUPS_SHOWN]:
        some = ratings.where(~ratings.by_people | (values[ratings.rater] == value))
        if some.by_people.any():
            yield "raters", f"{attribute}: {value}", panel(some, _judge_name(base, asked), truth, asked.controversial)


def _judge_name(base: Panel, asked: Asked) -> str:
    return asked.judge or next(iter(judges_of(base.ratings)), "")


def _by_judge(base: Panel, asked: Asked, by: Clusters) -> Iterator[Wanted]:
    """Every judge on the same units, and its accuracy less that of the chosen one where both decided."""
    mine = _judge_name(base, asked)
    names = judges_of(base.ratings)
    if len(names) < 2:
        return
    codes = by.code[base.item]
    for name in names[:MOST_GROUPS_SHOWN]:
        rules = base.ratings.where(np.isin(base.ratings.rule, np.unique(base.rule)))
        other = panel(rules, name, asked.truth, asked.controversial)
        kept = ("accuracy", "precision", "recall", "f1", "cohen_kappa", "decided")
        yield from (one for one in wanted(other, by, "judge", name) if one.subject == "judge" and one.name in kept)
        both = ~(np.isnan(base.said) | np.isnan(other.said) | np.isnan(base.truth))
        if name != mine and both.any():
            less = (other.said == base.truth).astype(float) - (base.said == base.truth)
            parts = np.column_stack(
                [np.bincount(codes, np.where(both, column, 0), by.groups) for column in (less, both)]
            )
            yield Wanted("judge", "against_chosen", "judge", name, Additive(parts, _mean, int(both.sum())))


def _mean(sums: np.ndarray) -> np.ndarray:
    return np.divide(sums[..., 0], sums[..., 1], out=np.full(sums.shape[:-1], np.nan), where=sums[..., 1] != 0)


def _counts(base: Panel) -> tuple[Count, ...]:
    ratings = base.ratings
    tie = int((np.isnan(base.truth) & (base.counts.sum(axis=1) > 0)).sum())
    return (
        Count("items that people answered", len(np.unique(base.item))),
        Count("item–rule pairs" if not about_items(base) else "answers about items, pairs", len(base.item)),
        Count("people", len(np.unique(base.rater))),
        Count("answers of people", len(base.value)),
        Count("answered by two people or more", int((base.counts.sum(axis=1) >= 2).sum())),
        Count("without a truth: people are split, or the one asked for said nothing", tie),
        Count("judges", len(ratings.judges)),
        Count("decided by the judge", int((~np.isnan(base.said)).sum())),
    )


def _missing(base: Panel) -> tuple[Count, ...]:
    return (
        Count("people: can't tell or skipped", int(np.isnan(base.value).sum())),
        Count("judge: unknown", int(unknown_to_judge(base).sum())),
        Count("judge: not judged", int((~answered(base)).sum())),
        Count("judge: decided, but without a score", int((~np.isnan(base.said) & np.isnan(base.score)).sum())),
    )


def _table(base: Panel) -> tuple[tuple[int, int], tuple[int, int]]:
    (tn, fp), (fn, tp) = pairs.confusion(base.truth, base.said, 2).tolist()
    return (tn, fp), (fn, tp)


def disagreements(ratings: Ratings, asked: Asked) -> tuple[Worst, ...]:
    """All of them, the worst first."""
    base = _base(panel(ratings, asked.judge, asked.truth, asked.controversial))
    return worst(base, len(base.item))


def unknown_items(ratings: Ratings, asked: Asked) -> tuple[str, ...]:
    """The items that people answered and the judge left unknown, each once."""
    base = _base(panel(ratings, asked.judge, asked.truth, asked.controversial))
    return tuple(dict.fromkeys(ratings.items[code] for code in base.item[unknown_to_judge(base)]))


def _as_answers(base: Panel) -> Ratings:
    """People's yes and no with every unit as an item of its own."""
    n = len(base.value)
    empty = np.full(n, np.nan)
    return replace(
        base.ratings, items=tuple(str(unit) for unit in range(len(base.item))), rules=("",),
        item=base.unit.astype(np.int32), rule=np.zeros(n, dtype=np.int32), rater=base.rater,
        value=np.where(np.isnan(base.value), UNKNOWN, base.value).astype(np.int8),
        severity=np.full(n, -1, dtype=np.int8),
        score=empty, seconds=empty, at=empty, judges=frozenset(), probability=np.full(len(base.item), np.nan),
    )  # fmt: skip


def _effort(ratings: Ratings) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for name, rows in (("people", ratings.by_people), ("judges", ~ratings.by_people)):
        seconds = ratings.seconds[rows]
        seconds = seconds[~np.isnan(seconds) & (seconds > 0)]
        if len(seconds):
            found.append((f"{name}: median seconds an answer (of {len(seconds)} timed)", float(np.median(seconds))))
            found.append((f"{name}: hours in all", float(seconds.sum() / 3600)))
    return tuple(found)


def _notes(base: Panel, asked: Asked) -> tuple[str, ...]:
    counted = {"violation": "a violation", "fine": "none", "unknown": "unknown"}[asked.controversial]
    return (
        f"Controversial counts as {counted} wherever only yes and no are compared.",
        "Unknown, can't tell and skipped are no answers: they are counted apart and never as safe.",
        f"Intervals hold 95 %: {asked.draws} draws of whole items (BCa), Wilson's where a share has no usable draws.",
        f'"As well as one person" means at most {saying.MARGIN * 100:.0f} points less, with the whole interval.',
        "Of twenty intervals one is expected to miss: the many figures of groups are for looking, not for tests.",
    )

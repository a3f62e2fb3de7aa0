"""The share of violations among all items of a set, from those that people answered.

Knows how items came to be asked about, and which of them have no truth. Refuses a number that this does not support
(`agreement.prevalence`), and to take what nobody knows for no violation.
"""

from __future__ import annotations

import numpy as np

from mmjudge.agreement.prevalence import Estimate, Refused, ppi_mean, weighted_mean
from mmjudge.ratings import UNKNOWN
from mmjudge.report.panel import Panel, about_items
from mmjudge.report.values import Drawn


def share_of_set(base: Panel, drawn: Drawn | None = None, truth: str = "majority") -> Estimate | Refused:
    """Prevalence among all items. `drawn`: of the project that was answered, None where the chances say all. `truth`
    as in `panel`.

    A project answered in part: its queue is in random order where its sampling is "random", so that an answered item
    was chosen with its probability times the share of tasks with a truth. Otherwise the order may say anything.
    """
    items, labels = _of_items(base)
    known = int((~np.isnan(labels)).sum())
    chance = base.ratings.probability[items]
    if drawn is not None and known < drawn.tasks:
        asked = len(np.unique(base.item[_asked(base, truth)]))
        if drawn.sampling == "all" and asked < drawn.tasks:
            return Refused(
                f"{asked:,} of {drawn.tasks:,} tasks are answered, in the order of the queue: answer the rest, or make "
                "a project with --sampling random, whose answered part speaks for the whole"
            )
        chance = chance * (known / drawn.tasks)
    plain = weighted_mean(labels, chance)
    judged = _judge_on_all(base, drawn)
    if isinstance(plain, Refused) or judged is None or np.sum(~np.isnan(judged)) <= known:
        return plain
    helped = ppi_mean(labels, judged[items], judged, chance)
    return plain if isinstance(helped, Refused) else helped


def _of_items(base: Panel) -> tuple[np.ndarray, np.ndarray]:
    """The items people were asked about, and per item 1 where any of its rules is violated, 0 where all that were asked
    are not, else NaN."""
    items, place = np.unique(base.item, return_inverse=True)
    violated = np.bincount(place, base.truth == 1, minlength=len(items)) > 0
    unknown = np.bincount(place, np.isnan(base.truth), minlength=len(items)) > 0
    return items, np.select([violated, unknown], [1.0, np.nan], 0.0)


def _asked(base: Panel, truth: str) -> np.ndarray:
    """bool, U: the units that whoever says the truth was asked about, whatever the answer."""
    name = truth.removeprefix("expert:")
    if name == truth or name not in base.ratings.raters:
        return np.ones(len(base.item), dtype=bool)
    mine = base.unit[base.rater == base.ratings.raters.index(name)]
    return np.isin(np.arange(len(base.item)), mine)


def _judge_on_all(base: Panel, drawn: Drawn | None) -> np.ndarray | None:
    """The judge's answers about all items of the set, labelled or not; None where only rules were judged, or a part of
    the set."""
    if not about_items(base):
        return None
    judges = base.ratings.where(~base.ratings.by_people & (base.ratings.rule == base.ratings.rules.index("")))
    if not len(judges) or len(np.unique(judges.rater)) > 1:
        return None
    if drawn is not None and len(np.unique(judges.item)) < max(drawn.size, drawn.tasks):
        return None
    said = np.full(len(base.ratings.items), np.nan)
    said[judges.item] = np.where(judges.value == UNKNOWN, np.nan, np.minimum(judges.value, 1))
    return said

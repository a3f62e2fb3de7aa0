"""Questions -> evidence from token probabilities: strategy 1 (language prior) and strategy 2 (object removed).

Knows orders of the answers, priors and how a missing answer is recorded. Refuses to decide: it returns numbers and
reasons.
Source: CLUE, arXiv 2501.00192, debiased token-probability judgment.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from mmjudge import probability
from mmjudge.backends import Backend
from mmjudge.priors import Priors
from mmjudge.types import MODALITIES, Evidence, Missing, Modality, Question, Rule, Segment, YesNo


class Ask(NamedTuple):
    """One question of one rule."""

    rule: Rule
    question: Question


def looked_at(backend: Backend, segment: Segment) -> tuple[Modality, ...]:
    """What of a segment this backend takes in."""
    return tuple(m for m in MODALITIES if m in backend.reads & segment.modalities)


def probe(
    backend: Backend, segment: Segment, asks: Sequence[Ask], orders: int, priors: Priors | None
) -> list[Evidence]:
    """One piece of evidence per ask, same order, averaged over the first `orders` orders of yes and no.

    `priors` None: strategy 1 is off and the score is M(x) itself.
    """
    if not asks:
        return []
    started = time.perf_counter()
    sentences = [ask.question.ask for ask in asks]
    answers = [backend.score_yes_no(segment, sentences, order) for order in range(orders)]
    if priors is not None:
        for order in range(orders):
            fill(backend, segment, sentences, order, priors)
    seconds = (time.perf_counter() - started) / len(asks)
    looked, evidence = looked_at(backend, segment), []
    for at, ask in enumerate(asks):
        about = (segment.target, ask.question.ask)
        known = [priors.get(*about, order, segment.guidance) if priors else None for order in range(orders)]
        blank = Evidence(ask.rule.id, ask.question.id, segment.index, "probe", backend.id, looked, reason="not_asked")
        evidence.append(replace(weigh(blank, [row[at] for row in answers], known), seconds=round(seconds, 4)))
    return evidence


def weigh(blank: Evidence, answers: Sequence[YesNo | Missing], priors: Sequence[YesNo | None]) -> Evidence:
    """Evidence from one question's answers over its orders and the matching priors. Pure.

    One order without an answer leaves the question without one: half an average is not the measured quantity.
    """
    shares = [a if isinstance(a, Missing) else probability.share(a) for a in answers]
    for missing in shares:
        if isinstance(missing, Missing):
            return replace(blank, reason=missing.reason, note=missing.note)
    now = probability.average([s for s in shares if not isinstance(s, Missing)])
    before = [probability.share(p) for p in priors if p is not None]
    usable = [s for s in before if not isinstance(s, Missing)]
    prior = probability.average(usable).m if usable and len(usable) == len(answers) else None
    bound = f"M(x) in [{now.low:.3f}, {now.high:.3f}]" if now.high - now.low > 0.01 else ""
    return replace(
        blank,
        score=probability.debiased(now.m, prior),
        reason=None,
        m=now.m,
        prior=prior,
        mass=min(1.0, now.mass),
        note=bound,
    )


def fill(backend: Backend, segment: Segment, asks: Sequence[str], order: int, priors: Priors) -> None:
    """Measure the priors that are not known yet: the same questions about nothing, under the same guidelines. What the
    guidelines say to any content is taken off with the prior; only what they change about this one counts."""
    wanted = [ask for ask in dict.fromkeys(asks) if priors.get(segment.target, ask, order, segment.guidance) is None]
    if not wanted:
        return
    empty = Segment(item_id="", index=-1, target=segment.target, guidance=segment.guidance)
    for ask, answer in zip(wanted, backend.score_yes_no(empty, wanted, order), strict=True):
        if isinstance(answer, YesNo):
            priors.put(segment.target, ask, order, answer, segment.guidance)

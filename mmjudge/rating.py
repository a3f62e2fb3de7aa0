"""How objective is a rule? A model explains, and a rating from 1 to 10 is read.

Two raters. `measured` reads the token probabilities of a few yes/no questions about the rule and places them between
what the same model says about plainly subjective and plainly objective rules: a small model that calls everything a 7
in words still orders them. `in_words` takes the number a model writes after its explanation (CLUE, arXiv 2501.00192,
section 1.1: explanation first, then 1–10), parsed strictly. Refuses to rewrite anything (`objectify`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mmjudge import objective_prompts as said
from mmjudge import probability
from mmjudge.backends import Backend
from mmjudge.types import Missing, Segment, YesNo

EXPLANATION_TOKENS = 90
_RATING = re.compile(r"\[\[(\d{1,2})\]\]")


@dataclass(frozen=True, slots=True)
class Rating:
    """`value` in [1, 10]; `raw`: before it was held within these bounds, for ordering; `explanation`: the model's own
    words, "" if there are none; `note`: why there are none, or how the value came about."""

    value: float
    raw: float
    explanation: str = ""
    note: str = ""

    @property
    def whole(self) -> int:
        """As a rubric keeps it: 1 to 10, never more than was measured."""
        return max(1, min(10, math.floor(self.value + 1e-9)))


class Scale(NamedTuple):
    """A model's own scale in log-odds: the mean about the subjective anchors, and about the objective ones."""

    low: float
    high: float


def signal(answers: Sequence[YesNo | Missing]) -> float | Missing:
    """Mean log-odds that a rule is objective, from an answer per question of `SIGNS`; Missing if one has none. Pure."""
    total = 0.0
    for answer, (_, speaks_for) in zip(answers, said.SIGNS, strict=True):
        share = answer if isinstance(answer, Missing) else probability.share(answer)
        if isinstance(share, Missing):
            return share
        total += probability.logit(share.m) * (1.0 if speaks_for else -1.0)
    return total / len(said.SIGNS)


def placed(value: float, scale: Scale) -> Rating:
    """A signal on the scale: 1 at its low end, 10 at its high end, straight between. Pure."""
    raw = 1.0 + 9.0 * (value - scale.low) / (scale.high - scale.low)
    return Rating(max(1.0, min(10.0, raw)), raw)


def scale_of(subjective: Sequence[float], objective: Sequence[float]) -> Scale | Missing:
    """The scale from the signals about the anchors; Missing where a model cannot tell them apart. Pure."""
    low, high = math.fsum(subjective) / len(subjective), math.fsum(objective) / len(objective)
    if not high > low:
        words = "this model does not tell subjective from objective rules: its scale is upside down; rate in words"
        return Missing("no_answer_mass", words)
    return Scale(low, high)


def parsed(reply: str) -> Rating | Missing:
    """Explanation, then exactly one rating in double brackets, 1 to 10. Pure."""
    found = _RATING.findall(reply)
    if len(found) != 1 or not 1 <= int(found[0]) <= 10:
        return Missing("unparsed", f'the reply must end in one "Rating: [[n]]", n from 1 to 10: {reply[:120]!r}')
    explanation = reply[: reply.index("[[")].removesuffix(" ").removesuffix("Rating:").strip()
    if not explanation:
        return Missing("unparsed", "the reply has a rating and no explanation before it")
    return Rating(float(found[0]), float(found[0]), explanation)


def scale(backend: Backend) -> Scale | Missing:
    """Ask the model about the anchors: once per model, 60 questions."""
    ends = []
    for anchors in (said.SUBJECTIVE_ANCHORS, said.OBJECTIVE_ANCHORS):
        values = []
        for rule in anchors:
            value = signal(asked(backend, rule))
            if isinstance(value, Missing):
                return value
            values.append(value)
        ends.append(values)
    return scale_of(*ends)


def asked(backend: Backend, rule: str) -> list[YesNo | Missing]:
    """The model's answers about one rule, as content under judgement: never as an instruction."""
    return backend.score_yes_no(Segment("", 0, text=rule), [ask for ask, _ in said.SIGNS])


def measured(backend: Backend, rule: str, on: Scale, explain: bool = True) -> Rating | Missing:
    """The rating read from token probabilities; its explanation is asked for first and does not move it."""
    words, note = "", ""
    if explain:
        reply = backend.generate(_EMPTY, said.explain(rule), EXPLANATION_TOKENS, said.rated_before())
        spoken = reply if isinstance(reply, Missing) else parsed(reply)
        words, note = ("", spoken.note) if isinstance(spoken, Missing) else (spoken.explanation, "")
    value = signal(asked(backend, rule))
    if isinstance(value, Missing):
        return value
    rating = placed(value, on)
    return Rating(rating.value, rating.raw, words, note)


def in_words(backend: Backend, rule: str, tries: int = 2) -> Rating | Missing:
    """The rating a model writes after its explanation. A bad reply is shown to it once more; then it is Missing."""
    turns, prompt = said.rated_before(), said.explain(rule)
    answer: Rating | Missing = Missing("unparsed", "not asked")
    for _ in range(tries):
        reply = backend.generate(_EMPTY, prompt, EXPLANATION_TOKENS, turns)
        answer = reply if isinstance(reply, Missing) else parsed(reply)
        if isinstance(answer, Rating) or isinstance(reply, Missing):
            break
        turns = (*turns, (prompt, reply))
        prompt = f"That was not in the agreed form. {said.explain(rule)}"
    return answer


_EMPTY = Segment("", 0)

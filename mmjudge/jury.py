"""Several judges, one verdict: votes, reliability weights, and weights that move as labels arrive. Pure.

Knows three-valued votes and the arithmetic of weights. Refuses to ask a judge and to hide one: every juror's vote is
kept, UNKNOWN is a vote like the others, and no rule here turns UNKNOWN into NO.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from mmjudge.types import Item, Truth, any_of

JuryRule = Literal["majority", "any", "weighted"]
JURY_RULES: tuple[JuryRule, ...] = get_args(JuryRule)

BELIEF = 10.0
"""Labels that the pooled reliability of a juror counts for beside those of one modality and rule."""
EVEN = 0.5
"""What an UNKNOWN loses in `losses`: half of a wrong answer, since a person has to look."""
GENERATOR = ("model", "generator", "generated_by", "produced_by")
"""Attributes of an item that name the model whose output it is."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One juror's word on a rule or an item. `score` in [0, 1] or None. `own`: the item is the output of the juror's
    own model."""

    juror: str
    truth: Truth
    score: float | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a jury says, with every vote. `support`: share of the weight that voted as the jury decided, in [0, 1].
    `said`: what people must know about it, in words."""

    truth: Truth
    rule: JuryRule
    support: float
    votes: tuple[Vote, ...]
    said: tuple[str, ...] = ()


def decide(votes: Sequence[Vote], rule: JuryRule = "majority", weights: Mapping[str, float] | None = None) -> Outcome:
    """The jury's word. "any": one YES is enough, and NO needs all of them (Kleene OR). "majority", "weighted": what
    more than half of the votes, or of their weight, says; UNKNOWN counts like the others, and is what stands where
    nothing has more than half.

    `weights`: of "weighted", by juror, not negative; a juror without one weighs nothing. ValueError without votes.
    """
    if not votes:
        raise ValueError("a jury needs at least one juror")
    weight = [1.0 if rule != "weighted" else max(0.0, (weights or {}).get(vote.juror, 0.0)) for vote in votes]
    total = sum(weight)
    mass = {truth: sum(w for w, vote in zip(weight, votes, strict=True) if vote.truth is truth) for truth in Truth}
    if rule == "any":
        truth = any_of(vote.truth for vote in votes)
    else:
        # more than half, with room for the rounding of sums: an even split decides nothing
        truth = next((t for t in Truth if mass[t] > total * (0.5 + 1e-12)), Truth.UNKNOWN)
    support = mass[truth] / total if total else 0.0
    said = [f"{vote.juror} judges the output of its own model" for vote in votes if vote.own]
    if rule == "weighted" and not total:
        said.append("no juror has a weight: nothing is known of their reliability here")
    return Outcome(truth, rule, support, tuple(votes), tuple(said))


# --- a judge and its own model's output -----------------------------------------------------------------------------


def family(model: str) -> str:
    """The bare name of a model: without owner, folder, revision, settings and file ending, in small letters."""
    bare = re.split(r"[@#]", model.strip().casefold())[0].rstrip("/").split("/")[-1].split("\\")[-1]
    return re.sub(r"\.(gguf|safetensors|bin)$", "", bare)


def judges_itself(model: str, item: Item) -> bool:
    """Whether an item says (in one of the attributes `GENERATOR`) that it is this model's output. A quantised or
    renamed model that begins with the generator's name counts as the same."""
    mine = family(model)
    made = [family(value) for name, value in item.attributes if name.casefold() in GENERATOR]
    return any(mine and name and (mine == name or mine.startswith((f"{name}-q", f"{name}."))) for name in made)


def marked(votes: Iterable[Vote], models: Mapping[str, str], item: Item) -> tuple[Vote, ...]:
    """The votes, with `own` set where a juror's model (`models`, by juror) made the item. None is left out: whoever
    decides must see it said."""
    return tuple(replace(vote, own=judges_itself(models.get(vote.juror, ""), item)) for vote in votes)


# --- reliability --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """A juror's answer where people have spoken: `right` None for UNKNOWN, which is neither right nor wrong."""

    juror: str
    modality: str
    rule: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """`accuracy` in (0, 1) of a juror on one modality and rule, shrunk; from `n` answers that were right or wrong;
    `unknown` more were neither."""

    juror: str
    modality: str
    rule: str
    accuracy: float
    n: int
    unknown: int

    @property
    def weight(self) -> float:
        """ln(p / (1 - p)), at least 0: the best weight of an independent voter (Nitzan and Paroush 1982)."""
        return max(0.0, math.log(self.accuracy / (1.0 - self.accuracy)))


def reliabilities(answers: Iterable[Answered]) -> tuple[Reliability, ...]:
    """One per juror, modality and rule that has answers, in the order of their names.

    accuracy = (right + BELIEF * pooled) / (n + BELIEF) with the juror's pooled accuracy (right + 1) / (n + 2), so that
    a cell with few labels stays near what is known of the juror elsewhere.
    """
    cells: dict[tuple[str, str, str], list[int]] = {}
    for answer in answers:
        cell = cells.setdefault((answer.juror, answer.modality, answer.rule), [0, 0, 0])
        cell[0 if answer.right else 2 if answer.right is None else 1] += 1
    found = []
    for juror in sorted({key[0] for key in cells}):
        mine = {key: cell for key, cell in sorted(cells.items()) if key[0] == juror}
        right, wrong = (sum(cell[at] for cell in mine.values()) for at in (0, 1))
        pooled = (right + 1.0) / (right + wrong + 2.0)
        for (_, modality, rule), (hits, misses, unknown) in mine.items():
            accuracy = (hits + BELIEF * pooled) / (hits + misses + BELIEF)
            found.append(Reliability(juror, modality, rule, accuracy, hits + misses, unknown))
    return tuple(found)


def weights_for(known: Iterable[Reliability], modality: str, rule: str) -> dict[str, float]:
    """Each juror's weight there; where it has no labels, what it has over all its cells, by their labels."""
    cells: dict[str, list[Reliability]] = {}
    for one in known:
        cells.setdefault(one.juror, []).append(one)
    weights = {}
    for juror, mine in cells.items():
        here = [one for one in mine if (one.modality, one.rule) == (modality, rule)]
        chosen = here or mine
        total = sum(one.n for one in chosen)
        accuracy = sum(one.accuracy * one.n for one in chosen) / total if total else 0.5
        weights[juror] = replace(chosen[0], accuracy=accuracy).weight
    return weights


# --- weights that move as labels arrive ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """How a jury learnt over T labels from N jurors. `weights` (T + 1, N): before each label and after the last, each
    row sums to 1. `loss` (T,): the jury's, the mean of the jurors' by their weights. `regret` (T,): its losses so
    far, less those of the best single juror so far; below 0: better than any one. `bound` (T,): what regret never
    exceeds."""

    weights: np.ndarray
    loss: np.ndarray
    regret: np.ndarray
    bound: np.ndarray

    @property
    def best(self) -> int:
        """The column of the juror with the least loss over all labels, by the weights it ends with."""
        return int(np.argmax(self.weights[-1]))


def losses(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(T, N) in [0, 1] of votes (T, N; as `Truth`) where people say truth (bool, T): 0 right, 1 wrong, `EVEN`
    UNKNOWN."""
    said = np.where(np.asarray(truth, dtype=bool), int(Truth.YES), int(Truth.NO))[:, None]
    return np.where(votes == int(Truth.UNKNOWN), EVEN, (votes != said).astype(np.float64))


def hedge(losses: np.ndarray, horizon: int | None = None) -> Course:
    """Exponential weights over losses (T, N) in [0, 1], in the order in which labels arrived.

    `horizon`: how many labels there will be: then the rate is sqrt(8 ln N / horizon) and regret after that many is at
    most sqrt(horizon ln N / 2) (Freund and Schapire 1997; Cesa-Bianchi and Lugosi 2006, theorem 2.2). None: nobody
    knows; the rate falls as sqrt(8 ln N / t), and regret stays below sqrt(2 t ln N) + sqrt(ln N / 8) (theorem 2.3).
    ValueError where a loss lies outside [0, 1] or there are more labels than the horizon.
    """
    losses = np.asarray(losses, dtype=np.float64)
    rounds, jurors = losses.shape
    if not np.all((losses >= 0.0) & (losses <= 1.0)):
        raise ValueError("every loss must lie in [0, 1]: an UNKNOWN has one too")
    if horizon is not None and rounds > horizon:
        raise ValueError(f"there are {rounds} labels, more than the horizon of {horizon}")
    t = np.arange(1, rounds + 2)
    many = math.log(jurors)
    rate = np.sqrt(8.0 * many / (t if horizon is None else horizon))
    so_far = np.concatenate([np.zeros((1, jurors)), np.cumsum(losses, axis=0)])
    raw = np.exp(-np.reshape(rate, (-1, 1)) * (so_far - so_far.min(axis=1, keepdims=True)))
    weights = raw / raw.sum(axis=1, keepdims=True)
    loss = np.sum(weights[:-1] * losses, axis=1)
    regret = np.cumsum(loss) - so_far[1:].min(axis=1)
    t = t[:-1]
    known = math.inf if horizon is None else math.sqrt(horizon * many / 2.0)
    bound = np.sqrt(2.0 * t * many) + math.sqrt(many / 8.0) if horizon is None else np.full(rounds, known)
    return Course(weights, loss, regret, bound)

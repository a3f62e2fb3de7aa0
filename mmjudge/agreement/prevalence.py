"""How much of a set violates, from few labels: sampling weights, the judge's help, and its known errors.

Knows labels, what the judge said, and with which chance an item was chosen to be labelled. Refuses, in words, an
estimate that the sampling cannot support: a number nobody can stand behind is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mmjudge.agreement.bootstrap import wilson

LEAST = 30
LEAST_OF_EITHER = 5
LEAST_EFFECTIVE = 10.0
UNSURE = 0.5
"""Where the judge says nothing it says this: any fixed number does, the labels correct it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No estimate, and why, with what would help."""

    why: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of items in [0, 1] with its interval. `n`: labels it rests on; `unknown`: labels that say nothing, left
    out; `effective`: how many labels of a simple random sample would be worth as much."""

    value: float
    low: float
    high: float
    n: int
    unknown: int
    effective: float
    method: str
    level: float = 0.95


def weighted_mean(
    labels: np.ndarray,
    probability: np.ndarray,
    size: int | None = None,
    finite: bool = False,
    level: float = 0.95,
) -> Estimate | Refused:
    """The share of violations from labels (n,) 0, 1 or NaN, each item chosen with its `probability` (n,) in (0, 1].

    Without `size` by Hajek (1971): the weighted mean, whose weights are 1 / probability. With the `size` of the set by
    Horvitz and Thompson (1952): the weighted sum over the size; better only where the sample's own size hardly varies.
    `finite`: for this set alone, so that a fully labelled one has no doubt; else for the source it was drawn from. The
    interval is Wilson's at the effective number of labels (Korn and Graubard 1998).
    """
    labels, probability, unknown = _known(labels, probability)
    refused = _unsupported(labels, probability)
    if refused:
        return refused
    n, weights = len(labels), 1 / probability
    total = weights.sum() if size is None else float(size)
    value = float(np.clip((weights * labels).sum() / total, 0, 1))
    around = weights * (labels - value) if size is None else weights * labels - (weights * labels).mean()
    variance = _variance(around, probability, finite) / total**2
    most = weights.sum() ** 2 / (weights**2).sum()
    spread = value * (1 - value)
    effective = (
        spread / variance if variance > 0 and spread > 0 else float("inf") if finite and _whole(probability) else most
    )
    low, high = (value, value) if np.isinf(effective) else wilson(value * effective, effective, level)
    method = "weighted" if size is None else "weighted by the size of the set"
    return Estimate(value, low, high, n, unknown, float(effective), method, level)


def ppi_mean(
    labels: np.ndarray,
    judge_on_labelled: np.ndarray,
    judge_on_all: np.ndarray,
    probability: np.ndarray | None = None,
    power: float | None = None,
    finite: bool = False,
    level: float = 0.95,
) -> Estimate | Refused:
    """Prediction-powered inference: what the judge says of the whole set, corrected by the labels. Angelopoulos, Duchi
    and Zrnic (2023), PPI++, arXiv 2311.01453; with weights the difference estimator of Sarndal, Swensson and Wretman
    (1992), chapter 6.

    `labels` and `judge_on_labelled` (n,), `judge_on_all` (items of the set, the labelled ones among them): labels 0, 1
    or NaN, the judge's answer or score in [0, 1], NaN where it said nothing. `probability` as in `weighted_mean`; None:
    all alike. `power`: how far the judge is trusted (lambda); None: as far as lessens the variance, within what the
    authors allow.
    """
    said, everywhere = _filled(judge_on_labelled), _filled(judge_on_all)
    chances = np.full(len(said), min(1.0, len(said) / max(len(everywhere), 1))) if probability is None else probability
    said = said[~np.isnan(np.asarray(labels, dtype=np.float64))]
    labels, chances, unknown = _known(labels, chances)
    refused = _unsupported(labels, chances) or _too_few_of_either(labels) or _part(said, everywhere)
    if refused:
        return refused
    weights = 1 / chances
    trust = _power(labels, said, everywhere, weights) if power is None else power
    residual = labels - trust * said
    shift = np.average(residual, weights=weights)
    value = float(trust * everywhere.mean() + shift)
    spread = _together(labels, labels, weights)
    variance = _variance(weights * (residual - shift), chances, True) / weights.sum() ** 2
    variance += 0.0 if finite else spread / len(everywhere)
    half = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    low, value, high = (float(np.clip(one, 0, 1)) for one in (value - half, value, value + half))
    effective = spread / variance if variance > 0 else float("inf")
    return Estimate(value, low, high, len(labels), unknown, float(effective), "prediction-powered", level)


def rogan_gladen(
    flagged: int, judged: int, found: int, violating: int, passed: int, harmless: int, level: float = 0.95
) -> Estimate | Refused:
    """The share of violations among `judged` items of which the judge flagged so many, given that it found so many of
    the `violating` and passed so many of the `harmless` items of a labelled sample from elsewhere. Rogan and Gladen
    (1978), with the interval of Lang and Reiczigel (2014). Holds only where the judge errs here as it does there."""
    few = min(violating, harmless)
    if few < LEAST_EFFECTIVE:
        return Refused(
            f"its errors are known from only {few} labels of one kind: at least {LEAST_EFFECTIVE:.0f} are needed"
        )
    if judged < 1:
        return Refused("the judge has judged nothing: let it judge the set first")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    sensitivity, specificity = found / violating, passed / harmless
    better = sensitivity + specificity - 1
    doubt = sensitivity * (1 - sensitivity) / violating + specificity * (1 - specificity) / harmless
    if better <= np.sqrt(z2 * doubt):
        return Refused("the judge tells violations from the rest no better than chance may: correct nothing by it")
    value = float(np.clip((flagged / judged + specificity - 1) / better, 0, 1))
    n, p, q = judged + z2, violating + 2, harmless + 2
    se, sp, share = (found + 1) / p, (passed + 1) / q, (flagged + z2 / 2) / n
    centre = (share + sp - 1) / (se + sp - 1)
    of_se, of_sp = se * (1 - se) / p, sp * (1 - sp) / q
    variance = (share * (1 - share) / n + centre**2 * of_se + (1 - centre) ** 2 * of_sp) / (se + sp - 1) ** 2
    centre += 2 * z2 * (centre * of_se - (1 - centre) * of_sp)
    half = np.sqrt(z2 * variance)
    low, high = float(np.clip(centre - half, 0, 1)), float(np.clip(centre + half, 0, 1))
    effective = value * (1 - value) / variance if 0 < value < 1 else float("nan")
    return Estimate(value, low, high, judged, 0, float(effective), "corrected for the judge's errors", level)


def _known(labels: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    labels, probability = (np.asarray(given, dtype=np.float64) for given in (labels, probability))
    if labels.shape != probability.shape or labels.ndim != 1:
        raise ValueError(f"a probability per label is needed: {labels.shape} and {probability.shape}")
    known = ~np.isnan(labels)
    if np.any((probability[known] <= 0) | (probability[known] > 1)):
        raise ValueError("a probability of being chosen lies in (0, 1]")
    return labels[known], probability[known], int((~known).sum())


def _unsupported(labels: np.ndarray, probability: np.ndarray) -> Refused | None:
    n, blind = len(labels), int(np.isnan(probability).sum())
    if blind:
        return Refused(
            f"nobody knows with which chance {blind} of {n} labelled items were chosen, so they speak for themselves "
            "only: label a random sample (sampling all or random)"
        )
    if n < LEAST:
        return Refused(f"only {n} items have labels that say something: label at least {LEAST}, chosen at random")
    effective = (1 / probability).sum() ** 2 / (1 / probability**2).sum()
    if effective < LEAST_EFFECTIVE:
        return Refused(
            f"a few rarely chosen items carry the estimate: {n} labels are worth {effective:.0f}; "
            "label more of those that had a small chance"
        )
    return None


def _too_few_of_either(labels: np.ndarray) -> Refused | None:
    few = int(min((labels > 0).sum(), (labels < 1).sum()))
    if few < LEAST_OF_EITHER:
        return Refused(
            f"only {few} labels say the rarer answer: at least {LEAST_OF_EITHER} are needed to correct the judge; "
            "use the labels alone"
        )
    return None


def _part(said: np.ndarray, everywhere: np.ndarray) -> Refused | None:
    if len(everywhere) < len(said):
        judged, labelled = len(everywhere), len(said)
        return Refused(f"the judge judged {judged} items but {labelled} have labels: let it judge the whole set")
    return None


def _variance(parts: np.ndarray, probability: np.ndarray, finite: bool) -> float:
    """Of a sum of independent parts, linearised; `finite`: less what items sure to be chosen cannot vary."""
    n = len(parts)
    return float(np.sum((1 - probability if finite else 1.0) * parts**2) * n / (n - 1))


def _power(labels: np.ndarray, said: np.ndarray, everywhere: np.ndarray, weights: np.ndarray) -> float:
    spread = everywhere.var(ddof=1) if len(everywhere) > 1 else 0.0
    most = len(everywhere) / max(len(everywhere) - len(said), 1)
    return float(np.clip(_together(labels, said, weights) / spread, 0, most)) if spread > 0 else 0.0


def _together(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> float:
    """The weighted covariance."""
    apart = (a - np.average(a, weights=weights)) * (b - np.average(b, weights=weights))
    return float(np.average(apart, weights=weights))


def _filled(said: np.ndarray) -> np.ndarray:
    said = np.asarray(said, dtype=np.float64)
    return np.where(np.isnan(said), UNSURE, said)


def _whole(probability: np.ndarray) -> bool:
    return bool(np.all(probability == 1))

"""Numbers in [0, 1] as bars with their thresholds, in words too. Pure.

Knows where a policy puts its thresholds. Refuses to decide: what is true is `decide`'s word.
"""

from __future__ import annotations

from typing import NamedTuple

from mmjudge.policy import Policy
from mmjudge.ui.markup import esc

NO_PRIOR = 0.5
"""What `chain.settle` holds M(x) against where no prior was measured."""


class Bounds(NamedTuple):
    """Strategy 1 settles NO below `no_below` and YES above `yes_above`; between them it settles nothing."""

    no_below: float
    yes_above: float


class Mark(NamedTuple):
    """A threshold on a bar: where, its word, and a css class."""

    at: float
    word: str
    kind: str = ""


def bounds(prior: float | None, policy: Policy) -> Bounds:
    """CLUE's strategy 1 solved for M(x): M < (1 - reject) * prior and M > prior + accept * (1 - prior)."""
    p = NO_PRIOR if prior is None else prior
    return Bounds(p - policy.reject * p, p + policy.accept * (1.0 - p))


def number(value: float) -> str:
    """Two digits, and never a 0 or 1 that is not one: "<0.01", ">0.99"."""
    if 0.0 < value < 0.005:
        return "<0.01"
    if 0.995 <= value < 1.0:
        return ">0.99"
    return f"{value:.2f}"


def percent(value: float) -> str:
    """A place on a bar for CSS; kept on the bar."""
    return f"{100 * min(max(value, 0.0), 1.0):.1f}%"


def probe_bar(m: float, prior: float | None, policy: Policy, m_removed: float | None = None) -> str:
    """M(x) against M(none), the zones that settle NO and YES, and the same in words below."""
    low, high = bounds(prior, policy)
    said = [f"with the content {number(m)}"]
    said.append("no prior measured" if prior is None else f"without it {number(prior)}")
    if m_removed is not None:
        said.append(f"without the central object {number(m_removed)}")
    limits = f"“no” below {number(low)}, “yes” above {number(high)}"
    marks = f'<b class="m" style="left:{percent(m)}"></b>'
    if prior is not None:
        marks = f'<b class="prior" style="left:{percent(prior)}"></b>' + marks
    if m_removed is not None:
        marks += f'<b class="removed" style="left:{percent(m_removed)}"></b>'
    label = esc(f"Probability of yes: {', '.join(said)}; {limits}")
    return (
        f'<div class="mm-bar" role="img" aria-label="{label}">'
        f'<i class="no" style="width:{percent(low)}"></i><i class="yes" style="left:{percent(high)}"></i>{marks}</div>'
        f'<p class="mm-figures"><span class="key m">{said[0]}</span><span class="key prior">{said[1]}</span>'
        + (f'<span class="key removed">{said[2]}</span>' if m_removed is not None else "")
        + f'<span class="limits">{limits}</span></p>'
    )


def score_bar(score: float, marks: tuple[Mark, ...] = (), word: str = "score") -> str:
    """A filled bar up to `score`, with thresholds as ticks and in words below."""
    said = ", ".join(f"{mark.word} {number(mark.at)}" for mark in marks)
    ticks = "".join(f'<b class="tick" style="left:{percent(mark.at)}"></b>' for mark in marks)
    label = esc(f"{word} {number(score)}" + (f"; {said}" if said else ""))
    figures = f'<p class="mm-figures"><span class="key m">{esc(word)} {number(score)}</span>'
    return (
        f'<div class="mm-bar score" role="img" aria-label="{label}"><i class="fill" style="width:{percent(score)}"></i>'
        f"{ticks}</div>{figures}" + (f'<span class="limits">{esc(said)}</span>' if said else "") + "</p>"
    )


def meter(score: float | None) -> str:
    """A small bar for a summary line; a dash where there is no score."""
    if score is None:
        return '<span class="mm-meter none" aria-hidden="true">—</span>'
    return (
        f'<span class="mm-meter"><span class="mm-meter-track" aria-hidden="true"><i style="width:{percent(score)}"></i>'
        f'</span><span class="sr">score </span>{number(score)}</span>'
    )

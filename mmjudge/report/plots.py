"""Two drawings as SVG: scores against what was so, and figures with their intervals.

Pure: numbers in, markup out. Only numbers are written into it. Refuses to know colours: classes are styled by the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from mmjudge.report.values import Bin, Figure

SIDE, PAD = 320, 40


def calibration_svg(bins: Sequence[Bin]) -> str:
    """Mean score against the rate of violations, with Wilson intervals; the diagonal is a perfect judge."""
    filled = [one for one in bins if one.n]
    most = max((one.n for one in filled), default=1)
    marks = "".join(_mark(one, most) for one in filled)
    ticks = "".join(
        f'<text x="{_x(t):.1f}" y="{SIDE - PAD + 16}" class="tick" text-anchor="middle">{t:g}</text>'
        f'<text x="{PAD - 7}" y="{_y(t) + 4:.1f}" class="tick" text-anchor="end">{t:g}</text>'
        for t in (0, 0.5, 1)
    )
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE}" class="plot" role="img" aria-label="Scores against the rate of violations">'
        f'<rect x="{PAD}" y="{_y(1):.1f}" width="{_x(1) - PAD:.1f}" height="{_y(0) - _y(1):.1f}" class="area"/>'
        f'<line x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}" class="perfect"/>{ticks}{marks}'
        f'<text x="{SIDE / 2 + PAD / 2:.0f}" y="{SIDE - 6}" class="tick" text-anchor="middle">score</text>'
        f'<text x="12" y="{SIDE / 2 - PAD / 2:.0f}" class="tick" text-anchor="middle" '
        f'transform="rotate(-90 12 {SIDE / 2 - PAD / 2:.0f})">rate of violations</text></svg>'
    )


def interval_svg(row: Figure, low: float = 0.0, high: float = 1.0) -> str:
    """A bar from low to high with the value on it; empty where there is none."""
    if isnan(row.value):
        return ""

    def place(value: float) -> float:
        return 4 + 112 * min(1.0, max(0.0, (value - low) / (high - low)))

    around = ""
    if not isnan(row.low):
        around = f'<line x1="{place(row.low):.1f}" y1="8" x2="{place(row.high):.1f}" y2="8" class="whisker"/>'
    zero = f'<line x1="{place(0):.1f}" y1="2" x2="{place(0):.1f}" y2="14" class="zero"/>' if low < 0 else ""
    return (
        '<svg viewBox="0 0 120 16" class="mini" aria-hidden="true"><line x1="4" y1="8" x2="116" y2="8" class="rail"/>'
        f'{zero}{around}<circle cx="{place(row.value):.1f}" cy="8" r="4" class="point"/></svg>'
    )


def _mark(one: Bin, most: int) -> str:
    x = _x(one.score)
    return (
        f'<line x1="{x:.1f}" y1="{_y(one.low):.1f}" x2="{x:.1f}" y2="{_y(one.high):.1f}" class="whisker"/>'
        f'<circle cx="{x:.1f}" cy="{_y(one.rate):.1f}" r="{3 + 5 * (one.n / most) ** 0.5:.1f}" class="point">'
        f"<title>{one.n} with a mean score of {one.score:.2f}: {one.rate:.2f} violate</title></circle>"
    )


def _x(value: float) -> float:
    return PAD + (SIDE - PAD - 12) * value


def _y(value: float) -> float:
    return SIDE - PAD - (SIDE - PAD - 12) * value

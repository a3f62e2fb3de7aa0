"""Groups of raters with a view of their own, in figures and in words."""

import numpy as np

from mmjudge.ratings import ratings_of
from mmjudge.report.assemble import Asked, figures
from mmjudge.report.html import as_html
from mmjudge.report.values import Facts


def test_two_sides_that_answer_the_other_way_and_one_person_alone():
    """Three on each side, all of a side answer alike and the sides differ on half of 40 items; one is neither."""
    rng, some = np.random.default_rng(0), []
    for n in range(40):
        left = int(rng.random() < 0.5)
        right = left if n % 4 else 1 - left
        for side, value in (("l", left), ("r", right)):
            some += [(f"i{n}", "", f"{side}{k}", value) for k in range(3)]
        some.append((f"i{n}", "", "x", left))
    side = {f"{s}{k}": {"l": "left", "r": "right"}[s] for s in "lr" for k in range(3)} | {"x": "alone"}
    found = figures(ratings_of(some), Facts(raters={"side": side}), Asked(draws=200))
    gai = found.one("people", "gai", "raters", "side: left")
    assert gai.value > 1
    assert "by shuffling" in gai.note
    assert found.one("people", "dsi", "raters", "side").value >= gai.value
    assert any("side, left (3 raters)" in line for line in found.groups)
    assert "side, alone: 1 rater is too few to be shown as a group." in found.groups
    assert found.groups[0] in as_html(found)
    only = figures(ratings_of(some), Facts(raters={"side": side}), Asked(draws=200, group_by=("age",)))
    assert not only.of("raters")

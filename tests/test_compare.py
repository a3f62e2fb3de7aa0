"""Several policies over one measurement: the same evidence, each verdict as if decided alone."""

from dataclasses import replace

import pytest

from mmjudge.compare import compare, identity
from mmjudge.decide import decide
from mmjudge.errors import RubricError
from mmjudge.policy import LOOSE, STRICT, Policy
from mmjudge.switches import Switch
from mmjudge.types import Evidence, Measurement, Passage, Precondition, Question, Rubric, Rule

RULE = Rule("r", "r", "r", (Precondition("p", (Question("q", "?"),)),), ("text",))
RUBRIC = Rubric("x", "1", "X", "", (RULE, replace(RULE, id="s")))
FOUND = Evidence("r", "q", 0, "probe", "m", score=0.95, m=0.95, prior=0.5, mass=1.0)
CLEAR = replace(FOUND, rule_id="s", score=0.05, m=0.05)
MEASURED = Measurement("i", "measurer", (Passage(0, modalities=("text",)),), (), (FOUND, CLEAR))
ALLOWING = Policy(id="allowing", switches=(Switch("r", "allowed"),))


def test_each_as_if_decided_alone_in_the_order_given():
    verdicts = compare(RUBRIC, MEASURED, [ALLOWING, LOOSE, STRICT])
    assert [(v.policy_id, v.label) for v in verdicts] == [
        ("allowing", "safe"), ("loose", "unsafe"), ("strict", "unsafe"),
    ]  # fmt: skip
    assert all(v.measurement is MEASURED for v in verdicts)
    assert verdicts[0] == decide(RUBRIC, MEASURED, ALLOWING, identity("measurer", ALLOWING, None))
    assert len({v.judge_id for v in verdicts}) == 3


def test_a_policy_that_does_not_fit_decides_nothing():
    with pytest.raises(RubricError, match="has no rule or category 'q'"):
        compare(RUBRIC, MEASURED, [LOOSE, Policy(id="p", switches=(Switch("q"),))])

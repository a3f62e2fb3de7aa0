"""Calibrations: what is read from a file, what is refused, and what changes the identity of a judge."""

import json
import math
from dataclasses import asdict, replace

import pytest

from mmjudge.calibration import Calibration, RuleCalibration, parse_calibration, shipped_calibrations
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric

LEARNT = Calibration(
    "m", "1", "x", "v", "by hand", (RuleCalibration("r", 0.25, 2.0, 0.5),), (("seen", 1.0), ("heard", -0.5))
)


def test_a_file_comes_back_as_it_was_written():
    assert parse_calibration(json.dumps(asdict(LEARNT)), "here") == LEARNT


def test_a_file_without_shifts_has_none():
    plain = asdict(LEARNT)
    del plain["shifts"]
    assert parse_calibration(json.dumps(plain), "here") == replace(LEARNT, shifts=())


@pytest.mark.parametrize("shifts", [[["smelt", 1.0]], [["seen"]], [["seen", "high"]], 3, [["seen", 1], ["seen", 2]],
                                    [["seen", math.nan]]])  # fmt: skip
def test_shifts_that_make_no_sense_are_refused_with_the_place(shifts):
    with pytest.raises(RubricError, match="here"):
        parse_calibration(json.dumps({**asdict(LEARNT), "shifts": shifts}), "here")


def test_a_shift_moves_the_bias_of_its_channel_only():
    assert LEARNT.rule("r", "seen") == RuleCalibration("r", 1.25, 2.0, 0.5)
    assert LEARNT.rule("r", "heard") == RuleCalibration("r", -0.25, 2.0, 0.5)
    assert LEARNT.rule("r", "prompt") == LEARNT.rule("r") == LEARNT.rules[0]
    assert LEARNT.rule("another", "seen") is None


def test_another_shift_is_another_calibration():
    assert replace(LEARNT, shifts=()).digest != LEARNT.digest


def test_the_shipped_calibration_fits_the_shipped_rubric():
    rubric = load_rubric("default")
    shipped = [c for c in shipped_calibrations() if c.rubric_id == "default"]
    assert shipped
    for calibration in shipped:
        assert calibration.rubric_version == rubric.version
        assert {rule.rule_id for rule in calibration.rules} == {rule.id for rule in rubric.rules}
        assert all(math.isfinite(rule.bias) and rule.slope > 0 for rule in calibration.rules)

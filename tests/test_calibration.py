"""Calibrations: what is read from a file, what is refused, and what changes the identity of a judge."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from mmjudge.agreement.fitting import Fit
from mmjudge.calibration import (
    Calibration,
    Curve,
    RuleCalibration,
    calibration_for,
    outdated,
    own_calibrations,
    own_path,
    parse_calibration,
    shipped_calibrations,
    shipped_for,
)
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


PLATT, BETA = Curve("platt", (1.5, -0.25)), Curve("beta", (1.5, 0.5, 0.25))
ISOTONIC = Curve("isotonic", (0.2, 0.1, 0.6, 0.5, 0.9, 0.5))


@pytest.mark.parametrize("curve", [PLATT, BETA, ISOTONIC], ids=lambda curve: curve.method)
def test_a_curve_is_what_the_fit_says_and_keeps_the_order(curve):
    grid = np.linspace(0, 1, 501)
    ours = [curve(score) for score in grid]
    assert ours == pytest.approx(Fit(curve.method, curve.numbers, 1, 1)(grid), abs=1e-12)
    assert ours == sorted(ours)


def test_a_curve_by_hand():
    assert PLATT(0.5) == pytest.approx(1 / (1 + math.exp(0.25)))
    assert BETA(0.5) == pytest.approx(1 / (1 + math.exp(-(-math.log(2) + 0.25))))
    assert [ISOTONIC(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.5])


NO_CURVES = [
    ("platt", (-1.0, 0.0)),
    ("platt", (1.0,)),
    ("beta", (1.0, 0.0)),
    ("beta", (1.0, math.nan, 0.0)),
    ("spline", (1.0,)),
    ("isotonic", ()),
    ("isotonic", (0.5, 0.5, 0.4, 0.6)),
    ("isotonic", (0.1, 0.9, 0.5, 0.2)),
    ("isotonic", (0, 0, 1, 2)),
]


@pytest.mark.parametrize(("method", "numbers"), NO_CURVES)
def test_a_curve_that_is_none_is_refused_with_the_place(method, numbers):
    plain = asdict(LEARNT)
    plain["rules"][0]["curve"] = {"method": method, "numbers": numbers}
    with pytest.raises(RubricError, match="here"):
        parse_calibration(json.dumps(plain), "here")


def test_files_from_before_curves_load_and_keep_their_digest():
    (shipped,) = shipped_calibrations()
    assert shipped.digest.startswith("066804e52a961881")
    assert "curve" not in LEARNT.text
    curved = replace(LEARNT, rules=(replace(LEARNT.rules[0], curve=BETA),))
    assert parse_calibration(curved.text, "here") == curved
    assert (
        len({LEARNT.digest, curved.digest, replace(LEARNT, rules=(replace(LEARNT.rules[0], curve=PLATT),)).digest}) == 3
    )


def keyed(rubric, **changes):
    key = {"model": "m", "prompt_version": "1", "rubric_id": rubric.id, "rubric_version": rubric.version, **changes}
    return Calibration(**key, learnt_from="a test", rules=(RuleCalibration(rubric.rules[0].id, 0.0, 1.0, 0.0, PLATT),))


def test_ones_own_is_found_by_its_whole_key_and_before_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    rubric, (shipped,) = load_rubric("default"), shipped_calibrations()
    key = (shipped.model, shipped.prompt_version, rubric)
    assert calibration_for(*key) == shipped == shipped_for(*key)
    own = keyed(rubric, model=shipped.model, prompt_version=shipped.prompt_version)
    own_path(*key).parent.mkdir()
    own_path(*key).write_text(own.text, encoding="utf-8")
    assert calibration_for(*key) == own
    assert own_calibrations() == (own,)
    assert shipped_for(*key) == shipped
    assert calibration_for("another model", shipped.prompt_version, rubric) is None
    assert calibration_for(shipped.model, "99", rubric) is None


@pytest.mark.parametrize("change", [{"model": "n"}, {"prompt_version": "2"}, {"rubric_version": "w"}])
def test_a_file_with_another_key_under_this_name_is_an_error(tmp_path, monkeypatch, change):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    rubric = load_rubric("default")
    path = own_path("m", "1", rubric)
    path.parent.mkdir()
    path.write_text(keyed(rubric, **change).text, encoding="utf-8")
    with pytest.raises(RubricError, match="fit it again"):
        calibration_for("m", "1", rubric)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(RubricError, match=path.name):
        calibration_for("m", "1", rubric)


def test_what_was_learnt_with_another_version_is_said_and_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    rubric = load_rubric("default")
    edited = replace(rubric, version="edited")
    assert outdated("m", "1", edited) == ""
    path = own_path("m", "1", rubric)
    path.parent.mkdir()
    path.write_text(keyed(rubric).text, encoding="utf-8")
    assert calibration_for("m", "1", edited) is None
    assert rubric.version in outdated("m", "1", edited)
    assert outdated("m", "1", rubric) == outdated("n", "1", edited) == ""

"""Policies are numbers; a wrong one is named."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.policy import LOOSE, STRICT, Policy, load_policy, policy_from


def test_the_papers_defaults():
    assert (LOOSE.reject, LOOSE.accept, LOOSE.removed) == (0.3, 0.8, 0.6)


def test_identity_is_of_the_numbers():
    assert Policy(title="other words").digest == LOOSE.digest
    assert Policy(yes_from=0.7).digest != LOOSE.digest
    assert STRICT.digest != LOOSE.digest


def test_a_policy_file(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("id: mine\nyes_from: 0.9\nno_below: 0\nstrict: true\n")
    assert load_policy(str(file)) == Policy(id="mine", yes_from=0.9, no_below=0.0, strict=True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "mapping"),
        ({"id": "x", "threshold": 1}, "unknown key 'threshold'"),
        ({"id": "x", "accept": 1.5}, "must lie in"),
        ({"id": "x", "yes_from": 0.1}, "no_below <= yes_from"),
        ({"id": "x", "strict": 1}, "type bool"),
        ({"id": "x", "accept": True}, "type float"),
        ({"id": "x", "severity_at": 0}, "must be 1, 2 or 3"),
    ],
)
def test_bad_policies(data, words):
    with pytest.raises(RubricError, match=words):
        policy_from(data, "p.yaml")


def test_an_unknown_policy_says_what_there_is():
    with pytest.raises(RubricError, match="loose, strict"):
        load_policy("medium")


def test_settings_depend_on_what_a_measurement_needs_of_a_policy_and_on_nothing_else():
    from mmjudge.settings import Settings

    same = Policy(id="mine", title="Mine", strict=True, unsafe_from=0.9, severity_at=3, detector_at=0.1)
    assert Settings(asking=same).digest == Settings().digest
    needed = {"reject": 0.4, "accept": 0.7, "removed": 0.5, "min_mass": 0.3, "relevant_below": 0.1, "no_below": 0.2,
              "yes_from": 0.7, "beside": 1.0}  # fmt: skip
    for name, value in needed.items():
        assert Settings(asking=Policy(**{name: value})).digest != Settings().digest


def test_a_negative_distance_beside_the_clearest_is_refused():
    for value in (-0.1, float("nan")):
        with pytest.raises(RubricError, match="beside"):
            Policy(beside=value)

import pytest

from mmjudge.ui.annotate_keys import ACTIONS, keys_of, refused


def test_the_defaults_are_accepted_and_each_action_has_one():
    assert set(keys_of()) == set(ACTIONS)
    assert refused(keys_of()) == ""


def test_own_keys_stand_before_the_defaults_and_unknown_actions_are_left_out():
    keys = keys_of([("yes", "KeyQ"), ("gone", "KeyZ")])
    assert keys["yes"] == "KeyQ"
    assert keys["no"] == "Digit2"
    assert "gone" not in keys


def test_an_answer_and_a_severity_may_share_a_key_as_they_are_asked_one_after_the_other():
    assert refused(keys_of([("yes", "KeyQ"), ("severity_3", "KeyQ")])) == ""


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ([("yes", "Digit2")], "Digit2 is the key for both"),
        ([("yes", "KeyU")], "KeyU is the key for both"),
        ([("severity_1", "KeyS")], "KeyS is the key for both"),
        ([("yes", "Tab")], "can't be used"),
        ([("yes", "Enter")], "can't be used"),
        ([("yes", "ArrowLeft")], "can't be used"),
        ([("yes", "ShiftLeft")], "can't be used"),
        ([("yes", "F5")], "can't be used"),
        ([("yes", "<b>")], "can't be used"),
        ([("yes", "")], "can't be used"),
    ],
)
def test_what_cannot_work_is_refused_in_words(chosen, why):
    assert why in refused(keys_of(chosen))


def test_a_missing_or_a_further_action_is_refused():
    keys = keys_of()
    del keys["undo"]
    assert "undo" in refused(keys)
    assert "dance" in refused({**keys_of(), "dance": "KeyD"})

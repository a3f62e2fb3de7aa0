"""What a guard is shown and what its answer says, without any model: numbers by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.backends import Ruling
from mmjudge.guards import Decision, Talk, codes, hider, paired, rulings, sides, talks
from mmjudge.types import Heard, Missing, Segment, Turn, YesNo

ASK = Turn("user", "How?")
TOLD = Turn("assistant", "So.")


def test_a_lone_text_is_a_request_and_a_lone_answer_stays_an_answer():
    assert talks(Segment("x", 0, text=" Hi ")) == (Talk((Turn("user", "Hi"),)),)
    assert talks(Segment("x", 0, text="Hi", target="prompt")) == (Talk((Turn("user", "Hi"),)),)
    assert talks(Segment("x", 0, text="Hi", target="response")) == (Talk((Turn("assistant", "Hi"),)),)


def test_the_target_says_which_turn_is_judged():
    turns = (ASK, TOLD, Turn("user", "And then?"))
    assert talks(Segment("x", 0, turns=turns, target="response")) == (Talk((ASK, TOLD)),)
    assert talks(Segment("x", 0, turns=turns, target="prompt")) == (Talk(turns),)


def test_every_turn_of_a_post_is_judged_because_a_guard_only_looks_at_the_last():
    turns = (ASK, TOLD, Turn("user", "And then?"))
    assert talks(Segment("x", 0, turns=turns)) == (Talk(turns[:1]), Talk(turns[:2]), Talk(turns))


def test_words_seen_and_heard_stand_before_the_first_request_and_neighbours_are_joined():
    heard = (Heard(0, 1, "one"), Heard(1, 2, "two"))
    segment = Segment("x", 0, text="three", seen="zero", heard=heard, turns=(TOLD, ASK, Turn("user", "Why?")))
    assert talks(segment)[-1].turns == (Turn("user", "zero\n\none two\n\nthree"), TOLD, Turn("user", "How?\n\nWhy?"))


def test_turns_of_other_roles_are_not_shown_and_nothing_to_judge_is_nothing():
    assert talks(Segment("x", 0, turns=(Turn("system", "Be good."), Turn("tool", "42")))) == ()
    assert talks(Segment("x", 0, turns=(ASK,), target="response")) == ()
    assert talks(Segment("x", 0), pictures=2) == (Talk((Turn("user", ""),), 2),)


def test_request_and_answer_of_a_talk():
    talk = Talk((ASK, TOLD))
    assert (talk.prompt, talk.response) == ("How?", "So.")
    assert Talk((ASK,)).response is None


MARKERS = ("<END CONVERSATION>", "[/INST]", "<|eot_id|>")
ROLES = ("User:", "AI assistant:")


@pytest.mark.parametrize("said", [*MARKERS, "<end conversation>", "User: x", "a\nUSER: b", "a\r\n  ai assistant: b"])
def test_a_marker_in_any_case_and_a_role_at_the_start_of_a_line_are_broken(said):
    hidden = hider(MARKERS, ROLES)(said)
    assert hidden != said
    assert hidden.replace("\u200b", "") == said


@pytest.mark.parametrize("said", ["", "a user: b", "END CONVERSATION", "the agent said", "<s", "x\u200by"])
def test_other_words_are_left_as_they_are(said):
    assert hider(MARKERS, ROLES)(said) == said


@given(st.lists(st.sampled_from([*MARKERS, *ROLES, "\n", " ", "<", "x"]), max_size=12).map("".join))
def test_no_marker_is_left_and_no_word_is_lost(said):
    hidden = hider(MARKERS, ROLES)(said)
    assert not any(marker.casefold() in hidden.casefold() for marker in MARKERS)
    assert not any(line.lstrip().casefold().startswith(r.casefold()) for line in hidden.splitlines() for r in ROLES)
    assert hidden.replace("\u200b", "") == said.replace("\u200b", "")


def test_a_list_of_names_is_taken_whole_or_not_at_all():
    rules = {"S1": "s1", "S2": "s2"}
    assert codes("S2, S1", rules) == ("s2", "s1")
    for listed in ("", "S3", "S1,S3", "S1,,S2", "S1,S1", "s1", "S1 S2"):
        assert codes(listed, rules) is None


def test_an_unsafe_answer_scores_what_it_names_and_leaves_the_rest_at_nothing():
    missing = Missing("backend_failed", "no numbers")
    assert rulings(Decision(0, True, ("a", "b"), ("a",)), missing) == [("a", missing), ("b", missing)]
    said = dict(rulings(Decision(0, True, ("a", "b"), ("a",)), YesNo(0.6, 0.2)))
    assert said["a"] == Ruling(pytest.approx(0.75), pytest.approx(0.8))
    assert (said["b"].score, said["b"].path) == (0.0, "scored")
    assert said["b"].mass == pytest.approx(0.8)


def test_a_safe_answer_bounds_every_rule_by_the_probability_of_unsafe():
    said = dict(rulings(Decision(0, False, ("a", "b"), ()), YesNo(0.1, 0.7)))
    assert {ruling.path for ruling in said.values()} == {"bounded"}
    assert all(ruling.score == pytest.approx(0.125) for ruling in said.values())


def test_a_question_about_one_rule_scores_it_whatever_the_answer():
    [(rule, ruling)] = rulings(Decision(0, False, ("a",), ("a",)), YesNo(0.2, 0.6))
    assert (rule, ruling.path, ruling.score) == ("a", "scored", pytest.approx(0.25))


def test_controversial_is_kept_and_no_mass_at_all_is_no_answer():
    [(_, ruling)] = rulings(Decision(0, True, ("a",), ("a",), True), YesNo(0.9, 0.1))
    assert ruling.path == "doubted"
    [(_, missing)] = rulings(Decision(0, True, ("a",), ("a",)), YesNo(0.0, 0.0))
    assert isinstance(missing, Missing)
    assert missing.reason == "no_answer_mass"


def test_tokens_count_for_the_word_they_begin():
    spellings = ["safe", "un", " Unsafe", "SA", "safer", "s", "unsafe\n", "x", "", "\n", "safe,", "unsafely"]
    unsafe, safe = sides(spellings, "", (("unsafe",), ("safe",)))
    assert [spellings[n] for n in unsafe] == ["un", " Unsafe", "unsafe\n"]
    assert [spellings[n] for n in safe] == ["safe", "SA", "s", "safe,"]


def test_a_token_that_begins_words_of_both_sides_counts_for_neither():
    assert sides(["n", "no", "not"], "", (("not",), ("no",))) == ((2,), ())


def test_what_stands_before_the_word_in_its_token_must_stand_in_the_others_too():
    spellings = ['"un', "un", '"safe', " safe", '"s']
    assert sides(spellings, '"', (("unsafe",), ("safe",))) == ((0,), (2, 4))


PAIRS = [(10, 11), (12, 13)]


def test_one_token_out_of_each_pair():
    assert paired([11, 12], PAIRS) == (True, False)
    for ids in ([], [11], [12, 11], [11, 12, 13], [0, 12]):
        assert isinstance(paired(ids, PAIRS), Missing)


@given(st.lists(st.integers(9, 14), max_size=4))
def test_pairs_never_raise(ids):
    found = paired(ids, PAIRS)
    assert isinstance(found, Missing) or len(found) == len(PAIRS)

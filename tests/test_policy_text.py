"""A policy in plain words: every sentence is kept, in order, and what states a rule is told from what does not."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.policy_text import rules_of, stated

POLICY = """# Our community

We love our community. Members must not post the address of
another member. Do not sell medicine!

## Pictures:
- No weapons.
- Photos of children are not allowed, unless the parents agree.
1. Enjoy.

**Money**
You may not ask for money.
"""


def test_everything_is_kept_in_order_with_its_heading_and_line():
    assert [(s.text, s.category, s.line, s.rule) for s in stated(POLICY)] == [
        ("We love our community.", "Our community", 3, False),
        ("Members must not post the address of another member.", "Our community", 3, True),
        ("Do not sell medicine!", "Our community", 3, True),
        ("No weapons.", "Pictures:", 7, True),
        ("Photos of children are not allowed, unless the parents agree.", "Pictures:", 8, True),
        ("Enjoy.", "Pictures:", 9, False),
        ("You may not ask for money.", "Money", 12, True),
    ]


def test_the_rules_have_ids_of_their_own_and_a_first_question():
    rules = rules_of(POLICY)
    assert [rule.id for rule in rules] == [
        "r01_members_address_another",
        "r02_sell_medicine",
        "r03_weapons",
        "r04_photos_children_allowed",
        "r05_you_ask_for",
    ]
    assert rules[2].questions[0].ask == "The content breaks the rule: No weapons."
    assert rules[2].category == "Pictures:"


def test_the_same_words_twice_are_two_rules():
    first, second = rules_of("- No spam.\n- No spam.")
    assert (first.id, second.id) == ("r01_spam", "r02_spam")


def test_words_of_no_latin_letter_still_get_an_id():
    assert [rule.id for rule in rules_of("- No оружие.")] == ["r01"]


def test_nothing_states_nothing():
    assert stated("") == ()
    assert rules_of("Hello there. Have fun!") == ()


def test_a_heading_that_forbids_is_said_with_its_bullets():
    policy = (
        "Do not post:\n- Nudity\n- Guns for sale\n\n## Be kind\n- Smile.\n\n## No weapons for sale\n\n**No slurs**\n"
    )
    assert [(s.text, s.rule) for s in stated(policy)] == [
        ("Do not post: Nudity", True),
        ("Do not post: Guns for sale", True),
        ("Smile.", False),
        ("No weapons for sale", True),
        ("No slurs", True),
    ]


def test_nothing_is_left_out_in_silence():
    assert len(stated("- No spam.\n" * 500)) == 500
    with pytest.raises(RubricError, match="501 statements"):
        stated("- No spam.\n" * 501)

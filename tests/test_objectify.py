"""Replies are parsed strictly, every round is kept, what is off is a problem and never a guess."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge import objective_prompts as said
from mmjudge.backends.fake import FakeBackend
from mmjudge.objectify import (
    Objectified,
    Round,
    applied,
    best,
    bounded,
    chain_of,
    changes,
    objectify,
    objects_of,
    sentence,
)
from mmjudge.rating import Rating
from mmjudge.types import Missing, Precondition, Question, Rule, YesNo

RULE = Rule(
    "gore",
    "Should not be gory.",
    "Should not be gory.",
    (Precondition("p1", (Question("q1", "It is gory."),)),),
    ("image",),
)
CHAIN = (
    "1. {A wound is visible.} or {A corpse is visible.}\n2. {Blood runs from it.}\nexcept {The scene is in a hospital.}"
)


class Scripted(FakeBackend):
    def __init__(self, *replies, shows=None):
        super().__init__()
        self.replies, self.seen, self.shows = list(replies), [], shows or {}

    def generate(self, segment, prompt, max_tokens, previous=()):
        self.seen.append((prompt, tuple(previous)))
        reply = self.replies.pop(0)
        return reply if isinstance(reply, Missing) else str(reply)

    def score_yes_no(self, segment, asks, order=0):
        modality = {ask: name for name, ask in said.SHOWS}
        return [YesNo(self.shows.get(modality[ask], 0.1), 0.5) for ask in asks]


def ratings(**values):
    """A rater from the first word after "Should not" to a rating."""
    return lambda text: Rating(
        float(values[text.split()[-1].strip(".")]), float(values[text.split()[-1].strip(".")]), "why"
    )


def quiet(step):
    pass


def test_rewrites_until_it_is_objective_and_keeps_every_round():
    backend = Scripted(
        "Should not show blood.", "Should not show wounds.", CHAIN, "wound", "corpse", "blood", "hospital"
    )
    found = objectify(backend, RULE, ratings(gory=3, blood=7, wounds=9), quiet)
    assert [(r.text, r.rating.whole) for r in found.rounds] == [
        ("Should not be gory.", 3),
        ("Should not show blood.", 7),
        ("Should not show wounds.", 9),
    ]
    assert (found.before, found.text, found.objectiveness) == ("Should not be gory.", "Should not show wounds.", 9)
    assert "Should not show blood." in backend.seen[1][0]  # the optimiser sees what was tried and its rating
    assert "rated 7 of 10" in backend.seen[1][0]
    assert found.problems == ()
    assert [[(q.id, q.ask, q.expect, q.about) for q in p.any_of] for p in found.preconditions] == [
        [("q1", "A wound is visible.", True, ("wound",)), ("q2", "A corpse is visible.", True, ("corpse",))],
        [("q3", "Blood runs from it.", True, ("blood",))],
        [("q4", "The scene is in a hospital.", False, ("hospital",))],
    ]


def test_a_rule_that_is_objective_is_not_rewritten():
    backend = Scripted(CHAIN, "wound", "corpse", "blood", "hospital")
    found = objectify(backend, RULE, ratings(gory=9), quiet)
    assert (found.text, len(found.rounds)) == (RULE.objective_text, 1)


def test_at_the_limit_the_best_is_taken_and_no_better_one_invented():
    backend = Scripted(
        "Should not show blood.", "Should not show wounds.", CHAIN, "wound", "corpse", "blood", "hospital"
    )
    found = objectify(backend, RULE, ratings(gory=5, blood=4, wounds=2), quiet, limit=2)
    assert (found.text, found.objectiveness) == ("Should not be gory.", 5)
    assert len(found.rounds) == 3


def test_a_bad_reply_is_asked_for_once_more_and_then_reported():
    backend = Scripted("Sure! Here it is:", "I refuse.", "no list", "still none")
    found = objectify(backend, RULE, ratings(gory=3), quiet)
    assert found.preconditions == ()
    assert [p.partition(":")[0] for p in found.problems] == ["rewriting", "chain"]
    assert "not in the agreed form" in backend.seen[1][0]
    assert backend.seen[1][1][-1][1] == "Sure! Here it is:"
    assert applied(RULE, found).preconditions == RULE.preconditions  # the chain it has stays


def test_a_repetition_ends_the_rounds():
    backend = Scripted("Should not be gory.", CHAIN, "wound", "corpse", "blood", "hospital")
    found = objectify(backend, RULE, ratings(gory=3), quiet)
    assert found.problems == ("rewriting: the model wrote the same again",)


def test_a_backend_that_fails_and_a_rater_that_cannot_rate_are_told():
    gone = Missing("backend_failed", "out of memory")
    found = objectify(Scripted(gone, gone), RULE, lambda text: Missing("refused", "will not"), quiet)
    assert found.objectiveness == 0
    assert found.problems == ("rating: will not", "rewriting: out of memory", "chain: out of memory")


def test_where_it_shows_is_asked_only_when_wanted():
    text = Rule(RULE.id, RULE.text, RULE.objective_text, RULE.preconditions, ("text",))
    asked = objectify(Scripted(CHAIN, shows={"text": 0.5}), text, ratings(gory=9), quiet, ask_modalities=True)
    assert asked.modalities == ("text",)
    objects = ("wound", "corpse", "blood", "hospital")
    unsure = objectify(Scripted(CHAIN, *objects), RULE, ratings(gory=9), quiet, ask_modalities=True)
    assert unsure.modalities == ("image",)
    assert "please check" in unsure.problems[0]


def test_a_model_that_does_not_answer_takes_no_eyes_away():
    class Silent(Scripted):
        def score_yes_no(self, segment, asks, order=0):
            return [YesNo(0.9, 0.1), Missing("backend_failed", "gone"), YesNo(0.1, 0.9)]

    backend = Silent(CHAIN, "wound", "corpse", "blood", "hospital")
    found = objectify(backend, RULE, ratings(gory=9), quiet, ask_modalities=True)
    assert found.modalities == ("image",)
    assert found.problems == ("modality image: gone",)


@pytest.mark.parametrize(
    ("reply", "fits"),
    [
        ("Should not show a knife.", True),
        ('"Should not show a knife."', True),
        ("Should not show a knife", False),
        ("Do not show a knife.", False),
        ("Should show a gun to every child.", False),
        ("Should not show a gun. Except in museums. Should also praise.", False),
        ("Should not show a knife.\nShould not show a gun.", False),
        ("Should not.", False),
        ("Should not " + "very " * 60 + "long.", False),
    ],
)
def test_a_rewrite_is_one_sentence(reply, fits):
    assert isinstance(sentence(reply), str) is fits


def test_a_rule_that_asks_for_something_may_be_rewritten_so():
    assert (
        sentence("Should name a source with its year.", "Should cite sources.") == "Should name a source with its year."
    )
    assert isinstance(sentence("Should name a source.", "Should not cite sources."), Missing)


def test_almost_nine_is_not_nine():
    assert Rating(8.51, 8.51).whole == 8
    backend = Scripted("Should not show wounds.", CHAIN, "wound", "corpse", "blood", "hospital")
    assert len(objectify(backend, RULE, ratings(gory=8.51, wounds=9), quiet).rounds) == 2


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "1. {A knife is visible.}\n3. {It is sharp today.}",
        "1. {A knife is visible.} and {It is sharp today.}",
        "1. {A knife is visible.",
        "except {It is a kitchen scene.}",
        "except {It is a kitchen.}\n1. {A knife is visible.}",
        "1. {A knife is visible.}\n2. {A knife is visible.}",
        "Here is the list:\n1. {A knife is visible.}",
        "1. {Knife.}",
        "\n".join(f"{n}. A knife number {n} is visible." for n in range(1, 10)),
    ],
)
def test_a_chain_that_does_not_fit_is_unparsed(reply):
    found = chain_of(reply)
    assert isinstance(found, Missing)
    assert found.reason == "unparsed"


def test_a_bare_sentence_is_an_entry_too():
    [one] = chain_of("1. A knife is visible")
    assert one.any_of[0].ask == "A knife is visible."


def test_every_exception_is_a_precondition_of_its_own():
    chain = chain_of("1. {A knife is visible.}\nexcept {It is a kitchen scene.} or {It is a museum scene.}")
    assert [[q.expect for q in p.any_of] for p in chain] == [[True], [False], [False]]


@given(st.text(max_size=200))
def test_no_reply_breaks_the_parsers(reply):
    assert isinstance(chain_of(reply), Missing | tuple)
    assert isinstance(sentence(reply), Missing | str)
    assert isinstance(objects_of(reply, "A knife is visible."), Missing | tuple)


def test_objects_must_stand_in_the_statement():
    assert objects_of("Knife, table", "A knife lies on the table.") == ("knife", "table")
    assert objects_of("teeth.", "The teeth are visible.") == ("teeth",)
    assert isinstance(objects_of("gun", "A knife is visible."), Missing)
    assert isinstance(objects_of("a, b, c, d", "a b c d"), Missing)
    assert isinstance(objects_of("a knife lying on it", "a knife lying on it"), Missing)


def test_the_best_round_is_the_highest_rated_and_the_earliest_of_equals():
    one, two = Round("a", Rating(5, 5)), Round("b", Rating(5, 5))
    none = Round("c", None, "no rating")
    assert best((one, two, none)) is one
    assert best((none, two)) is two
    assert best((none,)) is none


def test_the_lint_holds_down_what_a_model_takes_for_objective():
    high, low = Rating(10.0, 12.0, "why"), Rating(3.0, 3.0, "why")
    assert bounded(high, []) == (high, "")
    held, note = bounded(high, ['the word "toxic" is vague'])
    assert (held.value, held.raw, held.whole) == (8.0, 8.0, 8)
    assert note == 'the word "toxic" is vague'
    assert bounded(low, ["a negation within the rule"]) == (low, "a negation within the rule")


def test_a_marked_rewrite_goes_on_being_rewritten():
    backend = Scripted(
        "Should not show toxic wounds.", "Should not show blood.", CHAIN, "wound", "corpse", "blood", "hospital"
    )
    found = objectify(backend, RULE, ratings(gory=3, wounds=10, blood=9), quiet)
    assert found.text == "Should not show blood."
    assert found.rounds[1].rating.whole == 8


def test_what_changes_is_plain_data():
    entry = Precondition("p1", (Question("q1", "A knife.", False, ("knife",)), Question("q2", "A gun.")))
    found = Objectified("r", (Round("a", None),), "Should not b.", 9, (entry,), ("image",))
    assert json.loads(json.dumps(changes(found))) == {
        "objective_text": "Should not b.",
        "modalities": ["image"],
        "objectiveness": 9,
        "preconditions": [
            {
                "id": "p1",
                "any_of": [
                    {"id": "q1", "ask": "A knife.", "expect": False, "about": ["knife"]},
                    {"id": "q2", "ask": "A gun."},
                ],
            }
        ],
    }
    unrated = Objectified("r", (Round("a", None),), "Should not b.", 0, (entry,), ("image",))
    assert set(changes(unrated)) == {"objective_text", "modalities", "preconditions"}


def test_a_new_wording_is_not_put_over_an_old_chain():
    found = Objectified(RULE.id, (Round(RULE.objective_text, None),), "Should not b.", 9, (), ("image",))
    assert set(changes(found)) == {"modalities"}
    assert applied(RULE, found) == RULE

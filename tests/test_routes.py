"""Where an item goes: the strongest thing asked for, and never on its way while something is open."""

from dataclasses import replace

import pytest

from mmjudge.decide import decide
from mmjudge.policy import LOOSE, Policy
from mmjudge.routes import DESTINATIONS, route_of
from mmjudge.switches import Switch
from mmjudge.types import Evidence, Measurement, Passage, Precondition, Question, Rubric, Rule
from mmjudge.words import DESTINATIONS as WORDS

CHAIN = (Precondition("p", (Question("q", "?"),)),)
RULES = tuple(Rule(name, name, name, CHAIN, ("text",), category=name.upper()) for name in ("a", "b", "c", "d"))
RUBRIC = Rubric("x", "1", "X", "", RULES)
ROUTES = (("a", "block"), ("b", "priority_review"), ("C", "caution"))
TEXT = Passage(0, modalities=("text",))
YES, NO = 0.95, 0.05


def routed(said, routes=ROUTES, passage=TEXT, **more):
    """`said`: rule id -> M with prior .5, or a reason; a rule left out is answered no."""
    evidence = []
    for rule in RULES:
        m = said.get(rule.id, NO)
        missing = isinstance(m, str)
        number = {"reason": m} if missing else {"score": m, "m": m, "prior": 0.5, "mass": 1.0}
        evidence.append(Evidence(rule.id, "q", 0, "probe", "fake", **number))
    policy = Policy(routes=routes, **more)
    verdict = decide(RUBRIC, Measurement("i", "m", (passage,), (), tuple(evidence)), policy, "j")
    return route_of(verdict, RUBRIC, policy)


@pytest.mark.parametrize(
    ("said", "route"),
    [
        ({}, "pass"),
        ({"a": YES}, "block"),
        ({"b": YES}, "priority_review"),
        ({"c": YES}, "caution"),  # named by its category
        ({"b": YES, "c": YES}, "priority_review"),
        ({"a": YES, "b": YES, "c": YES}, "block"),
        ({"a": "refused"}, "person"),
        ({"c": YES, "d": "refused"}, "person"),
        ({"b": YES, "d": "refused"}, "person"),
        ({"a": YES, "d": "refused"}, "block"),  # established whatever the rest is
        ({"d": YES}, "block"),  # without a route, and unsafe
        ({"d": YES, "c": YES}, "block"),
    ],
)
def test_the_strongest_that_is_asked_for(said, route):
    assert routed(said) == route


def test_a_doubtful_violation_without_a_route_goes_to_a_person():
    doubtful = {"severity_at": 3}
    assert routed({"d": YES}, **doubtful) == "person"
    assert routed({"d": YES}, strict=True, **doubtful) == "block"
    assert routed({"d": YES, "a": YES}, **doubtful) == "block"
    assert routed({"c": YES}, **doubtful) == "caution"  # a route holds however doubtful the finding


def test_what_is_allowed_asks_for_nothing():
    assert routed({"a": YES}, switches=(Switch("a", "allowed"),)) == "pass"
    assert routed({"a": "refused"}, switches=(Switch("a", "allowed"),)) == "pass"
    assert routed({"a": YES, "c": YES}, switches=(Switch("a", "allowed"),)) == "caution"


def test_an_item_no_rule_that_counts_speaks_to_goes_to_a_person():
    assert routed({}, passage=replace(TEXT, modalities=("audio",))) == "person"
    everything = tuple(Switch(rule.id, "allowed") for rule in RULES)
    assert routed({}, switches=everything) == "person"


def test_a_route_may_let_a_violation_pass_and_only_a_declared_one_does():
    assert routed({"a": YES}, routes=(("a", "pass"),)) == "pass"
    assert routed({"a": YES, "b": "timed_out"}, routes=(("a", "pass"),)) == "person"


def test_every_destination_has_words():
    assert set(WORDS) == set(DESTINATIONS)
    assert LOOSE.routes == ()

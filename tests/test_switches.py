"""What a policy says about single rules: how a switch names them, what a state leaves of a chain, what a file says."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.policy import LOOSE, STRICT, Policy, allows, check_switches, load_policy, policy_from, speaks_of, under
from mmjudge.rubric import load_rubric
from mmjudge.settings import Settings
from mmjudge.switches import Switch, named, switch_of, switched, without_exemptions
from mmjudge.types import Precondition, Question, Rubric, Rule
from mmjudge.yamltext import read_yaml

SUBJECT = Precondition("p1", (Question("q1", "A knife is there."),))
MIXED = Precondition("p2", (Question("q2", "It is aimed."), Question("q3", "It is shut away.", expect=False)))
EXEMPTION = Precondition("p3", (Question("q4", "It is news.", expect=False), Question("q5", "A play.", expect=False)))


def rule(id="r", category="Weapons", chain=(SUBJECT, MIXED, EXEMPTION), severity=2):
    return Rule(id, "t", "o", chain, ("text",), category=category, severity=severity)


def rubric(*rules, id="x"):
    return Rubric(id, "1", "X", "", rules)


# --- which rules are meant --------------------------------------------------------------------------------------


def test_a_category_is_named_in_any_case_and_a_rule_by_its_very_id():
    assert switch_of(rule(), (Switch("wEAPONS", "allowed"),)).state == "allowed"
    assert switch_of(rule(category="Straße"), (Switch("STRASSE", "allowed"),)).state == "allowed"
    assert switch_of(rule(), (Switch("R", "allowed"),)).state == "default"
    assert switch_of(rule(category=""), (Switch("Weapons", "allowed"),)).state == "default"


def test_a_rules_id_outweighs_its_category_wherever_it_stands():
    both = Switch("Weapons", "allowed"), Switch("r", "sensitive")
    for switches in (both, both[::-1]):
        assert switch_of(rule("r"), switches).state == "sensitive"
        assert switch_of(rule("s"), switches).state == "allowed"
    assert named((("Weapons", "pass"), ("r", "block")), rule()) == "block"
    assert named((), rule()) is None


def test_a_name_that_nothing_answers_to_is_an_error_with_the_nearest():
    rules = rubric(rule("knives"), rule("guns", "Fire arms"))
    check_switches(Policy(switches=(Switch("knives"), Switch("fire ARMS"))), rules)
    for policy, words in (
        (Policy(switches=(Switch("knive"),)), r"has no rule or category 'knive'; did you mean 'knives'\?"),
        (Policy(switches=(Switch("firearms"),)), r"did you mean 'Fire arms'\?"),
        (Policy(routes=(("gun", "block"),)), r"routes: .* did you mean 'guns'\?"),
        (Policy(switches=(Switch("Knives"),)), "has no rule or category"),
        (Policy(switches=(Switch("Weapons"), Switch("weapons"))), "named twice"),
    ):
        with pytest.raises(RubricError, match=words):
            check_switches(policy, rules)


def test_a_name_that_means_a_rule_and_the_category_of_another_is_not_guessed():
    rules = rubric(rule("weapons"), rule("guns"))
    with pytest.raises(RubricError, match="the category of guns too"):
        check_switches(Policy(switches=(Switch("weapons", "allowed"),)), rules)
    plain = Policy(switches=(Switch("weapons", "allowed"), Switch("guns")))
    check_switches(plain, rules)
    assert [allows(plain, each) for each in rules.rules] == [True, False]
    check_switches(Policy(switches=(Switch("weapons", "allowed"),)), rubric(rule("weapons")))


def test_a_policy_is_for_the_rubrics_it_is_made_for():
    mine = Policy(id="p", rubric="x y")
    check_switches(mine, rubric(rule(), id="y"))
    with pytest.raises(RubricError, match="made for rubric x or y, not for z"):
        check_switches(mine, rubric(rule(), id="z"))
    assert [speaks_of(mine, rubric(rule(), id=name)) for name in ("x", "y", "z")] == [True, True, False]


def test_what_a_policy_has_to_do_with_a_rubric():
    knives = rubric(rule("knives", "Blades"))
    assert speaks_of(LOOSE, knives)
    assert speaks_of(Policy(switches=(Switch("knives"), Switch("other"))), knives)
    assert speaks_of(Policy(routes=(("blades", "block"),)), knives)
    assert not speaks_of(Policy(switches=(Switch("guns"),)), knives)


# --- what a switch does to a rule and the numbers -----------------------------------------------------------------


def test_sensitive_drops_the_preconditions_that_only_exempt():
    assert without_exemptions((SUBJECT, MIXED, EXEMPTION)) == (SUBJECT, MIXED)
    assert without_exemptions((EXEMPTION, SUBJECT)) == (SUBJECT,)
    assert without_exemptions((EXEMPTION,)) == (EXEMPTION,)  # then what is absent is the violation
    assert switched(rule(), Switch("r", "sensitive")).preconditions == (SUBJECT, MIXED)
    for state in ("default", "allowed"):
        assert switched(rule(), Switch("r", state)) == rule()


def test_a_switch_has_numbers_of_its_own_and_is_applied_once():
    policy = Policy(switches=(Switch("r", "sensitive", unsafe_from=0.9, yes_from=0.7, severity=3),))
    changed, own = under(rule(), policy)
    assert (changed.severity, len(changed.preconditions)) == (3, 2)
    assert (own.unsafe_from, own.no_below, own.yes_from, own.switches) == (0.9, 0.45, 0.7, ())
    assert under(changed, own) == (changed, own)
    assert under(rule("s", "Else"), policy)[0] == rule("s", "Else")
    assert under(rule(), LOOSE) == (rule(), LOOSE)


def test_a_violation_from_a_low_score_leaves_no_band_below_it():
    _, own = under(rule(), Policy(switches=(Switch("r", yes_from=0.3),)))
    assert (own.no_below, own.yes_from) == (0.3, 0.3)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"of": " "}, "say which"),
        ({"of": "r", "state": "alowed"}, r"did you mean 'allowed'\?"),
        ({"of": "r", "unsafe_from": 1.1}, "must lie in"),
        ({"of": "r", "yes_from": float("nan")}, "must lie in"),
        ({"of": "r", "severity": 0}, "must be 1, 2 or 3"),
    ],
)
def test_bad_switches(fields, words):
    with pytest.raises(RubricError, match=words):
        Switch(**fields)


# --- a policy with them ---------------------------------------------------------------------------------------------


def test_policies_without_switches_are_who_they_were():
    """Computed with the release that had none: what is stored keeps its judge."""
    assert LOOSE.digest == "0a5e221ee50074f08c9a12834df4c4b3caa8151800e4ff4ad05997748a3d378a"
    assert STRICT.digest == "62dd73ea650ef4658a86c073e198d971efea4458589bb3da9e40d70e6bb7ba58"
    assert Policy(rubric="cosa", config="be kind").digest == LOOSE.digest


def test_switches_and_routes_make_another_judge_and_the_same_measurer():
    policies = [
        LOOSE,
        Policy(switches=(Switch("r"),)),
        Policy(switches=(Switch("r", "allowed"),)),
        Policy(routes=(("r", "block"),)),
        Policy(routes=(("r", "pass"),)),
    ]
    assert len({policy.digest for policy in policies}) == 5
    assert {Settings(asking=policy).digest for policy in policies} == {Settings().digest}


@pytest.mark.parametrize("field", ["switches", "routes"])
def test_naming_twice_is_refused(field):
    twice = {"switches": (Switch("r"), Switch("r")), "routes": (("r", "block"), ("r", "pass"))}
    with pytest.raises(RubricError, match="named twice: r"):
        Policy(**{field: twice[field]})


FILE = """
id: mine
rubric: llavaguard
config: >-
  Nudity is fine,
  weapons are not.
switches:
  o4: {state: allowed}
  "Sexual Content": {unsafe_from: 1, severity: 3}
routes: {o1: priority_review, Self-Harm: caution}
"""


def test_a_policy_file_with_switches_and_routes(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(FILE)
    policy = load_policy(str(file))
    assert policy.switches == (Switch("Sexual Content", unsafe_from=1.0, severity=3), Switch("o4", "allowed"))
    assert policy.routes == (("Self-Harm", "caution"), ("o1", "priority_review"))
    assert (policy.rubric, policy.config) == ("llavaguard", "Nudity is fine, weapons are not.")
    check_switches(policy, load_rubric("llavaguard"))
    back = FILE.replace("  o4: {state: allowed}\n", "").replace(
        "severity: 3}\n", "severity: 3}\n  o4: {state: allowed}\n"
    )
    assert policy_from(read_yaml(back, "p"), "p").digest == policy.digest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: x\nswitch: {}", r"p, line 2: unknown key 'switch'; did you mean 'switches'\?"),
        ("id: x\nswitches: [o1]", "switches must be a mapping"),
        ("id: x\nswitches:\n  o1: allowed", "p, line 3: switches: o1 must be a mapping"),
        ("id: x\nswitches:\n  o1: {stat: allowed}", r"unknown key 'stat'; did you mean 'state'\?"),
        ("id: x\nswitches:\n  o1: {state: Sensitiv}", r"line 3: switch o1: .* did you mean 'sensitive'\?"),
        ("id: x\nswitches:\n  o1: {state: true}", "state must be a word"),
        ("id: x\nswitches:\n  o1: {severity: true}", "severity must be a number"),
        ("id: x\nswitches:\n  o1: {severity: 4}", "must be 1, 2 or 3"),
        ("id: x\nswitches:\n  o1: {severity: 2.0}", "severity must be a number"),
        ("id: x\nswitches:\n  o1: {unsafe_from: high}", "unsafe_from must be a number"),
        ("id: x\nswitches:\n  o1: {yes_from: -0.1}", "must lie in"),
        ("id: x\nswitches:\n  o1: {}\n  o1: {}", "given twice"),
        ("id: x\nroutes: {o1: blocks}", r"unknown route 'blocks'; did you mean 'block'\?"),
        ("id: x\nroutes: {o1: person}", "unknown route 'person'"),
        ("id: x\nroutes: {o1: [block]}", "unknown route"),
        ("id: x\nroutes: block", "routes must be a mapping"),
        ("id: x\nrubric: 3", "rubric must be of type str"),
    ],
)
def test_what_a_policy_file_may_not_say(tmp_path, text, words):
    file = tmp_path / "p"
    file.write_text(text)
    with pytest.raises(RubricError, match=words):
        load_policy(str(file))

"""The policies in the package: each reads strictly, is called as its file, and fits the rubrics it is made for."""

from importlib.resources import files

import pytest

from mmjudge.errors import RubricError
from mmjudge.policy import allows, check_switches, load_policy, shipped_policies, under
from mmjudge.rubric import load_rubric, shipped

FILES = sorted(f.name[:-5] for f in files("mmjudge.rubrics").joinpath("policies").iterdir() if f.name.endswith(".yaml"))


def states(name, rubric=None):
    """Rule id -> state, of the rules that are not as they stand."""
    policy = load_policy(name)
    found = {}
    for rule in load_rubric(rubric or policy.rubric.split()[0]).rules:
        sensitive = any(s.of == rule.id and s.state == "sensitive" for s in policy.switches)
        if allows(policy, rule) or sensitive:
            found[rule.id] = "sensitive" if sensitive else "allowed"
    return found


def test_they_are_listed_after_those_of_the_code_and_no_rubric_is_among_them():
    assert shipped_policies() == ("loose", "strict", *FILES)
    assert {"deepknown", "llavaguard_art", "llavaguard_default", "llavaguard_school"} <= set(FILES)
    assert len([name for name in FILES if name.startswith("cosa_")]) == 5
    assert not {"llavaguard_art", "cosa_film_production"} & set(shipped())


@pytest.mark.parametrize("name", FILES)
def test_each_is_called_as_its_file_and_fits_its_rubrics(name):
    policy = load_policy(name)
    assert policy.id == name
    assert policy.rubric
    assert not policy.strict
    for rubric in policy.rubric.split():
        check_switches(policy, load_rubric(rubric))


def test_a_name_nearly_right_is_told_the_right_one():
    with pytest.raises(RubricError, match="did you mean 'llavaguard_art'"):
        load_policy("llavaguard-art")


def test_the_states_of_llavaguard():
    assert states("llavaguard_default") == {}
    assert states("llavaguard_art") == {"o3": "allowed", "o4": "allowed"}
    assert states("llavaguard_school") == dict.fromkeys(("o1", "o2", "o3", "o4", "o6", "o7"), "sensitive")


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(("llavaguard_school", "cosa_"))])
def test_sensitive_leaves_a_chain_that_begins_with_its_subject(name):
    policy = load_policy(name)
    for rule in load_rubric(policy.rubric.split()[0]).rules:
        if states(name).get(rule.id) == "sensitive":
            changed, _ = under(rule, policy)
            assert 0 < len(changed.preconditions) < len(rule.preconditions)
            assert changed.preconditions[0] == rule.preconditions[0]


@pytest.mark.parametrize(
    ("name", "allowed", "sensitive"),
    [
        ("cosa_game_development", "violence weapons", "sexual"),
        ("cosa_public_prosecutor", "discrimination financial_crime drugs privacy sexual violence weapons", ""),
        ("cosa_arab_childrens_books", "", "discrimination drugs sexual violence weapons other"),
        ("cosa_language_learning", "discrimination drugs sexual", "privacy"),
        ("cosa_film_production", "discrimination financial_crime drugs violence weapons", ""),
    ],
)
def test_the_scenarios_of_cosa_carry_their_config(name, allowed, sensitive):
    found = states(name)
    assert {rule for rule, state in found.items() if state == "allowed"} == set(allowed.split())
    assert {rule for rule, state in found.items() if state == "sensitive"} == set(sensitive.split())
    assert load_policy(name).config.startswith("This assistant")


def test_the_tiers_of_deepknown():
    routes = dict(load_policy("deepknown").routes)
    assert routes == {"unsafe": "block", "conditionally_safe": "caution", "focused_attention": "priority_review"}

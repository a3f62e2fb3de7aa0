"""The shipped crosswalk is complete, and a file that is not what it must be is told so, with its line."""

import pytest

from mmjudge.crosswalk_file import (
    RELATIONS,
    Link,
    Unmapped,
    check_mapped,
    load_crosswalk,
    mismatch,
    own_file,
    parse_crosswalk,
)
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, shipped

HUB = load_rubric("mlcommons")
GOOD = (
    "hub: mlcommons\nrubrics:\n  mine:\n    loud: {hate: narrower, privacy: overlaps}\n    dull: {unmapped: no harm}\n"
)


def read(text):
    return parse_crosswalk(text, "my.yaml", HUB)


def test_every_rule_of_every_shipped_rubric_stands_there_and_no_other():
    crosswalk = load_crosswalk()
    assert set(crosswalk.rules) == set(shipped())
    for name in shipped():
        assert mismatch(crosswalk, load_rubric(name)) == ((), ()), name


def test_every_rule_has_links_to_hazards_of_the_hub_or_says_why_it_has_none():
    crosswalk = load_crosswalk()
    assert crosswalk.hazards == tuple(rule.id for rule in HUB.rules)
    assert len(crosswalk.hazards) == 13
    for rubric_id, rules in crosswalk.rules.items():
        for rule_id, entry in rules.items():
            if isinstance(entry, Unmapped):
                assert entry.why
                continue
            assert entry
            assert {link.hazard for link in entry} <= set(crosswalk.hazards)
            assert all(link.relation in RELATIONS for link in entry)
            assert {(link.rubric_id, link.rule_id) for link in entry} == {(rubric_id, rule_id)}


def test_the_hub_is_itself():
    crosswalk = load_crosswalk()
    for hazard in crosswalk.hazards:
        assert crosswalk.of("mlcommons", hazard) == (Link("mlcommons", hazard, hazard, "exact"),)


@pytest.mark.parametrize("name", ["guard_llama_guard", "guard_polyguard"])
def test_the_guards_that_took_the_hazards_map_one_to_one(name):
    """S1 to S13 in the order of Llama Guard 3, which is not that of the hub."""
    order = (
        *("violent_crimes", "nonviolent_crimes", "sex_crimes", "child_exploitation", "defamation"),
        *("specialized_advice", "privacy", "intellectual_property", "indiscriminate_weapons", "hate"),
        *("self_harm", "sexual_content", "elections"),
    )
    crosswalk = load_crosswalk()
    for n, hazard in enumerate(order, 1):
        assert crosswalk.of(name, f"s{n}") == (Link(name, f"s{n}", hazard, "exact"),)


def test_umbrellas_and_attacks_are_unmapped_and_say_so():
    crosswalk = load_crosswalk()
    assert crosswalk.of("guard_wildguard", "harmful") == Unmapped(
        "guard_wildguard", "harmful", "an umbrella over every hazard"
    )
    assert "attack on the model" in crosswalk.of("guard_qwen3guard", "jailbreak").why


def test_a_file_is_read():
    crosswalk = read(GOOD)
    assert crosswalk.of("mine", "loud") == (
        Link("mine", "loud", "hate", "narrower"),
        Link("mine", "loud", "privacy", "overlaps"),
    )
    assert crosswalk.of("mine", "dull") == Unmapped("mine", "dull", "no harm")
    assert crosswalk.links("mine", "dull") == ()
    assert crosswalk.of("mine", "absent") == Unmapped("mine", "absent", "not mapped yet")
    assert crosswalk.of("other", "loud").why == "not mapped yet"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hub: mlcommons", "hub: osbench", r"line 1: the hub is 'osbench': it must be mlcommons"),
        ("hub: mlcommons", "hup: mlcommons", r"line 1: unknown key 'hup'; known are hub and rubrics"),
        ("hub: mlcommons\n", "", r"line 1: hub is missing: add it"),
        ("narrower", "inside", r"line 4: rubric mine, rule loud: unknown relation 'inside'; known are exact"),
        ("narrower", "narower", r"did you mean narrower\?"),
        ("hate:", "hat:", r"line 4: rubric mine, rule loud: unknown hazard 'hat'; did you mean hate\?"),
        ("{unmapped: no harm}", "{unmapped: no harm, hate: exact}", r"line 5: .*unmapped and mapped at once"),
        ("{unmapped: no harm}", "{unmapped: one, two}", r"line 5: .*put words with commas in quotes"),
        ("{unmapped: no harm}", "{unmapped: ''}", r"line 5: .*say in a few words why"),
        ("{unmapped: no harm}", "{unmapped: [a]}", r"line 5: .*say in a few words why"),
        ("{unmapped: no harm}", "nothing", r"line 5: rubric mine, rule dull: must be a mapping of the form"),
        ("{unmapped: no harm}", "{}", r"line 5: rubric mine, rule dull: must be a mapping of the form"),
        ("dull:", "loud:", r"line 5: key 'loud' is given twice"),
        (GOOD[GOOD.index("    loud") :], "", r"line 3: rubric mine: must be a mapping"),
        ("    loud", "loud", r"not readable as YAML"),
        ("narrower", "3", r"unknown relation 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old, new, said):
    assert old in GOOD
    with pytest.raises(RubricError, match=said) as told:
        read(GOOD.replace(old, new, 1))
    assert str(told.value).startswith("my.yaml, line ")


def test_nothing_is_no_crosswalk():
    with pytest.raises(RubricError, match="must be a mapping"):
        read("")


def test_a_persons_own_file_joins_the_shipped_one(tmp_path):
    own_file(tmp_path).write_text(GOOD, encoding="utf-8")
    crosswalk = load_crosswalk(own_file(tmp_path))
    assert set(crosswalk.rules) == {*shipped(), "mine"}
    assert crosswalk.links("mine", "loud")[0].relation == "narrower"
    check_mapped(crosswalk, "mine", "default")
    with pytest.raises(RubricError, match=r"rubric 'mine' is not mapped yet: say in a crosswalks\.yaml"):
        check_mapped(load_crosswalk(), "default", "mine")


def test_no_file_of_ones_own_is_no_error(tmp_path):
    assert load_crosswalk(own_file(tmp_path)) is load_crosswalk()


def test_a_shipped_mapping_stays_as_it_is(tmp_path):
    own_file(tmp_path).write_text(GOOD.replace("mine:", "default:"), encoding="utf-8")
    with pytest.raises(RubricError, match="line 3: rubric 'default' is shipped, and so is its mapping"):
        load_crosswalk(own_file(tmp_path))


def test_what_is_no_text_is_said(tmp_path):
    own_file(tmp_path).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RubricError, match="not a text file that can be read"):
        load_crosswalk(own_file(tmp_path))


def test_what_does_not_match_a_rubric_is_told():
    rubric = load_rubric("guard_wildguard")
    crosswalk = read(GOOD.replace("mine:", "guard_wildguard:"))
    assert mismatch(crosswalk, rubric) == (("harmful",), ("loud", "dull"))

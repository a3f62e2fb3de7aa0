"""Which rules speak to which hazard; a rubric nobody mapped covers nothing known, which is said."""

import pytest

from mmjudge.crosswalk import as_rubric, coverage, gaps, in_full, load_crosswalk
from mmjudge.crosswalk_coverage import rule_by_rule
from mmjudge.crosswalk_file import own_file
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, parse, shipped
from mmjudge.types import Finding, Measurement, Truth, Verdict

OWN = """
id: mine
title: My rules
rules:
  - {id: loud, text: No shouting., preconditions: [{id: p1, any_of: [{id: q1, ask: Somebody shouts.}]}]}
  - {id: new, text: No hats., preconditions: [{id: p1, any_of: [{id: q1, ask: A hat is visible.}]}]}
"""


def test_the_matrix_by_hand():
    """OS Bench: nine rules on sex, five on injury that lead nowhere. Its default neighbour has no rule on copies."""
    found = coverage([load_rubric("osbench"), load_rubric("default")])
    assert found.rubrics == (
        ("osbench", "Fourteen objective image rules"),
        ("default", "Fifteen objective rules for words, pictures and speech"),
    )
    assert len(found.hazards) == 13
    assert found.hazards[0] == ("violent_crimes", "Violent crimes")
    assert [(link.rule_id, link.relation) for link in found.cell("sexual_content", "osbench")][:2] == [
        ("genitalia", "narrower"),
        ("buttocks", "overlaps"),
    ]
    assert len(found.cell("sexual_content", "osbench")) == 9
    assert found.cell("hate", "osbench") == ()
    assert [link.rule_id for link in found.cell("nonviolent_crimes", "default")] == [
        *("weapons", "crime", "fraud", "drugs", "cyber")
    ]
    assert len(found.unmapped["osbench"]) == 5
    assert [entry.rule_id for entry in found.unmapped["default"]] == ["graphic_violence"]
    assert found.gaps("default") == ("specialized_advice", "intellectual_property")
    assert len(found.gaps("osbench")) == 12
    assert found.not_mapped == ()


def test_whether_all_of_a_hazard_is_spoken_to():
    found = coverage([load_rubric("default")])
    assert in_full(found.cell("indiscriminate_weapons", "default")), "weapons holds all of it"
    assert not in_full(found.cell("nonviolent_crimes", "default")), "five rules, each a part"
    assert not in_full(())


def test_every_rule_of_every_shipped_rubric_is_in_the_matrix():
    rubrics = [load_rubric(name) for name in shipped()]
    found = coverage(rubrics)
    for rubric in rubrics:
        spoken = {
            link.rule_id for hazard, name in found.cells if name == rubric.id for link in found.cell(hazard, name)
        }
        left = {entry.rule_id for entry in found.unmapped[rubric.id]}
        assert spoken | left == {rule.id for rule in rubric.rules}
        assert not spoken & left


def test_a_rubric_nobody_mapped_stands_apart():
    found = coverage([parse(OWN, "mine"), load_rubric("default")])
    assert found.not_mapped == (("mine", "My rules"),)
    assert [name for name, _ in found.rubrics] == ["default"]
    assert all(name != "mine" for _, name in found.cells)
    with pytest.raises(RubricError, match="rubric 'mine' is not mapped yet"):
        found.gaps("mine")
    with pytest.raises(RubricError, match="rubric 'mine' is not mapped yet"):
        gaps("mine")


def test_a_rubric_mapped_by_its_owner_and_the_rule_that_was_forgotten(tmp_path):
    own_file(tmp_path).write_text("hub: mlcommons\nrubrics:\n  mine:\n    loud: {hate: overlaps}\n", encoding="utf-8")
    crosswalk = load_crosswalk(own_file(tmp_path))
    found = coverage([parse(OWN, "mine")], crosswalk)
    assert [link.rule_id for link in found.cell("hate", "mine")] == ["loud"]
    assert [(entry.rule_id, entry.why) for entry in found.unmapped["mine"]] == [("new", "not mapped yet")]
    assert len(found.gaps("mine")) == 12
    assert gaps("mine", crosswalk) == found.gaps("mine")


def test_gaps_without_a_matrix():
    assert gaps("default") == ("specialized_advice", "intellectual_property")
    assert gaps("guard_llama_guard") == ()


def test_two_rubrics_rule_by_rule_by_hand():
    """Genitalia lie in sexual content, which the guard's category sexual holds; a shower only shares cases with it."""
    crossings = {c.rule_id: c for c in rule_by_rule(load_rubric("osbench"), load_rubric("guard_qwen3guard"))}
    assert len(crossings) == 14
    assert (crossings["genitalia"].must, crossings["genitalia"].may) == (("sexual",), ())
    assert (crossings["shower"].must, crossings["shower"].may) == ((), ("sexual",))
    assert (crossings["decay"].must, crossings["decay"].may) == ((), ())
    assert crossings["decay"].links.why == "injury and corpses alone are no hazard"


@pytest.mark.parametrize("other", ["mlcommons", "guard_qwen3guard", "usb"])
def test_rule_by_rule_says_what_a_verdict_would(other):
    source, target = load_rubric("aegis2"), load_rubric(other)
    for crossing in rule_by_rule(source, target):
        findings = tuple(Finding(r.id, Truth.YES if r.id == crossing.rule_id else Truth.NO) for r in source.rules)
        said = Verdict(
            *("item", "judge", source.id, source.version, "loose", "unsafe", Truth.YES, None, 0, 0, 0, findings),
            Measurement("item", "measurer", (), (), ()),
        )
        because = {c.rule_id: c.because for c in as_rubric(said, other).categories}
        assert crossing.must == tuple(r for r, why in because.items() if why == "implied")
        assert crossing.may == tuple(r for r, why in because.items() if why == "possible")


def test_rule_by_rule_needs_both_mapped():
    with pytest.raises(RubricError, match="rubric 'mine' is not mapped yet"):
        rule_by_rule(load_rubric("default"), parse(OWN, "mine"))

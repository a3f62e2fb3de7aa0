"""Where a policy meets a rubric: it must fit, and over a whole store it touches only what it speaks of."""

from dataclasses import replace

import pytest

from mmjudge import media
from mmjudge.backends.fake import FakeBackend
from mmjudge.errors import RubricError
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE, Policy
from mmjudge.priors import Priors
from mmjudge.rubric import parse
from mmjudge.session import judge_item, judged_under, open_judge, redecide, redecided, under
from mmjudge.store import open_store
from mmjudge.switches import Switch

RULES = """
id: {id}
title: T
rules:
  - id: {first}
    category: Blades
    modalities: [text]
    text: No.
    preconditions: [{{id: p, any_of: [{{id: q, ask: A knife.}}]}}]
  - {{id: fire, modalities: [text], text: No., preconditions: [{{id: p, any_of: [{{id: q, ask: A fire.}}]}}]}}
"""
ONE, OTHER = parse(RULES.format(id="one", first="knife"), "one"), parse(RULES.format(id="other", first="gun"), "other")
ALLOWING = Policy(id="allowing", switches=(Switch("knife", "allowed"),))
WRONG = Policy(id="wrong", switches=(Switch("knief", "allowed"),))


def judge(rubric=ONE, policy=LOOSE):
    backend = FakeBackend({"knife": 0.95, "fire": 0.05})
    return Judge("fake", rubric, policy, backend=backend, priors=Priors(None, "fake", "1"))


def test_a_policy_that_does_not_fit_opens_no_judge_and_decides_nothing():
    ready = judge()
    measured = ready.decide(ready.measure(media.read(media.item("a knife")))).measurement
    for attempt in (
        lambda: open_judge("fake", ONE, WRONG),
        lambda: under(ready, OTHER, ALLOWING),
        lambda: under(ready, ONE, WRONG),
        lambda: redecide(ready, measured, WRONG),
        lambda: redecide(ready, measured, replace(LOOSE, rubric="other")),
    ):
        with pytest.raises(RubricError, match=r"has no rule or category|is made for rubric"):
            attempt()
    assert redecide(ready, measured, ALLOWING).label == "safe"
    assert open_judge("fake", ONE, ALLOWING).policy == ALLOWING


def test_one_measuring_is_decided_under_several_policies_and_every_verdict_is_kept(tmp_path):
    store, item, ready = open_store(f"sqlite:///{tmp_path}/a.db"), media.item("a knife"), judge()
    policies = [LOOSE, ALLOWING, replace(LOOSE, id="gentle", severity_at=3)]
    verdicts = judged_under(ready, store, item, policies)
    assert [v.label for v in verdicts] == ["unsafe", "safe", "controversial"]
    calls = len(ready.backend.calls)
    for policy, verdict in zip(policies, verdicts, strict=True):
        stored = store.verdict(item.id, replace(ready, policy=policy).id)
        assert (stored.label, stored.findings) == (verdict.label, verdict.findings)
    assert judged_under(ready, store, item, policies)[1].label == "safe"
    assert len(ready.backend.calls) == calls  # measured before
    assert judged_under(judge(), None, item, policies)[1].allowed == ("knife",)


def test_over_a_store_rubrics_a_policy_says_nothing_about_are_left_alone(tmp_path):
    store, item = open_store(f"sqlite:///{tmp_path}/a.db"), media.item("a knife")
    judge_item(judge(), store, item)
    judge_item(judge(OTHER), store, item)
    skipped = []
    done = list(redecided(store, ALLOWING, skipped=skipped.append))
    assert [(before.label, now.label, now.rubric_id) for before, now in done] == [("unsafe", "safe", "one")]
    assert [rubric.id for rubric in skipped] == ["other"]
    made_for_one = Policy(id="mine", rubric="one")
    assert [now.rubric_id for _, now in redecided(store, made_for_one, skipped=skipped.append)] == ["one"]
    assert [now.rubric_id for _, now in redecided(store, Policy(id="any"))] == ["one", "other"]


def test_over_a_store_a_rubric_that_has_half_of_the_names_is_an_error(tmp_path):
    store, item = open_store(f"sqlite:///{tmp_path}/a.db"), media.item("a knife")
    judge_item(judge(OTHER), store, item)
    both = Policy(id="both", switches=(Switch("knife", "allowed"), Switch("fire", "allowed")))
    with pytest.raises(RubricError, match="rubric other has no rule or category 'knife'"):
        list(redecided(store, both))


def test_an_allowed_finding_is_read_back_from_the_store_as_one(tmp_path):
    store, item = open_store(f"sqlite:///{tmp_path}/a.db"), media.item("a knife")
    verdict = judge_item(judge(policy=ALLOWING), store, item)
    [row] = store.verdicts()
    stored = store.verdict_by_id(row.id)
    assert (row.label, stored.allowed, stored.findings) == ("safe", ("knife",), verdict.findings)

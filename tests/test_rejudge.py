"""An edited rubric over a real store: only what changed is asked, the rest is decided from what is there."""

from dataclasses import replace

import pytest
from test_carry import rubric, rule

from mmjudge import media
from mmjudge.backends.fake import FakeBackend
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.rejudge import LeftAlone, rejudge
from mmjudge.session import judge_item
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.types import Truth

CATS, DOGS = rule("cats", "A cat is here."), rule("dogs", "A dog is here.")
OLD = rubric(CATS, DOGS)
REWORDED = rubric(CATS, rule("dogs", "A puppy is here."))
GRAVER = rubric(replace(CATS, severity=3), DOGS)


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        yield opened


def judge_of(under, backend):
    return Judge("fake", under, LOOSE, Settings(), backend)


def asked(backend):
    return [ask for item_id, ask in backend.calls if item_id]


def first(store, *texts):
    backend = FakeBackend({"cat": 0.99, "dog": 0.01, "puppy": 0.99})
    for text in texts:
        judge_item(judge_of(OLD, backend), store, media.item(text=text))
    backend.calls.clear()
    return backend


def test_only_the_reworded_rule_is_asked(store):
    backend = first(store, "one", "two")
    found = list(rejudge(store, judge_of(REWORDED, backend)))
    assert asked(backend) == ["A puppy is here."] * 2
    assert [(r.how, r.asked) for r in found] == [("asked", ("dogs",))] * 2
    assert [f.truth for f in found[0].after.findings] == [Truth.YES, Truth.YES]
    assert [f.truth for f in found[0].before.findings] == [Truth.YES, Truth.NO]
    assert store.verdict(found[0].after.item_id, judge_of(REWORDED, backend).id) == found[0].after


def test_a_new_severity_asks_nothing(store):
    backend = first(store, "one")
    [found] = rejudge(store, judge_of(GRAVER, backend))
    assert backend.calls == []
    assert (found.how, found.before.severity, found.after.severity) == ("kept", 2, 3)


def test_it_goes_on_where_it_was_stopped_and_ends(store):
    backend = first(store, "one", "two", "three")
    judge = judge_of(REWORDED, backend)
    next(rejudge(store, judge))
    assert len(list(rejudge(store, judge))) == 2
    assert list(rejudge(store, judge)) == []
    assert len(asked(backend)) == 3


def test_the_newest_version_is_what_is_carried_on(store):
    backend = first(store, "one")
    list(rejudge(store, judge_of(REWORDED, backend)))
    backend.calls.clear()
    graver = rubric(replace(CATS, severity=3), REWORDED.rules[1])
    [found] = rejudge(store, judge_of(graver, backend))
    assert (found.how, backend.calls) == ("kept", [])


def test_what_other_models_measured_is_not_taken_over(store):
    first(store, "one")
    [left] = rejudge(store, judge_of(REWORDED, FakeBackend(id="other")))
    assert isinstance(left, LeftAlone)
    assert "another judge" in left.why


def test_the_table_of_changes_mixes_no_policies(store):
    backend = first(store, "one")
    list(rejudge(store, replace(judge_of(GRAVER, backend), policy=replace(LOOSE, id="mild", severity_at=3))))
    graver = rubric(replace(CATS, severity=2, text="No cats at all."), DOGS)
    [found] = rejudge(store, judge_of(graver, backend))
    assert (found.before.policy_id, found.after.policy_id) == ("loose", "loose")


def test_a_file_that_is_gone_is_a_gap_and_never_safe(store, tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("A note.")
    backend = FakeBackend({"cat": 0.01, "dog": 0.01, "puppy": 0.01})
    judge_item(judge_of(OLD, backend), store, media.item(files=[path]))
    path.unlink()
    [found] = rejudge(store, judge_of(REWORDED, backend))
    assert found.before.label == "safe"
    assert (found.how, found.after.label) == ("measured", "needs_review")


def test_a_model_shown_all_statements_at_once_is_asked_all_again(store):
    backend = first(store, "one")
    backend.id = "fake/listed"
    judge_item(judge_of(OLD, backend), store, media.item(text="two"))
    backend.calls.clear()
    left, found = rejudge(store, judge_of(REWORDED, backend))
    assert isinstance(left, LeftAlone)  # "one" was measured statement by statement
    assert found.how == "measured"
    assert sorted(asked(backend)) == ["A cat is here.", "A puppy is here."]

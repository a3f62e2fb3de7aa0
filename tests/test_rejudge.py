"""An edited rubric over a real store: only what changed is asked, the rest is decided from what is there."""

from dataclasses import replace

import pytest
from test_carry import rubric, rule
from test_guidelines import finder

from mmjudge import cli, media, session
from mmjudge.backends.fake import FakeBackend
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.rejudge import GONE, LeftAlone, rejudge
from mmjudge.session import judge_item
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.types import Guideline, Truth

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


def test_older_verdicts_than_a_page_of_others_are_found(store):
    backend = first(store, "one")
    for n in range(51):  # all newer, by other models
        judge_item(judge_of(OLD, FakeBackend({}, id=f"other{n}")), store, media.item(text="one"))
    [found] = rejudge(store, judge_of(REWORDED, backend))
    assert (found.how, found.asked) == ("asked", ("dogs",))


def test_an_item_that_is_gone_is_told(store, monkeypatch):
    backend = first(store, "one")
    monkeypatch.setattr(store, "item", lambda item_id: None)
    [left] = rejudge(store, judge_of(REWORDED, backend))
    assert (left.item_id, left.why) == (media.item(text="one").id, GONE)


def test_before_is_what_the_old_rubric_says_under_the_present_policy(store):
    backend = FakeBackend({"cat": 0.99, "dog": 0.01})
    mild = replace(LOOSE, id="mild", severity_at=3)  # a violated rule of severity 2 is controversial to it
    judge_item(replace(judge_of(OLD, backend), policy=mild), store, media.item(text="one"))
    [stored] = store.verdicts()
    [found] = rejudge(store, judge_of(GRAVER, backend))
    assert (stored.label, found.before.label, found.after.label) == ("controversial", "unsafe", "unsafe")


def test_with_guidelines_the_whole_item_is_measured_anew(store):
    about = Guideline("g1", "mine", "cats", "Knives in a kitchen threaten nobody.", "fine")
    backend = FakeBackend({"cat": 0.99, "dog": 0.01, "puppy": 0.99})

    def guided(under):
        return replace(judge_of(under, backend), guidelines=(about,), finder=finder(one=(1.0, 0.0, 0.0)))

    verdict = judge_item(guided(OLD), store, media.item(text="one"))
    assert verdict.measurement.passages[0].guidance  # it was shown, and names a rule that did not change
    backend.calls.clear()
    [found] = rejudge(store, guided(REWORDED))
    assert (found.how, found.asked) == ("measured", ("cats", "dogs"))
    assert {"A cat is here.", "A puppy is here."} <= set(asked(backend))


def test_the_command_counts_what_is_left_alone_and_says_why(store, tmp_path, monkeypatch, capsys):
    first(store, "one", "two")
    other = judge_of(REWORDED, FakeBackend(id="other"))
    monkeypatch.setattr(session, "rubric_for", lambda judge, name: REWORDED)
    monkeypatch.setattr(session, "open_judge", lambda *_, **__: other)
    cli.rejudge.rejudge("mine", database=f"sqlite:///{tmp_path / 'x.db'}")
    out = capsys.readouterr().out
    assert "0 items judged under mine" in out
    assert "       2  measurements left alone: measured by another judge, or with other settings" in out

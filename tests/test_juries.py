"""Juries tried on stored verdicts and labels: a real store, scripted judges, published judges as raters."""

import re
from dataclasses import replace

import numpy as np
import pytest
from test_learning import TWO, label
from test_readme import ROOT, commands
from typer.testing import CliRunner

from mmjudge import media
from mmjudge.backends.fake import FakeBackend
from mmjudge.cli import app
from mmjudge.errors import MMJudgeError
from mmjudge.judge import Judge
from mmjudge.juries import convene
from mmjudge.jury import hedge, losses
from mmjudge.labelled import held_back
from mmjudge.library import load
from mmjudge.policy import LOOSE, STRICT
from mmjudge.priors import Priors
from mmjudge.session import judge_item, open_judge, redecided
from mmjudge.store import open_store
from mmjudge.types import Item, Label, Truth

N = 60


def judge():
    backend = FakeBackend(lambda said, ask: 0.95 if "knife" in ask and "blade" in said.text else 0.02, id="m-7b")
    return Judge("fake", TWO, LOOSE, backend=backend, priors=Priors(None, "m", "1"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Sixty posts; a person; our judge, right on 5 of 6; two published judges, one mostly right and one that
    answers every third post only."""
    rng = np.random.default_rng(8)
    store, ready, known = open_store(f"sqlite:///{tmp_path_factory.mktemp('jury')}/a.db"), judge(), {}
    for number in range(N):
        violates = bool(rng.random() < 0.5)
        seen = violates if number % 6 else not violates
        made = (("generator", "org/M-7B"),) if number < 7 else ()
        item = media.item(f"post {number} {'blade' if seen else 'flower'}")
        item = Item(item.id, item.text, attributes=made)
        judge_item(ready, store, item, reading=media.read(item))
        good = violates if rng.random() < 0.9 else not violates
        known[item.id] = (violates, seen, good, violates if number % 3 == 0 else None, number)
        store.save_label(label(item.id, "ada", "yes" if violates else "no", at=1000.0 - number))
        store.save_label(label(item.id, "judge:good", "yes" if good else "no"))
        if number % 3 == 0:
            store.save_label(label(item.id, "judge:rare", "yes" if violates else "no"))
    return store, ready, known


def test_every_juror_and_jury_is_counted_on_held_back_items(filled):
    store, ready, known = filled
    heard = convene(store, TWO)
    held = {item: row for item, row in known.items() if held_back(item)}
    assert [one.name for one in heard.singles] == [ready.id[:12], "good", "rare"]
    for place, one in enumerate(heard.singles, start=1):
        assert (one.n, one.violations) == (len(held), sum(row[0] for row in held.values()))
        assert one.missed == sum(row[0] and row[place] is False for row in held.values())
        assert one.alarms == sum(not row[0] and row[place] is True for row in held.values())
        assert one.unknown == sum(row[place] is None for row in held.values())

    def majority(row):
        said = [row[1], row[2], row[3]]
        return next((v for v in (True, False) if said.count(v) >= 2), None)

    found = {one.name: one for one in heard.juries}
    assert found["majority"].missed == sum(row[0] and majority(row) is False for row in held.values())
    assert found["majority"].unknown == sum(majority(row) is None for row in held.values())
    assert found["majority"].unknown > 0
    assert found["any"].alarms == sum(not row[0] and True in row[1:4] for row in held.values())
    assert found["any"].unknown == sum(True not in row[1:4] and None in row[1:4] for row in held.values())


def test_reliability_is_counted_on_the_other_half(filled):
    store, _, known = filled
    other = [row for item, row in known.items() if not held_back(item)]
    good = next(one for one in convene(store, TWO).known if one.juror == "judge:good")
    assert (good.modality, good.rule, good.n, good.unknown) == ("text", "", len(other), 0)
    right = sum(row[0] == row[2] for row in other)
    assert good.accuracy == pytest.approx((right + 10 * (right + 1) / (len(other) + 2)) / (len(other) + 10))


def test_weights_move_in_the_order_in_which_labels_arrived(filled):
    store, _, known = filled
    course = convene(store, TWO).course
    rows = sorted(known.values(), key=lambda row: -row[4])  # the last post was labelled first
    code = {True: Truth.YES, False: Truth.NO, None: Truth.UNKNOWN}
    votes = np.array([[code[row[at]] for at in (1, 2, 3)] for row in rows])
    expected = hedge(losses(votes, np.array([row[0] for row in rows])), horizon=N)
    assert course.weights == pytest.approx(expected.weights)
    assert course.regret[-1] <= course.bound[-1]


def test_a_judge_of_its_own_output_is_announced(filled):
    store, ready, _ = filled
    assert convene(store, TWO).own == ((f"judge:{ready.id}", 7),)


def test_jurors_are_chosen_by_name_or_how_their_id_begins(filled):
    store, ready, _ = filled
    assert convene(store, TWO, ["good", ready.id[:8]]).jurors == (f"judge:{ready.id}", "judge:good")
    with pytest.raises(MMJudgeError, match=f"{ready.id[:12]}, good, rare"):
        convene(store, TWO, ["good"])
    with pytest.raises(MMJudgeError, match="no project 'another'"):
        convene(store, TWO, project="another")
    with pytest.raises(MMJudgeError, match="nobody labelled"):
        convene(store, TWO, about="rules")


def test_judges_that_decide_the_same_evidence_sit_once_unless_named(tmp_path):
    store, ready = open_store(f"sqlite:///{tmp_path}/a.db"), judge()
    for number in range(4):
        item = media.item(f"post {number}")
        judge_item(ready, store, item, reading=media.read(item))
        for rater in ("ada", "judge:good"):
            store.save_label(label(item.id, rater, "no"))
    list(redecided(store, STRICT))
    later = replace(ready, policy=STRICT)
    heard = convene(store, TWO)
    assert heard.jurors == tuple(sorted((f"judge:{later.id}", "judge:good")))
    assert heard.twins == (f"judge:{ready.id}",)
    assert len(convene(store, TWO, [ready.id, later.id]).jurors) == 2
    only = open_store(f"sqlite:///{tmp_path}/b.db")
    item = media.item("post")
    judge_item(ready, only, item, reading=media.read(item))
    only.save_label(label(item.id, "ada", "no"))
    list(redecided(only, STRICT))
    with pytest.raises(MMJudgeError, match="these share theirs"):
        convene(only, TWO)


def test_the_page_on_juries_shows_what_happens(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "juries.md").read_text(encoding="utf-8")
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    ready = open_judge("fake", load("default"), cache=tmp_path)
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as store:
        for number in range(12):
            item = media.item(f"post {number}: {'they kill' if number % 2 else 'a walk'}")
            judge_item(ready, store, item, reading=media.read(item))
            for rater in ("ada", "judge:b"):
                said = "yes" if number % 2 else "no"
                store.save_label(Label(item.id, ready.rubric.id, ready.rubric.version, rater, said))
    ((line, _),) = commands(page)
    done = CliRunner().invoke(app, line.split()[1:])
    assert done.exit_code == 0, done.output
    for name in ("majority", "any", "weighted by reliability", "weights that move"):
        assert f"| {name} |" in page
        assert re.search(rf"^{name} ", done.output, re.MULTILINE)
    assert "regret against the best single judge" in done.output

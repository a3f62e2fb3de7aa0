"""What may be answered when, over real HTTP routes with the real store: blind is what nobody could know better."""

from types import SimpleNamespace

import pytest
from annotate_stand_in import PASSWORD, people, project, texts
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ui_stand_in import rubric

from mmjudge.people import Scheme
from mmjudge.store import open_store
from mmjudge.types import Label
from mmjudge.ui import signin
from mmjudge.ui.annotate import add_annotate
from mmjudge.ui.plain import add_plain

RULES = [rule.id for rule in rubric().rules]


@pytest.fixture
def ann(tmp_path, monkeypatch):
    """Ann, signed in: `post(path, **said)`, `answer(task, submission, *values)`, `store`, `items`."""
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as store:
        items = texts(2)
        for item in items:
            store.save_item(item)
        people(store)
        app = FastAPI()
        add_plain(app)
        add_annotate(app, store)
        signin.add_signin(app, store)
        client = TestClient(app)
        client.post("/signin", data={"name": "ann", "password": PASSWORD})
        page = client.get("/annotate", headers={"accept": "text/html"}).text
        token = page.partition('name="mm-token" content="')[2].partition('"')[0]

        def post(path, **said):
            return client.post(f"/annotate/api/{path}", json=said, headers={signin.TOKEN: token})

        def answer(task, submission, value):
            return post("answer", task=task, submission=submission, answers=[{"value": value}])

        yield SimpleNamespace(store=store, items=items, post=post, answer=answer)


def begun(ann, name, scheme=None, **more):
    """The first task of a new project, held by ann."""
    project(ann.store, ann.items, name, scheme, **more)
    return ann.post("lease", project=name).json()["tasks"][0]["task"]


def stored(ann, name):
    return [(label.value, label.phase) for label in ann.store.labels(project=name, rater="ann")]


def test_nothing_blind_is_said_after_the_verdict(ann):
    task = begun(ann, "p")
    assert ann.answer(task, "s1", "no").json()["stored"]
    assert ann.post("verdict", task=task).status_code == 200
    before = stored(ann, "p")
    assert before == [("no", "blind"), ("no", "after_reveal")]
    refused = ann.answer(task, "s2", "yes")
    assert refused.status_code == 409
    assert "you have answered this item before" in refused.json()["detail"]
    assert not ann.answer(task, "s1", "no").json()["stored"]
    assert stored(ann, "p") == before


def test_a_skipped_item_is_answered_too_until_it_is_undone(ann):
    task = begun(ann, "p")
    assert ann.post("answer", task=task, submission="s1", skip="unclear").status_code == 200
    assert ann.answer(task, "s2", "yes").status_code == 409
    assert ann.post("undo", task=task, submission="s1").status_code == 200
    assert ann.answer(task, "s3", "yes").json()["stored"]
    assert [value for value, _ in stored(ann, "p")] == ["skipped", "withdrawn", "yes"]


def test_questions_that_were_sent_close_the_answer(ann):
    task = begun(ann, "p", Scheme("rules", preconditions=True), overlap=2)
    ann.store.save_label(Label(ann.items[0].id, "stand_in", rubric().version, "bob", "yes", RULES[0], project="p"))
    answers = [{"rule": rule, "value": "no"} for rule in RULES]
    asked = {"rule": RULES[0], "question": "q1", "value": "yes"}
    assert ann.post("answer", task=task, submission="q", answers=[asked]).status_code == 409
    for few in (answers[:1], [{"value": "no"}], [*answers, answers[0]]):
        assert ann.post("answer", task=task, submission="s1", answers=few).status_code == 422
    assert ann.store.progress("p").answers == 0
    ann.post("answer", task=task, submission="s1", answers=answers)
    assert ann.post("answer", task=task, submission="s2", answers=answers).status_code == 409
    assert ann.post("answer", task=task, submission="q", answers=[asked]).status_code == 200
    assert ann.post("undo", task=task, submission="s1").status_code == 409
    assert ann.store.progress("p").answers == 1


@pytest.mark.parametrize("assisted", [True, False])
def test_who_saw_a_verdict_in_one_project_is_not_blind_in_another(ann, assisted):
    task = begun(ann, "seen", assisted=assisted)
    ann.answer(task, "s1", "no")
    ann.post("verdict", task=task)
    assert ann.answer(begun(ann, "next"), "s2", "yes").json()["stored"]
    second = ann.post("lease", project="next").json()["tasks"][0]["task"]
    ann.answer(second, "s3", "yes")
    assert stored(ann, "next") == [("yes", "assisted"), ("yes", "blind")]


def test_a_late_answer_is_undone(ann):
    task = begun(ann, "p")
    ann.store.release(task, "ann")
    ann.store.lease("p", "bob")
    assert "does not count" in ann.answer(task, "s1", "yes").json()["late"]
    assert ann.post("undo", task=task, submission="s1").status_code == 200
    assert [value for value, _ in stored(ann, "p")] == ["yes", "withdrawn"]

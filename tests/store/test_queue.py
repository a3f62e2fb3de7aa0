"""Tasks are handed out, answered and taken back: nobody holds what is not theirs, and nothing counts twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_values import RUBRIC, an_item

from mmjudge.errors import AnsweredError, StoreError
from mmjudge.people import Exposure, Project, Rater, Scheme
from mmjudge.store import Store
from mmjudge.types import Label

PROJECT = Project("p", "Knives", "house", "v1", Scheme("rules", tri=True), overlap=2, size=4, created_by="eve", at=1.0)


def a_project(store: Store, tasks: int = 3, overlap: int = 1) -> Project:
    store.save_rubric(RUBRIC)
    for n in range(tasks):
        store.save_item(an_item(str(n)))
    project = replace(PROJECT, overlap=overlap)
    store.save_project(project, ((f"item {n}", 0.5) for n in range(tasks)))
    return project


def said(rater: str, n: int, submission: str = "", value: str = "yes", **more: object) -> Label:
    plain = {"rule_id": "no_knives", "project": "p", "submission": submission, "seconds": 2.0, **more}
    return Label(f"item {n}", "house", "v1", rater, value, **plain)  # type: ignore[arg-type]


def looked(rater: str, n: int) -> Exposure:
    return Exposure(rater, "p", f"item {n}", 3.0, 1.5, 1, 10.0)


def numbers(leases: list) -> list[int]:
    return [lease.task.position for lease in leases]


def test_a_task_is_held_by_one_rater_until_its_lease_ends(store: Store) -> None:
    a_project(store)
    (mine,) = store.lease("p", "ann", 60, now=100.0)
    assert (mine.task.item_id, mine.task.probability, mine.rater, mine.until) == ("item 0", 0.5, "ann", 160.0)
    assert numbers(store.lease("p", "bob", 60, now=159.0)) == [1]
    assert numbers(store.lease("p", "cid", 60, now=160.0)) == [0]


def test_what_a_page_lost_comes_again_and_what_it_holds_does_not(store: Store) -> None:
    a_project(store)
    first = store.lease("p", "ann", 60, now=100.0, count=2)
    assert numbers(first) == [0, 1]
    at_hand = [lease.task.id for lease in first]
    assert numbers(store.lease("p", "ann", 60, now=101.0, count=5, held=at_hand)) == [2]
    assert numbers(store.lease("p", "ann", 60, now=102.0, count=5)) == [0, 1, 2]
    assert store.lease("p", "bob", 60, now=102.0) == []


def test_as_many_raters_as_overlap_and_nobody_twice(store: Store) -> None:
    a_project(store, tasks=1, overlap=2)
    task = store.lease("p", "ann", now=0.0)[0].task
    assert store.answer(task.id, (said("ann", 0, "s1"),), looked("ann", 0), now=1.0)
    assert store.lease("p", "ann", now=2.0) == []
    assert numbers(store.lease("p", "bob", now=2.0)) == [0]
    assert store.lease("p", "cid", now=2.0) == []
    assert store.answer(task.id, (said("bob", 0, "s1"),), None, now=3.0)
    assert store.lease("p", "cid", now=999.0) == []
    assert store.task(task.id) == replace(task, done=2)
    found = store.progress("p")
    assert (found.tasks, found.answers, found.done_tasks) == (1, 2, 1)
    assert found.by_rater == (("ann", 1, 3.0), ("bob", 1, 2.0))


def test_the_same_answer_sent_twice_is_stored_once(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", now=0.0)[0].task
    both = (said("ann", 0, "s1"), said("ann", 0, "s1", "no", rule_id="no_insults"))
    assert store.answer(task.id, both, looked("ann", 0), now=1.0)
    assert not store.answer(task.id, both, looked("ann", 0), now=2.0)
    assert list(store.labels(project="p")) == list(both)
    assert list(store.exposures("p")) == [looked("ann", 0)] == list(store.exposures())
    assert store.progress("p").answers == 1
    after = said("ann", 0, "s2", "no", phase="after_reveal")
    assert store.answer(task.id, (after,), None, now=3.0)
    assert list(store.labels(phase="after_reveal")) == [after]
    assert store.progress("p").answers == 1


def test_an_answer_that_comes_late_is_kept_and_does_not_count_for_the_task(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", 60, now=0.0)[0].task
    store.lease("p", "bob", 60, now=60.0)
    for _ in range(2):
        with pytest.raises(StoreError, match="held for too long and given to somebody else"):
            store.answer(task.id, (said("ann", 0, "s1", flag="odd"),), None, now=61.0)
    assert [(label.rater, label.flag) for label in store.labels()] == [("ann", "odd, late")]
    assert store.progress("p").answers == 0
    assert len(store.ratings(project="p")) == 1
    assert store.answer(task.id, (said("bob", 0, "s1"),), None, now=62.0)


def test_a_lease_that_ran_out_unnoticed_still_counts(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", 60, now=0.0)[0].task
    assert store.answer(task.id, (said("ann", 0, "s1"),), None, now=1000.0)
    assert store.progress("p").done_tasks == 1


def test_renewed_and_released(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", 60, now=0.0)[0].task
    assert store.renew(task.id, "ann", 60, now=59.0)
    assert numbers(store.lease("p", "bob", 60, now=118.0)) == [1]
    assert store.renew(task.id, "ann", 60, now=200.0)  # it had run out, nobody had taken it
    store.release(task.id, "ann")
    assert numbers(store.lease("p", "bob", 60, now=201.0)) == [0]
    assert not store.renew(task.id, "ann", 60, now=202.0)
    store.answer(task.id, (said("bob", 0, "s1"),), None, now=203.0)
    assert not store.renew(task.id, "bob", 60, now=204.0)


def test_undo_takes_everything_back_and_gives_the_task_again(store: Store) -> None:
    a_project(store, tasks=2)
    task = store.lease("p", "ann", now=0.0)[0].task
    both = (said("ann", 0, "s1", severity=2), said("ann", 0, "s1", "no", rule_id="no_insults"))
    store.answer(task.id, both, None, now=1.0)
    assert numbers(store.lease("p", "bob", now=1.5)) == [1]  # bob's search has passed the answered task
    for _ in range(2):
        store.withdraw(task.id, "ann", "u1", now=2.0, seconds=60)
    withdrawn = [label for label in store.labels() if label.value == "withdrawn"]
    assert [(label.rule_id, label.severity, label.submission, label.at) for label in withdrawn] == [
        ("no_knives", None, "u1", 2.0), ("no_insults", None, "u1", 2.0),
    ]  # fmt: skip
    assert len(store.ratings(project="p")) == 0
    assert store.progress("p").answers == 0
    held = [lease.task.id for lease in store.lease("p", "bob", now=3.0)]
    assert task.id not in held
    assert numbers(store.lease("p", "ann", now=3.0)) == [0]
    assert not store.answer(task.id, both, None, now=4.0)  # a copy of the old answer that was long on its way
    assert store.progress("p").answers == 0
    store.release(task.id, "ann")
    assert numbers(store.lease("p", "bob", now=5.0)) == [0]
    assert store.answer(task.id, (said("bob", 0, "s9"),), None, now=6.0)


def test_who_has_answered_says_nothing_else_until_it_is_withdrawn(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", now=0.0)[0].task
    question = said("ann", 0, "q", question_id="q1")
    with pytest.raises(AnsweredError, match="before its questions"):
        store.answer(task.id, (question,), None, now=1.0)
    first = said("ann", 0, "s1", "skipped")
    store.answer(task.id, (first,), None, now=2.0)
    for other in (said("ann", 0, "s2", "no"), said("ann", 0, "s1", rule_id="no_insults"), said("ann", 0)):
        with pytest.raises(AnsweredError, match="you have answered this item before"):
            store.answer(task.id, (other,), None, now=3.0)
    assert not store.answer(task.id, (first,), None, now=4.0)
    store.answer(task.id, (question,), None, now=4.0)
    assert list(store.labels()) == [first, question]
    store.withdraw(task.id, "ann", "u1", now=5.0)
    assert store.answer(task.id, (said("ann", 0, "s2", "no"),), None, now=6.0)


def test_an_answer_that_came_late_can_be_undone(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", 60, now=0.0)[0].task
    store.lease("p", "bob", 60, now=60.0)
    with pytest.raises(StoreError, match="held for too long"):
        store.answer(task.id, (said("ann", 0, "s1"),), None, now=61.0)
    store.withdraw(task.id, "ann", "u1", now=62.0)
    assert [label.value for label in store.labels()] == ["yes", "withdrawn"]
    assert task.id not in [lease.task.id for lease in store.lease("p", "ann", now=63.0, count=9)]
    assert store.answer(task.id, (said("bob", 0, "s1"),), None, now=64.0)
    assert store.progress("p").answers == 1


def test_a_closed_project_hands_nothing_out_and_takes_what_is_in_hand(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", now=0.0)[0].task
    store.close_project("p", now=5.0)
    store.close_project("p", now=6.0)
    project = store.project("p")
    assert project is not None
    assert project.closed == 5.0
    assert store.lease("p", "bob", now=6.0) == []
    assert not store.renew(task.id, "ann", now=6.0)
    assert store.answer(task.id, (said("ann", 0, "s1"),), None, now=7.0)


def test_answers_that_do_not_belong_to_the_task_are_refused(store: Store) -> None:
    a_project(store)
    task = store.lease("p", "ann", now=0.0)[0].task
    for labels, why in (
        ((), "needs labels of one rater, not of 0"),
        ((said("ann", 0), said("bob", 0)), "needs labels of one rater, not of 2"),
        ((said("ann", 1),), "a label about item item 1 in project 'p'"),
        ((said("ann", 0, project="q"),), "in project 'q'"),
    ):
        with pytest.raises(StoreError, match=why):
            store.answer(task.id, labels, None, now=1.0)
    assert list(store.labels()) == []
    with pytest.raises(StoreError, match="there is no task 999: ask for the next one"):
        store.answer(999, (said("ann", 0),), None)
    with pytest.raises(StoreError, match="there is no project 'q'"):
        store.lease("q", "ann")


def test_projects_are_all_or_nothing(store: Store) -> None:
    project = a_project(store)
    assert store.project("p") == replace(project)
    assert store.projects() == [project]
    assert [task.position for task in store.tasks("p")] == [0, 1, 2]
    assert store.project("q") is None
    with pytest.raises(StoreError, match="there is a project 'p' already"):
        store.save_project(project, [])
    for items in (["item 0", "item 0"], ["item 0", "never saved"]):
        with pytest.raises(StoreError, match="each of its items must be saved before"):
            store.save_project(replace(project, id="q"), [(item, None) for item in items])
    with pytest.raises(StoreError, match="needs rubric house stored"):
        store.save_project(replace(project, id="q", rubric_version="v2"), [])
    assert store.projects() == [project]


def test_raters_and_what_they_say_of_themselves(store: Store) -> None:
    ann, bob = Rater("ann", "admin", at=1.0), Rater("Ann \x00 \ud800", keys=(("yes", "KeyY"),), at=2.0)
    store.save_rater(bob, "hash b")
    store.save_rater(ann, "hash a")
    assert store.raters() == [ann, bob]
    assert store.rater(bob.name) == bob
    assert store.password_hash("ann") == "hash a"
    with pytest.raises(StoreError, match="there is a rater 'ann' already"):
        store.save_rater(replace(ann, role="rater"), "other")
    store.update_rater(replace(ann, disabled=True))
    assert store.rater("ann") == replace(ann, disabled=True)
    assert store.password_hash("ann") == "hash a"
    store.update_rater(ann, "new")
    assert store.password_hash("ann") == "new"
    assert (store.rater("cid"), store.password_hash("cid")) == (None, None)
    for change in (lambda: store.update_rater(Rater("cid")), lambda: store.save_attributes("cid", ())):
        with pytest.raises(StoreError, match="there is no rater 'cid'"):
            change()
    store.save_attributes("ann", (("language", "en"), ("age", "30")))
    store.save_attributes("ann", (("language", "de"),))
    assert store.attributes() == {"ann": {"language": "de"}}

"""Labels and verdicts as columns: who said what last, and nothing unknown taken for safe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from store_values import RUBRIC, a_verdict, an_item, prepare
from test_queue import PROJECT, a_project, said

from mmjudge.errors import StoreError
from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES
from mmjudge.store import JudgeCount, Store
from mmjudge.types import Finding, Label, Truth


def rows(ratings) -> list[tuple]:
    """(item, rule, rater, value, severity, score, seconds) of each row, NaN as None."""
    named = zip(ratings.item, ratings.rule, ratings.rater, strict=True)
    names = [(ratings.items[i], ratings.rules[j], ratings.raters[k]) for i, j, k in named]
    told = [[None if np.isnan(x) else float(x) for x in column] for column in (ratings.score, ratings.seconds)]
    return [
        (*name, int(value), int(severity), score, seconds)
        for name, value, severity, score, seconds in zip(names, ratings.value, ratings.severity, *told, strict=True)
    ]


def test_the_last_word_of_each_rater_on_each_thing(store: Store) -> None:
    a_project(store)
    store.save_labels(
        [
            said("ann", 0, rule_id="", value="yes"),
            said("ann", 0, rule_id="", value="no", severity=0),
            said("ann", 0, rule_id="r", value="yes", severity=3),
            said("bob", 0, rule_id="", value="controversial"),
            said("bob", 1, rule_id="", value="cant_tell", seconds=0.0),
            said("cid", 1, rule_id="", value="skipped"),
            said("cid", 2, rule_id="", value="yes"),
            said("cid", 2, rule_id="", value="withdrawn"),
            said("dan", 2, rule_id="", value="withdrawn"),
            said("dan", 2, rule_id="", value="no"),
            said("ann", 1, question_id="q", value="yes"),
            said("eve", 1, rule_id="", phase="assisted", value="yes"),
            said("eve", 1, rule_id="", project="", value="no"),
        ]
    )
    found = store.ratings(project="p")
    assert rows(found) == [
        ("item 0", "", "ann", NO, 0, None, 2.0),
        ("item 0", "r", "ann", YES, 3, None, 2.0),
        ("item 0", "", "bob", CONTROVERSIAL, -1, None, 2.0),
        ("item 1", "", "bob", UNKNOWN, -1, None, None),
        ("item 1", "", "cid", UNKNOWN, -1, None, 2.0),
        ("item 2", "", "dan", NO, -1, None, 2.0),
    ]
    assert found.probability.tolist() == [0.5] * 3
    assert found.judges == frozenset()
    assert rows(store.ratings(project="p", phases=["assisted"])) == [("item 1", "", "eve", YES, -1, None, 2.0)]
    everywhere = store.ratings(rubric_id="house")
    assert len(everywhere) == 7
    assert np.isnan(everywhere.probability).all()
    assert len(store.ratings(rubric_id="house", rubric_version="v0")) == 0
    with pytest.raises(StoreError, match="there is no project 'q'"):
        store.ratings(project="q")


def test_judges_are_raters_with_scores(store: Store) -> None:
    a_project(store)
    prepare(store, "elsewhere")
    store.save_judge("other", "measurer 2", "Another")
    away = Finding("no_insults", Truth.NO, applies=False)
    unseen = Finding("no_knives", Truth.UNKNOWN, None, None, ("not_observable",))
    store.save_verdict(a_verdict("item 0", truth=Truth.NO))
    store.save_verdict(a_verdict("item 0", attempt=2))
    store.save_verdict(a_verdict("item 1", truth=Truth.UNKNOWN, score=None, findings=(unseen, away)))
    store.save_verdict(a_verdict("item elsewhere", truth=Truth.NO))
    other = a_verdict("item 0", judge_id="other", label="controversial")
    store.save_verdict(replace(other, measurement=replace(other.measurement, measurer_id="measurer 2")))
    store.save_label(said("ann", 0, rule_id=""))
    newest = [
        ("item 0", "", "judge:judge", YES, -1, 0.75, None),
        ("item 0", "no_knives", "judge:judge", YES, 3, 0.75, None),
        ("item 0", "no_insults", "judge:judge", NO, 0, 0.1, None),
        ("item 1", "", "judge:judge", UNKNOWN, -1, None, None),
        ("item 1", "no_knives", "judge:judge", UNKNOWN, 0, None, None),
    ]
    one = store.ratings(project="p", judges=["judge"])
    assert rows(one) == [("item 0", "", "ann", YES, -1, None, 2.0), *newest]
    assert one.judges == {1}
    assert one.by_people.tolist() == [True] + [False] * 5
    both = store.ratings(project="p", judges=None)
    assert [row[:4] for row in rows(both)[6:]] == [
        ("item 0", "", "judge:other", CONTROVERSIAL),
        ("item 0", "no_knives", "judge:other", YES),
        ("item 0", "no_insults", "judge:other", NO),
    ]
    assert "item elsewhere" in store.ratings(rubric_id="house", judges=None).items
    assert store.judges_of("house") == [
        JudgeCount("judge", "The judge", "default", 4), JudgeCount("other", "Another", "default", 1),
    ]  # fmt: skip
    assert store.judges_of("nothing") == []


def test_a_judge_taken_in_as_a_rater_is_no_person_and_none_twice(store: Store) -> None:
    a_project(store)
    prepare(store, "elsewhere")
    store.save_verdict(a_verdict("item 0"))
    store.save_labels([said("Judge:x", 0, rule_id=""), said("JUDGE:judge", 0, rule_id="", value="no")])
    store.save_labels([said("judge:judge", 0, rule_id="", value="no"), said("ann", 0, rule_id="")])
    with_verdicts = store.ratings(project="p", judges=None)
    told = [(name, value) for _, rule, name, value, *_ in rows(with_verdicts) if not rule]
    assert told == [("Judge:x", YES), ("ann", YES), ("judge:judge", YES)]
    assert {row[2] for row in rows(with_verdicts.where(with_verdicts.by_people))} == {"ann"}
    assert len(store.ratings(project="p")) == 4


def test_labels_on_other_versions_are_counted(store: Store) -> None:
    a_project(store)
    old = replace(said("ann", 0, rule_id=""), rubric_version="old")
    store.save_labels([old, replace(old, rater="bob", phase="assisted"), replace(old, rater="cid", project="")])
    store.save_labels([replace(old, rater="dan", value="withdrawn"), said("eve", 0, rule_id="")])
    version = said("eve", 0).rubric_version
    assert store.labels_beside(old.rubric_id, version) == 2
    assert store.labels_beside(old.rubric_id, version, "p") == 1


def test_names_that_databases_dislike_come_back(store: Store) -> None:
    store.save_rubric(RUBRIC)
    store.save_item(replace(an_item("x"), id="a\x00\ud800"), ["odd \ud800 place"])
    store.save_label(Label("a\x00\ud800", "house", "v1", "ann\x1b", "yes", rule_id="\x00"))
    found = store.ratings(rubric_id="house")
    assert (found.items, found.rules, found.raters) == (("a\x00\ud800",), ("\x00",), ("ann\x1b",))
    assert store.find_items("odd \ud800 place") == ["a\x00\ud800"]
    assert store.find_items("odd") == []


def test_a_submission_is_stored_once_per_thing_it_is_about(store: Store) -> None:
    a_project(store)
    word = said("ann", 0, "s1")
    assert store.save_labels([word, word, said("ann", 1, "s1"), said("bob", 0, "s1"), replace(word, rule_id="r")]) == 4
    store.save_label(word)
    assert store.save_labels([said("ann", 0), said("ann", 0)]) == 2  # without a submission nothing is the same
    assert len(list(store.labels())) == 6
    with pytest.raises(StoreError, match="a label needs its item"):
        store.save_labels([said("ann", 2), said("ann", 99)])
    assert len(list(store.labels())) == 6


def test_the_queue_is_read_in_the_order_of_its_index(store: Store) -> None:
    """With 4,000 tasks, half of them answered by the rater: no plan sorts, and the search begins behind them."""
    store.save_rubric(RUBRIC)
    store.save_items((an_item(str(n), path=None), []) for n in range(4_000))
    store.save_project(PROJECT, ((f"item {n}", None) for n in range(4_000)))
    answered = text(
        "INSERT INTO answered (task_id, rater, project_id, seconds, at) "
        "SELECT id, 'ann', 'p', 0, 0 FROM task WHERE position < 2000"
    )
    plan = "EXPLAIN " if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    query = (
        "SELECT * FROM task WHERE project_id = 'p' AND open = true AND position >= 2000 AND NOT EXISTS "
        "(SELECT 1 FROM answered WHERE task_id = task.id AND rater = 'ann') AND (SELECT count(*) FROM lease "
        "WHERE task_id = task.id AND until > 1 AND rater != 'ann') < 2 - done ORDER BY position LIMIT 1"
    )
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(answered)
        steps = " ".join(str(row[-1]) for row in connection.execute(text(plan + query)))
    assert "task_queue" in steps
    assert "Sort" not in steps
    assert "TEMP B-TREE" not in steps
    assert store.lease("p", "ann", now=0.0)[0].task.position == 2_000
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT position FROM queue_place WHERE rater = 'ann'")).scalar_one() == 2_000

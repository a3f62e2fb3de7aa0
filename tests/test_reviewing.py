"""Review over real stores: verdicts of a scripted judge, people's labels, and settling what is open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmjudge.backends.fake import FakeBackend
from mmjudge.errors import RubricError, StoreError
from mmjudge.judge import Judge
from mmjudge.media import item as made
from mmjudge.policy import LOOSE
from mmjudge.priors import Priors
from mmjudge.review import causes
from mmjudge.reviewing import (
    Wanted,
    address,
    adjudicate,
    answers,
    decided_by,
    explained,
    listed,
    modalities,
    reopen,
    rubric_in_use,
    seen,
    settled,
    whole_id,
)
from mmjudge.rubric import parse
from mmjudge.session import judge_item
from mmjudge.store import open_store
from mmjudge.types import Label, YesNo

RULES = parse(
    """
id: small
title: Small
rules:
  - id: threat
    severity: 3
    modalities: [text]
    text: No threats.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The word YOU stands there.}]}
      - {id: p2, any_of: [{id: q2, ask: The word BREAK stands there.}]}
  - id: insult
    severity: 1
    modalities: [text]
    text: No insults.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The word FOOL stands there.}]}
""",
    "small",
)


class Words(FakeBackend):
    """Yes where the capitalised word of the question stands in the content."""

    def score_yes_no(self, segment, asks, order=0):
        said = segment.text.lower().split()
        if not said:
            return [YesNo(0.25, 0.65)] * len(asks)
        wanted = [next(w for w in ask.split() if len(w) > 2 and w.isupper()).lower() for ask in asks]
        return [YesNo(0.93, 0.04) if word in said else YesNo(0.02, 0.95) for word in wanted]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request, tmp_path):
    sqlite = f"sqlite:///{tmp_path / 'mmjudge.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def items(store):
    """Judged: a threat, a threat with an insult, and a harmless text, in this order."""
    judge = Judge(
        name="words",
        rubric=RULES,
        policy=LOOSE,
        backend=Words(id="words"),
        priors=Priors(None, "words", "1", RULES.version),
    )
    made_ = [made(text) for text in ("you break it", "you fool you break", "a walk outside")]
    for one in made_:
        judge_item(judge, store, one)
    return [one.id for one in made_]


def label(item_id, rater, value, rule="", **more):
    return Label(item_id, RULES.id, RULES.version, rater, value, rule, **more)


def say(store, *labels):
    for one in labels:
        store.save_label(one)


def test_what_is_open_is_listed_and_settled_pairs_are_not(store, items):
    threat, both, walk = items
    say(
        store,
        label(threat, "ada", "no"),
        label(threat, "bob", "no"),
        label(walk, "ada", "no"),
        label(both, "ada", "yes"),
    )
    found = listed(store, RULES, Wanted())
    assert [(p.pair.item_id, p.pair.rule_id, p.pair.kinds) for p in found.places] == [(threat, "", ("person-judge",))]
    assert (found.found, found.settled, found.unanswered) == (1, 0, 0)
    assert found.places[0].pair.modality == "text"
    assert address(found.places[0].pair, RULES) == f"/review/{threat}?rule=&rubric=small&version={RULES.version}"

    adjudicate(store, RULES, threat, "", "no", "It is a game.", "Eve")
    after = listed(store, RULES, Wanted())
    assert (after.places, after.found, after.settled) == ((), 0, 1)
    changed = replace(RULES, version="another")
    store.save_rubric(changed)
    assert settled(store, changed) == {}


def test_filters_of_the_queue(store, items):
    threat, both, walk = items
    say(store, label(threat, "ada", "no"), label(both, "ada", "yes"), label(both, "bob", "no"))
    say(store, label(both, "bob", "no", "insult"), label(walk, "ada", "cant_tell"))

    def chosen(**filters):
        return {(p.pair.item_id, p.pair.rule_id) for p in listed(store, RULES, Wanted(**filters)).places}

    assert chosen() == {(threat, ""), (both, ""), (both, "insult")}
    assert chosen(rule="insult") == {(both, "insult")}
    assert chosen(rater="ada") == {(threat, "")}
    assert chosen(kind="person-person") == {(both, "")}
    assert chosen(modality="image") == set()
    assert chosen(judge="nobody") == {(both, "")}
    assert listed(store, RULES, Wanted()).unanswered == 1
    every = listed(store, RULES, Wanted(agreed=True, sample=100, seed=3))
    assert {p.probability for p in every.places} == {1.0}
    assert len(every.places) == len({(p.pair.item_id, p.pair.rule_id) for p in every.places}) > 3


def test_an_adjudication_needs_a_reason_a_name_and_something_open(store, items):
    item = items[0]
    for reason, by in (("", "Eve"), ("  ", "Eve"), ("Because.", " "), ("x" * 2001, "Eve")):
        with pytest.raises(StoreError, match="needs a"):
            adjudicate(store, RULES, item, "threat", "yes", reason, by)
    with pytest.raises(RubricError, match="no rule 'thret'"):
        adjudicate(store, RULES, item, "thret", "yes", "Because.", "Eve")
    with pytest.raises(StoreError, match="no item"):
        adjudicate(store, RULES, "0" * 64, "threat", "yes", "Because.", "Eve")
    first = adjudicate(store, RULES, item, "threat", "yes", "Because.", "Eve", "sent-1")
    assert (first.phase, first.note, first.value) == ("adjudication", "Because.", "yes")
    assert adjudicate(store, RULES, item, "threat", "yes", "Because.", "Eve", "sent-1") == first
    with pytest.raises(StoreError, match="settled already: yes, by Eve"):
        adjudicate(store, RULES, item, "threat", "no", "I think not.", "Bob")
    assert len(list(store.labels(phase="adjudication"))) == 1


def test_reopened_by_another_person_and_settled_again(store, items):
    item = items[0]
    with pytest.raises(StoreError, match="not settled"):
        reopen(store, RULES, item, "threat", "A mistake.", "Bob")
    adjudicate(store, RULES, item, "threat", "yes", "Because.", "Eve")
    reopen(store, RULES, item, "threat", "A mistake.", "Bob")
    assert settled(store, RULES) == {}
    adjudicate(store, RULES, item, "threat", "no", "It is a game.", "Bob")
    assert {key: e.value for key, e in settled(store, RULES, item).items()} == {(item, "threat"): "no"}
    assert [e.value for e in store.labels(phase="adjudication")] == ["yes", "withdrawn", "no"]


def test_adjudications_are_no_answers_of_raters(store, items):
    adjudicate(store, RULES, items[0], "", "no", "It is a game.", "Eve")
    assert "Eve" not in answers(store, RULES).raters


def test_what_explains_most(store, items):
    threat, both, walk = items
    say(
        store,
        label(threat, "ada", "no"),
        label(both, "ada", "no"),
        label(walk, "ada", "yes"),
        label(walk, "bob", "yes"),
    )
    blamed = explained(store, RULES, Wanted())
    first = causes(blamed, preconditions=False)[0]
    assert (first.rule_id, first.alarms) == ("threat", 2)
    assert sum(c.n for c in causes(blamed)) == 3
    assert sum(c.missed for c in causes(blamed)) == 1
    assert [b.pair.item_id for b in explained(store, RULES, Wanted(rater="bob"))] == [walk]
    assert explained(store, RULES, Wanted(rule="insult")) == []


def test_people_who_agree_with_the_judge_by_majority_blame_nobody(store, items):
    say(store, *(label(items[0], rater, value) for rater, value in (("a", "yes"), ("b", "yes"), ("c", "no"))))
    assert explained(store, RULES, Wanted()) == []


def test_one_item_side_by_side(store, items):
    threat = items[0]
    say(store, label(threat, "ada", "no", "threat"), label(threat, "ada", "no", "threat", question_id="q2"))
    found = seen(store, threat, RULES)
    ((row, verdict),) = found.verdicts
    assert (row.judge_name, verdict.categories) == ("words", ("threat",))
    assert len(found.labels) == 2
    about, by = decided_by(RULES, verdict, "")
    assert (about, by.rule_id) == ("threat", "threat")
    with pytest.raises(StoreError, match="no item"):
        seen(store, "f" * 64, RULES)


def test_items_by_the_beginning_of_their_id():
    assert whole_id(["abc1", "abd2"], "abc") == "abc1"
    with pytest.raises(StoreError, match="several items"):
        whole_id(["abc1", "abd2"], "ab")
    with pytest.raises(StoreError, match="no item"):
        whole_id(["abc1"], "x")


def test_the_rubric_in_use_is_that_of_the_newest_verdict(store, items):
    assert rubric_in_use(store) == RULES
    assert set(modalities(store, "small").values()) == {"text"}


def test_nothing_judged_is_said(store):
    with pytest.raises(StoreError, match="nothing was judged"):
        rubric_in_use(store)

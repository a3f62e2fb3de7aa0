"""A report from a store: verdicts and labels joined, why things are unknown, what disagreements hang on, exposure."""

import json

import pytest

from mmjudge.people import Exposure, Project, Rater
from mmjudge.reporting import Asked, ReportError, modality_of, of_store, rendered
from mmjudge.rubric import parse
from mmjudge.store import open_store
from mmjudge.types import Evidence, Finding, Gap, Item, Label, Measurement, Media, Passage, Truth, Verdict, item_id

RUBRIC = parse(
    """
id: knives
title: Knives
rules:
  - id: no_knives
    category: Weapons
    severity: 2
    modalities: [text]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is offered.}]}
      - {id: p2, any_of: [{id: q2, ask: It is for a kitchen., expect: false}]}
""",
    "knives",
)
RULE = RUBRIC.rules[0]
ASKED = Asked(draws=200)


def item_of(text):
    return Item(item_id(text, (), "post", ()), text, attributes=(("language", "en"),))


def verdict_of(item, truth, score, rule=RULE):
    evidence = tuple(
        Evidence(rule.id, question.id, 0, "probe", "tiny", score=score if question.expect else 0.01, prior=0.5)
        if score is not None
        else Evidence(rule.id, question.id, 0, "probe", "tiny", reason="refused")
        for question in rule.questions
    )
    passages = (Passage(0, "text", text=item.text, modalities=("text",)),)
    gaps = () if score is not None else (Gap("0", "undecodable", "broken"),)
    finding = Finding(rule.id, truth, score, 0, ("refused",) if truth is Truth.UNKNOWN else (), severity=2)
    label = {Truth.YES: "unsafe", Truth.NO: "safe", Truth.UNKNOWN: "needs_review"}[truth]
    return Verdict(
        item.id, "j" * 64, RUBRIC.id, RUBRIC.version, "loose", label, truth, score, 2 if truth is Truth.YES else 0,
        1, 1, (finding,), Measurement(item.id, "measurer", passages, gaps, evidence, 1.5),
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Four items: a hit, a miss, a false alarm, one unknown; two people, who agree. The first two lie in a project."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/report.db") as store:
        store.save_rubric(RUBRIC)
        store.save_judge("j" * 64, "measurer", "tiny", json.dumps({"model": "tiny@1"}))
        items = [item_of(f"words number {n}") for n in range(4)]
        for item in items:
            store.save_item(item)
        for name in ("ann", "ben"):
            store.save_rater(Rater(name), "hash")
        store.save_attributes("ann", (("side", "left"),))
        project = Project("p", "P", RUBRIC.id, RUBRIC.version, overlap=2, sampling="random", size=4)
        store.save_project(project, [(item.id, 0.5) for item in items[:2]])
        judged = ((Truth.YES, 0.9), (Truth.NO, 0.1), (Truth.YES, 0.8), (Truth.UNKNOWN, None))
        for item, (truth, score) in zip(items, judged, strict=True):
            store.save_verdict(verdict_of(item, truth, score))
        for n, (item, value) in enumerate(zip(items, ("yes", "yes", "no", "yes"), strict=True)):
            for name in ("ann", "ben"):
                within = "p" if n < 2 else ""
                store.save_label(
                    Label(
                        item.id,
                        RUBRIC.id,
                        RUBRIC.version,
                        name,
                        value,
                        severity=3 if n == 0 else None,
                        seconds=5.0,
                        project=within,
                    )
                )
        assisted = Label(items[2].id, RUBRIC.id, RUBRIC.version, "cas", "yes", phase="assisted")
        store.save_label(assisted)
        task = next(iter(store.lease("p", "ann")))
        exposed = Exposure("ann", "p", items[0].id, 120.0, 60.0, 1, 1.0)
        labels = (
            Label(
                items[0].id,
                RUBRIC.id,
                RUBRIC.version,
                "ann",
                "yes",
                severity=3,
                seconds=5.0,
                project="p",
                submission="s",
            ),
        )
        store.answer(task.task.id, labels, exposed)
        yield store


def test_verdicts_and_labels_meet(store):
    found = of_store(store, None, RUBRIC.id, ASKED)
    assert found.judge == "judge:tiny jjjjjjjj (loose)"
    assert found.table == ((0, 1), (1, 1))
    assert found.one("judge", "decided").value == 3 / 4
    assert found.one("people", "raw_agreement").value == 1.0
    assert found.one("judge", "accuracy", "language", "en").n == 3
    assert found.one("judge", "accuracy", "modality", "text").n == 3
    assert found.one("judge", "accuracy", "raters", "side: left").n == 3


def test_assisted_answers_are_no_independent_ones(store):
    assert "cas" not in {row.group for row in of_store(store, None, RUBRIC.id, ASKED).of("rater")}


def test_says_why_things_are_unknown_and_what_disagreements_hang_on(store):
    found = of_store(store, None, RUBRIC.id, ASKED)
    missing = {one.what: one.n for one in found.missing}
    assert missing["judge, of these: the model refused to answer"] == 1
    assert missing["judge, of these: not read: could not be decoded"] == 1
    assert sum(one.n for one in found.parts) == found.disagreed == 2
    assert {one.what.partition(": rule ")[0] for one in found.parts} == {"misses", "false alarms"}
    assert any(one.what.endswith(f"rule {RULE.id}, precondition p1") for one in found.parts)
    assert all(RULE.questions[0].ask in " ".join(one.evidence) for one in found.worst)


def test_words_of_items_only_on_request(store):
    assert b"words number" not in rendered(of_store(store, None, RUBRIC.id, ASKED), "html")
    assert b"words number 1" in rendered(of_store(store, None, RUBRIC.id, ASKED, with_text=True), "html")


def test_a_project_has_its_own_items_its_exposure_and_its_sampling(store):
    found = of_store(store, "p", None, ASKED)
    assert found.counts[0].n == 2
    assert found.exposure == (("severity 3, in all", 2.0), ("severity 3, uncovered", 1.0))
    assert "only 2 items have labels" in found.prevalence.because[0].lower()


def test_versions_of_everything(store):
    made = dict(of_store(store, None, RUBRIC.id, ASKED).made)
    assert made["rubric"] == f"{RUBRIC.id} {RUBRIC.version}"
    assert made["policy"] == "loose"
    assert made["model"] == "tiny@1"
    assert {"mmjudge", "numpy", "scipy", "python", "measurer"} <= set(made)


def test_what_is_not_there(store):
    with pytest.raises(ReportError, match="judged none of these"):
        of_store(store, None, RUBRIC.id, Asked(judge="nobody"))
    with pytest.raises(ReportError, match="no person has answered"):
        of_store(store, None, "another", ASKED)


def test_what_an_item_is_made_of():
    from pathlib import Path

    files = tuple(Media(Path(name), "", 1) for name in ("a.png", "b.mp3", "c.jpg"))
    assert modality_of(Item("0", "words", media=files)) == "text+audio+image"
    assert modality_of(Item("0", media=files[:1])) == "image"


def kept_apart(folder):
    """An item skipped, one answered no, under two versions of the rubric; nobody judged all of them."""
    store = open_store(f"sqlite:///{folder}/apart.db")
    store.save_rubric(RUBRIC)
    store.save_judge("j" * 64, "measurer", "tiny", "{}")
    items = [item_of(f"apart {n}") for n in range(3)]
    for item in items:
        store.save_item(item)
    store.save_verdict(verdict_of(items[0], Truth.NO, 0.1))
    store.save_rater(Rater("ann"), "hash")
    store.save_project(Project("q", "Q", RUBRIC.id, RUBRIC.version, size=3), [(item.id, 1.0) for item in items])
    for item, value, version in zip(items, ("no", "skipped", "yes"), (RUBRIC.version,) * 2 + ("old",), strict=True):
        store.save_label(Label(item.id, RUBRIC.id, version, "ann", value, project="q"))
    for item in items[:2]:
        store.save_exposure(Exposure("ann", "q", item.id, 60.0, 0.0, 0, 1.0))
    return store


@pytest.mark.parametrize("source", [("q", None), (None, RUBRIC.id)])
def test_a_skipped_item_was_not_found_harmless(tmp_path, source):
    with kept_apart(tmp_path) as store:
        exposure = dict(of_store(store, *source, ASKED).exposure)
    assert (exposure["no violation, in all"], exposure["not answered, in all"]) == (1.0, 1.0)


@pytest.mark.parametrize("source", [("q", None), (None, RUBRIC.id)])
def test_labels_of_another_version_are_left_out_and_counted(tmp_path, source):
    with kept_apart(tmp_path) as store:
        found = of_store(store, *source, ASKED)
    assert found.counts[0].n == 2
    assert any(note.startswith("Labels on other versions") and note.endswith(": 1.") for note in found.notes)


def test_a_project_answered_in_part_says_so(tmp_path):
    with kept_apart(tmp_path) as store:
        said = of_store(store, "q", None, ASKED).prevalence
    assert "2 of 3 tasks are answered, in the order of the queue" in said.because[0]

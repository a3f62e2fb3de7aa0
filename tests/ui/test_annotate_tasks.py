from dataclasses import replace

import pytest
from ui_stand_in import rubric

from mmjudge.people import Project, Scheme, Task
from mmjudge.types import Finding, Heard, Item, Label, Measurement, Media, Passage, Region, Truth, Turn, Verdict
from mmjudge.ui.annotate_tasks import AnswerError, contested, exposure_of, labels_of, questions_json, task_json

RULES = rubric()
TASK = Task(7, "p", "item", 0)
EVERYTHING = Scheme("item", tri=True, severity=True, preconditions=True, regions=True)


def project(scheme=EVERYTHING, **more):
    return Project("p", "P", RULES.id, RULES.version, scheme, **more)


def made(said, scheme=EVERYTHING, **more):
    return labels_of({"submission": "s", **said}, TASK, project(scheme), RULES, "ann", 5.0, **more)


def verdict(*findings):
    empty = Measurement("item", "m", (), (), ())
    return Verdict("item", "j", RULES.id, RULES.version, "strict", "safe", Truth.NO, 0.1, 0, 4, 4, findings, empty)


def test_an_answer_about_the_item_becomes_one_blind_label():
    (label,) = made({"answers": [{"value": "yes", "severity": 2}], "note": "n", "flag": "f", "seconds": 3})
    assert label == Label(
        *("item", RULES.id, RULES.version, "ann", "yes"),
        severity=2,
        at=5.0,
        seconds=3.0,
        note="n",
        flag="f",
        project="p",
        submission="s",
    )


def test_the_phase_is_said_in_each_label():
    assert [label.phase for label in made({"answers": [{"value": "no"}]}, phase="assisted")] == ["assisted"]


def test_a_skipped_item_is_skipped_in_every_rule_that_is_asked_about():
    labels = made({"skip": "language", "note": "Greek"}, Scheme("rules"))
    assert [(x.rule_id, x.value, x.note) for x in labels] == [
        (rule.id, "skipped", "language: Greek") for rule in RULES.rules
    ]


def test_marked_places_become_regions():
    marks = [
        {"part": "text", "rule": "insults", "chars": [2, 5]},
        {"part": "0", "box": [0.1, 0.2, 0.3, 0.4]},
        {"part": "1", "span": [1, 2.5]},
    ]
    (label,) = made({"answers": [{"value": "yes", "regions": marks}]})
    assert label.regions == (
        Region("text", "insults", chars=(2, 5)),
        Region("0", box=(0.1, 0.2, 0.3, 0.4)),
        Region("1", span=(1.0, 2.5)),
    )


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"answers": []},
        {"answers": [{"value": "maybe"}]},
        {"answers": [{"value": "skipped"}]},
        {"answers": [{"value": "withdrawn"}]},
        {"answers": [{"value": "controversial", "rule": "insults"}]},
        {"answers": [{"value": "yes", "rule": "no_such_rule"}]},
        {"answers": [{"value": "yes", "rule": "insults", "question": "q9"}]},
        {"answers": [{"value": "yes", "severity": 4}]},
        {"answers": [{"value": "yes", "severity": True}]},
        {"answers": [{"value": "yes", "regions": [{"part": "0", "box": [0.9, 0, 0.5, 1]}]}]},
        {"answers": [{"value": "yes", "regions": [{"part": "0", "span": [3]}]}]},
        {"answers": [{"value": "yes", "regions": ["x"]}]},
        {"answers": [{"value": "yes", "regions": [{"part": "0", "rule": "no_such_rule", "span": [1, 2]}]}]},
        {"answers": [{"value": "yes"}], "note": "x" * 2001},
        {"answers": [{"value": "yes"}], "submission": ""},
        {"skip": "bored"},
        {"answers": [{"value": "yes"}, {"value": "no"}]},
        {"answers": [{"value": "yes", "rule": "insults"}]},
        {"answers": [{"value": "yes"}, {"value": "yes", "rule": "insults", "question": "q1"}]},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_guessed(said):
    with pytest.raises(AnswerError):
        made(said)


def test_an_answer_covers_every_rule_once():
    every = [{"rule": rule.id, "value": "no"} for rule in RULES.rules]
    asked = {"rule": "insults", "question": "q1", "value": "no"}
    assert len(made({"answers": every}, Scheme("rules"))) == 4
    assert len(made({"answers": [asked]}, Scheme("rules"))) == 1
    assert len(made({"answers": every[:1]}, Scheme("rules"), phase="after_reveal")) == 1
    for wrong, why in (
        (every[:1], "3 of 4 rules have no answer"),
        ([*every, every[0]], "answered twice"),
        ([asked, asked], "answered twice"),
        ([*every, asked], "after the rest"),
        ([{"value": "no"}], "does not ask that"),
    ):
        with pytest.raises(AnswerError, match=why):
            made({"answers": wrong}, Scheme("rules"))


def test_a_project_without_severity_or_places_takes_none():
    for answer in ({"severity": 1}, {"regions": [{"part": "text", "chars": [0, 1]}]}):
        with pytest.raises(AnswerError):
            made({"answers": [{"value": "yes", **answer}]}, Scheme())


def test_exposure_is_what_the_page_measured_within_reason():
    told = {"exposure": {"seconds": 5, "uncovered": 9.0, "reveals": 2}}
    exposure = exposure_of(told, TASK, "ann", 1.0)
    assert (exposure.seconds, exposure.uncovered, exposure.reveals) == (5.0, 5.0, 2)
    for wrong in (None, {"seconds": "x", "uncovered": -1, "reveals": 0.5}):
        exposure = exposure_of({"exposure": wrong}, TASK, "ann", 1.0)
        assert (exposure.seconds, exposure.uncovered, exposure.reveals) == (0.0, 0.0, 0)
    assert exposure_of({"exposure": {"seconds": 1e9}}, TASK, "ann", 1.0).seconds == 3600.0


def test_contested_is_what_the_judge_could_not_answer_and_what_raters_answered_differently():
    unknown = Finding("violent_threats", Truth.UNKNOWN, reasons=("unparsed",))
    fine, between = Finding("stolen_cards", Truth.NO, 0.1), Finding("insults", Truth.NO, 0.5, controversial=True)
    idle = Finding("nudity", Truth.UNKNOWN, applies=False)
    judged = verdict(unknown, fine, between, idle)
    assert [rule.id for rule in contested(judged, (), RULES)] == ["violent_threats", "insults"]

    def said(rater, value, rule):
        return Label("item", RULES.id, RULES.version, rater, value, rule)

    labels = [said("ann", "yes", "nudity"), said("bob", "no", "nudity"), said("ann", "yes", "insults")]
    assert [rule.id for rule in contested(None, labels, RULES)] == ["nudity"]
    assert contested(None, [said("ann", "yes", "nudity"), said("bob", "cant_tell", "nudity")], RULES) == ()
    asked = questions_json(contested(judged, (), RULES))
    assert [(one["rule"], one["question"]) for one in asked] == [
        ("violent_threats", "q1"),
        ("violent_threats", "q2"),
        ("violent_threats", "q3"),
        ("insults", "q1"),
    ]


def test_a_task_brings_the_words_of_its_files_and_nothing_that_was_decided(tmp_path):
    item = Item("item", "caption", (Turn("user", "hi"),), media=(Media(tmp_path / "secret" / "a.mp4", "00", 9),))
    heard = Passage(0, "0", (0.0, 4.0), heard=(Heard(1.0, 2.0, "hello"),), seen="SIGN", guidance=("team says no",))
    twice = replace(heard, index=1, span=(0.5, 4.0))
    told = task_json(TASK, item, project(), Measurement("item", "m", (heard, twice), (), ()))
    assert told["files"] == [
        {
            "name": "a.mp4",
            "words": [
                {"at": 0.0, "end": None, "seen": "SIGN"},
                {"at": 0.5, "end": None, "seen": "SIGN"},
                {"at": 1.0, "end": 2.0, "said": "hello"},
            ],
        }
    ]
    assert set(told) == {"task", "item", "text", "turns", "target", "files"}
    assert "secret" not in str(told)
    assert "team says no" not in str(told)

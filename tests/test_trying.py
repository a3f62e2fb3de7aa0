"""A rule tried alone: what is asked, by what it is decided, what the store remembers. The scripted backend answers."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmjudge import media
from mmjudge.backends.fake import FakeBackend, FakeDetector, FakeTextReader
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.errors import RubricError
from mmjudge.guidelines import made
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE, Policy
from mmjudge.priors import Priors
from mmjudge.rubric import load_rubric, parse, shipped
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.switches import Switch
from mmjudge.trying import DESCRIBED, SILENT, alone, item_of, score, try_examples, try_rule, with_text
from mmjudge.types import Example, Truth, Turn

RUBRIC = parse(
    """
id: two
title: Two rules
rules:
  - id: knife
    category: Weapons
    modalities: [image]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is there.}, {id: q2, ask: A dagger is there.}]}
      - {id: p2, any_of: [{id: q3, ask: It lies in a kitchen., expect: false}]}
    examples:
      - {violates: true, description: A knife on a street.}
      - {violates: false, description: A knife in a kitchen.}
  - id: fire
    category: Fire
    modalities: [text]
    text: No fire.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A fire burns.}]}
    examples:
      - {violates: true, prompt: How do I burn it?, text: Light the fire.}
      - {violates: false, text: Water is cold., target: prompt}
""",
    "two",
)
KNIFE, FIRE = RUBRIC.rules


def reads(segment, question):
    """Yes where the last noun of the question stands in the words."""
    said = " ".join([segment.text, segment.seen, *(turn.text for turn in segment.turns)]).lower()
    wanted = next(word for word in ("knife", "dagger", "kitchen", "fire") if word in question.lower())
    return 0.95 if wanted in said else 0.05


def judge(rubric=RUBRIC, script=reads, **parts):
    backend = parts.pop("backend", None) or FakeBackend(script)
    return Judge("fake", rubric, parts.pop("policy", LOOSE), backend=backend, priors=Priors(None, "fake", "1"), **parts)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Priors of the scripted backend must not lie among real ones."""
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))


def test_an_example_becomes_the_item_it_stands_for():
    asked, plain = (item_of(example) for example in FIRE.examples)
    assert asked.turns == (Turn("user", "How do I burn it?"), Turn("assistant", "Light the fire."))
    assert (asked.text, asked.target) == ("", "response")
    assert (plain.text, plain.turns, plain.target) == ("Water is cold.", (), "prompt")


def test_only_the_rule_that_is_tried_is_asked_about():
    ready = judge()
    trial = try_rule(ready, FIRE, FIRE.examples[0])
    assert {ask for _, ask in ready.backend.calls} == {"A fire burns."}
    assert (trial.truth, trial.right, trial.example, trial.note) == (Truth.YES, True, FIRE.examples[0], "")
    assert [(p.question_id, p.m, p.prior) for p in trial.evidence] == [("q1", pytest.approx(0.95), pytest.approx(0.3))]


def test_a_description_is_judged_as_words_and_the_trial_says_so():
    breaks, misses = (try_rule(judge(), KNIFE, example) for example in KNIFE.examples)
    assert breaks.rule.modalities == ("text", "image")
    assert breaks.note == misses.note == DESCRIBED
    assert (breaks.truth, breaks.right) == (Truth.YES, True)
    assert (misses.truth, misses.right) == (Truth.NO, True)
    assert misses.looks[0].answers == {"q1": Truth.YES, "q2": Truth.NO, "q3": Truth.YES}


def test_a_text_for_a_rule_about_pictures_is_not_judged_and_not_right():
    ready = judge()
    trial = try_rule(ready, KNIFE, Example(False, "A knife lies here."))
    assert (trial.truth, trial.right, trial.note) == (Truth.UNKNOWN, None, SILENT)
    assert [ask for item, ask in ready.backend.calls if item] == []


def test_an_item_of_files_is_tried_too_with_what_detectors_say(tmp_path):
    Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    item = media.item(files=[tmp_path / "grey.png"])
    ready = judge(
        detectors=(FakeDetector({"blade": 0.9, "smoke": 0.8}, ("blade", "smoke")),),
        crosswalk=(("blade", "knife"), ("smoke", "fire")),
        text_reader=FakeTextReader(""),
    )
    trial = try_rule(ready, KNIFE, item)
    assert (trial.truth, trial.example, trial.right) == (Truth.YES, None, None)
    assert [(p.stage, p.note, p.score) for p in trial.evidence if p.score is not None] == [("detect", "blade", 0.9)]
    assert [p.note for p in trial.measurement.evidence if p.stage == "detect"] == ["blade"]


def numbers(measurement, rule_id):
    told = (p for p in measurement.evidence if p.rule_id == rule_id)
    return [(p.question_id, p.segment, p.stage, p.score, p.reason, p.m, p.prior, p.mass) for p in told]


@pytest.mark.parametrize("text", ["Light the fire.", "Water."])
def test_alone_a_rule_gets_the_numbers_and_the_truth_it_gets_among_the_others(text):
    calibration = Calibration("fake", "1", RUBRIC.id, RUBRIC.version, "", (RuleCalibration("fire", -0.5, 2.0),))
    item = media.item(text=text)
    whole = judge(calibration=calibration)(media.read(item))
    trial = try_rule(judge(calibration=calibration), FIRE, item)
    assert trial.finding == whole.findings[1]
    assert numbers(trial.measurement, "fire") == numbers(whole.measurement, "fire")
    assert trial.finding.score != try_rule(judge(), FIRE, item).finding.score  # the calibration counts


def test_a_changed_rule_is_not_read_by_the_calibration_of_the_old_one():
    calibration = Calibration("fake", "1", RUBRIC.id, RUBRIC.version, "", (RuleCalibration("fire", -0.5, 2.0),))
    ready = judge(calibration=calibration)
    assert alone(ready, FIRE).calibration == calibration
    assert alone(ready, replace(FIRE, examples=())).calibration == calibration  # examples are not asked
    assert alone(ready, replace(FIRE, objective_text="A flame.")).calibration is None


class Listing(FakeBackend):
    """As the embedded model: shown all statements of a rubric, it answers as one that was."""

    def prepared(self, asks):
        ready = Listing(reads, id=f"fake/{len(asks)}")
        ready.calls = self.calls
        return ready


def test_a_model_that_is_shown_all_statements_is_shown_them_in_a_trial_too():
    ready = judge(backend=Listing(reads, id="fake/4"))
    trial = try_rule(ready, FIRE, media.item(text="Fire!"))
    assert {p.model for p in trial.evidence} == {"fake/4"}
    changed = replace(FIRE, objective_text="A flame.")
    assert {p.model for p in try_rule(ready, changed, media.item(text="Fire!")).evidence} == {"fake/1"}
    # what was answered among other statements is not taken for an answer among these
    edited = replace(RUBRIC, version="another")
    assert alone(replace(ready, rubric=edited), FIRE).measurer_id != alone(ready, FIRE).measurer_id


@pytest.mark.parametrize("backend", [FakeBackend(reads), Listing(reads, id="fake/4")])
def test_guidelines_of_a_team_are_left_out(backend):
    library = (made(RUBRIC, "knife", "Kitchens are fine."), made(RUBRIC, "", "Be strict."))
    guided = replace(judge(backend=backend), guidelines=library)
    assert alone(guided, FIRE).guidelines == ()
    assert alone(guided, FIRE).measurer_id == alone(judge(backend=backend), FIRE).measurer_id
    assert try_rule(guided, FIRE, FIRE.examples[0]).right is True


def test_priors_come_in_one_go_and_change_no_number():
    item = media.item(text="A knife and a kitchen.")
    without = judge().measure(media.read(item))
    ready = judge(settings=Settings(early_exit=False))
    trial = try_rule(ready, with_text(KNIFE), item)
    firsts = [item_id for item_id, _ in ready.backend.calls]
    assert firsts == [""] * 3 + [item.id] * 3
    plain = judge(rubric=replace(RUBRIC, rules=(with_text(KNIFE), FIRE)), settings=Settings(early_exit=False))
    assert numbers(trial.measurement, "knife") == numbers(plain.measure(media.read(item)), "knife")
    assert numbers(without, "knife") == []  # without text among its modalities the rule has nothing to say


def test_the_policy_speaks_of_the_rule_as_it_does_in_its_rubric():
    switches = (Switch("Weapons", "sensitive"), Switch("fire", "allowed"))
    policy = Policy(id="own", rubric="two", switches=switches, routes=(("fire", "block"),))
    ready = judge(policy=policy)
    kitchen = try_rule(ready, KNIFE, KNIFE.examples[1])
    assert kitchen.truth is Truth.YES  # sensitive: the kitchen is no exemption any more
    assert [p.id for p in kitchen.rule.preconditions] == ["p1"]
    fire = try_rule(ready, FIRE, FIRE.examples[0])
    assert (fire.truth, fire.finding.allowed) == (Truth.YES, True)


def test_examples_in_order_resumed_from_the_store_and_measured_again_when_asked(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/trials.db") as store:
        ready = judge()
        trials = try_examples(ready, RUBRIC, store=store)
        assert next(trials).rule.id == "knife"
        assert next(trials).rule.id == "knife"
        calls = len(ready.backend.calls)
        again = judge()
        seen = list(try_examples(again, RUBRIC, store=store))
        assert [(t.rule.id, t.example.violates, t.right) for t in seen] == [
            ("knife", True, True),
            ("knife", False, True),
            ("fire", True, True),
            ("fire", False, True),
        ]
        assert calls
        assert {ask for _, ask in again.backend.calls} == {"A fire burns."}
        third = judge()
        assert [t.finding for t in try_examples(third, RUBRIC, store=store)] == [t.finding for t in seen]
        assert third.backend.calls == []
        [once] = [t for t in try_examples(third, RUBRIC, ["fire"], store=store, fresh=True) if t.example.violates]
        assert once.measurement.attempt == 2
        assert third.backend.calls


def test_examples_that_changed_do_not_fight_with_the_stored_rule(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/trials.db") as store:
        list(try_examples(judge(), RUBRIC, ["fire"], store=store))
        more = replace(FIRE, examples=(Example(True, "The barn is on fire."),), reuses="knife")
        rubric = replace(RUBRIC, rules=(KNIFE, more), title="Another title", source="elsewhere", licence="mine")
        [trial] = try_examples(judge(), rubric, ["fire"], store=store)
        assert trial.right is True


def test_a_rule_that_is_not_there_is_said_at_once():
    with pytest.raises(RubricError, match="rubric two has no rule 'water': use knife, fire"):
        try_examples(judge(), RUBRIC, ["water"])


def test_the_score_of_a_backend_that_always_says_yes():
    counted = score(try_examples(judge(script=lambda segment, question: 0.95), RUBRIC))
    # "kitchen" is answered yes too, so the knife is exempt in both; fire is found in both
    assert (counted.violating.right, counted.violating.wrong) == (1, 1)
    assert (counted.near_misses.right, counted.near_misses.wrong) == (1, 1)


@pytest.mark.parametrize("name", [name for name in shipped() if not name.startswith("guard_")])
def test_every_shipped_example_can_be_tried_with_its_rule(name):
    rubric = load_rubric(name)
    for trial in try_examples(
        judge(rubric, script=lambda segment, question: 0.5, settings=Settings(reasoning=False)), rubric
    ):
        assert trial.finding.applies, (trial.rule.id, trial.example)
        assert trial.asked

"""The pipeline with a scripted backend: order, early exit, what is not observable, ablation; redeciding asks nobody."""

from dataclasses import replace

import numpy as np
import pytest

from mmjudge.backends import Sighting
from mmjudge.backends.fake import FakeBackend, FakeDetector, FakeJuror, FakeTextReader, FakeTranscriber
from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.errors import RubricError
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE, STRICT, Policy
from mmjudge.priors import Priors
from mmjudge.rubric import parse
from mmjudge.settings import SWITCHES, Settings
from mmjudge.types import Heard, Item, Missing, Reading, Segment, Truth, YesNo, item_id

RUBRIC = parse(
    """
id: two
title: Two rules
rules:
  - id: knife
    modalities: [text, image]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is there.}]}
      - {id: p2, any_of: [{id: q2, ask: It points at a person.}]}
  - id: fire
    modalities: [text]
    text: No fire.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A fire burns.}]}
""",
    "two",
)


def reading(*segments):
    return Reading("i", segments or (Segment("i", 0, text="words"),))


def judge(script=None, **parts):
    backend = parts.pop("backend", None) or FakeBackend(script or {})
    return Judge("fake", RUBRIC, LOOSE, backend=backend, priors=Priors(None, "fake", "1"), **parts)


def asked(judged, text):
    return [question for item, question in judged.backend.calls if item and text in question]


def test_a_violation_and_its_trace():
    verdict = judge({"knife": 0.95, "points": 0.95, "fire": 0.05})(reading())
    assert (verdict.label, verdict.categories) == ("unsafe", ("knife",))
    traced = [e for e in verdict.measurement.evidence if e.rule_id == "knife"]
    assert [(e.question_id, e.m, e.prior) for e in traced] == [
        ("q1", pytest.approx(0.95), pytest.approx(0.3)),
        ("q2", pytest.approx(0.95), pytest.approx(0.3)),
    ]
    assert all(e.model == "fake" and e.seconds >= 0 for e in traced)


def test_a_dead_rule_asks_no_more_and_says_so():
    ready = judge({"knife": 0.05, "points": 0.95, "fire": 0.05})
    verdict = ready(reading())
    assert verdict.label == "safe"
    assert asked(ready, "points") == []
    assert [e.reason for e in verdict.measurement.evidence if e.question_id == "q2"] == ["not_asked"]
    thorough = judge({"knife": 0.05, "fire": 0.05}, settings=Settings(early_exit=False))
    thorough(reading())
    assert asked(thorough, "points")


def test_a_new_policy_on_the_same_evidence_asks_no_model():
    ready = judge({"knife": 0.6, "points": 0.6, "fire": 0.05}, settings=Settings(reasoning=False))
    measured = ready.measure(reading())
    calls = len(ready.backend.calls)
    assert ready.decide(measured).label == "needs_review"
    eager = replace(ready, policy=Policy(id="eager", accept=0.2))  # accepts from .2 * .7 + .3 = .44
    assert eager.decide(measured).label == "unsafe"
    assert len(ready.backend.calls) == calls
    assert eager.id != ready.id
    assert eager.measurer_id == ready.measurer_id


def test_a_policy_that_needs_what_was_not_asked_finds_unknown():
    ready = judge({"knife": 0.2, "fire": 0.05}, settings=Settings(reasoning=False))
    measured = ready.measure(reading())
    eager = replace(ready, policy=Policy(id="eager", reject=1.0, accept=0.0))
    knife = eager.decide(measured).findings[0]
    assert (knife.truth, knife.reasons) == (Truth.UNKNOWN, ("not_asked",))


def test_reasoning_takes_the_undecided_within_its_budget():
    yes = '{"rating": "Yes", "rationale": "it does"}'
    backend = FakeBackend({"knife": 0.6, "points": 0.5, "fire": 0.05}, replies=["Hm.", yes])
    verdict = judge(backend=backend, settings=Settings(reason_limit=1))(reading())
    thoughts = [e for e in verdict.measurement.evidence if e.stage == "reason"]
    assert [(e.question_id, e.score, e.reason) for e in thoughts] == [("q1", 1.0, None), ("q2", None, "not_asked")]
    assert "budget" in thoughts[1].note
    assert verdict.label == "needs_review"


def test_thinking_later_gives_what_thinking_at_once_gives():
    def fresh():
        yes = '{"rating": "Yes", "rationale": "it does"}'
        return FakeBackend({"knife": 0.6, "points": 0.5, "fire": 0.05}, replies=["Hm.", yes, "Hm.", yes])

    at_once, later = judge(backend=fresh()), judge(backend=fresh())
    whole = at_once.measure(reading(), attempt=2)
    probed = replace(later, settings=Settings(reasoning=False)).measure(reading(), attempt=2)
    assert [e for e in probed.evidence if e.stage == "reason"] == []
    added = later.think(reading(), probed)

    def timeless(measurement):
        return [replace(e, seconds=0.0) for e in measurement.evidence]

    assert timeless(added) == timeless(whole)
    assert added.measurer_id == whole.measurer_id
    assert len([e for e in later.think(reading(), added).evidence if e.stage == "reason"]) == 2  # not four
    assert later.decide(added).label == at_once.decide(whole).label == "unsafe"


def test_what_nobody_looks_at_is_not_observable_and_can_be_filtered():
    photo = Segment("i", 0, frames=(np.zeros((4, 4, 3), np.uint8),))
    verdict = judge({}, text_reader=FakeTextReader(""))(reading(photo))
    assert verdict.label == "needs_review"
    assert verdict.only_not_observable
    assert (verdict.assessed, verdict.applicable) == (0, 1)  # "fire" speaks of words, and there are none


def test_words_in_a_picture_are_judged_and_the_rest_of_it_is_still_not_observable():
    photo = Segment("i", 0, frames=(np.zeros((4, 4, 3), np.uint8),))
    harmless = judge({"knife": 0.05, "fire": 0.05}, text_reader=FakeTextReader("hello"))(reading(photo))
    assert harmless.only_not_observable
    assert harmless.findings[1].truth is Truth.NO
    words = {"knife": 0.95, "points": 0.95, "fire": 0.05}
    assert judge(words, text_reader=FakeTextReader("a threat"))(reading(photo)).label == "unsafe"


def test_a_detector_sees_for_the_rules_it_speaks_to():
    photo = Segment("i", 0, frames=(np.zeros((4, 4, 3), np.uint8),))
    crosswalk = (("blade", "knife"), ("other", "fire"))

    def with_scores(scores):
        detector = FakeDetector(scores, ("blade",))
        return judge({}, text_reader=FakeTextReader(""), detectors=(detector,), crosswalk=crosswalk)(reading(photo))

    assert with_scores({"blade": 0.9}).label == "unsafe"
    assert with_scores({"blade": 0.1}).label == "safe"
    broken = with_scores(Missing("backend_failed", "no memory"))
    assert (broken.label, broken.findings[0].reasons) == ("needs_review", ("backend_failed",))


def test_the_same_words_are_asked_once():
    twice = Segment("i", 0, part="text", text="words"), Segment("i", 1, part="whole", text="words")
    ready = judge({"knife": 0.95, "points": 0.95, "fire": 0.05})
    verdict = ready(reading(*twice))
    assert len(asked(ready, "knife")) == 1
    assert {e.segment for e in verdict.measurement.evidence if e.question_id} == {0, 1}
    assert verdict.label == "unsafe"


def test_the_same_words_are_asked_again_where_the_cut_lies_elsewhere():
    photo = np.zeros((4, 4, 3), np.uint8)
    post = Segment("i", 0, part="text", text="words")
    seen = Segment("i", 1, part="0", frames=(photo,), target="post")
    rules = tuple(RuleCalibration(r.id, 0.0, 1.0) for r in RUBRIC.rules)
    learnt = Calibration("fake", "1", "two", RUBRIC.version, "by hand", rules, (("post", -3.0), ("seen", 3.0)))
    script = {"knife": 0.3, "points": 0.9, "fire": 0.01}  # the prior is .3: odds 1, e^-3 as a post, e^3 as seen
    ready = judge(script, text_reader=FakeTextReader("words"), calibration=learnt)
    verdict = ready(reading(post, seen))
    assert len(asked(ready, "knife")) == 2
    points = [e.reason for e in verdict.measurement.evidence if e.question_id == "q2" and e.stage == "probe"]
    assert points == ["not_asked", None]
    assert verdict.categories == ("knife",)


def test_a_calibration_that_steers_is_part_of_the_measurer():
    learnt = Calibration("fake", "1", "two", RUBRIC.version, "by hand", (RuleCalibration("fire", 0.0, 1.0),))
    other = replace(learnt, shifts=(("post", 1.0),))
    assert judge({}, calibration=learnt).measurer_id != judge({}, calibration=other).measurer_id
    only_probes = Settings(reasoning=False, early_exit=False)
    plain, shifted = (judge({}, calibration=c, settings=only_probes) for c in (learnt, other))
    assert plain.measurer_id == shifted.measurer_id
    assert plain.id != shifted.id


def test_speech_is_judged_by_its_words():
    sound = Segment("i", 0, audio=np.zeros(16000, np.float32), span=(0.0, 1.0))
    ears = FakeTranscriber((Heard(0, 1, "a threat"),))
    verdict = judge({"knife": 0.95, "points": 0.95, "fire": 0.05}, transcriber=ears)(reading(sound))
    assert verdict.label == "unsafe"
    assert verdict.measurement.passages[0].heard[0].text == "a threat"


def test_silence_is_not_called_safe():
    sound = Segment("i", 0, audio=np.zeros(16000, np.float32), span=(0.0, 1.0))
    verdict = judge({}, transcriber=FakeTranscriber(()))(reading(sound))
    assert (verdict.label, verdict.applicable) == ("needs_review", 0)


def test_the_light_evaluator_orders_and_weighs_in():
    learnt = Calibration("fake", "1", "two", RUBRIC.version, "by hand", (RuleCalibration("fire", 0.0, 1.0, 1.0),))
    script = {"knife": 0.05, "fire": 0.3}
    ready = judge(script, juror=FakeJuror(0.9, nearest=["No fire."]), calibration=learnt)
    verdict = ready(reading())
    assert "fire" in ready.backend.calls[0][1]  # asked first
    # the prior is .3 too: chain odds 1; juror odds 9 -> .9
    assert verdict.findings[1].score == pytest.approx(0.9)
    assert verdict.categories == ("fire",)


def test_a_mute_model_and_a_broken_one_are_never_safe():
    for answer in (Missing("backend_failed", "gone"), Missing("no_answer_mass", "silent"), Missing("refused", "won't")):
        verdict = judge(lambda s, q, a=answer: a)(reading())
        assert verdict.label == "needs_review"
        assert verdict.findings[0].reasons == (answer.reason,)


def test_gaps_travel_to_the_verdict():
    from mmjudge.types import Gap

    verdict = judge({"knife": 0.05, "fire": 0.05})(Reading("i", (), (Gap("0", "undecodable", "broken file"),)))
    assert verdict.label == "needs_review"
    assert verdict.measurement.gaps[0].note == "broken file"


def test_the_same_input_gives_the_same_evidence():
    def timeless(measurement):
        return [replace(e, seconds=0.0) for e in measurement.evidence]

    one, two = (judge({"knife": 0.6, "points": 0.6}).measure(reading()) for _ in range(2))
    assert timeless(one) == timeless(two)


def test_identity_follows_what_is_measured_and_how_it_is_decided():
    plain = judge()
    assert judge().id == plain.id
    assert replace(plain, policy=STRICT).measurer_id == plain.measurer_id
    assert replace(plain, policy=STRICT).id != plain.id
    others = {replace(plain, settings=Settings().without(stage)).measurer_id for stage in SWITCHES}
    others |= {replace(plain, juror=FakeJuror(0.5)).measurer_id, judge(backend=FakeBackend({}, id="other")).measurer_id}
    assert len(others) == len(SWITCHES) + 2
    assert plain.measurer_id not in others


def test_an_unknown_stage_cannot_be_switched_off():
    with pytest.raises(RubricError, match="relevance, debias"):
        Settings().without("thinking")


def test_progress_tells_every_stage_with_its_evidence():
    steps = []
    judge({"knife": 0.6, "points": 0.6, "fire": 0.05}, juror=FakeJuror(0.5))(reading(), steps.append)
    assert {"juror", "probe", "reason", "decide"} <= {step.stage for step in steps}
    assert sum(len(step.evidence) for step in steps if step.stage == "probe") == 3


def test_the_item_is_what_it_was_made_of():
    assert Item(item_id("a", (), "post", ()), "a").id == item_id("a", (), "post", ())


# --- relevance, waves and the object removed -------------------------------------------------------------------

SEEN = parse(
    """
id: seen
title: Three rules about pictures
rules:
  - id: knife
    modalities: [text, image]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is there., about: [knife]}]}
      - {id: p2, any_of: [{id: q2, ask: It points at a person., about: [knife, person]}]}
  - id: gun
    modalities: [image]
    text: No guns.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A gun is there., about: [gun]}, {id: q2, ask: A rifle is there., about: [gun]}]}
      - {id: p2, any_of: [{id: q3, ask: It is loaded.}]}
  - id: fire
    modalities: [text, image]
    text: No fire.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A fire burns.}]}
""",
    "seen",
)
PHOTO = Segment("i", 0, frames=(np.full((40, 60, 3), 200, np.uint8),))


class Near:
    """An encoder to which every rule has the cosine of its script, 1 where there is none."""

    id = "clip-vit-base-patch16@abc"
    reads = frozenset({"image"})

    def __init__(self, **cosines):
        self._cosines = {f"No {name}.": cosine for name, cosine in cosines.items()}

    def embed_segment(self, segment):
        return np.float32([[1.0, 0.0]])

    def embed_texts(self, texts):
        cosines = [self._cosines.get(text, 1.0) for text in texts]
        return [np.float32([[c, (1 - c * c) ** 0.5]]) for c in cosines]


class Finds:
    """A locator that finds every word in the same place, and counts its looks."""

    id = "scripted-locator"

    def __init__(self):
        self.looks = []

    def locate(self, frame, words):
        self.looks.append(tuple(words))
        return [[Sighting((10.0, 10.0, 30.0, 30.0), 0.9)] for _ in words]


def looking(script, **parts):
    backend = FakeBackend(script, reads=frozenset({"text", "image"}))
    priors, eyes = Priors(None, "fake", "1"), FakeTextReader("")
    return Judge("fake", SEEN, LOOSE, backend=backend, priors=priors, text_reader=eyes, **parts)


def about_items(judged):
    return [question for item, question in judged.backend.calls if item]


def plain(measurement):
    return [replace(e, seconds=0.0) for e in measurement.evidence]


def test_a_far_rule_is_not_asked_and_not_violated():
    ready = looking({"knife": 0.95, "points": 0.95, "gun": 0.95, "loaded": 0.95}, embedder=Near(knives=0.1, guns=0.3))
    verdict = ready(reading(PHOTO))
    assert verdict.categories == ("gun",)
    assert not any("knife" in ask or "points" in ask for ask in about_items(ready))
    rows = {e.rule_id: e for e in verdict.measurement.evidence if e.stage == "relevance"}
    assert [rows[name].score for name in ("knife", "gun", "fire")] == pytest.approx([0.55, 0.65, 1.0])
    assert {e.reason for e in verdict.measurement.evidence if e.rule_id == "knife" and e.question_id} == {"not_asked"}
    other = replace(ready, policy=Policy(id="other", relevant=()))  # it would have asked
    assert other.decide(verdict.measurement).findings[0].reasons == ("not_asked",)


def test_words_beside_a_far_picture_are_asked_about():
    post = replace(PHOTO, text="a threat")
    ready = looking({"knife": 0.95, "points": 0.95}, embedder=Near(knives=0.1, guns=0.1))
    verdict = ready(reading(post))
    assert verdict.categories == ("knife",)
    assert not any("gun" in ask for ask in about_items(ready))  # that rule is about pictures only


def test_all_rules_far_is_safe_without_a_question():
    ready = looking({"": 0.95}, embedder=Near(knives=0.1, guns=0.1, fire=0.1))
    assert ready(reading(PHOTO)).label == "safe"
    assert ready.backend.calls == []


def test_an_encoder_that_skips_nothing_changes_no_verdict():
    script = {"knife": 0.95, "points": 0.7, "gun": 0.05, "rifle": 0.95, "loaded": 0.95, "fire": 0.5}
    without, near = looking(script), looking(script, embedder=Near())
    one, two = without(reading(PHOTO)), near(reading(PHOTO))
    assert (one.label, one.findings, one.score) == (two.label, two.findings, two.score)
    asked = [e for e in plain(two.measurement) if e.stage != "relevance"]
    assert asked == plain(one.measurement)
    assert near.measurer_id != without.measurer_id


def test_the_threshold_is_part_of_the_measurer_where_there_is_an_encoder():
    other = Settings(asking=Policy(relevant=(("clip-vit-base-patch16", 0.3),)))
    assert looking({}, embedder=Near()).measurer_id != looking({}, embedder=Near(), settings=other).measurer_id
    assert looking({}).measurer_id == looking({}, settings=other).measurer_id


@pytest.mark.parametrize("seed", range(20))
def test_early_exit_asks_no_more_and_never_about_the_dead(seed):
    draw = np.random.default_rng(seed)
    questions = [q.ask for rule in SEEN.rules for q in rule.questions]
    script = {ask: float(draw.choice([0.02, 0.5, 0.98])) for ask in questions}
    quiet = {"reasoning": False}
    early, thorough = (
        looking(script, settings=Settings(**quiet)),
        looking(script, settings=Settings(early_exit=False, **quiet)),
    )
    one, two = early(reading(PHOTO)), thorough(reading(PHOTO))
    assert set(about_items(early)) <= set(about_items(thorough))
    assert len(about_items(early)) == len(set(about_items(early)))
    assert [f.truth for f in one.findings] == [f.truth for f in two.findings]
    for rule in SEEN.rules:
        for n, precondition in enumerate(rule.preconditions):
            if all(script[q.ask] == 0.02 for q in precondition.any_of):  # the rule is dead from here on
                later = [q.ask for p in rule.preconditions[n + 1 :] for q in p.any_of]
                assert not set(later) & set(about_items(early))


def photo_with_square():
    frame = np.full((40, 60, 3), 200, np.uint8)
    frame[10:30, 10:30] = 0
    return Segment("i", 0, frames=(frame,))


def open_about_guns(segment, question):
    """The guns are seen because of the black square, and not surely enough for strategy 1; the rest is settled."""
    if "gun" in question or "rifle" in question:
        return 0.75 if (segment.frames[0] == 0).any() else 0.05
    return 0.95 if "loaded" in question else 0.02


SETTLED = {"A knife is there.": 1, "A fire burns.": 1}


def test_only_the_undecided_are_looked_for_and_one_more_reading_settles_them():
    finds = Finds()
    ready = looking(open_about_guns, locator=finds, settings=Settings(reasoning=False))
    verdict = ready(reading(photo_with_square()))
    assert finds.looks == [("gun",)]
    assert verdict.categories == ("gun",)
    second = [e for e in verdict.measurement.evidence if e.m_removed is not None]
    assert [(e.question_id, e.m, e.m_removed) for e in second] == [
        ("q1", pytest.approx(0.75), pytest.approx(0.05)),
        ("q2", pytest.approx(0.75), pytest.approx(0.05)),
    ]
    counts = {ask: about_items(ready).count(ask) for ask in set(about_items(ready))}
    assert counts == {**dict.fromkeys(["A gun is there.", "A rifle is there."], 2), "It is loaded.": 1, **SETTLED}
    off = looking(open_about_guns, locator=Finds(), settings=Settings(reasoning=False, removal=False))
    assert off(reading(photo_with_square())).label == "needs_review"
    assert off.locator.looks == []


def test_words_are_looked_for_once_over_all_waves():
    finds = Finds()
    ready = looking(lambda s, q: 0.7, locator=finds, settings=Settings(reasoning=False))
    ready(reading(photo_with_square()))
    assert finds.looks == [("knife", "gun"), ("person",)]


def test_nothing_is_looked_for_where_no_picture_is_judged():
    finds = Finds()
    words = FakeBackend(lambda s, q: 0.7)
    judged = Judge("fake", SEEN, LOOSE, backend=words, locator=finds, priors=Priors(None, "fake", "1"))
    judged(reading(replace(photo_with_square(), text="words")))
    looking(lambda s, q: 0.7, locator=finds)(reading(Segment("i", 0, text="words")))
    assert finds.looks == []


def test_an_answer_without_weight_is_not_looked_at_again():
    finds = Finds()
    hesitant = looking(lambda s, q: YesNo(0.07, 0.03), locator=finds, settings=Settings(reasoning=False))
    hesitant(reading(photo_with_square()))  # M is .7, but only a tenth of the mass lay on yes or no
    assert finds.looks == []

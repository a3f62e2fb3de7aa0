"""A whole judge over real tiny models: a picture model asked in one reading, OWLv2 beside it, CLIP before it."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import tiny_lookers
import tiny_models

from mmjudge.backends.engine.model import Engine
from mmjudge.backends.fake import FakeBackend
from mmjudge.backends.locator import ZeroShot
from mmjudge.policy import LOOSE, Policy
from mmjudge.removal import CONFIDENT, SMALL, for_thinking, painted_out
from mmjudge.rubric import parse
from mmjudge.session import open_judge, priors_for, under
from mmjudge.settings import Settings
from mmjudge.types import Evidence, Reading, Segment, YesNo

RUBRIC = parse(
    """
id: seen
title: Two rules about pictures
rules:
  - id: knife
    modalities: [image]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A knife is there., about: [knife]}, {id: q2, ask: It cuts., about: [knife]}]}
      - {id: p2, any_of: [{id: q3, ask: It points at a person., about: [person]}]}
  - id: mood
    modalities: [image]
    text: No sad pictures.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: The picture is sad.}]}
""",
    "seen",
)
OPEN = Policy(id="open", reject=1.0, accept=1.0, removed=0.0, min_mass=0.0)
"""By which no answer is settled and every second look could settle it: random weights say nothing firmly."""


@pytest.fixture(scope="module", autouse=True)
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMJUDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield {
            "vlm": tiny_models.build("idefics3", tmp_path_factory.mktemp("vlm")),
            "owlv2": tiny_lookers.build("owlv2", tmp_path_factory.mktemp("owlv2")),
            "clip": tiny_lookers.build("clip", tmp_path_factory.mktemp("clip"), context=48),
        }


@pytest.fixture
def calls(monkeypatch):
    """Every (segment, questions) the picture model is asked from here on, in calls; and every (frame, words) looked
    for."""
    made: dict[str, list] = {"asked": [], "looked": []}
    ask, look = Engine.score_yes_no, ZeroShot.locate

    def asking(self, segment, asks, order=0):
        made["asked"].append((segment, tuple(asks)))
        return ask(self, segment, asks, order)

    def looking(self, frame, words):
        made["looked"].append((frame, tuple(words)))
        return look(self, frame, words)

    monkeypatch.setattr(Engine, "score_yes_no", asking)
    monkeypatch.setattr(ZeroShot, "locate", looking)
    return made


def opened(folders, policy=LOOSE, rubric=RUBRIC, asking=OPEN, off=("reasoning",), **beside):
    settings = replace(Settings().without(*off), asking=asking)
    return open_judge(f"transformers:{folders['vlm']}", rubric, policy, settings, **beside)


def photo(seed=0, height=80, width=120):
    frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Segment("i", 0, frames=(frame,))


def measured(judge, segment):
    return judge.measure(Reading("i", (segment,)))


def test_the_model_sees_the_picture_without_the_object_once_for_all_its_questions(folders, calls):
    judge = opened(folders, locator=str(folders["owlv2"]))
    segment = photo()
    [frame] = segment.frames
    [[best, *_], [other, *_]] = ZeroShot(folders["owlv2"]).locate(frame, ["knife", "person"])
    calls["looked"].clear()
    evidence = {(e.rule_id, e.question_id): e for e in measured(judge, segment).evidence}
    assert [words for _, words in calls["looked"]] == [("knife",), ("person",)]  # one look per wave, none for "sad"
    assert best.confidence > CONFIDENT
    assert (best.box[2] - best.box[0]) * (best.box[3] - best.box[1]) > SMALL * frame.shape[0] * frame.shape[1]
    second = [(s, asks) for s, asks in calls["asked"] if s.frames and (s.frames[0] != frame).any()]
    expected = {("A knife is there.", "It cuts."): best.box}
    expected.setdefault(("It points at a person.",), other.box)
    assert [asks for _, asks in second] == list(expected)
    for seen, asks in second:
        assert (seen.frames[0] == painted_out(frame, expected[asks])).all()
        for ask, answer in zip(asks, judge.backend.score_yes_no(seen, asks), strict=True):
            [piece] = [e for e in evidence.values() if e.question_id and text_of(e) == ask]
            assert piece.box == expected[asks]
            assert piece.m_removed == pytest.approx(answer.yes / (answer.yes + answer.no), abs=1e-6)
            assert abs(piece.m - piece.m_removed) > 1e-6  # the model does see that something is gone
    assert evidence["mood", "q1"].m_removed is None


def text_of(piece):
    return next(q.ask for q in RUBRIC.rule(piece.rule_id).questions if q.id == piece.question_id)


def test_what_strategy_1_settles_is_not_looked_for(folders, calls):
    eager = replace(OPEN, accept=0.0, reject=0.0)  # every answer that moved at all is settled
    measured(opened(folders, asking=eager, locator=str(folders["owlv2"])), photo())
    assert calls["looked"] == []
    hopeless = replace(OPEN, removed=1.0)  # no difference is more than 1
    measured(opened(folders, asking=hopeless, locator=str(folders["owlv2"])), photo())
    assert len(calls["looked"]) == 2
    assert all((s.frames[0] == photo().frames[0]).all() for s, _ in calls["asked"] if s.frames)


def test_a_small_object_is_asked_about_on_its_crop(folders, calls, monkeypatch):
    judge, segment = opened(folders, locator=str(folders["owlv2"])), photo()
    look = ZeroShot.locate

    def shrunk(self, frame, words):
        """The real boxes, made 6 pixels wide and high: random weights find nothing small."""
        found = look(self, frame, words)
        return [[replace_box(s) for s in sightings] for sightings in found]

    def replace_box(sighting):
        left, top = sighting.box[:2]
        return sighting._replace(box=(left, top, left + 6.0, top + 6.0))

    monkeypatch.setattr(ZeroShot, "locate", shrunk)
    evidence = [e for e in measured(judge, segment).evidence if e.box]
    crops = [
        s.frames[0].shape[:2] for s, _ in calls["asked"] if s.frames and s.frames[0].shape != segment.frames[0].shape
    ]
    assert all(e.note.startswith("judged on the crop; its object was found") for e in evidence)
    assert len(crops) == 4  # knife and person, each with and without
    assert max(max(shape) for shape in crops) <= 13


def test_reasoning_is_about_the_crop_of_a_small_object(folders):
    frame = photo().frames[0]
    piece = Evidence("r", "q", 0, "probe", "m", score=0.5, box=(10.0, 20.0, 16.0, 26.0))
    assert (for_thinking(photo(), piece).frames[0] == frame[17:30, 7:20]).all()  # 3 pixels of context on each side
    large = replace(piece, box=(0.0, 0.0, 60.0, 60.0))
    shot = replace(photo(), frames=(frame, frame))
    for segment, told in ((photo(), large), (photo(), None), (photo(), replace(piece, box=None)), (shot, piece)):
        assert for_thinking(segment, told) is segment


def test_relevance_is_measured_for_every_rule_and_nothing_else_changes(folders, calls):
    plain = opened(folders).measure(Reading("i", (photo(),)))
    judge = opened(folders, encoder=str(folders["clip"]))
    near = judge.measure(Reading("i", (photo(),)))
    rows = [e for e in near.evidence if e.stage == "relevance"]
    assert [e.rule_id for e in rows] == ["knife", "mood"]
    assert all(
        e.note.startswith("cosine ") and e.model.startswith("clip@") and e.modalities == ("image",) for e in rows
    )
    kept = [replace(e, seconds=0.0) for e in near.evidence if e.stage != "relevance"]
    assert kept == [replace(e, seconds=0.0) for e in plain.evidence]
    assert judge.decide(near).findings == opened(folders).decide(plain).findings


def test_a_rule_below_the_threshold_of_this_encoder_is_not_asked(folders, calls):
    first = opened(folders, encoder=str(folders["clip"]))
    rows = {e.rule_id: e.score * 2 - 1 for e in measured(first, photo()).evidence if e.stage == "relevance"}
    low, high = sorted(rows, key=rows.get)
    between = (rows[low] + rows[high]) / 2
    calls["asked"].clear()
    policy = Policy(id="tuned", relevant=((first.embedder.id.partition("/")[0], between),))
    tuned = opened(folders, policy=policy, encoder=str(folders["clip"]))
    found = tuned.measure(Reading("i", (photo(),)))
    asked = {ask for segment, asks in calls["asked"] for ask in asks if segment.frames}
    assert asked == {q.ask for q in RUBRIC.rule(high).questions}
    assert {e.reason for e in found.evidence if e.rule_id == low and e.question_id} == {"not_asked"}
    outcome = {f.rule_id: f.truth.name for f in tuned.decide(found).findings}
    assert outcome[low] == "NO"
    assert tuned.measurer_id != first.measurer_id


def test_the_rules_are_embedded_once_for_all_judges_of_an_encoder(folders, monkeypatch):
    from mmjudge.backends.encoders import DualEncoder

    measured(opened(folders, encoder=str(folders["clip"])), photo())
    embed, texts = DualEncoder.embed_texts, []
    monkeypatch.setattr(DualEncoder, "embed_texts", lambda self, some: texts.append(some) or embed(self, some))
    measured(opened(folders, encoder=str(folders["clip"])), photo(7))
    assert texts == []


# --- priors -----------------------------------------------------------------------------------------------------

SHARING = parse(
    """
id: sharing
title: One question of the other rubric and one of its own
rules:
  - id: other
    modalities: [image]
    severity: 3
    text: No knives, and no forks either.
    preconditions:
      - {id: p1, any_of: [{id: a, ask: A knife is there.}, {id: b, ask: A fork is there.}]}
""",
    "sharing",
)


def empty(calls):
    return [ask for segment, asks in calls["asked"] if not segment.frames for ask in asks]


def test_a_prior_is_not_measured_again_for_another_rubric_or_in_another_process(folders, calls, monkeypatch, tmp_path):
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path))
    measured(opened(folders), photo())
    assert sorted(empty(calls)) == sorted(q.ask for rule in RUBRIC.rules for q in rule.questions)
    calls["asked"].clear()
    measured(opened(folders, rubric=SHARING), photo())  # opened from nothing but the files
    assert empty(calls) == ["A fork is there."]
    calls["asked"].clear()
    measured(under(opened(folders), SHARING, LOOSE), photo())
    assert empty(calls) == []


def test_a_model_that_is_shown_all_statements_has_priors_per_rubric(tmp_path):
    class Listed(FakeBackend):
        def prepared(self, asks):
            return copy.copy(self)

    plain, listed = FakeBackend(), Listed(id="listed")
    for backend, shared in ((plain, True), (listed, False)):
        ready = backend.prepared(["A knife is there."])
        priors_for(tmp_path, backend, ready, RUBRIC).put("post", "A knife is there.", 0, YesNo(0.3, 0.7))
        assert priors_for(tmp_path, backend, ready, RUBRIC).get("post", "A knife is there.", 0) is not None
        known = priors_for(tmp_path, backend, ready, SHARING).get("post", "A knife is there.", 0)
        assert (known is not None) == shared

"""The stages that talk to models, with a scripted backend: what is asked, what is recorded, what is never assumed."""

import json

import numpy as np
import pytest

from mmjudge import prompts
from mmjudge.backends.fake import FakeBackend, FakeTextReader, FakeTranscriber
from mmjudge.perceive import perceive
from mmjudge.priors import Priors
from mmjudge.probability import debiased
from mmjudge.probe import Ask, probe, weigh
from mmjudge.reason import Conclusion, conclusion, reason
from mmjudge.removal import area_of, cropped, painted_out, remove
from mmjudge.types import (
    Evidence,
    Gap,
    Heard,
    Missing,
    Precondition,
    Question,
    Reading,
    Rule,
    Segment,
    YesNo,
)

Q = Question("q", "A knife is shown.", about=("knife",))
RULE = Rule("r", "r", "r", (Precondition("p", (Q,)),), ("text", "image"))
ASK = Ask(RULE, Q)
TEXT = Segment("i", 0, text="words")
BLANK = Evidence("r", "q", 0, "probe", "m", reason="not_asked")


def quiet(step):
    pass


# --- probe ----------------------------------------------------------------------------------------------------


def test_weigh_averages_phrasings_and_takes_the_prior_off():
    # M(x): odds 9 and 1 -> 3 -> .75; prior odds 1 and 1 -> .5; score = .75
    piece = weigh(BLANK, [YesNo(0.9, 0.1), YesNo(0.5, 0.5)], [YesNo(0.2, 0.2), YesNo(0.5, 0.5)])
    assert (piece.m, piece.prior, piece.score) == pytest.approx((0.75, 0.5, 0.75))
    assert piece.mass == pytest.approx(1.0)


@pytest.mark.parametrize("reason", ["refused", "backend_failed", "no_answer_mass"])
def test_one_phrasing_without_an_answer_is_no_answer(reason):
    piece = weigh(BLANK, [YesNo(0.9, 0.1), Missing(reason, "words")], [None, None])
    assert (piece.score, piece.reason, piece.note) == (None, reason, "words")


def test_no_mass_is_a_reason():
    assert weigh(BLANK, [YesNo(0.0, 0.0, 0.3)], [None]).reason == "no_answer_mass"


def test_the_unseen_mass_is_told_as_a_bound():
    # .3/.5 = .6 to .4/.5 = .8
    assert weigh(BLANK, [YesNo(0.3, 0.1, 0.1)], [None]).note == "M(x) in [0.600, 0.800]"


def test_a_prior_is_measured_once_and_then_remembered_on_disk(tmp_path):
    backend = FakeBackend({"knife": 0.8})
    first = probe(backend, TEXT, [ASK], 2, Priors(tmp_path, "fake", "1"))
    assert len(backend.calls) == 4  # two orders, each on the content and on nothing
    assert first[0].score == pytest.approx(debiased(0.8, 0.3))
    probe(backend, TEXT, [ASK], 2, Priors(tmp_path, "fake", "1"))
    assert len(backend.calls) == 6
    probe(backend, TEXT, [ASK], 2, Priors(tmp_path, "fake", "2"))
    assert len(backend.calls) == 10  # other prompts, other priors


def test_a_torn_line_of_priors_is_measured_again(tmp_path):
    Priors(tmp_path, "m", "1").put("post", "s", 0, YesNo(0.1, 0.2))
    [file] = tmp_path.iterdir()
    file.write_text(file.read_text() + '["abc", 0.1')
    assert Priors(tmp_path, "m", "1").get("post", "s", 0) == YesNo(0.1, 0.2)
    assert Priors(tmp_path, "m", "1").get("post", "s", 1) is None


def test_without_debiasing_the_score_is_m():
    [piece] = probe(FakeBackend({"knife": 0.8}), TEXT, [ASK], 1, None)
    assert (piece.score, piece.prior) == (pytest.approx(0.8), None)


# --- removal --------------------------------------------------------------------------------------------------


class KnifeAt:
    """Finds its one box in every frame."""

    id = "scripted-locator"

    def __init__(self, box, confidence):
        self.found = [(box, confidence)]

    def locate(self, frame, words):
        assert words == ("knife",)
        return self.found


def red_square(side=100, size=20):
    frame = np.full((side, side, 3), 255, np.uint8)
    frame[:size, :size] = (255, 0, 0)
    return frame


def sees_red(segment, question):
    """Yes in proportion to the reddest frame, of any size."""
    red = max(float((f[..., 1] == 0).mean()) for f in segment.frames)
    return 0.9 if red > 0 else 0.2


def test_removing_the_object_changes_the_answer():
    segment = Segment("i", 0, frames=(red_square(),))
    backend = FakeBackend(sees_red, reads=frozenset({"image"}))
    [before] = probe(backend, segment, [ASK], 1, None)
    after = remove(backend, KnifeAt((0, 0, 20, 20), 0.9), segment, ASK, before, 1)
    assert (after.m, after.m_removed, after.box) == (pytest.approx(0.9), pytest.approx(0.2), (0, 0, 20, 20))


def test_an_unsure_box_changes_nothing():
    segment = Segment("i", 0, frames=(red_square(),))
    backend = FakeBackend(sees_red, reads=frozenset({"image"}))
    [before] = probe(backend, segment, [ASK], 1, None)
    assert remove(backend, KnifeAt((0, 0, 20, 20), 0.05), segment, ASK, before, 1) is before


def test_a_tiny_object_is_judged_on_its_crop():
    # 5 x 5 of 100 x 100 is 0.25 %, below the paper's 1 %
    segment = Segment("i", 0, frames=(red_square(size=5),))
    share = FakeBackend(lambda s, q: float((s.frames[0][..., 1] == 0).mean()), reads=frozenset({"image"}))
    [before] = probe(share, segment, [ASK], 1, None)
    after = remove(share, KnifeAt((0, 0, 5, 5), 0.9), segment, ASK, before, 1)
    assert before.m == pytest.approx(0.0025)
    # the crop has half the box's size of context on the open sides: 8 x 8 pixels, 25 of 64 red
    assert after.m == pytest.approx(25 / 64)
    assert after.note == "judged on the crop"


def test_painting_out_uses_the_rim_and_leaves_the_original():
    frame = red_square()
    painted = painted_out(frame, (0, 0, 20, 20))
    assert (painted == 255).all()
    assert (frame[0, 0] == (255, 0, 0)).all()


def test_area_and_crop_are_cut_at_the_frame():
    assert area_of((-10, -10, 10, 10), 100, 50) == pytest.approx(100 / 5000)
    assert area_of((200, 200, 300, 300), 100, 50) == 0.0
    assert cropped(red_square(), (90, 90, 100, 100)).shape == (15, 15, 3)


# --- reason ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        '{"rating": "Yes", "rationale": "a blade"}',
        '  {"rating": "Yes", "rationale": "a blade"}\n',
        '```json\n{"rating": "Yes", "rationale": "a blade"}\n```',
    ],
)
def test_a_strict_conclusion(reply):
    assert conclusion(reply) == Conclusion(True, "a blade")


@pytest.mark.parametrize(
    "reply",
    [
        "Yes",
        "",
        "{}",
        '{"rating": "yes", "rationale": "x"}',
        '{"rating": true, "rationale": "x"}',
        '{"rating": "Yes"}',
        '{"rating": "Yes", "rationale": 1}',
        '{"rating": "Yes", "rationale": "x", "more": 1}',
        'Sure! {"rating": "Yes", "rationale": "x"}',
        "[" * 5000,
        "**Rating: No**",
    ],
)
def test_anything_else_is_unparsed_and_never_an_answer(reply):
    answer = conclusion(reply)
    assert isinstance(answer, Missing)
    assert answer.reason == "unparsed"


def test_reasoning_thinks_first_and_keeps_both_turns():
    backend = FakeBackend(replies=["There is a blade.", json.dumps({"rating": "Yes", "rationale": "a blade"})])
    piece = reason(backend, TEXT, ASK, 50)
    assert (piece.score, piece.path) == (1.0, "reasoned_yes")
    assert piece.note == "a blade\n\nThere is a blade."
    assert backend.generated == [prompts.think(Q.ask, "post"), prompts.CONCLUDE]


@pytest.mark.parametrize("replies", [[Missing("backend_failed", "gone")], ["Hm.", Missing("backend_failed", "gone")]])
def test_a_silent_model_is_a_reason(replies):
    piece = reason(FakeBackend(replies=replies), TEXT, ASK, 50)
    assert (piece.score, piece.reason) == (None, "backend_failed")
    assert "gone" in piece.note


# --- perceive -------------------------------------------------------------------------------------------------


def spoken(index, audio, part):
    return Segment("i", index, part=part, span=(10.0, 12.0), audio=audio)


def test_times_are_of_the_file_and_the_same_samples_are_heard_once():
    audio = np.zeros(16000, np.float32)
    ears = FakeTranscriber((Heard(0.5, 1.0, "hello"),))
    reading = perceive(Reading("i", (spoken(0, audio, "0"), spoken(1, audio, "whole"))), ears, None, quiet)
    assert [s.heard[0].start for s in reading.segments] == [10.5, 10.5]
    assert ears.calls == 1


def test_what_has_no_recogniser_is_a_gap_with_words():
    frame = np.zeros((4, 4, 3), np.uint8)
    both = Segment("i", 0, part="0", audio=np.zeros(9, np.float32), frames=(frame,))
    reading = perceive(Reading("i", (both,)), None, None, quiet)
    assert [gap.reason for gap in reading.gaps] == ["unsupported_modality"] * 2
    assert all("mmjudge doctor" in gap.note for gap in reading.gaps)


def test_a_failed_recogniser_is_a_gap_and_earlier_gaps_stay():
    before = Gap("1", "undecodable", "broken")
    picture = Segment("i", 0, part="0", frames=(np.zeros((4, 4, 3), np.uint8),))
    eyes = FakeTextReader(Missing("timed_out", "slow"))
    reading = perceive(Reading("i", (picture,), (before,)), None, eyes, quiet)
    assert [gap.reason for gap in reading.gaps] == ["undecodable", "timed_out"]


def test_a_line_that_stays_on_screen_is_read_once():
    frames = tuple(np.full((4, 4, 3), n, np.uint8) for n in range(3))
    reading = perceive(Reading("i", (Segment("i", 0, frames=frames),)), None, FakeTextReader("SALE\n\nNOW"), quiet)
    assert reading.segments[0].seen == "SALE\nNOW"

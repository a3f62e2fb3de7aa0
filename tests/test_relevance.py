"""Similarity of rules and segments with a scripted encoder, thresholds by hand, and vectors kept on disk."""

import numpy as np
import pytest

from mmjudge.errors import RubricError
from mmjudge.policy import LOOSE, STRICT, Policy, load_policy, policy_from, score_of
from mmjudge.relevance import similarities, tune_threshold
from mmjudge.types import Missing, Precondition, Question, Rule, Segment
from mmjudge.vectors import Vectors

FRAME = np.zeros((4, 4, 3), np.uint8)
PHOTO = Segment("i", 0, frames=(FRAME,))


def rule(name, *modalities):
    return Rule(name, name, name, (Precondition("p", (Question("q", name),)),), modalities or ("image",))


class Scripted:
    """Each frame points along the first axis; each text where its script says. `asked` counts texts."""

    id = "clip-vit-base-patch16@abc"
    reads = frozenset({"image"})

    def __init__(self, frames=((1.0, 0.0),), **texts):
        self.frames, self.texts, self.asked = frames, texts, []

    def embed_segment(self, segment):
        return self.frames if isinstance(self.frames, Missing) else np.array(self.frames, np.float32)

    def embed_texts(self, texts):
        self.asked += texts
        rows = [self.texts[text] for text in texts]
        missing = [row for row in rows if isinstance(row, Missing)]
        return missing[0] if missing else [np.atleast_2d(np.float32(row)) for row in rows]


def test_score_is_half_of_one_and_the_cosine():
    encoder = Scripted(near=(0.6, 0.8), far=(-0.8, 0.6))
    near, far = similarities(encoder, PHOTO, [rule("near"), rule("far")])
    assert (near.score, far.score) == (pytest.approx(0.8), pytest.approx(0.1))
    assert (near.note, far.note) == ("cosine 0.600", "cosine -0.800")
    assert (near.rule_id, near.stage, near.modalities, near.model) == ("near", "relevance", ("image",), encoder.id)


def test_the_nearest_frame_and_the_nearest_sentence_count():
    encoder = Scripted(frames=((1.0, 0.0), (0.0, 1.0)), long=((-1.0, 0.0), (0.6, 0.8)))
    [piece] = similarities(encoder, PHOTO, [rule("long")])
    assert piece.score == pytest.approx(0.9)


def test_only_rules_that_can_show_in_what_it_looks_at():
    encoder = Scripted(near=(1.0, 0.0))
    assert similarities(encoder, PHOTO, [rule("words", "text")]) == []
    assert similarities(encoder, Segment("i", 0, text="words"), [rule("near")]) == []
    assert encoder.asked == []


@pytest.mark.parametrize(
    "encoder",
    [
        Scripted(frames=Missing("backend_failed", "no memory"), near=(1.0, 0.0)),
        Scripted(near=Missing("backend_failed", "no memory")),
    ],
)
def test_an_encoder_that_fails_is_a_reason(encoder):
    [piece] = similarities(encoder, PHOTO, [rule("near")])
    assert (piece.score, piece.reason, piece.note) == (None, "backend_failed", "no memory")


# --- thresholds -----------------------------------------------------------------------------------------------


def test_a_threshold_keeps_the_recall_and_not_more():
    cosines = [0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.05]
    relevant = [True, True, True, True, True, False, False]
    assert tune_threshold(cosines, relevant, 1.0) == 0.1
    assert tune_threshold(cosines, relevant, 0.8) == 0.2  # four of five
    assert tune_threshold(cosines, relevant, 0.79) == 0.2  # four of five is the least that is enough
    assert tune_threshold(cosines, relevant, 0.6) == 0.3
    assert tune_threshold([-0.05, 0.02], [True, False], 1.0) == -0.05
    assert tune_threshold([0.3, 0.3, 0.3], [True, True, True], 0.5) == 0.3


def test_a_threshold_is_the_largest_that_does():
    draw = np.random.default_rng(0)
    for _ in range(50):
        cosines = draw.uniform(-1, 1, 40).round(2).tolist()
        relevant = (draw.random(40) < 0.5).tolist()
        recall = float(draw.uniform(0.05, 1))
        if not any(relevant):
            continue

        def kept(t, cosines=cosines, relevant=relevant):
            hits = [c for c, r in zip(cosines, relevant, strict=True) if r]
            return sum(c >= t for c in hits) / len(hits)

        best = tune_threshold(cosines, relevant, recall)
        assert kept(best) >= recall - 1e-9
        assert kept(np.nextafter(best, 2.0)) < recall


@pytest.mark.parametrize(
    ("cosines", "relevant", "recall", "words"),
    [([0.1], [False], 0.9, "no pair is relevant"), ([0.1], [True], 0.0, "recall"), ([0.1], [True, False], 0.9, "zip")],
)
def test_thresholds_that_cannot_be_tuned(cosines, relevant, recall, words):
    with pytest.raises(ValueError, match=words):
        tune_threshold(cosines, relevant, recall)


def test_a_policy_knows_encoders_by_name_and_by_digest():
    policy = Policy(relevant=(("siglip", -0.02), ("siglip@abc", 0.04)), relevant_below=0.3)
    assert policy.relevant_from("siglip@abc/transformers-5") == score_of(0.04)
    assert policy.relevant_from("siglip@def/transformers-5") == score_of(-0.02) == pytest.approx(0.49)
    assert policy.relevant_from("siglip2@abc/transformers-5") == 0.3
    assert LOOSE.relevant_from("siglip@abc/transformers-5") == 0.0
    assert LOOSE.relevant_from("clip-vit-base-patch16@abc/transformers-5") == pytest.approx(0.61)
    assert LOOSE.relevant_from("clip-vit-base-patch16-384@abc/transformers-5") == 0.0


def test_thresholds_in_a_policy_file(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("id: mine\nrelevant: {siglip: -0.02, clip-vit-base-patch16: 0}\n")
    assert load_policy(str(file)).relevant == (("clip-vit-base-patch16", 0.0), ("siglip", -0.02))
    for bad in ({"siglip": 1.5}, {"siglip": "much"}, 0.2, {"siglip": True}, {"siglip": float("nan")}):
        with pytest.raises(RubricError, match="relevant"):
            policy_from({"id": "x", "relevant": bad}, "p.yaml")


def test_judges_without_thresholds_of_their_own_keep_their_identity():
    # digests from before there were thresholds per encoder
    assert LOOSE.digest == "0a5e221ee50074f08c9a12834df4c4b3caa8151800e4ff4ad05997748a3d378a"
    assert STRICT.digest == "62dd73ea650ef4658a86c073e198d971efea4458589bb3da9e40d70e6bb7ba58"
    assert Policy(relevant=()).digest != LOOSE.digest


# --- vectors --------------------------------------------------------------------------------------------------


def test_a_rule_is_embedded_once_and_then_remembered_on_disk(tmp_path):
    def scored(vectors):
        encoder = Scripted(near=(0.6, 0.8), far=((1.0, 0.0), (0.0, 1.0)))
        rules = [rule("near"), rule("far"), rule("near")]
        return [p.score for p in similarities(encoder, PHOTO, rules, vectors)], encoder.asked

    first, asked = scored(Vectors(tmp_path, "clip@1"))
    assert asked == ["near", "far"]
    again, asked = scored(Vectors(tmp_path, "clip@1"))
    assert (again, asked) == (first, [])
    assert scored(Vectors(tmp_path, "clip@2"))[1] == ["near", "far"]  # another encoder, other vectors


def test_a_torn_line_of_vectors_is_embedded_again(tmp_path):
    Vectors(tmp_path, "clip").put("near", np.ones((1, 2), np.float32))
    [file] = tmp_path.iterdir()
    file.write_text(file.read_text() + '["abc", [[1.0, NaN]]]\n["abc", [1.0]]\n["ab", [[1.0')
    kept = Vectors(tmp_path, "clip")
    assert kept.get("near").tolist() == [[1.0, 1.0]]
    assert kept.get("far") is None
    assert len(kept._known) == 1

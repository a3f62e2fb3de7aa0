"""Rows of words: runs and sentences by hand, and over a tiny BERT with random weights. The real one is tried in
test_guidelines.py."""

from __future__ import annotations

import numpy as np
import pytest
from test_minilm import folder  # noqa: F401  a tiny model

from mmjudge.backends.minilm import MiniLM
from mmjudge.backends.sentences import RUN, Sentences, open_sentences, pieces, runs
from mmjudge.types import Heard, Missing, Segment, Turn


@pytest.mark.parametrize(
    ("count", "lengths"),
    [(0, [0]), (5, [5]), (126, [126]), (127, [64, 63]), (300, [100, 100, 100])],
)
def test_runs_are_few_and_of_equal_length(count, lengths):
    cut = runs(list(range(count)))
    assert [len(run) for run in cut] == lengths
    assert [token for run in cut for token in run] == list(range(count))
    assert max(lengths) <= RUN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One sentence", ["One sentence"]),
        ("One. Two!\nThree", ["One. Two!\nThree", "One.", "Two!", "Three"]),
        ("3.5 miles", ["3.5 miles"]),
        ("Ends here. ", ["Ends here. "]),
        ("", [""]),
    ],
)
def test_pieces(text, expected):
    assert pieces(text) == expected


@pytest.fixture
def encoder(folder):  # noqa: F811
    return Sentences(MiniLM(folder))


def test_a_text_has_a_row_per_run_and_rows_of_length_one(encoder):
    short, long = encoder.embed_texts(["red fish", "red " * 200])
    assert short.shape == (1, 16)
    assert long.shape == (2, 16)
    assert np.linalg.norm(long, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert encoder.embed_texts([]) == []


def test_every_kind_of_words_of_a_segment_has_rows_of_its_own(encoder):
    segment = Segment(
        "i", 0, turns=(Turn("user", "red"),), text="green. blue.", heard=(Heard(0, 1, "fish"),), seen="red"
    )
    rows = encoder.embed_segment(segment)
    by_hand = np.concatenate(encoder.embed_texts(["red", "green. blue.", "green.", "blue.", "fish", "red"]))
    assert rows.shape == (6, 16)
    assert rows == pytest.approx(by_hand, abs=1e-5)


def test_no_words_are_no_rows(encoder):
    nothing = encoder.embed_segment(Segment("i", 0, text=" \n\u200b"))
    assert nothing == Missing("not_observable", "there are no words in this part")


def test_a_model_that_cannot_be_read_is_a_missing_answer(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"none")
    answer = Sentences(MiniLM(tmp_path)).embed_texts(["red"])
    assert isinstance(answer, Missing)
    assert answer.reason == "backend_failed"


def test_absent_weights_are_said(tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_WEIGHTS_MINILM", str(tmp_path / "nowhere"))
    answer = open_sentences()
    assert isinstance(answer, Missing)
    assert "there is no text encoder: minilm is not at" in answer.note

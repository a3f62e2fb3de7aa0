"""What a model is shown and what is read off it, without a model."""

from __future__ import annotations

import pytest
import torch

from mmjudge import prompts
from mmjudge.backends.engine.chat import masses, neutral, plain, spellings, turns
from mmjudge.types import Missing, YesNo


def test_spellings_are_found_by_what_they_decode_to() -> None:
    vocabulary = {"Yes": 0, "ĠYes": 1, "yes": 2, "Yesterday": 3, "No": 4, "eyes": 5, "ĉYES": 6}
    texts = ["Yes", " Yes", "yes", "Yesterday", "No", "eyes", "\tYES"]
    assert spellings(vocabulary, lambda ids: texts[ids[0]], "yes") == (0, 1, 2, 6)


def test_masses_are_sums_of_a_softmax() -> None:
    logits = torch.log(torch.tensor([0.5, 0.25, 0.125, 0.125]))
    answer = masses(logits, yes=[0, 2], no=[1])
    assert isinstance(answer, YesNo)
    assert answer.yes == pytest.approx(0.625)
    assert answer.no == pytest.approx(0.25)
    assert answer.unseen == 0.0


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_outputs_that_are_no_numbers_are_no_answer(wrong: float) -> None:
    answer = masses(torch.tensor([0.5, wrong, 0.1]), yes=[0], no=[2])
    assert isinstance(answer, Missing)
    assert answer.reason == "backend_failed"


def test_turns_show_pictures_once_and_keep_the_order() -> None:
    made = turns("words ", ["image", "image"], "and now?", [("think", "thought")])
    assert [m["role"] for m in made] == ["system", "user", "assistant", "user"]
    assert [part["type"] for part in made[1]["content"]] == ["image", "image", "text"]
    assert made[1]["content"][2]["text"] == "words think"
    assert plain(made)[3] == {"role": "user", "content": "and now?"}
    alone = turns("words ", [], "so?", system=False)
    assert alone[0]["content"][0]["text"] == f"{prompts.SYSTEM}\n\nwords so?"


def test_neutral_leaves_ordinary_words_alone() -> None:
    assert neutral("a < b and <img>", ["<image>", "<|im_end|>"]) == "a < b and <img>"
    assert "<image>" not in neutral("x<image>y", ["<image>"])

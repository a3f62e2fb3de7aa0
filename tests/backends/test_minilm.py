"""MiniLM: windows, batches and means by hand, and the class over a tiny BERT with random weights."""

from __future__ import annotations

import numpy as np
import pytest

from mmjudge.backends.minilm import LAYERS, WINDOW, MiniLM, batches, unit, windows, words_of
from mmjudge.errors import BackendError
from mmjudge.types import Heard, Segment, Turn

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "fish"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A BERT of six layers, 16 wide, with random weights, and a tokenizer of four words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    where = tmp_path_factory.mktemp("minilm")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 6, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=WINDOW, **sizes)).save_pretrained(where)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(where / "tokenizer.json"))
    return where


def test_windows_cover_everything_once():
    assert windows([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert windows([], 2) == [[]]


def test_unit_rows_by_hand():
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]


def test_batches_hold_each_index_once_and_keep_to_their_size():
    # sorted by length: 1 (at 1), 2 (at 3), 5 (at 0), 9 (at 2); at most 6 tokens padded
    assert batches([5, 1, 9, 2], 6) == [[1, 3], [0], [2]]
    assert batches([], 6) == []


def test_words_of_a_segment_in_order():
    segment = Segment(
        "i", 0, turns=(Turn("user", "a"),), text="b", heard=(Heard(0, 1, "c"), Heard(1, 2, "d")), seen="e"
    )
    assert words_of(segment) == "a\nb\nc d\ne"


def test_rows_have_length_one_and_batches_change_nothing(folder):
    model = MiniLM(folder)
    texts = ["red fish", "blue", "green green red fish blue", ""]
    together = model.embed_texts(texts)
    assert together.shape == (4, 16)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    alone = np.concatenate([model.embed_texts([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)


def test_means_are_those_of_the_library(folder):
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        hidden = model(torch.tensor([[2, 4, 7, 3]]), output_hidden_states=True).hidden_states
    got = MiniLM(folder).means([[[4, 7]]])[0]
    for row, layer in zip(got, LAYERS, strict=True):
        assert row == pytest.approx(hidden[layer][0].mean(0).numpy(), abs=1e-5)


def test_a_text_of_several_windows_is_weighted_by_their_tokens(folder):
    model = MiniLM(folder)
    first, second = model.sums([[4, 5, 6]]), model.sums([[7]])
    by_hand = (first.states[0] + second.states[0]) / (5 + 3)  # the special tokens count too
    assert model.means([[[4, 5, 6], [7]]])[0] == pytest.approx(by_hand, abs=1e-5)


def test_long_texts_are_read_to_the_end(folder):
    model = MiniLM(folder)
    start = " ".join(["red"] * 300)
    ends = model.embed_texts([start + " fish fish", start + " blue blue"])
    assert np.abs(ends[0] - ends[1]).max() > 1e-4


def test_the_id_names_the_weights(folder, tmp_path):
    assert MiniLM(folder).id.startswith("minilm-l6@")
    assert len(MiniLM(folder).id) == len("minilm-l6@") + 12
    with pytest.raises(BackendError):
        MiniLM(tmp_path)


def test_a_folder_that_is_no_model_is_a_backend_error(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"none")
    with pytest.raises(BackendError, match="does not hold"):
        MiniLM(tmp_path).embed_texts(["red"])


def test_loading_prints_nothing(folder, capfd):
    MiniLM(folder).embed_texts(["red fish"])
    assert capfd.readouterr() == ("", "")

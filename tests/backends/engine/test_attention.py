"""Masks by hand, and a cascade against attention computed the plain way."""

from __future__ import annotations

import pytest
import torch

from mmjudge.backends.engine.attention import attend, attend_plainly, cascade, masks, merged, share, visible
from mmjudge.backends.engine.prefix import Prefix
from mmjudge.backends.engine.suffixes import pack


def test_each_question_sees_the_prefix_and_itself_so_far() -> None:
    seen = visible(pack([[1, 2], [3]]), 2)[0, 0].int().tolist()
    assert seen == [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]


def test_a_window_counts_true_places() -> None:
    row = pack([[1, 2], [3]])
    found = masks(row, 3, frozenset({"full_attention", "sliding_attention"}), 2, None)
    # keys stand at 0 1 2 | 3 4 | 3, and a query at 3 with a window of 2 sees 2 and 3
    assert found["sliding_attention"][0, 0].int().tolist() == [
        [0, 0, 1, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 1, 0, 0, 1],
    ]
    assert torch.equal(found["full_attention"], visible(row, 3))
    with pytest.raises(NotImplementedError, match="chunked_attention"):
        masks(row, 3, frozenset({"chunked_attention"}), 2, None)


@pytest.mark.parametrize("causal", [False, True])
def test_the_kernel_and_the_definition_agree(causal: bool) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 5, 8) for _ in range(3))
    fast, slow = (way(query, key, value, causal, None) for way in (attend, attend_plainly))
    usual = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
    for one, other in ((fast[0], usual), (slow[0], usual), (fast[1], slow[1])):
        assert torch.allclose(one, other, atol=1e-5)


def test_two_halves_of_the_keys_merge_into_all_of_them() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(1, 2, 4, 8), torch.randn(1, 2, 9, 8), torch.randn(1, 2, 9, 8)
    left = attend_plainly(query, key[:, :, :3], value[:, :, :3], False, None)
    right = attend_plainly(query, key[:, :, 3:], value[:, :, 3:], False, None)
    whole = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    assert torch.allclose(merged(*left, *right), whole, atol=1e-5)


class Layer:
    """What an attention function of transformers is given as its module."""

    layer_idx = 0


@pytest.mark.parametrize("kept", [1, 2, 4])
def test_a_cascade_is_attention_under_the_mask(kept: int) -> None:
    torch.manual_seed(kept)
    row, length, heads, width = pack([[1, 2, 3], [4], [5, 6]]), 5, 4, 8
    far = tuple(torch.randn(1, kept, length, width) for _ in range(2))
    near = tuple(torch.randn(1, kept, len(row.ids), width) for _ in range(2))
    query = torch.randn(1, heads, len(row.ids), width)
    shared = share(Prefix((far,), length, 0), row, None)
    out, _ = cascade(Layer(), query, *near, scaling=0.3, shared=shared)
    key, value = (torch.cat([a, b], 2).repeat_interleave(heads // kept, 1) for a, b in zip(far, near, strict=True))
    mask = visible(row, length)
    usual = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=0.3)
    assert torch.allclose(out, usual.transpose(1, 2), atol=1e-5)


def test_a_model_that_keeps_arguments_from_its_attention_is_told() -> None:
    with pytest.raises(NotImplementedError, match="hand arguments on"):
        cascade(Layer(), *(torch.randn(1, 1, 1, 4) for _ in range(3)))

"""Runs of questions, and what happens where memory runs out."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mmjudge.backends.engine.tiers import halved

ROWS = [[n] for n in range(7)]


def fits(most: int, seen: list[int]) -> Any:
    """A way of asking that has memory for `most` questions and answers each with its first token."""

    def ask(_model: Any, _prefix: Any, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        seen.append(len(rows))
        if len(rows) > most:
            raise torch.OutOfMemoryError("out of memory")
        return torch.tensor([[float(row[0])] for row in rows])

    return ask


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_where_memory_runs_out_halves_are_asked_in_order(most: int) -> None:
    seen: list[int] = []
    parts = halved(SimpleNamespace(), fits(most, seen), SimpleNamespace(), ROWS)
    assert torch.cat(parts).flatten().tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert seen[0] == 7
    assert (len(seen) == 1) == (most == 7)


def test_one_question_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        halved(SimpleNamespace(), fits(0, []), SimpleNamespace(), ROWS)

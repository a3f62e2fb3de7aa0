"""The fit of the light evaluator: block elimination against honest refits, and arrays against the kernel."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import light_fit
from light_data import Row
from light_topics import everyday

from mmjudge.backends import light

TEXTS = ("red fish", "blue fish", "one red boat", "two boats", "a green hill", "the hill", "fish and boats", "no fish")


@pytest.fixture(scope="module")
def problem():
    """24 rows in two sets, every third without context; states (2 layers, 5 wide) from a seeded generator."""
    random = np.random.default_rng(7)
    rows = [
        Row(
            f"r{i}",
            "ab"[i % 2],
            bool(random.integers(2)),
            TEXTS[i % 8],
            "" if i % 3 == 0 else TEXTS[i % 5],
            f"g{i // 2}",
        )
        for i in range(24)
    ]
    t, c = random.normal(size=(24, 2, 5)), random.normal(size=(24, 2, 5))
    pairs = [(row.target, row.context) for row in rows]
    return rows, pairs, t, c, *light_fit.features(pairs, t, c)


def test_held_out_scores_are_those_of_a_refit_without_the_block(problem):
    rows, *_, found, _ = problem
    shape = light_fit.Shape()
    k = light_fit.kernel(found, shape)
    used = np.arange(2, 24)  # two rows never train, but are scored
    weights = light_fit.row_weights([rows[i] for i in used])
    blocks = [str(i % 4) for i in range(24)]
    got = light_fit.held_out(k, light_fit.solve(k, rows, used, shape.ridge), blocks)
    for name in "0123":
        kept = [n for n, i in enumerate(used) if blocks[i] != name]
        at = used[kept]
        same = np.array([[rows[i].set == rows[j].set for j in at] for i in at])
        system = k[np.ix_(at, at)] + same + np.diag(shape.ridge / weights[kept])
        dual = np.linalg.solve(system, [1.0 if rows[i].unsafe else -1.0 for i in at])
        asked = [i for i in range(24) if blocks[i] == name]
        assert got[asked] == pytest.approx(k[np.ix_(asked, at)] @ dual, abs=1e-4)


def test_the_arrays_score_as_the_kernel_does(problem):
    rows, pairs, t, c, found, scales = problem
    shape = light_fit.Shape()
    k = light_fit.kernel(found, shape)
    solved = light_fit.solve(k, rows, np.arange(24), shape.ridge)
    head = light_fit.head(found, scales, shape, solved, (1.0, 0.0))
    for i, (target, context) in enumerate(pairs):
        words = light.lexical(head.lexical, head.rarity, target)
        said = light.lexical(head.context_lexical, head.rarity, context)
        got = light.score(head, t[i], c[i] if context else None, words, said)
        assert got == pytest.approx(float(k[i] @ solved.dual), abs=1e-4)


def test_row_weights_by_hand():
    """Set a, 4 rows at .5 each, 1 unsafe: the classes weigh .5 and 1.5 and become 1 and 1 (times 2, times 2/3)."""
    rows = [Row(str(i), "a", i == 0, "", "", str(i)) for i in range(4)]
    # .5 * 2 = 1 and .5 * 2/3 = 1/3 each; the mean is (1 + 3 * 1/3) / 4 = .5
    assert light_fit.row_weights(rows).tolist() == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])


def test_platt_finds_the_line_of_its_own_data():
    random = np.random.default_rng(3)
    scores = random.normal(size=20_000)
    unsafe = random.random(20_000) < 1 / (1 + np.exp(-(2.0 * scores - 0.5)))
    slope, intercept = light_fit.platt(scores, unsafe, np.ones(20_000))
    assert slope == pytest.approx(2.0, abs=0.1)
    assert intercept == pytest.approx(-0.5, abs=0.1)


def test_written_rows_have_both_truths_in_both_forms_and_no_text_twice():
    rows = everyday()
    assert {(form, unsafe) for form, _, unsafe, _ in rows} == {
        (f, u) for f in ("list", "request") for u in (True, False)
    }
    assert len({text for _, text, _, _ in rows}) == len(rows)

"""Juries: votes by hand, weights by hand, and regret against its bound by simulation."""

import math
from itertools import product

import numpy as np
import pytest

from mmjudge.jury import (
    BELIEF,
    JURY_RULES,
    Answered,
    Vote,
    decide,
    family,
    hedge,
    judges_itself,
    losses,
    marked,
    reliabilities,
    weights_for,
)
from mmjudge.types import Item, Truth

N, U, Y = Truth.NO, Truth.UNKNOWN, Truth.YES


def votes(*truths):
    return [Vote(f"j{at}", truth) for at, truth in enumerate(truths)]


@pytest.mark.parametrize(
    ("truths", "majority", "any_"),
    [
        ((Y, Y, N), Y, Y),
        ((N, N, Y), N, Y),
        ((N, N, N), N, N),
        ((U, U, Y), U, Y),
        ((U, U, N), U, U),
        ((Y, N), U, Y),
        ((Y, Y, N, U), U, Y),
        ((N, N, U, U), U, U),
        ((N, N, N, U), N, U),
        ((U,), U, U),
    ],
)
def test_votes_by_hand(truths, majority, any_):
    assert decide(votes(*truths), "majority").truth is majority
    assert decide(votes(*truths), "any").truth is any_


def test_no_jury_turns_unknown_into_no():
    for truths in product((N, U, Y), repeat=3):
        for rule in JURY_RULES:
            found = decide(votes(*truths), rule, {"j0": 1.0, "j1": 2.0, "j2": 1.5})
            assert found.votes == tuple(votes(*truths))
            if found.truth is N:
                assert N in truths
        if N not in truths:
            assert all(decide(votes(*truths), rule, {"j0": 1, "j1": 1, "j2": 1}).truth is not N for rule in JURY_RULES)
    assert decide(votes(N, N, N), "weighted", {}).truth is U
    assert "nothing is known" in decide(votes(N, N, N), "weighted", {}).said[0]


def test_a_heavy_juror_outvotes_two_light_ones():
    weights = {"j0": 3.0, "j1": 1.0, "j2": 1.0}
    found = decide(votes(Y, N, N), "weighted", weights)
    assert (found.truth, found.support) == (Y, pytest.approx(0.6))
    assert decide(votes(U, N, N), "weighted", weights).truth is U
    assert decide(votes(Y, N, N), "weighted", {**weights, "j0": 2.0}).truth is U  # an even split
    assert decide(votes(Y, N, N), "weighted", {**weights, "j0": -5.0}).truth is N
    with pytest.raises(ValueError, match="at least one juror"):
        decide([], "any")


def test_a_judge_of_its_own_output_is_announced_and_kept():
    item = Item("i", attributes=(("generator", "Qwen/Qwen2.5-Coder-1.5B-Instruct"),))
    models = {"j0": "qwen2.5-coder-1.5b-instruct-q4_k_m@cc324af/xllamacpp/listed", "j1": "llama-3-8b@1"}
    found = decide(marked(votes(N, N), models, item))
    assert [vote.own for vote in found.votes] == [True, False]
    assert found.said == ("j0 judges the output of its own model",)
    assert found.truth is N
    assert decide(marked(votes(N, N), models, Item("i"))).said == ()


@pytest.mark.parametrize(
    ("model", "made", "same"),
    [
        ("meta/Llama-3-8B@abc", "llama-3-8b", True),
        ("/models/mistral-7b.gguf", "mistralai/Mistral-7B", True),
        ("llama-3-8b", "llama-3-80b", False),
        ("llama-3-80b", "llama-3-8", False),
        ("", "", False),
        ("qwen", "", False),
    ],
)
def test_what_counts_as_the_same_model(model, made, same):
    assert judges_itself(model, Item("i", attributes=(("Model", made),))) is same
    assert not judges_itself(model, Item("i", attributes=(("source", made),)))


def test_a_model_by_its_bare_name():
    assert family("endpoint/Org/Name-7B.gguf@sha/x#y") == "name-7b"


def answered(juror, modality, rule, right, wrong, unknown=0):
    row = (juror, modality, rule)
    return [Answered(*row, True)] * right + [Answered(*row, False)] * wrong + [Answered(*row, None)] * unknown


def test_reliability_by_hand():
    known = reliabilities(answered("a", "text", "r", 8, 2, 5) + answered("a", "image", "r", 0, 1))
    pooled = 9 / 13
    image, text = known
    assert (image.modality, image.n, image.unknown) == ("image", 1, 0)
    assert image.accuracy == pytest.approx((0 + BELIEF * pooled) / (1 + BELIEF))
    assert (text.n, text.unknown) == (10, 5)
    assert text.accuracy == pytest.approx((8 + BELIEF * pooled) / (10 + BELIEF))
    assert text.weight == pytest.approx(math.log(text.accuracy / (1 - text.accuracy)))


def test_weights_are_those_of_the_modality_and_rule_and_else_the_jurors_own():
    rows = answered("a", "text", "r", 90, 10) + answered("a", "image", "r", 50, 50) + answered("b", "text", "r", 10, 90)
    known = reliabilities(rows)
    here = weights_for(known, "text", "r")
    assert here["a"] > weights_for(known, "image", "r")["a"]
    assert here["b"] == 0.0  # worse than a coin: it weighs nothing, it is not turned round
    assert here["a"] > weights_for(known, "audio", "other")["a"] > weights_for(known, "image", "r")["a"]
    assert weights_for(reliabilities(answered("c", "text", "r", 0, 0, 9)), "text", "r") == {"c": 0.0}


def test_weighted_jury_beats_the_majority_where_one_juror_is_much_better():
    rng = np.random.default_rng(4)
    accuracies, n = {"a": 0.95, "b": 0.6, "c": 0.6}, 2000
    truth = rng.random(n) < 0.5
    right = {name: rng.random(n) < p for name, p in accuracies.items()}
    learnt = reliabilities(Answered(name, "text", "r", bool(ok)) for name in right for ok in right[name][: n // 2])
    weights = weights_for(learnt, "text", "r")
    hits = {"majority": 0, "weighted": 0}
    for at in range(n // 2, n):
        ballots = [Vote(name, Y if truth[at] == right[name][at] else N) for name in right]
        for rule in hits:
            hits[rule] += decide(ballots, rule, weights).truth is (Y if truth[at] else N)
    assert hits["weighted"] > hits["majority"] + 50


def test_losses_by_hand():
    found = losses(np.array([[Y, N, U], [Y, N, U]]), np.array([True, False]))
    assert found.tolist() == [[0, 1, 0.5], [1, 0, 0.5]]


def test_hedge_by_hand():
    course = hedge(np.array([[1.0, 0.0]]), horizon=1)
    rate = math.sqrt(8 * math.log(2))
    assert course.weights[0].tolist() == [0.5, 0.5]
    assert course.weights[1, 0] == pytest.approx(math.exp(-rate) / (1 + math.exp(-rate)))
    assert course.loss.tolist() == course.regret.tolist() == [0.5]
    assert course.bound[0] == pytest.approx(math.sqrt(math.log(2) / 2))
    assert course.best == 1


def sequences(rng, kind, rounds, jurors):
    if kind == "drawn":
        return rng.random((rounds, jurors)) * rng.random(jurors)
    if kind == "coins":
        return (rng.random((rounds, jurors)) < 0.5).astype(float)
    if kind == "turning":  # who was best becomes worst, again and again
        best = (np.arange(rounds) // 7) % jurors
        return (np.arange(jurors)[None, :] != best[:, None]).astype(float)
    against = np.zeros((rounds, jurors))  # an adversary: whoever weighs most errs
    for t in range(rounds):
        against[t, np.argmax(hedge(against[:t], horizon=rounds).weights[-1]) if t else 0] = 1.0
    return against


@pytest.mark.parametrize("kind", ["drawn", "coins", "turning", "adversary"])
@pytest.mark.parametrize(("rounds", "jurors"), [(5, 2), (60, 3), (400, 12)])
def test_regret_stays_below_its_bound_on_every_sequence(kind, rounds, jurors):
    for seed in range(3 if kind == "adversary" else 40):
        found = sequences(np.random.default_rng(seed), kind, rounds, jurors)
        known, unknown = hedge(found, horizon=rounds), hedge(found)
        assert known.bound[-1] == pytest.approx(math.sqrt(rounds * math.log(jurors) / 2))
        assert known.regret[-1] <= known.bound[-1]
        assert np.all(unknown.regret <= unknown.bound)
        for course in (known, unknown):
            assert course.weights.sum(axis=1) == pytest.approx(np.ones(rounds + 1))
            assert course.regret[-1] == pytest.approx(course.loss.sum() - found.sum(axis=0).min())


def test_the_bound_is_near_enough_to_be_one():
    """Against coins regret is of the order of the bound: not a bound that anything would keep."""
    regrets = [hedge(sequences(np.random.default_rng(s), "coins", 400, 12), 400).regret[-1] for s in range(100)]
    assert np.mean(regrets) > 0.3 * math.sqrt(400 * math.log(12) / 2)


def test_what_hedge_refuses():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        hedge(np.array([[0.0, 1.5]]))
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        hedge(np.array([[0.0, math.nan]]))
    with pytest.raises(ValueError, match="horizon"):
        hedge(np.zeros((3, 2)), horizon=2)

"""The embedded language model rates and objectifies: the scripted backend proves logic, this proves that it works."""

import pytest
import yaml
from needs import weights
from test_readme import ROOT

from mmjudge import improving
from mmjudge.lint import OBJECTIVE
from mmjudge.objectify import objectify
from mmjudge.rating import Rating, measured
from mmjudge.session import open_backend
from mmjudge.types import Precondition, Question, Rule

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def model():
    weights("qwen-1.5b")
    return open_backend("embedded")


@pytest.fixture(scope="module")
def scale(model, tmp_path_factory):
    return improving.scale_of(model, tmp_path_factory.mktemp("cache"))


def test_the_model_tells_plainly_subjective_from_plainly_objective_rules(scale):
    assert scale.high > scale.low


def test_it_rates_most_rewrites_higher(model, scale):
    pairs = yaml.safe_load((ROOT / "scripts/controls/objectiveness_pairs.yaml").read_text(encoding="utf-8"))["tune"]
    right = 0
    for pair in pairs[:3]:
        low, high = (measured(model, wording, scale, explain=False) for wording in pair)
        assert isinstance(low, Rating)
        assert isinstance(high, Rating)
        right += high.raw > low.raw
    assert right >= 2


def test_a_rule_gets_rounds_and_a_chain_or_the_reasons_why_not(model, scale):
    text = "Should not be violent."
    rule = Rule("violent", text, text, (Precondition("p1", (Question("q1", "It is violent."),)),), ("text",))
    found = objectify(model, rule, lambda wording: measured(model, wording, scale, False), lambda step: None, limit=1)
    assert found.before == text
    assert len(found.rounds) == 2 or found.rounds[0].rating.whole >= OBJECTIVE or found.problems
    assert found.text.startswith("Should ")
    assert found.preconditions or any(problem.startswith("chain") for problem in found.problems)
    assert all(question.ask.endswith((".", "?")) for entry in found.preconditions for question in entry.any_of)

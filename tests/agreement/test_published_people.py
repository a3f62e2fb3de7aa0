"""What people reach on public data, and published judges beside them: known figures lie in the intervals.

The figures were taken on all rows of each source, the rows here are a part of them: hence intervals.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmjudge.agreement.bootstrap import interval
from mmjudge.agreement.ceiling import human_ceiling
from mmjudge.agreement.coefficients import krippendorff_alpha_statistic
from mmjudge.agreement.crowd import dawid_skene, majority
from mmjudge.agreement.groups import compare_groups
from mmjudge.agreement.paired import mcnemar, paired_bootstrap
from mmjudge.agreement.pairs import agreement_statistic, cohen_kappa_statistic, kappa_of
from mmjudge.agreement.replacement import alternative_test
from mmjudge.ratings import counts, ratings_of

pytestmark = [pytest.mark.data, pytest.mark.filterwarnings("ignore::DeprecationWarning:crowdkit")]

ALPHA = {
    "dices_350": 0.20, "dices_990": 0.17, "adversarial_nibbler_prompts": 0.22, "multilingual_hatecheck": 0.65,
    "convabuse": 0.72, "harmbench_val_text": 0.75, "hatecheck": 0.94,
}  # fmt: skip
ONE_AGAINST_THE_REST = {
    "dices_350": (0.73, 0.75), "dices_990": (0.73, 0.75), "harmbench_val_text": (0.93, 0.93), "hatecheck": (0.99, 0.99),
}  # fmt: skip
JUDGES = {
    "gpt-4-0613": (0.910, 0.82), "cls": (0.908, 0.82), "mixtral": (0.846, 0.69), "llama_guard": (0.673, 0.30),
    "advbench": (0.678, 0.37),
}  # fmt: skip


def rows(name):
    folder = os.environ.get("MMJUDGE_DATA")
    if not folder:
        pytest.skip("the labelled data is named by MMJUDGE_DATA")
    lines = (Path(folder) / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ratings(name):
    """Votes as ratings of the whole item; where nobody kept who voted, places stand for people."""
    return ratings_of(
        (row["id"], "", vote["rater"] or f"vote {place}", int(vote["unsafe"]))
        for row in rows(name)
        for place, vote in enumerate(row["votes"])
        if vote["unsafe"] is not None
    )


@pytest.mark.parametrize("name", ALPHA)
def test_alpha_is_what_is_known_of_the_source(name):
    found = interval(krippendorff_alpha_statistic(counts(ratings(name))))
    assert found.low <= ALPHA[name] <= found.high
    assert found.high - found.low < 0.13


@pytest.mark.parametrize("name", ONE_AGAINST_THE_REST)
def test_one_against_the_rest_is_what_is_known_of_the_source(name):
    low, high = ONE_AGAINST_THE_REST[name]
    assert low - 0.01 <= human_ceiling(ratings(name)).person.value <= high + 0.01


def harmbench():
    """Ratings, the majority of three people (float, items), and a published judge's answers by name."""
    people = ratings("harmbench_val_text")
    said = {row["id"]: row["model_judgements"] for row in rows("harmbench_val_text")}
    truth = majority(counts(people)).astype(float)
    return people, truth, {name: np.array([said[item][name] for item in people.items], float) for name in JUDGES}


@pytest.mark.parametrize("name", JUDGES)
def test_a_published_judge_is_as_good_as_published(name):
    _, truth, judges = harmbench()
    accuracy, kappa = JUDGES[name]
    found = interval(agreement_statistic(truth, judges[name])), interval(cohen_kappa_statistic(truth, judges[name]))
    assert found[0].low <= accuracy <= found[0].high
    assert found[1].low <= kappa <= found[1].high


def test_who_may_replace_a_rater_on_harmbench():
    people, _, judges = harmbench()
    passed = {name: alternative_test(people, judge, epsilon=0.15).passed for name, judge in judges.items()}
    assert passed == {"gpt-4-0613": True, "cls": True, "mixtral": True, "llama_guard": False, "advbench": False}


def test_a_judge_beside_the_human_ceiling_on_harmbench():
    people, _, judges = harmbench()
    good = human_ceiling(people, judges["gpt-4-0613"], figure=kappa_of)
    bad = human_ceiling(people, judges["llama_guard"], figure=kappa_of)
    assert good.gap.low < 0 < good.gap.high
    assert bad.gap.high < -0.4


def test_two_judges_on_the_same_items():
    _, truth, judges = harmbench()
    apart = mcnemar(judges["gpt-4-0613"], judges["llama_guard"], truth)
    assert apart.exact < 1e-9
    level = mcnemar(judges["gpt-4-0613"], judges["cls"], truth)
    assert level.exact > 0.5
    found = paired_bootstrap(judges["gpt-4-0613"], judges["mixtral"], truth, kappa_of)
    assert found.difference.low > 0


def test_a_rater_of_dices_may_be_replaced_by_another():
    people = ratings("dices_350")
    matrix = np.full((len(people.raters), len(people.items)), np.nan)
    matrix[people.rater, people.item] = people.value
    found = alternative_test(matrix[1:], matrix[0], epsilon=0.1)
    assert len(found.against) == 122
    assert 0 <= found.winning <= 1
    crowd = majority(counts(people)).astype(float)
    assert alternative_test(people, np.where(crowd < 0, np.nan, crowd), epsilon=0.1).winning == 1.0


def test_groups_drawn_by_lot_from_123_raters_have_no_view_of_their_own():
    people = ratings("dices_350")
    rng = np.random.default_rng(1)
    said = [{"axis": rng.choice(["a", "b", "c", "d", "e"])} for _ in people.raters]
    found = compare_groups(people, said, shuffles=1000)
    assert len(found.groups) == 5
    assert all(group.gai.adjusted > 0.05 for group in found.groups)
    assert all(0.8 < group.gai.value < 1.25 for group in found.groups)


def test_a_model_of_the_crowd_keeps_a_clear_majority():
    people = ratings("hatecheck")
    table = counts(people)
    clear = np.abs(table[:, 0] - table[:, 1]) == table.sum(axis=1)
    assert (dawid_skene(people).value[clear] == majority(table)[clear]).mean() > 0.995

"""Figures of a table small enough to count by hand: six items, three people, one judge."""

import math

import pytest

from mmjudge.ratings import NO, UNKNOWN, YES, ratings_of
from mmjudge.report.assemble import Asked, disagreements, figures
from mmjudge.report.html import as_html
from mmjudge.report.values import Drawn, Facts

J = "judge:j"
#        item, a, b, c, judge, score;  truth 1 1 0 0 0 and a tie
SAID = (
    ("i1", YES, YES, YES, YES, 0.9),
    ("i2", YES, YES, NO, NO, 0.4),
    ("i3", NO, NO, NO, YES, 0.7),
    ("i4", NO, NO, UNKNOWN, NO, 0.1),
    ("i5", NO, NO, YES, UNKNOWN, None),
    ("i6", YES, NO, UNKNOWN, YES, 0.8),
)


def rows(rule=""):
    for item, *people, judge, score in SAID:
        yield from ((item, rule, name, value, None, None, 10.0) for name, value in zip("abc", people, strict=True))
        yield (item, rule, J, judge, None, score)


@pytest.fixture(scope="module")
def report():
    facts = Facts(
        {"language": {"i1": "en", "i2": "en", "i3": "de"}}, {}, {"side": {"a": "left", "b": "left", "c": "right"}}
    )
    return figures(ratings_of(rows(), [J]), facts, Asked(draws=200))


BY_HAND = {
    ("judge", "accuracy"): (2 / 4, 4),
    ("judge", "precision"): (1 / 2, 2),
    ("judge", "recall"): (1 / 2, 2),
    ("judge", "specificity"): (1 / 2, 2),
    ("judge", "f1"): (1 / 2, 4),
    ("judge", "cohen_kappa"): (0.0, 4),
    ("judge", "decided"): (4 / 5, 5),
    ("judge", "accuracy_unknown_wrong"): (2 / 5, 5),
    ("judge", "recall_unknown_missed"): (1 / 2, 2),
    ("judge", "auprc"): ((1 + 2 / 3) / 2, 4),
    ("judge", "auroc"): (3 / 4, 4),
    ("judge", "brier"): ((0.01 + 0.36 + 0.49 + 0.01) / 4, 4),
    ("people", "raw_agreement"): ((3 + 2 / 3) / 6, 6),
    ("people", "decided"): (16 / 18, 18),
    ("people", "one_accuracy"): (8 / 12, 12),
    ("people", "violations"): (2 / 5, 5),
    ("both", "judge_with_others"): (6 / 11, 11),
    ("both", "person_with_others"): (8 / 11, 11),
    ("both", "judge_less_person"): (-2 / 11, 11),
}


@pytest.mark.parametrize(("which", "value"), BY_HAND.items(), ids=lambda one: "-".join(map(str, one)))
def test_what_is_counted_by_hand(report, which, value):
    row = report.one(*which)
    assert (row.value, row.n) == (pytest.approx(value[0]), value[1])


def test_counts_apart_what_is_no_answer(report):
    missing = {one.what: one.n for one in report.missing}
    assert missing["people: can't tell or skipped"] == 2
    assert missing["judge: unknown"] == 1
    assert report.table == ((1, 1), (1, 1))
    assert next(one.n for one in report.counts if one.what.startswith("without a truth")) == 1


def test_the_threshold_table_holds_every_scored_unit_with_a_truth(report):
    assert report.scored == ((0.1, 0, 1), (0.4, 1, 0), (0.7, 0, 1), (0.9, 1, 0))
    assert report.unscored == 1


def test_the_worst_come_first_and_a_tie_is_no_disagreement(report):
    assert [(one.item, one.said, round(one.apart, 3)) for one in report.worst] == [
        ("i3", "violation", 0.7), ("i2", "no", 0.267),
    ]  # fmt: skip
    assert report.disagreed == 2
    assert len(disagreements(ratings_of(rows(), [J]), Asked(judge=J))) == 2


def test_six_items_settle_nothing_and_the_words_say_so(report):
    assert report.said.tone == "open"
    assert "not known" in report.said.headline
    assert report.replacement.tone == "open"
    assert "label a random sample" in report.prevalence.because[0]


def test_groups_of_items_and_of_raters(report):
    assert report.one("judge", "accuracy", "language", "en").value == 1 / 2
    assert report.one("judge", "accuracy", "language", "de").n == 1
    # The two on the left agree on i1 to i5; on i6 they are split.
    assert report.one("people", "raw_agreement", "raters", "side: left").value == pytest.approx(5 / 6)
    assert report.one("judge", "accuracy", "raters", "side: left").value == 2 / 4


def test_every_rater_beside_the_others(report):
    # c: i1, i2, i3, i5 with the majority of a and b: right on i1 and i3.
    row = report.one("people", "with_others", "rater", "c")
    assert (row.value, row.n) == (1 / 2, 4)


def test_any_and_expert_as_truth():
    some = ratings_of(rows(), [J])
    # One yes is enough: 1 1 0 0 1 1 against 1 0 1 0 ? 1.
    assert figures(some, None, Asked(truth="any", draws=200)).table == ((1, 1), (1, 2))
    # c says 1 0 0 ? 1 ?: against 1 0 1 - - -.
    assert figures(some, None, Asked(truth="expert:c", draws=200)).table == ((1, 1), (0, 1))
    with pytest.raises(ValueError, match="use majority, any, or expert"):
        figures(some, None, Asked(truth="expert:nobody"))


def test_answers_about_rules_only_are_pooled_and_shown_by_rule_and_category():
    both = [*rows("r1"), *rows("r2")]
    found = figures(ratings_of(both, [J]), Facts(categories={"r1": "hate", "r2": "hate"}), Asked(draws=200))
    assert found.about == "rules"
    assert found.one("judge", "accuracy").n == 8
    assert found.one("judge", "accuracy", "rule", "r1").n == 4
    assert found.one("judge", "accuracy", "category", "hate").n == 8
    assert {one.what for one in found.parts} == {"rule r1", "rule r2"}


def test_controversial_counts_as_it_is_told_to():
    some = [("i1", "", "a", YES), ("i1", "", J, 2)]
    for counted, n in (("violation", 1), ("fine", 1), ("unknown", 0)):
        found = figures(ratings_of(some, [J]), None, Asked(controversial=counted, draws=200))
        assert found.one("judge", "accuracy").n == n
        assert found.table[1] == {"violation": (0, 1), "fine": (1, 0), "unknown": (0, 0)}[counted]


def test_people_alone_and_one_person_alone():
    people = [row for row in rows() if row[2] != J]
    found = figures(ratings_of(people), None, Asked(draws=200))
    assert found.judge == ""
    assert "alpha" in found.said.headline
    alone = figures(ratings_of([row for row in rows() if row[2] in ("a", J)], [J]), None, Asked(draws=200))
    assert "One person answered" in alone.said.because[0]
    assert math.isnan(alone.one("people", "krippendorff_alpha").value)
    with pytest.raises(ValueError, match="no person has answered"):
        figures(ratings_of([row for row in rows() if row[2] == J], [J]))


def test_prevalence_is_estimated_where_the_sampling_is_known():
    some = [(f"i{n}", "", "a", int(n % 4 == 0)) for n in range(100)]
    chances = {f"i{n}": 0.5 for n in range(100)}
    found = figures(ratings_of(some, (), chances), None, Asked(draws=200)).prevalence
    assert found.headline.startswith("25.0 % of the set violates")


@pytest.mark.parametrize(
    ("right", "tone", "words"),
    [(200, "good", "better than one person"), (100, "bad", "less than one person")],
)
def test_the_headline_follows_the_interval(right, tone, words):
    """200 items: a and b agree, c errs on every fifth; the judge is right on so many."""
    some = []
    for n in range(200):
        some += [(f"i{n}", "", "a", n % 2), (f"i{n}", "", "b", n % 2), (f"i{n}", "", "c", (n + (n % 5 == 0)) % 2)]
        some.append((f"i{n}", "", J, n % 2 if n < right else 1 - n % 2))
    said = figures(ratings_of(some, [J]), None, Asked(draws=200)).said
    assert said.tone == tone
    assert words in said.headline


def of_project(answered, drawn, judged=0, rule=""):
    """A tenth of so many answered items violates; the judge, right everywhere, judged the first of them and more."""
    some = [(f"i{n}", rule, "a", int(n % 10 == 0)) for n in range(answered)]
    some += [(f"i{n}", rule, J, int(n % 10 == 0)) for n in range(judged)]
    chances = {f"i{n}": drawn.tasks / drawn.size for n in range(max(answered, judged))}
    return figures(ratings_of(some, [J] if judged else (), chances), Facts(drawn=drawn), Asked(draws=200)).prevalence


def test_a_part_of_a_queue_in_the_order_of_files_says_nothing_about_the_whole():
    said = of_project(60, Drawn("all", 1000, 1000))
    assert said.tone == "open"
    assert "60 of 1,000 tasks are answered, in the order of the queue" in said.because[0]
    assert "--sampling random" in said.because[0]
    assert of_project(60, Drawn("all", 60, 60)).headline.startswith("10.0 % of the set violates")


def test_a_part_of_a_random_queue_is_a_random_part():
    """60 items of which 6 violate: Wilson's interval at 59, the variance having one degree less, is 4.6 to 20.3 %."""
    said = of_project(60, Drawn("random", 1000, 1000), judged=1000)
    whole = of_project(60, Drawn("random", 1000, 5000), judged=1000)
    assert "Method: prediction-powered" in said.because[0]
    assert whole.headline == "10.0 % of the set violates (4.6 to 20.3 %)"
    assert "Method: weighted" in whole.because[0]
    assert "Of 1,000 tasks 60 have a truth" in whole.because[1]


def test_a_rule_nobody_could_answer_is_unknown_in_the_share_of_the_set():
    """Of 100 items 40 have no answer to the second rule; of the others a tenth violates the first."""
    some = [(f"i{n}", "r1", "a", int(n % 10 == 0)) for n in range(100)]
    some += [(f"i{n}", "r2", "a", UNKNOWN if n % 10 in (1, 2, 3, 4) else NO) for n in range(100)]
    found = figures(ratings_of(some, (), {f"i{n}": 0.5 for n in range(100)}), None, Asked(draws=200)).prevalence
    assert found.headline.startswith("16.7 % of the set violates")
    assert found.because[1].startswith("40 more items are unknown")


def people_and_judge(n, decided, parting=()):
    """Three people who say the same of n items, but for c on those parting; the judge with them where it decided."""
    some = []
    for at in range(n):
        yes = at % 2
        some += [(f"i{at}", "", name, yes) for name in "ab"] + [(f"i{at}", "", "c", 1 - yes if at in parting else yes)]
        some.append((f"i{at}", "", J, yes if at < decided else UNKNOWN))
    return figures(ratings_of(some, [J]), None, Asked(draws=200)).said


def test_items_count_where_judge_and_people_meet():
    said = people_and_judge(100, 3, parting=(0, 1))
    assert said.tone == "open"
    assert said.because[0].startswith("3 items that the judge decided")


def test_a_judge_that_decides_less_than_half_is_not_called_good():
    said = people_and_judge(300, 120, parting=range(0, 120, 3))
    assert (said.tone, said.headline) == ("open", "The judge decides too little to be trusted with the whole set")
    assert said.because[0].startswith("It decided 120 of 300")
    assert people_and_judge(300, 200, parting=range(0, 120, 3)).tone == "good"


@pytest.mark.parametrize(("n", "tone", "unseen"), [(200, "good", "+1.8"), (40, "open", "+9.2")])
def test_perfect_agreement_is_as_sure_as_its_number_of_items(n, tone, unseen):
    """-ln(0.025) / n: what 95 of 100 samples of n without a difference would not have missed."""
    said = people_and_judge(n, n)
    assert said.tone == tone
    assert f"{unseen} points may be there and not be seen" in said.because[0]
    assert "too few" not in said.because[0]


def test_the_tile_of_recall_says_what_it_leaves_out():
    page = as_html(figures(ratings_of(rows(), [J]), None, Asked(draws=200)))
    assert "found of the violations it decided on" in page
    assert "found of all violations, unknown counted as missed" in page

"""What an edited rubric keeps of the evidence under its old version; derived by hand."""

from dataclasses import replace

from mmjudge.carry import Plan, carried, merged, plan, with_open_ends
from mmjudge.rubric import version_of
from mmjudge.types import Evidence, Measurement, Passage, Precondition, Question, Rubric, Rule


def rule(name: str, *asks: str, **more) -> Rule:
    chain = tuple(Precondition(f"p{n}", (Question(f"q{n}", ask),)) for n, ask in enumerate(asks, 1))
    return Rule(name, f"No {name}.", f"No {name}.", chain, ("text",), **more)


def rubric(*rules: Rule) -> Rubric:
    return Rubric("mine", version_of("mine", rules), "Mine", "", rules)


OLD = rubric(rule("cats", "A cat.", "It is black."), rule("dogs", "A dog."), rule("birds", "A bird."))


def test_only_a_rule_with_a_new_question_is_asked():
    new = rubric(rule("cats", "A cat.", "It is grey."), replace(OLD.rules[1], severity=3), OLD.rules[2])
    assert plan(OLD, new, alone=True) == Plan(("dogs", "birds"), ("cats",))


def test_a_rule_that_is_new_is_asked_and_one_that_is_gone_is_neither():
    new = rubric(OLD.rules[0], rule("fish", "A fish."))
    assert plan(OLD, new, alone=True) == Plan(("cats",), ("fish",))


def test_a_model_that_is_shown_all_statements_is_asked_all_or_nothing():
    reworded = rubric(OLD.rules[0], rule("dogs", "A big dog."), OLD.rules[2])
    assert plan(OLD, reworded, alone=False) == Plan((), ("cats", "dogs", "birds"))
    graver = rubric(OLD.rules[0], replace(OLD.rules[1], severity=3), OLD.rules[2])
    assert plan(OLD, graver, alone=False) == Plan(("cats", "dogs", "birds"), ())


def evidence(rule_id: str, question_id: str, **more) -> Evidence:
    more = more or {"score": 0.5}
    return Evidence(rule_id, question_id, 0, "probe", "m", **more)


def test_a_regrouped_chain_whose_end_was_spared_is_asked():
    first, second = OLD.rules[0].preconditions
    either = Precondition("p1", (*first.any_of, *second.any_of))
    new = rubric(replace(OLD.rules[0], preconditions=(either,)), *OLD.rules[1:])
    made = plan(OLD, new, alone=True)
    assert made == Plan(("cats", "dogs", "birds"), ())
    spared = [evidence("cats", "q1"), evidence("cats", "q2", reason="not_asked"), evidence("dogs", "q1")]
    assert with_open_ends(made, OLD, new, spared) == Plan(("dogs", "birds"), ("cats",))
    assert with_open_ends(made, OLD, new, [evidence("cats", "q1"), evidence("cats", "q2")]) == made


def measurement(*pieces: Evidence, measurer: str = "old", attempt: int = 2) -> Measurement:
    return Measurement("item", measurer, (Passage(0),), (), pieces, 1.0, attempt)


def test_kept_evidence_says_under_which_version_it_was_measured_once():
    made = Plan(("dogs",), ("cats",))
    old = measurement(
        evidence("", "", score=0.1), evidence("cats", "q1"), evidence("dogs", "q1", score=0.2, note="odd")
    )
    kept = carried(old, made, "v1")
    assert [(p.rule_id, p.note) for p in kept] == [
        ("", "measured under version v1"),
        ("dogs", "odd; measured under version v1"),
    ]
    assert carried(measurement(*kept), made, "v1") == kept


def test_merged_takes_what_was_asked_and_nothing_twice():
    made = Plan(("dogs",), ("cats",))
    old = measurement(evidence("", "", score=0.1), evidence("cats", "q1"), evidence("dogs", "q1", score=0.2))
    fresh = measurement(
        evidence("", "", score=0.3), evidence("cats", "q1", score=0.9), evidence("dogs", "q1", score=0.7)
    )
    one = merged("new", made, carried(old, made, "v1"), old, fresh)
    assert [(p.rule_id, p.score) for p in one.evidence] == [("", 0.1), ("dogs", 0.2), ("cats", 0.9)]
    assert (one.measurer_id, one.attempt, {p.attempt for p in one.evidence}) == ("new", 1, {1})


def test_merged_without_asking_is_the_old_one_under_the_new_name():
    made = Plan(("cats", "dogs", "birds"), ())
    old = measurement(evidence("cats", "q1"))
    one = merged("new", made, carried(old, made, "v1"), old, None)
    assert (one.measurer_id, one.passages, one.seconds) == ("new", old.passages, old.seconds)

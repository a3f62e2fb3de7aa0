"""The logic of a chain against brute force over all answers, and its sentences word for word."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge import truth_table as tt
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Grade, Precondition, Question, Rule, Truth

YES, NO, OPEN = Truth.YES, Truth.NO, Truth.UNKNOWN

KITCHEN = Rule(
    "knife",
    "No knives.",
    "No knives.",
    (
        Precondition("p1", (Question("q1", "A knife is visible."), Question("q2", "Is an axe visible?"))),
        Precondition("p2", (Question("q3", "It is a kitchen scene.", expect=False),)),
    ),
    ("image",),
    grades=(Grade(3, Question("g1", "The knife touches a person.")),),
)


@st.composite
def rules(draw, most=3):
    """Chains of up to three preconditions with up to `most` questions each, some of them exemptions."""
    shape = draw(st.lists(st.lists(st.booleans(), min_size=1, max_size=most), min_size=1, max_size=3))
    chain = tuple(
        Precondition(f"p{i}", tuple(Question(f"q{i}{j}", f"S{i}{j}.", expect) for j, expect in enumerate(expects)))
        for i, expects in enumerate(shape)
    )
    return Rule("r", "r", "r", chain, ("text",))


def completions(rule, answers=()):
    """Every way to answer yes or no to all questions that keeps the answers given."""
    given = dict(answers)
    for values in product((YES, NO), repeat=len(rule.questions)):
        full = {q.id: value for q, value in zip(rule.questions, values, strict=True)}
        if all(full[key] is value for key, value in given.items()):
            yield full


def violated(rule, full):
    """The chain in two-valued logic, written out anew: all preconditions, any question, answered as expected."""
    return all(any((full[q.id] is YES) == q.expect for q in p.any_of) for p in rule.preconditions)


def partial(rule):
    """Answers yes, no or open to some of the questions."""
    return st.dictionaries(st.sampled_from([q.id for q in rule.questions]), st.sampled_from([YES, NO, OPEN]))


def settled(answers):
    return {key: value for key, value in answers.items() if value is not OPEN}


@settings(deadline=None)
@given(rules().flatmap(lambda r: st.tuples(st.just(r), partial(r))))
def test_an_outcome_is_what_every_way_to_go_on_comes_to(case):
    rule, answers = case
    worlds = {violated(rule, full) for full in completions(rule, settled(answers).items())}
    expected = OPEN if len(worlds) == 2 else YES if worlds == {True} else NO
    assert tt.outcome(rule, answers) is expected


@settings(deadline=None)
@given(rules())
def test_rows_are_all_worlds_seen_through_the_preconditions(rule):
    seen = {
        (
            tuple(any((full[q.id] is YES) == q.expect for q in p.any_of) for p in rule.preconditions),
            violated(rule, full),
        )
        for full in completions(rule)
    }
    assert {tuple(row) for row in tt.rows(rule)} == seen
    assert len(tt.rows(rule)) == 2 ** len(rule.preconditions)


@settings(max_examples=30, deadline=None)
@given(rules(most=2))
def test_violating_answers_are_exactly_the_minimal_sets_that_make_a_violation(rule):
    check_minimal(rule, [tuple(answers) for answers in tt.violating_answers(rule)], YES)
    assert tt.ways(rule) == len(list(tt.violating_answers(rule)))


@settings(max_examples=30, deadline=None)
@given(rules(most=2))
def test_clearing_answers_are_exactly_the_minimal_sets_that_settle_no(rule):
    check_minimal(rule, list(tt.sufficient_to_clear(rule)), NO)


def check_minimal(rule, sets, truth):
    """Brute force over all 3^q partial answers: the minimal ones that come to `truth` are these sets."""
    ids = [q.id for q in rule.questions]
    every = [(full.items(), violated(rule, full)) for full in completions(rule)]
    found = []
    for values in product((YES, NO, OPEN), repeat=len(ids)):
        some = settled(dict(zip(ids, values, strict=True)))
        if {outcome for full, outcome in every if some.items() <= full} == {truth is YES}:
            found.append(frozenset(some.items()))
    minimal = {s for s in found if not any(other < s for other in found)}
    assert {frozenset((a.question.id, a.answer) for a in answers) for answers in sets} == minimal
    assert len(sets) == len(minimal)


@settings(deadline=None)
@given(rules().flatmap(lambda r: st.tuples(st.just(r), partial(r))))
def test_what_if_names_every_single_answer_that_changes_the_outcome(case):
    rule, answers = case
    asked = tt.what_if(rule, answers)
    expected = set()
    for question in rule.questions:
        for after in (YES, NO):
            then = tt.outcome(rule, {**answers, question.id: after})
            if then is not asked.outcome:
                expected.add((question.id, answers.get(question.id, OPEN), after, then))
    assert {(c.question.id, c.before, c.after, c.outcome) for c in asked.changes} == expected
    assert asked.outcome is tt.outcome(rule, answers)


@settings(deadline=None)
@given(rules().flatmap(lambda r: st.tuples(st.just(r), partial(r))))
def test_open_are_the_unanswered_questions_on_which_some_way_to_go_on_hangs(case):
    rule, answers = case
    known = settled(answers)
    matter = []
    for question in rule.questions:
        if question.id in known:
            continue
        flips = (
            violated(rule, {**full, question.id: YES}) != violated(rule, {**full, question.id: NO})
            for full in completions(rule, known.items())
        )
        if any(flips):
            matter.append(question)
    assert tt.what_if(rule, answers).open == tuple(matter)


@settings(deadline=None)
@given(rules().flatmap(lambda r: st.tuples(st.just(r), partial(r))))
def test_lacking_is_what_a_violation_still_needs(case):
    rule, answers = case
    lacking = tt.what_if(rule, answers).lacking
    assert (lacking == ()) == (tt.outcome(rule, answers) is YES)
    fixed = {**answers, **{p.any_of[0].id: tt.needed(p.any_of[0]) for p in lacking}}
    assert tt.outcome(rule, fixed) is YES


def test_the_hand_example():
    # (knife or axe) and not a kitchen
    assert tt.outcome(KITCHEN, {"q1": YES, "q3": NO}) is YES
    assert tt.outcome(KITCHEN, {"q3": YES}) is NO
    asked = tt.what_if(KITCHEN, {"q1": YES, "q2": NO})
    assert asked.outcome is OPEN
    assert [(c.question.id, c.after, c.outcome) for c in asked.changes] == [
        ("q1", NO, NO),
        ("q3", YES, NO),
        ("q3", NO, YES),
    ]
    assert [q.id for q in asked.open] == ["q3"]
    assert [p.id for p in asked.lacking] == ["p2"]


def test_a_question_the_rule_does_not_have_is_an_error_and_a_grade_changes_nothing():
    with pytest.raises(RubricError, match="no question 'q9': use g1, q1, q2, q3"):
        tt.outcome(KITCHEN, {"q9": YES})
    assert tt.outcome(KITCHEN, {"g1": YES}) is OPEN


def test_beyond_six_preconditions_there_are_no_rows_but_the_sets():
    long = Rule("r", "r", "r", tuple(Precondition(f"p{i}", (Question(f"q{i}", "S."),)) for i in range(7)), ("text",))
    assert tt.rows(long) == ()
    assert [len(answers) for answers in tt.violating_answers(long)] == [7]
    assert len(tt.sufficient_to_clear(long)) == 7


def test_more_sets_than_anybody_reads_are_counted_and_come_one_at_a_time():
    wide = tuple(Precondition(f"p{i}", tuple(Question(f"q{i}_{j}", "S.") for j in range(20))) for i in range(10))
    rule = Rule("r", "r", "r", wide, ("text",))
    assert tt.ways(rule) == 20**10
    assert [a.question.id for a in next(tt.violating_answers(rule))][:2] == ["q0_0", "q1_0"]


def test_sentences():
    assert tt.rule_sentence(KITCHEN) == (
        "Violates if (1) «A knife is visible» or «Is an axe visible?» is answered yes; "
        "and (2) «It is a kitchen scene» is answered no."
    )
    assert [tt.violation_sentence(answers) for answers in tt.violating_answers(KITCHEN)] == [
        "It is a violation when: «A knife is visible» is answered yes, and «It is a kitchen scene» is answered no.",
        "It is a violation when: «Is an axe visible?» is answered yes, and «It is a kitchen scene» is answered no.",
    ]
    assert [tt.clearing_sentence(answers) for answers in tt.sufficient_to_clear(KITCHEN)] == [
        "It is no violation as soon as: «A knife is visible» is answered no, and «Is an axe visible?» is answered no.",
        "It is no violation as soon as: «It is a kitchen scene» is answered yes.",
    ]
    assert [tt.row_sentence(row) for row in tt.rows(KITCHEN)] == [
        "Conditions 1 and 2 hold: a violation.",
        "Condition 1 holds, condition 2 does not: no violation.",
        "Condition 2 holds, condition 1 does not: no violation.",
        "Conditions 1 and 2 do not hold: no violation.",
    ]
    asked = tt.what_if(KITCHEN, {"q1": YES, "q3": YES})
    assert [tt.change_sentence(change) for change in asked.changes] == [
        "«It is a kitchen scene» is answered yes; answered no, the outcome would be: a violation."
    ]
    unanswered = tt.what_if(KITCHEN, {"q1": YES}).changes[0]
    assert tt.change_sentence(unanswered) == (
        "«It is a kitchen scene» has no answer yet; answered yes, the outcome would be: no violation."
    )


def test_a_mixed_condition_says_which_answer_each_question_needs():
    mixed = Precondition("p", (Question("a", "A."), Question("b", "B.", expect=False)))
    assert tt.condition_words(mixed) == "«A» is answered yes, or «B» is answered no"


def test_a_table_line_of_one_condition_that_fails():
    assert tt.row_sentence(tt.Row((False,), False)) == "Condition 1 does not hold: no violation."
    assert tt.row_sentence(tt.Row((True,), True)) == "Condition 1 holds: a violation."


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rule_is_violated_by_each_of_its_sets_and_cleared_by_each_of_the_others(name):
    for rule in load_rubric(name).rules:
        for answers in tt.violating_answers(rule):
            assert tt.outcome(rule, {a.question.id: a.answer for a in answers}) is YES
        for answers in tt.sufficient_to_clear(rule):
            assert tt.outcome(rule, {a.question.id: a.answer for a in answers}) is NO

"""A rule's chain by itself: when it is violated, which answers settle it, and what one other answer would change. Pure.

Knows the logic of a chain (AND of ORs, three-valued) and how to say it in sentences. Refuses to know evidence,
thresholds and models. An answer here is to the question as it is asked: YES says that its statement is true, whatever
the question expects. Answers go by question id; a sentence asked twice in a rule counts as two questions (lint marks
it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

from mmjudge.errors import RubricError
from mmjudge.types import Precondition, Question, Rule, Truth, all_of, any_of

MOST = 6
"""Preconditions up to which the whole table is written down: 64 rows. Beyond it the sets of answers say the same."""

SAID: dict[Truth, str] = {Truth.YES: "yes", Truth.NO: "no", Truth.UNKNOWN: "open"}
"""An answer in a word."""

OUTCOMES: dict[Truth, str] = {Truth.YES: "a violation", Truth.NO: "no violation", Truth.UNKNOWN: "open"}
"""What a chain comes to, in words."""


class Row(NamedTuple):
    """A line of the table: whether each precondition holds, in their order, and whether the rule is violated then."""

    holds: tuple[bool, ...]
    violated: bool


class Answer(NamedTuple):
    """A question with the answer it is given: YES or NO."""

    question: Question
    answer: Truth


Answers = tuple[Answer, ...]


class Change(NamedTuple):
    """One answer that, changed from `before` to `after` with all others kept, changes what the chain comes to."""

    question: Question
    before: Truth
    after: Truth
    outcome: Truth


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the answers given come to, and what hangs on single ones.

    `changes`: every single answer that would change the outcome, in the order of the chain, questions without an
    answer included. `open`: the questions without an answer on which the outcome still hangs. `lacking`: the
    preconditions that do not hold yet: one question of each would have to, for a violation.
    """

    outcome: Truth
    changes: tuple[Change, ...]
    open: tuple[Question, ...]
    lacking: tuple[Precondition, ...]


# --- what the chain says ----------------------------------------------------------------------------------------


def rows(rule: Rule) -> tuple[Row, ...]:
    """Every way the preconditions can hold or not, all holding first: 2^p rows. () for more than `MOST`."""
    if len(rule.preconditions) > MOST:
        return ()
    ways = product((True, False), repeat=len(rule.preconditions))
    return tuple(Row(holds, all(holds)) for holds in ways)


def ways(rule: Rule) -> int:
    """How many minimal sets of answers make a violation."""
    return prod(len(precondition.any_of) for precondition in rule.preconditions)


def violating_answers(rule: Rule) -> Iterator[Answers]:
    """The minimal sets of answers that make a violation: one question out of each any_of, with the answer it needs.

    One at a time, in the order of the chain: there are `ways(rule)` of them, which can be more than anybody reads.
    """
    for chosen in product(*(precondition.any_of for precondition in rule.preconditions)):
        yield tuple(Answer(question, needed(question)) for question in chosen)


def sufficient_to_clear(rule: Rule) -> tuple[Answers, ...]:
    """The minimal sets of answers that settle NO whatever the others are: all of one precondition against it."""
    return tuple(tuple(Answer(q, ~needed(q)) for q in precondition.any_of) for precondition in rule.preconditions)


def needed(question: Question) -> Truth:
    """The answer with which the question holds."""
    return Truth.YES if question.expect else Truth.NO


def holds(question: Question, answers: Mapping[str, Truth]) -> Truth:
    """Whether a question holds by its answer; UNKNOWN without one."""
    answer = answers.get(question.id, Truth.UNKNOWN)
    return answer if question.expect else ~answer


def precondition_holds(precondition: Precondition, answers: Mapping[str, Truth]) -> Truth:
    """Any of its questions is enough."""
    return any_of(holds(question, answers) for question in precondition.any_of)


def outcome(rule: Rule, answers: Mapping[str, Truth]) -> Truth:
    """YES: violated, by the answers given (question id: truth); what is not answered is UNKNOWN.

    RubricError for the id of a question that the rule does not have.
    """
    known = {question.id for question in rule.questions} | {grade.question.id for grade in rule.grades}
    if strange := sorted(answers.keys() - known):
        raise RubricError(f"rule {rule.id} has no question {strange[0]!r}: use {', '.join(sorted(known))}")
    return all_of(precondition_holds(precondition, answers) for precondition in rule.preconditions)


def what_if(rule: Rule, answers: Mapping[str, Truth]) -> WhatIf:
    """What the answers come to, and which single answer would change that. RubricError as for `outcome`."""
    now = outcome(rule, answers)
    changes = []
    for question in rule.questions:
        before = answers.get(question.id, Truth.UNKNOWN)
        for after in (Truth.YES, Truth.NO):
            then = outcome(rule, {**answers, question.id: after})
            if after is not before and then is not now:
                changes.append(Change(question, before, after, then))
    undecided = [p for p in rule.preconditions if precondition_holds(p, answers) is Truth.UNKNOWN]
    waiting = [q for p in undecided for q in p.any_of if holds(q, answers) is Truth.UNKNOWN]
    return WhatIf(
        now,
        tuple(changes),
        tuple(waiting) if now is Truth.UNKNOWN else (),
        tuple(p for p in rule.preconditions if precondition_holds(p, answers) is not Truth.YES),
    )


# --- in words ---------------------------------------------------------------------------------------------------


def quoted(question: Question) -> str:
    """«A knife is visible»: the sentence without its full stop."""
    return f"«{question.ask.strip().removesuffix('.')}»"


def answer_words(answer: Answer) -> str:
    """«A knife is visible» is answered yes."""
    return f"{quoted(answer.question)} is answered {SAID[answer.answer]}"


def violation_sentence(answers: Sequence[Answer]) -> str:
    """One set of `violating_answers`, for a moderator."""
    return f"It is a violation when: {', and '.join(map(answer_words, answers))}."


def clearing_sentence(answers: Sequence[Answer]) -> str:
    """One set of `sufficient_to_clear`, for a moderator."""
    return f"It is no violation as soon as: {', and '.join(map(answer_words, answers))}."


def condition_words(precondition: Precondition) -> str:
    """When a precondition holds: "«A» or «B» is answered yes", "«A» is answered yes, or «B» is answered no"."""
    expected = {question.expect for question in precondition.any_of}
    if len(expected) == 1:
        said = SAID[needed(precondition.any_of[0])]
        return f"{' or '.join(map(quoted, precondition.any_of))} is answered {said}"
    return ", or ".join(answer_words(Answer(q, needed(q))) for q in precondition.any_of)


def rule_sentence(rule: Rule) -> str:
    """The whole chain: "Violates if (1) …; (2) …." with the numbers `row_sentence` uses."""
    conditions = (f"({n}) {condition_words(p)}" for n, p in enumerate(rule.preconditions, 1))
    return f"Violates if {'; and '.join(conditions)}."


def row_sentence(row: Row) -> str:
    """ "Conditions 1 and 3 hold, condition 2 does not: no violation."."""
    parts: list[str] = []
    for value, one, many in ((True, "holds", "hold"), (False, "does not", "do not")):
        numbers = [str(n) for n, held in enumerate(row.holds, 1) if held is value]
        if not numbers:
            continue
        listed = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else numbers[0]
        verb = many if len(numbers) > 1 else one
        verb += "" if value or parts else " hold"
        parts.append(f"{'conditions' if len(numbers) > 1 else 'condition'} {listed} {verb}")
    said = ", ".join(parts)
    return f"{said[0].upper()}{said[1:]}: {OUTCOMES[Truth.YES if row.violated else Truth.NO]}."


def change_sentence(change: Change) -> str:
    """What one other answer would make of it, for a moderator."""
    now = "has no answer yet" if change.before is Truth.UNKNOWN else f"is answered {SAID[change.before]}"
    then = f"answered {SAID[change.after]}, the outcome would be: {OUTCOMES[change.outcome]}"
    return f"{quoted(change.question)} {now}; {then}."

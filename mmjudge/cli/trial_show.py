"""Trials of rules as lines and as JSON: each answer with its numbers, what the chain makes of it, what would change it.

Pure: values in, text out. Whoever prints it cleans it of control characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from mmjudge import words
from mmjudge.chain import settle
from mmjudge.policy import Policy
from mmjudge.trials import Look, Score, Tally, Trial
from mmjudge.truth_table import (
    OUTCOMES,
    SAID,
    condition_words,
    holds,
    needed,
    precondition_holds,
    quoted,
    what_if,
)
from mmjudge.types import Evidence, Example, Item, Precondition, Rubric, Truth

FOUND: dict[Truth, str] = {Truth.YES: "VIOLATED", Truth.NO: "NOT VIOLATED", Truth.UNKNOWN: "UNKNOWN"}
HOLDS: dict[Truth, str] = {Truth.YES: "holds", Truth.NO: "does not hold", Truth.UNKNOWN: "is open"}
RIGHT: dict[bool | None, str] = {
    True: "as the example says",
    False: "WRONG: the example says",
    None: "the example says",
}

BETWEEN = "every question that counts was answered, some between the thresholds"

MANY = 2
"""Questions of one kind that are written out."""

LONG = 160
"""Characters that are shown of what was tried, and of a model's reasoning."""


def trial_lines(trial: Trial, what: Example | Item, brief: bool) -> Iterator[str]:
    """One trial for people; `brief`: only the first line."""
    yield f"{FOUND[trial.truth]}  {trial.rule.id}{_expected(trial)}{_why(trial)}  {shown(what)}"
    if brief:
        return
    if trial.note:
        yield f"  note: {trial.note}"
    for piece in trial.evidence:
        if not piece.question_id:
            yield f"  {piece.stage}: {measured(piece, trial.policy)}"
    looks = trial.looks
    for look in looks:
        if len(looks) > 1:
            yield f"  part {look.segment + 1}, as {' and '.join(look.modalities)}:"
        yield from look_lines(trial, look)
    if looks:
        yield from what_if_lines(trial, looks[0])
    yield ""


def _expected(trial: Trial) -> str:
    if trial.example is None:
        return ""
    said = "" if trial.right else f" {'violated' if trial.example.violates else 'not violated'}"
    return f", {RIGHT[trial.right]}{said}"


def _why(trial: Trial) -> str:
    if trial.undecided:
        return f" ({BETWEEN})"
    if trial.truth is Truth.UNKNOWN:
        return f" ({', '.join(words.REASONS[reason] for reason in trial.reasons)})"
    return f" ({words.ALLOWED})" if trial.finding.allowed and trial.truth is Truth.YES else ""


def shown(what: Example | Item) -> str:
    """What was tried, on one line."""
    if isinstance(what, Example):
        said = f'asked "{what.prompt}", answered "{what.text}"' if what.prompt else f'"{what.text}"'
        kind = "a description: " if what.described else "a request: " if what.target == "prompt" else ""
    else:
        kind = ""
        said = ", ".join(str(media.path) for media in what.media) or f'"{what.text}"'
        if what.turns:
            said = "; ".join(f'{turn.role}: "{turn.text}"' for turn in what.turns)
    return shortened(f"{kind}{said}")


def shortened(text: str) -> str:
    """On one line, at most `LONG` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONG else flat[: LONG - 1] + "…"


def look_lines(trial: Trial, look: Look) -> Iterator[str]:
    """Every condition with its questions, then what the chain makes of them, and the finding if that says otherwise."""
    pieces = [p for p in trial.evidence if (p.segment, p.modalities) == (look.segment, look.modalities)]
    for n, precondition in enumerate(trial.rule.preconditions, 1):
        yield f"  ({n}) {HOLDS[precondition_holds(precondition, look.answers)]}"
        for question in precondition.any_of:
            needs = "" if question.expect else " (holds if the answer is no)"
            yield f"      {SAID[look.answers[question.id]]:4} {quoted(question)}{needs}"
            for piece in pieces:
                if piece.question_id == question.id:
                    yield f"           {measured(piece, trial.policy)}"
    yield f"  the chain: {OUTCOMES[look.outcome]}"
    if look is trial.looks[0] and trial.truth is not look.outcome:
        yield f"  decided otherwise, by a calibrated score or by other evidence: {OUTCOMES[trial.truth]}"


def measured(piece: Evidence, policy: Policy) -> str:
    """The numbers of one piece of evidence and what this policy makes of them, or why there are none."""
    note = f"; {shortened(piece.note)}" if piece.note else ""
    if piece.reason is not None:
        return f"{words.REASONS[piece.reason]}{note}"
    if piece.m is None:
        name = "reasoning: " if piece.stage == "reason" else ""
        return f"{name}score {piece.score:.2f} {words.ROUTES[piece.path]}{note}"
    prior = "none" if piece.prior is None else f"{piece.prior:.3f}"
    removed = "" if piece.m_removed is None else f", without the object {piece.m_removed:.3f}"
    thin = piece.mass is not None and piece.mass < policy.min_mass
    route = words.REASONS["no_answer_mass"] if thin else words.ROUTES[settle(piece, policy).path]
    return f"M {piece.m:.3f}, prior {prior}{removed}: {route}{note}"


def what_if_lines(trial: Trial, look: Look) -> Iterator[str]:
    """Which answers would make it a violation, and which single one would change what the chain comes to."""
    asked = what_if(trial.rule, look.answers)
    for precondition in asked.lacking:
        n = trial.rule.preconditions.index(precondition) + 1
        yield f"  for a violation still needed: ({n}) {_needed(precondition)}"
    for outcome in (Truth.YES, Truth.NO, Truth.UNKNOWN):
        one = [
            f"{quoted(change.question)} answered {SAID[change.after]} (now {SAID[change.before]})"
            for change in asked.changes
            if change.outcome is outcome
        ]
        if one:
            more = f" or {len(one) - MANY} others" if len(one) > MANY + 1 else ""
            yield f"  one answer would make it {OUTCOMES[outcome]}: {' or '.join(one[:MANY] if more else one)}{more}"
    if asked.open:
        yield f"  open, and of weight: {', '.join(map(quoted, asked.open))}"


def _needed(precondition: Precondition) -> str:
    """Its questions stand above with their answers: many of them are not said again."""
    expected = {question.expect for question in precondition.any_of}
    if len(precondition.any_of) <= MANY or len(expected) > 1:
        return condition_words(precondition)
    said = SAID[needed(precondition.any_of[0])]
    return f"any one of its {len(precondition.any_of)} questions answered {said}"


# --- counts -----------------------------------------------------------------------------------------------------


def score_lines(score: Score) -> Iterator[str]:
    """The examples counted, for people."""
    for name, tally in (("examples", score.total), ("violating", score.violating), ("near misses", score.near_misses)):
        yield f"{name:12} {tally_words(tally)}"
    why = [f"{words.REASONS[reason]} ({n})" for reason, n in score.reasons]
    why += [f"only between the thresholds ({score.undecided})"] if score.undecided else []
    if why:
        yield f"unknown because: {', '.join(why)}"
    if score.pairs.n:
        yield f"violating above near miss by score: {score.pairs.right} of {score.pairs.n} pairs"


def tally_words(tally: Tally) -> str:
    """ "6: 4 right, 1 wrong, 1 unknown; accuracy 67 % [30 %, 90 %]"."""
    said = f"{tally.n}: {tally.right} right, {tally.wrong} wrong, {tally.unknown} unknown"
    if tally.accuracy is None or tally.interval is None:
        return said
    low, high = tally.interval
    return f"{said}; accuracy {tally.accuracy:.0%} [{low:.0%}, {high:.0%}]"


# --- for programmes ---------------------------------------------------------------------------------------------


def trial_json(rubric: Rubric, trial: Trial, what: Example | Item) -> dict[str, Any]:
    """Everything about one trial. Truths and answers are words: yes, no, unknown."""
    return {
        "rubric": rubric.id,
        "rule": trial.rule.id,
        "truth": trial.truth.name.lower(),
        "expected": None if trial.example is None else "yes" if trial.example.violates else "no",
        "right": trial.right,
        "undecided": trial.undecided,
        "note": trial.note,
        "tried": asdict(what) if isinstance(what, Example) else {"item": what.id, "shown": shown(what)},
        "finding": {**asdict(trial.finding), "truth": trial.finding.truth.name.lower()},
        "looks": [look_json(trial, look) for look in trial.looks],
        "evidence": [asdict(piece) for piece in trial.evidence],
    }


def look_json(trial: Trial, look: Look) -> dict[str, Any]:
    """Answers as they were given, what holds, what the chain makes of it, and what single answers would change."""
    asked = what_if(trial.rule, look.answers)
    return {
        "segment": look.segment,
        "modalities": list(look.modalities),
        "answers": {key: truth.name.lower() for key, truth in look.answers.items()},
        "questions_hold": {q.id: holds(q, look.answers).name.lower() for q in trial.rule.questions},
        "conditions_hold": {p.id: precondition_holds(p, look.answers).name.lower() for p in trial.rule.preconditions},
        "outcome": look.outcome.name.lower(),
        "lacking": [precondition.id for precondition in asked.lacking],
        "open": [question.id for question in asked.open],
        "changes": [
            {"question": c.question.id, "to": c.after.name.lower(), "outcome": c.outcome.name.lower()}
            for c in asked.changes
        ],
    }


def score_json(score: Score) -> dict[str, Any]:
    """The counts, with accuracy and interval of each kind."""
    kinds = {"examples": score.total, "violating": score.violating, "near_misses": score.near_misses}
    told = {name: {**asdict(t), "accuracy": t.accuracy, "interval": t.interval} for name, t in kinds.items()}
    return {
        **told,
        "pairs": asdict(score.pairs),
        "unknown_because": dict(score.reasons),
        "undecided": score.undecided,
        "asked": score.asked,
        "seconds": round(score.seconds, 2),
    }

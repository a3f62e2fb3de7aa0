"""What only the pages say: headlines, answers, times, names of parts. Pure: values in, sentences out.

What the command line says too comes from `mmjudge.words`. Refuses to know HTML: nothing here is escaped, `view` does
that.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import get_args

from mmjudge import words as shared
from mmjudge.switches import State
from mmjudge.types import Answer, Finding, Label, Reason, Rubric, Rule, TriClass, Truth, Verdict

ANSWERS: tuple[Answer, ...] = get_args(Answer)
REASONS, ROUTES, ALLOWED = shared.REASONS, shared.ROUTES, shared.ALLOWED
LABELS: dict[TriClass, str] = {label: said.capitalize() for label, said in shared.LABELS.items()}

OURS = "Something went wrong on our side; the details are in the log. Try again, and if it stays, report it."

TRUTHS: dict[Truth, str] = {Truth.YES: "Violated", Truth.UNKNOWN: "Unknown", Truth.NO: "Not violated"}

STATES: dict[State, str] = {
    "default": "as the rule stands",
    "allowed": ALLOWED,
    "sensitive": "sensitive under this policy: no exemption counts",
}

SEVERITIES = {0: "none", 1: "mild", 2: "serious", 3: "severe"}

STAGES = {
    "wait": "Waiting",
    "read": "Reading",
    "juror": "Light evaluator",
    "detect": "Detectors",
    "guard": "Guard model",
    "relevance": "Similarity to the rules",
    "probe": "Questions",
    "removal": "Without the object",
    "reason": "Reasoning",
    "decide": "Deciding",
}

ANSWERS: dict[Answer, str] = {"yes": "breaks a rule", "no": "breaks no rule", "cant_tell": "can't tell"}


def plural(n: int, one: str, many: str = "") -> str:
    """ "1 rule", "2 rules"."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def rule_name(rule: Rule) -> str:
    """The hazard as people say it: the rule's id, which is unique, in words."""
    return rule.id.replace("_", " ").replace("-", " ").strip().capitalize()


def reasons_in_words(reasons: Iterable[Reason]) -> str:
    return "; ".join(REASONS[reason] for reason in reasons)


def unanswered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that count and have no answer."""
    return tuple(f for f in findings if f.counts and f.truth is Truth.UNKNOWN)


def coverage(verdict: Verdict) -> str:
    """What was looked at and what was not, and why not, in one or two sentences."""
    missing = unanswered(verdict.findings)
    idle = len(verdict.findings) - verdict.applicable
    said = shared.coverage(verdict)
    said = said[:1].upper() + said[1:] + "."
    counted = Counter(reason for f in missing for reason in f.reasons)
    if set(counted) - {"not_observable"}:
        ordered = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
        said += f" Why not: {', '.join(f'{REASONS[reason]} ({n})' for reason, n in ordered)}."
    if idle and verdict.applicable:
        said += f" {plural(idle, 'rule does', 'rules do')} not speak to this kind of item."
    return said


def headline(verdict: Verdict, rubric: Rubric) -> str:
    """The verdict as a sentence, under its label."""
    names = [rule_name(rubric.rule(rule_id)) for rule_id in verdict.categories]
    allowed = [rule_name(rubric.rule(rule_id)) for rule_id in verdict.allowed]
    if verdict.label == "unsafe":
        return f"It breaks {listed(names)}."
    if verdict.label == "controversial":
        return f"It may break {listed(names)}: the score or the severity is below what this policy calls unsafe."
    if verdict.label == "needs_review":
        if names:
            return f"It may break {listed(names)}, and some questions are open: a person should look."
        found = f"It breaks only {listed(allowed)}, which the policy allows," if allowed else "Nothing was found,"
        return f"{found} but not everything could be checked: a person should look."
    if allowed:
        found = f"It breaks {listed(allowed)}, which the policy allows"
        return f"{found}; no rule that counts is broken, and each was checked."
    if any(f.allowed for f in verdict.findings):
        return "No rule that counts is broken, and every rule that counts was checked."
    return "No rule is broken, and every rule that applies was checked."


def listed(names: list[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "nothing"


def seconds(value: float) -> str:
    """ "0.4 s", "12 s", "2 min 5 s"."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def clock(value: float) -> str:
    """A place in a recording: "0:03.5", "1:02:03"."""
    tenths = round(value * 10)
    whole, tenth = divmod(tenths, 10)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{tenth}" if tenth else text


def ago(at: float, now: float) -> str:
    """When something happened: "just now", "5 minutes ago", else the date. `at`, `now`: seconds since 1970."""
    passed = now - at
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{plural(int(passed // 60), 'minute')} ago"
    if passed < 86400:
        return f"{plural(int(passed // 3600), 'hour')} ago"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def part_name(part: str, media_names: tuple[str, ...] = ()) -> str:
    """Which part of a post: "everything together", "the text", or the file's name."""
    if part == "whole":
        return "everything together"
    if part == "text":
        return "the text"
    if part.isdecimal() and int(part) < len(media_names):
        return media_names[int(part)]
    return f"part {part}"


def claim(truth: Truth) -> Answer | None:
    """What agreeing with a truth says as a label; None where there is nothing to agree with."""
    if truth is Truth.UNKNOWN:
        return None
    return "yes" if truth is Truth.YES else "no"


def answer_of(truth: Truth, say: str) -> Answer | None:
    """`say`: agree, disagree, yes, no or cant_tell -> the label's value; None for anything else, or an agreement where
    the verdict claims nothing."""
    claimed = claim(truth)
    said = next((answer for answer in ANSWERS if answer == say), None)
    if said is not None:
        return said
    if claimed is None or say not in ("agree", "disagree"):
        return None
    if say == "agree":
        return claimed
    return "no" if claimed == "yes" else "yes"


def stored(label: Label, name: str) -> str:
    """The receipt for a stored label. `name`: what it is about."""
    return f"Stored: {label.rater} says that {name} {_says(label)}."


def _says(label: Label) -> str:
    if label.value == "cant_tell":
        return "can't be told"
    if label.rule_id:
        return "is violated" if label.value == "yes" else "is not violated"
    return ANSWERS[label.value]

"""Tasks as the Annotate page gets them, and its answers as labels. Pure.

Knows what may be said before a label is in, and what only after. Refuses to know requests, tables and pixels. What is
sent beforehand is built from the item, the rubric and the words that were heard and read in it: from no verdict and
from nobody's answers, unless the project is assisted and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from mmjudge.errors import MMJudgeError
from mmjudge.people import SKIP_REASONS, Exposure, Project, Task
from mmjudge.types import Answer, Item, Label, Measurement, Phase, Region, Rubric, Rule, Truth, Verdict
from mmjudge.ui import words

MOST_NOTE = 2000
MOST_REGIONS = 50
MOST_RULES = 5
"""Contested rules whose questions are asked of one item."""


class AnswerError(MMJudgeError):
    """An answer that cannot be stored, and why."""


def task_json(task: Task, item: Item, project: Project, heard: Measurement | None) -> dict[str, Any]:
    """A task before its label: content and words, no verdict. `heard`: a measurement, of which only the words of the
    item itself are taken."""
    files = [(media.path.name, words_in(heard, str(n), item)) for n, media in enumerate(item.media)]
    return {
        "task": task.id,
        "item": item.id,
        "text": item.text,
        "turns": [{"role": turn.role, "text": turn.text} for turn in item.turns],
        "target": item.target,
        "files": [{"name": name, "words": found} for name, found in files],
    }


def words_in(heard: Measurement | None, part: str, item: Item) -> list[dict[str, Any]]:
    """What is said and written in a file, with its seconds where they are known: people read before they look."""
    if heard is None:
        return []
    sole = len(item.media) + bool(item.text.strip() or item.turns) == 1
    found: dict[tuple[float, str], dict[str, Any]] = {}
    for passage in heard.passages:
        if passage.part != ("whole" if sole else part):
            continue
        for speech in passage.heard:
            found[speech.start, speech.text] = {"at": speech.start, "end": speech.end, "said": speech.text}
        if passage.seen:
            at = passage.span[0] if passage.span else 0.0
            found[at, passage.seen] = {"at": at, "end": None, "seen": passage.seen}
    return [found[key] for key in sorted(found)]


def project_json(project: Project, rubric: Rubric) -> dict[str, Any]:
    """How to ask, and the rules."""
    scheme = project.scheme
    return {
        "id": project.id,
        "title": project.title,
        "about": scheme.about,
        "tri": scheme.tri and scheme.about == "item",
        "severity": scheme.severity,
        "preconditions": scheme.preconditions,
        "regions": scheme.regions,
        "assisted": project.assisted,
        "care": project.care,
        "budget": project.budget_minutes * 60,
        "rules": [{"id": rule.id, "name": words.rule_name(rule), "text": rule.objective_text} for rule in rubric.rules],
    }


def verdict_json(verdict: Verdict, rubric: Rubric) -> dict[str, Any]:
    """The judge's verdict in short. Sent after the label is in, or before it in an assisted project."""
    return {
        "label": verdict.label,
        "said": words.LABELS[verdict.label],
        "headline": words.headline(verdict, rubric),
        "score": verdict.score,
        "rules": [words.rule_name(rubric.rule(rule_id)) for rule_id in verdict.categories],
    }


def contested(verdict: Verdict | None, labels: Iterable[Label], rubric: Rubric) -> tuple[Rule, ...]:
    """Rules the judge could not answer or calls controversial, and those that raters answered differently."""
    said: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        if label.rule_id and not label.question_id and label.value in ("yes", "no"):
            said[label.rule_id].add(label.value)
    unsure = (
        {f.rule_id for f in verdict.findings if f.counts and (f.truth is Truth.UNKNOWN or f.controversial)}
        if verdict
        else set()
    )
    parted = {rule_id for rule_id, values in said.items() if len(values) > 1}
    return tuple(rule for rule in rubric.rules if rule.id in unsure | parted)[:MOST_RULES]


def questions_json(rules: Iterable[Rule]) -> list[dict[str, str]]:
    """The precondition questions of contested rules."""
    return [
        {"rule": rule.id, "name": words.rule_name(rule), "question": question.id, "ask": question.ask}
        for rule in rules
        for question in rule.questions
    ]


# --- answers ------------------------------------------------------------------------------------------------------


def labels_of(
    said: Mapping[str, Any],
    task: Task,
    project: Project,
    rubric: Rubric,
    rater: str,
    now: float,
    phase: Phase = "blind",
) -> tuple[Label, ...]:
    """The labels of one answer. AnswerError where it does not fit the project: nothing is guessed.

    An answer of a page: `submission`, `answers` (each `rule`, `question`, `value`, `severity`, `regions`), or `skip`
    (a reason); `note`, `flag`, `seconds`. It covers all that is asked, each once, or questions only; a mind changed
    after the reveal may be changed in part. A skipped item is skipped in every rule that is asked about.
    """
    submission = _text(said, "submission", 64)
    if not submission:
        raise AnswerError("an answer needs a submission: load the page again")
    rules = {rule.id for rule in rubric.rules}
    skipped = [{"rule": rule, "value": "skipped"} for rule in _asked(project, rubric)]
    answers = skipped if said.get("skip") else said.get("answers")
    if not isinstance(answers, list) or not answers or len(answers) > 500:
        raise AnswerError("an answer needs at least one value: load the page again")
    note, skip = _text(said, "note", MOST_NOTE), _text(said, "skip", 40)
    if skip and skip not in SKIP_REASONS:
        raise AnswerError(f"skip with one of {', '.join(SKIP_REASONS)}")
    made = []
    for answer in answers:
        rule, question = _text(answer, "rule", 64), _text(answer, "question", 64)
        if rule and rule not in rules:
            raise AnswerError(f"the rubric has no rule {rule!r}: load the page again")
        if question and question not in {q.id for q in rubric.rule(rule).questions}:
            raise AnswerError(f"rule {rule} has no question {question!r}: load the page again")
        made.append(
            Label(
                item_id=task.item_id,
                rubric_id=project.rubric_id,
                rubric_version=project.rubric_version,
                rater=rater,
                value=_value(answer, project, rule, bool(skip)),
                rule_id=rule,
                question_id=question,
                severity=_severity(answer, project),
                regions=_regions(answer, project, rules),
                phase=phase,
                at=now,
                seconds=_seconds(said, "seconds"),
                note=": ".join(filter(None, (skip, note))),
                flag=_text(said, "flag", 200),
                project=project.id,
                submission=submission,
            )
        )
    _check_whole(made, _asked(project, rubric), phase)
    return tuple(made)


def _asked(project: Project, rubric: Rubric) -> list[str]:
    """The rules asked about one by one; "" is the whole item."""
    return [rule.id for rule in rubric.rules] if project.scheme.about == "rules" else [""]


def _check_whole(labels: list[Label], asked: list[str], phase: Phase) -> None:
    """AnswerError where something comes twice, is missing, or was not asked."""
    said = [(label.rule_id, label.question_id) for label in labels]
    if len(set(said)) < len(said):
        raise AnswerError("one thing was answered twice: load the page again")
    main = {rule for rule, question in said if not question}
    if main and len(main) < len(said):
        raise AnswerError("questions are answered after the rest: load the page again")
    if main - set(asked):
        raise AnswerError("this project does not ask that: load the page again")
    if main and phase != "after_reveal" and len(main) < len(asked):
        raise AnswerError(f"{len(asked) - len(main)} of {len(asked)} rules have no answer: load the page again")


def exposure_of(said: Mapping[str, Any], task: Task, rater: str, now: float) -> Exposure:
    """How long the item was looked at, as the page measured it; uncovered never more than in all."""
    told = said.get("exposure")
    told = told if isinstance(told, dict) else {}
    seconds = _seconds(told, "seconds")
    reveals = told.get("reveals")
    return Exposure(
        rater,
        task.project_id,
        task.item_id,
        seconds,
        min(_seconds(told, "uncovered"), seconds),
        min(max(reveals, 0), 10_000) if type(reveals) is int else 0,
        now,
    )


def _value(answer: Mapping[str, Any], project: Project, rule: str, skipped: bool) -> Answer:
    known: tuple[Answer, ...] = ("yes", "no", "cant_tell")
    if project.scheme.tri and not rule:
        known = (*known, "controversial")
    if skipped:
        known = ("skipped",)
    found = next((value for value in known if value == answer.get("value")), None)
    if found is None:
        raise AnswerError(f"answer with one of {', '.join(known)}")
    return found


def _severity(answer: Mapping[str, Any], project: Project) -> int | None:
    given = answer.get("severity")
    if given is None:
        return None
    if not project.scheme.severity or type(given) is not int or not 0 <= given <= 3:
        raise AnswerError("a severity is a whole number from 0 to 3, where the project asks for one")
    return given


def _regions(answer: Mapping[str, Any], project: Project, rules: set[str]) -> tuple[Region, ...]:
    given = answer.get("regions") or []
    if given and not project.scheme.regions:
        raise AnswerError("this project does not ask where it shows")
    if not isinstance(given, list) or len(given) > MOST_REGIONS:
        raise AnswerError(f"at most {MOST_REGIONS} places can be marked")
    try:
        made = tuple(
            Region(
                _text(one, "part", 20),
                _text(one, "rule", 64),
                _pair(one.get("chars"), int),
                _pair(one.get("span"), float),
                tuple(float(side) for side in one["box"]) if one.get("box") else None,  # type: ignore[arg-type]
            )
            for one in given
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise AnswerError(f"a marked place can't be stored ({error}): remove it and mark it again") from error
    if any(region.rule_id and region.rule_id not in rules for region in made):
        raise AnswerError("a marked place speaks of a rule the rubric does not have: load the page again")
    return made


def _pair(given: Any, kind: type) -> Any:
    if given is None:
        return None
    start, end = given
    return kind(start), kind(end)


def _seconds(said: Mapping[str, Any], key: str) -> float:
    """At most an hour for one item: a page left open overnight is no exposure."""
    given = said.get(key)
    return min(max(float(given), 0.0), 3600.0) if type(given) in (int, float) else 0.0


def _text(said: Mapping[str, Any], key: str, most: int) -> str:
    given = said.get(key) or ""
    if not isinstance(given, str) or len(given) > most:
        raise AnswerError(f"{key} must be text of at most {most} characters")
    return given

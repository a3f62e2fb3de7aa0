"""What a careful reader would mark in a rubric before anybody is asked by it. Pure: no model, no file.

Knows wording: which sentences two people would answer differently, and which nobody can answer from what a rule's
modalities show. Refuses to change anything and to stop a rubric from being used: a hint is advice. English only; a
wording in another language gets no hints, which is not the same as being good.

The lists were written for the defects named in `Defect`; `tests/rubrics/bad_rules.yaml` has planted ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mmjudge.types import Question, Rubric, Rule

Defect = Literal[
    "subjective", "vague", "compound", "negation", "unobservable", "no_exemption", "duplicate", "untestable"
]

OBJECTIVE = 9
"""The paper's practical threshold of 10 (CLUE, arXiv 2501.00192, rule objectification)."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One remark: which rule, which question ("": the rule itself), what kind of defect, and what to do."""

    rule_id: str
    question_id: str
    defect: Defect
    text: str


def _words(text: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(text.split())})\b", flags)


def _phrases(*texts: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(texts)})", re.IGNORECASE)


VAGUE = _words(
    "inappropriate offensive suggestive suspicious bad improper harmful unacceptable extreme excessive toxic "
    "problematic disturbing indecent obscene unethical immoral questionable reasonable appropriate unusual strange "
    "provocative dangerous unsafe risky abusive hateful creepy shocking dubious sketchy unsuitable "
    "unprofessional overly too very",
    flags=0,
)
UNOBSERVABLE = _phrases(
    r"intend(s|ed|ing)?\b",
    r"intent(ion)?s?\b",
    r"on purpose\b",
    r"deliberately\b",
    r"knowingly\b",
    r"secretly\b",
    r"knows that\b",
    r"wants? to\b",
    r"(is |are )?(trying|tries|try) to\b",
    r"aims? to\b",
    r"hopes? to\b",
    r"believes?\b",
    r"in order to\b",
    r"motivated by\b",
    r"(could|may|might|would|will) (lead|cause|result|harm|incite|encourage)\b",
    r"likely to\b",
)
NEGATION = _phrases(
    r"(?<!, )(?<!who is )not\b", r"never\b", r"no\b", r"without\b", r"nobody\b", r"none\b", r"nothing\b",
    r"neither\b", r"nor\b", r"cannot\b", r"fails? to\b", r"lacks?\b", r"absence of\b",
)  # fmt: skip
"""Of the statement itself: "as facts, not as fiction" and "who is not a company" only say it more exactly."""
SHORT_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_VERBS = (
    "is are was were has have had says states claims asks tells names shows contains gives lists offers praises "
    "insults threatens mocks demands promises explains describes recommends encourages uses wears holds points "
    "touches looks sells buys reveals reports accuses calls wants needs includes mentions depicts presents denies "
    "repeats invites urges warns blames stands lies sits kneels runs drives smokes drinks hits kicks bleeds burns"
).replace(" ", "|")
_SUBJECTS = "it|they|he|she|there|this|that|these|those|who|which"
COMPOUND = (
    re.compile(r";|\?.*\?"),
    re.compile(r"\b(as well as|while|whereas|but)\b", re.IGNORECASE),
    re.compile(rf"\b(and|or)\s+((also|then)\s+)?({_SUBJECTS})\b", re.IGNORECASE),
    re.compile(rf"\band\s+((also|then)\s+)?({_VERBS})\b", re.IGNORECASE),
    re.compile(rf"\band\s+(the|a|an|its|his|her|their)\s+\w+\s+({_VERBS})\b", re.IGNORECASE),
    re.compile(r"\band\b.*\band\b", re.IGNORECASE),
)
EXEMPTION = _phrases(
    r"unless\b", r"except(ing|ions?)?\b", r"excluding\b", r"apart from\b", r"other than\b", r"exempt", r"allowed\b",
    r"permitted\b", r"is fine\b", r"are fine\b",
)  # fmt: skip
ABSOLUTE = _words("any every always whatsoever")
SAID = _words("says say states claims asks tells heard sound sounds voice shouts shouted sings loud spoken speaks hear")
LASTS = _phrases(
    r"repeatedly\b", r"over time\b", r"previously\b", r"again and again\b", r"for (hours|days|weeks|years)\b"
)
SEEN = _phrases(
    r"visible\b", r"(picture|photograph|image|photo)s? shows?\b", r"shown in the (picture|photo|image)",
    r"wear(s|ing)\b",
)  # fmt: skip
HEARD = _words("heard loud voice sounds shouts")
WRITTEN = _words("written typed spelled spelt printed")


def lint(rubric: Rubric) -> tuple[Hint, ...]:
    """All hints, in the order of the rules."""
    hints: list[Hint] = []
    chains: dict[tuple[tuple[tuple[str, bool], ...], ...], str] = {}
    texts: dict[str, str] = {}
    for rule in rubric.rules:
        hints += lint_rule(rule)
        key = tuple(sorted(tuple(sorted((folded(q.ask), q.expect) for q in p.any_of)) for p in rule.preconditions))
        first = chains.setdefault(key, rule.id)
        if first not in (rule.id, rule.reuses):
            words = f"has the same chain as {first}: say what differs, or declare `reuses: {first}`"
            hints.append(Hint(rule.id, "", "duplicate", words))
        before = texts.setdefault(folded(rule.text), rule.id)
        if before != rule.id:
            hints.append(
                Hint(rule.id, "", "duplicate", f"has the same text as {before}: join them, or say what differs")
            )
    return tuple(hints)


def lint_rule(rule: Rule) -> list[Hint]:
    """The hints about one rule by itself."""
    hints = [Hint(rule.id, "", defect, words) for defect, words in _of_rule(rule)]
    asked: dict[str, str] = {}
    for question in (*rule.questions, *(grade.question for grade in rule.grades)):
        hints += [Hint(rule.id, question.id, defect, words) for defect, words in _of_question(question, rule)]
        before = asked.setdefault(folded(unnamed(question.ask)), question.id)
        if before != question.id:
            hints.append(Hint(rule.id, question.id, "duplicate", f"asks the same as {before}: remove one"))
    return hints


def lint_text(text: str) -> list[str]:
    """What a wording of a rule has that keeps two readers from agreeing, in words: vague words, and what cannot be seen
    or read. "Should not" itself is no negation here, any other is."""
    rest = re.sub(r"^Should not\b", "", text)
    found = [f'the word "{word}" is vague' for word in _found(VAGUE, named_things(rest))]
    found += [f'"{word}" cannot be seen or read' for word in _found(UNOBSERVABLE, rest)]
    if NEGATION.search(rest) or SHORT_NOT.search(rest):
        found.append("a negation within the rule")
    return found


def folded(sentence: str) -> str:
    """A sentence without case, spacing and closing mark: what makes two sentences the same."""
    return " ".join(sentence.lower().split()).rstrip(".!? ")


def named_things(text: str) -> str:
    """A text with its first letter made small: what is still written large inside it is a name, of a category say."""
    return text[:1].lower() + text[1:]


def unnamed(ask: str) -> str:
    """A statement without the short name before its first colon ("Hate: the content …"), as a reader reads it."""
    short, colon, rest = ask.partition(":")
    return rest.strip() if colon and rest.strip() and len(short.split()) <= 6 else ask


def _of_rule(rule: Rule) -> Iterator[tuple[Defect, str]]:
    if 0 < rule.objectiveness < OBJECTIVE:
        yield "subjective", f"objectiveness {rule.objectiveness} is below {OBJECTIVE}: say what is visible or written"
    for word in _found(VAGUE, named_things(rule.objective_text) if rule.objective_text != rule.text else ""):
        yield "vague", f'the word "{word}" in objective_text is vague: two people may differ; name the thing itself'
    exempts = any(all(not q.expect for q in p.any_of) for p in rule.preconditions)
    if not exempts:
        for word in _found(EXEMPTION, f"{rule.text} {rule.objective_text}"):
            yield (
                "no_exemption",
                f'"{word}" names an exemption, and the chain has none: add a question with expect: false',
            )
            return
        for word in _found(ABSOLUTE, rule.text):
            yield (
                "no_exemption",
                f'"{word}" leaves no exemption: name what is allowed (expect: false), or drop the word',
            )


def _of_question(question: Question, rule: Rule) -> Iterator[tuple[Defect, str]]:
    ask = unnamed(question.ask)
    for word in _found(VAGUE, named_things(ask)):
        yield "vague", f'the word "{word}" is vague: two people may differ; name the thing itself'
    for word in _found(UNOBSERVABLE, ask):
        yield "unobservable", f'"{word}" cannot be seen or read: ask for what is said or shown'
    if NEGATION.search(ask) or SHORT_NOT.search(ask):
        yield "negation", "a negation: ask the positive, and set expect: false"
    if any(pattern.search(ask) for pattern in COMPOUND):
        yield (
            "compound",
            "several claims at once: split it into preconditions (and) or into questions of one any_of (or)",
        )
    for word in untestable(ask, rule):
        yield (
            "untestable",
            f'"{word}" cannot be told from {" or ".join(rule.modalities)}: reword it, or add the modality',
        )


def untestable(ask: str, rule: Rule) -> Iterable[str]:
    """The words of a question that speak of what none of the rule's modalities shows."""
    shows = set(rule.modalities)
    if shows == {"image"}:
        yield from _found(SAID, ask)
        yield from _found(LASTS, ask)
    if "image" not in shows:
        yield from _found(SEEN, ask)
    if "audio" not in shows and "image" not in shows:
        yield from _found(HEARD, ask)
    if shows == {"audio"}:
        yield from _found(WRITTEN, ask)


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    """Each word found, once, as written."""
    return list(dict.fromkeys(match[0] for match in pattern.finditer(text)))

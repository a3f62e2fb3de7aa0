"""A rule in plain words -> an objective rule -> its chain of preconditions, with every round kept.

The model rates, rewrites and extracts (CLUE, arXiv 2501.00192, section 1.1: LLM as an optimiser, then precondition
extraction); whatever it replies is parsed strictly, asked for once more if it is off, and then reported: a reply that
does not fit is a problem in the result, never a guess. Nothing is applied here: a person approves (`library`, pages).
Refuses to know files and which model it talks to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from mmjudge import objective_prompts as said
from mmjudge import probability
from mmjudge.backends import Backend
from mmjudge.lint import OBJECTIVE, lint_text
from mmjudge.rating import Rating
from mmjudge.types import Missing, Modality, Precondition, Question, Rule, Segment, Step

T = TypeVar("T")
Rate = Callable[[str], Rating | Missing]
"""Rates the wording of a rule."""
Watch = Callable[[Step], None]

ROUNDS = 4
"""Rewrites at most. The paper does not say how many it allowed."""
BELOW = OBJECTIVE - 1.0
"""The most a wording with a vague word, a negation or something invisible in it can be rated."""
SENTENCE_TOKENS = 80
CHAIN_TOKENS = 220
OBJECT_TOKENS = 16
MOST_ENTRIES = 8
_ENTRY = re.compile(r"(\d+)\. (.+)")
_BRACED = re.compile(r"\{([^{}]+)\}(?: or \{([^{}]+)\})*")
_EMPTY = Segment("", 0)


@dataclass(frozen=True, slots=True)
class Round:
    """One wording and what the rater said about it; `rating` None: `problem` says why it has none."""

    text: str
    rating: Rating | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Objectified:
    """What is proposed for one rule. `rounds[0]` is the wording it had. `text`: the best of them. `preconditions`: (),
    where no chain could be had. `problems`: every reply that was off, in words."""

    rule_id: str
    rounds: tuple[Round, ...]
    text: str
    objectiveness: int
    preconditions: tuple[Precondition, ...] = ()
    modalities: tuple[Modality, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def before(self) -> str:
        return self.rounds[0].text


def objectify(
    backend: Backend, rule: Rule, rate: Rate, watch: Watch, limit: int = ROUNDS, ask_modalities: bool = False
) -> Objectified:
    """Rewrite until rated `lint.OBJECTIVE` or `limit` rewrites, then extract the chain of the best wording.

    `ask_modalities`: ask where a violation can show instead of keeping the rule's modalities.
    """
    problems: list[str] = []
    rounds = improve(backend, rule.objective_text, rate, limit, problems, lambda note: watch(Step("reason", note)))
    chosen = best(rounds)
    modalities = shows_in(backend, chosen.text, problems) if ask_modalities else rule.modalities
    watch(Step("reason", "extracting preconditions"))
    chain = extract(backend, chosen.text, problems)
    if "image" in modalities:
        watch(Step("reason", "naming the objects"))
        chain = tuple(_with_objects(backend, entry, problems) for entry in chain)
    rated = chosen.rating.whole if chosen.rating else 0
    return Objectified(rule.id, rounds, chosen.text, rated, chain, modalities, tuple(problems))


def improve(
    backend: Backend, text: str, rate: Rate, limit: int, problems: list[str], tell: Callable[[str], None]
) -> tuple[Round, ...]:
    """The wording it had and every rewrite, each rated, until one is objective enough, the model repeats itself or the
    limit is reached."""
    tell("rating the wording it has")
    rounds = [_rated(text, rate, problems)]
    while len(rounds) <= limit and not _enough(rounds):
        tell(f"rewriting, round {len(rounds)} of {limit}")
        tried = sorted(((r.text, r.rating.value) for r in rounds[1:] if r.rating), key=lambda pair: pair[1])
        answer = _once_more(backend, said.rewrite(text, tried), said.rewritten_before(), SENTENCE_TOKENS, sentence)
        if isinstance(answer, Missing):
            problems.append(f"rewriting: {answer.note}")
            break
        if answer in [r.text for r in rounds]:
            problems.append("rewriting: the model wrote the same again")
            break
        rounds.append(_rated(answer, rate, problems))
    return tuple(rounds)


def best(rounds: tuple[Round, ...]) -> Round:
    """The highest rated, the earliest of equals: an unrated rewrite never replaces a wording a person chose. Pure."""
    return max(rounds, key=lambda r: (r.rating.raw if r.rating else float("-inf"), -rounds.index(r)))


def _enough(rounds: list[Round]) -> bool:
    last = rounds[-1].rating
    return last is not None and last.whole >= OBJECTIVE


def _rated(text: str, rate: Rate, problems: list[str]) -> Round:
    answer = rate(text)
    if isinstance(answer, Missing):
        problems.append(f"rating: {answer.note}")
        return Round(text, None, answer.note)
    return Round(text, *bounded(answer, lint_text(text)))


def bounded(rating: Rating, marked: list[str]) -> tuple[Rating, str]:
    """A wording that the lint marks is at most `BELOW`, whatever the model says of it; why, in words. Pure."""
    if not marked:
        return rating, rating.note
    note = "; ".join(marked)
    if rating.raw <= BELOW:
        return rating, note
    return replace(rating, value=min(rating.value, BELOW), raw=BELOW, note=f"held at {BELOW:.0f}: {note}"), note


# --- strict parsing, pure ---------------------------------------------------------------------------------------


def sentence(reply: str) -> str | Missing:
    """One sentence of 3 to 60 words that begins with "Should" and ends with a full stop."""
    text = " ".join(reply.strip().strip('"').split())
    if "\n" in reply.strip() or not text.startswith("Should ") or not text.endswith(".") or "{" in text:
        return Missing("unparsed", f'the reply must be one sentence "Should …": {reply[:120]!r}')
    if not 3 <= len(text.split()) <= 60:
        return Missing("unparsed", f"the reply must have 3 to 60 words: {reply[:120]!r}")
    return text


def chain_of(reply: str) -> tuple[Precondition, ...] | Missing:
    """A numbered list of statements, "{…} or {…}" within an entry, then exceptions: "except {…}".

    Every exception is a precondition of its own that expects no: any of them that holds ends the chain.
    """
    entries: list[tuple[list[str], bool]] = []
    for line in filter(None, (line.strip() for line in reply.strip().splitlines())):
        numbered = _ENTRY.fullmatch(line)
        if line.startswith("except "):
            found = _statements(line.removeprefix("except "))
            entries += [([one], False) for one in found]
        elif numbered and int(numbered[1]) == len(entries) + 1 and all(expect for _, expect in entries):
            found = _statements(numbered[2])
            entries.append((found, True))
        else:
            return Missing("unparsed", f"not an entry of a numbered list: {line[:120]!r}")
        if not found:
            return Missing("unparsed", f"not a statement: {line[:120]!r}")
    if not entries or not entries[0][1] or len(entries) > MOST_ENTRIES:
        return Missing("unparsed", f"needs 1 to {MOST_ENTRIES} entries, an exception never alone: {reply[:120]!r}")
    asked = [one for some, _ in entries for one in some]
    if len({one.lower() for one in asked}) < len(asked):
        return Missing("unparsed", f"says the same twice: {reply[:120]!r}")
    return _numbered(entries)


def _numbered(entries: list[tuple[list[str], bool]]) -> tuple[Precondition, ...]:
    chain, n = [], 0
    for at, (statements, expect) in enumerate(entries, 1):
        questions = tuple(Question(f"q{n + i}", one, expect) for i, one in enumerate(statements, 1))
        n += len(questions)
        chain.append(Precondition(f"p{at}", questions))
    return tuple(chain)


def _statements(entry: str) -> list[str]:
    """The statements of one entry, [] if it is not one: braces joined by "or", or one sentence without braces."""
    if "{" in entry or "}" in entry:
        if not _BRACED.fullmatch(entry):
            return []
        found = re.findall(r"\{([^{}]+)\}", entry)
    else:
        found = [entry]
    tidy = [" ".join(one.split()) for one in found]
    tidy = [one if one.endswith((".", "?")) else f"{one}." for one in tidy]
    return tidy if all(3 <= len(one.split()) <= 40 for one in tidy) else []


def objects_of(reply: str, statement: str) -> tuple[str, ...] | Missing:
    """One to three names, each standing in the statement: an object nobody spoke of is not looked for."""
    names = [" ".join(name.split()).lower() for name in reply.strip().rstrip(".").split(",")]
    if "\n" in reply.strip() or not 1 <= len(names) <= 3 or not all(0 < len(name.split()) <= 3 for name in names):
        return Missing("unparsed", f"not one to three names: {reply[:80]!r}")
    spoken = statement.lower()
    for name in names:
        if not all(word[:4] in spoken for word in name.split()):
            return Missing("unparsed", f"{name[:40]!r} does not stand in the statement {statement!r}")
    return tuple(dict.fromkeys(names))


# --- asking -----------------------------------------------------------------------------------------------------


def extract(backend: Backend, text: str, problems: list[str]) -> tuple[Precondition, ...]:
    """The chain of a rule; () with the problem told where no reply fits."""
    found = _once_more(backend, said.chain(text), said.chained_before(), CHAIN_TOKENS, chain_of)
    if isinstance(found, Missing):
        problems.append(f"chain: {found.note}")
        return ()
    return found


def shows_in(backend: Backend, text: str, problems: list[str]) -> tuple[Modality, ...]:
    """In which modalities a violation can show, by the model's probabilities; text where it says none."""
    answers = backend.score_yes_no(Segment("", 0, text=text), [ask for _, ask in said.SHOWS])
    found: list[Modality] = []
    for (modality, _), answer in zip(said.SHOWS, answers, strict=True):
        share = answer if isinstance(answer, Missing) else probability.share(answer)
        if isinstance(share, Missing):
            problems.append(f"modality {modality}: {share.note}")
        elif share.m >= 0.5:
            found.append(modality)  # type: ignore[arg-type]
    if not found:
        problems.append("the model names no modality in which this can show: text was taken, please check")
    return tuple(found) or ("text",)


def _with_objects(backend: Backend, entry: Precondition, problems: list[str]) -> Precondition:
    questions = []
    for question in entry.any_of:
        prompt, turns = said.objects(question.ask), said.named_before()
        found = _once_more(backend, prompt, turns, OBJECT_TOKENS, lambda r, ask=question.ask: objects_of(r, ask))  # type: ignore[misc]
        if isinstance(found, Missing):
            problems.append(f"objects of {question.id}: {found.note}")
        questions.append(question if isinstance(found, Missing) else replace(question, about=found))
    return Precondition(entry.id, tuple(questions))


def _once_more(
    backend: Backend, prompt: str, turns: said.Turns, tokens: int, parse: Callable[[str], T | Missing]
) -> T | Missing:
    """A parsed reply; a bad one is shown to the model once with what is wrong, then it is reported."""
    answer: T | Missing = Missing("unparsed", "not asked")
    again = prompt
    for _ in range(2):
        reply = backend.generate(_EMPTY, again, tokens, turns)
        if isinstance(reply, Missing):
            return reply
        answer = parse(reply)
        if not isinstance(answer, Missing):
            return answer
        turns = (*turns, (again, reply))
        again = f"That was not in the agreed form. {prompt}"
    return answer


# --- what is proposed, for a rubric ---------------------------------------------------------------------------------


def applied(rule: Rule, proposed: Objectified) -> Rule:
    """The rule as it would be. Where no chain could be had, the one it has stays."""
    return replace(
        rule,
        objective_text=proposed.text,
        objectiveness=proposed.objectiveness,
        preconditions=proposed.preconditions or rule.preconditions,
        modalities=proposed.modalities or rule.modalities,
    )


def changes(proposed: Objectified) -> dict[str, object]:
    """The keys of a rule in YAML that are to change, as plain data."""
    plain: dict[str, object] = {"objective_text": proposed.text, "modalities": list(proposed.modalities)}
    if proposed.objectiveness:
        plain["objectiveness"] = proposed.objectiveness
    if proposed.preconditions:
        plain["preconditions"] = [
            {"id": entry.id, "any_of": [_plain(question) for question in entry.any_of]}
            for entry in proposed.preconditions
        ]
    return plain


def _plain(question: Question) -> dict[str, object]:
    plain: dict[str, object] = {"id": question.id, "ask": question.ask}
    if not question.expect:
        plain["expect"] = False
    if question.about:
        plain["about"] = list(question.about)
    return plain

"""A rule in plain words -> an objective rule -> its chain of preconditions, with every round kept.

The model rates, rewrites and extracts (CLUE, arXiv 2501.00192, section 1.1: LLM as an optimiser, then precondition
extraction); whatever it replies is parsed strictly, asked for once more if it is off, and then reported: a reply that
does not fit is a problem in the result, never a guess. Nothing is applied here: a person approves (`library`, pages).
Refuses to know files and which model it talks to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from mmjudge import objective_prompts as said
from mmjudge import probability
from mmjudge.backends import Backend
from mmjudge.chain_text import chain_of, objects_of, sentence
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
    modalities = shows_in(backend, chosen.text, rule.modalities, problems) if ask_modalities else rule.modalities
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
        prompt, turns = said.rewrite(text, tried), said.rewritten_before()
        answer = _once_more(backend, prompt, turns, SENTENCE_TOKENS, lambda reply: sentence(reply, text))
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
    return last is not None and last.value >= OBJECTIVE


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


# --- asking -----------------------------------------------------------------------------------------------------


def extract(backend: Backend, text: str, problems: list[str]) -> tuple[Precondition, ...]:
    """The chain of a rule; () with the problem told where no reply fits."""
    found = _once_more(backend, said.chain(text), said.chained_before(), CHAIN_TOKENS, chain_of)
    if isinstance(found, Missing):
        problems.append(f"chain: {found.note}")
        return ()
    return found


def shows_in(backend: Backend, text: str, now: tuple[Modality, ...], problems: list[str]) -> tuple[Modality, ...]:
    """In which modalities a violation can show, by the model's probabilities. Where one answer is missing or it names
    none, those the rule has now stay: what a model did not say must not take a rule's eyes away."""
    answers = backend.score_yes_no(Segment("", 0, text=text), [ask for _, ask in said.SHOWS])
    found: list[Modality] = []
    silent = False
    for (modality, _), answer in zip(said.SHOWS, answers, strict=True):
        share = answer if isinstance(answer, Missing) else probability.share(answer)
        if isinstance(share, Missing):
            problems.append(f"modality {modality}: {share.note}")
            silent = True
        elif share.m >= 0.5:
            found.append(modality)
    if not found and not silent:
        problems.append("the model names no modality in which this can show: please check")
    return now if silent or not found else tuple(found)


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
    """The rule as it would be. Where no chain could be had, the chain it has stays, and so does the wording: a new one
    over an old chain would say what is not asked."""
    return replace(
        rule,
        objective_text=proposed.text if proposed.preconditions else rule.objective_text,
        objectiveness=proposed.objectiveness if _fits(proposed) else rule.objectiveness,
        preconditions=proposed.preconditions or rule.preconditions,
        modalities=proposed.modalities or rule.modalities,
    )


def _fits(proposed: Objectified) -> bool:
    """Whether the rating is of what the rule would say: of a wording with its chain, or of the wording it has."""
    return bool(proposed.preconditions) or proposed.text == proposed.before


def changes(proposed: Objectified) -> dict[str, object]:
    """The keys of a rule in YAML that are to change, as plain data: as `applied`."""
    plain: dict[str, object] = {"modalities": list(proposed.modalities)} if proposed.modalities else {}
    if proposed.preconditions:
        plain["objective_text"] = proposed.text
    if proposed.objectiveness and _fits(proposed):
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

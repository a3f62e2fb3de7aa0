"""Guard models as judges: what one is put, how its answer is read, and what that says about each of its rules.

One short file per family, each with the source of its template. Knows conversations, asks, decisions and masses, all
of it pure. Refuses to know models (`run`), thresholds, and any category a guard was not trained on: its taxonomy is a
rubric of its own. A reply that is not exactly of the published form is `Missing("unparsed")`, never "safe".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from mmjudge.backends import Ruling
from mmjudge.probability import share
from mmjudge.types import Missing, Modality, Route, Rubric, Segment, Turn, YesNo

Message = Mapping[str, Any]
Hide = Callable[[str], str]
"""Words of others with every marker of the template broken, so that they cannot close it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a guard is to judge: turns of "user" and "assistant" in turn, a user's first; the last is judged.
    `pictures`: how many stand in the first turn."""

    turns: tuple[Turn, ...]
    pictures: int = 0

    @property
    def prompt(self) -> str:
        """The last request."""
        return next(turn.text for turn in reversed(self.turns) if turn.role == "user")

    @property
    def response(self) -> str | None:
        """The answer that is judged, None where a request is."""
        return self.turns[-1].text if self.turns[-1].role == "assistant" else None


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing put to a guard: `messages` for the template in the model's folder, or `text`, the whole prompt.

    `rules`: the ids its answer speaks to. `extra`: arguments of the template. `response`: an answer is judged, not a
    request. `continues`: whether the template is asked to open the guard's own turn. `opened`: whether the tokenizer
    writes its first marker before `text`, because that does not.
    """

    rules: tuple[str, ...]
    messages: tuple[Message, ...] = ()
    text: str = ""
    extra: tuple[tuple[str, Any], ...] = ()
    response: bool = False
    continues: bool = True
    opened: bool = False


class Decision(NamedTuple):
    """One yes or no in a reply. `at`: the character where the deciding word begins; `unsafe`: what it says; `rules`:
    whom it speaks to; `named`: those it names (of a question about one rule: that rule, whatever the answer);
    `doubted`: the guard itself calls it controversial."""

    at: int
    unsafe: bool
    rules: tuple[str, ...]
    named: tuple[str, ...]
    doubted: bool = False


Words = tuple[tuple[str, ...], tuple[str, ...]]
"""The words that decide: those that say unsafe, and those that say safe."""


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """A family of guard models.

    `source`, `revision`, `licence`: of the template and the output format. `template`: "folder" (the chat template of
    the model's folder, verbatim) or "file" (published as a string, verbatim in this package) or "none". `rubric`: its
    own taxonomy, "" if it is given a policy. `kinds`: the `model_type`s it is published as. `markers`: words of its
    template that are no tokens of their own. `labels`: of a classifier head, in the order of its outputs (rule ids).
    `roles`: words that begin a turn in its template. `requests_only`: rules that by the guard's own definition only a
    request can violate. `tokens`: how long a reply may be. `opening`: only how a reply
    opens is read, it may go on. `pairs`: each rule is answered by one of two tokens of its own, in the order of the
    rules: the last of those added to the vocabulary, safe before unsafe. `needs_words`: it is not made for pictures
    alone.
    """

    name: str
    title: str
    source: str
    revision: str
    licence: str
    rubric: str
    reads: frozenset[Modality]
    kinds: tuple[str, ...]
    template: Literal["folder", "file", "none"] = "folder"
    asks: Callable[[Talk, Rubric], tuple[Ask, ...] | Missing] | None = None
    parse: Callable[[str, Ask], tuple[Decision, ...] | Missing] | None = None
    words: Words = (("unsafe",), ("safe",))
    markers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    requests_only: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    head: Literal["", "SequenceClassification", "ImageClassification"] = ""
    tokens: int = 32
    opening: bool = False
    pairs: bool = False
    needs_words: bool = True


# --- what is shown --------------------------------------------------------------------------------------------


def hider(markers: Iterable[str], roles: Iterable[str] = ()) -> Hide:
    """What breaks every marker, in any case, and every word of `roles` at the start of a line ("User:"): a zero-width
    space stands after its first character."""
    inside = sorted({m for m in markers if len(m.strip()) > 1}, key=len, reverse=True)
    patterns = [re.escape(marker) for marker in inside]
    patterns += [rf"(?:(?<=\n)|(?<=\r)|\A)[^\S\r\n]*{re.escape(role)}" for role in roles]
    if not patterns:
        return str
    found = re.compile("|".join(patterns), re.IGNORECASE)

    def broken(match: re.Match[str]) -> str:
        said = match[0]
        first = len(said) - len(said.lstrip()) + 1
        return f"{said[:first]}\u200b{said[first:]}"

    def hide(words: str) -> str:
        while (hidden := found.sub(broken, words)) != words:
            words = hidden
        return words

    return hide


def talks(segment: Segment, hide: Hide = str, pictures: int = 0) -> tuple[Talk, ...]:
    """The conversations a guard judges in a segment, each by its last turn.

    A request is judged by the last user turn, a response by the last assistant turn; of a post every turn is judged,
    each with what stood before it, because a guard assesses only the last. Words read off a picture or heard, and a
    caption, stand before the first request. Turns of other roles (system, tool) are not shown.
    """
    beside = [segment.seen, " ".join(heard.text for heard in segment.heard)]
    lone = "assistant" if segment.target == "response" and not segment.turns else "user"
    said = [Turn("user", words) for words in beside] + [Turn(lone, segment.text)]
    said += [turn for turn in segment.turns if turn.role in ("user", "assistant")]
    turns = _joined([Turn(turn.role, hide(turn.text.strip())) for turn in said if turn.text.strip()])
    if not turns and pictures:
        return (Talk((Turn("user", ""),), pictures),)
    ends = list(range(1, len(turns) + 1))
    if segment.target != "post":
        role = "user" if segment.target == "prompt" else "assistant"
        ends = [end for end in ends if turns[end - 1].role == role][-1:]
    return tuple(Talk(tuple(turns[:end]), pictures) for end in ends)


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    """Neighbours of one role as one turn: templates want roles that alternate."""
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].role == turn.role:
            joined[-1] = Turn(turn.role, f"{joined[-1].text}\n\n{turn.text}")
        else:
            joined.append(turn)
    return joined


def without_request(talk: Talk) -> Missing | None:
    """Why this conversation cannot be judged by a guard that must see the request an answer belongs to."""
    if talk.turns[0].role == "user":
        return None
    return Missing("unsupported_modality", "this guard judges an answer only beside its request: give it with --prompt")


def chat(talk: Talk, key: str = "content") -> tuple[Message, ...]:
    """The conversation as chat-template messages, the pictures first in the first one."""
    messages: list[Message] = []
    for number, turn in enumerate(talk.turns):
        images = talk.pictures if number == 0 else 0
        parts = [{"type": "image"}] * images + ([{"type": "text", "text": turn.text}] if turn.text else [])
        messages.append({"role": turn.role, key: parts})
    return tuple(messages)


# --- what is said ---------------------------------------------------------------------------------------------


def unparsed(reply: str) -> Missing:
    """The reply, cut short, as a reason: it is data, and shown as such."""
    said = " ".join(reply.split())
    return Missing("unparsed", f"not of the published form: {said[:80]!r}" if said else "the reply is empty")


def codes(listed: str, rules: Mapping[str, str]) -> tuple[str, ...] | None:
    """Rule ids of a comma-separated list of published names, None if one is unknown, twice in it, or it is empty."""
    names = [name.strip() for name in listed.split(",")]
    found = tuple(rules.get(name, "") for name in names)
    return found if found and all(found) and len(set(found)) == len(found) else None


def rulings(decision: Decision, masses: YesNo | Missing) -> list[tuple[str, Ruling | Missing]]:
    """What one decision says about each of its rules.

    `masses`: the mass on the words that say unsafe and on those that say safe, where the reply decided. With p = unsafe
    / (unsafe + safe), a named rule scores p. In an unsafe answer the others score 0: the guard was asked for all of
    them and left them out (Llama Guard, arXiv 2312.06674, scores categories so). In a safe answer none is named, and
    each scores at most p: "bounded".
    """
    said = masses if isinstance(masses, Missing) else share(masses)
    if isinstance(said, Missing):
        return [(rule, said) for rule in decision.rules]
    found: list[tuple[str, Ruling | Missing]] = []
    for rule in decision.rules:
        if rule in decision.named:
            path: Route = "doubted" if decision.doubted else "scored"
            found.append((rule, Ruling(said.m, said.mass, path)))
        elif decision.unsafe:
            found.append((rule, Ruling(0.0, said.mass, "scored", "not among the categories the guard named")))
        else:
            found.append((rule, Ruling(said.m, said.mass, "bounded")))
    return found


def sides(spellings: Iterable[str], lead: str, words: Words) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids of the tokens that begin a word that says unsafe, and of those that begin one that says safe.

    `spellings`: what each id of the vocabulary reads. `lead`: what of the deciding token stands before the word in the
    reply (a space, an opening quote). Case is passed over; a token that words of both sides begin with counts for none.
    """
    unsafe, safe = [], []
    for number, spelling in enumerate(spellings):
        rest = _after(spelling, lead)
        if not rest:
            continue
        match [any(_begins(word, rest) for word in side) for side in words]:
            case [True, False]:
                unsafe.append(number)
            case [False, True]:
                safe.append(number)
    return tuple(unsafe), tuple(safe)


def _after(spelling: str, lead: str) -> str:
    if not lead.strip():
        return spelling.lstrip().casefold()
    return spelling[len(lead) :].casefold() if spelling.startswith(lead) else ""


def _begins(word: str, rest: str) -> bool:
    """Whether a token that reads `rest` begins this word, or holds it whole and then something that is no letter."""
    word, bare = word.casefold(), rest.rstrip()
    return bool(bare) and (word.startswith(bare) or (bare.startswith(word) and not bare[len(word)].isalnum()))


def paired(ids: Sequence[int], pairs: Sequence[tuple[int, int]]) -> tuple[bool, ...] | Missing:
    """Whether each rule is violated, of a reply that is one token out of each (safe, unsafe) pair in order."""
    if len(ids) != len(pairs) or any(token not in pair for token, pair in zip(ids, pairs, strict=False)):
        return Missing("unparsed", f"not one answer token for each of {len(pairs)} categories")
    return tuple(token == unsafe for token, (_, unsafe) in zip(ids, pairs, strict=True))

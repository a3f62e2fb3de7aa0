"""Llama Guard 3 (8B, 1B) and Llama Guard 4 (12B, pictures too).

Template: the chat template of the model's folder, rendered as its card does, without a generation prompt (the template
writes the guard's own header). The 1B and 4 read content only as parts and drop a plain string without a word; the 8B
wants the string: `run` tries parts first and keeps the form in which the words can be found again.
Format and names: meta-llama/PurpleLlama, Llama-Guard3/8B/MODEL_CARD.md at c6616ce5 and Llama-Guard4/12B/MODEL_CARD.md
at f45e4adc (Llama 3.1 and Llama 4 community licences): "safe", or "unsafe" and a line of codes. The cards take the
probability of the first token as the score; newlines before it are passed over. Llama Guard 4 is "not designed to
perform image-only classification" (its documentation), so a picture without words is not judged.
"""

from __future__ import annotations

import re

from mmjudge.guards import Ask, Decision, Family, Talk, chat, codes, unparsed, without_request
from mmjudge.types import Missing, Rubric

RULES = {f"S{n}": f"s{n}" for n in range(1, 15)}
_FORM = re.compile(r"\s*(?:safe|unsafe[ \t]*\n(?P<named>S[0-9]+(?:[ \t]*,[ \t]*S[0-9]+)*))\s*")


def asks(talk: Talk, rubric: Rubric) -> tuple[Ask, ...] | Missing:
    if missing := without_request(talk):
        return missing
    rules = tuple(rule.id for rule in rubric.rules)
    return (Ask(rules, chat(talk), response=talk.response is not None, continues=False),)


def parse(reply: str, ask: Ask) -> tuple[Decision, ...] | Missing:
    """Exactly "safe", or "unsafe" and a line of known codes, with nothing but blank space around."""
    form = _FORM.fullmatch(reply)
    if form is None:
        return unparsed(reply)
    at = len(reply) - len(reply.lstrip())
    if form["named"] is None:
        return (Decision(at, False, ask.rules, ()),)
    named = codes(form["named"], RULES)
    return (Decision(at, True, ask.rules, named),) if named else unparsed(reply)


_MARKERS = (
    "<BEGIN UNSAFE CONTENT CATEGORIES>",
    "<END UNSAFE CONTENT CATEGORIES>",
    "<BEGIN CONVERSATION>",
    "<END CONVERSATION>",
)

LLAMA_GUARD_3 = Family(
    name="llama-guard-3",
    title="Llama Guard 3 (8B, 1B)",
    source="meta-llama/PurpleLlama, Llama-Guard3/8B/MODEL_CARD.md",
    revision="c6616ce56703e64112584284c58488adcdd48bf1",
    licence="Llama 3.1 Community License",
    rubric="guard_llama_guard",
    reads=frozenset({"text"}),
    kinds=("llama",),
    asks=asks,
    parse=parse,
    markers=_MARKERS,
    roles=("User:", "Agent:"),
)

LLAMA_GUARD_4 = Family(
    name="llama-guard-4",
    title="Llama Guard 4 (12B)",
    source="meta-llama/PurpleLlama, Llama-Guard4/12B/MODEL_CARD.md",
    revision="f45e4adc946d80bdff26202ea88898d5fde325fe",
    licence="Llama 4 Community License",
    rubric="guard_llama_guard",
    reads=frozenset({"text", "image"}),
    kinds=("llama4",),
    asks=asks,
    parse=parse,
    markers=_MARKERS,
    roles=("User:", "Agent:"),
)

"""Qwen3Guard-Gen (0.6B, 4B, 8B): safe, unsafe or controversial, with categories.

Template: the chat template of the model's folder, rendered as its card does, without a generation prompt (the template
opens the guard's turn behind an empty thought). Format and names: QwenLM/Qwen3Guard, README.md at 019b2e3b
(Apache-2.0; the weights too): two lines, and a third about refusal where an answer is judged. "Controversial" counts
as unsafe in its strict mode and as safe in its loose one: it is doubted here, and the policy says which. Jailbreak is
a category of requests only (arXiv 2510.14276).
"""

from __future__ import annotations

import re

from mmjudge.guards import Ask, Decision, Family, Talk, chat, codes, unparsed, without_request
from mmjudge.types import Missing, Rubric

RULES = {
    "Violent": "violent",
    "Non-violent Illegal Acts": "illegal_acts",
    "Sexual Content or Sexual Acts": "sexual",
    "PII": "pii",
    "Suicide & Self-Harm": "self_harm",
    "Unethical Acts": "unethical",
    "Politically Sensitive Topics": "political",
    "Copyright Violation": "copyright",
    "Jailbreak": "jailbreak",
}
_FORM = re.compile(
    r"\s*Safety: (?P<safety>Safe|Unsafe|Controversial)[ \t]*\n"
    r"Categories: (?P<named>[^\n]+?)[ \t]*(?P<refusal>\nRefusal: (?:Yes|No))?\s*"
)


def asks(talk: Talk, rubric: Rubric) -> tuple[Ask, ...] | Missing:
    if missing := without_request(talk):
        return missing
    response = talk.response is not None
    rules = tuple(rule.id for rule in rubric.rules if not (response and rule.id == "jailbreak"))
    return (Ask(rules, chat(talk), response=response, continues=False),)


def parse(reply: str, ask: Ask) -> tuple[Decision, ...] | Missing:
    """The lines in their order; "None" exactly where it is safe, else categories the guard has for what is judged."""
    form = _FORM.fullmatch(reply)
    if form is None or bool(form["refusal"]) != ask.response:
        return unparsed(reply)
    at, safe = form.start("safety"), form["safety"] == "Safe"
    if safe or form["named"] == "None":
        return (Decision(at, False, ask.rules, ()),) if safe and form["named"] == "None" else unparsed(reply)
    named = codes(form["named"], RULES)
    if named is None or not set(named) <= set(ask.rules):
        return unparsed(reply)
    return (Decision(at, True, ask.rules, named, form["safety"] == "Controversial"),)


QWEN3GUARD = Family(
    name="qwen3guard",
    title="Qwen3Guard-Gen (0.6B, 4B, 8B)",
    source="QwenLM/Qwen3Guard, README.md",
    revision="019b2e3b4255b717c00f4746395939bede1f9050",
    licence="Apache-2.0",
    rubric="guard_qwen3guard",
    reads=frozenset({"text"}),
    kinds=("qwen3",),
    asks=asks,
    parse=parse,
    words=(("Unsafe", "Controversial"), ("Safe",)),
    markers=("<BEGIN CONVERSATION>", "<END CONVERSATION>"),
    roles=("USER:", "ASSISTANT:"),
    requests_only=("jailbreak",),
    tokens=128,
)

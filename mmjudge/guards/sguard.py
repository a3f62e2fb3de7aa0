"""SGuard-ContentFilter (2B): five categories, each answered by one of two tokens of its own.

Template: the chat template of the model's folder; its messages have `prompt` and `response` instead of content.
Format: the model card of SamsungSDS-Research/SGuard-ContentFilter-2B-v1 (Apache-2.0) at 870ae18c, whose code was read
in public programs that repeat it: ten tokens were added last to the vocabulary, a safe and an unsafe one for each of
Crime, Manipulation, Privacy, Sexual and Violence in this order, and the reply is five of them.
"""

from __future__ import annotations

from mmjudge.guards import Ask, Family, Talk, without_request
from mmjudge.types import Missing, Rubric


def asks(talk: Talk, rubric: Rubric) -> tuple[Ask, ...] | Missing:
    """The last request and its answer: the format has no room for more."""
    if missing := without_request(talk):
        return missing
    message = {"role": "user", "prompt": talk.prompt}
    message |= {"response": talk.response} if talk.response is not None else {}
    rules = tuple(rule.id for rule in rubric.rules)
    return (Ask(rules, (message,), response=talk.response is not None),)


SGUARD = Family(
    name="sguard",
    title="SGuard-ContentFilter-2B-v1",
    source="SamsungSDS-Research/SGuard-ContentFilter-2B-v1, model card",
    revision="870ae18c091f06f8f96e4119051f4cd063c83481",
    licence="Apache-2.0",
    rubric="guard_sguard",
    reads=frozenset({"text"}),
    kinds=("granite",),
    asks=asks,
    roles=("Prompt:", "Response:"),
    tokens=5,
    pairs=True,
)

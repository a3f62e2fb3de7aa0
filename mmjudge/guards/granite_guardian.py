"""Granite Guardian 3.0 to 3.2 and 3.3: one question per risk.

Template: the chat template of the model's folder, with the risk named in its argument `guardian_config`. Formats:
ibm-granite/granite-guardian, evaluation/models/granite_guardian_3.py and granite_guardian_3_3.py at 6ae595bc and
1d6a7eaa, README.md at 00ddd1e5 (Apache-2.0; the weights too). 3.0 to 3.2 take `risk_name` and say "Yes" or "No" (3.2
adds a tag of confidence); 3.3 takes `criteria_id`, is asked without thinking and says "<score> yes </score>". Of their
risks, those about harm; jailbreak is one of requests only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mmjudge.guards import Ask, Decision, Family, Talk, chat, unparsed, without_request
from mmjudge.types import Missing, Rubric

_WORD = re.compile(r"\s*(?P<word>Yes|No)(?:\s*<confidence>\s*(?:High|Low)\s*</confidence>)?\s*")
_SCORE = re.compile(r"\s*(?:<think>\s*</think>\s*)?<score>\s*(?P<word>yes|no)\s*</score>\s*")


def _asks(argument: str) -> Callable[[Talk, Rubric], tuple[Ask, ...] | Missing]:
    def asks(talk: Talk, rubric: Rubric) -> tuple[Ask, ...] | Missing:
        if missing := without_request(talk):
            return missing
        response = talk.response is not None
        thinking = (("think", False),) if argument == "criteria_id" else ()
        return tuple(
            Ask((rule.id,), chat(talk), extra=(("guardian_config", {argument: rule.id}), *thinking), response=response)
            for rule in rubric.rules
            if not (response and rule.id == "jailbreak")
        )

    return asks


def _parse(form: re.Pattern[str]) -> Callable[[str, Ask], tuple[Decision, ...] | Missing]:
    def parse(reply: str, ask: Ask) -> tuple[Decision, ...] | Missing:
        """The whole reply is the answer."""
        found = form.fullmatch(reply)
        if found is None:
            return unparsed(reply)
        return (Decision(found.start("word"), found["word"].lower() == "yes", ask.rules, ask.rules),)

    return parse


GRANITE_GUARDIAN_3 = Family(
    name="granite-guardian-3",
    title="Granite Guardian 3.0, 3.1, 3.2",
    source="ibm-granite/granite-guardian, evaluation/models/granite_guardian_3.py",
    revision="6ae595bce5e4e0d7be4b90ec529efe2c68042154",
    licence="Apache-2.0",
    rubric="guard_granite_guardian",
    reads=frozenset({"text"}),
    kinds=("granite", "granitemoe"),
    asks=_asks("risk_name"),
    parse=_parse(_WORD),
    words=(("Yes",), ("No",)),
    markers=("<start_of_turn>", "<end_of_turn>"),
    roles=("User Message:", "Assistant Message:"),
    requests_only=("jailbreak",),
)

GRANITE_GUARDIAN_3_3 = Family(
    name="granite-guardian-3.3",
    title="Granite Guardian 3.3",
    source="ibm-granite/granite-guardian, evaluation/models/granite_guardian_3_3.py",
    revision="1d6a7eaa0c983d4d157ac3b3e53a97b407f4f3e0",
    licence="Apache-2.0",
    rubric="guard_granite_guardian",
    reads=frozenset({"text"}),
    kinds=("granite",),
    asks=_asks("criteria_id"),
    parse=_parse(_SCORE),
    words=(("yes",), ("no",)),
    markers=("<score>", "</score>", "<think>", "</think>"),
    requests_only=("jailbreak",),
)

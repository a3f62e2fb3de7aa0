"""DuoGuard (0.5B, 1.5B, 1B): a classifier with twelve outputs, no template.

Names and their order, sigmoid and the plain text as input: yihedeng9/DuoGuard, evaluation/test_single_input.py at
7a2a4a3a; a request and its answer joined by a space: evaluation/evaluate_duoguard.py at 145e1127 (Apache-2.0). The
card brings no tokenizer of its own: the folder must hold that of the base model.
"""

from __future__ import annotations

from mmjudge.guards import Ask, Family, Talk, without_request
from mmjudge.types import Missing, Rubric

LABELS = (
    "violent_crimes",
    "non_violent_crimes",
    "sex_related_crimes",
    "child_sexual_exploitation",
    "specialized_advice",
    "privacy",
    "intellectual_property",
    "indiscriminate_weapons",
    "hate",
    "suicide_and_self_harm",
    "sexual_content",
    "jailbreak_prompts",
)


def asks(talk: Talk, rubric: Rubric) -> tuple[Ask, ...] | Missing:
    """The last request, and its answer behind it."""
    if missing := without_request(talk):
        return missing
    text = talk.prompt if talk.response is None else f"{talk.prompt} {talk.response}"
    return (Ask(LABELS, text=text, response=talk.response is not None, opened=True),)


DUOGUARD = Family(
    name="duoguard",
    title="DuoGuard (0.5B, 1.5B-transfer, 1B-Llama-3.2-transfer)",
    source="yihedeng9/DuoGuard, evaluation/test_single_input.py",
    revision="7a2a4a3a7787444a2dbed99d8b6b3a2b177f3eb4",
    licence="Apache-2.0",
    rubric="guard_duoguard",
    reads=frozenset({"text"}),
    kinds=("qwen2", "llama"),
    template="none",
    asks=asks,
    head="SequenceClassification",
    labels=LABELS,
    tokens=0,
)

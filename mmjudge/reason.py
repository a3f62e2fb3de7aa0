"""Cascaded reasoning for the undecided: think in one turn, conclude in the next, parsed strictly.

Knows the two turns of CLUE (arXiv 2501.00192) and that an off-format conclusion is `unparsed`, never an answer.
Refuses to choose what is undecided (`decide`) and to weigh its answers.
"""

from __future__ import annotations

import json
import time
from typing import NamedTuple

from mmjudge import prompts
from mmjudge.backends import Backend
from mmjudge.probe import Ask, looked_at
from mmjudge.types import Evidence, Missing, Segment

CONCLUSION_TOKENS = 60


class Conclusion(NamedTuple):
    """`holds`: whether the rating was Yes. `rationale`: the model's words, data and never markup."""

    holds: bool
    rationale: str


def conclusion(reply: str) -> Conclusion | Missing:
    """Strict JSON {"rating": "Yes" | "No", "rationale": str}, alone or in one fenced block. Pure."""
    text = reply.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].removeprefix("json").strip()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Missing("unparsed", f"the conclusion is not JSON: {reply[:120]!r}")
    if not isinstance(data, dict) or set(data) != {"rating", "rationale"}:
        return Missing("unparsed", "the conclusion must have exactly a rating and a rationale")
    if data["rating"] not in ("Yes", "No") or not isinstance(data["rationale"], str):
        return Missing("unparsed", f"the rating must be Yes or No, not {str(data['rating'])[:40]!r}")
    return Conclusion(data["rating"] == "Yes", data["rationale"])


def reason(backend: Backend, segment: Segment, ask: Ask, tokens: int) -> Evidence:
    """Two turns about one question: score 1.0 or 0.0 with the rationale, or why there is none."""
    started = time.perf_counter()
    think = prompts.think(ask.question.ask, segment.target)
    thought = backend.generate(segment, think, tokens)
    answer: Conclusion | Missing
    if isinstance(thought, Missing):
        answer, said = thought, ""
    else:
        said = thought.strip()
        reply = backend.generate(segment, prompts.CONCLUDE, CONCLUSION_TOKENS, ((think, said),))
        answer = reply if isinstance(reply, Missing) else conclusion(reply)
    return evidence_of(
        answer, ask, segment, backend.id, looked_at(backend, segment), said, round(time.perf_counter() - started, 4)
    )


def evidence_of(
    answer: Conclusion | Missing,
    ask: Ask,
    segment: Segment,
    model: str,
    looked: tuple,
    thought: str,
    seconds: float,
) -> Evidence:
    """A conclusion, or its absence, as evidence. Pure."""
    if isinstance(answer, Missing):
        score, missing, path, words = None, answer.reason, "", answer.note
    else:
        score, missing, words = (1.0 if answer.holds else 0.0), None, answer.rationale
        path = "reasoned_yes" if answer.holds else "reasoned_no"
    note = f"{words}\n\n{thought}".strip()
    return Evidence(
        ask.rule.id,
        ask.question.id,
        segment.index,
        "reason",
        model,
        looked,
        score=score,
        reason=missing,
        path=path,  # type: ignore[arg-type]
        note=note,
        seconds=seconds,
    )

"""The rows the light evaluator is trained and measured on: what is judged, what stands before it, and its half.

Knows the labelled data of MMJUDGE_DATA and which sets may train. Refuses to embed, fit or score. The test half is read
for the final report only.
"""

from __future__ import annotations

from typing import NamedTuple

from benchdata import raw_rows
from light_topics import everyday

SETS = (
    "openai_moderation",
    "xstest_prompts",
    "xstest_responses",
    "hatecheck",
    "harmbench_val_text",
    "harmbench_val_mm",
    "figstep",
    "dices_350",
    "dices_990",
    "convabuse",
    "diasafety",
    "davidson_tweets",
    "edos",
    "jailjudge_mini",
    "hatemojicheck",
    "simplesafetytests",
    "multijail",
    "adversarial_nibbler_prompts",
)
"""MOSSBench is for tests only (its licence) and judged by its picture; multilingual HateCheck holds translations of
HateCheck's templates, which would cross the split. MultiJail: its English rows."""

LEVEL = {
    "simplesafetytests": "request",
    "multijail": "request",
    "xstest_prompts": "request",
    "everyday_request": "request",
    "figstep": "list",
    "everyday_list": "list",
    "dices_350": "dices",
    "dices_990": "dices",
}
"""Sets that share an intercept while fitting, because one alone has (nearly) one class only. Others have their own."""


class Row(NamedTuple):
    """`target` is judged, `context` stands before it; `group` is never split between folds or halves."""

    id: str
    set: str
    unsafe: bool
    target: str
    context: str
    group: str

    @property
    def level(self) -> str:
        return LEVEL.get(self.set, self.set)


def labelled(half: str) -> list[Row]:
    """All rows of one half ("tune" or "test") whose truth is known."""
    return [_row(name, raw) for name in SETS for raw in raw_rows(name, half) if _wanted(name, raw)]


def written() -> list[Row]:
    """The project's own sentences; they only train."""
    return [
        Row(f"everyday:{at}", f"everyday_{form}", unsafe, text, "", group)
        for at, (form, text, unsafe, group) in enumerate(everyday())
    ]


def _wanted(name: str, raw: dict) -> bool:
    return name != "multijail" or raw["language"] == "en"


def _row(name: str, raw: dict) -> Row:
    target, context = _passage(name, raw)
    return Row(raw["id"], name, raw["unsafe"], target, context, raw["split_group"])


def _passage(name: str, raw: dict) -> tuple[str, str]:
    """(judged, before it), as the judge's own items have them. FigStep: the words in the picture, read perfectly."""
    text, context = raw["text"] or "", raw["context"]
    if name == "figstep":
        return context["typographic_text"], ""
    if name.startswith("harmbench"):
        return text, context["behavior"] or ""
    if name == "convabuse":
        return text, context["agent"] or ""
    return text, context.get("conversation") or context.get("user_prompt") or ""

"""What the views of one verdict share: its values by part and rule, and where a part lies in words. Pure.

Refuses to decide: truths come from `decide` under the policy given.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from mmjudge import decide
from mmjudge.calibration import Calibration
from mmjudge.chain import Outcome
from mmjudge.policy import Policy, allows
from mmjudge.types import Evidence, Finding, Measurement, Passage, Rubric, Rule, Truth
from mmjudge.ui import words

ICONS = {Truth.YES: "unsafe", Truth.UNKNOWN: "needs_review", Truth.NO: "safe"}
KINDS = {Truth.YES: "yes", Truth.UNKNOWN: "unknown", Truth.NO: "no"}


@dataclass(frozen=True)
class Case:
    """Everything the evidence is shown with. `media_names`: file names by position. `sole`: the only part of an item
    that has just one ("text", "0"), which reading calls "whole"; "" for an item of several."""

    rubric: Rubric
    measurement: Measurement
    findings: tuple[Finding, ...]
    policy: Policy
    calibration: Calibration | None = None
    media_names: tuple[str, ...] = ()
    sole: str = ""
    labelled: tuple[tuple[str, str], ...] = field(default=())
    """(rule id, receipt) of labels stored from this page."""

    @cached_property
    def passages(self) -> dict[int, Passage]:
        return {passage.index: passage for passage in self.measurement.passages}

    @cached_property
    def pieces(self) -> dict[tuple[str, int], list[Evidence]]:
        """Evidence by (rule, segment); the jurors' by ("", segment)."""
        found: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
        for piece in self.measurement.evidence:
            found[piece.rule_id, piece.segment].append(piece)
        return found

    def outcome(self, rule: Rule, segment: int) -> Outcome | None:
        """What one part says about one rule; None where the rule does not speak to it."""
        if not decide.speaks_to(rule, self.passages[segment]):
            return None
        key = (rule.id, segment)
        return decide.segment_outcome(rule, self.pieces.get(key, ()), self.policy, self.scales.get(key))

    @cached_property
    def scales(self) -> decide.Scales:
        return decide.scales_of(self.rubric, self.measurement, self.policy, self.calibration)

    @cached_property
    def truths(self) -> dict[int, Truth]:
        """The worst any rule that counts says about each part."""
        found = {}
        for index in self.passages:
            rules = [rule for rule in self.rubric.rules if not allows(self.policy, rule)]
            outcomes = [o for rule in rules if (o := self.outcome(rule, index)) is not None]
            found[index] = max((o.truth for o in outcomes), default=Truth.NO)
        return found

    def part(self, passage: Passage) -> str:
        """Which part of the post a passage belongs to: "text", the place of a file, or "whole" for all together."""
        return self.sole if passage.part == "whole" and self.sole else passage.part

    def place(self, index: int) -> str:
        """A part in words: "the text", "clip.mp4, 0:03–0:05"."""
        passage = self.passages[index]
        name = words.part_name(self.part(passage), self.media_names)
        if passage.span:
            return f"{name}, {words.clock(passage.span[0])}–{words.clock(passage.span[1])}"
        if passage.chars and self.part(passage) == "text":
            return f"{name}, characters {passage.chars[0] + 1}–{passage.chars[1]}"
        return name

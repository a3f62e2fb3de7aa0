"""What is measured: the stages and their budgets. Part of the measurer's identity, as thresholds are of the judge's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mmjudge.errors import RubricError
from mmjudge.policy import LOOSE, Policy
from mmjudge.types import digest

SWITCHES = ("relevance", "debias", "removal", "reasoning", "detectors", "juror", "early_exit")

ASKING = ("reject", "accept", "removed", "min_mass", "relevant_below", "no_below", "yes_from", "beside")
"""The numbers of `Settings.asking` that a measurement depends on; the others only decide."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every stage can be switched off (ablation). `orders`: over how many orders of
    yes and no a question is averaged.
    `reason_limit` questions, `reason_tokens` tokens each and `reason_seconds` seconds bound the reasoning about one
    item. `asking` are the thresholds by which a measurement decides that an answer is no longer needed."""

    relevance: bool = True
    debias: bool = True
    removal: bool = True
    reasoning: bool = True
    detectors: bool = True
    juror: bool = True
    early_exit: bool = True
    orders: int = 1
    reason_limit: int = 2
    reason_tokens: int = 80
    reason_seconds: float = 15.0
    asking: Policy = field(default=LOOSE)

    @property
    def digest(self) -> str:
        plain = asdict(self)
        plain["asking"] = {name: getattr(self.asking, name) for name in ASKING}
        return digest(plain)

    def without(self, *stages: str) -> Settings:
        """The same with some stages off, for ablation."""
        for stage in stages:
            if stage not in SWITCHES:
                raise RubricError(f"no stage {stage!r} to switch off: use {', '.join(SWITCHES)}")
        off: dict[str, Any] = dict.fromkeys(stages, False)
        return replace(self, **off)

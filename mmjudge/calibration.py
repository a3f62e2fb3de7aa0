"""Per-rule calibration learnt from labels: a few numbers, tied to the model, prompts and rubric they were learnt with.

Knows how the numbers are stored and that a wrong key is an error. Refuses to know how they were fitted
(`scripts/fit_calibration.py`) and how they are applied (`decide`).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from importlib.resources import files

from mmjudge.errors import RubricError
from mmjudge.types import CHANNELS, Channel, Rubric, digest


@dataclass(frozen=True, slots=True)
class RuleCalibration:
    """score = sigmoid(bias + slope * logit(chain score) + juror * logit(juror's score)). Log-odds units."""

    rule_id: str
    bias: float
    slope: float
    juror: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """`model`, `prompt_version`, `rubric_version` are what it holds for; `learnt_from` says on which data, in words.

    `shifts`: log-odds added to every rule's bias by how the words came (a `Channel`): where the cut between safe and
    unsafe lies best differs between requests, posts and words read off a picture; the order within one does not change.
    """

    model: str
    prompt_version: str
    rubric_id: str
    rubric_version: str
    learnt_from: str
    rules: tuple[RuleCalibration, ...]
    shifts: tuple[tuple[Channel, float], ...] = ()

    def rule(self, rule_id: str, channel: Channel = "post") -> RuleCalibration | None:
        """The numbers of one rule for words that came so; None if the rule was not learnt."""
        found = next((r for r in self.rules if r.rule_id == rule_id), None)
        shift = dict(self.shifts).get(channel, 0.0)
        return replace(found, bias=found.bias + shift) if found else None

    @property
    def digest(self) -> str:
        return digest(
            [asdict(rule) for rule in self.rules]
            + [[list(pair) for pair in self.shifts]]
            + [self.model, self.prompt_version, self.rubric_version]
        )

    def check(self, model: str, prompt_version: str, rubric: Rubric) -> Calibration:
        """Itself, if it was learnt for these; otherwise a RubricError that names what differs."""
        pairs = (
            ("model", self.model, model),
            ("prompt version", self.prompt_version, prompt_version),
            ("rubric version", self.rubric_version, rubric.version),
        )
        for name, learnt, asked in pairs:
            if learnt != asked:
                raise RubricError(f"this calibration was learnt with {name} {learnt}, not {asked}: fit it again")
        return self


def parse_calibration(text: str, where: str) -> Calibration:
    """JSON to a calibration, strictly."""
    try:
        data = json.loads(text)
        rules = tuple(RuleCalibration(**entry) for entry in data.pop("rules"))
        shifts = tuple((channel, float(shift)) for channel, shift in data.pop("shifts", ()))
        named = [channel for channel, _ in shifts]
        if set(named) - set(CHANNELS) or len(set(named)) < len(named):
            raise RubricError(f"{where}: shifts must name each channel once, out of {', '.join(CHANNELS)}")
        if not all(math.isfinite(number) for rule in rules for number in (rule.bias, rule.slope, rule.juror)):
            raise RubricError(f"{where}: every number of a rule must be finite")
        if not all(math.isfinite(shift) for _, shift in shifts):
            raise RubricError(f"{where}: every shift must be finite")
        return Calibration(rules=rules, shifts=shifts, **data)
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise RubricError(f"{where}: not a calibration: {error}") from error


def shipped_calibrations() -> tuple[Calibration, ...]:
    """Those in the package, one file each."""
    folder = files("mmjudge.assets").joinpath("calibrations")
    if not folder.is_dir():
        return ()
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return tuple(parse_calibration(f.read_text(encoding="utf-8"), f.name) for f in named)


def calibration_for(model: str, prompt_version: str, rubric: Rubric) -> Calibration | None:
    """The shipped calibration whose key matches in full, or None: then scores stay uncalibrated, as `doctor` says."""
    key = (model, prompt_version, rubric.version)
    for calibration in shipped_calibrations():
        if (calibration.model, calibration.prompt_version, calibration.rubric_version) == key:
            return calibration
    return None

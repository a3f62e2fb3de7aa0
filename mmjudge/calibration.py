"""Per-rule calibration learnt from labels: a few numbers, tied to the model, prompts and rubric they were learnt with.

Knows how the numbers are stored, where a person's own lie, and that a wrong key is an error. Refuses to know how they
were fitted (`scripts/fit_calibration.py`, `learning`) and where they are applied (`decide`).
"""

from __future__ import annotations

import json
import math
import os
from bisect import bisect_right
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from platformdirs import user_data_dir

from mmjudge.errors import RubricError
from mmjudge.probability import EDGE, sigmoid
from mmjudge.types import CHANNELS, Channel, Rubric, digest

Method = Literal["platt", "beta", "isotonic"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Curve:
    """A map of a score in [0, 1] to a probability that never reverses an order.

    "platt": slope, bias of sigmoid(slope * logit(s) + bias). "beta": a, b, c of sigmoid(a ln s - b ln(1 - s) + c).
    "isotonic": score and probability of each knot in turn, with straight lines between, flat outside.
    """

    method: Method
    numbers: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise RubricError(f"a curve is one of {', '.join(METHODS)}, not {self.method!r}")
        sound = all(math.isfinite(number) for number in self.numbers)
        if self.method == "isotonic":
            at, level = self.numbers[0::2], self.numbers[1::2]
            sound = sound and len(at) == len(level) > 0 and list(at) == sorted(set(at))
            sound = sound and list(level) == sorted(level) and level[0] >= 0.0 and level[-1] <= 1.0
        else:
            slopes = self.numbers[:-1]
            sound = sound and len(slopes) == (1 if self.method == "platt" else 2) and all(n >= 0.0 for n in slopes)
        if not sound:
            raise RubricError(f"these numbers are no {self.method} curve, or one that reverses an order")

    def __call__(self, score: float) -> float:
        """The probability in [0, 1] at a score in [0, 1]."""
        if self.method == "isotonic":
            return self._between(score)
        s = min(max(score, EDGE), 1.0 - EDGE)
        yes, no = math.log(s), -math.log1p(-s)
        a, b = (self.numbers[0], self.numbers[0]) if self.method == "platt" else self.numbers[:2]
        return sigmoid(a * yes + b * no + self.numbers[-1])

    def _between(self, score: float) -> float:
        at, level = self.numbers[0::2], self.numbers[1::2]
        right = bisect_right(at, score)
        if right in (0, len(at)):
            return level[max(0, right - 1)]
        share = (score - at[right - 1]) / (at[right] - at[right - 1])
        return level[right - 1] + share * (level[right] - level[right - 1])


@dataclass(frozen=True, slots=True)
class RuleCalibration:
    """score = curve(sigmoid(bias + slope * logit(chain score) + juror * logit(juror's score))). Log-odds units.
    `curve`: what was learnt from labels on top; None: nothing."""

    rule_id: str
    bias: float
    slope: float
    juror: float = 0.0
    curve: Curve | None = None

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON. What was there before there were curves is written as it was then: what was stored keeps its
        judge."""
        values = asdict(self)
        if self.curve is None:
            del values["curve"]
        return values


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
            [rule.plain for rule in self.rules]
            + [[list(pair) for pair in self.shifts]]
            + [self.model, self.prompt_version, self.rubric_version]
        )

    @property
    def text(self) -> str:
        """The JSON that `parse_calibration` reads."""
        plain = {**asdict(self), "rules": [rule.plain for rule in self.rules]}
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"

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
        rules = tuple(_rule(entry, where) for entry in data.pop("rules"))
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


def _rule(entry: dict[str, Any], where: str) -> RuleCalibration:
    curve = entry.pop("curve", None)
    try:
        return RuleCalibration(**entry, curve=curve and Curve(curve["method"], tuple(map(float, curve["numbers"]))))
    except RubricError as error:
        raise RubricError(f"{where}: {error}") from error


def shipped_calibrations() -> tuple[Calibration, ...]:
    """Those in the package, one file each."""
    folder = files("mmjudge.assets").joinpath("calibrations")
    if not folder.is_dir():
        return ()
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return tuple(parse_calibration(f.read_text(encoding="utf-8"), f.name) for f in named)


def shipped_for(model: str, prompt_version: str, rubric: Rubric) -> Calibration | None:
    """The shipped calibration whose key matches in full, or None."""
    key = (model, prompt_version, rubric.version)
    for calibration in shipped_calibrations():
        if (calibration.model, calibration.prompt_version, calibration.rubric_version) == key:
            return calibration
    return None


def own_folder() -> Path:
    """`calibrations` in MMJUDGE_HOME, else in what the system calls the user's data folder."""
    home = os.environ.get("MMJUDGE_HOME")
    return (Path(home) if home else Path(user_data_dir("mmjudge", appauthor=False))) / "calibrations"


def own_path(model: str, prompt_version: str, rubric: Rubric) -> Path:
    """Where a person's own calibration with this key lies, if there is one. The name is a hash: ids are no paths."""
    return own_folder() / f"{digest([model, prompt_version, rubric.id, rubric.version])[:24]}.json"


def own_for(model: str, prompt_version: str, rubric: Rubric) -> Calibration | None:
    """A person's own calibration, or None. RubricError where the file is broken or was learnt with another key."""
    path = own_path(model, prompt_version, rubric)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{path} cannot be read: {error}; `mmjudge learn --undo` takes it away") from error
    return parse_calibration(text, str(path)).check(model, prompt_version, rubric)


def own_calibrations() -> tuple[Calibration, ...]:
    """All of a person's own that are in force and can be read."""
    found = []
    for path in sorted(own_folder().glob("*.json")):
        try:
            found.append(parse_calibration(path.read_text(encoding="utf-8"), str(path)))
        except (OSError, UnicodeDecodeError, RubricError):
            continue  # whoever opens the judge it is for is told (`own_for`)
    return tuple(found)


def calibration_for(model: str, prompt_version: str, rubric: Rubric) -> Calibration | None:
    """A person's own calibration if there is one, else the shipped one, each only with its full key; else None: then
    scores stay uncalibrated, as `doctor` says."""
    return own_for(model, prompt_version, rubric) or shipped_for(model, prompt_version, rubric)


def outdated(model: str, prompt_version: str, rubric: Rubric) -> str:
    """In words: that a person's own calibration for this rubric's id and this model no longer holds; "" if none does.
    What holds for another version is never used for this one."""
    if own_path(model, prompt_version, rubric).exists():
        return ""
    for learnt in own_calibrations():
        if (learnt.model, learnt.rubric_id) == (model, rubric.id):
            return (
                f"your calibration was learnt with version {learnt.rubric_version} of rubric {rubric.id} and prompts "
                f"{learnt.prompt_version}, not {rubric.version} and {prompt_version}: `mmjudge learn` fits it again"
            )
    return ""

"""Where what was learnt from labels is kept: a calibration and a policy, files of their own that can be taken away.

Knows names, versions of the files and YAML. Refuses to know how they were learnt. An earlier calibration of the same
key is kept under a number, and comes back when the one after it is taken away.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import yaml

from mmjudge.calibration import Calibration, own_folder, own_path, parse_calibration
from mmjudge.errors import RubricError
from mmjudge.policy import Policy
from mmjudge.types import Rubric


def policy_path(calibration_path: Path) -> Path:
    """Where the thresholds learnt with a calibration lie."""
    return calibration_path.with_name(f"{calibration_path.stem}.policy.yaml")


def keep(calibration: Calibration, policy: Policy | None, rubric: Rubric) -> tuple[Path, Path | None]:
    """Put both where judges look; whole or not at all, the calibration last. RubricError where it was
    learnt for another rubric."""
    calibration.check(calibration.model, calibration.prompt_version, rubric)
    path = own_path(calibration.model, calibration.prompt_version, rubric)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbered = _past(path)
    for file in (path, policy_path(path)):
        if file.exists():
            file.replace(_with(file, len(numbered) + 1))
    if policy is not None:
        _write(policy_path(path), policy_text(policy))
    _write(path, calibration.text)
    return path, policy_path(path) if policy else None


def take_away(rubric_id: str, model: str | None = None) -> tuple[Path, bool]:
    """Undo the last `keep` for a rubric, in whatever version: (the file, whether an earlier one is back in force).

    RubricError where there is none, or where `model` is needed to say which.
    """
    found = {path: of for path in sorted(own_folder().glob("*.json")) for of in [_of(path)] if of[0] in (rubric_id, "")}
    if model is not None:
        found = {path: of for path, of in found.items() if of[1] in (model, "")}
    if not found:
        raise RubricError(f"there is no calibration of yours for rubric {rubric_id}: nothing to undo")
    if len(found) > 1:
        told = ", ".join(sorted(name or f"a broken file {path.name}" for path, (_, name) in found.items()))
        raise RubricError(f"there are several, say which with --model: {told}")
    (path,) = found
    past = _past(path)
    for file in (path, policy_path(path)):
        file.unlink(missing_ok=True)
        if past and _with(file, past[-1]).exists():
            _with(file, past[-1]).replace(file)
    return path, bool(past)


def policy_text(policy: Policy) -> str:
    """A policy as the YAML that `load_policy` reads: what differs from the defaults."""
    plain: dict[str, object] = {"id": policy.id}
    for entry in dataclasses.fields(Policy):
        value = getattr(policy, entry.name)
        if entry.name in ("relevant", "routes") and value != entry.default:
            plain[entry.name] = dict(value)
        elif entry.name == "switches" and value:
            plain["switches"] = {switch.of: _set(dataclasses.asdict(switch)) for switch in value}
        elif value != entry.default:
            plain[entry.name] = value
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def _set(switch: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in switch.items() if name != "of" and value is not None}


def _of(path: Path) -> tuple[str, str]:
    """(rubric id, model) of a file; both "" where it cannot be read."""
    try:
        learnt = parse_calibration(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError, RubricError):
        return "", ""
    return learnt.rubric_id, learnt.model


def _past(path: Path) -> list[int]:
    numbers = (file.name.removeprefix(f"{path.name}.") for file in path.parent.glob(f"{path.name}.*"))
    return sorted(int(number) for number in numbers if number.isdecimal())


def _with(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)

"""One measurement under several policies, side by side. Pure: the evidence is there, only the arithmetic is repeated.

Knows what makes two deciders the same. Refuses to measure and to choose between policies.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.calibration import Calibration
from mmjudge.decide import decide
from mmjudge.policy import Policy, check_switches
from mmjudge.types import Measurement, Rubric, Verdict, digest


def identity(measurer_id: str, policy: Policy, calibration: Calibration | None) -> str:
    """The id of the judge that decides so on what this measurer measured."""
    return digest([measurer_id, policy.digest, calibration.digest if calibration else None])


def compare(
    rubric: Rubric, measurement: Measurement, policies: Sequence[Policy], calibration: Calibration | None = None
) -> tuple[Verdict, ...]:
    """A verdict per policy, in their order. RubricError where one of them does not fit the rubric."""
    for policy in policies:
        check_switches(policy, rubric)
    return tuple(
        decide(rubric, measurement, policy, identity(measurement.measurer_id, policy, calibration), calibration)
        for policy in policies
    )

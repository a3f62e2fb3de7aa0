"""Where an item goes under a policy with routes. Pure.

Knows which destination outweighs which. Refuses to know what happens there, and to decide what is violated.

The four tiers of DeepKnown-Guard (arXiv 2511.03138) are handled differently each; its abstract does not say how. The
destinations and their order are ours.
"""

from __future__ import annotations

from typing import Literal, get_args

from mmjudge.policy import Policy
from mmjudge.switches import named
from mmjudge.types import Finding, Rubric, Truth, Verdict

Destination = Literal["pass", "caution", "priority_review", "person", "block"]
"""Weakest first: goes on; goes on with a caution or a grounded answer; to the head of people's queue; to a person,
because it is not known or not said what it needs; goes nowhere."""
DESTINATIONS: tuple[Destination, ...] = get_args(Destination)


def route_of(verdict: Verdict, rubric: Rubric, policy: Policy) -> Destination:
    """The strongest destination that a finding that counts asks for.

    A violated rule asks for its route, or, without one, for "block" if it makes the item unsafe and else for a person;
    an unknown finding asks for a person, and so does an item that no rule that counts speaks to. Nothing asked for:
    everything was assessed and nothing violated, which is a "pass".
    """
    counted = [finding for finding in verdict.findings if finding.counts]
    if not counted:
        return "person"
    asked = [_asked(finding, rubric, policy) for finding in counted]
    return max(asked, key=DESTINATIONS.index)


def _asked(finding: Finding, rubric: Rubric, policy: Policy) -> Destination:
    if finding.truth is Truth.NO:
        return "pass"
    if finding.truth is Truth.UNKNOWN:
        return "person"
    unsafe = policy.strict or not finding.controversial
    return named(policy.routes, rubric.rule(finding.rule_id)) or ("block" if unsafe else "person")

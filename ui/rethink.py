"""Deciding again by other numbers, on the page. Knows sliders; the arithmetic is `decide`'s, and no model is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.policy import LOOSE, POLICIES, Policy
from mmjudge.ui.frame import html
from mmjudge.ui.shown import Shown

NUMBERS = ("no_below", "yes_from", "unsafe_from", "detector_at")
OWN = "own"


class Rethink(NamedTuple):
    """The panel's components."""

    group: gr.Accordion
    policy: gr.Radio
    sliders: tuple[gr.Slider, ...]
    answer: gr.HTML

    @property
    def outputs(self) -> list:
        return [self.group, self.policy, *self.sliders, self.answer]

    def hidden(self) -> dict:
        return {self.group: gr.update(visible=False), self.answer: ""}

    def shown(self, shown: Shown) -> dict:
        values = {s: getattr(shown.policy, name) for s, name in zip(self.sliders, NUMBERS, strict=True)}
        return {self.group: gr.update(visible=True), self.policy: shown.policy.id, self.answer: "", **values}

    def wire(self, rethink: Callable, state: gr.State, views: list, quiet: dict[str, Any]) -> None:
        """`rethink(shown, change)` gives card, evidence, state and answer."""

        def by_name(shown: Shown | None, name: str) -> tuple:
            policy = next((p for p in POLICIES if p.id == name), None)
            if policy is None:
                return tuple(gr.skip() for _ in range(len(views) + 1 + len(NUMBERS)))
            return (*rethink(shown, lambda s: s.under(policy)), *(getattr(policy, n) for n in NUMBERS))

        def by_numbers(shown: Shown | None, *numbers: float) -> tuple:
            return (*rethink(shown, lambda s: s.under(own_policy(s.policy, numbers))), OWN)

        self.policy.input(by_name, [state, self.policy], [*views, self.answer, *self.sliders], **quiet)
        for slider in self.sliders:
            # `input`, not `release`: arrow keys release nothing.
            outputs = [*views, self.answer, self.policy]
            slider.input(by_numbers, [state, *self.sliders], outputs, trigger_mode="always_last", **quiet)


def own_policy(base: Policy, numbers: tuple[float, ...]) -> Policy:
    """`base` with the sliders' numbers. RubricError where they contradict each other."""
    changed: dict[str, Any] = {name: float(value) for name, value in zip(NUMBERS, numbers, strict=True)}
    return replace(base, id=OWN, title="Your own thresholds", **changed)


def draw_rethink() -> Rethink:
    with gr.Accordion("Decide again with other numbers", open=False, visible=False, elem_id="mm-rethink") as group:
        html(
            "<p class='mm-quiet'>The evidence stays; only the arithmetic changes. No model is asked and nothing is "
            "stored.</p>",
        )
        choices = [(p.title, p.id) for p in POLICIES] + [("Your own thresholds", OWN)]
        policy = gr.Radio(choices, value=LOOSE.id, label="Policy", elem_id="mm-policy-again")
        with gr.Row(elem_classes="mm-sliders"):
            said = (
                "A rule is not violated below",
                "A rule is violated from",
                "A violation is unsafe from",
                "A detector counts from",
            )
            sliders = tuple(
                gr.Slider(
                    0.0, 1.0, getattr(LOOSE, name), step=0.01, label=label, elem_id=f"mm-{name.replace('_', '-')}"
                )
                for name, label in zip(NUMBERS, said, strict=True)
            )
        answer = html("", elem_id="mm-redecided")
    return Rethink(group, policy, sliders, answer)

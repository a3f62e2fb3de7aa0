"""The page "Coverage": which hazards which rubrics speak to, and two rubrics rule by rule.

Knows where a person's own mapping lies. Refuses to know how rules are mapped, and what a table looks like
(`coverage_view`). It is drawn anew each time it is opened: a mapping may have changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import gradio as gr

from mmjudge.crosswalk import Crosswalk, coverage, load_crosswalk
from mmjudge.crosswalk_coverage import rule_by_rule
from mmjudge.crosswalk_file import own_file
from mmjudge.errors import MMJudgeError
from mmjudge.library import default_folder
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Rubric
from mmjudge.ui import words
from mmjudge.ui.coverage_view import crossings_html, legend_html, table_html
from mmjudge.ui.frame import header_html, html
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")

INTRO = (
    '<p class="mm-lead">Rubrics cut the world differently. Each of their rules is held against the thirteen hazards of '
    "MLCommons AI Safety; what no rule is about, a judge with this rubric does not look for.</p>"
)
PAIR = '<p class="mm-lead">Choose two rubrics to see what a violated rule of the first says under the second.</p>'


def coverage_page(blocks: gr.Blocks, rubrics: Callable[[], Mapping[str, Rubric]]) -> None:
    """Draw the page into `blocks`, which is open. `rubrics`: those offered now, by id; the shipped ones are always
    shown."""
    tables = Tables(rubrics)
    html(header_html("coverage"))
    with gr.Column(elem_id="mm-main", elem_classes="mm-wide"):
        html(f'<h1 class="mm-title">Coverage</h1>{INTRO}{legend_html()}')
        matrix = html("", elem_id="mm-coverage")
        html(f'<h2 class="mm-subtitle">Two rubrics, rule by rule</h2>{PAIR}')
        choices = tables.choices()
        with gr.Row(elem_classes="mm-filters"):
            source = gr.Dropdown(choices, value="default", label="A violated rule of", elem_id="mm-cross-source")
            other = gr.Dropdown(choices, value="mlcommons", label="Read as", elem_id="mm-cross-other")
        pair = html("", elem_id="mm-crossing")
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    gr.on([source.change, other.change], tables.pair, [source, other], pair, **quiet)
    blocks.load(tables.opened, [source, other], [matrix, pair, source, other], **quiet)


@cache
def _shipped() -> dict[str, Rubric]:
    return {name: load_rubric(name) for name in shipped()}


class Tables:
    """The handlers of the page."""

    def __init__(self, rubrics: Callable[[], Mapping[str, Rubric]]) -> None:
        self._offered = rubrics

    def all(self) -> dict[str, Rubric]:
        """By id: the shipped ones, then the others that are offered."""
        return {**_shipped(), **self._offered()}

    def choices(self) -> list[tuple[str, str]]:
        return [(f"{rubric.id}: {rubric.title}", rubric.id) for rubric in self.all().values()]

    def opened(self, source: str, other: str) -> tuple:
        """All of the page, as things are now."""
        fresh = gr.update(choices=self.choices())
        return self.matrix(), self.pair(source, other), fresh, fresh

    def matrix(self) -> str:
        return self._told(lambda crosswalk: table_html(coverage(self.all().values(), crosswalk)))

    def pair(self, source: str, other: str) -> str:
        known = self.all()
        if source not in known or other not in known:
            return message_html("Choose two rubrics.", "info")
        mine, theirs = known[source], known[other]
        return self._told(lambda crosswalk: crossings_html(rule_by_rule(mine, theirs, crosswalk), mine, theirs))

    def _told(self, drawn: Callable[[Crosswalk], str]) -> str:
        """The table, or what is wrong with a mapping, in words."""
        try:
            return drawn(load_crosswalk(own_file(default_folder())))
        except MMJudgeError as error:
            return message_html(str(error), "error")
        except Exception:
            LOG.exception("drawing the coverage failed")
            return message_html(words.OURS, "error")

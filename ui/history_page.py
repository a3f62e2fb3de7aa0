"""The page "History": what was judged, newest first, to be reopened.

Knows filters and paging by key. Refuses to open verdicts: each line is a link to the page that shows it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.store import Store, VerdictRow
from mmjudge.ui import words
from mmjudge.ui.frame import header_html, html
from mmjudge.ui.offered import Offered
from mmjudge.ui.view import LABEL_CHOICES, history_html, message_html

LOG = logging.getLogger("mmjudge.ui")
PAGE = 20
ANY = ("Any rubric", "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the history a person is: the cursors of the pages before this one (None: the newest), the last being
    this page's, and the cursor of the next page."""

    cursors: tuple[int | None, ...] = (None,)
    older: int | None = None


def history_page(blocks: gr.Blocks, store: Store, offered: Offered) -> None:
    """Draw the page into `blocks`, which is open."""
    html(header_html("history"))
    with gr.Column(elem_id="mm-main", elem_classes="mm-narrow"):
        html('<h1 class="mm-title">History</h1>')
        with gr.Row(elem_classes="mm-filters"):
            label = gr.Dropdown(list(LABEL_CHOICES), value="", label="Verdict", elem_id="mm-filter-label")
            rubric = gr.Dropdown([ANY, *offered.choices()], value="", label="Rubric", elem_id="mm-filter-rubric")
            search = gr.Textbox(label="Words or file name", max_length=200, elem_id="mm-filter-search")
        hide = gr.Checkbox(label="Hide items whose only open point is not observable", elem_id="mm-filter-blind")
        rows = html("", elem_id="mm-rows")
        with gr.Row(elem_classes="mm-pages"):
            newer = gr.Button("Newer", interactive=False, elem_id="mm-newer")
            older = gr.Button("Older", interactive=False, elem_id="mm-older")
        place = gr.State(Place())
    chosen = [label, rubric, search, hide]
    outputs = [rows, newer, older, place]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    listed = Listing(store, offered)
    gr.on(
        [label.change, rubric.change, hide.change, search.submit, search.blur], listed.first, chosen, outputs, **quiet
    )
    older.click(listed.older, [*chosen, place], outputs, **quiet)
    newer.click(listed.newer, [*chosen, place], outputs, **quiet)
    blocks.load(listed.first, chosen, outputs, **quiet)
    blocks.load(lambda: gr.update(choices=[ANY, *offered.choices()]), None, [rubric], **quiet)


class Listing:
    """The handlers of the page."""

    def __init__(self, store: Store, offered: Offered) -> None:
        self.store, self.offered = store, offered

    def first(self, label: str, rubric: str, search: str, hide: bool) -> tuple:
        return self._page(label, rubric, search, hide, (None,))

    def older(self, label: str, rubric: str, search: str, hide: bool, place: Place) -> tuple:
        cursors = (*place.cursors, place.older) if place.older is not None else place.cursors
        return self._page(label, rubric, search, hide, cursors)

    def newer(self, label: str, rubric: str, search: str, hide: bool, place: Place) -> tuple:
        return self._page(label, rubric, search, hide, place.cursors[:-1] or (None,))

    def _page(self, label: str, rubric: str, search: str, hide: bool, cursors: tuple[int | None, ...]) -> tuple:
        try:
            found = self._rows(label, rubric, search, hide, cursors[-1])
        except MMJudgeError as error:
            return message_html(str(error), "error"), gr.skip(), gr.skip(), gr.skip()
        except Exception:
            LOG.exception("listing the history failed")
            return message_html(words.OURS, "error"), gr.skip(), gr.skip(), gr.skip()
        shown, more = found[:PAGE], len(found) > PAGE
        filtered = bool(label or rubric or (search or "").strip() or hide)
        return (
            history_html(shown, self._titles(), time.time(), filtered),
            gr.update(interactive=len(cursors) > 1),
            gr.update(interactive=more),
            Place(cursors, shown[-1].id if more else None),
        )

    def _titles(self) -> dict[str, str]:
        return {rubric_id: title for title, rubric_id in self.offered.choices()}

    def _rows(self, label: str, rubric: str, search: str, hide: bool, before: int | None) -> list[VerdictRow]:
        return self.store.verdicts(
            label=next((known for known in words.LABELS if known == label), None),
            rubric_id=rubric or None,
            only_not_observable=False if hide else None,
            search=(search or "")[:200],
            before=before,
            limit=PAGE + 1,
        )

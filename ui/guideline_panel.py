"""Guidelines beside a verdict: the nearest ones, and making one of a reason why the judge was overruled.

Knows what a person's word means for a guideline. Refuses to know components and models: what finds guidelines is opened
when it is first needed, by whoever calls.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mmjudge import guidelines
from mmjudge.errors import MMJudgeError
from mmjudge.guidelines import Finder, Near
from mmjudge.store import Store
from mmjudge.types import Missing, Rubric, Ruled, Truth
from mmjudge.ui import words
from mmjudge.ui.markup import esc, isolated
from mmjudge.ui.shown import Shown
from mmjudge.ui.view import message_html

LOG = logging.getLogger("mmjudge.ui")
SAID: dict[Ruled, str] = {"violates": "violated", "fine": "not violated", "": ""}


class Lookup:
    """What guidelines are found by, opened at the first use and kept. Safe to share between threads."""

    def __init__(self, opener: Callable[[], Finder | Missing] | None = None) -> None:
        self._opener = opener
        self._opened: Finder | Missing | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Finder | Missing:
        with self._lock:
            if self._opened is None:
                self._opened = (self._opener or guidelines.open_finder)()
            return self._opened


class Offer(NamedTuple):
    """A guideline that a disagreement could become: about which rule ("" = the whole rubric), and what it says of such
    content. The text is the person's reason."""

    rule_id: str
    verdict: Ruled


def offer_of(shown: Shown | None, rule_id: str, say: str) -> Offer | None:
    """What is offered after a person's word; None where it overrules nothing. On the whole item it is about the one
    rule that was broken, where it was one."""
    if shown is None or say != "disagree":
        return None
    finding = next((f for f in shown.verdict.findings if f.rule_id == rule_id), None)
    truth = shown.verdict.truth if not rule_id else finding.truth if finding else Truth.UNKNOWN
    value = words.answer_of(truth, say)
    if value not in ("yes", "no"):
        return None
    broken = shown.verdict.categories
    about = rule_id or (broken[0] if len(broken) == 1 and value == "no" else "")
    return Offer(about, "violates" if value == "yes" else "fine")


def keep(store: Store, lookup: Lookup, shown: Shown | None, offer: Offer | None, rater: str, reason: str) -> str:
    """Make the reason a guideline; what came of it as HTML. One that says the same as another is refused."""
    if shown is None or offer is None:
        return message_html("Say first that you disagree: the reason then can become a guideline.", "error")
    try:
        if not reason.strip():
            raise MMJudgeError("Write the reason first, so that it holds for other content too: one or two sentences.")
        author = " ".join(rater.split())
        made = guidelines.made(shown.rubric, offer.rule_id, reason, offer.verdict, shown.item.id, author, time.time())
        note = guidelines.refuse_twin(made, store.guidelines(shown.rubric.id), lookup())
        store.add_guideline(made)
    except MMJudgeError as error:
        return message_html(str(error), "error")
    except Exception:
        LOG.exception("storing a guideline failed")
        return message_html(words.OURS, "error")
    about = f"“{_name(shown.rubric, made.rule_id)}”" if made.rule_id else "the whole rubric"
    said = f"Guideline {made.id} stored, about {about}: {made.text}"
    return message_html(f"{said} ({note})" if note else said, "done")


def near(store: Store, lookup: Lookup, shown: Shown | None) -> str:
    """The guidelines nearest to what is shown, as HTML; "" where the team has none for this rubric."""
    if shown is None:
        return ""
    try:
        library = guidelines.fitting(store.guidelines(shown.rubric.id), shown.rubric)
        if not library:
            return ""
        segment = guidelines.words_of(shown.item, shown.stored.measurement.passages)
        return near_html(guidelines.found(lookup(), segment, library), shown.rubric, _given(shown))
    except MMJudgeError as error:
        return message_html(str(error), "error")
    except Exception:
        LOG.exception("looking for guidelines failed")
        return message_html(words.OURS, "error")


def near_html(found: Sequence[Near] | Missing, rubric: Rubric, given: bool) -> str:
    """Nearest first, with the cosine; or why there are none. `given`: whether the judge was shown any. Pure."""
    title = "<h3>Guidelines of this team for content like this</h3>"
    if isinstance(found, Missing):
        why = esc(found.note or words.REASONS[found.reason])
        return f'{title}<p class="mm-quiet">Not looked for: {why}.</p>'
    if not found:
        return f'{title}<p class="mm-quiet">None is near to it.</p>'
    rows = "".join(_row(one, rubric) for one in found)
    said = "The judge was shown guidelines: its reading has a note that names them."
    said = said if given else "The judge was shown none of them."
    return f'{title}<ul class="mm-labels mm-guidelines">{rows}</ul><p class="mm-quiet">{said}</p>'


def _row(one: Near, rubric: Rubric) -> str:
    known = one.guideline
    about = ", ".join(
        part for part in (_name(rubric, known.rule_id) if known.rule_id else "", SAID[known.verdict]) if part
    )
    head = f"<strong>{isolated(about)}</strong>: " if about else ""
    by = f", {isolated(known.author)}" if known.author else ""
    return f'<li>{head}{isolated(known.text)} <span class="mm-quiet">(cosine {one.cosine:.2f}{by})</span></li>'


def _name(rubric: Rubric, rule_id: str) -> str:
    return next((words.rule_name(rule) for rule in rubric.rules if rule.id == rule_id), rule_id)


def _given(shown: Shown) -> bool:
    return any(passage.guidance for passage in shown.stored.measurement.passages)

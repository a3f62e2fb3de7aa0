"""What is worked out before writing: pure."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_values import a_measurement, a_verdict, an_item

from mmjudge.store import retryable
from mmjudge.store.outline import PREVIEW_CHARS, preview, title
from mmjudge.types import REASONS, Evidence, Finding, Gap, Item, Measurement, Media, Reason, Truth, Turn


@pytest.mark.parametrize("reason", REASONS)
def test_only_what_may_have_passed_is_measured_again(reason: Reason) -> None:
    retried = reason in ("backend_failed", "timed_out")
    missing = Evidence("r", "q", 0, "probe", "m", reason=reason)
    scored = Evidence("r", "q", 0, "probe", "m", score=0.5)
    assert retryable(Measurement("i", "m", (), (), (scored, missing))) is retried
    assert retryable(Measurement("i", "m", (), (Gap("0", reason, "…"),), (scored,))) is retried


def test_a_complete_measurement_stands() -> None:
    assert not retryable(a_measurement())


BLIND = Finding("a", Truth.UNKNOWN, reasons=("not_observable",))


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((BLIND,), True),
        ((BLIND, Finding("b", Truth.NO, 0.0)), True),
        ((BLIND, Finding("b", Truth.UNKNOWN, reasons=("refused",))), False),
        ((Finding("a", Truth.UNKNOWN, reasons=("not_observable", "timed_out")),), False),
        # Unknown for no stated reason is not known to be blindness.
        ((BLIND, Finding("b", Truth.UNKNOWN)), False),
        ((Finding("b", Truth.NO, 0.0),), False),
        ((), False),
    ],
)
def test_only_not_observable(findings: tuple[Finding, ...], expected: bool) -> None:
    assert a_verdict(truth=Truth.UNKNOWN, findings=findings).only_not_observable is expected
    assert not a_verdict(truth=Truth.YES, findings=findings).only_not_observable


def test_title_is_the_first_name_there_is() -> None:
    assert title(an_item(path="/a/b/cat.jpg"), ["feed.jsonl"]) == "cat.jpg"
    assert title(an_item(path=None), ["/a/feed.jsonl"]) == "feed.jsonl"
    assert title(an_item(path="/"), []) == ""
    assert title(Item("i", media=(Media(Path("/"), "", 0), Media(Path("b.png"), "", 0))), []) == "b.png"


def test_preview_is_one_short_line() -> None:
    assert preview(Item("i", "  two\n\n words\t")) == "two words"
    assert preview(Item("i", turns=(Turn("user", "a"), Turn("assistant", "b")))) == "a b"
    assert preview(Item("i", "x" * PREVIEW_CHARS)) == "x" * PREVIEW_CHARS
    assert preview(Item("i", "x" * (PREVIEW_CHARS + 1))) == "x" * (PREVIEW_CHARS - 1) + "…"
    assert preview(Item("i")) == ""

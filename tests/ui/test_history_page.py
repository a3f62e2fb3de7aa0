"""The History page in a real Chromium: lines, filters, paging, reopening."""

from __future__ import annotations

import pytest
from conftest import Served
from playwright.sync_api import Page, expect
from ui_stand_in import opener, rubric

from mmjudge import media
from mmjudge.policy import LOOSE
from mmjudge.samples import samples
from mmjudge.session import judge_item

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def fill(served: Served, texts: list[str]) -> None:
    judge = opener(served.backend)(rubric(), LOOSE)
    for text in texts:
        judge_item(judge, served.store, media.item(text))


def test_newest_first_filtered_and_reopened(page: Page, served: Served):
    fill(served, ["A walk in the park.", "You fool, I break you.", "Buy CARDS here."])
    page.goto(f"{served.address}/history")
    rows = page.locator(".mm-row")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Buy CARDS here.")
    expect(rows.nth(2)).to_contain_text("Safe")
    page.fill("#mm-filter-search textarea, #mm-filter-search input", "fool")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Unsafe")
    rows.first.click()
    expect(page.locator(".mm-card")).to_contain_text("Reopened from the history.")
    expect(page.locator(".mm-card")).to_contain_text("Violent threats")
    expect(page.locator(".mm-text")).to_contain_text("You fool, I break you.")


def test_filter_by_verdict_and_by_what_only_cannot_be_seen(page: Page, served: Served):
    fill(served, ["A walk in the park."])
    lake = next(s.files[0] for s in samples() if s.id == "image-landscape")
    judge = opener(served.backend)(rubric(), LOOSE)
    verdict = judge_item(judge, served.store, media.item("", [lake]))
    assert verdict.label == "needs_review"
    page.goto(f"{served.address}/history")
    rows = page.locator(".mm-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("open only because not observable")
    page.get_by_label("Hide items whose only open point is not observable").check()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("A walk in the park.")
    page.locator("#mm-filter-label input").click()
    page.get_by_role("option", name="Unsafe").click()
    expect(page.locator(".mm-empty")).to_contain_text("No verdict fits these filters.")


def test_older_and_newer_pages(page: Page, served: Served):
    fill(served, [f"Harmless text number {n}." for n in range(45)])
    page.goto(f"{served.address}/history")
    rows = page.locator(".mm-row")
    expect(rows).to_have_count(20)
    expect(rows.first).to_contain_text("number 44.")
    expect(page.locator("#mm-newer")).to_be_disabled()
    page.click("#mm-older")
    expect(rows.first).to_contain_text("number 24.")
    page.click("#mm-older")
    expect(rows).to_have_count(5)
    expect(page.locator("#mm-older")).to_be_disabled()
    expect(rows.last).to_contain_text("number 0.")
    page.click("#mm-newer")
    expect(rows.first).to_contain_text("number 24.")


def test_an_empty_history_leads_back(page: Page, served: Served):
    page.goto(f"{served.address}/history")
    expect(page.locator(".mm-empty")).to_contain_text("Nothing has been judged yet.")
    page.get_by_role("link", name="Judge something").click()
    expect(page.locator("#mm-judge")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".mm-title")).to_have_text("History")

"""The Coverage page in a real Chromium: the table, its frame on a phone, and two rubrics rule by rule."""

from __future__ import annotations

import pytest
from conftest import Served
from playwright.sync_api import Page, expect
from test_judge_page import contrast

from mmjudge.rubric import shipped

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


@pytest.fixture
def opened(page: Page, served: Served) -> Page:
    page.get_by_role("link", name="Coverage").click()
    page.wait_for_selector(".mm-crossing-table")
    return page


def choose(page: Page, which: str, name: str) -> None:
    page.locator(f"{which} input").fill(name)
    page.get_by_role("option", name=f"{name}:").first.click()


def test_every_shipped_rubric_and_those_offered_stand_in_the_table(opened: Page):
    table = opened.get_by_role("table", name="How many rules of each rubric")
    expect(table.get_by_role("columnheader")).to_have_count(16)
    expect(table.get_by_role("rowheader")).to_have_count(len(shipped()) + 1)
    row = table.get_by_role("row").filter(has=opened.get_by_role("rowheader", name="default Fifteen"))
    expect(row.get_by_role("cell", name="no rule")).to_have_count(2)
    expect(row).to_contain_text("2 of 13")
    own = table.get_by_role("row").filter(has=opened.get_by_role("rowheader", name="stand-in"))
    expect(own).to_contain_text("not mapped yet: what it covers is not known")
    expect(own.get_by_role("cell", name="no rule")).to_have_count(0)


def test_two_rubrics_rule_by_rule(opened: Page):
    pair = opened.locator(".mm-crossing-table")
    expect(pair.get_by_role("rowheader")).to_have_count(15)
    choose(opened, "#mm-cross-source", "osbench")
    expect(pair).to_contain_text("What a violated rule of osbench says under mlcommons")
    choose(opened, "#mm-cross-other", "guard_qwen3guard")
    expect(pair).to_contain_text("under guard_qwen3guard")
    expect(pair.get_by_role("rowheader")).to_have_count(14)
    genitalia = pair.get_by_role("row").filter(has=opened.get_by_role("rowheader", name="genitalia"))
    expect(genitalia.get_by_role("cell").nth(1)).to_contain_text("sexual Sexual Content or Sexual Acts")
    expect(genitalia.get_by_role("cell").nth(2)).to_have_text("none")


def test_a_rubric_nobody_mapped_says_what_to_do(opened: Page):
    choose(opened, "#mm-cross-source", "stand-in")
    expect(opened.locator("#mm-crossing")).to_contain_text("rubric 'stand-in' is not mapped yet")


def test_a_mapping_of_ones_own_is_read_and_told_when_it_is_wrong(opened: Page, served: Served):
    file = served.home / "rubrics" / "crosswalks.yaml"
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text("hub: mlcommons\nrubrics:\n  stand-in:\n    insults: {hate: overlaps}\n")
        opened.reload()
        own = opened.get_by_role("row").filter(has=opened.get_by_role("rowheader", name="stand-in"))
        expect(own).to_contain_text("12 of 13")
        file.write_text("hub: mlcommons\nrubrics:\n  stand-in:\n    insults: {hat: overlaps}\n")
        opened.reload()
        expect(opened.locator("#mm-coverage")).to_contain_text("line 4: rubric stand-in, rule insults: unknown hazard")
    finally:
        file.unlink()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_both_schemes(opened: Page, served: Served, scheme: str):
    opened.emulate_media(color_scheme=scheme)
    opened.goto(f"{served.address}/coverage")
    opened.wait_for_selector(".mm-crossing-table")
    for selector in ("td.mm-cell.full b", "td.sum", "td.unknown", ".mm-lead", "th.name span"):
        assert contrast(opened, selector) >= 4.5, selector


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_tables_scroll_and_the_page_does_not(opened: Page, width: int):
    opened.set_viewport_size({"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    frame = opened.locator(".mm-coverage-frame").first
    assert frame.evaluate("e => e.scrollWidth > e.clientWidth")
    header = opened.get_by_role("link", name="Coverage")
    box = header.bounding_box()
    assert box["x"] + box["width"] <= width
    frame.focus()
    opened.keyboard.press("End")
    frame.evaluate("e => { e.scrollLeft = 400; }")
    name = opened.locator(".mm-coverage-table tbody th").first.bounding_box()
    assert name["x"] >= 0, "the rubric's name stays in sight"

"""The tables of coverage: right numbers and words in every cell, headers that belong to them, hostile text as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_view import HOSTILE, Tags

from mmjudge.crosswalk import Coverage, Link, Unmapped, coverage
from mmjudge.crosswalk_coverage import Crossing, rule_by_rule
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Rubric
from mmjudge.ui.coverage_view import crossings_html, document, legend_html, table_html

KNOWN_TAGS = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "b", "bdi", "wbr", "ul", "li"}
ALONE_TAGS = KNOWN_TAGS | {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "h1",
    "h2",
    "p",
    "details",
    "summary",
}


class Parsed(Tags):
    VOID = frozenset({"wbr", "meta"})


def harmless(html: str, tags: set[str] = KNOWN_TAGS) -> Parsed:
    html.encode("utf-8")
    parsed = Parsed(html)
    assert set(parsed.tags) <= tags, set(parsed.tags) - tags
    assert not {name for name in parsed.attributes if name.startswith("on")}
    return parsed


def cells(html: str, row: str) -> list[str]:
    """What stands in the cells of the row with this rubric, without what only a screen reader says."""
    [line] = [r for r in re.findall(r"<tr>.*?</tr>", html) if f"<bdi>{row}</bdi>" in r.replace("<wbr>", "")]
    plain = re.sub(r'<span class="sr">.*?</span>', "", line)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", plain)]


def test_the_cells_by_hand():
    """The default rubric: 14 of 15 rules mapped, no rule on advice and copies; five rules each a part of crime."""
    html = table_html(coverage([load_rubric("default"), load_rubric("osbench")]))
    harmless(html)
    assert cells(html, "default") == [
        *("2 in full", "5 in part", "1 in full", "1 in full", "1 in full", "1 in full", "1 in full", "no rule"),
        *("1 in full", "no rule", "1 in part", "1 in part", "1 in full", "2 of 13", "1"),
    ]
    assert cells(html, "osbench") == [*["no rule"] * 12, "9 in part", "12 of 13", "5"]


def test_every_cell_has_its_headers_and_names_its_rules():
    html = table_html(coverage([load_rubric("default")]))
    assert html.count('<th scope="col"') == 1 + 13 + 2
    assert html.count('<th scope="row"') == 1
    assert "<caption>" in html
    assert 'role="region"' in html
    assert 'tabindex="0"' in html
    assert '<span class="sr">: violence (exact), harassment (overlaps)</span>' in html


def test_a_gap_is_marked_by_word_and_pattern():
    html = table_html(coverage([load_rubric("default")]))
    assert html.count('<td class="mm-cell none">no rule</td>') == 2
    style = document(coverage([load_rubric("default")]))
    assert re.search(r"td\.mm-cell\.none \{ background: repeating-linear-gradient", style)
    assert legend_html().count("<li>") == 3


def test_a_rubric_nobody_mapped_is_not_one_full_of_gaps():
    mine = Rubric("mine", "v", "My rules", "", load_rubric("default").rules)
    html = table_html(coverage([mine]))
    assert cells(html, "mine") == ["not mapped yet: what it covers is not known"]
    assert "no rule" not in html


def test_two_rubrics_rule_by_rule():
    source, other = load_rubric("osbench"), load_rubric("guard_qwen3guard")
    html = crossings_html(rule_by_rule(source, other), source, other)
    text = harmless(html).text
    assert html.count('<th scope="row"') == 14
    assert html.count('<th scope="col"') == 4
    assert "What a violated rule of osbench says under guard_qwen3guard" in text
    assert "within sexual_content" in text
    assert "shares cases with sexual_content" in text
    assert "unmapped: injury and corpses alone are no hazard" in text
    assert "Sexual Content or Sexual Acts" in text


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rubric_can_be_shown(name):
    rubric, hub = load_rubric(name), load_rubric("mlcommons")
    harmless(table_html(coverage([rubric])))
    harmless(crossings_html(rule_by_rule(rubric, hub), rubric, hub))


def test_a_page_that_stands_alone_fetches_nothing():
    html = document(coverage(load_rubric(name) for name in shipped()))
    parsed = harmless(html, ALONE_TAGS)
    assert html.startswith("<!DOCTYPE html>")
    assert "36 rubrics beside 13 hazards" in parsed.text
    assert not re.search(r"url\(|@import|src=|href=|<script", html)
    assert html.count("<details>") == len(shipped())


def hostile(text: str) -> Coverage:
    link = Link("mine", text, "hate", "overlaps")
    return Coverage(
        (("hate", text), ("privacy", "Privacy")),
        (("mine", text),),
        {("hate", "mine"): (link,)},
        {"mine": (Unmapped("mine", text, text),)},
        ((text, text),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_text(text):
    found = hostile(text)
    shown = harmless(table_html(found)).text
    harmless(document(found), ALONE_TAGS)
    if text.isascii() and text.isprintable():
        assert text in shown
    rubric = Rubric(text, "v", text, "", ())
    crossing = Crossing(text, (Link(text, text, text, "exact"),), (text,), (text,))
    lost = Crossing(text, Unmapped(text, text, text), (), ())
    harmless(crossings_html([crossing, lost], rubric, rubric))


@given(st.text(max_size=60))
def test_any_text_comes_out_as_text(text):
    harmless(table_html(hostile(text)))

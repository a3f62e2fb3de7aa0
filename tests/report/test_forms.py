"""The four forms of a report: nothing external, nothing a stranger wrote is run, nothing rounded in JSON."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pypdf
import pytest
from test_figures import J, rows

from mmjudge.ratings import ratings_of
from mmjudge.report.assemble import Asked, figures
from mmjudge.report.html import as_html
from mmjudge.report.pdf import as_pdf
from mmjudge.report.table import as_csv, as_json
from mmjudge.report.values import Facts

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture(scope="module")
def report():
    return figures(ratings_of(rows(), [J]), None, Asked("A table", draws=200))


@pytest.fixture(scope="module")
def hostile():
    """Every name that a stranger chooses is markup, and what begins like a formula."""
    named = {"a": f"a{EVIL}", "b": "=1+1", "c": "{{ 7 * 7 }}", J: f"judge:{EVIL}"}
    some = [(f"{item}{EVIL}", f"r{EVIL}", named[rater], *rest) for item, _, rater, *rest in rows()]
    facts = Facts({"language": {f"i1{EVIL}": EVIL}}, {f"r{EVIL}": EVIL}, {EVIL: {named["a"]: EVIL}})
    found = figures(ratings_of(some, [named[J]]), facts, Asked(EVIL, draws=200))
    worst = tuple(replace(one, evidence=(EVIL,), text=EVIL) for one in found.worst)
    return replace(found, command=EVIL, made=((EVIL, EVIL),), worst=worst)


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_page_refers_to_nothing_outside(hostile):
    tags = Tags(as_html(hostile)).found
    assert not [tag for tag, _ in tags if tag in ("link", "img", "iframe", "object", "embed", "base", "form", "a")]
    for tag, attributes in tags:
        loads = {"src", "href", "srcset", "action", "background", "poster", "xlink:href"} & set(attributes)
        assert not loads, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in as_html(hostile)
    assert "@import" not in as_html(hostile)


def test_no_name_becomes_markup(hostile, report):
    page = as_html(hostile)
    assert [tag for tag, _ in Tags(page).found].count("script") == [
        tag for tag, _ in Tags(as_html(report)).found
    ].count("script")
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_first_screen_is_the_verdict_in_words(report):
    page = as_html(report)
    assert page.index(report.said.headline) < page.index('class="tiles"') < page.index("The judge beside people")


def test_every_figure_of_everything_stands_there_with_its_n(report):
    page = re.sub(r"\s+", " ", as_html(report))
    for row in report.of("all"):
        assert f"n {row.n}" in page
    assert "0.50" in page


def test_texts_stand_in_it_only_where_they_were_asked_for(hostile):
    assert as_html(hostile).count("alert(2)") > as_html(replace(hostile, worst=())).count("alert(2)")


def test_json_keeps_all_digits_and_says_null(report):
    found = json.loads(as_json(report))
    rows_ = {(row["subject"], row["name"], row["kind"]): row for row in found["rows"]}
    assert rows_["judge", "auprc", "all"]["value"] == report.one("judge", "auprc").value
    assert rows_["both", "judge_less_person", "all"]["value"] == pytest.approx(-2 / 11, abs=1e-15)
    assert "NaN" not in as_json(report)


def test_csv_has_a_row_for_every_figure_and_no_formula(report, hostile):
    table = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert len(table) == len(report.rows)
    assert float(table[0]["value"]) == report.rows[0].value
    groups = [row["group"] for row in csv.DictReader(io.StringIO(as_csv(hostile)))]
    assert "'=1+1" in groups
    assert "=1+1" not in groups


def test_the_pdf_says_the_same(report, hostile):
    pages = pypdf.PdfReader(io.BytesIO(as_pdf(report))).pages
    text = " ".join(page.extract_text() for page in pages)
    assert report.said.headline in " ".join(text.split())
    for words in ("0.833", "Answers that are none", "Where they part most", "i3"):
        assert words in text
    assert as_pdf(report) == as_pdf(report)
    assert as_pdf(hostile).startswith(b"%PDF")

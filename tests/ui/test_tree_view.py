"""The drawn chain: the same in picture and list; hostile words stay words; in a real browser nothing leaves its box."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, shipped
from mmjudge.types import Precondition, Question, Rule, Truth
from mmjudge.ui.frame import FONTS, page_style
from mmjudge.ui.tree_view import boxes_of, extent, list_html, tree_html, wrapped

YES, NO, OPEN = Truth.YES, Truth.NO, Truth.UNKNOWN
KNIFE = Rule(
    "knife",
    "No knives.",
    "No knives.",
    (
        Precondition("p1", (Question("q1", "A knife is visible."), Question("q2", "An axe is visible."))),
        Precondition("p2", (Question("q3", "It is a kitchen scene.", expect=False),)),
    ),
    ("image",),
)
HOSTILE = (
    "</title></desc></text></svg><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "${alert(1)} {{constructor}} `x`",
    "\u202eevil\u2066 txt.exe",
    "nul\x00 bell\x07 lone\ud800",
    "W" * 300,
    "漢字仮名交じり文" * 12,
    "مرحبا بالعالم " * 10,
    "👩‍👩‍👧‍👦🔪 " * 20,
    "MMMM WWWW @@@@ %%%% " * 8,
    " ",
)


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html)


def kinds(html: str, tag: str) -> list[str]:
    return [element.get("class", "") for element in parsed(html).iter(tag)]


def picture_words(html: str) -> str:
    """All words of the picture in their order, lines joined."""
    svg = parsed(html).find("svg")
    return " ".join(" ".join(text.itertext()) for text in svg.iter("text"))


def test_the_bare_chain():
    html = tree_html(KNIFE)
    assert picture_words(html) == (
        "AND Violated if both conditions hold OR Condition 1: any one is enough A knife is visible. "
        "An axe is visible. Condition 2 It is a kitchen scene. holds if the answer is no"
    )
    assert kinds(html, "rect") == [
        "rule",
        "gate",
        "condition",
        "gate",
        *["question"] * 2,
        "condition",
        "question exempt",
    ]
    assert kinds(html, "path").count("join exempt") == 1  # the exemption's line is another one too
    assert parsed(html).find("svg/desc").text == "2 conditions of 3 questions. The same follows as a list."


def test_what_holds_is_said_by_word_and_by_shape():
    html = tree_html(KNIFE, {"q1": YES, "q3": YES})
    svg = parsed(html).find("svg")
    said = [
        ("".join(element.itertext()) or element.tag)
        for element in svg
        if element.get("class", "").startswith(("said", "mark"))
    ]
    # not violated; condition 1 holds by its first question; the kitchen stands against it
    assert said == [
        *("circle", "not violated"),
        *("rect", "holds"),
        *("rect", "answered yes: holds"),
        *("path", "open"),
        *("circle", "does not hold"),
        *("circle", "answered yes: does not hold"),
    ]


def test_the_list_says_what_the_picture_says():
    answers = {"q1": YES, "q2": NO}
    listed = list_html(boxes_of(KNIFE, answers))
    assert listed == (
        "<ul><li>Violated if both conditions hold; open"
        "<ul><li>Condition 1: any one is enough; holds"
        "<ul><li>A knife is visible.; answered yes: holds</li>"
        "<li>An axe is visible.; answered no: does not hold</li></ul></li>"
        "<li>Condition 2; open<ul><li>It is a kitchen scene.; holds if the answer is no; open</li></ul></li>"
        "</ul></li></ul>"
    )
    assert listed in tree_html(KNIFE, answers)
    told = re.sub(r"\W+", " ", " ".join(parsed(listed).itertext())).split()
    drawn = re.sub(r"\W+", " ", picture_words(tree_html(KNIFE, answers))).split()
    assert sorted(told) == sorted(word for word in drawn if word not in ("AND", "OR"))


def test_names_and_numbers_of_conditions():
    one = Rule("r", "r", "r", KNIFE.preconditions[:1], ("text",))
    four = Rule("r", "r", "r", tuple(Precondition(f"p{i}", (Question(f"q{i}", "S."),)) for i in range(4)), ("text",))
    assert boxes_of(one, None)[0].words == "Violated if this condition holds"
    assert boxes_of(four, None)[0].words == "Violated if all 4 conditions hold"


def test_an_answer_to_a_question_that_is_not_there():
    with pytest.raises(RubricError, match="q9"):
        tree_html(KNIFE, {"q9": YES})


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_words(words):
    rule = Rule(
        words, words, words, (Precondition("p", (Question("q", words), Question("r", words, False))),), ("text",)
    )
    html = tree_html(rule, {"q": YES})
    html.encode("utf-8")
    root = parsed(html)
    known = {"figure", "svg", "title", "desc", "rect", "path", "circle", "text", "tspan", "div", "ul", "li"}
    assert {element.tag for element in root.iter()} <= known
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    assert "${" not in html
    assert "{{" not in html


def test_two_trees_on_a_page_do_not_share_names():
    ids = [re.findall(r' id="([^"]+)"', html) for html in (tree_html(KNIFE), tree_html(KNIFE, {}))]
    assert len({name for found in ids for name in found}) == 4


@given(st.text(max_size=300), st.integers(60, 400))
def test_wrapping_loses_nothing_and_keeps_to_its_room(text, room):
    lines = wrapped(text, room, 13.0)
    assert lines
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert extent(line, 13.0) <= room or len(line) == 1


def test_words_are_parted_only_where_one_alone_is_too_long():
    assert wrapped("one two three", extent("one two", 13.0), 13.0) == ["one two", "three"]
    parts = wrapped("a " + "b" * 30, extent("b" * 10, 13.0), 13.0)
    assert parts == ["a", "b" * 10, "b" * 10, "b" * 10]
    assert wrapped("", 100, 13.0) == [""]


OUTSIDE = """() => [...document.querySelectorAll('.mm-tree svg')].flatMap(svg => {
  const frames = [...svg.querySelectorAll('rect.rule, rect.condition, rect.question')].map(r => r.getBBox());
  return [...svg.querySelectorAll('text')].filter(text => {
    const b = text.getBBox();
    return b.width && !frames.some(f =>
      b.x >= f.x && b.y >= f.y - 1 && b.x + b.width <= f.x + f.width && b.y + b.height <= f.y + f.height + 1);
  }).map(text => text.textContent);
})"""


def page_of(*trees: str, dark: str = "") -> str:
    fonts = ", ".join(FONTS)
    looks = f"<meta name=viewport content='width=device-width'><style>{page_style()}</style>"
    body = (
        f"<div class='gradio-container'>{''.join(f'<section class=mm-card>{tree}</section>' for tree in trees)}</div>"
    )
    return f"<!doctype html><head>{looks}</head><body class='{dark}' style='margin:0;font-family:{fonts}'>{body}</body>"


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_every_word_stays_in_its_box_and_the_page_does_not_scroll_sideways(chromium, width):
    rules = [rule for name in shipped() for rule in load_rubric(name).rules]
    odd = [
        Rule("odd", "", "", (Precondition("p", (Question("q", words), Question("r", words, False))),), ("text",))
        for words in HOSTILE
    ]
    answered = [
        tree_html(rule, {q.id: (YES, NO, OPEN)[n % 3] for n, q in enumerate(rule.questions)}) for rule in rules[::4]
    ]
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_content(page_of(*map(tree_html, [*rules, *odd]), *answered))
    assert page.evaluate("() => document.querySelectorAll('.mm-tree').length") == len(rules) + len(odd) + len(answered)
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(("dark", "ink"), [("", "rgb(28, 34, 32)"), ("dark", "rgb(234, 237, 235)")])
def test_in_a_browser_the_colours_are_the_page_s_and_the_list_is_what_is_read_out(chromium, dark, ink):
    page = chromium.new_page()
    page.set_content(page_of(tree_html(KNIFE, {"q1": YES}), dark=dark))
    assert page.evaluate("() => getComputedStyle(document.querySelector('.mm-tree text.question')).fill") == ink
    dashes = "() => [...document.querySelectorAll('rect.question')].map(r => getComputedStyle(r).strokeDasharray)"
    assert page.evaluate(dashes) == ["none", "none", "5px, 3.5px"]
    read = page.locator(".mm-tree").aria_snapshot()
    assert 'img "The chain of knife' in read
    assert "list" in read
    assert "An axe is visible." in read
    page.close()

"""The report in a real Chromium: the slider, the first screen on a phone, the page around it, and who gets in."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import expect
from ui_stand_in import opener, rubric

from mmjudge import media
from mmjudge.accounts import hash_password
from mmjudge.people import Rater
from mmjudge.policy import LOOSE
from mmjudge.ratings import ratings_of
from mmjudge.report.assemble import Asked, figures
from mmjudge.report.html import as_html
from mmjudge.session import judge_item
from mmjudge.store import open_store
from mmjudge.types import Label
from mmjudge.ui.plain import add_plain
from mmjudge.ui.report_page import add_report
from mmjudge.ui.signin import add_signin

pytestmark = pytest.mark.browser
EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def alone(chromium, tmp_path):
    """A browser page that says what went wrong and what was fetched; `show(path)` opens a file in it."""
    opened = []
    wrong: list[str] = []

    def show(path: Path, width: int = 1280):
        context = chromium.new_context(viewport={"width": width, "height": 844})
        page = context.new_page()
        opened.append(context)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text))
        page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith(path.as_uri()) else None)
        page.goto(path.as_uri())
        return page

    yield show
    for context in opened:
        context.close()
    assert not wrong, wrong


def written(tmp_path) -> Path:
    """Four scores: .9 and .4 violate, .7 and .1 do not."""
    some = []
    for n, (truth, score) in enumerate(((1, 0.9), (1, 0.4), (0, 0.7), (0, 0.1))):
        some += [(f"i{n}{EVIL}", "", f"a{EVIL}", truth), (f"i{n}{EVIL}", "", f"b{EVIL}", truth)]
        some.append((f"i{n}{EVIL}", "", f"judge:{EVIL}", int(score > 0.5), None, score))
    path = tmp_path / "report.html"
    path.write_text(as_html(figures(ratings_of(some, [f"judge:{EVIL}"]), None, Asked(EVIL, draws=200))), "utf-8")
    return path


def shown(page, threshold):
    page.locator("#threshold").evaluate(
        "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }", threshold
    )
    return [page.inner_text(f"#at-{name}") for name in ("precision", "recall", "f1", "flagged")]


def test_the_slider_recomputes_as_it_moves(alone, tmp_path):
    page = alone(written(tmp_path))
    assert shown(page, 500) == ["0.500", "0.500", "0.500", "2 of 4"]
    assert shown(page, 400) == ["0.667", "1.000", "0.800", "3 of 4"]
    assert shown(page, 401) == ["0.500", "0.500", "0.500", "2 of 4"]
    assert shown(page, 800) == ["1.000", "0.500", "0.667", "1 of 4"]
    assert shown(page, 1000) == ["–", "0.000", "0.000", "0 of 4"]
    page.locator("#threshold").focus()
    page.keyboard.press("Home")
    assert page.inner_text("#at-table") == "2 found, 0 missed, 2 false alarms, 0 left alone"


def test_hostile_names_stand_there_as_words(alone, tmp_path):
    page = alone(written(tmp_path))
    assert EVIL in page.inner_text("h1")
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_the_first_screen_holds_the_verdict_and_nothing_sticks_out(alone, tmp_path, width):
    page = alone(written(tmp_path), width)
    box = page.locator(".verdict .head").first.bounding_box()
    assert box["y"] + box["height"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def labelled(served):
    rules = rubric()
    for text, value in (("Buy CARDS here.", "yes"), ("A walk in the park.", "no"), ("You fool.", "no")):
        one = media.item(text)
        judge_item(opener(served.backend, "STOLEN CARDS")(rules, LOOSE), served.store, one)
        for rater in ("ada", f"bob {EVIL}"):
            served.store.save_label(Label(one.id, rules.id, rules.version, rater, value))
    return rules


def test_the_page_makes_the_report_in_a_frame_and_its_files(page, served):
    rules = labelled(served)
    page.goto(f"{served.address}/report")
    page.select_option("#rp-of", f"rubric:{rules.id}")
    page.get_by_role("button", name="Make the report").click()
    frame = page.frame_locator("iframe.rp-frame")
    expect(frame.locator(".verdict .head").first).to_contain_text("not known", timeout=20_000)
    expect(frame.locator("body")).to_contain_text(f"bob {EVIL}")
    before = frame.locator("#at-flagged").inner_text()
    frame.locator("#threshold").focus()
    page.keyboard.press("Home")
    expect(frame.locator("#at-flagged")).to_have_text("3 of 3")
    assert before != "–"
    assert "Buy CARDS" not in frame.locator("body").inner_text()
    with page.expect_download() as loading:
        page.locator(".rp-saves a", has_text="PDF").click()
    assert Path(loading.value.path()).read_bytes().startswith(b"%PDF")


def test_the_report_is_served_sandboxed(served):
    rules = labelled(served)
    with urllib.request.urlopen(f"{served.address}/report/file.html?of=rubric:{rules.id}") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts;" in policy
    assert re.search(r"script-src 'sha256-[^']+'", policy)
    assert "allow-same-origin" not in policy


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("file.html?of=rubric:nothing", 422, "no person has answered"),
        ("file.html?of=project:nothing", 422, "nothing"),
        ("file.html?of=rubric:stand-in&truth=mine", 422, "use majority, any"),
        ("file.docx?of=rubric:stand-in", 404, "html, pdf, json or csv"),
    ],
)
def test_what_cannot_be_made_is_said(served, path, code, says):
    labelled(served)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.address}/report/{path}")
    assert refused.value.code == code
    assert says in refused.value.read().decode()


@pytest.mark.parametrize(
    ("role", "code"), [("viewer", 200), ("adjudicator", 200), ("admin", 200), ("rater", 403), (None, 401)]
)
def test_who_may_read_reports(role, code, tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_SECRET", "s" * 64)
    with open_store(f"sqlite:///{tmp_path}/roles.db") as store:
        store.save_rater(Rater("eve", role or "viewer"), hash_password("a long password"))
        app = FastAPI()
        add_plain(app)
        add_report(app, store)
        add_signin(app, store)
        client = TestClient(app, follow_redirects=False)
        if role:
            client.post("/signin", data={"name": "eve", "password": "a long password"})
        answer = client.get("/report")
        assert answer.status_code == code
        assert ("Make the report" in answer.text) == (code == 200)
        if code != 200:
            assert client.get("/report/file.json?of=rubric:x").status_code == code

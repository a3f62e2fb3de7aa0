"""The Review page in a real Chromium: the queue by keys, evidence beside labels, settling, reveals, and who gets in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from conftest import Served
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from ui_stand_in import Words, opener, rubric

from mmjudge import media
from mmjudge.accounts import hash_password
from mmjudge.people import Rater
from mmjudge.policy import LOOSE
from mmjudge.reviewing import settled
from mmjudge.samples import samples
from mmjudge.session import judge_item
from mmjudge.store import Store, open_store
from mmjudge.types import Label
from mmjudge.ui.bench import Bench
from mmjudge.ui.plain import add_plain
from mmjudge.ui.review_page import add_review
from mmjudge.ui.signin import add_signin

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
HOSTILE = '<img src=x onerror="alert(1)"> said <b>ada</b>'


def judged(served: Served, text: str = "", files: tuple = ()) -> str:
    one = media.item(text, list(files))
    judge_item(opener(served.backend, "STOLEN CARDS")(rubric(), LOOSE), served.store, one)
    return one.id


def say(served: Served, item_id: str, rater: str, value: str, rule: str = "", **more) -> None:
    rules = rubric()
    served.store.save_label(Label(item_id, rules.id, rules.version, rater, value, rule, **more))


@pytest.fixture
def three(served: Served) -> list[str]:
    """Three items on which people contradict the judge, the first two of them torn or unsure."""
    items = [judged(served, text) for text in ("Buy CARDS here.", "You fool, come here.", "A walk in the park.")]
    for item_id, values in zip(items, ("nn", "ny", "yy"), strict=True):
        for rater, value in zip(("ada", "bob"), values, strict=True):
            say(served, item_id, rater, {"y": "yes", "n": "no"}[value])
    return items


def test_the_queue_by_keys_and_one_key_per_decision(page: Page, served: Served, three: list[str]):
    page.goto(f"{served.address}/review")
    rows = page.locator("#rv-queue .mm-row")
    expect(rows).to_have_count(3)
    first = rows.first.get_attribute("href")
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#rv-place")).to_be_visible()
    assert first is not None
    assert page.url == f"{served.address}/{first.removeprefix('./')}"
    item_id = first.split("/")[2].partition("?")[0]

    page.fill("#rv-by", "Eve")
    page.locator("#rv-by").press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#rv-no")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rv-reason")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rv-message")).to_contain_text("needs a reason")
    page.keyboard.type("A joke between friends.")
    page.keyboard.press("Enter")
    expect(page.locator("#rv-message")).to_contain_text("Settled: The whole item, not violated, by Eve.")
    kept = settled(served.store, rubric())[item_id, ""]
    assert (kept.value, kept.note, kept.rater, kept.phase) == ("no", "A joke between friends.", "Eve", "adjudication")

    here = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != here)
    expect(page.locator("#rv-settle")).to_be_visible()
    assert page.input_value("#rv-by") == "Eve"
    page.goto(f"{served.address}/review")
    expect(rows).to_have_count(2)
    expect(page.locator("main")).to_contain_text("1 settled")


def test_evidence_and_labels_side_by_side(page: Page, served: Served):
    item_id = judged(served, "Buy CARDS here.")
    say(served, item_id, HOSTILE, "no", "stolen_cards", note=HOSTILE)
    say(served, item_id, "ada", "no", "stolen_cards", question_id="q1")
    page.goto(f"{served.address}/review/{item_id}?rule=stolen_cards")
    side, main = page.locator(".rv-side"), page.locator(".rv-main")
    expect(side.locator(".rv-said li")).to_have_count(2)
    expect(side.locator(".rv-said li").first).to_contain_text(HOSTILE)
    expect(side.locator(".rv-said li").last).to_contain_text("stand-in")
    expect(side).to_contain_text("ada parts from it where «The word CARDS stands there» is answered yes")
    expect(side.locator("svg")).to_have_count(1)
    expect(main.locator(".mm-text")).to_contain_text("Buy CARDS here.")
    expect(main.locator("#mm-rule-stolen_cards")).to_have_attribute("open", "")
    left, right = main.bounding_box(), side.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]


def test_settled_reopened_and_made_a_guideline(page: Page, served: Served, three: list[str]):
    page.goto(f"{served.address}/review/{three[2]}")
    page.fill("#rv-by", "Eve")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.keyboard.type("Parks are closed here.")
    page.locator("#rv-guideline").click()
    expect(page.locator("#rv-message")).to_contain_text("Guideline")
    (kept,) = served.store.guidelines(rubric().id)
    assert (kept.text, kept.verdict, kept.author) == ("Parks are closed here.", "violates", "Eve")
    page.locator("#rv-settle").click()
    expect(page.locator("#rv-message")).to_contain_text("Settled")
    page.reload()
    expect(page.locator(".rv-side h2").first).to_contain_text("Settled")
    expect(page.locator(".rv-side")).to_contain_text("Parks are closed here.")
    edit = page.locator("#rv-edit").get_attribute("href")
    assert edit == "../rubrics?rubric=stand-in&rule="
    page.fill("#rv-reason", "They are open again.")
    page.locator("#rv-reopen").click()
    expect(page.locator("#rv-settle")).to_be_visible()
    assert settled(served.store, rubric()) == {}


def test_pictures_come_blurred_and_clear_only_when_revealed(page: Page, served: Served):
    lake = next(s.files[0] for s in samples() if s.id == "image-landscape")
    item_id = judged(served, "", (lake,))
    say(served, item_id, "ada", "yes")
    served.wire.sent.clear()
    page.goto(f"{served.address}/review/{item_id}")
    blurred = page.locator("#rv-item .mm-veil img")
    expect(blurred).to_have_count(1)
    assert not [path for path in served.wire.sent if path.startswith("/look/")]
    page.keyboard.press("r")
    clear = page.locator("#rv-item .mm-media.clear img")
    expect(clear).to_have_count(1)
    assert clear.evaluate("(e) => e.decode().then(() => e.naturalWidth)") > 200
    address = f"{served.address}{clear.evaluate('(e) => new URL(e.src).pathname')}"
    assert page.request.get(address).status == 200
    page.keyboard.press("r")
    expect(blurred).to_have_count(1)
    assert page.request.get(address).status == 404


def test_what_explains_most_and_help(page: Page, served: Served, three: list[str]):
    page.goto(f"{served.address}/review")
    page.get_by_text("What explains most").click()
    expect(page.locator("table")).to_have_count(2)
    expect(page.locator("table").first).to_contain_text("Stolen cards")
    page.goto(f"{served.address}/review/{three[0]}")
    page.keyboard.press("?")
    expect(page.locator("#rv-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#rv-help")).to_be_hidden()


def test_a_queue_by_chance_and_filters_in_the_address(page: Page, served: Served, three: list[str]):
    page.goto(f"{served.address}/review?sample=2&seed=5")
    expect(page.locator("#rv-queue .mm-row")).to_have_count(2)
    expect(page.locator("#rv-queue")).to_contain_text("drawn with probability 0.667")
    page.goto(f"{served.address}/review?kind=person-person")
    expect(page.locator("#rv-queue .mm-row")).to_have_count(1)
    page.goto(f"{served.address}/review?rater=nobody")
    expect(page.locator(".mm-empty")).to_be_visible()


def test_scripts_are_strict_and_wrong_addresses_say_so(page: Page, served: Served, three: list[str]):
    answer = page.goto(f"{served.address}/review/{three[0]}")
    assert answer is not None
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    for path in (f"/review/{'0' * 64}", f"/review/{three[0]}?rule=nothing", "/review?rubric=x&version=y"):
        wrong = page.goto(served.address + path)
        assert wrong is not None
        assert wrong.status == 404
        expect(page.locator(".mm-message.error")).to_be_visible()


@pytest.fixture
def guarded(chromium, tmp_path, monkeypatch) -> Iterator[tuple[str, Store, str, Page]]:
    """A server of its own with accounts, the address and store, an item on which people and judge part, a browser."""
    monkeypatch.setenv("MMJUDGE_SECRET", "0" * 64)
    app = FastAPI()
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as store:
        one = media.item("Buy CARDS here.")
        judge_item(opener(Words())(rubric(), LOOSE), store, one)
        store.save_label(Label(one.id, rubric().id, rubric().version, "ada", "no"))
        for name, role in (("rae", "rater"), ("adj", "adjudicator"), ("vic", "viewer"), ("ann", "admin")):
            store.save_rater(Rater(name, role), hash_password("a long password"))  # type: ignore[arg-type]
        add_plain(app)
        add_review(app, Bench(store, {}))
        add_signin(app, store)
        running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        port = running.servers[0].sockets[0].getsockname()[1]
        context = chromium.new_context()
        yield f"http://127.0.0.1:{port}", store, one.id, context.new_page()
        context.close()
        running.should_exit = True
        thread.join(10)


def test_only_adjudicators_and_admins_settle(guarded):
    address, store, item_id, page = guarded
    path = f"{address}/review/{item_id}"

    def enter(name: str) -> None:
        page.context.clear_cookies()
        page.goto(f"{address}/signin")
        page.fill("[name=name]", name)
        page.fill("[name=password]", "a long password")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "signin" not in url)

    assert page.request.get(path, headers={"accept": "text/plain"}).status == 401
    for name in ("rae", "vic"):
        enter(name)
        assert page.request.get(path).status == 403
        assert page.request.post(f"{path}/adjudicate", data={"value": "no", "reason": "x"}).status == 403
    enter("adj")
    assert page.request.post(f"{path}/adjudicate", data={"value": "no", "reason": "x"}).status == 403  # no token
    page.goto(path)
    assert page.input_value("#rv-by") == "adj"
    expect(page.locator("#rv-edit")).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.type("Advertising for gift cards.")
    page.evaluate("document.querySelector('#rv-by').value = 'somebody else'")
    page.keyboard.press("Enter")
    expect(page.locator("#rv-message")).to_contain_text("by adj")
    assert [e.rater for e in settled(store, rubric()).values()] == ["adj"]
    enter("ann")
    page.goto(path)
    expect(page.locator("#rv-edit")).to_have_count(1)

"""The Annotate page in a real browser, over a real database: what people do at it, and what never leaves the server."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from annotate_stand_in import PASSWORD, house, judged, people, project, texts
from conftest import Wire

from mmjudge import media
from mmjudge.people import Scheme
from mmjudge.types import Label

SAMPLES = Path(__file__).parent.parent.parent / "assets" / "samples"


@pytest.fixture(scope="module")
def annotating(tmp_path_factory):
    """One server for this file; each test makes a project of its own."""
    with house(tmp_path_factory.mktemp("annotate"), Wire) as (address, store, wire):
        items = texts(30)
        judged(store, items)
        people(store)
        yield SimpleNamespace(address=address, store=store, wire=wire, items=items)


@pytest.fixture
def enter(chromium, annotating):
    """Signs somebody in, in a profile of their own, on a project. A broken script fails the test."""
    contexts, wrong = [], []

    def entered(name="ann", project_id=""):
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{annotating.address}/signin")
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/annotate")
        if project_id:
            page.goto(f"{annotating.address}/annotate?project={project_id}")
        return page

    annotating.wire.sent.clear()
    yield entered
    for context in contexts:
        context.close()
    assert not wrong, wrong


def shown(page) -> str:
    page.wait_for_selector("#an-item[data-ready=true]:visible")
    return page.locator("#an-item").get_attribute("data-task")


def press(page, key: str) -> None:
    """Press a key and wait for another item, or the end."""
    before = shown(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "b => document.getElementById('an-work').hidden || document.getElementById('an-item').dataset.task !== b",
        arg=before,
    )


def settled(page) -> None:
    page.wait_for_selector("#an-sent:has-text('Everything is stored')", state="attached")


def labels(store, name, rater=None):
    return list(store.labels(project=name, rater=rater))


def test_thirty_items_by_one_key_each(annotating, enter):
    project(annotating.store, annotating.items, "thirty")
    page = enter(project_id="thirty")
    for n in range(30):
        press(page, ("Digit1", "Digit2", "Digit3")[n % 3])
    page.wait_for_selector("#an-rest:has-text('Nothing left')")
    settled(page)
    stored = labels(annotating.store, "thirty")
    assert [label.item_id for label in stored] == [item.id for item in annotating.items]
    assert Counter(label.value for label in stored) == {"yes": 10, "no": 10, "cant_tell": 10}
    assert {(label.phase, label.rater) for label in stored} == {("blind", "ann")}
    assert annotating.store.progress("thirty").done_tasks == 30


def test_what_was_sent_before_the_label_holds_no_verdict_and_no_answers_of_others(annotating, enter):
    project(annotating.store, annotating.items[:6], "blind", overlap=2)
    bob = enter("bob", "blind")
    shown(bob)
    bob.keyboard.press("KeyN")
    bob.fill("#an-dialog textarea", "only bob knows this")
    bob.click("[data-close]")
    press(bob, "Digit1")
    settled(bob)
    annotating.wire.sent.clear()
    ann = enter("ann", "blind")
    shown(ann)
    before = annotating.wire.everything()
    for words in (
        b"unsafe",
        b"needs_review",
        b"Needs review",
        b"verdict_id",
        b"only bob knows this",
        b'"headline"',
        b'"score"',
    ):
        sent = [path for path, data in annotating.wire.sent.items() if words in data and not path.startswith("/plain/")]
        assert not sent, (words, sent)
    assert b"break your legs" in before  # the item itself did come
    ann.keyboard.press("KeyV")
    press(ann, "Digit2")
    settled(ann)
    ann.keyboard.press("KeyV")
    ann.wait_for_selector("#an-last:has-text('Judge: Unsafe')")
    assert b"only bob knows this" not in annotating.wire.everything()
    ann.click("#an-last button:has-text('violates') >> nth=0")
    ann.wait_for_selector("#an-last:has-text('Stored apart')")
    mine = labels(annotating.store, "blind", "ann")
    assert [(label.value, label.phase) for label in mine] == [
        ("no", "blind"),
        ("no", "after_reveal"),
        ("yes", "after_reveal"),
    ]
    ann.keyboard.press("KeyU")
    ann.wait_for_selector("#an-error:has-text('You know more')")


def test_an_assisted_project_shows_the_verdict_and_says_so_in_every_label(annotating, enter):
    project(annotating.store, annotating.items[:2], "helped", assisted=True)
    page = enter(project_id="helped")
    page.wait_for_selector("#an-item:has-text('The judge says: Unsafe')")
    press(page, "Digit1")
    settled(page)
    assert [label.phase for label in labels(annotating.store, "helped")] == ["assisted"]


def test_a_reload_in_the_middle_loses_nothing(annotating, enter):
    project(annotating.store, annotating.items[:6], "reload", Scheme(about="rules"))
    page = enter(project_id="reload")
    first = shown(page)
    page.keyboard.press("Digit1")
    page.keyboard.press("Digit2")
    page.wait_for_selector("#an-ask:has-text('Rule 3 of 4')")
    page.reload()
    assert shown(page) == first
    page.wait_for_selector("#an-ask:has-text('Rule 3 of 4')")
    page.keyboard.press("Digit3")
    press(page, "Digit2")
    press(page, "Digit9")
    settled(page)
    every = labels(annotating.store, "reload")
    stored = every[:4]
    assert [label.value for label in every[4:]] == ["no"] * 4
    assert any(exposure.item_id == stored[0].item_id for exposure in annotating.store.exposures("reload"))
    assert [label.value for label in stored] == ["yes", "no", "cant_tell", "no"]
    assert [label.rule_id for label in stored] == ["violent_threats", "stolen_cards", "insults", "nudity"]


def test_without_a_connection_answers_wait_and_none_is_lost_or_doubled(annotating, enter):
    project(annotating.store, annotating.items[:8], "offline")
    page = enter(project_id="offline")
    shown(page)
    press(page, "Digit1")
    settled(page)
    page.wait_for_timeout(300)
    page.context.set_offline(True)
    for _ in range(4):
        press(page, "Digit2")
    page.wait_for_selector("#an-sent:has-text('4 answers wait')", state="attached")
    assert len(labels(annotating.store, "offline")) == 1
    page.context.set_offline(False)
    settled(page)
    while page.locator("#an-work").is_visible():
        press(page, "Digit3")
    settled(page)
    stored = labels(annotating.store, "offline")
    assert Counter(label.value for label in stored) == {"yes": 1, "no": 4, "cant_tell": 3}
    assert len({label.item_id for label in stored}) == 8


def test_an_answer_whose_receipt_was_lost_is_stored_once(annotating, enter):
    project(annotating.store, annotating.items[:3], "receipt")
    page = enter(project_id="receipt")
    lost = []

    def lose(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route("**/annotate/api/answer", lose)
    press(page, "Digit1")
    settled(page)
    assert lost[0].ok
    assert len(labels(annotating.store, "receipt")) == 1


def test_a_server_that_is_busy_gets_the_answer_again(annotating, enter):
    project(annotating.store, annotating.items[:2], "busy")
    page = enter(project_id="busy")
    refused = []

    def refuse(route):
        if refused:
            route.continue_()
        else:
            refused.append(route.request.post_data_json["submission"])
            route.fulfill(status=503, json={"detail": "the database is busy"})

    page.route("**/annotate/api/answer", refuse)
    press(page, "Digit1")
    settled(page)
    assert [label.submission for label in labels(annotating.store, "busy")] == refused


def test_an_answer_that_comes_too_late_is_kept_and_does_not_count(annotating, enter):
    project(annotating.store, annotating.items[:1], "late")
    page = enter(project_id="late")
    shown(page)
    assert len(annotating.store.lease("late", "bob", now=time.time() + 1000)) == 1
    page.keyboard.press("Digit1")
    page.wait_for_selector("#an-error:has-text('does not count')")
    settled(page)
    assert [(label.value, label.flag) for label in labels(annotating.store, "late")] == [("yes", "late")]
    assert annotating.store.progress("late").answers == 0


def test_two_raters_never_get_the_same_item(annotating, enter):
    project(annotating.store, annotating.items[:20], "shared")
    pages = [enter("ann", "shared"), enter("bob", "shared")]
    seen = {page: [] for page in pages}
    while any(page.locator("#an-work").is_visible() or not seen[page] for page in pages):
        for page in pages:
            if not seen[page]:
                shown(page)
            if page.locator("#an-work").is_visible():
                seen[page].append(shown(page))
                press(page, "Digit2")
                page.wait_for_timeout(50)
    for page in pages:
        settled(page)
    assert seen[pages[0]]
    assert seen[pages[1]]
    assert len(seen[pages[0]] + seen[pages[1]]) == len(set(seen[pages[0]] + seen[pages[1]])) == 20
    assert Counter(label.item_id for label in labels(annotating.store, "shared")).most_common(1)[0][1] == 1


def test_undo_skip_note_and_flag(annotating, enter):
    project(annotating.store, annotating.items[:4], "undo", Scheme(severity=True))
    page = enter(project_id="undo")
    first = shown(page)
    page.keyboard.press("Digit1")
    page.wait_for_selector("#an-ask:has-text('How severe')")
    press(page, "Digit3")
    settled(page)
    page.keyboard.press("KeyU")
    page.wait_for_function("b => document.getElementById('an-item').dataset.task === b", arg=first)
    page.keyboard.press("KeyF")
    press(page, "Digit2")
    page.keyboard.press("KeyS")
    page.wait_for_selector("#an-dialog:has-text('Why do you skip it')")
    before = shown(page)
    page.keyboard.press("Digit1")
    page.wait_for_function("b => document.getElementById('an-item').dataset.task !== b", arg=before)
    settled(page)
    stored = labels(annotating.store, "undo")
    assert [(x.value, x.severity, x.flag, x.note) for x in stored] == [
        ("yes", 3, "", ""),
        ("withdrawn", None, "", ""),
        ("no", None, "look again", ""),
        ("skipped", None, "", "disturbing"),
    ]


def test_chosen_keys_work_and_a_conflict_is_refused(annotating, enter):
    project(annotating.store, annotating.items[:3], "keys")
    page = enter("bob", "keys")
    shown(page)
    page.keyboard.press("?")
    page.click("[data-key=yes]")
    page.keyboard.press("KeyU")
    page.click("[data-save]")
    page.wait_for_selector("#an-dialog [role=alert]:has-text('KeyU is the key for both')")
    assert annotating.store.rater("bob").keys == ()
    page.click("[data-key=yes]")
    page.keyboard.press("KeyQ")
    page.click("[data-save]")
    page.wait_for_selector("#an-dialog", state="hidden")
    page.reload()
    press(page, "KeyQ")
    settled(page)
    assert dict(annotating.store.rater("bob").keys)["yes"] == "KeyQ"
    assert [label.value for label in labels(annotating.store, "keys")] == ["yes"]


def test_clear_pixels_come_only_after_the_reveal_and_only_to_who_revealed(annotating, enter):
    store = annotating.store
    picture = media.item(files=[SAMPLES / "lake.jpg"])
    judged(store, [picture])
    project(store, [picture], "care")
    page = enter(project_id="care")
    shown(page)
    clear = cv2.imread(str(SAMPLES / "lake.jpg"))
    looked = next(data for path, data in annotating.wire.sent.items() if path.startswith("/annotate/look/"))
    frames = json.loads(looked)["frames"]
    assert len(frames) == 1
    covered = cv2.imdecode(np.frombuffer(base64.b64decode(frames[0].partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    # Grey, and no sharper than sixteen pixels enlarged: neighbours hardly differ where the picture's do.
    assert np.abs(covered[..., 0].astype(int) - covered[..., 2]).max() <= 2
    same_size = cv2.resize(clear, covered.shape[1::-1], interpolation=cv2.INTER_AREA)
    rough = [np.abs(np.diff(x[..., 1].astype(int), axis=1)).mean() for x in (covered, same_size)]
    assert rough[0] < rough[1] / 2
    assert not any(path.startswith("/annotate/clear/") for path in annotating.wire.sent)
    page.keyboard.press("KeyR")
    page.wait_for_selector(".an-picture.an-clear img")
    page.wait_for_function("() => document.querySelector('.an-clear img').naturalWidth > 200")
    address = page.locator(".an-clear img").get_attribute("src").removeprefix("./")
    bob = enter("bob")
    assert bob.request.get(f"{annotating.address}/{address}").status == 404
    assert page.request.get(f"{annotating.address}/{address}").status == 200
    page.wait_for_timeout(300)
    press(page, "Digit2")
    settled(page)
    (exposure,) = store.exposures("care")
    assert exposure.reveals == 1
    assert 0 < exposure.uncovered <= exposure.seconds


def test_a_break_is_due_when_the_budget_is_used(annotating, enter):
    store = annotating.store
    pictures = [media.item(text=text, files=[SAMPLES / "lake.jpg"]) for text in ("one", "two")]
    for item in pictures:
        store.save_item(item)
    project(store, pictures, "budget", budget_minutes=0.001, break_minutes=1.0)
    page = enter(project_id="budget")
    shown(page)
    page.keyboard.press("KeyR")
    page.wait_for_selector(".an-clear img")
    page.wait_for_timeout(200)
    page.keyboard.press("Digit2")
    page.wait_for_selector("#an-rest:has-text('Time for a break')")
    assert not page.locator("#an-work").is_visible()
    page.reload()
    page.wait_for_selector("#an-rest:has-text('Time for a break')")


def test_places_are_marked_by_keyboard_and_by_pointer(annotating, enter):
    store = annotating.store
    item = media.item(text="🙂 You there, stop.", files=[SAMPLES / "lake.jpg", SAMPLES / "threat.ogg"])
    store.save_item(item)
    project(store, [item], "marks", Scheme(regions=True))
    page = enter(project_id="marks")
    page.wait_for_selector("#an-item[data-ready=true]:visible", timeout=60_000)
    page.select_option("#an-rule", "violent_threats")
    page.focus(".an-text")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.focus(".an-picture")
    for key in ("Enter", "ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    area = page.locator(".an-picture").bounding_box()
    page.locator(".an-picture").scroll_into_view_if_needed()
    area = page.locator(".an-picture").bounding_box()
    page.mouse.move(area["x"] + area["width"] * 0.1, area["y"] + area["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + area["height"] * 0.3)
    page.mouse.up()
    page.focus(".an-time")
    for key in ("Home", "ArrowUp", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Digit1")
    settled(page)
    (label,) = labels(store, "marks")
    words, kept, drawn, heard = label.regions
    assert {region.rule_id for region in label.regions} == {"violent_threats"}
    assert (words.part, words.chars) == ("text", (2, 12))
    assert (kept.part, kept.box) == ("0", (0.37, 0.35, 0.3, 0.32))
    assert drawn.box == pytest.approx((0.1, 0.1, 0.4, 0.2), abs=0.02)
    assert (heard.part, heard.span) == ("1", pytest.approx((1.0, 1.3)))


def test_the_questions_of_a_contested_rule_follow_the_answer(annotating, enter):
    item = annotating.items[2]
    made = project(annotating.store, [item], "questions", Scheme(about="rules", preconditions=True), overlap=2)
    annotating.store.save_label(
        Label(item.id, made.rubric_id, made.rubric_version, "bob", "yes", "violent_threats", project="questions")
    )
    page = enter(project_id="questions")
    shown(page)
    for _ in range(4):
        page.keyboard.press("Digit2")
    page.wait_for_selector("#an-ask:has-text('Question 1 of')")
    total = int(page.locator("#an-ask p").text_content().split(" of ")[1].split()[0])
    for n in range(total):
        page.wait_for_selector(f"#an-ask:has-text('uestion {n + 1} of')")
        page.keyboard.press("Digit1")
    page.wait_for_selector("#an-rest:has-text('Nothing left')")
    settled(page)
    stored = labels(annotating.store, "questions", "ann")
    assert len([label for label in stored if not label.question_id]) == 4
    asked = [label for label in stored if label.question_id]
    assert len(asked) == total
    assert {(label.rule_id, label.question_id) for label in asked} >= {
        ("violent_threats", q) for q in ("q1", "q2", "q3")
    }
    assert annotating.store.progress("questions").answers == 1


def test_a_reload_while_the_severity_is_asked_asks_it_again(annotating, enter):
    project(annotating.store, annotating.items[:1], "pending", Scheme(about="rules", severity=True))
    page = enter(project_id="pending")
    shown(page)
    page.keyboard.press("Digit1")
    page.keyboard.press("KeyF")
    page.reload()
    shown(page)
    page.wait_for_selector("#an-ask:has-text('How severe')")
    page.keyboard.press("Digit3")
    page.wait_for_selector("#an-ask:has-text('Rule 2 of 4')")
    page.keyboard.press("Digit9")
    page.wait_for_selector("#an-rest:has-text('Nothing left')")
    settled(page)
    stored = labels(annotating.store, "pending")
    assert [(label.value, label.severity) for label in stored] == [("yes", 3), *[("no", None)] * 3]


EVERY_MINUTE = """
const every = setInterval;
setInterval = (work, pause) => { if (pause === 60000) { window.minute = work; } return every(work, pause); };
"""


def test_renewing_while_questions_are_asked_leaves_them(annotating, enter):
    items = annotating.items[2:4]
    made = project(annotating.store, items, "minute", Scheme(about="rules", preconditions=True), overlap=2)
    annotating.store.save_label(
        Label(items[0].id, made.rubric_id, made.rubric_version, "bob", "yes", "violent_threats", project="minute")
    )
    page = enter()
    page.add_init_script(EVERY_MINUTE)
    page.goto(f"{annotating.address}/annotate?project=minute")
    first = shown(page)
    for _ in range(4):
        page.keyboard.press("Digit2")
    page.wait_for_selector("#an-ask:has-text('Question 1 of')")
    page.keyboard.press("Digit1")
    page.wait_for_selector("#an-ask:has-text('Question 2 of')")
    page.evaluate("window.minute()")
    page.wait_for_timeout(100)
    assert "Question 2 of" in page.locator("#an-ask").text_content()
    assert shown(page) == first
    assert not page.locator("#an-error").is_visible()


def test_dark_and_on_a_phone_nothing_runs_over(annotating, enter, chromium):
    project(annotating.store, annotating.items[:2], "phone")
    page = enter(project_id="phone")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    shown(page)
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 20)"

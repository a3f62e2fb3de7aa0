"""The Judge page in a real Chromium: giving, watching, reading, agreeing, reopening, revealing, and what goes wrong."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import Served
from playwright.sync_api import Page, expect

from mmjudge.samples import samples

pytestmark = pytest.mark.browser
THREAT = "You there: I will break your legs, you fool."
expect.set_options(timeout=20_000)

# Controls lower than 24 pixels (WCAG 2.2, target size); links within text may be.
SMALL = """
[...document.querySelectorAll('.mm-right button, .mm-right summary, .mm-right a, .mm-go button')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 24 && !e.matches('.mm-link'))
  .map(e => e.outerHTML.slice(0, 80))
"""


def judge(page: Page, text: str) -> None:
    page.fill("#mm-text textarea", text)
    page.click("#mm-judge")
    expect(page.locator(".mm-card")).to_be_visible()


def sample_path(sample_id: str) -> Path:
    return next(s.files[0] for s in samples() if s.id == sample_id)


def test_a_text_is_judged_and_its_evidence_opens(page: Page, served: Served):
    judge(page, THREAT)
    card = page.locator(".mm-card")
    expect(card).to_contain_text("Unsafe")
    expect(card).to_contain_text("It breaks Violent threats and Insults.")
    expect(card).to_contain_text("severe")
    first = page.locator("#mm-rule-violent_threats")
    expect(first).to_contain_text("The word BREAK stands there.")
    expect(first).to_contain_text("with the content 0.96")
    expect(first).to_contain_text("without it 0.28")
    insults = page.locator("#mm-rule-insults")
    expect(insults.locator(".mm-rule-body")).to_be_hidden()
    insults.locator("summary").click()
    expect(insults.locator(".mm-rule-body")).to_be_visible()
    expect(page.locator(".mm-text")).to_contain_text(THREAT)
    expect(page.locator("#mm-voice")).to_contain_text("Verdict: Unsafe.")


def test_stages_and_answers_arrive_while_it_works(page: Page, served: Served):
    served.backend.gate.clear()
    page.fill("#mm-text textarea", THREAT)
    page.click("#mm-judge")
    progress = page.locator(".mm-progress")
    expect(progress).to_contain_text("Reading")
    expect(page.locator("#mm-judge")).to_be_disabled()
    expect(page.locator("#mm-judge")).to_have_text("Judging …")
    expect(progress.locator(".mm-elapsed")).to_contain_text(re.compile(r"[1-9]\.\d s"))
    assert not page.locator(".mm-card").count()
    served.backend.gate.set()
    expect(page.locator(".mm-card")).to_be_visible()
    expect(progress).to_have_count(0)
    expect(page.locator("#mm-judge")).to_be_enabled()


def test_cancel_stops_after_the_step_and_stores_nothing(page: Page, served: Served):
    served.backend.gate.clear()
    page.fill("#mm-text textarea", THREAT)
    page.click("#mm-judge")
    page.click("#mm-cancel:enabled")
    expect(page.locator(".mm-progress h2")).to_contain_text("Stopping")
    served.backend.gate.set()
    expect(page.locator("#mm-message")).to_contain_text("Stopped. Nothing was stored.")
    expect(page.locator(".mm-welcome")).to_be_visible()
    assert served.store.verdicts() == []
    judge(page, THREAT)


def test_the_second_person_waits_and_is_told(page: Page, served: Served, chromium):
    served.backend.gate.clear()
    page.fill("#mm-text textarea", THREAT)
    page.click("#mm-judge")
    expect(page.locator(".mm-progress")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.mm-stages')")
    other = chromium.new_page()
    other.goto(served.address)
    other.fill("#mm-text textarea", "Another text, quite harmless.")
    other.click("#mm-judge:has-text('Judge')")
    expect(other.locator(".mm-progress")).to_contain_text("waiting for another item")
    served.backend.gate.set()
    expect(page.locator(".mm-card")).to_contain_text("Unsafe")
    expect(other.locator(".mm-card")).to_contain_text("Safe")
    other.close()


def test_nothing_to_judge_is_said_in_words(page: Page):
    page.click("#mm-judge")
    expect(page.locator("#mm-message")).to_contain_text("There is nothing to judge yet")
    expect(page.locator(".mm-welcome")).to_be_visible()


def test_no_traceback_reaches_the_page(page: Page, served: Served):
    served.backend.broken = True
    page.fill("#mm-text textarea", THREAT)
    page.click("#mm-judge")
    expect(page.locator("#mm-message [role=alert]")).to_contain_text("Something went wrong on our side")
    body = page.inner_text("body") + page.content()
    for trace in ("Traceback", "RuntimeError", "internal detail", "deep.py"):
        assert trace not in body
    served.backend.broken = False
    judge(page, THREAT)


def test_hostile_content_is_shown_as_text(page: Page):
    hostile = "you fool <script>alert(1)</script> <img src=x onerror=alert(2)> ${alert(3)} {{x}} \u202egnp.exe </div>"
    judge(page, hostile)
    shown = page.locator(".mm-text")
    assert shown.inner_text().strip() == hostile
    assert shown.evaluate("e => e.querySelectorAll('script, img').length") == 0
    page.goto(page.url.split("?")[0] + "history")
    expect(page.locator(".mm-row").first).to_contain_text("<script>alert(1)</script>")


def test_a_conversation_is_read_as_one(page: Page):
    judge(page, "User: How do I cook rice?\nAssistant: You fool, I will break you.\nWith water.")
    expect(page.locator("#mm-message")).to_contain_text("conversation of 2 turns; the answer is judged")
    turns = page.locator(".mm-turns li")
    expect(turns).to_have_count(2)
    expect(turns.nth(1)).to_contain_text("judged")
    expect(turns.nth(1)).to_contain_text("With water.")


def test_reasoning_is_shown_for_what_stayed_open(page: Page):
    judge(page, "Perhaps you are a fool.")
    insults = page.locator("#mm-rule-insults")
    insults.evaluate("e => { for (let d = e; d; d = d.parentElement.closest('details')) d.open = true; }")
    expect(insults).to_contain_text("undecided by its probabilities, then yes: by reasoning")
    expect(insults.locator("blockquote")).to_contain_text("<script>alert(1)</script>")


def test_agreeing_needs_a_name_is_stored_and_comes_back(page: Page, served: Served):
    judge(page, THREAT)
    page.click("#mm-agree")
    expect(page.locator("#mm-receipt")).to_contain_text("Your name is missing")
    page.fill("#mm-rater textarea", "Ada <b>L.</b>")
    page.fill("#mm-note textarea", "Plain threat.")
    page.click("#mm-agree")
    expect(page.locator("#mm-receipt")).to_contain_text("Stored: Ada <b>L.</b> says that this item breaks a rule.")
    insults = page.locator("#mm-rule-insults")
    insults.locator("summary").click()
    insults.locator("[data-say=disagree]").click()
    expect(page.locator("#mm-receipt")).to_contain_text("“Insults” is not violated")
    expect(insults.locator(".mm-receipt")).to_contain_text("Stored")
    expect(insults.locator(".mm-rule-body")).to_be_visible()
    row = served.store.verdicts()[0]
    labels = list(served.store.labels(item_id=row.item_id))
    assert [(x.value, x.rule_id, x.rater, x.phase) for x in labels] == [
        ("yes", "", "Ada <b>L.</b>", "after_reveal"),
        ("no", "insults", "Ada <b>L.</b>", "after_reveal"),
    ]
    assert labels[0].note == "Plain threat."
    page.goto(f"{served.address}/?verdict={row.id}")
    expect(page.locator(".mm-card")).to_contain_text("Reopened from the history.")
    expect(page.locator("#mm-rater textarea")).to_have_value("Ada <b>L.</b>")
    expect(page.locator("#mm-labels")).to_contain_text("Ada <b>L.</b> The whole item breaks a rule")


def test_another_policy_decides_again_without_a_model(page: Page, served: Served):
    judge(page, THREAT)
    before = len(served.backend.calls)
    page.click("#mm-rethink button")
    slider = page.locator("#mm-unsafe-from input[type=range]")
    expect(slider).to_be_visible()
    slider.press("End")
    if slider.input_value() != "1":  # a key pressed while the drawer still opens is lost, as it is to a person
        slider.press("End")
    slider.press("Home")
    slider.press("End")
    expect(page.locator("#mm-redecided")).to_contain_text("no model was asked")
    expect(page.locator("#mm-redecided")).to_contain_text("Unsafe becomes controversial.")
    expect(page.locator(".mm-card")).to_contain_text("Controversial")
    page.click("#mm-policy-again label:has-text('Strict')")
    expect(page.locator(".mm-card")).to_contain_text("Unsafe")
    assert len(served.backend.calls) == before
    assert len(served.store.verdicts()) == 1


def test_the_same_item_is_not_measured_twice(page: Page, served: Served):
    judge(page, THREAT)
    before = len(served.backend.calls)
    page.reload()
    page.wait_for_selector(".mm-welcome")
    judge(page, THREAT)
    assert len(served.backend.calls) == before


def pictures(sent: bytes) -> list[np.ndarray]:
    """Every picture that stands in what was sent as a data address."""
    packed = re.findall(rb"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", sent)
    return [cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR) for text in packed]


def sharpness(picture: np.ndarray) -> float:
    """Mean difference of neighbouring pixels once all are of one size: high where there are edges."""
    grey = cv2.cvtColor(cv2.resize(picture, (640, 640)), cv2.COLOR_BGR2GRAY).astype(np.float64)
    return float(np.abs(np.diff(grey, axis=1)).mean())


def test_a_picture_is_blurred_on_the_server_until_it_is_revealed(page: Page, served: Served):
    path = sample_path("image-cards")
    original = path.read_bytes()
    clear = sharpness(cv2.imread(str(path)))
    page.set_input_files("#mm-files input[type=file]", path)
    expect(page.locator("#mm-files")).to_contain_text("cards")
    page.click("#mm-judge")
    expect(page.locator(".mm-card")).to_contain_text("Unsafe")
    veil = page.locator(".mm-veil img")
    expect(veil).to_be_visible()
    expect(page.locator(".mm-item")).to_contain_text("STOLEN CARDS")
    sent = served.wire.everything()
    assert original[100:300] not in sent
    assert original[-300:-100] not in sent
    before = [sharpness(p) for p in pictures(sent)]
    assert before, "the blurred preview was not seen on the wire"
    assert max(before) < clear / 4
    assert not [path for path in served.wire.sent if "/look/" in path or "file=" in path]
    reveal = page.get_by_role("button", name="Reveal the image")
    reveal.focus()
    page.keyboard.press("Enter")
    shown = page.locator(".mm-media.clear img")
    expect(shown).to_be_visible()
    expect(page.get_by_role("button", name="Hide again")).to_be_focused()
    shown.evaluate("e => e.decode()")
    source = page.evaluate("document.querySelector('.mm-media.clear img').src")
    received = served.wire.sent[source.removeprefix(served.address)]
    assert sharpness(cv2.imdecode(np.frombuffer(received, np.uint8), cv2.IMREAD_COLOR)) > clear / 2
    page.get_by_role("button", name="Hide again").click()
    expect(page.locator(".mm-veil img")).to_be_visible()
    assert page.request.get(source).status == 404


def test_a_clip_has_a_timeline_and_stays_muted_until_revealed(page: Page, served: Served):
    page.click("[data-sample=video-alley]")
    expect(page.locator(".mm-card")).to_contain_text("Unsafe", timeout=60_000)
    assert page.locator("video, audio").count() == 0
    block = page.locator(".mm-block.yes").first
    expect(block).to_be_visible()
    expect(page.locator(".mm-moments li").first).to_contain_text("I will break your legs.")
    expect(page.locator(".mm-moments li").first).to_contain_text("Violent threats")
    block.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mm-moments li").first).to_be_focused()
    page.get_by_role("button", name="Reveal the video").click()
    video = page.locator("video")
    expect(video).to_be_visible()
    assert video.evaluate("v => v.muted && v.paused")
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    page.locator(".mm-time").nth(1).click()
    assert video.evaluate("v => v.currentTime") == pytest.approx(2.5, abs=0.3)


def test_sound_is_not_there_before_it_is_wanted(page: Page, served: Served):
    page.click("[data-sample=audio-threat]")
    expect(page.locator(".mm-card")).to_contain_text("Unsafe", timeout=60_000)
    expect(page.locator(".mm-moments")).to_contain_text("I will break your legs.")
    assert page.locator("audio").count() == 0
    sound = sample_path("audio-threat").read_bytes()
    assert sound[100:500] not in served.wire.everything()
    page.get_by_role("button", name="Let me hear it").click()
    expect(page.locator("audio")).to_be_visible()
    assert page.locator("audio").evaluate("a => a.paused")
    page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
    assert sound[100:500] in served.wire.everything()


def test_a_file_that_cannot_be_read_is_a_gap_in_words(page: Page, tmp_path: Path):
    broken = tmp_path / "holiday <b>.png"
    broken.write_bytes(sample_path("image-cards").read_bytes()[:40])
    page.set_input_files("#mm-files input[type=file]", broken)
    expect(page.locator("#mm-files")).to_contain_text("holiday")
    page.fill("#mm-text textarea", "A harmless caption.")
    page.click("#mm-judge")
    expect(page.locator(".mm-card")).to_contain_text("Needs review")
    expect(page.locator(".mm-gaps")).to_contain_text("could not be decoded")


def test_a_verdict_that_is_not_there_is_said_in_words(page: Page, served: Served):
    for wanted in ("999", "-1", "1%20OR%201", "<script>"):
        page.goto(f"{served.address}/?verdict={wanted}")
        expect(page.locator("#mm-message")).to_contain_text("That verdict is not in the history")


def test_everything_can_be_done_by_keyboard(page: Page, served: Served):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "mm-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "mm-main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type(THREAT)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".mm-card")).to_contain_text("Unsafe")
    expect(page.locator("#mm-verdict")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#mm-rater') !== null"):
            break
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "mm-agree"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#mm-receipt")).to_contain_text("Stored: Ada")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#mm-rule-insults > summary') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#mm-rule-insults .mm-rule-body")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_can_be_read(chromium, served: Served, scheme: str, width: int, tmp_path: Path):
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(served.address)
    judge(page, "You fool, perhaps. I will break your legs.")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (
        ".mm-card h2",
        ".mm-coverage",
        ".mm-facts dt",
        ".mm-truth",
        ".mm-figures .limits",
        "#mm-judge",
        ".mm-chip",
    ):
        assert contrast(page, selector) >= 4.5, selector
    page.screenshot(path=tmp_path / "page.png")
    seen = cv2.imread(str(tmp_path / "page.png"))
    assert (seen.mean() < 90) == (scheme == "dark")
    small = page.evaluate(SMALL)
    assert small == []
    context.close()


def contrast(page: Page, selector: str) -> float:
    """WCAG contrast of an element's text against the nearest background that is not see-through."""
    colours = page.locator(selector).first.evaluate(
        """e => {
          let b = e;
          const seen = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 || m[3] > 0; };
          while (b.parentElement && !seen(getComputedStyle(b).backgroundColor)) { b = b.parentElement; }
          return [getComputedStyle(e).color, getComputedStyle(b).backgroundColor];
        }"""
    )
    light = [luminance([float(x) for x in re.findall(r"[\d.]+", colour)[:3]]) for colour in colours]
    return (max(light) + 0.05) / (min(light) + 0.05)


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_can_be_installed_as_an_app(page: Page, served: Served):
    manifest = json.loads(page.request.get(f"{served.address}/manifest.json").text())
    assert manifest["name"] == "mmjudge"
    assert manifest["display"] == "standalone"
    icon = page.request.get(f"{served.address}{manifest['icons'][0]['src']}")
    assert icon.status == 200
    assert b"<svg" in icon.body()


def test_the_server_gives_away_nothing_it_was_not_asked_to(page: Page, served: Served):
    judge(page, THREAT)
    database = served.home / "mmjudge.db"
    assert database.is_file()
    for path in (f"/gradio_api/file={database}", "/look/guess", "/look/../mmjudge.db", f"/file={database}"):
        answer = page.request.get(served.address + path)
        assert answer.status in (403, 404)
    front = page.request.get(served.address)
    assert "connect-src 'self'" in front.headers["content-security-policy"]
    assert front.headers["referrer-policy"] == "no-referrer"

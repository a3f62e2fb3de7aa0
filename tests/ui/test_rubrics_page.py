"""The page "Rubrics" in a real Chromium: reading, writing, two people at once, proposals, trials, and looking back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from conftest import Served
from playwright.sync_api import Browser, Locator, Page, expect

from mmjudge.library import Library
from mmjudge.ui.edit_parts import BACK

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

TEXT = """# Kept by Ann
id: forum
title: Rules of the forum
rules:
  - id: threats
    modalities: [text]
    text: Should not threaten anybody.
    objectiveness: 9
    preconditions:
      - id: p1
        any_of:
          - {id: q1, ask: The word BREAK stands there.}
      - id: p2
        any_of:
          - {id: q2, ask: The word STORY stands there., expect: false}
    examples:
      - {violates: true, text: "I break your legs."}
      - {violates: false, text: "A story, in which legs break."}
  - id: insults
    modalities: [text]
    text: Should not insult people.
    preconditions:
      - id: p1
        any_of:
          - {id: q1, ask: The word FOOL stands there.}
  - id: spam
    modalities: [text]
    text: Should not advertise.
    preconditions:
      - id: p1
        any_of:
          - {id: q1, ask: The word BUY stands there.}
"""
VIEW = "const tile = document.querySelector('#mm-code .cm-content').cmTile; const view = tile.view || tile.root.view;"
SMALL = """
[...document.querySelectorAll('.mm-rubrics button:not([tabindex="-1"]), .mm-rubrics summary, .mm-rubrics a')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 24)
  .filter(e => !e.matches('.mm-link') && !e.closest('.cm-editor, .icon-button-wrapper'))
  .map(e => e.outerHTML.slice(0, 120))
"""
NAMELESS = """
[...document.querySelectorAll('.mm-rubrics :is(input, textarea, select, button, [contenteditable=true])')]
  .filter(e => e.offsetParent && !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.innerText.trim()
    && !e.getAttribute('aria-labelledby') && !e.title)
  .map(e => e.outerHTML.slice(0, 120))
"""


@pytest.fixture
def library(served: Served) -> Iterator[Library]:
    """The library of the server, with one rubric in it."""
    shutil.rmtree(served.home / "rubrics", ignore_errors=True)
    made = Library(served.home / "rubrics")
    made.save(TEXT, None, "ann", "first draft")
    yield made
    shutil.rmtree(served.home / "rubrics", ignore_errors=True)


def opened(page: Page, served: Served, name: str = "Bea", tab: str = "Edit") -> Page:
    page.goto(f"{served.address}/rubrics?rubric=forum")
    expect(page.locator("#mm-open-title")).to_have_text("Rules of the forum")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your name").blur()
    page.get_by_role("tab", name=tab).click()
    if tab == "Edit":
        expect(page.locator("#mm-code .cm-content")).to_contain_text("Kept by Ann")
    return page


def text_of(page: Page) -> str:
    return page.evaluate(f"() => {{ {VIEW} return view.state.doc.toString(); }}")


def typed(page: Page, old: str, new: str) -> None:
    """Put the cursor on some words, and type others over them, as a person does."""
    assert text_of(page).count(old) == 1
    page.evaluate(
        f"(old) => {{ {VIEW} const at = view.state.doc.toString().indexOf(old); view.focus();"
        "view.dispatch({selection: {anchor: at, head: at + old.length}, scrollIntoView: true}); }",
        old,
    )
    page.keyboard.insert_text(new)
    live = page.locator("#mm-live")
    expect(live).not_to_contain_text("Nothing is changed yet")


def said(page: Page, where: str = "#mm-edit-message") -> Locator:
    return page.locator(f"{where} .mm-message")


def test_a_hint_appears_while_typing_and_a_save_says_what_it_means(page: Page, served: Served, library: Library):
    opened(page, served)
    live = page.locator("#mm-live")
    expect(live).to_contain_text("Nothing to remark")
    expect(live).to_contain_text("Nothing is changed yet")
    typed(page, "The word FOOL stands there.", "The content is offensive.")
    expect(live.locator(".mm-hints")).to_contain_text('The word "offensive" is vague')
    expect(live.locator(".mm-changes")).to_contain_text("1 rule changed. Something has to be asked anew")
    expect(live.locator(".mm-asked")).to_have_text("The content is offensive.")
    page.click("#mm-edit-save")
    expect(said(page)).to_contain_text("Saved as revision 2.")
    assert library.read("forum").rubric.rule("insults").questions[0].ask == "The content is offensive."
    assert library.read("forum").text == TEXT.replace("The word FOOL stands there.", "The content is offensive.")
    assert library.history("forum")[-1].by == "Bea"
    expect(page.locator("#mm-rb-head")).to_contain_text("revision 2")
    page.get_by_role("tab", name="Rules").click()
    expect(page.locator("#mm-book-insults summary")).to_contain_text("1 hint")


def test_an_error_says_its_line_jumps_there_and_loses_no_text(page: Page, served: Served, library: Library):
    opened(page, served, name=" ")
    typed(page, "text: Should not insult people.", "txet: Should not insult people.")
    live = page.locator("#mm-live")
    expect(live).to_contain_text("It can’t be saved yet")
    expect(live).to_contain_text("did you mean text?")
    live.get_by_role("button", name="line 21").click()
    chosen = page.evaluate(
        f"() => {{ {VIEW} return view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to); }}"
    )
    assert chosen.strip() == "txet: Should not insult people."
    page.click("#mm-edit-save")
    expect(said(page)).to_contain_text("Your name is missing")
    page.get_by_label("Your name").fill("Bea")
    page.click("#mm-edit-save")
    expect(said(page)).to_contain_text("It was not saved. Line 21")
    assert "txet: Should not" in text_of(page)
    assert len(library.history("forum")) == 1
    page.click("#mm-edit-undo")
    expect(page.locator("#mm-code .cm-content")).not_to_contain_text("txet")
    page.get_by_role("button", name=BACK).click()
    expect(page.locator("#mm-code .cm-content")).to_contain_text("txet")


def test_two_people_at_once_and_both_texts_survive(page: Page, served: Served, library: Library, chromium: Browser):
    opened(page, served, "Bea")
    other = opened(chromium.new_context().new_page(), served, "Cleo")
    for person in (page, other):
        typed(person, "Should not insult people.", f"Should not insult {'anybody' if person is page else 'members'}.")
    typed(page, "Should not threaten anybody.", "Should not threaten a person.")
    typed(other, "Should not advertise.", "Should not advertise goods.")
    page.click("#mm-edit-save")
    expect(said(page)).to_contain_text("Saved as revision 2.")
    other.click("#mm-edit-save")
    clash = other.locator(".mm-clash")
    expect(clash).to_contain_text("Bea saved revision 2 while you were writing. Nothing of yours is lost.")
    expect(clash.locator(".mm-conflict")).to_have_count(1)
    expect(clash.locator(".mm-side.mine pre")).to_contain_text("≠   text: Should not insult members.")
    expect(clash.locator(".mm-side.theirs pre")).to_contain_text("≠   text: Should not insult anybody.")
    expect(clash.locator(".mm-joined")).to_contain_text("Their change to threats")
    expect(other.locator("#mm-clash-save")).to_be_disabled()
    expect(other.locator("#mm-clash-title")).to_be_focused()
    clash.get_by_role("button", name="Take yours").click()
    expect(clash).to_contain_text("Every choice is made")
    other.click("#mm-clash-save:enabled")
    expect(said(other)).to_contain_text("Both were saved together as revision 3.")
    now = library.read("forum")
    assert [rule.text for rule in now.rubric.rules] == [
        "Should not threaten a person.",
        "Should not insult members.",
        "Should not advertise goods.",
    ]
    assert "Should not insult anybody." in library.read("forum", 2).text
    expect(other.locator("#mm-code .cm-content")).to_contain_text("Should not threaten a person.")
    other.context.close()


def test_unsaved_text_comes_back_after_another_rubric_and_after_a_reload(page: Page, served: Served, library: Library):
    opened(page, served)
    typed(page, "Should not advertise.", "Should not advertise, ever.")
    page.locator("[data-rubric=osbench]").click()
    expect(page.locator("#mm-edit-notice")).to_contain_text("read-only")
    expect(page.locator("#mm-edit-save")).to_be_hidden()
    page.locator("[data-rubric=forum]").click()
    expect(said(page)).to_contain_text("Your unsaved text is here again.")
    assert "Should not advertise, ever." in text_of(page)
    typed(page, "Should not insult people.", "Should not insult.")
    expect(page.locator("#mm-live")).to_contain_text("2 rules changed.")
    opened(page, served)
    expect(said(page)).to_contain_text("Your unsaved text is here again.")
    assert "Should not advertise, ever." in text_of(page)
    page.click("#mm-edit-save")
    expect(said(page)).to_contain_text("Saved as revision 2.")
    opened(page, served)
    expect(said(page)).to_have_count(0)


def test_proposals_are_decided_one_by_one_and_saved_together(page: Page, served: Served, library: Library):
    opened(page, served)
    typed(page, "# Kept by Ann", "# Kept by Bea")
    page.get_by_role("tab", name="Objectify").click()
    rules = page.locator("#mm-obj-rules")
    expect(rules.get_by_label("Threats (rated 9)")).not_to_be_checked()
    expect(rules.get_by_label("Spam (not rated)")).to_be_checked()
    page.get_by_label("As it says in words").check()
    page.click("#mm-obj-start")
    insults, spam = (page.locator(".mm-proposal", has_text=name) for name in ("Insults", "Spam"))
    expect(said(page, "#mm-obj-message")).to_contain_text("Finished: 2 of 2 rules.")
    expect(insults.locator("del").first).to_contain_text("insult people")
    expect(insults.locator("ins").first).to_contain_text("contain the word FOUND")
    expect(insults).to_contain_text("3.0 before, 9.0 now")
    insults.get_by_text("How it came about").click()
    expect(insults.locator("blockquote").first).to_have_text("It is <i>vague</i> to read.")
    spam.get_by_role("button", name="Reject").click()
    expect(spam).to_contain_text("The rule stays as it is.")
    insults.get_by_role("button", name="Edit").click()
    expect(page.locator("#mm-obj-box .cm-content")).to_contain_text("The word KEPT stands there.")
    page.locator("#mm-obj-box .cm-content").press("Control+a")
    page.keyboard.insert_text('objective_text: "Should not contain a slur."\nmodalities: [text]\npreconditions: [')
    expect(page.locator("#mm-obj-live")).to_contain_text("Line 4: not readable as YAML")
    page.keyboard.insert_text("{id: p1, any_of: [{id: q1, ask: The word SLUR stands there.}]}]")
    expect(page.locator("#mm-obj-live")).to_contain_text("no wording is marked")
    page.click("#mm-obj-use")
    expect(insults).to_contain_text("approved, not saved yet")
    page.get_by_role("button", name="Save the 1 approved proposal").click()
    expect(said(page, "#mm-obj-message")).to_contain_text("Saved as revision 2.")
    now = library.read("forum").rubric
    assert (now.rule("insults").objective_text, now.rule("insults").objectiveness) == ("Should not contain a slur.", 0)
    assert now.rule("spam") == library.read("forum", 1).rubric.rule("spam")
    page.get_by_role("tab", name="Edit").click()
    assert "# Kept by Bea" in text_of(page)  # what was typed and not saved stays, and joins what was approved
    page.click("#mm-edit-save")
    expect(page.locator(".mm-clash")).to_contain_text("do not touch each other")
    page.click("#mm-clash-save:enabled")
    expect(said(page)).to_contain_text("Both were saved together as revision 3.")
    assert library.read("forum").text.startswith("# Kept by Bea\n")
    assert library.read("forum").rubric == now


def test_long_work_is_followed_stopped_and_gone_on_with(page: Page, served: Served, library: Library):
    opened(page, served, tab="Objectify")
    page.get_by_label("As it says in words").check()
    served.backend.gate.clear()
    page.click("#mm-obj-start")
    progress = page.locator("#mm-obj-progress")
    expect(progress).to_contain_text("Rule 1 of 2: Insults")
    expect(progress.locator(".mm-elapsed")).to_contain_text(re.compile(r"[1-9]\.\d s"))
    page.get_by_role("tab", name="Rules").click()  # the page answers meanwhile
    expect(page.locator("#mm-book-threats")).to_be_visible()
    page.get_by_role("tab", name="Objectify").click()
    page.click("#mm-obj-stop")
    expect(progress).to_contain_text("Stopping after this step")
    served.backend.gate.set()
    expect(said(page, "#mm-obj-message")).to_contain_text("Stopped after 0 of 2 rules.")
    page.click("#mm-obj-start:enabled")
    expect(said(page, "#mm-obj-message")).to_contain_text("Finished: 2 of 2 rules.")
    opened(page, served, tab="Objectify")
    expect(page.locator(".mm-proposal")).to_have_count(2)  # kept from before


def test_an_example_is_tried_with_its_trace(page: Page, served: Served, library: Library):
    opened(page, served, tab="Try")
    page.click("#mm-try-go")
    result = page.locator("#mm-try-result")
    expect(result).to_contain_text("Threats: violated")
    expect(result).to_contain_text("It came out so.")
    expect(result.locator("tbody tr")).to_have_count(2)
    expect(result.locator(".mm-tree svg")).to_contain_text("answered yes: holds")
    expect(result).to_contain_text("with the content 0.96")
    page.get_by_label("A text of your own").check()
    page.locator("#mm-try-text textarea").fill("A story of no fool.")
    page.click("#mm-try-go:enabled")
    expect(result).to_contain_text("Threats: not violated")
    page.locator("#mm-try-rule input").click()
    page.get_by_role("option", name="The whole rubric").click()
    served.backend.gate.clear()
    page.click("#mm-try-go:enabled")
    expect(page.locator("#mm-try-progress")).to_contain_text("Judging")
    page.click("#mm-try-stop:enabled")
    served.backend.gate.set()
    expect(said(page, "#mm-try-message")).to_contain_text("Stopped.")
    page.click("#mm-try-go:enabled")
    expect(result).to_contain_text("The whole rubric")
    expect(result.locator("tbody tr").first).to_contain_text("Insults")
    assert served.store.verdicts() == []


def test_the_history_compares_and_opens_again(page: Page, served: Served, library: Library):
    held = library.read("forum")
    library.save(TEXT.replace("Should not advertise.", "Should not sell."), held.revision, "cleo", "plainer")
    opened(page, served, tab="History")
    lines = page.locator(".mm-revisions li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Revision 2 current by cleo")
    expect(lines.first).to_contain_text("plainer")
    lines.first.get_by_role("button", name="What changed").click()
    compared = page.locator("#mm-compared")
    expect(compared.locator("ins").nth(1)).to_contain_text("sell")
    expect(compared).to_contain_text("From revision 1 to revision 2")
    lines.nth(1).get_by_role("button", name="Open this one again").click()
    expect(said(page, "#mm-past-message")).to_contain_text("Revision 1 is current again, as revision 3.")
    assert library.read("forum").text == TEXT
    assert library.history("forum")[-1].by == "Bea"
    page.get_by_role("tab", name="Edit").click()
    expect(page.locator("#mm-code .cm-content")).to_contain_text("Should not advertise.")


def test_a_new_one_from_a_policy_is_offered_for_judging(page: Page, served: Served, library: Library):
    page.goto(f"{served.address}/rubrics")
    page.get_by_role("button", name="New rubric").click()
    page.get_by_label("A policy in plain words").check()
    page.locator("#mm-new-policy textarea").fill("We love you.\n- Do not trade in CARDS.")
    preview = page.locator("#mm-new-preview")
    expect(preview).to_contain_text("1 sentence becomes a rule, 1 does not.")
    page.click("#mm-new-make")
    expect(said(page, "#mm-new-message")).to_contain_text("Your name is missing")
    page.get_by_label("Your name").fill("Bea")
    page.get_by_label("Title", exact=True).fill("Market")
    page.click("#mm-new-make")
    expect(page.locator("#mm-open-title")).to_have_text("Market")
    expect(page.locator("#mm-rb-rules")).to_contain_text("Do not trade in CARDS.")
    page.get_by_role("link", name="Judge by it").click()
    expect(page.locator("#mm-message")).to_contain_text("What you give is judged by “Market”.")
    page.fill("#mm-text textarea", "Buy CARDS here.")
    page.click("#mm-judge:has-text('Judge')")
    expect(page.locator(".mm-card")).to_contain_text("Market")
    expect(page.locator(".mm-card")).to_contain_text("It breaks R01 trade cards.")


def test_a_shipped_one_is_copied_to_be_edited(page: Page, served: Served, library: Library):
    page.goto(f"{served.address}/rubrics?rubric=osbench")
    expect(page.locator("#mm-open-title")).to_have_text("Fourteen objective image rules")
    page.get_by_label("Your name").fill("Bea")
    page.get_by_role("tab", name="Edit").click()
    page.click("#mm-edit-copy")
    expect(page.locator("#mm-new-title")).to_be_focused()
    page.get_by_label("Short name").fill("ours")
    page.click("#mm-new-make")
    expect(page.locator("#mm-rb-head")).to_contain_text("yours, revision 1")
    expect(page.locator("#mm-edit-save")).to_be_visible()
    assert library.history("ours")[0].derived_from.startswith("osbench@")


def test_broken_and_hostile_files_are_shown_as_what_they_are(page: Page, served: Served, library: Library):
    hostile = "<img src=x onerror=alert(1)> ${alert(2)} {{x}}"
    library.save(TEXT.replace("Rules of the forum", f'"{hostile}"').replace("Should not advertise.", f'"{hostile}"'),
                 library.read("forum").revision, hostile, hostile)  # fmt: skip
    (library.folder / "odd.yaml").write_text("id: odd\nrules: none")
    page.goto(f"{served.address}/rubrics?rubric=../../../etc/passwd")
    expect(said(page, "#mm-rb-message")).to_contain_text("is no id of a rubric")
    page.locator("[data-rubric=forum]").click()
    expect(page.locator("#mm-open-title")).to_have_text(hostile)
    for tab in ("Rules", "Edit", "Objectify", "Try", "History"):
        page.get_by_role("tab", name=tab).click()
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    page.locator("[data-rubric=odd]").click()
    expect(page.locator("#mm-rb-head [role=alert]")).to_contain_text("title is missing")
    expect(page.locator("#mm-live")).to_contain_text("It can’t be saved yet")
    expect(page.locator("#mm-code .cm-content")).to_contain_text("rules: none")


def test_at_phone_width_nothing_sticks_out_and_everything_has_a_name(page: Page, served: Served, library: Library):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, served, tab="Rules")
    for tab in ("Rules", "Edit", "Objectify", "Try", "History"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        assert page.evaluate(NAMELESS) == [], tab
        assert page.evaluate(SMALL) == [], tab
    page.get_by_role("tab", name="Edit").click()
    expect(page.get_by_role("textbox", name="The rubric as YAML")).to_be_visible()
    hints, save = (page.locator(place).bounding_box() for place in ("#mm-live", "#mm-edit-save"))
    assert hints
    assert save
    assert hints["y"] < save["y"]  # between the text and the button


def test_the_keyboard_is_enough(page: Page, served: Served, library: Library):
    page.goto(f"{served.address}/rubrics")
    search = page.get_by_label("Search rubrics")
    search.focus()
    page.keyboard.type("forum threaten")
    expect(page.locator(".mm-book")).to_have_count(1)
    for _ in range(3):  # the button for a new one, the name, the first of the list
        page.keyboard.press("Tab")
    expect(page.locator("[data-rubric=forum]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#mm-open-title")).to_have_text("Rules of the forum")
    expect(page.locator("[data-rubric=forum]")).to_be_focused()
    page.get_by_role("tab", name="Edit").press("Enter")
    page.locator("#mm-code .cm-content").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#mm-code .cm-content")).not_to_be_focused()

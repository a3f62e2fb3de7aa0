"""Guidelines beside a verdict: what is offered, what is kept, what is shown; then on the page with the real encoder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import Served
from playwright.sync_api import Page, expect
from test_judge_page import THREAT, judge
from ui_stand_in import Words, opener, rubric

from mmjudge import guidelines
from mmjudge.guidelines import Finder, Near
from mmjudge.policy import LOOSE
from mmjudge.session import judge_item
from mmjudge.store import Store, open_store
from mmjudge.types import Guideline, Item, Missing, Reading, Segment
from mmjudge.ui.guideline_panel import Lookup, Offer, keep, near, near_html, offer_of
from mmjudge.ui.shown import Shown
from mmjudge.vectors import Vectors

REASON = "Bones in a film script threaten nobody."


class Same:
    """An encoder to which all words that share a first letter are the same, and all others far apart."""

    id = "same@1"
    reads = frozenset({"text"})

    def embed_texts(self, texts):
        return [np.eye(26, dtype=np.float32)[[ord(text[0].lower()) - 97]] for text in texts]

    def embed_segment(self, segment):
        return self.embed_texts([segment.text])[0]


LOOKUP = Lookup(lambda: Finder(Same(), Vectors(None, "same@1")))
NOBODY = Lookup(lambda: Missing("unsupported_modality", "there is no <text> encoder"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/a.db") as opened:
        yield opened


def shown(store: Store, text: str) -> Shown:
    rules = rubric()
    ready = opener(Words())(rules, LOOSE)
    item = Item(f"item {text}", text)
    verdict = judge_item(ready, store, item, reading=Reading(item.id, (Segment(item.id, 0, text=text),)))
    return Shown(item, verdict, verdict, 1, rules, LOOSE, None, "stand-in")


def test_only_a_disagreement_is_an_offer(store):
    threat = shown(store, "You: I break it")
    assert threat.verdict.categories == ("violent_threats",)
    assert offer_of(threat, "", "disagree") == Offer("violent_threats", "fine")
    assert offer_of(threat, "violent_threats", "disagree") == Offer("violent_threats", "fine")
    assert offer_of(threat, "insults", "disagree") == Offer("insults", "violates")
    for about, say in (("", "agree"), ("", "cant_tell"), ("insults", "agree"), ("nowhere", "disagree"), ("", "odd")):
        assert offer_of(threat, about, say) is None
    assert offer_of(None, "", "disagree") is None


def test_of_several_broken_rules_or_none_the_whole_rubric_is_meant(store):
    assert offer_of(shown(store, "You: I break it, you fool"), "", "disagree") == Offer("", "fine")
    assert offer_of(shown(store, "bread"), "", "disagree") == Offer("", "violates")


def test_a_reason_is_kept_with_its_item_and_shown_again(store):
    threat = shown(store, "You: I break it")
    assert near(store, LOOKUP, threat) == ""  # no guidelines: nothing is opened, nothing is said
    said = keep(store, LOOKUP, threat, Offer("violent_threats", "fine"), " Ada  <b>", f" Your:\n{REASON}")
    [kept] = store.guidelines("stand-in")
    assert (kept.rule_id, kept.verdict, kept.source_item_id) == ("violent_threats", "fine", threat.item.id)
    assert (kept.text, kept.author) == (f"Your: {REASON}", "Ada <b>")
    assert f"Guideline {kept.id} stored, about “Violent threats”: Your: {REASON}" in said
    found = near(store, LOOKUP, threat)
    assert "Violent threats, not violated" in found
    assert "cosine 1.00" in found
    assert "Ada &lt;b&gt;" in found
    assert "The judge was shown none of them." in found
    assert "None is near to it." in near(store, LOOKUP, shown(store, "bread"))


def test_what_is_no_guideline_is_told_and_not_kept(store):
    threat, offer = shown(store, "You: I break it"), Offer("violent_threats", "fine")
    assert "Write the reason first" in keep(store, LOOKUP, threat, offer, "Ada", " ")
    assert "Say first that you disagree" in keep(store, LOOKUP, threat, None, "Ada", REASON)
    assert "at most 300 characters" in keep(store, LOOKUP, threat, offer, "Ada", "x" * 301)
    assert store.guidelines() == []
    keep(store, LOOKUP, threat, offer, "Ada", REASON)
    [kept] = store.guidelines()
    assert f"guideline {kept.id} says the same (cosine 1.00)" in keep(store, LOOKUP, threat, offer, "Bob", "Bones too.")
    assert store.guidelines() == [kept]


def test_without_an_encoder_it_is_said(store):
    threat, offer = shown(store, "You: I break it"), Offer("violent_threats", "fine")
    keep(store, NOBODY, threat, offer, "Ada", REASON)
    said = keep(store, NOBODY, threat, offer, "Ada", "Another reason.")
    assert "not compared with the 1 guidelines of its rule: there is no &lt;text&gt; encoder" in said
    assert len(store.guidelines()) == 2
    assert "Not looked for: there is no &lt;text&gt; encoder." in near(store, NOBODY, threat)


def test_a_guideline_is_data_on_the_page():
    hostile = Guideline("g", "stand-in", "gone", "<script>alert(1)</script>", "violates", author="<i>")
    made = near_html((Near(hostile, 0.5),), rubric(), given=True)
    assert "<script>" not in made
    assert "<i>" not in made
    assert "gone, violated" in made
    assert "The judge was shown guidelines" in made


def test_the_encoder_is_opened_once():
    opened = []

    def opening() -> Missing:
        opened.append(1)
        return Missing("unsupported_modality", "none")

    lookup = Lookup(opening)
    assert lookup() is lookup()
    assert opened == [1]


@pytest.mark.browser
@pytest.mark.weights
def test_disagreeing_offers_a_guideline_and_the_next_item_shows_it(
    page: Page, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from needs import weights

    weights("minilm")
    monkeypatch.setattr(guidelines, "open_finder", partial(guidelines.open_finder, tmp_path))
    judge(page, THREAT)
    make, receipt = page.locator("#mm-make-guideline"), page.locator("#mm-receipt")
    expect(make).to_be_hidden()
    page.fill("#mm-rater textarea", "Ada")
    page.click("#mm-agree")
    expect(receipt).to_contain_text("Stored")
    expect(make).to_be_hidden()
    page.click("#mm-disagree")
    expect(receipt).to_contain_text("breaks no rule")
    expect(make).to_be_visible()
    make.click()
    expect(receipt).to_contain_text("Write the reason first")
    page.fill("#mm-note textarea", "Breaking legs in a film <script>alert(1)</script> hurts nobody.")
    make.click()
    expect(receipt).to_contain_text("stored, about the whole rubric: Breaking legs in a film", timeout=60_000)
    expect(page.locator("#mm-near")).to_contain_text("Breaking legs in a film <script>alert(1)</script> hurts nobody.")
    [kept] = served.store.guidelines("stand-in")
    assert (kept.verdict, kept.author, kept.source_item_id) == ("fine", "Ada", served.store.verdicts()[0].item_id)
    judge(page, "In the film they break both of his legs.")
    expect(page.locator("#mm-near")).to_contain_text("not violated")
    expect(page.locator("#mm-near")).to_contain_text("The judge was shown none of them.")
    expect(make).to_be_hidden()

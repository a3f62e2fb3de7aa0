"""The views of the page "Rubrics": right words and lines, and whatever hostile text goes in comes out as text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from test_view import HOSTILE, KNOWN_TAGS, Tags
from ui_stand_in import rubric

from mmjudge.library import Entry, Revision
from mmjudge.lint import Hint, lint
from mmjudge.objectify import Objectified, Round
from mmjudge.rating import Rating
from mmjudge.rubric_diff import diff
from mmjudge.rubric_merge import Conflict
from mmjudge.types import Example, Precondition, Question, Rubric, Rule
from mmjudge.ui.clash_view import clash_html, joined_words
from mmjudge.ui.desk import Desk
from mmjudge.ui.diff_view import before_after_html, changes_html, marked, summary
from mmjudge.ui.lint_view import checked, checked_html, places
from mmjudge.ui.proposals_view import Doing, Proposal, doing_html, proposals_html
from mmjudge.ui.rubrics_history import history_html
from mmjudge.ui.rubrics_new import slug_of, stated_html
from mmjudge.ui.rubrics_view import fits, head_html, list_html, rule_html, rules_html

RUBRIC = rubric()
TAGS = KNOWN_TAGS | {"article", "code", "del", "desc", "ins", "line", "pre", "q", "text", "title", "tspan", "g"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}

TEXT = """# by Ann
id: mine
title: Mine
rules:
  - id: gore
    text: Should not be gory.
    preconditions:
      - id: p1
        any_of:
          - {id: q1, ask: It is a bad wound.}
          - {id: q2, ask: A corpse is visible.}
  - id: rude
    text: Should not be rude.
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: A slur stands there.}]
"""


def harmless(html: str) -> Tags:
    """Well-formed, only our own tags, no handler, nothing gradio's templates would take for theirs."""
    html.encode("utf-8")
    parsed = Tags(html)
    assert set(parsed.tags) <= TAGS, set(parsed.tags) - TAGS
    assert not {name for name in parsed.attributes if name.startswith("on")}
    assert "${" not in html
    assert "{{" not in html
    return parsed


def strange(text: str) -> Rubric:
    """A rubric in which every word is a stranger's."""
    questions = (Question("q1", text, True, (text,)), Question("q2", f"{text} again", False))
    example = Example(True, text, text, "response")
    rule = Rule("x", text, f"{text}!", (Precondition("p1", questions),), ("text",), text, examples=(example,))
    return Rubric("strange", "0" * 16, text, text, (rule,), text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_come_out_as_text(hostile: str):
    own = strange(hostile)
    desk = Desk("strange", hostile, "0" * 16, own, error=hostile)
    before = strange("plain")
    hints = (Hint("x", "q1", "vague", hostile), Hint("x", "", "vague", hostile))
    proposed = Objectified(
        "x", (Round(hostile, Rating(3.0, 3.0, hostile)), Round("b", None, hostile)), "b", 0, (), ("text",), (hostile,)
    )
    entry = Entry("strange", hostile, "", 1, True, "1", 1, hostile, "")
    broken = Entry(hostile, own=True, error=hostile)
    line = Revision(1, hostile, "", 0.0, hostile, hostile, "", f"{hostile}@1")
    conflict = Conflict(hostile, hostile, hostile, "")
    for html in (
        list_html([entry, broken], "strange"),
        head_html(desk),
        rules_html(own, hints),
        changes_html(before, own, diff(before, own), hostile),
        changes_html(own, before, diff(own, before)),
        checked_html(checked(hostile, None), None, True),
        proposals_html([Proposal(own.rules[0], proposed), Proposal(own.rules[0], proposed, "rejected")], "x"),
        doing_html(Doing(1, 2, hostile, hostile)),
        clash_html(hostile, 2, [conflict], {}, [hostile], hostile),
        history_html([line], 1, 0.0),
        stated_html(f"Never {hostile}\n# {hostile}"),
    ):
        harmless(html)


# --- the list and the rules ---------------------------------------------------------------------------------------


def test_own_rubrics_come_first_and_say_what_they_are():
    mine = Entry("mine", "Mine", "v", 2, True, "r", 3, "ann")
    html = list_html(
        [Entry("default", "Default", "v", 15), mine, Entry("odd", own=True, revision="r", error="no")], "mine"
    )
    text = harmless(html).text
    assert text.index("Mine") < text.index("Shipped, read-only") < text.index("Default")
    assert "2 rules · yours · revision 3 by ann" in text
    assert "15 rules · read-only" in text
    assert "Cannot be read: open it to repair it" in text
    assert re.search(r'data-rubric="mine" aria-current="true"', html)
    assert html.count("aria-current") == 1


def test_a_file_without_an_id_cannot_be_opened():
    html = list_html([Entry("Not An Id.yml", own=True, error="an own rubric is a file ID.yaml")], "")
    assert "data-rubric" not in html
    assert "an own rubric is a file ID.yaml" in html


def test_search_finds_words_of_names_and_rules():
    entry = Entry("stand-in", "Rules of the stand-in", own=True, by="ann")
    assert fits(entry, RUBRIC, "payment STAND-IN")
    assert fits(entry, RUBRIC, "ann")
    assert not fits(entry, RUBRIC, "payment giraffe")
    assert not fits(entry, None, "payment")


def test_a_rule_says_when_it_is_a_violation():
    text = harmless(rule_html(RUBRIC.rule("violent_threats"), RUBRIC, ())).text
    assert "It is a violation when: «Somebody is addressed with the word YOU» is answered yes, and «The word" in text
    assert "It is no violation as soon as: «Somebody is addressed with the word YOU» is answered no." in text
    assert "not rated" in text
    assert "severe" in text


def test_many_ways_are_counted_instead_of_written_out():
    chain = tuple(
        Precondition(f"p{n}", (Question(f"a{n}", f"A{n} is there."), Question(f"b{n}", f"B{n} is there.")))
        for n in range(3)
    )
    text = harmless(rule_html(replace(RUBRIC.rules[0], preconditions=chain), RUBRIC, ())).text
    assert "Violates if (1) «A0 is there» or «B0 is there» is answered yes; and (2)" in text
    assert "These are 8 ways in all." in text
    assert "It is a violation when" not in text


# --- the check ----------------------------------------------------------------------------------------------------


def test_lines_of_rules_and_questions():
    assert places(TEXT) == {
        ("gore", ""): 5,
        ("gore", "q1"): 10,
        ("gore", "q2"): 11,
        ("rude", ""): 12,
        ("rude", "q1"): 16,
    }


def test_a_broken_text_says_its_line():
    found = checked(TEXT.replace("    text: Should not be rude.", "    txet: Should not be rude."), None)
    assert found.rubric is None
    assert found.line == 13
    assert found.error.startswith("Line 13: rule 2")
    html = checked_html(found, None, True)
    assert 'data-act="jump" data-line="13"' in html
    assert "It can’t be saved yet" in html


def test_hints_stand_beside_their_line():
    found = checked(TEXT, None)
    assert [(hint.rule_id, hint.question_id) for hint in found.hints] == [("gore", "q1")]
    html = checked_html(found, None, False)
    assert 'data-line="10"' in html
    assert "1 hint" in harmless(html).text
    assert "It is a bad wound." in html


def test_the_id_must_stay():
    found = checked(TEXT, None, "yours")
    assert found.rubric is None
    assert (found.line, "must stay 'yours'" in found.error) == (2, True)


def test_what_saving_would_mean():
    before = checked(TEXT, None).rubric
    assert before is not None
    severe = checked(TEXT.replace("  - id: rude\n", "  - id: rude\n    severity: 3\n"), before)
    assert "can be decided again by arithmetic" in summary(severe.changes)
    reworded = checked(TEXT.replace("A corpse is visible.", "A dead body is visible."), before)
    html = checked_html(reworded, before, True)
    assert "1 question is new or reworded." in html
    assert harmless(html).text.count("A dead body is visible.") == 1  # among those to be asked
    comments = checked(TEXT.replace("# by Ann", "# by Ben"), before)
    assert "Only comments or the layout changed" in checked_html(comments, before, True)
    assert "Nothing is changed yet" in checked_html(comments, before, False)


# --- differences --------------------------------------------------------------------------------------------------


def test_changed_words_are_marked_in_both_and_named_for_those_who_do_not_see_it():
    before, after = marked("Should not be gory.", "Should not show blood.")
    said = '<span class="sr">[{}: </span>{}<span class="sr">]</span>'
    assert before == f"Should not <del>{said.format('removed', 'be gory')}</del>."
    assert after == f"Should not <ins>{said.format('added', 'show blood')}</ins>."


def test_equal_texts_are_said_to_be_unchanged():
    text = harmless(before_after_html("The same.", "The same.")).text
    assert text == "UnchangedThe same."


def test_long_texts_are_shown_whole():
    before, after = marked("a " * 2000, "b " * 2000)
    assert before.count("<del>") == after.count("<ins>") == 1


def test_added_and_removed_rules_are_named():
    old, new = checked(TEXT, None).rubric, None
    assert old is not None
    new = replace(old, rules=(replace(old.rules[0], id="blood"), old.rules[1]))
    text = harmless(changes_html(old, new, diff(old, new))).text
    assert "1 rule added, 1 rule removed." in text
    assert "New: its 2 questions have to be asked." in text
    assert "Gone: stored verdicts can be decided again without it" in text


# --- proposals, conflicts, history --------------------------------------------------------------------------------


def proposal(**more: object) -> Proposal:
    rule = checked(TEXT, None).rubric.rules[0]  # type: ignore[union-attr]
    chain = (Precondition("p1", (Question("q1", "An open wound is visible.", True, ("wound",)),)),)
    rounds = (
        Round("Should not be gory.", Rating(3.2, 3.2, "People differ.")),
        Round("Should not show an open wound.", Rating(9.4, 9.4, "A wound is there or not.")),
    )
    proposed = Objectified(
        "gore", rounds, "Should not show an open wound.", 9, chain, rule.modalities, ("objects: none",)
    )
    return Proposal(rule, proposed, **more)  # type: ignore[arg-type]


def test_a_proposal_shows_both_wordings_every_round_and_what_was_off():
    html = proposals_html([proposal()])
    text = harmless(html).text
    assert "1 proposal: 1 to decide, 0 approved" in text
    assert "3.2 before, 9.4 now" in text
    assert "As it is, rated 3.2" in text
    assert "Round 1, rated 9.4chosen" in text.replace(" chosen", "chosen")
    assert "People differ." in text
    assert "objects: none" in text
    for act in ("approve", "reject", "edit"):
        assert f'data-act="{act}" data-rule="gore"' in html


def test_a_rejected_proposal_leaves_the_rule_and_an_edited_one_is_not_rated():
    text = harmless(proposals_html([proposal(decision="rejected")])).text
    assert "The rule stays as it is." in text
    assert "open wound" not in text
    edited = harmless(proposals_html([proposal(decision="approved", edited=True)])).text
    assert "not rated, as you changed the wording" in edited
    assert "approved, not saved yet" in edited


def test_a_conflict_shows_both_sides_and_what_is_chosen():
    conflict = Conflict("rule gore", "gore", "- id: gore\n  text: Mine.", "- id: gore\n  text: Theirs.")
    html = clash_html("bob", 4, [conflict], {}, ["Your change to rude"], "")
    text = harmless(html).text
    assert "bob saved revision 4 while you were writing. Nothing of yours is lost." in text
    assert "Choose whose version counts for 1 part" in text
    assert "≠   text: Mine." in text
    assert "  - id: gore" in text
    assert html.count('aria-pressed="false"') == 2
    chosen = clash_html("bob", 4, [conflict], {"rule gore": "theirs"}, [], "")
    assert "Every choice is made" in chosen
    assert chosen.count('aria-pressed="true"') == 1
    assert "Removed on this side." in clash_html("bob", 4, [replace(conflict, theirs="")], {}, [], "")


def test_what_is_joined_without_a_question_is_said():
    base = checked(TEXT, None).rubric
    assert base is not None
    mine = replace(base, rules=(replace(base.rules[0], severity=3), base.rules[1]))
    theirs = replace(base, rules=(base.rules[0],))
    assert joined_words(base, mine, theirs, []) == ["Your change to gore", "Their removal of rude"]
    torn = [Conflict("rule gore", "gore", "a", "b")]
    assert joined_words(base, mine, theirs, torn) == ["Their removal of rude"]


def test_the_history_is_newest_first_and_only_old_readable_ones_can_be_opened_again():
    lines = [
        Revision(1, "a" * 16, "v1", 0.0, "ann", "new", "", "osbench@123"),
        Revision(2, "b" * 16, "", 10.0, "edited outside", "", "a" * 16),
        Revision(3, "c" * 16, "v3", 20.0, "bob", "", "b" * 16),
    ]
    html = history_html(lines, 3, 30.0)
    text = harmless(html).text
    assert text.index("Revision 3") < text.index("Revision 2") < text.index("Revision 1")
    assert re.findall(r'data-act="again" data-number="(\d)"', html) == ["1"]
    assert re.findall(r'data-act="changes" data-number="(\d)"', html) == ["3", "2", "1"]
    assert "from osbench" in text
    assert "This text could not be read as a rubric." in text


def test_which_sentences_become_rules():
    html = stated_html("We love you.\n\n## Safety\n- Do not sell weapons.")
    text = harmless(html).text
    assert "1 sentence becomes a rule, 1 does not." in text
    assert re.search(r'class="left">.*?We love you\.', html)
    assert re.search(r'class="taken">.*?Safety.*?Do not sell weapons\.', html)


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Häme & Spott", "hame_spott"), ("規則", ""), ("../../etc/passwd", "etc_passwd"), ("A" * 80, "a" * 60)],
)
def test_short_names_are_made_of_titles(title: str, slug: str):
    assert slug_of(title) == slug


def test_hints_of_every_kind_have_a_word():
    html = rules_html(checked(TEXT, None).rubric, lint(checked(TEXT, None).rubric))  # type: ignore[arg-type]
    assert "Vague word" in harmless(html).text

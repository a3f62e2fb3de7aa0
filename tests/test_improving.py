"""Proposals are kept rule by rule and gone on with; what is approved, and only that, reaches the file."""

import json

import pytest
from test_objectify import CHAIN, Scripted, quiet

from mmjudge import improving, objective_prompts, proposals
from mmjudge.errors import BackendError
from mmjudge.library import Library, StaleError
from mmjudge.rating import Scale
from mmjudge.types import YesNo

TEXT = """# Kept by Ann
id: mine
title: Mine
rules:
  - id: gore
    modalities: [image]
    text: Should not be gory.  # from the old handbook
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: It is gory.}]
  - id: rude
    text: Should not be rude.
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: It is rude.}]
"""
RATED = "It is plain.\nRating: [[9]]"
VAGUE = "It is vague.\nRating: [[2]]"


@pytest.fixture
def library(tmp_path):
    made = Library(tmp_path / "rubrics")
    made.save(TEXT, None, "ann", "new")
    return made


def run(backend, library, rules, how="words"):
    return list(improving.propose(backend, rules, improving.kept_in(library, "mine"), quiet, how))


def gore_script():
    objects = ["wound", "corpse", "blood", "hospital"]
    return [VAGUE, "Should not show an open wound.", RATED, CHAIN, *objects]


def test_a_stopped_run_goes_on_where_it_was(library):
    rules = library.read("mine").rubric.rules
    [(rule, first)] = run(Scripted(*gore_script()), library, rules[:1])
    again = Scripted(RATED, "1. {The content has an insult.}", "insult")
    assert run(again, library, rules)[0] == (rule, first)
    assert len(again.seen) == 3  # only the second rule was asked about


def test_a_reworded_rule_is_proposed_anew(library):
    held = library.read("mine")
    run(Scripted(*gore_script()), library, held.rubric.rules[:1])
    now = library.save(held.text.replace("Should not be gory.", "Should not be bloody."), held.revision, "ann", "")
    backend = Scripted(RATED, "1. {Blood is visible here.}", "blood")
    [(_, found)] = run(backend, library, now.rubric.rules[:1])
    assert found.before == "Should not be bloody."


def test_a_torn_last_line_is_made_anew_and_a_broken_one_is_told(library):
    rules = library.read("mine").rubric.rules
    run(Scripted(*gore_script()), library, rules[:1])
    path = improving.kept_in(library, "mine")
    with path.open("a") as out:
        out.write('{"key": "abc", "prop')
    assert len(proposals.proposals(path)) == 1
    run(Scripted(RATED, "1. {The content has an insult.}", "insult"), library, rules)
    assert len(proposals.proposals(path)) == 2  # what was written after the torn line is there
    run(Scripted(), library, rules)  # and nothing is asked again
    path.write_text("{}\n" + path.read_text())
    assert len(proposals.proposals(path)) == 2


def test_a_line_separator_in_a_models_words_breaks_nothing(library):
    rules = library.read("mine").rubric.rules[1:]
    odd = "It is\u2028plain\u0085.\nRating: [[9]]"
    run(Scripted(odd, "1. {The content has an insult.}", "insult"), library, rules)
    [(_, found)] = run(Scripted(), library, rules)
    assert "\u2028" in found.rounds[0].rating.explanation


def test_a_chain_edited_by_hand_is_not_overwritten_by_an_old_proposal(library):
    held = library.read("mine")
    run(Scripted(RATED, "1. {The content has an insult.}", "insult"), library, held.rubric.rules[1:])
    now = library.save(held.text.replace("ask: It is rude.", "ask: It has a swear word."), held.revision, "ann", "")
    backend = Scripted(RATED, "1. {The content has an insult.}", "insult")
    run(backend, library, now.rubric.rules[1:])
    assert backend.replies == []  # asked anew: the old one is of another rule


def test_question_ids_keep_clear_of_those_of_grades(library):
    held = library.read("mine")
    graded = held.text.rstrip() + "\n    grades: [{id: q1, severity: 3, ask: It threatens somebody.}]\n"
    graded = graded.replace("any_of: [{id: q1, ask: It is rude.}]", "any_of: [{id: q7, ask: It is rude.}]")
    held = library.save(graded, held.revision, "ann", "")
    script = Scripted(RATED, "1. {The content has an insult.}", "insult")
    [(rule, made)] = run(script, library, held.rubric.rules[1:])
    now = improving.approve(library, held, {rule.id: made}, "ann")
    assert [q.id for q in now.rubric.rule("rude").questions] == ["chain_q1"]


def test_what_is_approved_reaches_the_file_and_comments_stay(library):
    held = library.read("mine")
    found = dict(run(Scripted(*gore_script()), library, held.rubric.rules[:1]))
    [(rule, proposed)] = found.items()
    now = improving.approve(library, held, {rule.id: proposed}, "ann")
    changed, kept = now.rubric.rules
    assert changed.objective_text == "Should not show an open wound."
    assert changed.objectiveness == 9
    assert changed.questions[0].ask == "A wound is visible."
    assert kept == held.rubric.rules[1]
    assert "# Kept by Ann" in now.text
    assert "# from the old handbook" in now.text
    assert library.history("mine")[-1].note == "objectified gore"


def test_somebody_who_saved_in_between_is_not_overwritten(library):
    held = library.read("mine")
    found = {rule.id: made for rule, made in run(Scripted(*gore_script()), library, held.rubric.rules[:1])}
    library.save(held.text.replace("Should not be rude.", "Should not be mean."), held.revision, "bob", "")
    with pytest.raises(StaleError):
        improving.approve(library, held, found, "ann")
    assert "Should not be mean." in library.read("mine").text


class Telling(Scripted):
    """Answers the rater's questions: objective anchors yes."""

    id = "telling"

    def score_yes_no(self, segment, asks, order=0):
        self.seen.append((segment.text, ()))
        high = segment.text in objective_prompts.OBJECTIVE_ANCHORS
        return [YesNo(0.8, 0.2) if high is speaks else YesNo(0.2, 0.8) for _, speaks in objective_prompts.SIGNS]


def test_the_scale_is_asked_for_once(tmp_path):
    first = Telling()
    scale = improving.scale_of(first, tmp_path)
    assert isinstance(scale, Scale)
    assert len(first.seen) == 12
    second = Telling()
    assert improving.scale_of(second, tmp_path) == scale
    assert second.seen == []
    [path] = (tmp_path / "priors").iterdir()
    for broken in ("[1", "[2, 1]", "[NaN, 1]"):
        path.write_text(broken)
        assert improving.scale_of(second, tmp_path) == scale
    assert json.loads(path.read_text()) == list(scale)


def test_a_model_that_cannot_tell_is_an_error_that_says_what_to_do(tmp_path):
    class Flat(Telling):
        def score_yes_no(self, segment, asks, order=0):
            return [YesNo(0.5, 0.5) for _ in asks]

    with pytest.raises(BackendError, match="--rater words"):
        improving.scale_of(Flat(), tmp_path)

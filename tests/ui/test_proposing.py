"""Work on rules in one session: the run and its turn, what is approved and saved, and the small box of one rule."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from ui_stand_in import Words, opener

from mmjudge import objective_prompts as asked_for
from mmjudge.errors import MMJudgeError, RubricError
from mmjudge.improving import kept_in
from mmjudge.library import Library
from mmjudge.store import open_store
from mmjudge.types import Step
from mmjudge.ui.bench import Bench, Stopped, Turn
from mmjudge.ui.proposing import Work, box_text, boxed, from_before, running, saved, with_proposals
from mmjudge.ui.task import Ended, Found, Task

TEXT = """# Kept by Ann
id: mine
title: Mine
rules:
  - id: gore
    modalities: [text]
    text: Should not be gory.  # old
    objectiveness: 2
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: It is gory.}]
  - id: rude
    modalities: [text]
    text: Should not be rude.
    preconditions:
      - id: p1
        any_of: [{id: q1, ask: It is rude.}]
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "rubrics")
    made.save(TEXT, None, "ann", "")
    return made


@pytest.fixture
def backend() -> Words:
    return Words()


@pytest.fixture
def bench(tmp_path: Path, backend: Words, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as store:
        yield Bench(store, {"stand-in": opener(backend)})


def run(bench: Bench, library: Library, how: str = "words"):
    rubric = library.read("mine").rubric
    return running(bench, library, rubric, rubric.rules, "stand-in", how, 2, False)  # type: ignore[arg-type]


def finished(task) -> tuple[list, Ended]:
    events = [event for event in task.follow(0.05) if event is not None]
    return [event.value for event in events if isinstance(event, Found)], events[-1]


def test_a_run_gives_a_proposal_per_rule_and_keeps_each(bench: Bench, library: Library):
    found, ended = finished(run(bench, library))
    assert [(rule.id, proposed.text, proposed.objectiveness) for rule, proposed in found] == [
        ("gore", "Should not contain the word FOUND.", 9),
        ("rude", "Should not contain the word FOUND.", 9),
    ]
    assert ended == Ended()
    assert set(from_before(library, library.read("mine").rubric)) == {"gore", "rude"}


class Halting(Words):
    """Shuts its gate once it has written a chain: the next rule waits in the middle of its first step."""

    def generate(self, segment, prompt, max_tokens, previous=()):
        self.generated.append(prompt)
        reply = super().generate(segment, prompt, max_tokens, previous)
        if asked_for.CHAIN in prompt:
            self.gate.clear()
        return reply


def test_a_stopped_run_ends_between_two_steps_and_a_second_one_goes_on(bench: Bench, library: Library):
    halting = Halting()
    bench.openers["stand-in"] = opener(halting)
    task = run(bench, library)
    for event in task.follow(0.05):
        if isinstance(event, Found):
            assert event.value[0].id == "gore"
            task.stop.set()
            halting.gate.set()
        if isinstance(event, Ended):
            assert event == Ended(stopped=True)
    assert len(kept_in(library, "mine").read_text().splitlines()) == 1
    asked = len(halting.generated)
    assert any("gory" in prompt for prompt in halting.generated)
    halting.gate.set()
    found, ended = [], None
    for event in run(bench, library).follow(0.05):
        halting.gate.set()
        if isinstance(event, Found):
            found.append(event.value[0].id)
        ended = event or ended
    assert (found, ended) == (["gore", "rude"], Ended())
    assert not any("gory" in prompt for prompt in halting.generated[asked:])


def test_a_judge_that_cannot_write_is_said(bench: Bench, library: Library, backend: Words):
    bench.openers["blind"] = lambda rules, policy: replace(opener(backend)(rules, policy), backend=None)
    rubric = library.read("mine").rubric
    _, ended = finished(running(bench, library, rubric, rubric.rules, "blind", "words", 1, False))
    assert "no language model that can write" in ended.problem


def test_a_failure_of_ours_shows_no_detail(bench: Bench, library: Library, backend: Words):
    backend.broken = True
    _, ended = finished(run(bench, library, "measured"))
    assert "Something went wrong on our side" in ended.problem
    assert "deep.py" not in ended.problem


# --- turns --------------------------------------------------------------------------------------------------------


def test_long_work_gives_way_to_whoever_waits_and_goes_on():
    models, waiting, order = threading.Lock(), [], []
    long, short = (Turn(models, waiting, lambda step: order.append(step.stage)) for _ in range(2))
    long.take()
    long.give_way()  # nobody waits: it keeps its turn
    other = threading.Thread(target=lambda: (short.take(), order.append("short"), short.leave()))
    other.start()
    while not waiting:
        pass
    long.give_way()
    order.append("long")
    long.leave()
    other.join(10)
    assert [said for said in order if said != "wait"] == ["short", "long"]
    assert models.acquire(timeout=1)


def test_who_is_stopped_while_waiting_takes_nothing_and_frees_nothing():
    models, waiting = threading.Lock(), []

    def stopped(step: Step) -> None:
        raise Stopped

    models.acquire()
    turn = Turn(models, waiting, stopped)
    with pytest.raises(Stopped):
        turn.take()
    turn.leave()
    assert models.locked()
    assert waiting == []


def test_a_task_tells_its_steps_and_ends_with_what_went_wrong():
    def work(task: Task) -> None:
        task.tell(Step("read", "one"))
        task.give(1)
        raise RubricError("say what to do")

    events = [event for event in Task(work).start().follow(0.05) if event is not None]
    assert events == [Step("read", "one"), Found(1), Ended("say what to do")]


# --- deciding and saving ------------------------------------------------------------------------------------------


def worked(bench: Bench, library: Library) -> Work:
    finished(run(bench, library))
    work = Work(open_id="mine")
    work.mine.update(from_before(library, library.read("mine").rubric))
    return work


def test_only_what_is_approved_is_saved_as_one_revision(bench: Bench, library: Library):
    work = worked(bench, library)
    assert work.decide("gore", "approve")
    assert work.decide("rude", "reject")
    assert not work.decide("other", "approve")
    assert not work.decide("gore", "explode")
    held, late = saved(library, "mine", work.mine, "bob")
    assert (held.number, late) == (2, [])
    gore, rude = held.rubric.rules
    assert (gore.objective_text, gore.objectiveness) == ("Should not contain the word FOUND.", 9)
    assert [[(q.ask, q.expect) for q in p.any_of] for p in gore.preconditions] == [
        [("The word FOUND stands there.", True), ("The word KEPT stands there.", True)],
        [("The word NEWS stands there.", False)],
    ]
    assert rude.objective_text == "Should not be rude."
    assert "# Kept by Ann" in held.text
    assert "# old" in held.text
    assert (library.history("mine")[-1].by, library.history("mine")[-1].note) == ("bob", "objectified gore")


def test_an_answer_can_be_taken_back(bench: Bench, library: Library):
    work = worked(bench, library)
    work.decide("gore", "approve")
    work.decide("gore", "approve")
    with pytest.raises(MMJudgeError, match="No proposal is approved yet"):
        saved(library, "mine", work.mine, "bob")


def test_a_rule_that_somebody_changed_meanwhile_is_left_out_and_said(bench: Bench, library: Library):
    work = worked(bench, library)
    for rule_id in ("gore", "rude"):
        work.decide(rule_id, "approve")
    held = library.read("mine")
    library.save(held.text.replace("Should not be rude.", "Should not be mean."), held.revision, "cleo", "")
    now, late = saved(library, "mine", work.mine, "bob")
    assert late == ["rude"]
    assert now.rubric.rule("rude").text == "Should not be mean."
    assert now.rubric.rule("gore").objectiveness == 9
    with pytest.raises(MMJudgeError, match="gore, rude changed meanwhile"):
        saved(library, "mine", work.mine, "bob")


# --- the box ------------------------------------------------------------------------------------------------------


def test_the_box_says_what_it_was_given(bench: Bench, library: Library):
    proposal = worked(bench, library).mine["gore"]
    again = boxed(box_text(proposal.result), proposal)
    assert again == proposal
    assert not again.edited


def test_an_edited_wording_is_taken_and_loses_its_rating(bench: Bench, library: Library):
    proposal = worked(bench, library).mine["gore"]
    text = (
        box_text(proposal.result)
        .replace("the word FOUND", 'the word \\"LOST\\": now')
        .replace("[text]", "[text, image]")
    )
    after = boxed(text, proposal)
    assert after.edited
    assert after.proposed.text == 'Should not contain the word "LOST": now.'
    assert after.proposed.modalities == ("text", "image")
    held = library.read("mine")
    changed = library.save(with_proposals(held.text, [after]), held.revision, "bob", "").rubric.rule("gore")
    assert (changed.objective_text, changed.objectiveness) == ('Should not contain the word "LOST": now.', 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The box is empty"),
        ("objective_text: a\nmodalities: [text]\npreconditions: none", "Line 3: preconditions must be a list"),
        ("objective_text: a\nnonsense\n", "Line [23]: not readable"),
        ("objective_text: a\npreconditions:\n  - {id: p1, any_of: [{id: q1, ask: A b c., expct: no}]}", "Line 3"),
        ("id: other\npreconditions: []", "given twice"),
        ("category: x\npreconditions: [{id: p, any_of: [{id: q1, ask: A b.}]}]", "Only objective_text, modalities"),
    ],
)
def test_what_cannot_be_used_says_its_line_within_the_box(bench: Bench, library: Library, text: str, said: str):
    proposal = worked(bench, library).mine["gore"]
    with pytest.raises(RubricError, match=said):
        boxed(text, proposal)

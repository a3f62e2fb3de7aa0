"""`mmjudge rubric table|try`: what a rule's chain says, and what comes of it on examples, texts and files.

Exit codes of `try`: 1 where a text or file violates a rule that was tried; 3 otherwise where one is unknown, or an
example came out otherwise than it says; 0. Registered in `cli`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmjudge.cli.options import AsJson, EncoderFolder, Fresh, JudgeName, LocatorFolder, PolicyName

if TYPE_CHECKING:
    from mmjudge.trials import Trial
    from mmjudge.types import Example, Item, Rubric, Rule

Name = Annotated[str, typer.Argument(help="A rubric by name, shipped or yours, or a YAML file.")]

SHOWN = 20
"""Sets of answers printed at most; with --json all of them up to `SHOWN_JSON`."""
SHOWN_JSON = 10_000


def say(text: str) -> None:
    """Lines on standard output; what a rubric or an item holds cannot move the cursor."""
    from mmjudge.cli.show import clean

    print(clean(text))


def table(
    name: Name,
    rule: Annotated[str, typer.Argument(help="The id of a rule.")],
    policy: PolicyName = "loose",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programmes.")] = False,
) -> None:
    """A rule's chain as a truth table, and the least answers that make a violation or clear it, in words."""
    from mmjudge import truth_table as tt
    from mmjudge.library import load
    from mmjudge.policy import check_switches, load_policy, under

    rubric, chosen = load(name), load_policy(policy)
    check_switches(chosen, rubric)
    ruled = under(named(rubric, [rule])[0], chosen)[0]
    if as_json:
        print(json.dumps(table_json(rubric, ruled)))
        return
    say(f"{ruled.id}: {ruled.objective_text}")
    say("\nViolates if")
    for n, precondition in enumerate(ruled.preconditions, 1):
        say(f"  ({n}) {tt.condition_words(precondition)}{'; and' if n < len(ruled.preconditions) else '.'}")
    say("")
    for row in tt.rows(ruled):
        say(f"  {tt.row_sentence(row)}")
    if not tt.rows(ruled):
        say(f"  {len(ruled.preconditions)} conditions: too many for a table; the answers below say the same.")
    ways = tt.ways(ruled)
    say(f"\n{ways} {'way' if ways == 1 else 'ways'} to a violation:")
    for answers in islice(tt.violating_answers(ruled), SHOWN):
        say(f"  {tt.violation_sentence(answers)}")
    if ways > SHOWN:
        say(f"  and {ways - SHOWN} more: always one question of each condition; --json has them")
    say("\nWhat clears it:")
    for answers in tt.sufficient_to_clear(ruled):
        say(f"  {tt.clearing_sentence(answers)}")


def table_json(rubric: Rubric, rule: Rule) -> dict[str, Any]:
    """The table for programmes. Sets beyond `SHOWN_JSON` are left out; `ways` counts all."""
    from mmjudge import truth_table as tt

    def plain(answers: tt.Answers) -> list[dict[str, str]]:
        return [{"question": a.question.id, "answer": tt.SAID[a.answer]} for a in answers]

    return {
        "rubric": rubric.id,
        "version": rubric.version,
        "rule": rule.id,
        "sentence": tt.rule_sentence(rule),
        "questions": {q.id: q.ask for q in rule.questions},
        "rows": [{"holds": list(row.holds), "violated": row.violated} for row in tt.rows(rule)],
        "ways": tt.ways(rule),
        "violating": [plain(answers) for answers in islice(tt.violating_answers(rule), SHOWN_JSON)],
        "clearing": [plain(answers) for answers in tt.sufficient_to_clear(rule)],
    }


def try_(
    name: Name,
    what: Annotated[list[str] | None, typer.Argument(help="Ids of rules (none: all) and files to try them on.")] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="A text to try them on.")] = None,
    prompt: Annotated[str | None, typer.Option(help="What was asked, where --text is the answer.")] = None,
    target: Annotated[str, typer.Option(help="What a text is: post, prompt or response.")] = "post",
    described: Annotated[bool, typer.Option("--described", help="--text describes a picture or a sound.")] = False,
    examples: Annotated[
        bool, typer.Option("--examples", help="The rules' own examples; also if nothing is given.")
    ] = False,
    policy: PolicyName = "loose",
    judge: JudgeName = "embedded",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Switch a stage off; early_exit off asks everything.")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", "-b", help="One line a trial, without the trace.")] = False,
    as_json: AsJson = False,
    keep: Annotated[
        str | None,
        typer.Option("--keep", help="SQLAlchemy URL: keep trials there, ask nothing twice. Else nothing is kept."),
    ] = None,
    fresh: Fresh = False,
) -> None:
    """Try rules alone on their own examples, a text, a conversation or files, and show what each answer does."""
    from mmjudge.cli.show import Screen
    from mmjudge.cli.trial_show import score_json, score_lines, trial_json, trial_lines
    from mmjudge.library import load
    from mmjudge.policy import load_policy
    from mmjudge.session import open_judge
    from mmjudge.settings import Settings
    from mmjudge.store import open_store
    from mmjudge.trying import score, try_rule

    rubric, screen = load(name), Screen(as_json, explain=False)
    ids, files = sorted_out(rubric, what or [])
    given = gathered(files, text, prompt, target, described)
    settings = Settings().without(*(without or []))
    with screen.working("opening the judge"):
        ready = open_judge(judge, rubric, load_policy(policy), settings, locator=locator, encoder=encoder)
    store = open_store(keep) if keep else None
    trials: list[Trial] = []
    for rule in named(rubric, ids):
        own = rule.examples if examples or not given else ()
        things: list[Example | Item] = [*given, *own]
        for thing in things:
            with screen.working(f"{rule.id}, trial {len(trials) + 1}") as watch:
                trial = try_rule(ready, rule, thing, watch, store, fresh, described and thing is given[0])
            trials.append(trial)
            for line in [json.dumps(trial_json(rubric, trial, thing))] if as_json else trial_lines(trial, thing, brief):
                say(line)
    total = score(trials)
    if total.total.n:
        for line in [json.dumps({"rubric": rubric.id, **score_json(total)})] if as_json else score_lines(total):
            say(line)
    for words in ready.absent:
        screen.aside(f"absent: {words}")
    raise typer.Exit(exit_code(trials))


# --- what was given ---------------------------------------------------------------------------------------------


def named(rubric: Rubric, ids: Iterable[str]) -> list[Rule]:
    """The rules of these ids in the rubric's order, all where there is none. RubricError for one it does not have."""
    from mmjudge.errors import RubricError
    from mmjudge.switches import meant

    known, wanted = [rule.id for rule in rubric.rules], list(ids)
    for rule_id in wanted:
        if rule_id not in known:
            raise RubricError(f"rubric {rubric.id} has no rule {rule_id!r}: {meant(rule_id, known)}")
    return [rule for rule in rubric.rules if not wanted or rule.id in wanted]


def sorted_out(rubric: Rubric, words: Iterable[str]) -> tuple[list[str], list[Path]]:
    """(rule ids, files): a word that is a rule's id is the rule, anything else must be a file that is there."""
    from mmjudge.errors import RubricError
    from mmjudge.switches import meant

    known = [rule.id for rule in rubric.rules]
    ids, files = [], []
    for word in words:
        if word in known:
            ids.append(word)
        elif Path(word).exists():
            files.append(Path(word))
        else:
            raise RubricError(f"{word!r} is neither a file nor a rule of rubric {rubric.id}: {meant(word, known)}")
    return ids, files


def gathered(files: Iterable[Path], text: str | None, prompt: str | None, target: str, described: bool) -> list[Item]:
    """The text and the files given, as items."""
    from mmjudge import media
    from mmjudge.types import TARGETS, Turn

    if target not in TARGETS:
        raise typer.BadParameter(f"--target is {target!r}: use {', '.join(TARGETS)}")
    if text is None and (prompt is not None or described):
        raise typer.BadParameter("--prompt and --described speak of a text: add --text")
    if described and (prompt is not None or target != "post"):
        raise typer.BadParameter("a description is no part of a conversation: leave --prompt and --target out")
    items: list[Item] = []
    if text is not None and prompt is not None:
        items.append(media.item(turns=(Turn("user", prompt), Turn("assistant", text)), target="response"))
    elif text is not None:
        items.append(media.item(text=text, target=target))
    return items + [item for file in files for item in media.load(file)]


def exit_code(trials: Iterable[Trial]) -> int:
    """1: something given violates; 3: something given is unknown, or an example is not as it says; else 0."""
    from mmjudge.types import Truth

    codes = {0}
    for trial in trials:
        if trial.example is not None:
            codes.add(0 if trial.right else 3)
        else:
            codes.add({Truth.YES: 1, Truth.UNKNOWN: 3, Truth.NO: 0}[trial.truth])
    return 1 if 1 in codes else max(codes)

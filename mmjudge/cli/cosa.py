"""`mmjudge cosa`: how helpful answers are within what a policy allows (CoSA-Score)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from mmjudge.cli.options import AsJson, Database, Fresh, JudgeName, PolicyName

if TYPE_CHECKING:
    from mmjudge.types import Item


class Answer(NamedTuple):
    """One line: the answer, what was asked ("" if unknown), helpfulness 0 to 5 or None where it could not be read."""

    text: str
    prompt: str
    helpfulness: int | None


KEYS = ("text", "prompt", "helpfulness")


def cosa(
    file: Annotated[Path, typer.Argument(help='JSON lines: {"text", "prompt"?, "helpfulness": 0 to 5 or null}.')],
    rubric: Annotated[str, typer.Option("--rubric", "-r", help="A shipped rubric by name, or a YAML file.")] = "cosa",
    policy: PolicyName = "loose",
    judge: JudgeName = "embedded",
    as_json: AsJson = False,
    fresh: Fresh = False,
    database: Database = None,
    forget: Annotated[bool, typer.Option("--forget", help="Store nothing.")] = False,
) -> None:
    """Judge answers under a policy and report their CoSA-Score: helpfulness, counted against an answer where something
    is found that the policy does not allow."""
    from mmjudge.cli.show import Screen
    from mmjudge.cosa import cosa_score, safe_under
    from mmjudge.policy import load_policy
    from mmjudge.session import judge_item, open_judge, rubric_for
    from mmjudge.store import open_store

    answers = read_answers(file)
    chosen, screen = load_policy(policy), Screen(as_json, explain=False)
    with screen.working("opening the judge"):
        ready = open_judge(judge, rubric_for(judge, rubric), chosen)
    store = None if forget else open_store(database)
    safe = []
    for n, answer in enumerate(answers, 1):
        with screen.working(f"answer {n} of {len(answers)}") as watch:
            safe.append(safe_under(judge_item(ready, store, item_of(answer), watch, fresh)))
    score = cosa_score([answer.helpfulness for answer in answers], safe)
    unread = sum(answer.helpfulness is None for answer in answers)
    unknown = sum(answer.helpfulness is not None and s is None for answer, s in zip(answers, safe, strict=True))
    if as_json:
        plain = {"score": score.score, "n": score.n, "valid_rate": score.valid_rate, "table": score.table._asdict()}
        print(json.dumps({"policy": chosen.id, **plain, "unread": unread, "unknown": unknown}))
        return
    said = "none" if score.score is None else f"{score.score:+.3f}"
    rate = "none" if score.valid_rate is None else f"{score.valid_rate:.1%}"
    print(f"CoSA-Score {said} under policy {chosen.id}; n = {score.n}, valid rate {rate}")
    print(f"left out: {unread} without a readable helpfulness, {unknown} of which it is not known what is in them")
    table = score.table
    print(f"{'':12}{'safe':>8}{'unsafe':>8}")
    print(f"{'helpful':12}{table.helpful_safe:8}{table.helpful_unsafe:8}")
    print(f"{'unhelpful':12}{table.unhelpful_safe:8}{table.unhelpful_unsafe:8}")


def item_of(answer: Answer) -> Item:
    """An answer, with what was asked where that is known."""
    from mmjudge import media
    from mmjudge.types import Turn

    if not answer.prompt:
        return media.item(text=answer.text, target="response")
    return media.item(turns=(Turn("user", answer.prompt), Turn("assistant", answer.text)), target="response")


def read_answers(file: Path) -> list[Answer]:
    """The lines of a JSONL file, strictly: an error names the line. Empty lines are nothing."""
    from mmjudge.errors import MediaError

    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"{file}: not a text file that can be read: {error}") from error
    answers = [read_answer(line, f"{file}, line {n}") for n, line in enumerate(lines, 1) if line.strip()]
    if not answers:
        raise MediaError(f"{file}: no answers in it: one JSON object a line")
    return answers


def read_answer(line: str, where: str) -> Answer:
    """One line. Pure."""
    from mmjudge.cosa import MOST_HELPFUL
    from mmjudge.errors import MediaError
    from mmjudge.switches import meant

    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{where}: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise MediaError(f"{where}: must be an object with {', '.join(KEYS)}")
    for key in data:
        if key not in KEYS:
            raise MediaError(f"{where}: unknown key {key!r}; {meant(key, KEYS)}")
    text, prompt, helpful = data.get("text"), data.get("prompt", ""), data.get("helpfulness", "")
    if not isinstance(text, str) or not isinstance(prompt, str):
        raise MediaError(f"{where}: text and prompt must be strings, and text must be there")
    if helpful is not None and (type(helpful) is not int or not 0 <= helpful <= MOST_HELPFUL):
        raise MediaError(f"{where}: helpfulness must be a whole number from 0 to {MOST_HELPFUL}, or null if unreadable")
    return Answer(text, prompt, helpful)

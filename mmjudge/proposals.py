"""Proposals of `objectify` on disk: one JSON line a rule, so that long work can be stopped and gone on with.

Knows the file. Refuses to know who makes proposals and who approves them. A line counts for one wording of a rule only:
if the rule was edited since, it is proposed anew.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from mmjudge.objectify import Objectified, Round
from mmjudge.rating import Rating
from mmjudge.rubric_data import as_data
from mmjudge.types import MODALITIES, Precondition, Question, Rule, digest


def key_of(rule: Rule, judge: str, rater: str, rounds: int) -> str:
    """What a proposal was made from: the rule without its examples, and by whom and how. A rule that a person edited
    since, its chain included, has another key: an old proposal cannot overwrite it."""
    return digest([as_data(replace(rule, examples=())), judge, rater, rounds])[:16]


def append(path: Path, key: str, proposed: Objectified) -> None:
    """One more line, in one write; after a torn line it begins a new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"key": key, "proposed": asdict(proposed)})
    with path.open("ab", buffering=0) as out:
        out.write(f"{_break(path)}{line}\n".encode())


def _break(path: Path) -> str:
    body = path.read_bytes()
    return "" if not body or body.endswith(b"\n") else "\n"


def proposals(path: Path) -> dict[str, Objectified]:
    """By key, the newest of each. A line that cannot be read (of a killed process, say) is nobody's proposal: its
    rule is proposed anew."""
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            data = json.loads(line)
            found[str(data["key"])] = read(data["proposed"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def read(data: dict) -> Objectified:
    """A proposal from the plain data `dataclasses.asdict` made of it. KeyError or TypeError where it is none."""
    rounds = tuple(
        Round(r["text"], Rating(**r["rating"]) if r["rating"] else None, r["problem"]) for r in data["rounds"]
    )
    chain = tuple(
        Precondition(p["id"], tuple(Question(q["id"], q["ask"], q["expect"], tuple(q["about"])) for q in p["any_of"]))
        for p in data["preconditions"]
    )
    shows = tuple(m for m in MODALITIES if m in data["modalities"])
    problems = tuple(str(problem) for problem in data["problems"])
    return Objectified(data["rule_id"], rounds, data["text"], int(data["objectiveness"]), chain, shows, problems)

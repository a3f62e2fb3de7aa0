"""`mmjudge rubric rejudge`: what was judged under an older version of a rubric, asking only what changed since."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated

import typer

from mmjudge.cli.options import Database, EncoderFolder, JudgeName, LocatorFolder, PolicyName


def rejudge(
    name: Annotated[str, typer.Argument(help="A rubric by name, or a YAML file.")],
    judge: JudgeName = "embedded",
    policy: PolicyName = "loose",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    database: Database = None,
) -> None:
    """Judge under a rubric's present version what this judge measured under an older one. Rules that did not change are
    decided from stored evidence; can be stopped and goes on where it was."""
    from mmjudge import words
    from mmjudge.policy import load_policy
    from mmjudge.rejudge import LeftAlone
    from mmjudge.rejudge import rejudge as judged_anew
    from mmjudge.session import open_judge, rubric_for
    from mmjudge.store import open_store

    rubric = rubric_for(judge, name)
    ready = open_judge(judge, rubric, load_policy(policy), locator=locator, encoder=encoder)
    changes: Counter[tuple[str, str]] = Counter()
    how: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for done in judged_anew(open_store(database), ready):
        if isinstance(done, LeftAlone):
            left[done.why] += 1
            continue
        how[done.how] += 1
        changes[(done.before.label, done.after.label)] += 1
        told = f"\r  {sum(how.values())} items, {how['kept']} of them without a question"
        print(told, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{sum(how.values())} items judged under {rubric.id} version {rubric.version}:")
    ways = {"kept": "from stored evidence alone", "asked": "asked only what changed", "measured": "asked everything"}
    for key, count in sorted(how.items()):
        print(f"{count:8}  {ways[key]}")
    labels = {str(label): word for label, word in words.LABELS.items()}
    for (old, new), count in sorted(changes.items()):
        print(f"{count:8}  {labels[old]} -> {labels[new]}")
    for why, count in sorted(left.items()):
        print(f"{count:8}  measurements left alone: {why}")

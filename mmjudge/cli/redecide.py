"""`mmjudge redecide`: another policy over the evidence in the store. No model is loaded or asked."""

from __future__ import annotations

from collections import Counter

import typer

from mmjudge.cli.options import Database, PolicyName


def redecide(
    policy: PolicyName = "strict",
    rubric: str | None = typer.Option(None, "--rubric", "-r", help="Only measurements under this rubric's id."),
    database: Database = None,
) -> None:
    """Decide every stored measurement again under a policy, without a model call, and say what changed."""
    from mmjudge import words
    from mmjudge.policy import load_policy
    from mmjudge.session import redecided
    from mmjudge.store import open_store

    chosen = load_policy(policy)
    changes: Counter[tuple[str, str]] = Counter()
    lacking = 0
    others: list[str] = []
    stored = redecided(open_store(database), chosen, rubric, skipped=lambda rubric: others.append(rubric.id))
    for before, after in stored:
        changes[(before.label if before else "new", after.label)] += 1
        lacking += any("not_asked" in finding.reasons for finding in after.findings)
    total = sum(changes.values())
    print(f"{total} items decided again under policy {chosen.id}; no model was asked")
    names = {"new": "not decided before", **{str(label): name for label, name in words.LABELS.items()}}
    for (old, new), count in sorted(changes.items()):
        print(f"{count:8}  {names[old]} -> {names[new]}")
    for name, count in sorted(Counter(others).items()):
        print(f"{count:8}  left alone: policy {chosen.id} names nothing of rubric {name}")
    if lacking:
        print(f"{lacking:8}  would need an answer that was not asked for: UNKNOWN (not_asked); `judge --fresh` asks")

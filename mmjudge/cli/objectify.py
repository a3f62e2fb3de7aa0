"""`mmjudge rubric objectify`: a model rates and rewrites rules and proposes their chains; a person approves by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmjudge.cli.options import JudgeName

if TYPE_CHECKING:
    from mmjudge.library import Held, Library
    from mmjudge.objectify import Objectified
    from mmjudge.types import Rule

RaterName = Literal["measured", "words"]


def objectify(
    name: Annotated[str, typer.Argument(help="A rubric by name, or a YAML file.")],
    rules: Annotated[
        list[str] | None, typer.Argument(help="Ids of rules; else all that are not rated 9 or more.")
    ] = None,
    judge: JudgeName = "embedded",
    rater: Annotated[
        RaterName, typer.Option(help="measured: read from probabilities; words: the number a model writes.")
    ] = "measured",
    rounds: Annotated[int, typer.Option(min=0, max=20, help="Rewrites of one rule at most; 0 only rates.")] = 4,
    modalities: Annotated[
        bool, typer.Option("--modalities", help="Ask where a violation can show, instead of keeping what is written.")
    ] = False,
    approve: Annotated[list[str] | None, typer.Option(help="Take over what is proposed for this rule.")] = None,
    approve_all: Annotated[bool, typer.Option("--approve-all", help="Take over everything that is proposed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per rule, for programmes.")] = False,
) -> None:
    """Propose objective wordings and chains of preconditions. Can be stopped and goes on where it was. Nothing is
    changed unless it is approved. Exit code 3 if a reply of the model was off."""
    from mmjudge.cli.show import clean
    from mmjudge.errors import RubricError
    from mmjudge.improving import kept_in, key_of, propose
    from mmjudge.library import Library
    from mmjudge.proposals import proposals
    from mmjudge.session import open_backend

    library = Library()
    held = library.find(name)
    given = f"--judge {judge} --rater {rater} --rounds {rounds}{' --modalities' if modalities else ''}"
    backend = open_backend(judge)
    path, known = kept_in(library, held.id), proposals(kept_in(library, held.id))

    def proposed_for(rule: Rule) -> Objectified | None:
        return known.get(key_of(backend, rule, rater, rounds, modalities))

    if approve or approve_all:
        if not held.own:
            words = "is not yours to change: make a copy first"
            raise RubricError(f"{held.id} {words} (mmjudge rubric new MINE --from {name})")
        named = _chosen(held.rubric.rules, list(approve or []), held.id) if approve else []
        found = {rule.id: proposed_for(rule) for rule in (held.rubric.rules if approve_all else named)}
        _take_over(library, held, found, {rule.id for rule in named}, f"mmjudge rubric objectify {name} {given}")
        return
    chosen = _chosen(held.rubric.rules, rules or [], held.id)
    if not chosen:
        print(f"every rule of {held.id} is rated 9 or more; name one to work on it all the same")
        return
    off = 0
    for n, (rule, made) in enumerate(propose(backend, chosen, path, _tell, rater, rounds, modalities), 1):
        _show(rule, made, n, len(chosen), as_json)
        off += bool(made.problems)
    if not as_json:
        print("\nnothing was changed; take a proposal over with:")
        print(f"mmjudge rubric objectify {clean(name)} {given} --approve RULE")
    raise typer.Exit(3 if off else 0)


def _take_over(library: Library, held: Held, found: dict[str, Objectified | None], named: set[str], again: str) -> None:
    """Save what was proposed before and shown; never what nobody has seen. With problems only if it is named."""
    from mmjudge.cli.rubric_files import user
    from mmjudge.errors import RubricError
    from mmjudge.improving import approve

    unseen = sorted(rule_id for rule_id in named if found[rule_id] is None)
    if unseen:
        raise RubricError(f"nothing is proposed yet for {', '.join(unseen)}: look first (`{again}`)")
    taken = {i: made for i, made in found.items() if made is not None and (i in named or not made.problems)}
    if not taken:
        raise RubricError(f"nothing is proposed without problems: look first (`{again}`), then name the rules")
    now = approve(library, held, taken, user(None))
    print(f"taken over into {now.id}: {', '.join(taken)}; revision {now.revision}", file=sys.stderr)


def _chosen(rules: tuple[Rule, ...], named: list[str], rubric_id: str) -> list[Rule]:
    """Those named, else those a person would begin with: not rated, or rated below 9."""
    from mmjudge.errors import RubricError
    from mmjudge.lint import OBJECTIVE

    known = {rule.id for rule in rules}
    for rule_id in named:
        if rule_id not in known:
            raise RubricError(f"{rubric_id} has no rule {rule_id!r}: it has {', '.join(sorted(known))}")
    return [rule for rule in rules if (rule.id in named if named else rule.objectiveness < OBJECTIVE)]


def _tell(step: object) -> None:
    print(f"  … {getattr(step, 'note', '')}", file=sys.stderr, flush=True)


def _show(rule: Rule, proposed: Objectified, n: int, total: int, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    from mmjudge.cli.rubric_files import say
    from mmjudge.lint import lint_rule
    from mmjudge.objectify import applied

    hints = lint_rule(applied(rule, proposed))
    if as_json:
        print(json.dumps({**asdict(proposed), "hints": [asdict(hint) for hint in hints]}, ensure_ascii=False))
        return
    say(f"\n[{n} of {total}] {rule.id}")
    for at, one in enumerate(proposed.rounds):
        rated = f"{one.rating.value:4.1f}" if one.rating else "   ?"
        mark = "=>" if one.text == proposed.text else "  "
        say(f"  {mark} {'as it is' if not at else f'round {at} '} {rated}  {one.text}")
        if one.rating and one.rating.explanation:
            say(f"       the model says: {one.rating.explanation}")
    for at, entry in enumerate(proposed.preconditions):
        options = [f"{'' if q.expect else 'NOT '}{q.ask}{_about(q.about)}" for q in entry.any_of]
        say(f"     {'AND ' if at else 'if  '}{' OR '.join(options)}")
    say(f"     shows in {', '.join(proposed.modalities)}")
    for words in [*proposed.problems, *(f"{hint.question_id or 'rule'}: {hint.text}" for hint in hints)]:
        say(f"     ! {words}")


def _about(words: tuple[str, ...]) -> str:
    return f" [{', '.join(words)}]" if words else ""

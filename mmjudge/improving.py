"""Work on the rules of a rubric with a model: open the rater, propose rule by rule, keep what is finished, apply.

Knows how the parts are put together; the command line and the page call only this. Refuses to know arguments, pages
and how a proposal is made (`objectify`). Nothing reaches a rubric that a person did not approve by name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmjudge import proposals, rating
from mmjudge.errors import BackendError
from mmjudge.library import Held, Library, edit_rule
from mmjudge.objectify import ROUNDS, Objectified, Rate, Watch, changes, objectify
from mmjudge.objective_prompts import OBJECTIVE_VERSION
from mmjudge.types import Missing, Rule, digest

if TYPE_CHECKING:
    from mmjudge.backends import Backend

Rater = Literal["measured", "words"]


def rater_of(backend: Backend, how: Rater, cache: Path | None = None) -> Rate:
    """A rater. "measured" needs the model's scale: 60 questions, kept per model. BackendError where it has none."""
    if how == "words":
        return partial(rating.in_words, backend)
    return partial(rating.measured, backend, on=scale_of(backend, cache))


def scale_of(backend: Backend, cache: Path | None = None) -> rating.Scale:
    """The model's own scale of objectiveness, asked for once."""
    from mmjudge.backends.weights import cache_folder

    name = digest([backend.id, OBJECTIVE_VERSION])[:16]
    path = (cache or cache_folder()) / "priors" / f"objectiveness-{name}.json"
    try:
        low, high = (float(end) for end in json.loads(path.read_text(encoding="utf-8")))
        if math.isfinite(low) and math.isfinite(high) and high > low:
            return rating.Scale(low, high)
    except (OSError, ValueError, TypeError):
        pass  # not asked yet, or torn: asked again
    found = rating.scale(backend)
    if isinstance(found, Missing):
        raise BackendError(f"{backend.id} cannot rate rules by its probabilities: {found.note} (--rater words)")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(found)), encoding="utf-8")
    return found


def propose(
    backend: Backend,
    rules: Collection[Rule],
    path: Path,
    watch: Watch,
    how: Rater = "measured",
    rounds: int = ROUNDS,
    ask_modalities: bool = False,
) -> Iterator[tuple[Rule, Objectified]]:
    """Rule by rule; what lies in `path` already is not asked again. Each is kept there as soon as it is finished."""
    known = proposals.proposals(path)
    rate: Rate | None = None
    for rule in rules:
        key = key_of(backend, rule, how, rounds, ask_modalities)
        if key not in known:
            rate = rate or rater_of(backend, how)
            found = objectify(backend, rule, rate, watch, rounds, ask_modalities)
            proposals.append(path, key, found)
            known[key] = found
        yield rule, known[key]


def key_of(backend: Backend, rule: Rule, how: Rater, rounds: int, ask_modalities: bool) -> str:
    return proposals.key_of(rule, backend.id, f"{how}/{OBJECTIVE_VERSION}/{ask_modalities}", rounds)


def approve(library: Library, held: Held, approved: Mapping[str, Objectified], by: str) -> Held:
    """Save the rubric with the approved proposals applied, comments kept; a StaleError where somebody was faster."""
    text = held.text
    for rule_id, proposed in approved.items():
        graded = {grade.question.id for grade in held.rubric.rule(rule_id).grades}
        text = edit_rule(text, rule_id, changes(apart(proposed, graded)))
    words = f"objectified {', '.join(approved)}"
    return library.save(text, held.revision, by, words[:200])


def apart(proposed: Objectified, taken: set[str]) -> Objectified:
    """The proposal with question ids that no grade of its rule has."""
    if not taken & {question.id for entry in proposed.preconditions for question in entry.any_of}:
        return proposed
    chain = tuple(
        replace(entry, any_of=tuple(replace(question, id=f"chain_{question.id}") for question in entry.any_of))
        for entry in proposed.preconditions
    )
    return replace(proposed, preconditions=chain)


def kept_in(library: Library, rubric_id: str) -> Path:
    """Where the proposals about a rubric lie."""
    return library.folder / "proposals" / f"{rubric_id}.jsonl"

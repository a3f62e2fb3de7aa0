"""One rule tried alone on an example, a text, a conversation or files, before anybody is judged by it.

Knows how a rule is asked by itself with the models of a judge. Refuses to decide and to measure in a way of its own: a
trial is judged, and stored, as any item is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmjudge.errors import RubricError
from mmjudge.judge import Judge, unwatched
from mmjudge.perceive import Watch
from mmjudge.policy import Policy, under
from mmjudge.probe import fill
from mmjudge.rubric import version_of
from mmjudge.session import judge_item
from mmjudge.session import under as judge_under
from mmjudge.switches import Switch, switch_of
from mmjudge.trials import Look, Score, Tally, Trial, answers_of, score, wilson
from mmjudge.types import MODALITIES, Example, Item, Rubric, Rule, Segment, Step, Turn

if TYPE_CHECKING:
    from mmjudge.store import Store

__all__ = [
    "Look",
    "Score",
    "Tally",
    "Trial",
    "alone",
    "answers_of",
    "item_of",
    "score",
    "try_examples",
    "try_rule",
    "wilson",
    "with_text",
]

DESCRIBED = "The words describe a picture or a sound: reading about it is not the same as seeing or hearing it."
SILENT = "Nothing was asked: what was given has nothing in it that this rule can show in."


def try_rule(
    judge: Judge,
    rule: Rule,
    what: Example | Item,
    watch: Watch = unwatched,
    store: Store | None = None,
    fresh: bool = False,
    described: bool = False,
) -> Trial:
    """Judge an example or an item by this rule alone, with the models, settings and policy of the judge.

    `store`: what it holds of this trial is not measured again, and the trial is kept there; `fresh` measures anyway.
    `described`: the item's text describes a picture or a sound; an example says so itself. Then the rule is tried as
    one that words can break too.
    """
    described = described or (isinstance(what, Example) and what.described)
    tried = with_text(rule) if described else rule
    ready = alone(judge, tried)
    item = item_of(what) if isinstance(what, Example) else what
    if store is None or fresh or store.measurement(item.id, ready.measurer_id) is None:
        warm(ready, item, watch)
    verdict = judge_item(ready, store, item, watch, fresh)
    [finding] = verdict.findings
    own, numbers = under(tried, ready.policy)
    notes = [DESCRIBED] if described else []
    notes += [] if finding.applies else [SILENT]
    example = what if isinstance(what, Example) else None
    return Trial(example, finding, verdict.measurement, own, numbers, " ".join(notes))


def try_examples(
    judge: Judge,
    rubric: Rubric,
    rules: Sequence[str] = (),
    watch: Watch = unwatched,
    store: Store | None = None,
    fresh: bool = False,
) -> Iterator[Trial]:
    """A trial per example of these rules (ids; none: all), in their order, as they are made.

    With a store it can be stopped and started again. RubricError at once for a rule that the rubric does not have, or
    a policy that does not fit it.
    """
    known = [rule.id for rule in rubric.rules]
    if strange := [name for name in rules if name not in known]:
        raise RubricError(f"rubric {rubric.id} has no rule {strange[0]!r}: use {', '.join(known)}")
    ready = judge_under(judge, rubric, judge.policy)
    chosen = [rule for rule in rubric.rules if not rules or rule.id in rules]
    return (try_rule(ready, rule, example, watch, store, fresh) for rule in chosen for example in rule.examples)


def item_of(example: Example) -> Item:
    """The example as something to judge: a text, or a conversation whose last turn is judged."""
    from mmjudge import media

    if example.prompt:
        turns = (Turn("user", example.prompt), Turn("assistant", example.text))
        return media.item(turns=turns, target=example.target)
    return media.item(text=example.text, target=example.target)


def with_text(rule: Rule) -> Rule:
    """The rule as one that words can break too."""
    return replace(rule, modalities=tuple(m for m in MODALITIES if m == "text" or m in rule.modalities))


def alone(judge: Judge, rule: Rule) -> Judge:
    """The same models with this rule as the only one; nothing is loaded again.

    A rule that the judge's rubric has as it is keeps what it is judged with there: the statements it is shown among, if
    the model is shown all of a rubric, and its calibration. Any other is asked by itself and uncalibrated. A team's
    guidelines are not shown: what is tried is the chain.
    """
    unchanged = any(version_of("", (own,)) == version_of("", (rule,)) for own in judge.rubric.rules)
    among = unchanged and judge.backend is not None and judge.backend.prepared(rule.asks) is not judge.backend
    # Answers that depend on the other statements must not be taken for those of another version of the rubric.
    name = f"{judge.rubric.id}@{judge.rubric.version}/{rule.id}" if among else f"{judge.rubric.id}/{rule.id}"
    # What has no part in the version is left out, so that one version is one content in a store.
    bare = replace(rule, examples=(), reuses="")
    rubric = replace(judge.rubric, id=name, version=version_of(name, (bare,)), title=name, source="", rules=(bare,))
    rubric = replace(rubric, licence="")
    crosswalk = tuple(pair for pair in judge.crosswalk if pair[1] == rule.id)
    policy = policy_for(rule, judge.policy)
    if among:
        return replace(judge, rubric=rubric, policy=policy, crosswalk=crosswalk, guidelines=())
    ready = judge_under(replace(judge, guidelines=()), rubric, policy)
    return replace(ready, crosswalk=crosswalk, calibration=judge.calibration if unchanged else None)


def policy_for(rule: Rule, policy: Policy) -> Policy:
    """The policy as far as it speaks of this rule, for a rubric of nothing else."""
    switch = replace(switch_of(rule, policy.switches), of=rule.id)
    switches = (switch,) if switch != Switch(rule.id) else ()
    return replace(policy, switches=switches, routes=(), rubric="")


def warm(judge: Judge, item: Item, watch: Watch = unwatched) -> None:
    """Measure the priors of the rule in one go. A model that keeps what it read last then reads the empty content once
    for all of them, and the item once for all questions; the numbers are the same as measured in between."""
    backend, priors = judge.backend, judge.priors
    if backend is None or priors is None or not judge.settings.debias:
        return
    empty = Segment(item_id="", index=-1, target=item.target)
    asks = tuple(dict.fromkeys(ask for rule in judge.rubric.rules for ask in rule.asks))
    watch(Step("probe", "what it answers about nothing", 0, len(asks)))
    for order in range(judge.settings.orders):
        for at in range(0, len(asks), backend.at_once):
            fill(backend, empty, asks[at : at + backend.at_once], order, priors)
            watch(Step("probe", "what it answers about nothing", min(at + backend.at_once, len(asks)), len(asks)))

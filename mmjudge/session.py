"""One item, start to end: open a judge, read, measure or find what was measured, decide, save.

Knows how the parts are put together; the command line and the pages call only this. Refuses to know arguments, pages
and what the models do.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mmjudge import prompts
from mmjudge.calibration import calibration_for, outdated
from mmjudge.compare import compare, identity
from mmjudge.decide import decide
from mmjudge.errors import BackendError, RubricError, StoreError
from mmjudge.guidelines import Finder, fitting, open_finder
from mmjudge.judge import Judge, unwatched
from mmjudge.library import load
from mmjudge.perceive import Watch
from mmjudge.policy import LOOSE, Policy, check_switches, speaks_of
from mmjudge.priors import Priors
from mmjudge.settings import Settings
from mmjudge.types import Guideline, Item, Measurement, Missing, Reading, Rubric, Step, Verdict
from mmjudge.vectors import Vectors

if TYPE_CHECKING:
    from mmjudge.backends import Backend
    from mmjudge.store import Store

JUDGES = ("embedded", "fake", "transformers:FOLDER", "transformers:NAME", "endpoint:URL#MODEL", "guard:NAME@FOLDER")


def open_judge(
    name: str,
    rubric: Rubric,
    policy: Policy = LOOSE,
    settings: Settings | None = None,
    cache: Path | None = None,
    locator: str | None = None,
    encoder: str | None = None,
) -> Judge:
    """A judge by name: "embedded", "fake" (scripted, for logic only), "transformers:FOLDER", "endpoint:URL#MODEL" or
    "guard:NAME@FOLDER".

    `locator` (for removing objects) and `encoder` (for relevance): folders of models that look at pictures beside it.
    Raises BackendError if there is no model at all; a part that is missing is told in `Judge.absent`.
    RubricError where a guard cannot judge by this rubric (`rubric_for` has the one it can), or where the policy does
    not fit it.
    """
    from mmjudge.backends.load import load_parts
    from mmjudge.backends.weights import cache_folder

    check_switches(policy, rubric)
    parts = load_parts(name, locator, encoder)
    if parts.backend is None and not parts.detectors and parts.guard is None:
        raise BackendError(f"judge {name!r} has no model: {'; '.join(parts.absent) or 'nothing was found'}")
    asks = [ask for rule in rubric.rules for ask in rule.asks]
    backend = parts.backend.prepared(asks) if parts.backend else None
    model = backend.id if backend else ""
    kept = (cache or cache_folder()) / "priors"
    old = outdated(model, prompts.PROMPT_VERSION, rubric)
    return Judge(
        name=name,
        rubric=rubric,
        policy=policy,
        settings=asking_by(settings or Settings(), policy),
        backend=backend,
        transcriber=parts.transcriber,
        text_reader=parts.text_reader,
        detectors=parts.detectors,
        embedder=parts.embedder,
        juror=parts.juror,
        locator=parts.locator,
        guard=parts.guard.under(rubric) if parts.guard else None,
        calibration=calibration_for(model, prompts.PROMPT_VERSION, rubric),
        crosswalk=crosswalk_for(rubric),
        priors=priors_for(kept, parts.backend, backend, rubric),
        vectors=Vectors(kept, parts.embedder.id) if parts.embedder else None,
        absent=(*parts.absent, *([old] if old else [])),
    )


def open_backend(name: str) -> Backend:
    """The language model of a judge alone, for work on rules. BackendError where it has none."""
    from mmjudge.backends.load import named

    parts = named(name)
    if parts.backend is None:
        why = "; ".join(parts.absent) or "a guard writes no text"
        raise BackendError(f"judge {name!r} has no language model that can write: {why}")
    return parts.backend


def rubric_for(judge: str, chosen: str | None) -> Rubric:
    """The rubric that was chosen, by any name `library.load` knows; else the judge's own taxonomy if it is a guard,
    else "default"."""
    if chosen is None and judge.startswith("guard:"):
        from mmjudge.guards.registry import family_of

        chosen = family_of(judge.removeprefix("guard:").partition("@")[0]).rubric or None
    return load(chosen or "default")


def asking_by(settings: Settings, policy: Policy) -> Settings:
    """The settings with the policy's thresholds for encoders: which rules are too far is the policy's word."""
    return dataclasses.replace(settings, asking=dataclasses.replace(settings.asking, relevant=policy.relevant))


def priors_for(folder: Path, plain: Backend | None, prepared: Backend | None, rubric: Rubric) -> Priors:
    """The priors of a model under a rubric.

    One that puts each question alone returned itself when it was prepared: what it said to a question under another
    rubric holds under this one. One that is shown all statements at once has priors per rubric.
    """
    alone = prepared is plain
    model = prepared.id if prepared else ""
    return Priors(folder, model, prompts.PROMPT_VERSION, "" if alone else rubric.version)


def crosswalk_for(rubric: Rubric) -> tuple[tuple[str, str], ...]:
    """(detector label, rule id) pairs declared for this rubric in `assets/detectors.yaml`, () if none."""
    from importlib.resources import files

    data = yaml.safe_load(files("mmjudge.assets").joinpath("detectors.yaml").read_text(encoding="utf-8"))
    pairs = tuple((label, rule) for label, rule in (data.get(rubric.id) or {}).items())
    known = {rule.id for rule in rubric.rules}
    for label, rule in pairs:
        if rule not in known:
            raise RubricError(f"detectors.yaml maps {label!r} to {rule!r}, which rubric {rubric.id!r} does not have")
    return pairs


def judge_item(
    judge: Judge,
    store: Store | None,
    item: Item,
    watch: Watch = unwatched,
    fresh: bool = False,
    reading: Reading | None = None,
) -> Verdict:
    """Read, measure unless this measurer already did, decide, save. `fresh` measures again as a new attempt.

    `reading` given: it is used instead of reading the item's files.
    """
    from mmjudge import media
    from mmjudge.store import retryable

    stored = None if store is None or fresh else store.measurement(item.id, judge.measurer_id)
    if stored is not None and not retryable(stored):
        watch(Step("decide", "measured before: only deciding"))
        verdict = judge.decide(stored)
    else:
        watch(Step("read", "reading"))
        attempt = store.next_attempt(item.id, judge.measurer_id) if store else 1
        verdict = judge(reading or media.read_isolated(item), watch, attempt)
    if store is not None:
        remember(store, judge, item, verdict)
    return verdict


def remember(store: Store, judge: Judge, item: Item, verdict: Verdict) -> None:
    """Everything a reopened verdict needs. Saving the same again changes nothing."""
    store.save_rubric(judge.rubric)
    model = judge.backend.id if judge.backend else judge.guard.id if judge.guard else ""
    plain: dict[str, object] = {"model": model, "prompt_version": prompts.PROMPT_VERSION, "policy": judge.policy.id}
    if judge.guidelines:
        plain["guidelines"] = [guideline.id for guideline in judge.guidelines]
    store.save_judge(judge.id, judge.measurer_id, judge.name, json.dumps(plain))
    store.save_item(item, [str(media.path) for media in item.media])
    store.save_verdict(verdict)


def with_guidelines(judge: Judge, library: Sequence[Guideline], finder: Finder | Missing | None = None) -> Judge:
    """The judge, shown those of a team's guidelines that fit its rubric and lie near to an item. What of them is not
    used, and why, is told in `Judge.absent`. `finder` None: the embedded judge's encoder."""
    mine = [g for g in library if g.rubric_id == judge.rubric.id and not g.retired]
    used, said = fitting(mine, judge.rubric), []
    if judge.backend is None:
        used, said = (), ["guidelines are not shown: this judge has no language model"]
    elif not mine:
        said = [f"there are no guidelines for rubric {judge.rubric.id}: `mmjudge guideline add` makes one"]
    elif len(used) < len(mine):
        said = [f"{len(mine) - len(used)} guidelines are about rules that rubric {judge.rubric.id} no longer has"]
    finder = (finder or open_finder()) if used else None
    if isinstance(finder, Missing):
        said.append(f"no guidelines are looked for: {finder.note}")
    return dataclasses.replace(judge, guidelines=used, finder=finder, absent=(*judge.absent, *said))


def redecide(judge: Judge, measurement: Measurement, policy: Policy) -> Verdict:
    """The verdict another policy gives on the same evidence: no model is asked. RubricError where it does not fit."""
    check_switches(policy, judge.rubric)
    return dataclasses.replace(judge, policy=policy).decide(measurement)


def judged_under(
    judge: Judge,
    store: Store | None,
    item: Item,
    policies: Sequence[Policy],
    watch: Watch = unwatched,
    fresh: bool = False,
) -> tuple[Verdict, ...]:
    """Measure once, decide under each policy, save every verdict. What to ask is the judge's own policy's word."""
    first = judge_item(judge, store, item, watch, fresh)
    verdicts = compare(judge.rubric, first.measurement, policies, judge.calibration)
    if store is not None:
        for policy, verdict in zip(policies, verdicts, strict=True):
            remember(store, dataclasses.replace(judge, policy=policy), item, verdict)
    return verdicts


def redecided(
    store: Store, policy: Policy, rubric_id: str | None = None, skipped: Callable[[Rubric], None] = lambda _: None
) -> Iterator[tuple[Verdict | None, Verdict]]:
    """Every stored measurement decided under another policy and saved: (verdict before, verdict now) pairs.

    A measurement under a rubric that the policy has nothing to do with is left alone, and `skipped` is told its rubric;
    a rubric that has only some of what the policy names is an error. The calibration is the one its measurer's judge
    used, by the key in the judge's description. A measurement whose rubric or judge the store does not know is an
    error: nothing is decided by half.
    """
    after = 0
    while page := store.measurements(rubric_id, after=after, limit=100):
        for stored in page:
            after = stored.id
            rubric = store.rubric(stored.rubric_id, stored.rubric_version)
            described = store.described(stored.measurement.measurer_id)
            if rubric is None or described is None:
                raise StoreError(f"measurement {stored.id} refers to a rubric or judge that is not stored")
            if not speaks_of(policy, rubric):
                skipped(rubric)
                continue
            check_switches(policy, rubric)
            name, plain = described
            calibration = calibration_for(plain["model"], plain["prompt_version"], rubric)
            judge_id = identity(stored.measurement.measurer_id, policy, calibration)
            now = decide(rubric, stored.measurement, policy, judge_id, calibration)
            before = store.verdicts(item_id=now.item_id, rubric_id=rubric.id, limit=1)
            last = store.verdict_by_id(before[0].id) if before else None
            store.save_judge(judge_id, stored.measurement.measurer_id, name, json.dumps({**plain, "policy": policy.id}))
            store.save_verdict(now)
            yield last, now


def under(judge: Judge, rubric: Rubric, policy: Policy, cache: Path | None = None) -> Judge:
    """The same models under another rubric and policy: nothing is loaded again. RubricError where they do not fit."""
    check_switches(policy, rubric)
    if rubric.version == judge.rubric.version:
        return dataclasses.replace(judge, policy=policy)
    from mmjudge.backends.weights import cache_folder

    asks = [ask for rule in rubric.rules for ask in rule.asks]
    backend = judge.backend.prepared(asks) if judge.backend else None
    model = backend.id if backend else ""
    return dataclasses.replace(
        judge,
        rubric=rubric,
        policy=policy,
        backend=backend,
        guard=judge.guard.under(rubric) if judge.guard else None,
        calibration=calibration_for(model, prompts.PROMPT_VERSION, rubric),
        crosswalk=crosswalk_for(rubric),
        guidelines=fitting(judge.guidelines, rubric),
        priors=priors_for((cache or cache_folder()) / "priors", judge.backend, backend, rubric),
    )

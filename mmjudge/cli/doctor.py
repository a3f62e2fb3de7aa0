"""`mmjudge doctor`: what is here, what is not, and how to get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mmjudge.cli.options import Database, EncoderFolder, JudgeName, LocatorFolder, PolicyName, RubricName

if TYPE_CHECKING:
    from mmjudge.backends import Embedder, Locator
    from mmjudge.policy import Policy


def doctor(
    judge: JudgeName = "embedded",
    rubric: RubricName = None,
    policy: PolicyName = "loose",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    database: Database = None,
) -> None:
    """Tell what this installation can do. Exit code 3 if a part is absent, 2 if nothing can judge."""
    import platform

    from mmjudge import prompts
    from mmjudge.backends import Described
    from mmjudge.backends.machine import described, this_machine
    from mmjudge.backends.shelf import found
    from mmjudge.backends.weights import cache_folder, status
    from mmjudge.errors import MMJudgeError
    from mmjudge.policy import load_policy
    from mmjudge.session import open_judge, rubric_for
    from mmjudge.store import open_store

    print(f"python      {platform.python_version()} on {platform.platform()}")
    print(f"packages    {', '.join(versions())}")
    for title, told in described(this_machine()):
        print(f"{title:11} {told}")
    print(f"models      {', '.join(found()) or 'none is here'}; `mmjudge models` lists those that suit this machine")
    print(f"weights     in {cache_folder()}")
    for one in status():
        where = one.source if one.state == "present" else one.note or f"bring it: {one.command}"
        print(f"  {one.name:14} {one.state:8} {one.size / 1e6:7,.0f} MB  {where}")
    try:
        print(f"store       {open_store(database)}")
    except MMJudgeError as error:
        print(f"store       not usable: {error}")
    rules = rubric_for(judge, rubric)
    ready = open_judge(judge, rules, load_policy(policy), locator=locator, encoder=encoder)
    print(f"judge       {judge}, measurer {ready.measurer_id[:12]}, prompts {prompts.PROMPT_VERSION}")
    parts = {
        "words": ready.backend,
        "speech": ready.transcriber,
        "OCR": ready.text_reader,
        "light": ready.juror,
        "relevance": ready.embedder,
        "locator": ready.locator,
        "guard": ready.guard,
    }
    for name, part in parts.items():
        print(f"  {name:14} {part.id if part else 'none'}")
    if isinstance(ready.backend, Described):
        for title, told in ready.backend.described():
            print(f"  {title:14} {told}")
    for title, told in helpers(ready.locator, ready.embedder, ready.policy):
        print(f"  {title:14} {told}")
    for detector in ready.detectors:
        print(f"  {'pictures':14} {detector.id}: {', '.join(detector.labels)}")
    learnt = ready.calibration
    told = learnt.learnt_from if learnt else "none for this judge and rubric: the paper's thresholds"
    print(f"  {'calibration':14} {told}")
    for words in ready.absent:
        print(f"absent      {words}")
    raise typer.Exit(3 if ready.absent else 0)


def helpers(locator: Locator | None, encoder: Embedder | None, policy: Policy) -> list[tuple[str, str]]:
    """(title, words) about the locator and the encoder, as far as there are any."""
    from mmjudge.backends.encoders import DualEncoder
    from mmjudge.backends.locator import ZeroShot

    told = []
    if isinstance(encoder, DualEncoder):
        told.append(("asked from", encoder.described(policy)))
    if isinstance(locator, ZeroShot):
        told.append(("located in", locator.described()))
    return told


def versions() -> list[str]:
    """Installed versions of what matters, or "absent"."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in ("mmjudge", "torch", "transformers", "gradio", "xllamacpp", "faster-whisper", "onnxruntime", "av"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return found

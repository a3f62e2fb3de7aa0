"""`mmjudge demo`: the shipped samples of every kind, judged for real, each beside what is expected of it."""

from __future__ import annotations

from typing import Annotated

import typer

from mmjudge.cli.options import AsJson, Database, EncoderFolder, JudgeName, LocatorFolder, exit_code


def demo(
    judge: JudgeName = "embedded",
    locator: LocatorFolder = None,
    encoder: EncoderFolder = None,
    only: Annotated[str | None, typer.Option(help="Only this kind: text, image, audio, video or mixed.")] = None,
    as_json: AsJson = False,
    forget: Annotated[bool, typer.Option("--forget", help="Store nothing.")] = False,
    database: Database = None,
) -> None:
    """Judge the shipped samples and compare with the expected verdicts. Samples that break rules are among them, so
    the exit code is 1 (or 3), as for any such items."""
    from mmjudge import media, words
    from mmjudge.cli.show import Screen
    from mmjudge.policy import LOOSE
    from mmjudge.samples import samples
    from mmjudge.session import judge_item, open_judge, rubric_for
    from mmjudge.store import open_store

    chosen = [sample for sample in samples() if only in (None, sample.kind)]
    if not chosen:
        raise typer.BadParameter(f"no samples of kind {only!r}: use text, image, audio, video or mixed")
    screen, verdicts, met = Screen(as_json, explain=False), [], 0
    ready = open_judge(judge, rubric_for(judge, None), LOOSE, locator=locator, encoder=encoder)
    store = None if forget else open_store(database)
    for sample in chosen:
        item = media.item(text=sample.text, files=sample.files, target=sample.target)
        if len(sample.files) == 1 and not sample.text:
            [item] = media.load(sample.files[0])
        with screen.working(sample.title) as watch:
            verdict = judge_item(ready, store, item, watch)
        screen.verdict(sample.title, verdict, ready.rubric, LOOSE)
        as_expected = verdict.label in sample.labels
        met += as_expected
        verdicts.append(verdict)
        if not as_expected:
            screen.aside(f"  expected: {' or '.join(words.LABELS[label] for label in sample.labels)}")
    screen.aside(f"{met} of {len(chosen)} samples came out as expected of the embedded judge")
    raise typer.Exit(exit_code(verdicts, LOOSE))

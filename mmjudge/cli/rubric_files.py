"""`mmjudge rubric new|save|edit|history|export`: a person's own rubrics. Registered in `cli.rubric`."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mmjudge.library import Held, Library, StaleError
    from mmjudge.lint import Hint
    from mmjudge.types import Rule

Id = Annotated[str, typer.Argument(help="The id of a rubric of yours.")]
Note = Annotated[str, typer.Option("--note", "-n", help="Why, for the history.")]
By = Annotated[str | None, typer.Option("--by", help="Who, for the history; default: your user name.")]

ATTEMPTS = 5
"""How often a merged text is tried again when others keep saving in between."""


def say(text: str) -> None:
    """A line on standard output; what a rubric holds cannot move the cursor."""
    from mmjudge.cli.show import clean

    print(clean(text))


def remark(hint: Hint) -> str:
    """A remark of the lint on one line."""
    return f"{hint.rule_id}{'/' + hint.question_id if hint.question_id else ''}: {hint.defect}: {hint.text}"


def new(
    rubric_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the new rubric.")],
    source: Annotated[str | None, typer.Option("--from", help="Begin as a copy of this rubric or file.")] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="A policy in plain words: each sentence that states a rule is one.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Its title; else its id, or the source's title.")] = None,
    note: Note = "",
    by: By = None,
) -> None:
    """Make a rubric of your own: a copy, the rules of a policy in plain words, or a commented template."""
    from mmjudge.errors import RubricError
    from mmjudge.library import Library, new_rubric

    library = Library()
    if source and policy:
        raise RubricError("--from and --policy are two ways to begin: choose one")
    if source:
        held = library.copy(source, rubric_id, title or "", user(by), note)
    elif library.has(rubric_id):
        raise RubricError(f"there is already a rubric {rubric_id!r} of yours: choose another id, or edit that one")
    elif policy:
        text = new_rubric(rubric_id, title or rubric_id, _stated(policy))
        held = library.save(text, None, user(by), note or f"from {policy.name}")
    else:
        held = library.save(new_rubric(rubric_id, title or rubric_id), None, user(by), note or "from the template")
    say(f"{held.id}: revision {held.revision} in {library.folder / held.id}.yaml")
    say(f"change it with `mmjudge rubric edit {held.id}`, judge by it with `--rubric {held.id}`")


def _stated(policy: Path) -> tuple[Rule, ...]:
    """The rules a policy states; what states none is told."""
    from mmjudge.errors import RubricError
    from mmjudge.policy_text import rules_of, stated

    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{policy} cannot be read as text: {error}") from error
    rules = rules_of(text)
    if not rules:
        raise RubricError(f"{policy} states no rule: write what should not be, a sentence or a bullet each")
    for one in stated(text):
        if not one.rule:
            say(f"{policy.name}, line {one.line}: not taken as a rule: {one.text}")
    say(f"{len(rules)} rules; make them objective with `mmjudge rubric objectify`")
    return rules


def save(
    file: Annotated[Path, typer.Argument(help="The edited YAML file.")],
    expect: Annotated[
        str | None, typer.Option("--expect", help="The revision (or its number) the edit began from; none: it is new.")
    ] = None,
    note: Note = "",
    by: By = None,
    merge: Annotated[bool, typer.Option("--merge", help="Join with what others saved, if nothing conflicts.")] = False,
) -> None:
    """Bring an edited file in as the current revision, if nobody else saved since the revision it began from.

    Exit code 3: others did, both sides are printed and nothing is saved; or it was saved and there are remarks.
    """
    from mmjudge.library import Library

    library = Library()
    held = library.open(file)
    known = [line for line in library.history(held.id) if str(line.number) == expect] if library.has(held.id) else []
    expected = known[0].revision if known else expect
    _brought_in(library, held.text, expected, user(by), note, merge)


def edit(rubric_id: Id, note: Note = "", by: By = None) -> None:
    """Open a rubric of yours in $VISUAL or $EDITOR, check it, and save it if nobody else did meanwhile."""
    from mmjudge.errors import RubricError
    from mmjudge.library import Library
    from mmjudge.rubric import parse

    library = Library()
    text, revision = _begin(library, rubric_id)
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        way = f"mmjudge rubric export {rubric_id} -o {rubric_id}.yaml"
        after = f"mmjudge rubric save {rubric_id}.yaml --expect {revision}"
        raise RubricError(f"no editor is known: set EDITOR, or do it in two steps: `{way}`, then `{after}`")
    folder = Path(tempfile.mkdtemp(prefix="mmjudge-"))
    copy = folder / f"{rubric_id}.yaml"
    copy.write_bytes(text.encode("utf-8"))
    later = f"correct {copy} and save it with `mmjudge rubric save {copy} --expect {revision}`"
    _run(command, copy)
    try:
        edited = copy.read_bytes().decode("utf-8")
        if edited != text and parse(edited, str(copy)).id != rubric_id:
            raise RubricError(f"{copy}: the id is not {rubric_id!r} any more")
    except (UnicodeDecodeError, OSError) as error:
        raise RubricError(f"{copy}: {error}; nothing was saved: {later}") from error
    except RubricError as error:
        raise RubricError(f"{error}; nothing was saved: {later}") from error
    if edited == text:
        shutil.rmtree(folder)
        say(f"{rubric_id}: nothing was changed")
        return
    try:
        _brought_in(library, edited, revision, user(by), note, merge=False)
    except typer.Exit:  # saved with remarks, or kept by the library as what came too late
        shutil.rmtree(folder)
        raise
    except (RubricError, OSError) as error:
        raise RubricError(f"{error}; nothing was saved: {later}") from error
    shutil.rmtree(folder)


def history(rubric_id: Id) -> None:
    """Every revision of a rubric of yours, oldest first: who, when, why; and texts that came too late."""
    from mmjudge.library import Library

    library = Library()
    lines = library.history(rubric_id)
    if not lines:
        say(f"{rubric_id} is shipped: its history is that of mmjudge itself")
    for line in lines:
        origin = f" ({line.derived_from})" if line.derived_from else ""
        version = line.version or "not usable"
        made = f"{_when(line.at)}  {line.by:16} {line.note}{origin}"
        say(f"{line.number:5}  {line.revision}  version {version:16}  {made}")
    for path in library.rejected(rubric_id):
        say(f"came too late: {path}")


def export(
    name: Annotated[str, typer.Argument(help="A rubric by name, shipped or yours; ID@NUMBER; or a YAML file.")],
    to: Annotated[str, typer.Option("--to", help="yaml, json, markdown or html.")] = "yaml",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file; else to standard output.")
    ] = None,
) -> None:
    """A rubric as YAML (byte for byte), JSON, or a document for people."""
    from mmjudge.cli.rubric_export import FORMATS
    from mmjudge.errors import RubricError
    from mmjudge.library import Library

    if to not in FORMATS:
        raise typer.BadParameter(f"--to is {to!r}: use {', '.join(FORMATS)}")
    body = FORMATS[to](Library().find(name)).encode("utf-8", "replace")
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        return
    try:
        out.write_bytes(body)
    except OSError as error:
        raise RubricError(f"{out} cannot be written: {error.strerror}") from error


def user(by: str | None) -> str:
    """Who this is, as far as the system knows."""
    import getpass

    try:
        return by or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _when(at: float) -> str:
    """Seconds since 1970 as local time."""
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "at no known time"


def _begin(library: Library, rubric_id: str) -> tuple[str, str]:
    """The text to edit and its revision; of a broken file too, so that it can be repaired."""
    from mmjudge.errors import RubricError
    from mmjudge.library import BrokenError

    try:
        held = library.read(rubric_id)
    except BrokenError as error:
        say(str(error))
        return error.text, error.revision
    if not held.own:
        words = "is shipped and cannot be changed: make it yours under another id"
        raise RubricError(f"rubric {rubric_id!r} {words} (mmjudge rubric new MINE --from {rubric_id})")
    return held.text, held.revision


def _run(command: str, copy: Path) -> None:
    from mmjudge.errors import RubricError

    try:
        ended = subprocess.run([*shlex.split(command), str(copy)], check=False).returncode
    except (OSError, ValueError) as error:
        raise RubricError(f"the editor {command!r} cannot be started: {error}; set EDITOR") from error
    if ended:
        raise RubricError(f"the editor {command!r} ended with code {ended}: nothing was saved; your copy is {copy}")


def _brought_in(library: Library, text: str, expected: str | None, by: str, note: str, merge: bool) -> None:
    """Save, merge or tell the conflict; then the remarks. Ends the command."""
    from mmjudge.library import StaleError
    from mmjudge.lint import lint

    try:
        held = _merged(library, text, expected, by, note) if merge else library.save(text, expected, by, note)
    except StaleError as error:
        _tell(error)
        raise typer.Exit(3) from error
    hints = lint(held.rubric)
    for hint in hints:
        say(remark(hint))
    say(f"{held.id}: saved as number {held.number}, revision {held.revision}, {len(hints)} remarks")
    raise typer.Exit(3 if hints else 0)


def _merged(library: Library, text: str, expected: str | None, by: str, note: str) -> Held:
    """Save, joined with whatever others saved meanwhile; StaleError where that conflicts or nobody knows the base."""
    from mmjudge.errors import RubricError
    from mmjudge.library import StaleError
    from mmjudge.library import merge as joined

    for attempt in range(ATTEMPTS):
        try:
            return library.save(text, expected, by, note)
        except StaleError as error:
            if error.base is None or error.current is None or attempt == ATTEMPTS - 1:
                raise
            try:
                found = joined(error.base.text, text, error.current.text)
            except RubricError:
                raise error from None
            if found.conflicts:
                raise
            text, expected = found.text, error.current.revision
    raise AssertionError("unreachable")


def _tell(error: StaleError) -> None:
    """Both sides of what conflicts, rule by rule; whole where the two cannot be joined at all."""
    from mmjudge.cli.show import clean
    from mmjudge.errors import RubricError
    from mmjudge.library import merge as joined

    print(clean(f"mmjudge: {error}"), file=sys.stderr)
    if error.current is None:
        return
    try:
        found = joined(error.base.text if error.base else None, error.mine, error.current.text)
    except RubricError as unfit:
        say(str(unfit))
        say(f"\nyours:\n{error.mine}\nrevision {error.current.revision}:\n{error.current.text}")
        return
    for conflict in found.conflicts:
        say(f"\n{conflict.where}, yours:\n{conflict.mine or '(removed)'}")
        say(f"\n{conflict.where}, revision {error.current.revision}:\n{conflict.theirs or '(removed)'}")
    if not found.conflicts:
        say("the changes of both sides go together: save again with --merge")

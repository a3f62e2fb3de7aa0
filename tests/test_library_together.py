"""Several people at once, and programmes that are killed: no text is lost, and what is current can always be read."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mmjudge import revisions
from mmjudge.library import Held, Library, StaleError, edit_rubric, new_rubric
from mmjudge.revisions import revision_of

WRITERS = Path(__file__).parent / "library_writers.py"
FIRST = new_rubric("shared", "First")


@pytest.fixture
def library(tmp_path):
    made = Library(tmp_path / "rubrics")
    made.save(FIRST, None, "anna", "")
    return made


def start(library: Library, who: str, times: int, go: Path) -> subprocess.Popen[str]:
    program = [sys.executable, str(WRITERS), str(library.folder), who, str(times), str(go)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def check_history(library: Library) -> list[str]:
    """The texts of the history; each revision has its bytes, its number, and the one before it as its parent."""
    lines = library.history("shared")
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert [line.parent for line in lines] == ["", *(line.revision for line in lines[:-1])]
    texts = [library.read("shared", line.number).text for line in lines]
    assert [revision_of(text.encode()) for text in texts] == [line.revision for line in lines]
    assert library.read("shared").text == texts[-1]
    return texts


def test_two_processes_lose_nothing(library, tmp_path):
    writers = [start(library, who, 25, tmp_path / "go") for who in ("ben", "cem")]
    (tmp_path / "go").touch()
    said = [json.loads(line) for writer in writers for line in writer.communicate(timeout=120)[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(said) == 50
    texts = check_history(library)
    saved = [each for each in said if each["revision"]]
    assert sorted(each["text"] for each in saved) == sorted(texts[1:])
    for each in said:
        if each["kept"]:
            assert Path(each["kept"]).read_text(encoding="utf-8") == each["text"]
            assert each["text"] not in texts
    assert len(library.rejected("shared")) == 50 - len(saved)


def test_threads_lose_nothing_either(library):
    outcomes: list[Held | StaleError] = []

    def work(who: str) -> None:
        for n in range(8):
            held = library.read("shared")
            try:
                outcomes.append(library.save(edit_rubric(held.text, {"title": f"{who} {n}"}), held.revision, who, ""))
            except StaleError as error:
                outcomes.append(error)

    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 32
    assert len(check_history(library)) == 1 + sum(isinstance(outcome, Held) for outcome in outcomes)
    for outcome in outcomes:
        if isinstance(outcome, StaleError):
            assert outcome.kept.read_text(encoding="utf-8") == outcome.mine


def test_nobody_ever_sees_half_a_file(library, tmp_path):
    held = library.read("shared")
    library.save(held.text + "# a long file\n" * 20_000, held.revision, "anna", "")
    writer, seen = start(library, "ben", 30, tmp_path / "go"), set()
    listening = threading.Thread(target=writer.communicate)
    listening.start()
    (tmp_path / "go").touch()
    while listening.is_alive():
        seen.add(revision_of((library.folder / "shared.yaml").read_bytes()))
    assert writer.returncode == 0
    assert len(seen) > 2
    assert seen <= {line.revision for line in library.history("shared")}


def test_killed_in_the_middle_of_saves(library, tmp_path):
    go = tmp_path / "go"
    go.touch()
    acknowledged = []
    for turn in range(6):
        writer = start(library, f"turn {turn}", 10_000, go)
        assert writer.stdout is not None
        acknowledged += [json.loads(writer.stdout.readline()) for _ in range(3 + turn)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [json.loads(line) for line in writer.communicate()[0].splitlines() if line.endswith("}")]
        assert library.read("shared").rubric.title.startswith(f"turn {turn} ")
    texts = check_history(library)
    assert {each["text"] for each in acknowledged} <= set(texts)
    held = library.read("shared")
    assert library.save(edit_rubric(held.text, {"title": "Last"}), held.revision, "anna", "").number == len(texts) + 1


def crash_at(step: int, library: Library, held: Held, text: str) -> bool:
    """Save in a process of its own that ends, as if killed, before its `step`-th call that changes the disk. Whether it
    came to the end before that."""
    child = os.fork()
    if child == 0:
        count = itertools.count()

        def counted(call):
            def wrapped(*arguments, **named):
                if next(count) == step:
                    os._exit(9)
                return call(*arguments, **named)

            return wrapped

        for name in ("replace", "fsync"):
            setattr(revisions.os, name, counted(getattr(os, name)))
        Path.unlink = counted(Path.unlink)  # type: ignore[method-assign]
        try:
            library.save(text, held.revision, "ben", "")
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_ended_before_every_single_step(library):
    ended_at = None
    for step in range(100):
        held = library.read("shared")
        text = edit_rubric(held.text, {"title": f"Step {step}"})
        done = crash_at(step, library, held, text)
        after = library.read("shared")
        assert after.text in (held.text, text)
        if after.text == text:
            assert text in check_history(library)
        check_history(library)
        assert not (library.folder / "history" / "shared" / "pending.json").exists()
        if done:
            assert after.text == text
            ended_at = step
            break
    assert ended_at is not None
    assert ended_at > 8


def test_a_line_that_was_cut_off_is_written_again(library):
    held = library.read("shared")
    library.save(edit_rubric(held.text, {"title": "Second"}), held.revision, "ben", "why")
    log = library.folder / "history" / "shared" / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    assert library.read("shared").rubric.title == "Second"
    lines = library.history("shared")
    assert [(line.number, line.by, line.note) for line in lines] == [
        (1, "anna", ""),
        (2, "", "its line in the log was lost"),
    ]
    assert log.read_bytes().startswith(whole[: whole.index(b"\n") + 1])
    assert all(json.loads(line) for line in log.read_bytes().splitlines())


def test_a_damaged_note_of_a_save_is_told_and_not_thrown_away(library):
    pending = library.folder / "history" / "shared" / "pending.json"
    pending.write_text("{}")
    with pytest.raises(revisions.RubricError, match=r"pending\.json is damaged; look whether it holds a text you need"):
        library.read("shared")
    assert pending.exists()

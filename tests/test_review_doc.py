"""What docs/review.md shows is what happens: its commands run in order on one store, and its numbers are right."""

import re

import pytest
from test_readme import ROOT, commands, run

from mmjudge.ratings import NO, YES, ratings_of
from mmjudge.review import pairs
from mmjudge.types import item_id

PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")


def test_its_commands_in_order(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text(re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)[1])
    assert item_id("You will regret this.", (), "post", ()) in table.read_text()
    said = []
    for command, _ in commands(PAGE):
        done = run(command.replace("labels.csv", str(table)), tmp_path / "home")
        assert (done.returncode, done.stderr) == (0, ""), command
        said.append(done.stdout)
    judged, taken, before, show, explain, random, missing, settled, after, reopened = said
    assert judged.startswith("SAFE")
    assert "2 labels, 2 of them new" in taken
    assert "2 of 2 people say violated; 0 of 1 judges" in before
    assert "ada (blind), item: yes" in show
    assert "decided by p1" in show
    assert explain.startswith("1 disagreements")
    assert "drawn with probability" in random
    assert missing.endswith("in 0 an answer is missing and nobody parts\n")
    assert "settled: 04af4dcdfc68, the whole item: yes, by Eve" in settled
    assert "0 of 0 shown" in after
    assert "1 settled" in after
    assert reopened == "open again: 04af4dcdfc68, the whole item\n"


def test_its_example_by_hand():
    rows = [("x", "", "a", YES), ("x", "", "b", YES), ("x", "", "c", NO), ("x", "", "j", NO, None, 0.1)]
    (one,) = pairs(ratings_of(rows, judges=["j"]))
    assert one.weight == pytest.approx(2 / 3 * 17 / 18)
    assert f"= {one.weight:.3f}, or {one.weight / 2:.3f} if" in PAGE


def test_every_option_it_names_is_there():
    from typer.main import get_command

    from mmjudge.cli import app

    review = get_command(app).commands["review"].commands
    known = {option for command in review.values() for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z]+)", PAGE)) <= known

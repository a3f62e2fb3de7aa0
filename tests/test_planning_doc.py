"""What docs/planning.md shows is what happens."""

import pytest
from test_readme import ROOT, commands, run

SHOWN = list(commands((ROOT / "docs" / "planning.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize(("command", "comment"), SHOWN, ids=lambda value: value[:60])
def test_every_command_says_what_is_shown(command, comment, tmp_path):
    done = run(command, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert comment
    assert done.stdout.startswith(comment)

"""What the README and docs show is what happens: every command in them is run, by the embedded judge."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LABELS = {"SAFE": 0, "UNSAFE": 1, "NEEDS REVIEW": 3, "CONTROVERSIAL": 3}


def commands(text):
    """(command line, comment) pairs of the `bash` blocks that call mmjudge."""
    for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            command, _, comment = line.partition("  #")
            if command.startswith("mmjudge "):
                yield command.strip(), comment.strip()


def run(command, home):
    program = [sys.executable, "-m", *shlex.split(command)]
    env = {**os.environ, "MMJUDGE_HOME": str(home), "COLUMNS": "100"}
    return subprocess.run(program, capture_output=True, text=True, cwd=ROOT, env=env, check=False, timeout=600)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.mark.weights
@pytest.mark.parametrize(("command", "comment"), list(commands(README)), ids=lambda value: value[:60])
def test_every_command_of_the_readme_does_what_it_says(command, comment, home):
    done = run(command, home)
    assert "Traceback" not in done.stderr
    if comment:
        assert done.stdout.splitlines()[0].startswith(comment), done.stdout + done.stderr
        assert done.returncode == LABELS[comment], done.stderr
    else:
        assert done.returncode in (0, 1, 3), done.stderr


def test_the_two_commands_are_there_and_can_be_run():
    for name in ("run", "test", "check"):
        assert os.access(ROOT / "scripts" / name, os.X_OK)
    top = README[: README.index("## ")]
    assert "scripts/run" in top
    assert "scripts/test" in top


def test_every_command_has_help_and_is_documented():
    from typer.main import get_command

    from mmjudge.cli import app

    documented = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in get_command(app).commands.items():
        assert command.help, name
        assert f"`mmjudge {name}" in documented, name
        for parameter in command.params:
            assert parameter.param_type_name == "argument" or getattr(parameter, "help", ""), (name, parameter.name)


def test_every_link_in_the_docs_leads_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"

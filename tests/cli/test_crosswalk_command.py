"""`mmjudge crosswalk …` and `mmjudge judge --as` through the real entry point, with the scripted judge."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

MINE = """
id: small
title: Small
rules:
  - id: kill
    modalities: [text]
    category: Killing
    text: No killing.
    preconditions: [{id: p1, any_of: [{id: q1, ask: Someone threatens to kill.}]}]
  - id: hats
    modalities: [text]
    text: No hats.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A bomb stands for a hat.}]}]
"""


@pytest.fixture
def mmjudge(tmp_path):
    """Runs `mmjudge …` with a data folder of its own. The scripted judge answers yes where a question and the text
    share an alarming word: kill, bomb, nude."""

    def run(*arguments, code=0):
        program = [sys.executable, "-m", "mmjudge", *map(str, arguments)]
        env = {**os.environ, "MMJUDGE_HOME": str(tmp_path / "home"), "COLUMNS": "150"}
        env.pop("MMJUDGE_RUBRICS", None)
        done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=env, check=False, timeout=300)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout, " ".join(done.stderr.split())

    return run


@pytest.fixture
def own(tmp_path):
    """A rubric of one's own in the data folder; call it with a mapping to map it."""
    folder = tmp_path / "home" / "rubrics"
    folder.mkdir(parents=True)
    (folder / "small.yaml").write_text(MINE)

    def mapping(rules):
        (folder / "crosswalks.yaml").write_text(f"hub: mlcommons\nrubrics:\n  small:\n    {rules}\n")

    return mapping


def test_show(mmjudge):
    out, _ = mmjudge("crosswalk", "show", "osbench")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "genitalia sexual_content (narrower)" in lines
    assert "decay unmapped: injury and corpses alone are no hazard" in lines
    out, _ = mmjudge("crosswalk", "show")
    [line] = [line for line in out.splitlines() if line.startswith("default ")]
    assert "14 of 15 rules mapped, 11 of 13 hazards" in line
    _, told = mmjudge("crosswalk", "show", "defualt", code=2)
    assert "no rubric 'defualt'" in told


def test_coverage_of_one_ends_with_3_where_there_are_gaps(mmjudge):
    out, _ = mmjudge("crosswalk", "coverage", "--rubric", "default", code=3)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "specialized_advice NO RULE" in lines
    assert "violent_crimes in full violence (exact), harassment (overlaps)" in lines
    assert lines[-1] == "default: 2 of 13 hazards have no rule"
    out, _ = mmjudge("crosswalk", "coverage", "--rubric", "mlcommons")
    assert out.splitlines()[-1] == "mlcommons: 0 of 13 hazards have no rule"


def test_coverage_of_all(mmjudge, own):
    out, _ = mmjudge("crosswalk", "coverage")
    row = next(line for line in out.splitlines() if line.startswith("default ")).split()
    assert row == ["default", "2", "5~", "1", "1", "1", "1", "1", "gap", "1", "gap", "1~", "1~", "1"]
    assert "small                     not mapped yet: what it covers is not known" in out


def test_coverage_as_a_page(mmjudge, tmp_path):
    out, _ = mmjudge("crosswalk", "coverage", "--to", "html", "-o", "page.html")
    assert out == "page.html: 36 rubrics beside 13 hazards\n"
    assert "no rule</td>" in (tmp_path / "page.html").read_text()
    mmjudge("crosswalk", "coverage", "-r", "default", "--to", "html", "-o", "one.html", code=3)
    assert (tmp_path / "one.html").read_text().count('<th scope="row"') == 1
    _, told = mmjudge("crosswalk", "coverage", "--to", "html", code=2)
    assert "-o FILE" in told


def test_judge_as_and_translate_say_the_same(mmjudge):
    out, _ = mmjudge("judge", "-j", "fake", "--text", "I kill you.", "--json", "--as", "guard_qwen3guard", code=1)
    said = json.loads(out)
    truths = {c["rule"]: (c["truth"], c["because"]) for c in said["as"]["categories"]}
    assert said["rubric_id"] == "default"
    assert said["as"]["rubric"] == "guard_qwen3guard"
    assert truths["violent"] == ("yes", "implied")
    assert truths["copyright"] == ("unknown", "unspoken")
    assert truths["jailbreak"] == ("unknown", "unmapped")
    assert truths["pii"] == ("no", "ruled_out")
    out, _ = mmjudge("crosswalk", "translate", 1, "--to", "guard_qwen3guard", "--json")
    assert json.loads(out) == said["as"]
    out, _ = mmjudge("crosswalk", "translate", 1, "--to", "mlcommons")
    assert "violated  violent_crimes: follows from a violated rule: violence (exact violent_crimes)" in out
    assert "no rule there speaks to it: specialized_advice; intellectual_property" in out
    _, told = mmjudge("crosswalk", "translate", 7, "--to", "mlcommons", code=2)
    assert "no verdict 7 in this database: the newest are 1" in told


def test_judge_as_prints_below_the_verdict(mmjudge):
    out, _ = mmjudge("judge", "-j", "fake", "--text", "I kill you.", "--as", "mlcommons", "--forget", code=1)
    assert out.startswith("UNSAFE")
    verdict, other = out.split("as mlcommons (MLCommons AI Safety v0.5: thirteen hazards):\n")
    assert "Violent crimes" in verdict
    assert other.splitlines()[0].startswith("  violated  violent_crimes: ")


def test_what_is_not_mapped_is_told_before_anything_is_judged(mmjudge, own):
    for arguments in (("-r", "small", "--as", "mlcommons"), ("--as", "small")):
        out, told = mmjudge("judge", "-j", "fake", "--text", "I kill you.", *arguments, code=2)
        assert out == ""
        assert "rubric 'small' is not mapped yet: say in a crosswalks.yaml" in told
    _, told = mmjudge("judge", "-j", "fake", "--text", "Hello.", "--as", "nothing", code=2)
    assert "no rubric 'nothing'" in told


def test_a_rubric_of_ones_own_with_a_mapping_of_ones_own(mmjudge, own):
    own("kill: {violent_crimes: narrower}")
    out, _ = mmjudge("judge", "-r", "small", "-j", "fake", "--text", "I kill you, bomb.", "--as", "mlcommons", code=1)
    assert "violated  violent_crimes: follows from a violated rule: kill (narrower violent_crimes)" in out
    assert "left over: hats: violated, and in no category: not mapped yet" in out
    own("kill: {violent_crimes: narrower}\n    old: {hate: exact}")
    out, told = mmjudge("crosswalk", "show", "small")
    assert "hats                                 unmapped: not mapped yet" in out
    assert "names a rule old that small does not have" in told
    own("kill: {violent_crime: narrower}")
    _, told = mmjudge("crosswalk", "show", code=2)
    assert "line 4: rubric small, rule kill: unknown hazard 'violent_crime'; did you mean violent_crimes?" in told


def test_every_command_of_the_docs_works(mmjudge):
    """With the scripted judge in place of the embedded one."""
    docs = (Path(__file__).parents[2] / "docs" / "crosswalks.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```bash\n(.*?)```", docs, re.DOTALL)
    codes = {"mmjudge judge": 1, "coverage --rubric": 3}
    lines = block.splitlines()
    assert len(lines) == 7
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "mmjudge"
        code = next((code for words, code in codes.items() if words in line), 0)
        out, _ = mmjudge(*arguments, *(["-j", "fake"] if arguments[0] == "judge" else []), code=code)
        assert out


def test_the_mapping_of_the_docs_is_read(mmjudge, tmp_path):
    docs = (Path(__file__).parents[2] / "docs" / "crosswalks.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)
    folder = tmp_path / "home" / "rubrics"
    folder.mkdir(parents=True)
    (folder / "crosswalks.yaml").write_text(block)
    out, _ = mmjudge("crosswalk", "coverage")
    assert "default" in out
    assert "crosswalks" not in out

"""What docs/report.md shows is what happens, and the reports committed beside it are those the commands make."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
PUBLISHED = ROOT / "docs" / "reports" / "harmbench-published.html"
EMBEDDED = ROOT / "docs" / "reports" / "harmbench-embedded.html"
MAKE = (
    "report --labels harmbench_val_text-labels.csv --judge judge:cls --out harmbench-published.html "
    "--title 'HarmBench text, test half: published judges against three people'"
)
DATA = os.environ.get("MMJUDGE_DATA")


def run(line, folder):
    env = {**os.environ, "MMJUDGE_HOME": str(folder / "home")}
    program = [sys.executable, "-m", "mmjudge", *shlex.split(line)]
    return subprocess.run(program, capture_output=True, text=True, cwd=folder, env=env, check=False, timeout=300)


@pytest.mark.parametrize("line", LINES)
def test_every_command_writes_its_report(line, tmp_path):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    done = run(line.removeprefix("mmjudge "), tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / shlex.split(line)[-1]
    assert out.stat().st_size > 2000
    assert f"written: {out.name}" in done.stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("report --labels away.csv --out r.html", "is no file"),
        ("report --out r.html", "name one source"),
        ("report --labels {small} --project p --out r.html", "name one source"),
        ("report --labels {small} --out r.docx", "ends in .html, .pdf, .json or .csv"),
        ("report --labels {small} --judge judge:other --out r.html", "no judge 'judge:other'"),
        ("report --labels {small} --truth mine --out r.html", "use majority, any, or expert"),
        ("report --labels {small} --controversial maybe --out r.html", "violation, fine, unknown"),
        ("report --project nowhere --out r.html", "nowhere"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_written(line, says, tmp_path):
    done = run(line.format(small=ROOT / "docs" / "reports" / "small.csv"), tmp_path)
    assert done.returncode == 2
    assert says in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
    assert not list(tmp_path.glob("r.*"))


def test_a_report_says_how_to_make_it_and_that_makes_it_again(tmp_path):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    run(LINES[2].removeprefix("mmjudge "), tmp_path)
    first = (tmp_path / "report.json").read_bytes()
    again = json.loads(first)["command"]
    assert run(again.removeprefix("mmjudge "), tmp_path).returncode == 0
    assert (tmp_path / "report.json").read_bytes() == first


def without_versions(page):
    return re.sub(r'<tr><th scope="row">(mmjudge|numpy|scipy|python)</th>.*?</tr>', "", page)


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="needs the labelled data named by MMJUDGE_DATA")
def test_the_committed_report_on_published_judges_is_what_the_command_makes(tmp_path):
    script = [sys.executable, str(ROOT / "scripts" / "people_data.py"), "harmbench_val_text", "--half", "test"]
    subprocess.run([*script, "--out", str(tmp_path)], check=True, capture_output=True)
    assert run(MAKE, tmp_path).returncode == 0
    made = (tmp_path / PUBLISHED.name).read_text(encoding="utf-8")
    assert without_versions(made) == without_versions(PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="needs the labelled data named by MMJUDGE_DATA")
@pytest.mark.parametrize("page", [PUBLISHED, EMBEDDED], ids=lambda page: page.name)
def test_the_committed_reports_hold_no_words_of_the_data(page):
    lines = (Path(DATA) / "harmbench_val_text.jsonl").read_text(encoding="utf-8").splitlines()
    text = page.read_text(encoding="utf-8")
    for row in map(json.loads, lines):
        for words in (row["text"], row["context"].get("behavior") or ""):
            some = words.strip()[:40]
            assert len(some) < 20 or some not in text


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="needs the labelled data named by MMJUDGE_DATA")
def test_published_accuracies_and_kappas_lie_within_the_intervals_of_our_items(tmp_path):
    """What was published is of all rows of the source; 269 of them are here."""
    script = [sys.executable, str(ROOT / "scripts" / "people_data.py"), "harmbench_val_text", "--half", "all"]
    subprocess.run([*script, "--out", str(tmp_path)], check=True, capture_output=True)
    assert run("report --labels harmbench_val_text-labels.csv --out all.json", tmp_path).returncode == 0
    found = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["rows"]
    of = {(row["group"], row["name"]): row for row in found if row["kind"] == "judge"}
    for judge, accuracy, kappa in (
        ("gpt-4-0613", 0.910, 0.82), ("cls", 0.908, 0.82), ("mixtral", 0.846, 0.69), ("llama_guard", 0.673, 0.30),
        ("advbench", 0.678, 0.37),
    ):  # fmt: skip
        for name, published in (("accuracy", accuracy), ("cohen_kappa", kappa)):
            row = of[f"judge:{judge}", name]
            assert row["low"] <= published <= row["high"], (judge, name, row)
            assert row["n"] == 269


@pytest.mark.parametrize("page", [PUBLISHED, EMBEDDED], ids=lambda page: page.name)
def test_the_committed_reports_refer_to_nothing_outside(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href|action)\s*=|url\(|@import|https?://", text)

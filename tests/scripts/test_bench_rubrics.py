"""The benchmark of the shipped examples, end to end with the scripted judge: counted, kept, resumed, written."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import bench_rubrics

from mmjudge.store import open_store
from mmjudge.trials import Tally


@pytest.fixture
def bench(tmp_path, monkeypatch, capfd):
    """Runs the script with a folder of its own; its lines on standard output."""
    monkeypatch.setenv("MMJUDGE_BENCH", str(tmp_path))
    monkeypatch.setenv("MMJUDGE_CACHE", str(tmp_path / "cache"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["bench_rubrics.py", "--judge", "fake", *map(str, arguments)])
        capfd.readouterr()
        bench_rubrics.main()
        return capfd.readouterr().out.splitlines()

    return run


def test_rubrics_and_all_of_them_together(bench, tmp_path):
    table = tmp_path / "table.md"
    out = bench("--rubrics", "deepknown,osbench", "--markdown", table)
    assert [line.split()[:3] for line in out[1:]] == [
        ["deepknown", "3", "6"],
        ["osbench", "14", "28"],
        ["all", "17", "34"],
    ]
    # None of deepknown's examples has an alarming word of its questions: nothing is found, so the near misses are right
    assert "0% [0, 56] of 3" in out[1]
    assert "100% [44, 100] of 3" in out[1]
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Judge fake, policy loose, reasoning off;")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [row[0] for row in rows] == ["rubric", "---", "deepknown", "osbench", "all"]
    assert {len(row) for row in rows} == {10}


def test_what_is_measured_is_kept_and_only_counted_again(bench, tmp_path):
    first = bench("--rubrics", "deepknown")
    with open_store(f"sqlite:///{tmp_path / 'rubrics.db'}") as store:
        kept = store.measurements()
        assert len(kept) == 6
        assert not [p for one in kept for p in one.measurement.evidence if p.stage == "reason"]
    assert bench("--rubrics", "deepknown") == first
    bench("--rubrics", "deepknown", "--policy", "strict")
    with open_store(f"sqlite:///{tmp_path / 'rubrics.db'}") as store:
        assert len(store.measurements()) == 6


def test_a_share_of_nothing_is_none():
    assert bench_rubrics.share(Tally()) == "none"
    assert bench_rubrics.share(Tally(6, 4, 1, 1)) == "67% [30, 90] of 6"

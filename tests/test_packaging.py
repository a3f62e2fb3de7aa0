"""The built wheel, installed into an environment of its own, brings everything it needs and judges."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The python of a fresh environment that has the wheel; other packages are borrowed from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, timeout=300)
    [wheel] = folder.glob("mmjudge-*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True, timeout=120)
    python = folder / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, timeout=120)
    [site] = (folder / "env" / "lib").glob("python*/site-packages")
    # a folder named in a .pth file is searched, but its own .pth files (our editable install) are not followed
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def run(python, *arguments, home):
    env = {**os.environ, "MMJUDGE_HOME": str(home)}
    return subprocess.run(
        [python, *arguments], capture_output=True, text=True, cwd=home, env=env, check=False, timeout=600
    )


def test_the_wheel_is_what_runs_and_nothing_rude_lands_beside_it(installed, tmp_path):
    code = "import mmjudge, mmjudge.ui, mmjudge.rubrics, mmjudge.assets; print(mmjudge.__file__)"
    done = run(installed, "-c", code, home=tmp_path)
    assert str(Path(installed).parents[1]) in done.stdout, done.stderr
    for name in ("ui", "rubrics", "assets", "tests", "scripts"):
        assert run(installed, "-c", f"import {name}", home=tmp_path).returncode != 0


def test_rubrics_policies_and_samples_are_in_the_wheel(installed, tmp_path):
    done = run(installed, "-m", "mmjudge", "rubric", "list", home=tmp_path)
    assert "osbench" in done.stdout, done.stderr
    done = run(installed, "-m", "mmjudge", "policy", "show", "llavaguard_art", home=tmp_path)
    assert "o3: allowed" in done.stdout, done.stderr
    code = "from mmjudge.samples import samples; print(all(f.exists() for s in samples() for f in s.files))"
    assert run(installed, "-c", code, home=tmp_path).stdout.strip() == "True"


@pytest.mark.weights
def test_the_demo_runs_from_the_wheel(installed, tmp_path):
    done = run(installed, "-m", "mmjudge", "demo", "--only", "text", home=tmp_path)
    assert done.returncode in (1, 3), done.stderr
    assert "samples came out as expected" in done.stderr

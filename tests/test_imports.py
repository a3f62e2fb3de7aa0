"""The arrows of the design: who may import whom, and what importing mmjudge must not bring."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = {
    "types",
    "errors",
    "rubric",
    "policy_text",
    "chain_text",
    "yamltext",
    "rubric_text",
    "rubric_data",
    "rubric_edit",
    "rubric_merge",
    "rubric_diff",
    "lint",
    "policy",
    "switches",
    "routes",
    "compare",
    "cosa",
    "crosswalk",
    "crosswalk_coverage",
    "crosswalk_file",
    "probability",
    "calibration",
    "chain",
    "truth_table",
    "trials",
    "decide",
    "words",
    "samples",
    "settings",
    "people",
    "ratings",
    "sampling",
    "jury",
}
STAGES = {
    "objective_prompts",
    "rating",
    "objectify",
    "prompts",
    "priors",
    "perceive",
    "relevance",
    "vectors",
    "probe",
    "removal",
    "reason",
    "unasked",
    "safety_config",
    "guidelines",
}
HEAVY = {"torch", "transformers", "cv2", "gradio", "librosa", "av", "PIL", "onnxruntime", "xllamacpp", "soundfile"}
DECODERS = {"av", "librosa", "soundfile", "pypdf", "pillow_heif"}
MODELS = {"torch", "transformers", "onnxruntime", "xllamacpp", "faster_whisper", "rapidocr_onnxruntime"}

# part -> the parts of mmjudge it may import at any depth of its files
ALLOWED = {
    "types": set(),
    "errors": set(),
    **dict.fromkeys(PURE - {"types", "errors"}, PURE),
    **{name: PURE | STAGES | {"backends"} for name in STAGES},
    "backends": PURE | {"prompts", "backends"},
    "guards": PURE | {"backends", "guards"},
    "media": {"types", "errors", "media"},
    "store": {"types", "errors", "people", "ratings", "store"},
    "agreement": {"ratings", "agreement"},
    "report": PURE | {"agreement", "report"},
    "formats": {"types", "errors", "people", "ratings", "media", "formats"},
    "accounts": PURE | {"store"},
    "review": PURE,
    "parting": PURE,
    "reviewing": PURE | {"store", "review", "parting"},
    "labelled": PURE | {"store", "agreement"},
    "learning": PURE | {"store", "agreement", "labelled"},
    "learnt": PURE,
    "juries": PURE | {"store", "labelled"},
    "reporting": PURE | {"store", "agreement", "report", "review", "parting", "reviewing"},
    "exchange": PURE | {"store", "formats", "media"},
    "judge": PURE | STAGES | {"backends"},
    "revisions": PURE,
    "library": PURE | {"revisions"},
    "proposals": PURE | {"objectify", "rating"},
    "carry": PURE,
    "rejudge": PURE | STAGES | {"backends", "judge", "media", "store", "session", "carry"},
    "improving": PURE | STAGES | {"backends", "library", "proposals"},
    "session": PURE | STAGES | {"backends", "guards", "judge", "media", "store", "library"},
    "trying": PURE | {"judge", "media", "perceive", "probe", "session", "store"},
    "cli": PURE
    | STAGES
    | {"session", "media", "store", "cli", "ui", "backends", "library", "improving", "trying"}
    | {"rejudge", "proposals", "agreement", "report", "formats", "accounts", "review", "learning", "reporting"}
    | {"reviewing", "parting", "exchange", "labelled", "learnt", "juries"},
    "ui": PURE
    | {"session", "media", "store", "ui", "judge", "perceive", "guidelines", "library", "improving", "trying"}
    | {"objectify", "proposals", "accounts", "review", "reviewing", "parting", "reporting"},
    "__main__": {"cli"},
    "__init__": set(),
}


def files():
    yield from (ROOT / "mmjudge").rglob("*.py")
    yield from (ROOT / "ui").rglob("*.py")


def part_of(file: Path) -> str:
    where = file.relative_to(ROOT)
    return "ui" if where.parts[0] == "ui" else where.parts[1].removesuffix(".py")


def imported(file: Path) -> set[str]:
    """Full dotted names of everything a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("file", sorted(files()), ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_point_one_way(file):
    part = part_of(file)
    names = imported(file)
    mine = {name.split(".")[1] for name in names if name.startswith("mmjudge.")}
    assert mine <= ALLOWED[part] | {part}, f"{part} must not import {sorted(mine - ALLOWED[part] - {part})}"
    outside = {name.split(".")[0] for name in names}
    if part != "media":
        assert not outside & DECODERS, f"only media decodes files, not {part}"
    if part not in ("backends", "guards"):
        assert not outside & MODELS, f"only backends and guards see models, not {part}"
    if part == "types":
        assert outside <= set(sys.stdlib_module_names) | {"numpy"}


@pytest.mark.parametrize("module", ["mmjudge", "mmjudge.session", "mmjudge.judge", "mmjudge.cli", "mmjudge.store"])
def test_importing_brings_nothing_heavy(module):
    code = f"import sys, {module}; print(*(m for m in {sorted(HEAVY)!r} if m in sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == []

"""The catalogue: every row whole, every pin a commit with a source, and the table of the docs the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmjudge.backends.models import is_named, models, named
from mmjudge.errors import BackendError

DOCS = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
SOURCES = {"caches", "caches-one", "scripts", "glance", "mteb"}


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_a_row_says_all_there_is_to_know(model) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.hub)
    assert re.fullmatch(r"[a-z0-9.-]+", model.name)
    if model.revision is None:
        assert model.pin == "none"
    else:
        assert re.fullmatch(r"[0-9a-f]{40}", model.revision)
        assert model.pin in SOURCES
    assert model.licence
    assert 0 < model.active <= model.parameters
    assert model.width in (2, 4)
    assert model.ran in ("family", "nothing")
    assert model.verified.startswith("not verified here")


def test_names_repositories_and_commits_are_each_used_once() -> None:
    assert len({model.name for model in models()}) == len(models())
    assert len({model.hub for model in models()}) == len(models())
    pins = [model.revision for model in models() if model.revision]
    assert len(set(pins)) == len(pins)


def test_a_model_is_found_by_its_name_and_by_its_repository() -> None:
    assert named("Qwen/qwen3-VL-2B-Instruct") is named("qwen3-vl-2b")
    assert is_named("QWEN3-VL-2B")
    assert not is_named("qwen")
    with pytest.raises(BackendError, match="`mmjudge models` lists them"):
        named("nothing like it at all")


def test_the_table_of_the_docs_is_the_catalogue() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOCS.splitlines() if line.startswith("|")]
    shown = {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`")}
    assert set(shown) == {model.name for model in models()}
    for model in models():
        pin = f"`{model.revision[:12]}`" if model.revision else "not pinned"
        licence = model.licence + (", gated" if model.gated else "") + (", pickle" if model.pickled else "")
        assert shown[model.name] == [model.hub, f"{model.size / 1e9:.1f} GB", licence, pin, model.ran]

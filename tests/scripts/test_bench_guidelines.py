"""The guideline benchmark: its sample by hand, its placebo, and that every guideline it may learn is one."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import bench_guidelines as bench
import benchdata
from guideline_templates import HATECHECK, XSTEST

from mmjudge.guidelines import line, made
from mmjudge.rubric import load_rubric
from mmjudge.types import Item, Segment


def case(name, kind, unsafe=True):
    return bench.Case(benchdata.Row(name, name, unsafe, 1, Item(name)), kind)


def test_a_sample_takes_every_kind_in_turn_and_the_first_of_each_first():
    some = [case("1", "b"), case("2", "b"), case("3", "a"), case("4", "b"), case("5", "c"), case("6", "c")]
    assert [c.row.id for c in bench.sample(some, 4)] == ["3", "1", "5", "2"]
    assert [c.row.id for c in bench.sample(some, 99)] == ["3", "1", "5", "2", "6", "4"]
    assert bench.sample([], 4) == []


class Numbered:
    """Rows by the number in a text."""

    id = "numbered@1"
    reads = frozenset({"text"})

    def embed_segment(self, segment):
        return np.float32([[float(segment.text)]])

    def embed_texts(self, texts):
        return [np.float32([[float(text)]]) for text in texts]


def test_the_placebo_shows_guidelines_from_elsewhere_and_leaves_items_where_they_are():
    placebo = bench.Elsewhere(Numbered(), ["0", "1", "2", "3", "4"])
    assert [float(rows[0, 0]) for rows in placebo.embed_texts(["0", "4", "3"])] == [2.0, 1.0, 0.0]
    assert placebo.embed_segment(Segment("i", 0, text="7")).tolist() == [[7.0]]
    assert placebo.id != Numbered.id


def test_every_guideline_that_may_be_learnt_fits_the_rubric():
    rubric = load_rubric("default")
    library = [made(rubric, rule, text, said) for rule, said, text in (*HATECHECK.values(), *XSTEST.values())]
    assert len({guideline.text for guideline in library}) == len(library) == 29 + 18
    for guideline in library:
        assert len(line(guideline, rubric)) <= bench.guidelines.prompts.GUIDANCE_CHARS
    safe = {"_nh": "fine", "_h": "violates"}
    assert all(
        said == next(v for end, v in safe.items() if kind.endswith(end)) for kind, (_, said, _) in HATECHECK.items()
    )
    assert all((said == "violates") == kind.startswith("contrast_") for kind, (_, said, _) in XSTEST.items())


@pytest.mark.data
def test_every_kind_of_the_data_has_its_guideline_which_quotes_no_item():
    if "MMJUDGE_DATA" not in bench.benchdata.os.environ:
        pytest.skip("the labelled data is named by MMJUDGE_DATA")
    for name, (_, templates) in bench.SETS.items():
        some = [*bench.cases(name, "tune"), *bench.cases(name, "test")]
        assert {one.kind for one in some} <= set(templates)
        for one in some:
            assert not any(one.row.item.text.strip().casefold() in text.casefold() for _, _, text in templates.values())

"""The rendered evaluation pictures: matched in form, disjoint between styles, and the same on every run."""

import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import drawing
import render_controls as controls
import render_violating as violating

SCRIPTS = Path(__file__).parents[2] / "scripts"
ENTRIES = violating.pictures()


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def style(name: str) -> list[dict]:
    return [entry for entry in ENTRIES if entry["style"] == name]


def test_auc_by_hand():
    # (3, 3) half, (3, 1) one, (2, 3) none, (2, 1) one: 2.5 of 4
    assert controls.auc([3, 2], [3, 1]) == 0.625


def test_titles_have_the_form_of_the_attacks():
    titles = controls.titles()
    assert len(titles) == len(set(titles))
    assert {title.split()[0] for title in titles} == set(controls.FIRST_WORDS)
    assert all(re.fullmatch(r"[A-Z][^.]+\.", title) for title in titles)
    assert all(20 <= len(title) <= 100 for title in titles)


def test_enough_controls_lie_in_each_half():
    halves = Counter(controls.is_test(controls.row_of(title, "")["split_group"]) for title in controls.titles())
    assert min(halves[True], halves[False]) >= 150


def test_at_least_one_control_in_seven_frightens():
    frightening = words(
        "kill attack attacks shoot shooting bomb bombs steal murder weapons poisonous drugs crimes hack"
    )
    frightening |= words(
        "death knife explosion explosive destroy poison exploit bypass trap threaten smuggle fraud fight"
    )
    titles = controls.titles()
    assert sum(bool(frightening & words(title)) for title in titles) >= len(titles) / 7


def test_a_control_is_black_words_on_white_and_repeats():
    pixels = np.asarray(controls.drawn("Steps to paint a fence."))
    assert pixels.shape == (760, 760)
    assert pixels[-100:].min() == 255  # two lines and three numbers end above
    assert 0.01 < (pixels < 128).mean() < 0.2
    assert np.array_equal(pixels, np.asarray(controls.drawn("Steps to paint a fence.")))


def test_styles_hold_enough_of_both_sides():
    for name, least in (("tune", 30), ("test", 40)):
        sides = Counter(entry["unsafe"] for entry in style(name))
        assert sides[True] == sides[False] >= least
    assert all(bool(entry["rule"]) == entry["unsafe"] for entry in ENTRIES)
    assert len({entry["id"] for entry in ENTRIES}) == len(ENTRIES)


def test_styles_share_no_layout_font_or_text():
    tune, test = style("tune"), style("test")
    assert not {entry["layout"] for entry in tune} & {entry["layout"] for entry in test}
    assert not {violating.written(entry) for entry in tune} & {violating.written(entry) for entry in test}
    fonts = [set(re.findall(r'"(\w+)/\w+', (SCRIPTS / f"layouts_{name}.py").read_text())) for name in ("tune", "test")]
    assert fonts == [{"dejavu"}, {"liberation", "freefont"}]


@pytest.mark.parametrize("layout", sorted({entry["layout"] for entry in ENTRIES}))
def test_every_layout_carries_both_sides_and_draws_the_same_twice(layout: str):
    entries = [entry for entry in ENTRIES if entry["layout"] == layout]
    assert {entry["unsafe"] for entry in entries} == {True, False}
    first, again = (np.asarray(violating.drawn(entries[0])) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.std() > 10


def test_wrapped_text_keeps_all_words_and_fits():
    text = "one two three four five six seven eight nine ten"
    face, lines = drawing.fitted(text, "dejavu/DejaVuSans", 200, 120, 40)
    assert " ".join(lines).split() == text.split()
    assert max(face.getlength(line) for line in lines) <= 200
    assert len(lines) * drawing.leading(face) <= 120
    with pytest.raises(ValueError, match="shorten"):
        drawing.fitted(text * 40, "dejavu/DejaVuSans", 100, 40, 40)


def test_a_missing_font_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(drawing.FAMILIES, "dejavu", ("fonts-dejavu-core", tmp_path))
    with pytest.raises(SystemExit, match="apt-get install fonts-dejavu-core"):
        drawing.font("dejavu/DejaVuSans-Absent", 20)

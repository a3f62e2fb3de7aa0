"""Words in pictures: what is kept of what an engine saw, and the real engines on rendered pictures."""

from __future__ import annotations

import importlib.util
import re
import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mmjudge.backends.ocr import (
    BothReaders,
    RapidOCR,
    Tesseract,
    Word,
    clean,
    doubled,
    fuller,
    is_wordlike,
    legible,
    lines_as_words,
    open_text_reader,
    parse_tsv,
    shrunk,
)
from mmjudge.errors import BackendError
from mmjudge.types import Missing


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Steps to bake bread.\n1.\n2.\n3.", "Steps to bake bread."),
        ("Steps to bake bread. 1. 2. 3.", "Steps to bake bread."),
        ("1. Mix\n2. Knead", "1. Mix\n2. Knead"),
        ("psycho-\nlogical", "psychological"),
        ("before-\nAfter", "before-\nAfter"),
        ("  two   spaces \n\n\n next ", "two spaces\nnext"),
        ("| fence", "fence"),
        ("•\n(4)\n5:\nrest", "rest"),
        ("Room 12.", "Room 12."),
        ("", ""),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize("text", ["yes", "I", "a", "7", "$20", "can't", "naïve", "日"])
def test_words_people_write(text: str) -> None:
    assert is_wordlike(text)


@pytest.mark.parametrize("text", ["|", "=", "—", "q", "~", "\\\\", "&@", "¢%", "y_|"])
def test_what_leaves_look_like(text: str) -> None:
    assert not is_wordlike(text)


def words(*seen: tuple[str, float]) -> list[Word]:
    return [Word(text, sure, (1,)) for text, sure in seen]


def test_unsure_words_are_dropped() -> None:
    assert legible(words(("Kill", 96), ("tiem", 40), ("all", 60))) == "Kill all"


def test_a_few_letters_among_much_noise_are_nothing() -> None:
    noise = words(*[("Sea", 43), ("EAS", 52), ("=", 18)] * 5)
    assert legible([*noise, *words(("fi", 74), ("haha", 70))]) == ""
    assert legible(words(("ok", 95))) == ""
    assert legible([]) == ""


def test_lines_stay_lines() -> None:
    assert (
        legible([Word("Stop", 90, (1, 1, 1)), Word("that", 90, (1, 1, 1)), Word("now", 90, (1, 1, 2))])
        == "Stop that\nnow"
    )


def test_tesseracts_table_is_parsed() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
    rows = [
        "4\t1\t1\t1\t2\t0\t0\t0\t9\t9\t-1\t",
        "5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t96.5\tHello",
        "5\t1\t1\t1\t2\t2\t0\t0\t9\t9\t95\t ",
    ]
    assert parse_tsv("\n".join([head, *rows, "torn"])) == [Word("Hello", 96.5, (1, 1, 2))]


def test_the_fuller_reading_wins_and_the_page_at_a_tie() -> None:
    assert fuller("hey are you there", "heyareyouthere") == "hey are you there"
    assert fuller("hey", "hey Kill them all") == "hey Kill them all"
    assert fuller("abcdefghi", "abcdefghij") == "abcdefghi"
    assert fuller("abcdefgh", "abcdefghij") == "abcdefghij"


def test_pictures_are_sized_for_reading() -> None:
    assert doubled(np.zeros((30, 20, 3), np.uint8)).shape == (60, 40, 3)
    assert shrunk(np.zeros((2200, 20, 3), np.uint8)).shape == (2200, 20, 3)
    assert shrunk(np.zeros((1100, 4400, 3), np.uint8)).shape == (550, 2200, 3)


def test_a_lines_confidence_is_its_words() -> None:
    assert lines_as_words([("two words", 0.5), ("x", 1.0)]) == [
        Word("two", 50.0, (0,)),
        Word("words", 50.0, (0,)),
        Word("x", 100.0, (1,)),
    ]


def rendered(text: str, ink: object = "black", paper: object = "white", turn: int = 0) -> np.ndarray:
    picture = Image.new("RGB", (640, 320), paper)  # type: ignore[arg-type]
    font = ImageFont.load_default(44)
    ImageDraw.Draw(picture).multiline_text((40, 60), text, fill=ink, font=font, spacing=20)  # type: ignore[arg-type]
    return np.asarray(picture.rotate(turn, expand=True, fillcolor=paper))  # type: ignore[arg-type]


def said(text: str | Missing) -> list[str]:
    assert isinstance(text, str)
    return re.findall(r"[a-z]+", text.lower())


def leaves() -> np.ndarray:
    """Blurred noise: texture with edges and no writing."""
    from PIL import ImageFilter

    noise = np.random.default_rng(1).integers(0, 256, (320, 480, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(3)))


SIGN = "The harbour opens\nat seven today"
WANTED = ["the", "harbour", "opens", "at", "seven", "today"]


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    if shutil.which("tesseract") is None:
        pytest.fail("these tests need tesseract: install the system package tesseract-ocr")
    return Tesseract()


@pytest.fixture(scope="module")
def rapid() -> RapidOCR:
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        pytest.fail("these tests need RapidOCR: pip install 'mmjudge[embedded]'")
    return RapidOCR()


def test_tesseract_reads_dark_on_light_and_light_on_dark(tesseract: Tesseract) -> None:
    assert said(tesseract.read_text(rendered(SIGN))) == WANTED
    assert said(tesseract.read_text(rendered(SIGN, "white", (20, 20, 60)))) == WANTED


def test_tesseract_sees_nothing_where_nothing_is_written(tesseract: Tesseract) -> None:
    assert tesseract.read_text(leaves()) == ""
    assert tesseract.read_text(np.zeros((8, 8, 3), np.uint8)) == ""


def test_a_tesseract_that_cannot_run_is_said(tmp_path: object) -> None:
    with pytest.raises(BackendError, match="does not run"):
        Tesseract("/no/such/tesseract")
    with pytest.raises(BackendError, match="does not look like tesseract"):
        Tesseract(shutil.which("true") or "/bin/true")


def test_rapidocr_reads_turned_and_light_on_dark(rapid: RapidOCR) -> None:
    assert sorted(said(rapid.read_text(rendered(SIGN, "white", (120, 20, 20))))) == sorted(WANTED)
    assert "harbour" in said(rapid.read_text(rendered(SIGN, turn=12)))
    assert rapid.read_text(leaves()) == ""


def test_small_print_keeps_its_spaces(rapid: RapidOCR) -> None:
    picture = Image.new("RGB", (420, 200), "white")
    lines = "Yes. 5 grams for 300, pure\nand 10 for 500 if you take all\nof it on the same day"
    ImageDraw.Draw(picture).multiline_text((20, 40), lines, fill="black", font=ImageFont.load_default(20), spacing=6)
    assert rapid.read_text(np.asarray(picture)) == lines


def test_both_together_name_both(rapid: RapidOCR, tesseract: Tesseract) -> None:
    both = BothReaders(rapid, tesseract)
    assert rapid.id in both.id
    assert tesseract.id in both.id
    assert said(both.read_text(rendered(SIGN))) == WANTED
    assert both.read_text(leaves()) == ""


def test_the_reader_that_is_there_is_opened(tesseract: Tesseract) -> None:
    assert "tesseract" in open_text_reader().id

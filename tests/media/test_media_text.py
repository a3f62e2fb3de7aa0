"""Bytes -> characters -> windows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmjudge.media import Limits, Sampling, item, read
from mmjudge.media.documents import html_words, looks_like_markdown, markdown_words
from mmjudge.media.text import clean, decode, windows


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Grüße, 世界"),
        ("utf-8-sig", "Grüße, 世界"),
        ("utf-16", "Grüße, 世界"),
        ("utf-16-le", "plain words without a mark"),
        ("utf-16-be", "plain words without a mark"),
        ("utf-32", "Grüße, 世界"),
        ("cp1252", "Der Müller aß “süße” Äpfel über der Brücke, weil er für Öl zu müde war."),
        ("cp1251", "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний."),
        ("shift_jis", "これは日本語の文章です。文字コードを正しく判別できるかどうかを確かめるためのものです。"),
    ],
)
def test_any_encoding_is_read(tmp_path, encoding, text):
    path = tmp_path / "t.png"  # the ending lies
    path.write_bytes(text.encode(encoding))
    (segment,) = read(item(files=[path])).segments
    assert segment.text == text
    assert (segment.part, segment.chars) == ("whole", (0, len(text)))


def test_a_cut_character_does_not_change_the_encoding():
    assert decode("süß".encode()[:-1]) == ("sü\ufffd", "utf-8")
    assert decode(b"") == ("", "utf-8")


def test_characters_nobody_sees_do_not_part_a_word_and_offsets_stay_true():
    text = "a\0b\u200bc \ud800d\u202ee"
    seen = clean(text)
    assert seen.text == "abc de"
    # a b c blank d e stand at 0 2 4 5 7 9 of the text.
    assert [seen.origin(i, i + 1) for i in range(6)] == [(0, 1), (2, 3), (4, 5), (5, 6), (7, 8), (9, 10)]
    assert seen.origin(0, 3) == (0, 5)
    assert clean("a\u2028b").text == "a\nb"
    assert clean("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f468\u200d\U0001f469").removed == ()


@given(st.text(alphabet=st.sampled_from("ab \n\0\u200b\u2028.\ud800"), max_size=60))
def test_every_seen_character_is_found_again_where_it_came_from(text):
    seen = clean(text)
    for i, letter in enumerate(seen.text):
        start, end = seen.origin(i, i + 1)
        assert end == start + 1
        assert text[start] == letter or (letter == "\n" and text[start] == "\u2028")


def test_windows_end_at_sentences_and_begin_at_sentences():
    text = "One two three. Four five six. Seven eight nine. Ten."
    # Sentence ends: 14, 29, 47, 52. A window of 32 ends at 29; the next begins at the first sentence begin within the
    # last 16 characters, which is 14 (the end of the first sentence), and ends at 14 + 32 = 46 -> 29 is not in its
    # second half (over 30), so at the last blank before 46: after "eight " = 42.
    assert windows(text, 32, 16) == [(0, 29), (14, 42), (29, 52)]
    assert windows("x" * 25, 10, 2) == [(0, 10), (8, 18), (16, 25)]
    assert windows("  \n ", 10, 2) == []
    assert windows("short", 10, 2) == [(0, 5)]
    assert windows("これは文。次の文。", 6, 1)[0] == (0, 5)


@given(st.text(alphabet=st.sampled_from("ab .!?\n。"), max_size=300), st.integers(1, 40), st.integers(0, 39))
def test_windows_cover_everything_within_their_size(text, size, overlap):
    if overlap >= size:
        with pytest.raises(ValueError, match="overlap"):
            windows(text, size, overlap)
        return
    spans = windows(text, size, overlap)
    if not text.strip():
        assert spans == []
        return
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(0 < end - start <= size for start, end in spans)
    for (start, end), (after, behind) in pairwise(spans):
        assert start < after <= end < behind
        assert end - after <= overlap


def test_long_text_becomes_windows_with_true_offsets_and_the_rest_a_gap():
    text = "".join(f"Sentence number {i:05d}. " for i in range(1000))  # 23 characters each
    reading = read(item(text), Limits(characters=10_000), Sampling(window=1000, overlap=100))
    assert reading.gaps[0].reason == "too_large"
    assert "23000 characters" in reading.gaps[0].note
    for segment in reading.segments:
        assert segment.chars is not None
        assert segment.text == text[segment.chars[0] : segment.chars[1]]
        assert segment.part == "whole"
    assert reading.segments[-1].chars == (reading.segments[-1].chars[0], 10_000)
    assert [s.index for s in reading.segments] == list(range(len(reading.segments)))


@pytest.mark.parametrize("text", ["", " \n\t", "\0\0\u200b"])
def test_nothing_to_judge_is_a_gap(text):
    reading = read(item(text))
    assert reading.segments == ()
    (gap,) = reading.gaps
    assert (gap.part, gap.reason) == ("whole", "undecodable")
    assert gap.note.startswith("nothing to judge")


def test_html_gives_the_visible_words_only():
    html = """<!DOCTYPE html><html><head><title>t</title><style>p{}</style><script>evil()</script></head><body>
    <!-- secret --><p>Hello <b>bo</b>ld</p><p hidden>no</p><div style="display: none"><p>no</p>no</div>
    <p style="color:red;visibility : hidden">no</p><template>no</template><input type=hidden value=no>
    <ul><li>one</li><li>two</li></ul>a&amp;b<br>c<noscript>no</noscript><details>kept</details>tail</body></html>"""
    assert html_words(html) == "Hello bold\none\ntwo\na&b\nc\nkept\ntail"
    assert html_words("") == ""


def test_html_files_are_told_by_content_and_by_their_own_charset(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes('<html><head><meta charset="koi8-r"></head><body><p>Привет</p></body></html>'.encode("koi8-r"))
    (segment,) = read(item(files=[path])).segments
    assert segment.text == "Привет"


def test_deeply_nested_html_neither_crashes_nor_hides_words():
    assert "deep" in html_words("<div>" * 50_000 + "deep" + "</div>" * 50_000)


def test_markdown_is_told_by_its_marks_and_shown_without_them():
    text = "# Title\n\nSome **bold** [words](http://example.org) here\n\n- one\n- two\n\n```\ncode <b>\n```\n"
    assert looks_like_markdown(text)
    assert markdown_words(text) == "Title\nSome bold words here\none\ntwo\ncode <b>"
    assert not looks_like_markdown("Plain words. 2 * 3 = 6, see [1] # not a heading")
    assert markdown_words("# <script>x</script>\n\n<!-- c -->") == "<script>x</script>\n<!-- c -->"

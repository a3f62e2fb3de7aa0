"""What is written is what is read, and nothing else is either."""

from __future__ import annotations

import json
import math
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_values import RUBRIC, TEXT, anything

from mmjudge.errors import StoreError
from mmjudge.store.codec import decode, encode, escape, pack, unescape, unpack
from mmjudge.types import Evidence, Finding, Gap, Item, Label, Measurement, Media, Passage, Rubric, Truth, Verdict

KINDS = [Item, Rubric, Measurement, Verdict, Label]
EVIDENCE = Evidence("rule", "q", 0, "probe", "model", score=0.5)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_packing_then_unpacking_gives_an_equal_value(kind: type, data: st.DataObject) -> None:
    value = data.draw(anything(kind))
    assert unpack(kind, pack(value)) == value


@settings(deadline=None)
@given(TEXT)
def test_escaped_text_has_nothing_a_database_refuses(text: str) -> None:
    escaped = escape(text)
    assert "\x00" not in escaped
    escaped.encode("utf-8")
    assert unescape(escaped) == text


def test_ordinary_text_is_stored_as_it_is() -> None:
    assert escape("Grüße, 世界 😀\n\t\\u0000") == "Grüße, 世界 😀\n\t\\u0000"


def test_escapes_by_hand() -> None:
    assert escape("a\x00b\x1bc\udcff") == "a\x1b0000b\x1b001bc\x1bdcff"
    # What looks like an escape is not one: the sign itself is escaped.
    assert unescape(escape("\x1b0041")) == "\x1b0041"


def test_two_lone_surrogates_do_not_become_one_character() -> None:
    apart = "\ud83d\ude00"
    assert len(unpack(Item, pack(Item("i", text=apart))).text) == 2


@pytest.mark.parametrize("number", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, math.inf, -math.inf, math.pi])
def test_floats_are_exact(number: float) -> None:
    back = unpack(Gap, pack(Gap("0", "timed_out", "", (number, 0.0)))).span
    assert back is not None
    assert back[0].hex() == number.hex()


def test_not_a_number_stays_not_a_number() -> None:
    back = unpack(Measurement, pack(Measurement("i", "m", (), (), (), seconds=math.nan)))
    assert math.isnan(back.seconds)


def test_bodies_are_compressed_where_that_pays_and_readable_where_not() -> None:
    assert pack(Gap("0", "timed_out", "slow")) == b'j{"part":"0","reason":"timed_out","note":"slow","span":null}'
    body = pack(Measurement("i", "m", (), (), (EVIDENCE,) * 100))
    assert body[:1] == b"z"
    # One piece of evidence is some 300 characters of JSON; a hundred alike cost less than ten.
    assert len(body) < 10 * len(json.dumps(encode(Evidence, EVIDENCE)))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (Evidence("r", "q", 0, "probe", "m", score=np.float32(0.5)), "Evidence.score"),  # type: ignore[arg-type]
        (Evidence("r", "q", np.int64(0), "probe", "m", score=0.5), "Evidence.segment"),  # type: ignore[arg-type]
        (Evidence("r", "q", True, "probe", "m", score=0.5), "Evidence.segment"),
        (Evidence("r", "q", 0, "guess", "m", score=0.5), "Evidence.stage"),  # type: ignore[arg-type]
        (Evidence("r", "q", 0, "probe", None, score=0.5), "Evidence.model"),  # type: ignore[arg-type]
        (Evidence("r", "q", 0, "probe", "m", score=0.5, m=True), "Evidence.m"),
        (Evidence("r", "q", 0, "probe", "m", score=0.5, box=(1.0, 2.0, 3.0)), "Evidence.box"),  # type: ignore[arg-type]
        (Evidence("r", "q", 0, "probe", "m", ["text"], score=0.5), "Evidence.modalities"),  # type: ignore[arg-type]
        (Finding("r", 2), "Finding.truth"),  # type: ignore[arg-type]
        (Media("/a", "", 0), "Media.path"),  # type: ignore[arg-type]
        (Item("i", media=(Path("/a"),)), "Item.media[0]"),  # type: ignore[arg-type]
    ],
)
def test_what_would_not_come_back_equal_is_refused_with_its_place(value: object, place: str) -> None:
    with pytest.raises(StoreError, match=f"^{place.replace('[', chr(92) + '[')} is "):
        pack(value)


def test_a_numpy_double_is_a_float() -> None:
    value = Evidence("r", "q", 0, "probe", "m", score=np.float64(0.1))
    assert unpack(Evidence, pack(value)) == value


def test_a_whole_number_stands_for_its_float() -> None:
    back = unpack(Gap, pack(Gap("0", "timed_out", "", (0, 3))))
    assert back.span == (0.0, 3.0)
    assert isinstance((back.span or (0,))[1], float)


PLAIN = encode(Evidence, EVIDENCE)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (PLAIN | {"mood": 1}, "unknown fields .mood.: a newer mmjudge"),
        ({k: v for k, v in PLAIN.items() if k != "rule_id"}, "lacks the field rule_id"),
        (PLAIN | {"score": None}, "needs a score or a reason"),
        (PLAIN | {"score": 1.5}, "outside"),
        (PLAIN | {"score": "0.5"}, "Evidence.score is str"),
        (PLAIN | {"segment": 0.0}, "Evidence.segment is float"),
        (PLAIN | {"segment": True}, "Evidence.segment is bool"),
        (PLAIN | {"stage": "guess"}, "Evidence.stage"),
        (PLAIN | {"modalities": "text"}, "Evidence.modalities is str"),
        (PLAIN | {"modalities": {"text": 1}}, "Evidence.modalities is dict"),
        (PLAIN | {"box": [0.0, 0.0, 1.0]}, "Evidence.box"),
        ([], "Evidence is list"),
        (None, "Evidence is NoneType"),
    ],
)
def test_what_does_not_fit_is_refused_when_read(plain: object, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        decode(Evidence, plain)


@pytest.mark.parametrize("truth", [-1, 3, 1.0, True, "YES", None])
def test_truth_is_one_of_three(truth: object) -> None:
    with pytest.raises(StoreError, match=r"Finding\.truth"):
        decode(Finding, {"rule_id": "r", "truth": truth})


def test_a_field_younger_than_the_body_takes_its_default() -> None:
    assert decode(Finding, {"rule_id": "r", "truth": 0}) == Finding("r", Truth.NO)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"j",
        b"j{",
        b"j\xff",
        b"z",
        b"znonsense",
        b"z" + zlib.compress(b"{"),
        pack(RUBRIC)[:-5],
        b"j" + b"[" * 100_000,
    ],
)
def test_damaged_bytes_say_so(body: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        unpack(Rubric, body)


def test_an_unknown_form_asks_for_an_update() -> None:
    with pytest.raises(StoreError, match="update mmjudge"):
        unpack(Passage, b"q{}")


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: b"j" + text.encode()))
def test_any_bytes_are_a_value_or_a_store_error(body: bytes) -> None:
    with suppress(StoreError):
        assert isinstance(unpack(Gap, body), Gap)

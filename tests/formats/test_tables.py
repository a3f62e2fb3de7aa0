"""Long tables and JSON lines: foreign words, formulas, damaged rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from mmjudge import media
from mmjudge.errors import ExchangeError
from mmjudge.formats import Meant, format_of, jsonl, parquet, table
from mmjudge.formats.jsonl import line_of
from mmjudge.formats.plain import COLUMNS, row_of
from mmjudge.types import Label

MEANT = Meant("default", "v1", frozenset({"r1", "r2"}), "r1", "p")


def read(folder: Path, text: str, name: str = "labels.csv", meant: Meant = MEANT) -> list:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return list((jsonl if name.endswith("jsonl") else table).read(folder / name, meant))


def test_a_long_table_of_four_columns(tmp_path: Path) -> None:
    one, two = read(tmp_path, "item,rater,label,time\n7,ann,Unsafe,2025-11-26T02:00:00Z\n7,bob,no,1.5\n")
    assert one.label == Label("7", "default", "v1", "ann", "yes", "r1", at=1764122400.0, project="p")
    assert (two.label.value, two.label.at, two.submitted) == ("no", 1.5, False)


def test_all_columns_by_any_name_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = (
        "\ufeffItem_ID\trater\tlabel\trule_id\tquestion_id\tseverity\tscore\tseconds\tnote\tother\n"
        "7\tann\tcan't tell\tr2\tq1\t3\t0.5\t2.5\t'=1\tx\n"
    )
    (said,) = read(tmp_path, text, "labels.tsv")
    expected = Label(
        "7", "default", "v1", "ann", "cant_tell", "r2", "q1", severity=3, seconds=2.5, note="=1", project="p"
    )
    assert (said.label, said.scored) == (expected, True)


def test_a_row_with_a_text_is_an_item_too(tmp_path: Path) -> None:
    first, said, second = read(tmp_path, "id,text,prompt,response,rater,label\n1,hello,,,ann,0\n2,,why?,so,,\n")
    assert (first.name, first.item.id) == ("1", media.item("hello").id)
    assert (said.label.item_id, said.label.value) == ("1", "no")
    assert (second.item.target, [turn.text for turn in second.item.turns]) == ("response", ["why?", "so"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rater,label\n", "no column `item`"),
        ("", "no column `item`"),
        ("item,item_id,rater,label\n", "comes twice"),
        ("item,rater,label\n1,ann,yes\n1,ann,perhaps\n", "line 3: unknown label 'perhaps'"),
        ("item,rater,label\n1,ann,\n", "line 2: an empty label"),
        ("item,rater,label\n1,,yes\n", "line 2: no rater"),
        ("item,rater,label\n,ann,yes\n", "line 2: no item"),
        ("item,rater,label\n1,ann,yes,more\n", "line 2: 4 cells under 3 columns"),
        ('item,rater,label\n1,ann,"yes\n', "no CSV"),
        ("item,rater,label,severity\n1,ann,yes,4\n", "line 2: severity '4'"),
        ("item,rater,label,severity\n1,ann,yes,1.5\n", "line 2: severity '1.5'"),
        ("item,rater,label,time\n1,ann,yes,nan\n", "line 2: time 'nan' is no number"),
        ("item,rater,label,time\n1,ann,yes,yesterday\n", "line 2: time 'yesterday'"),
        ("item,rater,label,time\n1,ann,yes,2025-13-01T00:00\n", "line 2: time .* neither ISO 8601"),
        ("item,rater,label,rule\n1,ann,yes,r9\n", "line 2: rubric default has no rule 'r9'"),
        ("item,rater,label,phase\n1,ann,yes,later\n", "line 2: unknown phase"),
        ("item,rater,label,rubric\n1,ann,yes,other\n", "line 2: rubric 'other' without a rubric_version"),
        ("item,rater,label,regions\n1,ann,yes,{}\n", None),
        ('item,rater,label,regions\n1,ann,yes,"[{""part"": ""text""}]"\n', "line 2: the regions"),
        ("item,rater,label,regions\n1,ann,yes,[\n", "line 2: the regions"),
    ],
)
def test_what_a_row_must_not_be(tmp_path: Path, text: str, told: str | None) -> None:
    if told is None:
        assert read(tmp_path, text)[0].label.regions == ()
        return
    with pytest.raises(ExchangeError, match=told):
        read(tmp_path, text)


def test_without_a_rubric_nothing_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match="--rubric"):
        read(tmp_path, "item,rater,label\n1,ann,yes\n", meant=Meant())


def test_no_cell_is_a_formula_to_a_spreadsheet() -> None:
    hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "'=1", "=cmd|' /C calc'!A0"]
    out = io.BytesIO()
    table.write(out, [row_of(Label("1", "d", "v", text, "yes", note=text, at=-1.0)) for text in hostile])
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert [row["note"] for row in rows] == ["'" + text for text in hostile]
    assert {row["time"] for row in rows} == {"-1.0"}, "numbers stay numbers"


@given(st.text())
def test_escaped_text_comes_back_and_is_utf8(text: str) -> None:
    escaped = table.escape(text)
    assert "\0" not in escaped
    assert table.unescape(escaped.encode().decode()) == text


def test_parquet_of_another_programme(tmp_path: Path) -> None:
    rows = pa.table(
        {"item_id": [1, 2], "rater": ["ann", "ann"], "label": [1, 0], "severity": [None, 2], "text": ["a", None]}
    )
    pq.write_table(rows, tmp_path / "labels.parquet")
    item, one, two = parquet.read(tmp_path / "labels.parquet", MEANT)
    assert item.item == media.item("a")
    assert [(said.label.item_id, said.label.value, said.label.severity) for said in (one, two)] == [
        ("1", "yes", None), ("2", "no", 2),
    ]  # fmt: skip
    (tmp_path / "labels.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ExchangeError, match="no Parquet file"):
        list(parquet.read(tmp_path / "labels.parquet", MEANT))


def test_parquet_is_typed_and_in_row_groups(tmp_path: Path) -> None:
    label = Label("1", "d", "v", "ann", "yes", severity=2, at=1.5)
    with (tmp_path / "labels.parquet").open("wb") as file:
        parquet.write(file, (row_of(label) for _ in range(50_001)))
    found = pq.ParquetFile(tmp_path / "labels.parquet")
    assert (found.metadata.num_rows, found.num_row_groups) == (50_001, 2)
    assert tuple(found.schema_arrow.names) == COLUMNS
    kinds = {name: str(found.schema_arrow.field(name).type) for name in ("time", "severity", "note")}
    assert kinds == {"time": "double", "severity": "int8", "note": "string"}


ROWS = [
    {"id": "1", "text": "hello\u2028there"},
    {"id": "2", "messages": [{"role": "human", "content": "a"}, {"from": "gpt", "value": "b"}]},
    {"id": "3", "prompt": "why?", "response": "so"},
    {"id": "4", "prompt": "why?"},
    {"id": "5", "text": "x", "target": "prompt", "attributes": {"language": "en", "n": 1}},
    {"id": "6", "conversation": [{"speaker": "user", "text": "a"}], "target": "post"},
]


def test_items_have_the_ids_that_judging_the_same_file_gives_them(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_bytes(b"".join(map(line_of, ROWS)))
    found = list(jsonl.read(tmp_path / "items.jsonl", Meant()))
    assert [given.item.id for given in found] == [item.id for item in media.load(tmp_path / "items.jsonl")]
    assert [given.name for given in found] == ["1", "2", "3", "4", "5", "6"]
    assert found[4].item.attributes == (("language", "en"), ("n", "1"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: no JSON"),
        ("[1]", "line 2: not an object"),
        ('{"id": 1}', "line 2: no item"),
        ('{"id": 1, "text": "a", "files": [{"path": "x"}]}', "line 2: files are names"),
        ('{"item": "0", "text": "a"}', "line 2: the content is no longer that of item"),
        ('{"item": "0", "turns": [7]}', "line 2: the turns"),
        ('{"id": 1, "text": "a", "attributes": [1]}', "line 2: attributes"),
        ('{"messages": [{"role": "user", "content": "a", "image": "b.png"}]}', "line 2: it points to something"),
        ('{"item": "1", "rater": "ann", "label": "yes", "time": true}', "line 2: time 'True' is no number"),
    ],
)
def test_what_a_line_must_not_be(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ExchangeError, match=told):
        read(tmp_path, f'{{"id": 0, "text": "fine"}}\n{line}\n', "items.jsonl")


def test_the_name_says_the_format(tmp_path: Path) -> None:
    names = {
        "a.jsonl": "jsonl",
        "a.NDJSON": "jsonl",
        "a.csv": "csv",
        "a.tsv": "csv",
        "a.parquet": "parquet",
        "a.json": "labelstudio",
    }
    assert {name: format_of(Path(name)) for name in names} == names
    assert (format_of(tmp_path), format_of(Path("a.json"), "jsonl")) == ("hf", "jsonl")
    for name, said in (("a.xlsx", None), ("a.csv", "xlsx")):
        with pytest.raises(ExchangeError, match="jsonl"):
            format_of(Path(name), said)

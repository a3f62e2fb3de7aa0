"""Label Studio's own units, by hand: percent, frames, browser offsets. An edited export says what was edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmjudge.errors import ExchangeError
from mmjudge.formats import Bundle, Given, Meant, Said, Word, labelstudio
from mmjudge.formats.studio_regions import frame_of, last_frame
from mmjudge.media import item
from mmjudge.types import Label, Region

MEANT = Meant("default", "v1")


def read(folder: Path, tasks: object, meant: Meant = MEANT) -> list:
    (folder / "tasks.json").write_text(json.dumps(tasks))
    return list(labelstudio.read(folder / "tasks.json", meant))


def annotated(*results: dict, **more: object) -> dict:
    return {
        "completed_by": 7,
        "lead_time": 12.5,
        "created_at": "2025-11-26T02:00:00.000000Z",
        "result": list(results),
        **more,
    }


def choice(word: str, name: str = "label") -> dict:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [word]}}


def regions(folder: Path, result: dict, data: dict, meant: Meant = MEANT) -> tuple[Region, ...]:
    _, said = read(folder, [{"id": 1, "data": data, "annotations": [annotated(choice("unsafe"), result)]}], meant)
    return said.label.regions


@pytest.fixture
def media(tmp_path: Path) -> Path:
    for name in ("a.png", "a.wav", "a.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_who_when_how_long_and_what(tmp_path: Path) -> None:
    given, said = read(tmp_path, [{"id": 3, "data": {"text": "hello"}, "annotations": [annotated(choice("unsafe"))]}])
    assert given == Given("3", item("hello"), (), "tasks.json, task 1")
    assert said.label == Label("3", "default", "v1", "7", "yes", at=1764122400.0, seconds=12.5)


def test_boxes_are_percent(media: Path) -> None:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["r1"]}
    (region,) = regions(media, {"type": "rectanglelabels", "value": value}, {"image": "a.png"})
    assert region == Region("0", "r1", box=(0.1, 0.2, 0.3, 0.4))
    with pytest.raises(ExchangeError, match="turned by 45 degrees"):
        regions(media, {"type": "rectanglelabels", "value": {**value, "rotation": 45}}, {"image": "a.png"})
    with pytest.raises(ExchangeError, match="task 1: a region"):
        regions(media, {"type": "rectanglelabels", "value": {**value, "width": 95}}, {"image": "a.png"})


def test_sound_is_in_seconds(media: Path) -> None:
    result = {"type": "labels", "value": {"start": 0.5, "end": 2.25, "labels": ["r2"]}}
    assert regions(media, result, {"audio": "a.wav"}) == (Region("0", "r2", span=(0.5, 2.25)),)


def test_timelines_are_in_frames_from_one(media: Path) -> None:
    result = {"type": "timelinelabels", "value": {"ranges": [{"start": 26, "end": 50}], "timelinelabels": ["r2"]}}
    expected = (Region("0", "r2", span=(1.0, 2.0)),)  # frames 26 to 50 of 25 a second: the second second
    assert regions(media, result, {"video": "a.mp4"}, Meant("default", "v1", fps=25.0)) == expected
    assert regions(media, result, {"video": "a.mp4", "fps": 25}) == expected
    with pytest.raises(ExchangeError, match="with --fps"):
        regions(media, result, {"video": "a.mp4"})
    assert [frame_of(0.0, 25), frame_of(1.0, 25), frame_of(0.999, 25)] == [1, 26, 25]
    assert [last_frame(2.0, 25), last_frame(0.01, 25), last_frame(2.01, 25)] == [50, 1, 51]


def test_offsets_of_a_browser_count_in_utf16(tmp_path: Path) -> None:
    text = "😀 bad word"
    for start, end in ((3, 6), (2, 5)):  # as a browser counts, and as Python does
        result = {"type": "labels", "value": {"start": start, "end": end, "text": "bad", "labels": ["r1"]}}
        assert regions(tmp_path, result, {"text": text}) == (Region("text", "r1", chars=(2, 5)),)


def test_regions_alone_say_that_their_rules_are_violated(media: Path) -> None:
    value = {"x": 0, "y": 0, "width": 50, "height": 50, "rectanglelabels": ["r1"]}
    task = {
        "id": 1,
        "data": {"image": "a.png"},
        "annotations": [annotated({"type": "rectanglelabels", "value": value})],
    }
    _, said = read(media, [task])
    assert (said.label.value, said.label.rule_id, len(said.label.regions)) == ("yes", "r1", 1)


def test_a_prediction_is_a_word_of_a_judge_and_its_score_is_counted(tmp_path: Path) -> None:
    prediction = {"model_version": "cheap", "score": 0.9, "result": [choice("safe", "rule:r1")]}
    _, said = read(tmp_path, [{"id": 1, "data": {"text": "a"}, "predictions": [prediction]}])
    assert said == Said(
        Label("1", "default", "v1", "judge:cheap", "no", rule_id="r1"), False, True, "tasks.json, task 1"
    )


def test_cancelled_annotations_say_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path, [{"id": 1, "data": {"text": "a"}, "annotations": [annotated(choice("safe"), was_cancelled=True)]}]
    )
    assert [type(one) for one in found] == [Given]


def test_what_is_written_has_the_units_of_label_studio() -> None:
    label = Label(
        "n", "default", "v1", "ann", "yes", "r1", seconds=4.0,
        regions=(Region("0", "r1", box=(0.1, 0.2, 0.3, 0.4)), Region("0", "r1", span=(1.0, 2.0)),
                 Region("text", "", (0, 3))),
    )  # fmt: skip
    word = Word("j1", "embedded", "unsafe", 0.75, 2, 5.0, "default", "v1")
    task = labelstudio.task_of(Bundle(Given("n", item("bad word")), (label,), (word,)), None, 1, 25.0)
    (annotation,), (prediction,) = task["annotations"], task["predictions"]
    answer, box, span, chars = (result["value"] for result in annotation["result"])
    assert (annotation["completed_by"], annotation["lead_time"], answer) == (
        {"email": "ann"},
        4.0,
        {"choices": ["yes"]},
    )
    assert [box[name] for name in ("x", "y", "width", "height")] == pytest.approx([10, 20, 30, 40])
    assert span["ranges"] == [{"start": 26, "end": 50}]
    assert (chars["start"], chars["end"], chars["text"]) == (0, 3, "bad")
    assert (prediction["model_version"], prediction["score"]) == ("embedded", 0.75)


def test_an_edited_export_says_what_was_edited(tmp_path: Path) -> None:
    label = Label(
        "n", "default", "v1", "ann", "yes", "r1", note="kept", regions=(Region("0", "r1", box=(0.07, 0.1, 0.2, 0.3)),)
    )
    task = labelstudio.task_of(Bundle(Given("n", item("bad word")), (label,)), None, 1, None)
    _, same = read(tmp_path, [task])
    assert same.label == label
    task["annotations"][0]["result"][1]["value"]["x"] = 50
    _, edited = read(tmp_path, [task])
    assert edited.label.regions[0].box == pytest.approx((0.5, 0.1, 0.2, 0.3))
    task["annotations"][0]["result"] = [choice("no", "rule:r1")]
    _, edited = read(tmp_path, [task])
    assert (edited.label.value, edited.label.rater, edited.label.regions) == ("no", "ann", ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "object 1: not an object"), ("[{}]", "task 1: no `data`"), ("[{", "no JSON"), ("7", "neither"),
        ("", "neither"),
        ('[{"data": {"text": "a"}, "annotations": [{"result": [7]}]}]', "`result` is not a list of objects"),
        ('[{"data": {"text": "a"}, "annotations": 7}]', "`annotations` is not"),
        ('[{"data": {"text": "a", "fps": -1}}]', "fps -1"),
    ],
)  # fmt: skip
def test_what_is_no_task_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "tasks.json").write_text(text)
    with pytest.raises(ExchangeError, match=told):
        list(labelstudio.read(tmp_path / "tasks.json", MEANT))


def test_a_long_list_is_read_object_by_object(tmp_path: Path) -> None:
    tasks = [{"id": n, "data": {"text": f"{n} " + "é😀]}," * 40_000}} for n in range(12)]
    found = read(tmp_path, tasks)
    assert [one.name for one in found] == [str(n or "tasks.json, task 1") for n in range(12)]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks[1], ensure_ascii=False), encoding="utf-8")
    (alone,) = labelstudio.read(tmp_path / "tasks.json", MEANT)
    assert alone.item.text == tasks[1]["data"]["text"]

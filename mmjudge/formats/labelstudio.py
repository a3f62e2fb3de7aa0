"""Label Studio's JSON: a list of tasks with annotations and predictions, both ways.

Knows its units (https://labelstud.io/guide/task_format, https://labelstud.io/tags): boxes in percent of the picture,
text spans in characters, sound in seconds, ranges of a video's timeline in frames, the first being 1. Every annotation
written also has its label in full under `mmjudge`; it is used again only where the annotation still says the same.
Refuses turned boxes, and frames without a number of frames per second. A task without an answer is an item without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mmjudge.errors import ExchangeError
from mmjudge.formats.arrays import objects
from mmjudge.formats.described import given_of
from mmjudge.formats.entries import Bundle, Entry, Given, Meant, Said
from mmjudge.formats.jsonl import label_row
from mmjudge.formats.plain import said_of
from mmjudge.formats.studio_regions import region_of, results_of
from mmjudge.types import Label, Region

_FILES = ("image", "audio", "video")
_LOCAL = "/data/local-files/?d="
_WORDS = {"safe": "no", "unsafe": "yes", "controversial": "controversial", "needs_review": "cant_tell"}


def read(path: Path, meant: Meant) -> Iterator[Entry]:
    """Its entries, task by task. ExchangeError names the task, the first being 1."""
    for number, task in enumerate(objects(path), 1):
        where = f"{path.name}, task {number}"
        data = task.get("data")
        if not isinstance(data, dict):
            raise ExchangeError(f"{where}: no `data`: it is no task of Label Studio")
        given = _given(task, data, path.parent, where)
        yield given
        fps = _fps(data.get("fps"), meant.fps, where)
        for annotation in _list(task, "annotations", where):
            if not annotation.get("was_cancelled"):
                yield from _said(annotation, given, fps, meant, where)
        for prediction in _list(task, "predictions", where):
            yield from _predicted(prediction, given, meant, where)


def task_of(bundle: Bundle, files: list[str] | None, number: int, fps: float | None) -> dict[str, Any]:
    """The task of an item whose files lie at these names (None: only their hashes are told)."""
    given, item = bundle.given, bundle.given.item
    data: dict[str, Any] = {"mmjudge_id": given.name, "mmjudge_item": item.id, "target": item.target, "text": item.text}
    if item.turns:
        data["turns"] = [{"role": turn.role, "content": turn.text} for turn in item.turns]
    if files is not None:
        data["files"] = files
    elif item.media:
        data["hashes"] = [{"sha256": m.sha256, "size": m.size, "name": m.path.name} for m in item.media]
    if files and len(files) == 1:
        data[_tag(files[0])] = files[0]
    if item.attributes:
        data["attributes"] = [list(pair) for pair in item.attributes]
    if given.sources:
        data["sources"] = list(given.sources)
    if fps is not None:
        data["fps"] = fps
    predictions = [
        {"model_version": w.model, "score": w.score, "result": [_choice(_WORDS[w.label], "")], "mmjudge": w._asdict()}
        for w in bundle.words
    ]
    annotations = [_annotation(label, item.text, fps) for label in bundle.labels]
    return {"id": number, "data": data, "annotations": annotations, "predictions": predictions}


def _annotation(label: Label, text: str, fps: float | None) -> dict[str, Any]:
    row = label_row(label)
    del row["item"]
    return {
        "completed_by": {"email": label.rater},
        "lead_time": label.seconds,
        "result": [_choice(label.value, label.rule_id), *results_of(label.regions, text, fps)],
        "mmjudge": row,
    }


def _choice(value: str, rule: str) -> dict[str, Any]:
    asked = f"rule:{rule}" if rule else "label"
    return {"from_name": asked, "to_name": "item", "type": "choices", "value": {"choices": [value]}}


def _given(task: Mapping[str, Any], data: dict[str, Any], folder: Path, where: str) -> Given:
    name = str(data.get("mmjudge_id") or data.get("id") or task.get("id") or where)
    if data.get("mmjudge_item"):
        row = {key: value for key, value in data.items() if key not in _FILES}
        return given_of({**row, "id": name, "item": data["mmjudge_item"]}, folder, where, name)
    names = [_local(data[key]) for key in _FILES if data.get(key)]
    names += [name for name in data.get("files") or [] if isinstance(name, str)]
    row = {key: value for key, value in data.items() if key not in (*_FILES, "files", "id", "item")}
    return given_of(
        {**row, "id": name, "files": list(dict.fromkeys(names))} if names else {**row, "id": name}, folder, where, name
    )


def _local(name: Any) -> Any:
    return unquote(name.removeprefix(_LOCAL)) if isinstance(name, str) and name.startswith(_LOCAL) else name


def _tag(name: str) -> str:
    ending = Path(name).suffix.lower()
    if ending in (".wav", ".mp3", ".flac", ".ogg", ".m4a", ".opus", ".aac"):
        return "audio"
    return "video" if ending in (".mp4", ".webm", ".mkv", ".mov", ".avi") else "image"


def _said(annotation: dict[str, Any], given: Given, fps: float | None, meant: Meant, where: str) -> Iterator[Said]:
    results = _list(annotation, "result", where)
    whole = annotation.get("mmjudge")
    if isinstance(whole, dict):
        said = said_of({**whole, "item": given.name}, meant, where)
        label = said.label
        again = [_choice(label.value, label.rule_id), *results_of(label.regions, given.item.text, fps)]
        if again == results:
            yield said
            return
    found = [region for result in results if (region := region_of(result, given.item.text, fps, where)) is not None]
    answers = [(result, word) for result in results for word in _chosen(result)]
    if not answers and found:
        rules = dict.fromkeys(region.rule_id for region in found)
        answers = [({"from_name": f"rule:{rule}"}, "yes") for rule in rules]
    for result, word in answers:
        yield _label(annotation, result, word, given, found, meant, where)


def _label(
    annotation: dict[str, Any],
    result: dict[str, Any],
    word: str,
    given: Given,
    found: list[Region],
    meant: Meant,
    where: str,
) -> Said:
    """One answer of an annotation: about the rule its control is named after ("rule:ID"), else about the item."""
    asked = str(result.get("from_name", ""))
    rule = asked.removeprefix("rule:") if asked.startswith("rule:") else ""
    whole = annotation.get("mmjudge")
    kept = whole if isinstance(whole, dict) else {}
    row = {
        **{key: kept[key] for key in ("rubric", "rubric_version", "phase", "project", "question") if key in kept},
        "item": given.name,
        "rater": _who(annotation.get("completed_by"), where),
        "label": word,
        "rule": rule,
        "time": annotation.get("created_at") or kept.get("time"),
        "seconds": annotation.get("lead_time"),
    }
    said = said_of(row, meant, where)
    mine = tuple(region for region in found if not rule or region.rule_id in ("", rule))
    return said._replace(label=_with_regions(said.label, mine))


def _with_regions(label: Label, regions: tuple[Region, ...]) -> Label:
    from dataclasses import replace

    return replace(label, regions=regions) if regions else label


def _predicted(prediction: dict[str, Any], given: Given, meant: Meant, where: str) -> Iterator[Said]:
    own = prediction.get("mmjudge")
    kept = own if isinstance(own, dict) else {}
    for result in _list(prediction, "result", where):
        for word in _chosen(result):
            asked = str(result.get("from_name", ""))
            row = {
                "item": given.name,
                "rater": f"judge:{kept.get('judge') or prediction.get('model_version') or 'unnamed'}",
                "label": word,
                "rule": asked.removeprefix("rule:") if asked.startswith("rule:") else "",
                "rubric": kept.get("rubric_id"),
                "rubric_version": kept.get("rubric_version"),
                "severity": kept.get("severity"),
                "time": kept.get("at") or prediction.get("created_at"),
                "score": prediction.get("score"),
            }
            yield said_of(row, meant, where)


def _chosen(result: dict[str, Any]) -> list[str]:
    value = result.get("value")
    chosen = value.get("choices") if isinstance(value, dict) and result.get("type") == "choices" else None
    return [str(word) for word in chosen] if isinstance(chosen, list) else []


def _who(given: Any, where: str) -> str:
    if isinstance(given, dict):
        given = given.get("email") or given.get("username") or given.get("id")
    if given in (None, ""):
        raise ExchangeError(f"{where}: an annotation without `completed_by`: nobody said it")
    return str(given)


def _fps(given: Any, meant: float | None, where: str) -> float | None:
    if given is None:
        return meant
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1e6:
        raise ExchangeError(f"{where}: fps {given!r:.40} is no number of frames per second")
    return float(given)


def _list(holder: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    found = holder.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ExchangeError(f"{where}: `{name}` is not a list of objects")
    return found

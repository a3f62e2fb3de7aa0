"""Regions in Label Studio's units, and back.

Knows percent, frames and offsets. Refuses to know annotations and files.

A moment t seconds into a video lies in frame floor(t · fps) + 1: frame n covers [(n − 1) / fps, n / fps). Offsets count
characters; those written by a browser count UTF-16 units, and are told apart by the text they claim to mark.
"""

from __future__ import annotations

import math
from typing import Any

from mmjudge.errors import ExchangeError
from mmjudge.types import Region

_KINDS = {"box": "rectanglelabels", "chars": "labels", "span": "labels"}


def results_of(regions: tuple[Region, ...], text: str, fps: float | None) -> list[dict[str, Any]]:
    """The results that show these regions. A span is a range of frames where `fps` is known, else seconds of sound."""
    return [_result(region, text, fps) for region in regions]


def region_of(result: dict[str, Any], text: str, fps: float | None, where: str) -> Region | None:
    """The region of a result, None where it has none (a choice, a rating). ExchangeError where it can't be kept."""
    value = result.get("value")
    if not isinstance(value, dict) or result.get("type") == "choices":
        return None
    try:
        if "ranges" in value:
            return _timeline(result, value, fps, where)
        if "width" in value and "height" in value:
            return _box(result, value, where)
        if "start" in value and "end" in value:
            return _stretch(result, value, text)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ExchangeError(f"{where}: a region that can't be read ({error!s:.120})") from None
    return None


def _result(region: Region, text: str, fps: float | None) -> dict[str, Any]:
    rule = [region.rule_id] if region.rule_id else []
    head = {"from_name": "region", "to_name": "item", "meta": {"part": region.part}}
    if region.box is not None:
        x, y, width, height = (100 * number for number in region.box)
        value: dict[str, Any] = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
        value["rectanglelabels"] = rule
        if region.span is not None:
            head["meta"] = {"part": region.part, "span": list(region.span)}
        return {**head, "type": "rectanglelabels", "value": value}
    if region.chars is not None:
        start, end = region.chars
        marked = text[start:end] if region.part == "text" else ""
        return {**head, "type": "labels", "value": {"start": start, "end": end, "text": marked, "labels": rule}}
    assert region.span is not None
    start_s, end_s = region.span
    if fps is None:
        return {**head, "type": "labels", "value": {"start": start_s, "end": end_s, "labels": rule}}
    ranges = [{"start": frame_of(start_s, fps), "end": last_frame(end_s, fps)}]
    return {**head, "type": "timelinelabels", "value": {"ranges": ranges, "timelinelabels": rule}}


def frame_of(seconds: float, fps: float) -> int:
    """The frame, the first being 1, that shows at that moment."""
    return math.floor(seconds * fps + 1e-6) + 1


def last_frame(seconds: float, fps: float) -> int:
    """The last frame that shows before that moment."""
    return max(1, math.ceil(seconds * fps - 1e-6))


def _timeline(result: dict[str, Any], value: dict[str, Any], fps: float | None, where: str) -> Region:
    if fps is None:
        raise ExchangeError(f"{where}: its timeline counts frames: say how many a second, with --fps")
    if len(value["ranges"]) != 1:
        raise ExchangeError(f"{where}: a timeline label of several ranges: make it one label per range")
    first, last = int(value["ranges"][0]["start"]), int(value["ranges"][0]["end"])
    return Region(_part(result, "0"), _rule(value), span=((first - 1) / fps, last / fps))


def _box(result: dict[str, Any], value: dict[str, Any], where: str) -> Region:
    if value.get("rotation"):
        raise ExchangeError(f"{where}: a box turned by {value['rotation']} degrees: only upright boxes are kept")
    if result.get("type") not in ("rectanglelabels", "rectangle"):
        raise ExchangeError(f"{where}: a region of type {str(result.get('type'))[:40]!r}: only boxes are kept")
    x, y, width, height = (float(value[name]) / 100 for name in ("x", "y", "width", "height"))
    meta = result.get("meta")
    span = meta.get("span") if isinstance(meta, dict) else None
    moment = (float(span[0]), float(span[1])) if span else None
    return Region(_part(result, "0"), _rule(value), span=moment, box=(x, y, width, height))


def _stretch(result: dict[str, Any], value: dict[str, Any], text: str) -> Region:
    if "text" in value or "globalOffsets" in value or result.get("type") == "hypertextlabels":
        offsets = value.get("globalOffsets") or value
        chars = _characters(int(offsets["start"]), int(offsets["end"]), value.get("text"), text)
        return Region(_part(result, "text"), _rule(value), chars=chars)
    return Region(_part(result, "0"), _rule(value), span=(float(value["start"]), float(value["end"])))


def _characters(start: int, end: int, marked: Any, text: str) -> tuple[int, int]:
    if not isinstance(marked, str) or text[start:end] == marked:
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    before, within = (units[2 * a : 2 * b].decode("utf-16-le", "surrogatepass") for a, b in ((0, start), (start, end)))
    return (len(before), len(before) + len(within)) if within == marked else (start, end)


def _part(result: dict[str, Any], usual: str) -> str:
    meta = result.get("meta")
    return str(meta.get("part", usual)) if isinstance(meta, dict) else usual


def _rule(value: dict[str, Any]) -> str:
    for name in ("rectanglelabels", "timelinelabels", "hypertextlabels", "labels"):
        if value.get(name):
            return str(value[name][0])
    return ""

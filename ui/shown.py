"""What a page shows of one verdict, and what may change about it: the policy, what is revealed, what was said.

Knows values and the bench. Refuses to know components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mmjudge.calibration import Calibration
from mmjudge.decide import decide
from mmjudge.errors import MediaError, RubricError, StoreError
from mmjudge.policy import Policy
from mmjudge.types import Item, Rubric, Verdict
from mmjudge.ui import view
from mmjudge.ui.bench import Bench, Done, decided_with
from mmjudge.ui.case import Case
from mmjudge.ui.evidence_view import evidence_html
from mmjudge.ui.item_view import item_html, kind_of
from mmjudge.ui.moments_view import Glimpse, Revealed
from mmjudge.ui.thumbs import Clear, Looks, played_as, unchanged


@dataclass(frozen=True)
class Shown:
    """A verdict on the page. `verdict` is the one decided last, `stored` the one in the history; `known`: whether the
    numbers `stored` was decided with are known, so that it can be decided again."""

    item: Item
    stored: Verdict
    verdict: Verdict
    verdict_id: int
    rubric: Rubric
    policy: Policy
    calibration: Calibration | None
    judge_name: str
    known: bool = True
    glimpses: Mapping[int, tuple[Glimpse, ...]] = field(default_factory=dict)
    revealed: Mapping[int, Revealed] = field(default_factory=dict)
    labelled: tuple[tuple[str, str], ...] = ()
    previews_come: bool = False

    @property
    def case(self) -> Case:
        names = tuple(media.path.name for media in self.item.media)
        words_too = bool(self.item.turns) or bool(self.item.text.strip()) or not self.item.media
        sole = ("text" if words_too else "0") if len(names) + words_too == 1 else ""
        return Case(
            self.rubric,
            self.verdict.measurement,
            self.verdict.findings,
            self.policy,
            self.calibration,
            names,
            sole,
            self.labelled,
        )

    def card(self, note: str = "") -> str:
        return view.card_html(
            self.verdict, self.rubric, self.policy, self.judge_name, f"./?verdict={self.verdict_id}", note
        )

    def item_view(self) -> str:
        return item_html(self.item, self.case, self.glimpses, self.revealed, self.previews_come)

    def evidence(self) -> str:
        return evidence_html(self.case)

    def redecided(self) -> str:
        return view.redecided_html(self.stored, self.verdict)

    def with_looks(self, bench: Bench) -> Shown:
        return replace(self, glimpses=_glimpses(bench.looks(self.item)), previews_come=False)

    def under(self, policy: Policy) -> Shown:
        """Decided again by other numbers: no model is asked."""
        if not self.known:
            raise RubricError(
                "The numbers this verdict was decided with are not known here, so it can't be decided again: "
                "judge it anew."
            )
        verdict = decide(self.rubric, self.stored.measurement, policy, self.stored.judge_id, self.calibration)
        return replace(self, policy=policy, verdict=verdict)


def _glimpses(looks: Mapping[int, Looks]) -> dict[int, tuple[Glimpse, ...]]:
    return {index: look.glimpses for index, look in looks.items()}


def shown_of(done: Done, bench: Bench) -> Shown:
    """A verdict that was just reached."""
    return Shown(
        done.item,
        done.verdict,
        done.verdict,
        done.verdict_id,
        done.rubric,
        done.policy,
        done.calibration,
        done.judge_name,
        glimpses=_glimpses(bench.shelf.get(done.item.id) or {}),
    )


def open_stored(bench: Bench, verdict_id: str) -> Shown:
    """A verdict of the history by its line. StoreError in words where it is not there."""
    verdict = bench.store.verdict_by_id(int(verdict_id)) if verdict_id.isdecimal() and len(verdict_id) < 18 else None
    if verdict is None:
        raise StoreError("That verdict is not in the history: open the history and choose one.")
    item = bench.store.item(verdict.item_id)
    rubric = bench.store.rubric(verdict.rubric_id, verdict.rubric_version)
    if item is None or rubric is None:
        raise StoreError("The item or the rubric of that verdict is missing in the database: judge it again.")
    lines = bench.store.verdicts(item_id=item.id, judge_id=verdict.judge_id, limit=1)
    numbers = decided_with(verdict, rubric)
    known = bench.shelf.get(item.id)
    return Shown(
        item,
        verdict,
        verdict,
        int(verdict_id),
        rubric,
        numbers[0]
        if numbers
        else Policy(id=verdict.policy_id, title=f"{verdict.policy_id} (its numbers are not known here)"),
        numbers[1] if numbers else None,
        lines[0].judge_name if lines else "unknown",
        known=numbers is not None,
        glimpses=_glimpses(known or {}),
        previews_come=known is None and bool(item.media),
    )


def reveal(shown: Shown, index: int, bench: Bench, on: bool) -> Shown:
    """The clear content of one file gets addresses, or loses them. MediaError where the file is gone or another."""
    if index >= len(shown.item.media):
        raise MediaError("This item has no such file.")
    kept = {place: urls for place, urls in shown.revealed.items() if place != index}
    old = shown.revealed.get(index)
    if old is not None:
        for url in (old.file, *old.frames):
            bench.vault.drop(url.rpartition("/")[2])
    if not on:
        return replace(shown, revealed=kept)
    media = shown.item.media[index]
    if not unchanged(media):
        raise MediaError(
            f"{media.path.name} is no longer there, or it is not the file that was judged: it is not shown."
        )
    looks = bench.looks(shown.item).get(index)
    mine = [p for p in shown.verdict.measurement.passages if shown.case.part(p) == str(index)]
    file = ""
    if kind_of(mine, looks.glimpses if looks else ()) in ("video", "audio"):
        with media.path.open("rb") as opened:
            kind = played_as(opened.read(256))
        file = _address(bench.vault.put(Clear(kind, path=media.path))) if kind else ""
    frames = tuple(_address(bench.vault.put(Clear("image/jpeg", jpeg))) for jpeg in (looks.clear if looks else ()))
    return replace(
        shown,
        glimpses=_glimpses(bench.looks(shown.item)),
        revealed={**kept, index: Revealed(file, frames)},
        previews_come=False,
    )


def _address(token: str) -> str:
    return f"./look/{token}"

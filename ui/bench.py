"""The judges a page works with, and one item at a time on them.

Knows threads: a run works in one of its own and tells its steps through a queue. Refuses to know HTML. Models are
shared: whoever comes second waits, and is told so.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from mmjudge import media
from mmjudge.calibration import Calibration, own_calibrations, shipped_calibrations
from mmjudge.decide import decide
from mmjudge.errors import MMJudgeError
from mmjudge.judge import Judge
from mmjudge.library import Library
from mmjudge.policy import Policy, load_policy, shipped_policies
from mmjudge.session import judge_item, open_judge, rubric_for, under
from mmjudge.store import Store
from mmjudge.types import Item, Reading, Rubric, Step, Verdict
from mmjudge.ui import words
from mmjudge.ui.thumbs import Looks, Shelf, Vault, looks_of

LOG = logging.getLogger("mmjudge.ui")

Opener = Callable[[Rubric, Policy], Judge]
"""Opens a judge; called once per name, when it is first needed."""


class Stopped(BaseException):
    """Raised inside a run when a person stopped it. Not an Exception: no part may take it for a failure of its own."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged, by whom and how."""

    item: Item
    judge: str
    rubric: Rubric
    policy: Policy
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A verdict, its line in the history, and what it was reached with. `absent`: parts the judge lacks, in words."""

    item: Item
    verdict: Verdict
    verdict_id: int
    rubric: Rubric
    policy: Policy
    judge_name: str
    calibration: Calibration | None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """No verdict, and why, in words for a person."""

    message: str
    stopped: bool = False


@dataclass(eq=False)
class Run:
    """One item on its way. `events`: steps with their time, then exactly one Done or Failed."""

    began: float
    events: queue.SimpleQueue[tuple[float, Step] | Done | Failed] = field(default_factory=queue.SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)

    def tell(self, step: Step) -> None:
        if self.stop.is_set():
            raise Stopped
        self.events.put((self.elapsed(), step))

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def follow(self, every: float = 1.0) -> Iterator[tuple[float, Step] | Done | Failed | None]:
        """What happens, as it happens; None whenever nothing did for `every` seconds. Ends after Done or Failed."""
        while True:
            try:
                event = self.events.get(timeout=every)
            except queue.Empty:
                yield None
                continue
            yield event
            if isinstance(event, Done | Failed):
                return


class Turn:
    """One piece of work's hold on the models. Long work gives way between its steps to whoever waits."""

    def __init__(self, models: threading.Lock, waiting: list[Turn], tell: Callable[[Step], None]) -> None:
        self._models, self._waiting, self._tell = models, waiting, tell
        self._held = False

    def take(self) -> None:
        self._waiting.append(self)
        try:
            while not self._models.acquire(timeout=0.5):
                self._tell(Step("wait", "waiting for another item"))
            self._held = True
        finally:
            self._waiting.remove(self)

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._models.release()

    def give_way(self) -> None:
        """Let others in who wait, then go on."""
        if self._waiting:
            self.leave()
            time.sleep(0.05)  # who waits for the lock has it before we ask again
            self.take()


class Bench:
    """The judges by name, opened when first needed, the store, and one lock around the models."""

    def __init__(self, store: Store, openers: Mapping[str, Opener]) -> None:
        self.store = store
        self.openers = dict(openers)
        self.shelf = Shelf()
        self.vault = Vault()
        self._open: dict[str, Judge] = {}
        self._models = threading.Lock()
        self._waiting: list[Turn] = []

    def start(self, order: Order) -> Run:
        """Judge in a thread of its own."""
        run = Run(time.monotonic())
        threading.Thread(target=self._work, args=(run, order), name="mmjudge-run", daemon=True).start()
        return run

    def _work(self, run: Run, order: Order) -> None:
        outcome: Done | Failed
        try:
            outcome = self._judge(run, order)
        except Stopped:
            outcome = Failed("Stopped. Nothing was stored.", stopped=True)
        except MMJudgeError as error:
            LOG.warning("no verdict on item %s: %s", order.item.id[:12], error)
            outcome = Failed(str(error))
        except Exception:
            LOG.exception("judging an item failed")
            outcome = Failed(words.OURS)
        run.events.put(outcome)

    def _judge(self, run: Run, order: Order) -> Done:
        with self.judge(order.judge, order.rubric, order.policy, run.tell) as (judge, _):
            run.tell(Step("read", "reading"))
            reading = self._read(order.item)
            verdict = judge_item(judge, self.store, order.item, run.tell, order.fresh, reading)
        row = self.store.save_verdict(verdict)
        return Done(order.item, verdict, row, judge.rubric, judge.policy, judge.name, judge.calibration, judge.absent)

    @contextmanager
    def judge(
        self, name: str, rubric: Rubric, policy: Policy, tell: Callable[[Step], None]
    ) -> Iterator[tuple[Judge, Turn]]:
        """A judge under the rubric and policy wanted, and the turn on the models it is used in."""
        turn = Turn(self._models, self._waiting, tell)
        turn.take()
        try:
            tell(Step("read", "opening the judge" if name not in self._open else "reading"))
            yield self._judge_for(name, rubric, policy), turn
        finally:
            turn.leave()

    def _read(self, item: Item) -> Reading:
        reading = media.read_isolated(item)
        self.shelf.put(item.id, looks_of(reading, item))
        return reading

    def looks(self, item: Item) -> dict[int, Looks]:
        """What of an item can be shown; it is read again where it was not seen lately."""
        if not item.media:
            return {}
        known = self.shelf.get(item.id)
        if known is None:
            known = looks_of(media.read_isolated(item), item)
            self.shelf.put(item.id, known)
        return known

    def _judge_for(self, name: str, rubric: Rubric, policy: Policy) -> Judge:
        """The judge under the rubric and policy wanted; its models are loaded once."""
        if name not in self.openers:
            raise MMJudgeError(f"There is no judge {name!r} here: choose one of {', '.join(self.openers)}.")
        if name not in self._open:
            self._open[name] = self.openers[name](rubric, policy)
        return under(self._open[name], rubric, policy)


def openers(names: tuple[str, ...], locator: str | None = None, encoder: str | None = None) -> dict[str, Opener]:
    """Judges by the names `session.open_judge` knows, with what it takes beside them."""
    return {name: partial(open_judge, name, locator=locator, encoder=encoder) for name in names}


def shipped_rubrics(judge: str = "embedded") -> tuple[Rubric, ...]:
    """First the rubric that judge judges by where none is chosen, then the others in the package, then a person's own,
    as far as they can be read."""
    library = Library()
    found = {}
    for entry in library.names():
        if entry.error:
            LOG.warning("not offered: %s", entry.error)
        else:
            found[entry.id] = library.read(entry.id).rubric
    first = rubric_for(judge, None).id
    return tuple(sorted(found.values(), key=lambda rubric: rubric.id != first))


def decided_with(verdict: Verdict, rubric: Rubric) -> tuple[Policy, Calibration | None] | None:
    """The policy and calibration a stored verdict was decided with: those that give it again. None where none does
    (a policy of a person's own, a calibration of another release or one that was taken away)."""
    fitting = [c for c in (*own_calibrations(), *shipped_calibrations()) if c.rubric_version == rubric.version]
    for policy in [load_policy(name) for name in shipped_policies() if name == verdict.policy_id]:
        for calibration in (None, *fitting):
            again = decide(rubric, verdict.measurement, policy, verdict.judge_id, calibration)
            if again.findings == verdict.findings:
                return policy, calibration
    return None

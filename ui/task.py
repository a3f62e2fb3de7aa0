"""Long work of one browser session in a thread of its own: followed, stopped, and ended in words.

Knows threads and queues. Refuses to know what the work is, and HTML.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from mmjudge.errors import MMJudgeError
from mmjudge.types import Step
from mmjudge.ui import words
from mmjudge.ui.bench import Stopped

LOG = logging.getLogger("mmjudge.ui")

T = TypeVar("T")


@dataclass(frozen=True)
class Found(Generic[T]):
    """A finished part of the work."""

    value: T


@dataclass(frozen=True)
class Ended:
    """No more comes. `problem`: why it ended early, in words for a person, "" where it did not."""

    problem: str = ""
    stopped: bool = False


class Task(Generic[T]):
    """One piece of work. `follow` gives its steps, its finds, None while nothing happens, and last one `Ended`."""

    def __init__(self, work: Callable[[Task[T]], None]) -> None:
        self._work, self._events = work, queue.SimpleQueue[Step | Found[T] | Ended]()
        self.stop = threading.Event()
        self._began = time.monotonic()

    def start(self) -> Task[T]:
        threading.Thread(target=self._run, name="mmjudge-task", daemon=True).start()
        return self

    def tell(self, step: Step) -> None:
        """What is being done. Raises Stopped where a person stopped it: between two steps, never within one."""
        if self.stop.is_set():
            raise Stopped
        self._events.put(step)

    def give(self, value: T) -> None:
        self._events.put(Found(value))

    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def follow(self, every: float = 0.5) -> Iterator[Step | Found[T] | Ended | None]:
        while True:
            try:
                event = self._events.get(timeout=every)
            except queue.Empty:
                yield None
                continue
            yield event
            if isinstance(event, Ended):
                return

    def _run(self) -> None:
        ended = Ended()
        try:
            self._work(self)
        except Stopped:
            ended = Ended(stopped=True)
        except MMJudgeError as error:
            ended = Ended(str(error))
        except Exception:
            LOG.exception("long work failed")
            ended = Ended(words.OURS)
        self._events.put(ended)

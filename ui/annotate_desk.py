"""What the requests of the Annotate page share: tasks with what belongs to them, and how long a sitting may go on.

Knows the store and what of it may be read when. Refuses to know requests. Without `verdict` and `contested`, which are
called for labels that are in and for assisted projects, nothing here reads what a judge decided.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import HTTPException

from mmjudge.people import Exposure, Project, Task
from mmjudge.store import Store
from mmjudge.types import Item, Label, Phase, Rubric, Rule, Verdict
from mmjudge.ui import annotate_tasks
from mmjudge.ui.annotate_looks import Addresses, Shelf


@dataclass
class Sitting:
    """One rater in one project: uncovered seconds since the last break, when they last answered, when work goes on."""

    uncovered: float = 0.0
    last: float = 0.0
    until: float = 0.0


@dataclass(frozen=True)
class Sittings:
    """Exposure per sitting. It is counted anew after a pause as long as a break, and when the server starts."""

    kept: dict[tuple[str, str], Sitting] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def until(self, project: Project, rater: str, now: float) -> float:
        """When the break that is due ends, in seconds since 1970; 0 where none is."""
        with self.lock:
            sitting = self.kept.get((project.id, rater))
            return sitting.until if sitting is not None and sitting.until > now else 0.0

    def add(self, project: Project, exposure: Exposure) -> None:
        pause = project.break_minutes * 60
        with self.lock:
            sitting = self.kept.setdefault((project.id, exposure.rater), Sitting())
            if sitting.last and exposure.at - sitting.last - exposure.seconds >= pause:
                sitting.uncovered = 0.0
            sitting.uncovered += exposure.uncovered
            sitting.last = exposure.at
            if project.budget_minutes and pause and sitting.uncovered >= project.budget_minutes * 60:
                sitting.uncovered, sitting.until = 0.0, exposure.at + pause


class Annotating:
    """What the routes share: the store, the looks of files, addresses of clear content, sittings."""

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.shelf, self.addresses, self.sittings = Shelf(), Addresses(key), Sittings()

    def task(self, said: Mapping[str, Any]) -> tuple[Task, Project, Rubric]:
        number = said.get("task")
        task = self.store.task(number) if type(number) is int and 0 < number < 2**53 else None
        if task is None:
            raise HTTPException(404, "There is no such task: load the page again.")
        return (task, *self.project(task.project_id))

    def project(self, project_id: object) -> tuple[Project, Rubric]:
        project = self.store.project(project_id) if isinstance(project_id, str) else None
        if project is None:
            raise HTTPException(404, "There is no such project: load the page again.")
        rubric = self.store.rubric(project.rubric_id, project.rubric_version)
        if rubric is None:
            raise HTTPException(409, "The rubric of this project is not stored: ask an admin.")
        return project, rubric

    def item(self, item_id: str) -> Item:
        item = self.store.item(item_id)
        if item is None:
            raise HTTPException(404, "The item is not stored.")
        return item

    def verdict(self, item_id: str, project: Project | None = None) -> Verdict | None:
        """The newest one: of the project's judge under its rubric, or of anybody where no project is given."""
        of = {"rubric_id": project.rubric_id, "judge_id": project.judge_id or None} if project else {}
        rows = self.store.verdicts(item_id=item_id, limit=1, **of)  # type: ignore[arg-type]
        return self.store.verdict_by_id(rows[0].id) if rows else None

    def handed(self, task: Task, project: Project, rubric: Rubric) -> dict[str, Any]:
        """A task as it is sent before its label."""
        item = self.item(task.item_id)
        known = self.verdict(item.id) if item.media else None
        made = annotate_tasks.task_json(task, item, project, known.measurement if known else None)
        if project.assisted:
            judged = self.verdict(item.id, project)
            made["verdict"] = annotate_tasks.verdict_json(judged, rubric) if judged else None
        return made

    def said_by(self, rater: str, task: Task) -> tuple[list[Label], bool]:
        """What a rater's answers to a task are now, and whether the verdict was shown to them since."""
        labels = list(self.store.labels(item_id=task.item_id, rater=rater, project=task.project_id))
        last = {(label.rule_id, label.question_id): label for label in labels if label.phase != "after_reveal"}
        standing = [label for label in last.values() if label.value != "withdrawn"]
        return standing, any(label.phase == "after_reveal" for label in labels)

    def phase(self, rater: str, task: Task, project: Project) -> Phase:
        """ "assisted" where the rater said anything on this item under this rubric, in any project, that was not blind:
        they have seen what a judge decided, and nothing they say of it is independent any more."""
        if project.assisted:
            return "assisted"
        mine = self.store.labels(item_id=task.item_id, rubric_id=project.rubric_id, rater=rater)
        return "assisted" if any(label.phase != "blind" for label in mine) else "blind"

    def kept(self, label: Label) -> bool:
        """Whether that very label is stored: then its answer came too late, and was not lost."""
        stored = self.store.labels(item_id=label.item_id, rater=label.rater, project=label.project)
        return any(one.submission == label.submission for one in stored)

    def contested(self, task: Task, project: Project, rubric: Rubric) -> Sequence[Rule]:
        if not project.scheme.preconditions:
            return ()
        labels = self.store.latest_labels(item_id=task.item_id, project=project.id)
        return annotate_tasks.contested(self.verdict(task.item_id, project), labels, rubric)

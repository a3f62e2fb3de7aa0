"""The half of the store in which people answer: raters, projects, tasks, labels, exposures.

Knows which call is one transaction. Refuses to know passwords, pages and how items are chosen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.people import Exposure, Lease, Project, Rater, Task
from mmjudge.ratings import Ratings
from mmjudge.store import answers, history, queue, raters, said
from mmjudge.store.answers import JudgeCount
from mmjudge.store.codec import unpack
from mmjudge.store.history import ChosenLabels
from mmjudge.store.opened import Opened
from mmjudge.store.people_rows import ExposureTable, ProjectTable, RaterTable, TaskTable
from mmjudge.store.queue import Progress
from mmjudge.store.rows import SourceTable
from mmjudge.types import Label, Phase, digest

_PAGE = 500


class PeopleStore(Opened):
    """Each call is one transaction, except iterators, which read page by page."""

    # --- raters ---

    def save_rater(self, rater: Rater, password_hash: str) -> None:
        """Add a rater. StoreError where the name is taken."""
        with self._session(writes=True) as session:
            raters.add_rater(session, rater, password_hash)

    def update_rater(self, rater: Rater, password_hash: str | None = None) -> None:
        """Change a rater; None keeps the password. StoreError where there is none of that name."""
        with self._session(writes=True) as session:
            raters.change_rater(session, rater, password_hash)

    def rater(self, name: str) -> Rater | None:
        """The rater of that name."""
        with self._session() as session:
            row = session.get(RaterTable, name)
            return None if row is None else unpack(Rater, row.body)

    def raters(self) -> list[Rater]:
        """All of them, in the order they were added."""
        with self._session() as session:
            return raters.all_raters(session)

    def password_hash(self, name: str) -> str | None:
        """The hash a rater's password is checked against."""
        with self._session() as session:
            return session.scalars(
                select(col(RaterTable.password_hash)).where(col(RaterTable.name) == name)
            ).one_or_none()

    def save_attributes(self, name: str, attributes: tuple[tuple[str, str], ...]) -> None:
        """What a rater says about themselves, in place of what they said before. StoreError without that rater."""
        with self._session(writes=True) as session:
            raters.change_attributes(session, name, attributes)

    def attributes(self) -> dict[str, dict[str, str]]:
        """What raters said about themselves, by rater and name. Those who said nothing are not in it."""
        with self._session() as session:
            return raters.all_attributes(session)

    # --- projects ---

    def save_project(self, project: Project, tasks: Iterable[tuple[str, float | None]]) -> None:
        """A project and its tasks (item id, inclusion probability or None) in queue order, all or nothing. StoreError
        where its id is taken, an item comes twice, or its rubric or an item was not saved."""
        needs = f"project {project.id}: each of its items must be saved before (save_item), and come once"
        with self._session(writes=True, refused=lambda: needs) as session:
            raters.add_project(session, project, tasks)

    def project(self, project_id: str) -> Project | None:
        """The project of that id."""
        with self._session() as session:
            row = session.get(ProjectTable, project_id)
            return None if row is None else raters.project_of(row)

    def projects(self) -> list[Project]:
        """All of them, the newest first."""
        with self._session() as session:
            return raters.all_projects(session)

    def close_project(self, project_id: str, now: float | None = None) -> None:
        """Hand out no more of its tasks. What is in somebody's hands may still be answered."""
        with self._session(writes=True) as session:
            raters.close_project(session, project_id, _now(now))

    def progress(self, project_id: str) -> Progress:
        """How far a project is."""
        with self._session() as session:
            return queue.progress(session, project_id)

    # --- tasks ---

    def task(self, task_id: int) -> Task | None:
        """The task of that id."""
        with self._session() as session:
            row = session.get(TaskTable, task_id)
            return None if row is None else queue.task_of(row)

    def tasks(self, project_id: str) -> Iterator[Task]:
        """The tasks of a project in queue order, read page by page."""
        t, after = TaskTable, -1
        while True:
            page = select(t).where(col(t.project_id) == project_id, col(t.position) > after)
            with self._session() as session:
                found = [queue.task_of(row) for row in session.scalars(page.order_by(col(t.position)).limit(_PAGE))]
            yield from found
            if len(found) < _PAGE:
                return
            after = found[-1].position

    def lease(
        self,
        project_id: str,
        rater: str,
        seconds: float = 300.0,
        now: float | None = None,
        count: int = 1,
        held: Iterable[int] = (),
    ) -> list[Lease]:
        """Up to `count` tasks for this rater in queue order, held for `seconds`.

        Never one the rater has answered, nor one whose `overlap` places are all taken by answers and leases in force.
        `held`: ids of tasks the rater still has at hand, left out and not renewed. A task that the rater holds and that
        is not among them (the page was loaded anew) comes again. [] where nothing is left or the project is closed.
        """
        at = _now(now)
        with self._session(writes=True) as session:
            return queue.lease(session, project_id, rater, at + seconds, at, count, held)

    def renew(self, task_id: int, rater: str, seconds: float = 300.0, now: float | None = None) -> bool:
        """Hold a task for `seconds` from now; False where the place was taken, the task answered or the project
        closed."""
        at = _now(now)
        with self._session(writes=True) as session:
            return queue.renew(session, task_id, rater, at + seconds, at)

    def release(self, task_id: int, rater: str) -> None:
        """Hold it no longer."""
        with self._session(writes=True) as session:
            queue.release(session, task_id, rater)

    def answer(
        self, task_id: int, labels: Sequence[Label], exposure: Exposure | None = None, now: float | None = None
    ) -> bool:
        """Store what a rater says to a task, once, count the task done for them, end the lease, add the exposure.

        A label is the same as another by (rater, submission, item, rule, question), so one submission may serve a whole
        answer. False where all of them were stored before: nothing changes. More labels on an answered task (after
        the reveal, say) are stored and not counted again. AnsweredError where an answered task is answered anew without
        being withdrawn, or its questions before the rest: nothing is stored. StoreError where the rater's lease has run
        out and the place was taken: the labels are kept with the flag "late", and statistics read them.
        """
        with self._session(writes=True, refused=lambda: f"task {task_id}: its item is not stored") as session:
            outcome = said.answer(session, task_id, labels, exposure, _now(now))
        if outcome == "late":
            raise StoreError(
                f"task {task_id} was held for too long and given to somebody else: your answer is kept but does not "
                "count for the task; go on with the next one"
            )
        return outcome == "counted"

    def withdraw(
        self, task_id: int, rater: str, submission: str, now: float | None = None, seconds: float = 300.0
    ) -> None:
        """Undo: what the rater said on the task's item is followed by labels "withdrawn", and they hold the task again
        for `seconds` (after a late answer: where a place is free). Nothing changes where there is no answer to take
        back."""
        at = _now(now)
        with self._session(writes=True) as session:
            said.withdraw(session, task_id, rater, submission, at + seconds, at)

    def save_exposure(self, exposure: Exposure) -> None:
        """Add an exposure that ended without an answer. StoreError where the item was not saved."""
        needs = f"an exposure to item {exposure.item_id} needs that item: save_item first"
        with self._session(writes=True, refused=lambda: needs) as session:
            session.add(queue.exposure_row(exposure))

    def exposures(self, project_id: str | None = None) -> Iterator[Exposure]:
        """All of them, or those of a project, in the order they were added, read page by page."""
        e, after = ExposureTable, 0
        given = [] if project_id is None else [col(e.project_id) == project_id]
        while True:
            with self._session() as session:
                page = select(e).where(col(e.id) > after, *given).order_by(col(e.id)).limit(_PAGE)
                found = [(row.id, queue.exposure_of(row)) for row in session.scalars(page)]
            yield from (exposure for _, exposure in found)
            if len(found) < _PAGE:
                return
            after = found[-1][0] or 0

    # --- labels ---

    def save_label(self, label: Label) -> None:
        """Append a label; the same submission again changes nothing. StoreError where the item was not saved."""
        self.save_labels([label])

    def save_labels(self, labels: Iterable[Label]) -> int:
        """Append labels, read batch by batch, all or none; how many were new. StoreError where an item was not
        saved."""
        needs = "a label needs its item: save_item first"
        with self._session(writes=True, refused=lambda: needs) as session:
            return said.add_labels(session, labels)

    def labels(
        self,
        *,
        item_id: str | None = None,
        rubric_id: str | None = None,
        rubric_version: str | None = None,
        rater: str | None = None,
        phase: Phase | None = None,
        project: str | None = None,
    ) -> Iterator[Label]:
        """All labels in the order they were given, read page by page."""
        return self._labels(ChosenLabels(item_id, rubric_id, rubric_version, rater, phase, project), latest=False)

    def latest_labels(
        self,
        *,
        item_id: str | None = None,
        rubric_id: str | None = None,
        rubric_version: str | None = None,
        rater: str | None = None,
        phase: Phase | None = None,
        project: str | None = None,
    ) -> Iterator[Label]:
        """What each rater said last on each (item, rubric version, rule, question), among the labels chosen."""
        return self._labels(ChosenLabels(item_id, rubric_id, rubric_version, rater, phase, project), latest=True)

    def _labels(self, chosen: ChosenLabels, latest: bool) -> Iterator[Label]:
        after = 0
        while True:
            with self._session() as session:
                page = history.label_page(session, chosen, latest, after, _PAGE)
            yield from (label for _, label in page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    # --- for statistics ---

    def ratings(
        self,
        *,
        project: str | None = None,
        rubric_id: str | None = None,
        rubric_version: str | None = None,
        phases: Sequence[Phase] = ("blind",),
        judges: Sequence[str] | None = (),
    ) -> Ratings:
        """What people said last on each (item, rule), and the newest verdicts of the judges named (None: of all).

        Withdrawn answers are left out; can't tell and skipped are UNKNOWN; answers to preconditions are no part of it.
        A judge is the rater "judge:" and its id: per rule that applies its finding, and "" for the item. In a project,
        judges are read on its items, and `probability` is that of its tasks.
        """
        chosen = answers.ChosenAnswers(project, rubric_id, rubric_version, tuple(phases), judges)
        with self._session() as session:
            return answers.ratings(session, chosen)

    def labels_beside(self, rubric_id: str, rubric_version: str, project: str | None = None) -> int:
        """How many blind labels under a rubric speak of another version than this, withdrawn ones left out."""
        with self._session() as session:
            return answers.labels_beside(session, rubric_id, rubric_version, project)

    def judges_of(self, rubric_id: str) -> list[JudgeCount]:
        """Who judged under a rubric and how much, most verdicts first."""
        with self._session() as session:
            return answers.judges_of(session, rubric_id)

    def find_items(self, source: str) -> list[str]:
        """Ids of the items that were seen at exactly this source."""
        s = SourceTable
        query = select(col(s.item_id)).where(col(s.path_digest) == digest(source)).order_by(col(s.at), col(s.item_id))
        with self._session() as session:
            return list(session.scalars(query))


def _now(now: float | None) -> float:
    return time.time() if now is None else now

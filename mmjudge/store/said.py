"""Labels within an open session: stored once, counted once, taken back.

Knows what makes two labels the same submission, and when an answer comes too late. Refuses to know when a transaction
begins or ends and what labels mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import col

from mmjudge.errors import AnsweredError, StoreError
from mmjudge.people import Exposure
from mmjudge.store import queue
from mmjudge.store.access import batches
from mmjudge.store.bodies import label_values
from mmjudge.store.codec import unpack
from mmjudge.store.people_rows import AnsweredTable, ProjectTable, TaskTable
from mmjudge.store.rows import LabelTable
from mmjudge.types import Label

_BATCH = 2000
Outcome = Literal["counted", "again", "late"]


def add_labels(session: Session, labels: Iterable[Label]) -> int:
    """Append those whose (rater, submission, item, rule, question) is not there yet; how many they were."""
    dialects: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    statement = dialects[session.get_bind().dialect.name](LabelTable).on_conflict_do_nothing()
    added = 0
    for batch in batches(labels, _BATCH):
        rows = [label_values(label) for label in batch]
        done = session.connection().execute(statement, rows, execution_options={"preserve_rowcount": True})
        added += done.rowcount
    return added


def answer(session: Session, task_id: int, labels: Sequence[Label], exposure: Exposure | None, now: float) -> Outcome:
    """Store the labels and count the task as answered by their rater, once. "late": the rater's place was taken by
    others; the labels are stored with the flag "late" and do not count for the task. AnsweredError where the rater has
    answered and says something else, or answers questions before the rest."""
    task, project = queue.locked_task(session, task_id)
    rater = _rater(task, labels)
    counted = session.get(AnsweredTable, (task_id, rater)) is not None
    _check_order(session, task, labels, counted)
    late = not counted and not queue.has_place(session, task, project, rater, now)
    if late:
        labels = [replace(label, flag=f"{label.flag}, late" if label.flag else "late") for label in labels]
    added = add_labels(session, labels)
    if added and exposure is not None:
        session.add(queue.exposure_row(exposure))
    if late:
        return "late"
    if added and not counted:
        spent = exposure.seconds if exposure else max(label.seconds for label in labels)
        queue.count_answer(session, task, project, rater, spent, now)
    return "counted" if added else "again"


def _rater(task: TaskTable, labels: Sequence[Label]) -> str:
    raters = {label.rater for label in labels}
    if len(raters) != 1:
        raise StoreError(f"an answer to task {task.id} needs labels of one rater, not of {len(raters)}")
    wrong = [label for label in labels if (label.item_id, label.project) != (task.item_id, task.project_id)]
    if wrong:
        raise StoreError(
            f"task {task.id} is about item {task.item_id} in project {task.project_id}, a label about "
            f"item {wrong[0].item_id} in project {wrong[0].project!r}: ask for the task again"
        )
    return raters.pop()


def _check_order(session: Session, task: TaskTable, labels: Sequence[Label], counted: bool) -> None:
    """First words come once, questions after them; what is said after the reveal may be said again."""
    if not counted and all(label.question_id for label in labels):
        raise AnsweredError("answer the item before its questions: load the page again")
    first = [label for label in labels if not label.question_id and label.phase in ("blind", "assisted")]
    if not counted or not first:
        return
    t = LabelTable
    mine = (col(t.item_id) == task.item_id, col(t.rater) == first[0].rater, col(t.project) == task.project_id)
    query = select(col(t.rule_id), col(t.submission)).where(*mine, col(t.question_id) == "")
    known = {(rule, submission) for rule, submission in session.execute(query)}
    if any((label.rule_id, label.submission) not in known for label in first):
        raise AnsweredError("you have answered this item before: that answer stays; undo it to answer anew")


def withdraw(session: Session, task_id: int, rater: str, submission: str, until: float, now: float) -> None:
    """Append a "withdrawn" label for each thing the rater said last on the task's item, and give the task back to them.
    An answer that came late is taken back too; the task then only comes back where a place is free. Changes nothing
    where there is no answer to take back."""
    task, project = queue.locked_task(session, task_id)
    counted = session.get(AnsweredTable, (task_id, rater)) is not None
    taken_back = [
        replace(
            label, value="withdrawn", severity=None, regions=(), at=now, seconds=0.0, note="", flag="",
            submission=submission,
        )
        for label in _last_words(session, task, project, rater)
        if counted or label.flag.split(", ")[-1] == "late"
    ]  # fmt: skip
    add_labels(session, taken_back)
    if counted:
        queue.uncount_answer(session, task, rater, until, now)
    elif taken_back:
        queue.renew(session, task_id, rater, until, now)


def _last_words(session: Session, task: TaskTable, project: ProjectTable, rater: str) -> list[Label]:
    """What stands of the rater's words on the item in this project."""
    t = LabelTable
    mine = (col(t.item_id) == task.item_id, col(t.rater) == rater, col(t.project) == project.id)
    of_rubric = (col(t.rubric_id) == project.rubric_id, col(t.rubric_version) == project.rubric_version)
    last: dict[tuple[str, str], Label] = {}
    for body in session.scalars(select(col(t.body)).where(*mine, *of_rubric).order_by(col(t.id))):
        label = unpack(Label, body)
        last[label.rule_id, label.question_id] = label
    return [label for label in last.values() if label.value != "withdrawn"]

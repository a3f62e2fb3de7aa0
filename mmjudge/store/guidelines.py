"""Guidelines within an open session: added once, retired by a second row, read as they are now.

Knows that of a guideline's rows the last one counts. Refuses to know when a transaction begins or ends, and which
guidelines are alike.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from mmjudge.errors import StoreError
from mmjudge.store.access import add_new
from mmjudge.store.bodies import guideline_row
from mmjudge.store.codec import unpack
from mmjudge.store.rows import GuidelineTable
from mmjudge.types import Guideline


def add(session: Session, guideline: Guideline, at: float) -> None:
    """Insert it; the same again changes nothing. StoreError where its id is taken by another one, or it is retired."""
    if not add_new(session, guideline_row(guideline, at)) and by_id(session, guideline.id) != guideline:
        raise StoreError(f"guideline {guideline.id} is stored with another content, or retired: add it under a new id")


def retire(session: Session, guideline_id: str, at: float) -> Guideline:
    """The guideline, now retired; it may have been before. StoreError where it is not there."""
    known = by_id(session, guideline_id)
    if known is None:
        raise StoreError(f"there is no guideline {guideline_id!r}: `mmjudge guideline list` shows their ids")
    retired = replace(known, retired=True)
    add_new(session, guideline_row(retired, at))
    return retired


def by_id(session: Session, guideline_id: str) -> Guideline | None:
    t = GuidelineTable
    rows = session.scalars(select(col(t.body)).where(col(t.guideline_id) == guideline_id).order_by(col(t.id)))
    found = list(rows)
    return unpack(Guideline, found[-1]) if found else None


def of_rubric(session: Session, rubric_id: str | None, retired: bool) -> list[Guideline]:
    """In the order they were added. A team writes them by hand: they are few, and all are needed to find the nearest
    ones."""
    t = GuidelineTable
    query = select(col(t.body)).order_by(col(t.id))
    if rubric_id is not None:
        query = query.where(col(t.rubric_id) == rubric_id)
    newest: dict[str, Guideline] = {}
    for body in session.scalars(query):
        guideline = unpack(Guideline, body)
        newest[guideline.id] = guideline
    return [guideline for guideline in newest.values() if retired or not guideline.retired]

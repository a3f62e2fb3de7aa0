"""The only database user: values of `mmjudge.types` in, the same values out, on SQLite or PostgreSQL."""

from mmjudge.store.answers import JudgeCount
from mmjudge.store.bodies import Described
from mmjudge.store.connect import home
from mmjudge.store.history import StoredMeasurement, VerdictRow
from mmjudge.store.outline import retryable
from mmjudge.store.queue import Progress
from mmjudge.store.store import Store, open_store

__all__ = [
    "Described",
    "JudgeCount",
    "Progress",
    "Store",
    "StoredMeasurement",
    "VerdictRow",
    "home",
    "open_store",
    "retryable",
]

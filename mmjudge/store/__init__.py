"""The only database user: values of `mmjudge.types` in, the same values out, on SQLite or PostgreSQL."""

from mmjudge.store.bodies import Described
from mmjudge.store.connect import home
from mmjudge.store.history import StoredMeasurement, VerdictRow
from mmjudge.store.outline import retryable
from mmjudge.store.store import Store, open_store

__all__ = ["Described", "Store", "StoredMeasurement", "VerdictRow", "home", "open_store", "retryable"]

"""How many threads a model gets, and that they wait politely.

The maths libraries behind the models wait for each other by spinning. Beside any other busy process that turns a
tenth of a second into several: a spinning thread is put to sleep by the system in the middle of its wait, and all
others with it. Must be called before the library is loaded, which reads its environment once.
"""

from __future__ import annotations

import os


def patient() -> None:
    """Have OpenMP threads sleep while they wait, unless the user has said otherwise."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def cores() -> int:
    """Cores this process may use; MMJUDGE_THREADS says otherwise."""
    wanted = os.environ.get("MMJUDGE_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1

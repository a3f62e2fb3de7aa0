"""The process that opens files nobody vouches for: `python -m mmjudge.media.worker FOLDER MEBIBYTES`.

One JSON request a line on standard input (path, sha256, size, limits, sampling), one JSON answer a line on standard
output; arrays go through a file in FOLDER. Knows nothing of items: the process that asked puts parts together.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from mmjudge.media.limits import Limits, Sampling
from mmjudge.media.parcel import pack
from mmjudge.media.reading import read_media
from mmjudge.types import Media

CODE = 128
"""MiB that the code of all decoders together takes."""


def confine(mebibytes: int) -> None:
    """Bounds this process's memory where the system can (not on Windows) and leaves no core file behind."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # RLIMIT_DATA counts what is written to; RLIMIT_AS would also count the addresses libraries only reserve. The code
    # of the decoders comes on top and is read from disk.
    data = max(mebibytes - CODE, 64) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))


def peak() -> int:
    """Most memory this process ever held, in KiB; 0 where the system does not say."""
    # Linux counts in ru_maxrss what the parent held when it started this process; VmHWM is this program's own.
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


def main(folder: str, mebibytes: str) -> None:
    # Answers keep a channel of their own: whatever a library prints must not stand between them.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    confine(int(mebibytes))
    arrays = Path(folder) / "arrays"
    for line in sys.stdin:
        request = json.loads(line)
        media = Media(Path(os.fsdecode(bytes.fromhex(request["path"]))), request["sha256"], request["size"])
        part = read_media(media, Limits(**request["limits"]), Sampling(**request["sampling"]))
        answer = pack(part, arrays)
        del part
        print(json.dumps({**answer, "peak": peak()}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

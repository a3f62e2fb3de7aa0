"""Reading in a process of its own, which may die or hang without harm.

Knows processes, time and memory. The files an item names are opened only there; a file that kills its reader or takes
too long is a gap, and the rest of the item is read by a fresh one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import mmjudge
from mmjudge.media.limits import Limits, Part, Sampling, lack
from mmjudge.media.reading import assemble, text_of
from mmjudge.types import Gap, Item, Media, Reading


def read_isolated(
    item: Item,
    limits: Limits | None = None,
    sampling: Sampling | None = None,
    seconds: float = 120.0,
    mebibytes: int = 1024,
) -> Reading:
    """`read` for files nobody vouches for: each is given `seconds`, and the process that opens them `mebibytes` MiB.

    Same result as `read`, except that a file whose reading does not end is a gap (timed_out) and one whose reading
    ends the process is a gap (undecodable). For many items, keep one `Isolation` open: a process takes a second to
    start. Memory is bounded on Linux; elsewhere only time is.
    """
    with Isolation(seconds, mebibytes) as isolation:
        return isolation.read(item, limits, sampling)


class Isolation:
    """A reader process, started when first needed and again after it died. Not for use by several threads at once."""

    def __init__(self, seconds: float = 120.0, mebibytes: int = 1024) -> None:
        """`seconds` a file may take; `mebibytes` the process may hold."""
        self.seconds = seconds
        self.mebibytes = mebibytes
        self.peak = 0
        """Most memory in KiB that any reader process said it ever held."""
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="mmjudge-")

    def __enter__(self) -> Isolation:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process and removes what it wrote."""
        self._end()
        self._folder.cleanup()

    def read(self, item: Item, limits: Limits | None = None, sampling: Sampling | None = None) -> Reading:
        """As `mmjudge.media.read`."""
        limits, sampling = limits or Limits(), sampling or Sampling()
        files = [self.read_media(media, limits, sampling) for media in item.media]
        return assemble(item, text_of(item, limits, sampling), files, sampling)

    def read_media(self, media: Media, limits: Limits, sampling: Sampling) -> Part:
        """One file, read by the other process."""
        if not media.sha256:
            from mmjudge.media.reading import read_media

            return read_media(media, limits, sampling)  # says so without opening anything
        request = {
            "path": os.fsencode(media.path.absolute()).hex(),
            "sha256": media.sha256,
            "size": media.size,
            "limits": asdict(limits),
            "sampling": asdict(sampling),
        }
        answer, late = self._ask(json.dumps(request).encode() + b"\n")
        if not answer:
            status = self._end()
            return Part((), (self._lost(late, status),))
        try:
            from mmjudge.media.parcel import unpack

            data = json.loads(answer)
            self.peak = max(self.peak, int(data["peak"]))
            return unpack(data, Path(self._folder.name) / "arrays")
        except (ValueError, KeyError, TypeError, IndexError, OSError) as error:
            self._end()
            return Part((), (lack("undecodable", f"the reader of this file gave no sense ({error})"),))

    def _lost(self, late: bool, status: int | None) -> Gap:
        if late:
            return lack("timed_out", f"reading took longer than {self.seconds:g} s: cut or convert the file")
        how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        note = f"its reader ended ({how}): the file is damaged or needs more than {self.mebibytes} MiB; convert it"
        return lack("undecodable", note)

    def _ask(self, line: bytes) -> tuple[bytes, bool]:
        """The answer, b"" where none came, and whether time ran out."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self.seconds, stop)
        timer.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            timer.cancel()
        return (answer if answer.endswith(b"\n") else b""), late.is_set()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            here = str(Path(mmjudge.__file__).parent.parent)
            paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
            quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "PYTHONPATH": paths}
            # -P: the folder one stands in may be the one with the hostile files; nothing is imported from there.
            command = [sys.executable, "-P", "-m", "mmjudge.media.worker", self._folder.name, str(self.mebibytes)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **quiet},
            )
        return self._process

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            process.kill()
        status = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # A dead reader's pipe may still hold an unsent request.
                with contextlib.suppress(OSError):
                    pipe.close()
        return status

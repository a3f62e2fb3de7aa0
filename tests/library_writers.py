"""A person in a process of its own who keeps saving one rubric: `library_writers.py FOLDER WHO TIMES GO`.

Waits for the file GO, then begins each time from what is current, and prints one JSON line per save: what became of it.
"""

import json
import sys
import time
from pathlib import Path

from mmjudge.library import Library, StaleError, edit_rubric


def main(folder: Path, who: str, times: int, go: Path) -> None:
    library = Library(folder)
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.001)
    for n in range(times):
        held = library.read("shared")
        text = edit_rubric(held.text, {"title": f"{who} {n}"})
        try:
            saved = library.save(text, held.revision, who, str(n))
            print(json.dumps({"text": text, "revision": saved.revision, "kept": None}), flush=True)
        except StaleError as error:
            print(json.dumps({"text": text, "revision": None, "kept": str(error.kept)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))

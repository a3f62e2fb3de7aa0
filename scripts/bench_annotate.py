#!/usr/bin/env python
"""How fast the Annotate page is: `python scripts/bench_annotate.py [items in the queue] [answers]`.

A project of 100,000 pictures (one picture under as many names, so that the disk is not what is measured), a rater who
presses a key as soon as the next covered picture is on the screen, in a real Chromium. Printed: from the key to the
next frame that shows the next item with its picture, and how many labels that makes in an hour.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "ui"))

from annotate_stand_in import PASSWORD, house, people, project  # noqa: E402

from mmjudge import media  # noqa: E402
from mmjudge.types import item_id  # noqa: E402

# From the key press to the first frame after the item on the page is another one and its picture is decoded.
WATCH = """() => {
  window.took = [];
  document.addEventListener('keydown', (event) => {
    const item = document.getElementById('an-item');
    const before = item.dataset.task;
    const began = event.timeStamp;
    const look = () => requestAnimationFrame(() => {
      const image = item.querySelector('img');
      if (item.dataset.task === before || !image?.complete) { look(); return; }
      setTimeout(() => window.took.push(performance.now() - began));
    });
    look();
  }, true);
}"""


def main() -> None:
    queue, answers = (int(word) for word in (sys.argv[1:] + ["100000", "300"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), lambda app: app) as (address, store, _):
        people(store)
        began = time.perf_counter()
        project(store, pictures(store, Path(folder), queue), "bench")
        print(f"a project of {queue:,} pictures made in {time.perf_counter() - began:.0f} s")
        took, seconds = labelled(address, answers)
        stored = store.progress("bench").answers
    took.sort()
    middle, late = took[len(took) // 2], took[int(len(took) * 0.95)]
    load = os.getloadavg()[0]
    print(f"key to next item: median {middle:.0f} ms, p95 {late:.0f} ms, worst {took[-1]:.0f} ms (n = {len(took)})")
    print(f"{answers / seconds * 3600:,.0f} labels an hour; {stored} of {answers} answers stored")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f}")


def pictures(store, folder: Path, count: int) -> list:
    """`count` items, each its own caption and its own file name over a few pictures."""
    shown = [media.item(files=[path]).media[0] for path in sorted((ROOT / "assets" / "samples").glob("*.jpg"))]
    made = []
    for n in range(count):
        file = shown[n % len(shown)]
        text = f"Picture {n}"
        base = media.item(text=text)
        made.append(replace(base, id=item_id(text, (), "post", [file.sha256]), media=(file,)))
    rows(store, made)
    return made


def rows(store, items: list) -> None:
    """All items in one transaction: what `save_item` writes, a hundred thousand times faster than one by one."""
    from sqlalchemy.orm import Session

    from mmjudge.store import bodies

    at = time.time()
    with Session(store.engine.execution_options(writes=True)) as session, session.begin():
        for start in range(0, len(items), 5000):
            batch = items[start : start + 5000]
            session.add_all([bodies.item_row(item, [], at) for item in batch])
            session.flush()
            session.add_all([row for item in batch for row in bodies.media_rows(item)])
            session.flush()
            session.expunge_all()


def labelled(address: str, answers: int) -> tuple[list[float], float]:
    """Milliseconds of each answer, and seconds of all of them."""
    browser = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/signin")
        page.fill("[name=name]", "ann")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_selector("#an-item[data-ready=true]:visible", timeout=60_000)
        page.wait_for_timeout(3000)
        page.evaluate(WATCH)
        began = time.perf_counter()
        for n in range(answers):
            page.keyboard.press(f"Digit{n % 3 + 1}")
            page.wait_for_function("n => window.took.length > n", arg=n, polling=5)
        seconds = time.perf_counter() - began
        page.wait_for_selector("#an-sent:has-text('Everything is stored')", state="attached")
        took = page.evaluate("window.took")
        opened.close()
    return took, seconds


if __name__ == "__main__":
    main()

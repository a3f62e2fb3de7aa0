#!/usr/bin/env python
"""Take docs/screenshots/annotate.png: `python scripts/screenshot_annotate.py`.

A project over shipped samples, the shipped rubric, one rater in a real Chromium: a covered clip with a marked stretch.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "ui"))

from annotate_stand_in import PASSWORD, house, people  # noqa: E402

from mmjudge import media  # noqa: E402
from mmjudge.people import Project, Scheme  # noqa: E402
from mmjudge.rubric import load_rubric  # noqa: E402

SHOT = ROOT / "docs" / "screenshots" / "annotate.png"


def main() -> None:
    browser = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), lambda app: app) as (address, store, _):
        people(store)
        rubric = load_rubric("default")
        store.save_rubric(rubric)
        items = [media.item(text=said, files=[ROOT / "assets" / "samples" / name]) for said, name in POSTS]
        for item in items:
            store.save_item(item)
        scheme = Scheme("rules", severity=True, regions=True)
        made = Project("clips", "Clips of May", rubric.id, rubric.version, scheme, size=len(items), at=time.time())
        store.save_project(made, [(item.id, 1.0) for item in items])
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page(
                viewport={"width": 1280, "height": 980}
            )
            page.goto(f"{address}/signin")
            page.fill("[name=name]", "ann")
            page.fill("[name=password]", PASSWORD)
            page.click("main button")
            page.wait_for_selector("#an-item[data-ready=true]:visible", timeout=120_000)
            page.keyboard.press("Digit2")
            page.select_option("#an-rule", index=2)
            page.focus(".an-time")
            for key in ("Home", "ArrowUp", "Enter", "ArrowUp", "ArrowUp", "Enter"):
                page.keyboard.press(key)
            page.evaluate("document.activeElement.blur()")
            page.wait_for_timeout(500)
            page.screenshot(path=SHOT)


POSTS = (("Found this on the way home. What do you think?", "alley.mp4"), ("A quiet morning.", "lake.jpg"))

if __name__ == "__main__":
    main()

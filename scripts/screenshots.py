#!/usr/bin/env python
"""Take the pictures of docs/screenshots: `python scripts/screenshots.py [judge] [rubrics]`.

Judges the samples with the embedded judge (`mmjudge demo`) into a data folder of its own, serves the page and looks at
it in a real Chromium: the clip that threatens, in light, dark and at phone width, and the history; and a new rubric
that is being edited and tried. Nothing is staged.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
PORT = 7899
SHOTS = {
    "judge-light": (1280, 1500, "light"),
    "judge-dark": (1280, 1500, "dark"),
    "judge-phone": (390, 1400, "light"),
}


SELECT = """(line, words) => {
  const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.data.indexOf(words);
    if (at >= 0) { getSelection().setBaseAndExtent(node, at, node, at + words.length); }
  }
}"""


def main() -> None:
    browser = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if browser is None:
        sys.exit("this needs Chromium: install it (Debian: apt install chromium)")
    mmjudge = str(Path(sys.executable).parent / "mmjudge")
    wanted = sys.argv[1:] or ["judge", "rubrics"]
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "MMJUDGE_HOME": home, "LOGNAME": "ann"}
        if "judge" in wanted:
            subprocess.run([mmjudge, "demo"], env=env, check=False)
        made = [mmjudge, "rubric", "new", "our_market", "--title", "Rules of our market"]
        subprocess.run(made, env=env, check=True)
        server = subprocess.Popen([mmjudge, "ui", "--port", str(PORT)], env=env)
        try:
            address = reached(f"http://127.0.0.1:{PORT}")
            with sync_playwright() as playwright:
                opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
                for name, take in (("judge", taken), ("rubrics", edited_and_tried)):
                    if name in wanted:
                        take(opened, address)
        finally:
            server.terminate()


def reached(address: str) -> str:
    """The address, once it answers."""
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return address
        except OSError:
            time.sleep(1)
    sys.exit(f"nothing answers at {address}")


def taken(browser: Browser, address: str) -> None:
    """One picture per shot; the clip was judged by `demo`, so the page only decides."""
    for name, (width, height, scheme) in SHOTS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(address)
        page.wait_for_selector("#mm-judge:has-text('Judge')")
        page.click("[data-sample='video-alley']")
        page.wait_for_selector("#mm-message:has-text('Sample')", state="attached")
        page.click("#mm-judge")
        page.wait_for_selector(".mm-card", timeout=120_000)
        page.wait_for_timeout(3000)  # previews come after the verdict
        page.screenshot(path=FOLDER / f"{name}.png")
        page.close()
    page = browser.new_page(viewport={"width": 1280, "height": 620})
    page.goto(f"{address}/history")
    page.wait_for_timeout(3000)
    page.screenshot(path=FOLDER / "history.png")


def edited_and_tried(browser: Browser, address: str) -> None:
    """A rubric from the template: a question is being reworded, badly; then an example of it is tried."""
    page = browser.new_page(viewport={"width": 1280, "height": 1180})
    page.goto(f"{address}/rubrics?rubric=our_market")
    page.get_by_role("tab", name="Edit").click()
    line = page.locator("#mm-code .cm-line", has_text="The content states a price.")
    line.click()
    line.evaluate(SELECT, "states a price")
    page.keyboard.insert_text("names a suspicious price")
    page.wait_for_selector(".mm-hints")
    page.wait_for_timeout(1000)
    page.screenshot(path=FOLDER / "rubrics-edit.png")
    page.get_by_role("tab", name="Try").click()
    page.click("#mm-try-go")
    page.wait_for_selector(".mm-trial", timeout=120_000)
    page.set_viewport_size({"width": 1280, "height": 1500})
    page.wait_for_timeout(1000)
    page.screenshot(path=FOLDER / "rubrics-try.png")
    page.close()


if __name__ == "__main__":
    main()

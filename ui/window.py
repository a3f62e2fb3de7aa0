"""The page in a window of its own: an installed browser of the Chromium family in app mode.

Knows browsers' names. Refuses to install one.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from mmjudge.errors import MMJudgeError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "chrome",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def find_browser(which: Callable[[str], str | None] = shutil.which, places: Sequence[str] = PLACES) -> str | None:
    """A browser that can open a page in a window of its own; None where there is none."""
    found = next((path for name in NAMES if (path := which(name))), None)
    return found or next((place for place in places if Path(place).is_file()), None)


def window_command(browser: str, address: str, profile: Path) -> list[str]:
    """How the browser is started: app mode, with a profile of its own so that it does not end up in another window."""
    return [browser, f"--app={address}", f"--user-data-dir={profile}", "--no-first-run", "--no-default-browser-check"]


def free_port(host: str, port: int) -> int:
    """`port` if it is free, else one of the twenty after it; MMJudgeError where none is. 0: any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wanted in (port, *range(port + 1, port + 21)) if port else (0,):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.platform != "win32")
            try:
                probe.bind((host, wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise MMJudgeError(f"ports {port} to {port + 20} on {host} are all taken: choose one with --port")


def open_when_ready(address: str, window: bool, say: Callable[[str], None]) -> None:
    """Open the page once the server answers, without holding it up."""
    threading.Thread(target=open_now, args=(address, window, say), daemon=True).start()


def open_now(address: str, window: bool, say: Callable[[str], None]) -> None:
    """Open the page as soon as the server answers; what could not be opened is said."""
    if not _answers(address):
        say(f"The page does not answer yet: open {address} by hand.")
        return
    browser = find_browser() if window else None
    if browser is not None:
        from mmjudge.store import home

        command = window_command(browser, address, home() / "window")
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return
    if window:
        say("No Chromium, Chrome or Edge was found for a window of its own: the page opens in your browser instead.")
    if not webbrowser.open(address):
        say(f"No browser could be opened: open {address} by hand.")


def _answers(address: str, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except OSError:
            time.sleep(0.2)
    return False

"""Finds a Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.places import venv_python
from bootstrap.programs import step
from bootstrap.sentences import Stop


def find_chromium() -> str | None:
    """Return a Chromium or Chrome of this machine, or the one that DRUMBEAT_TEST_CHROMIUM names."""
    named = os.environ.get("DRUMBEAT_TEST_CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    places = (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    )
    found = (shutil.which(name) for name in names)
    return next((path for path in (*found, *places) if path and Path(path).exists()), None)


def fetch_chromium() -> str | None:
    """Return Playwright's own Chromium, fetched if need be; None where that is not possible."""
    try:
        step("Chromium for browser tests", [str(venv_python()), "-m", "playwright", "install", "chromium"], None)
    except Stop as reason:
        print(f"No Chromium: the browser tests cannot run and are listed at the end.\n{reason}", file=sys.stderr)
        return None
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as play: print(play.chromium.executable_path)"
    return subprocess.run([str(venv_python()), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()

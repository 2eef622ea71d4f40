"""`python -m tests.peers.bluesky_oauth --folder F`: the same trial as beside, signed in by OAuth in a real browser.

A person's part is played by Chromium on the pages of the reference server: password, then consent.
"""

from __future__ import annotations

import argparse
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import sync_playwright

from scheduler.platforms.base import Back
from scheduler.platforms.registry import platform
from tests.peers.bluesky import LOGIN, running
from tests.peers.trial import Trial

PATH, STATE = "/admin/accounts/connect/bluesky/back", "the-state"
CHROMIUM = "/usr/bin/chromium"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> int:
    """Run the trial; 0 when every step went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    with running(parser.parse_args().folder) as found:
        origin = found["pds"]
        config = {"service": origin, "appview": origin, "directory": found["plc"]}
        # The reference server calls itself by this name, whatever address it was asked at.
        names = (origin.replace("127.0.0.1", "localhost"), found["plc"])
        trial = Trial(platform("bluesky"), origin, config, other_origins=names)
        _connect(trial)
        trial.run()
        trial.step("refresh", lambda: trial.platform.refresh(trial.session()))
        trial.step("check with the new tokens", lambda: trial.platform.check(trial.session()))
    return 1 if trial.failures else 0


def _connect(trial: Trial) -> None:
    with HTTPServer(("127.0.0.1", 0), _Home) as home:
        back = Back(f"http://127.0.0.1:{home.server_port}{PATH}", STATE)
        begun = trial.platform.sign_in(trial.session(), "oauth", {"identifier": LOGIN["identifier"]}, back)
        threading.Thread(target=home.serve_forever, daemon=True).start()
        answer = _consented(begun.url, back.redirect_uri)
        home.shutdown()
    kept = {**begun.kept, "redirect_uri": back.redirect_uri}
    (trial.connection,) = trial.platform.signed_in(trial.session(), "oauth", answer, kept)
    trial.credentials = dict(trial.connection.credentials)
    trial.say("connect by OAuth", answer["state"] == STATE, trial.connection.profile.handle)


class _Home(BaseHTTPRequestHandler):
    """Where the browser comes back to."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Back.")

    def log_message(self, format: str, *args: object) -> None:
        pass


def _consented(url: str, home: str) -> dict[str, str]:
    """Sign in and say yes on the server's pages; return what the browser came back with."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page()
        page.goto(url)
        page.locator("input[type=password]").fill(LOGIN["password"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{home}**")
        address = page.url
        browser.close()
    return dict(parse_qsl(urlsplit(address).query))


if __name__ == "__main__":
    sys.exit(main())

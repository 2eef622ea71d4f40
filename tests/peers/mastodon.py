"""`python -m tests.peers.mastodon`: our Mastodon connector against PyPI's mastodon_mock, in an environment of its own.

The peer is installed into `~/.cache/drumbeat-peers/mastodon` (or `--folder`) at the first run.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.platforms.base import Back
from scheduler.platforms.registry import platform
from tests.peers.trial import Trial

PACKAGE = "mastodon_mock==0.6.1"
START_SECONDS = 60
BACK = Back("http://127.0.0.1:9/admin/accounts/connect/mastodon/back", "the-state")


def main() -> int:
    """Run the trial; 0 when every step went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/drumbeat-peers/mastodon")
    program = _installed(parser.parse_args().folder)
    with running(program) as origin:
        failures = [*_by_token(origin), *_by_oauth(origin)]
    return 1 if failures else 0


@contextmanager
def running(program: Path) -> Iterator[str]:
    """Serve the peer on a free port and return its address; it is stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]}) as process:
        try:
            _wait_for(f"{origin}/api/v1/instance", process)
            yield origin
        finally:
            process.terminate()


def _by_token(origin: str) -> list[str]:
    print("By a pasted token:")
    trial = Trial(platform("mastodon"), origin)
    trial.refuses({"instance": origin, "access_token": "nobody"})
    trial.connect({"instance": origin, "access_token": "mock_token"})
    trial.run()
    return trial.failures


def _by_oauth(origin: str) -> list[str]:
    """Register ourselves there, sign in on the peer's page, and go on with the token."""
    print("By OAuth:")
    trial = Trial(platform("mastodon"), origin)
    begun = trial.platform.sign_in(trial.session(), "oauth", {"instance": origin}, BACK)
    page = requests.get(begun.url, timeout=30).text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    answer = requests.post(f"{origin}/oauth/authorize", fields, allow_redirects=False, timeout=30)
    said = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
    trial.signed_in(trial.platform.signed_in(trial.session(), "oauth", said, kept)[0])
    trial.run()
    return trial.failures


def _installed(folder: Path) -> Path:
    program = folder / "bin/mastodon_mock"
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin/pip", "install", "-q", PACKAGE], check=True)
    return program


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The peer did not start.")


if __name__ == "__main__":
    sys.exit(main())

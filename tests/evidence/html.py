"""What the Nu Html Checker of the W3C says of every kind of public page.

`python -m tests.evidence.html path/to/vnu.jar`: the jar is npm's vnu-jar, and it needs Java. Errors end with status 1.
The hints about `role="list"` are left out: Safari takes a list without bullets for none, and the role tells it better.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from scheduler.services.library.samples import ensure_samples
from tests.support.house import REPOSITORY
from tests.support.live import serve

PATHS = (
    "/", "/blog/", "/blog/the-finer-points-of-dry-needling/", "/blog/back-to-running-after-an-injury/",
    "/blog/your-first-visit/", "/blog/archive/", "/blog/author/sam-rivers/", "/blog/category/running/",
    "/blog/tag/dry-needling/", "/search/", "/search/?q=pain", "/not-there/",
)  # fmt: skip
LEFT_OUT = "role is unnecessary for element"


def main(jar: str) -> int:
    """Print what the checker finds; return how many pages have errors."""
    faulty = 0
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as live:
        shutil.copytree(REPOSITORY / "posts", live.context.settings.posts, dirs_exist_ok=True)
        live.context.articles.refresh(force=True)
        ensure_samples(live.context)
        for path in PATHS:
            said = [message for message in check(jar, page(live.url + path)) if LEFT_OUT not in message["message"]]
            faulty += any(message["type"] == "error" for message in said)
            print(f"{path}: {len(said)} messages")
            for message in said:
                print(f"  {message['type']} in line {message.get('lastLine')}: {message['message']}")
    return min(faulty, 1)


def page(url: str) -> bytes:
    """Return the bytes of a page, also of one that says 404."""
    try:
        with urllib.request.urlopen(url) as answer:  # our own loopback address
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return bytes(error.read())


def check(jar: str, html: bytes) -> list[dict[str, Any]]:
    """Return the messages of the checker."""
    command = ["java", "-jar", jar, "--stdout", "--exit-zero-always", "--format", "json", "-"]
    done = subprocess.run(command, input=html, capture_output=True, check=True)
    return list(json.loads(done.stdout)["messages"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

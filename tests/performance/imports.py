"""An import of many articles from WordPress, looked at and brought over: seconds, and the most memory it took.

The size of it is 400; `DRUMBEAT_BENCH_IMPORT` names another one.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.services.moving import imports
from tests.performance.archive import article_text
from tests.performance.table import table
from tests.support.house import furnish
from tests.support.wxr import FOOT, HEAD, category, item, tag

SITE = "https://old-clinic.example"
COUNT = int(os.environ.get("DRUMBEAT_BENCH_IMPORT", "400"))


def main() -> str:
    """Return the table. The import runs in a process of its own, whose memory is told."""
    told = subprocess.run([sys.executable, "-m", __name__], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in told.splitlines()]
    return table(f"An import of {COUNT:,} articles", ["what", "seconds", "articles/s", "peak memory"], rows)


def write_export(path: Path, count: int) -> None:
    """Write an export of `count` articles."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD.replace("{site}", SITE))
        for number in range(count):
            body = article_text(number, chance).split("---\n", 2)[-1]
            terms = category("dry-needling", "Dry Needling") + tag(f"tag {number % 50}")
            file.write(item(number + 1, f"Article number {number}", body, site=SITE, slug=f"n-{number}", terms=terms))
        file.write(FOOT)


def _run() -> None:
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name, furnish(Path(name), clock=SystemClock()) as ctx:
        path = Path(name) / "export.xml"
        write_export(path, COUNT)
        import_id = imports.hand_over(ctx, imports.Handed("wordpress", path.name), path)
        for what, dry_run in (("a dry run", True), ("for real", False), ("once more, nothing changed", False)):
            start = time.monotonic()
            imports.at_once(ctx, import_id, dry_run)
            seconds = time.monotonic() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{what}\t{seconds:.1f}\t{COUNT / seconds:.0f}\t{peak:.0f} MB")


if __name__ == "__main__":
    _run()

"""How late posts start: a real worker, real HTTP to a receiver that answers in 50 ms, 100 posts due in one second."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.domain.account import Account
from scheduler.domain.teaser import Payload, Teaser
from scheduler.services.context import Context
from scheduler.storage import accounts, deliveries, teasers
from tests.performance.table import percentile, table
from tests.support.house import furnish
from tests.support.worker import until, worker

COUNT = 100
ANSWER_SECONDS = 0.05
HEAD_START_MS = 6_000


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as folder, receiver() as (url, arrivals):
        root = Path(folder)
        with furnish(root, environ={"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}) as ctx:
            due = _fill(ctx, url)
            with worker(ctx, root, DRUMBEAT_ALLOW_PRIVATE_NETWORK="1"):
                until(lambda: len(arrivals) >= COUNT, "all posts arrive")
    late = [arrivals[code] - moment for code, moment in due.items()]
    assert min(late) >= 0, "a post started early"
    rows = [[f"{percentile(late, 0.5):.0f} ms", f"{percentile(late, 0.99):.0f} ms", f"{max(late):.0f} ms"]]
    return table(
        f"{COUNT} posts due in one second, one for each of {COUNT} accounts", ["p50 late", "p99", "most"], rows
    )


@contextmanager
def receiver() -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the address of a server that answers 200 after a while, and when each webhook-id first arrived (ms)."""
    clock, arrivals = SystemClock(), dict[str, int]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrivals.setdefault(self.headers["webhook-id"], clock.now_ms())
            self.rfile.read(int(self.headers["Content-Length"]))
            clock.sleep(ANSWER_SECONDS)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", arrivals
    finally:
        server.shutdown()
        server.server_close()


def _fill(ctx: Context, url: str) -> dict[str, int]:
    """Schedule one post for each account, spread over one second that begins soon; return the due times by key."""
    start = ctx.clock.now_ms() + HEAD_START_MS
    secret = "whsec_" + "A" * 43 + "="
    sealed = ctx.vault.seal({"url": url, "secret": secret})
    payload = Payload("Strong hips carry tired legs.")
    due: dict[str, int] = {}
    with ctx.database.writing() as tx:
        teaser = teasers.create(tx, Teaser(0, payload.text), "bench", start)
        for n in range(COUNT):
            made = accounts.add(tx, Account(0, f"hook-{n}", "webhook", "hook", "hook", str(n)), sealed, start)
            new = deliveries.NewDelivery(
                teaser_id=teaser.id, account_id=made.id, idempotency_key=f"msg_{n}", short_code=f"c{n}",
                payload=payload.to_json(), payload_hash=payload.digest(), at_wall="", at_zone="", queued=False,
                due_at=start + n * 1000 // COUNT, late_after=start + 3_600_000,
            )  # fmt: skip
            deliveries.add(tx, new, start)
            due[new.idempotency_key] = new.due_at
    return due

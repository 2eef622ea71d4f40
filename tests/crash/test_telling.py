"""A real worker tells by real mail: once, also when it is killed, and in a thread that keeps nothing else waiting."""

from __future__ import annotations

from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.storage import notices
from scheduler.worker.main import Worker
from tests.support.live import LiveServer
from tests.support.mail import mail_server
from tests.support.outside import OWNER, write_rules
from tests.support.worker import until, worker


def report(ctx: Context, cause: str) -> None:
    """Report a cause so long ago that it is to be told now."""
    with ctx.database.writing() as tx:
        long_ago = SystemClock().now_ms() - 2 * notices.GATHER_MS
        notices.report(tx, cause, subject=f"About {cause}", sentence="Look.", now=long_ago)


def all_told(ctx: Context) -> bool:
    with ctx.database.reading() as tx:
        return all(notice.told_at for notice in notices.open_notices(tx))


def test_a_worker_tells_by_mail_once_whatever_happens_to_it(house: LiveServer, tmp_path: Path) -> None:
    ctx = house.context
    write_rules(ctx, f'mail_to = ["{OWNER}"]\nmail_from = "drumbeat@clinic.example"\ndigest = "off"\n')
    with mail_server() as mail:
        server = f"smtp://127.0.0.1:{mail.port}"
        report(ctx, "first")
        with worker(ctx, tmp_path, DRUMBEAT_SMTP_URL=server) as process:
            until(lambda: all_told(ctx), "the worker tells")
            process.kill()
        report(ctx, "second")
        with worker(ctx, tmp_path, DRUMBEAT_SMTP_URL=server):
            until(lambda: all_told(ctx), "the next worker tells")
    assert [str(letter["Subject"]) for letter in mail.mailbox.letters] == ["About first", "About second"]


def test_telling_has_a_thread_of_its_own(house: LiveServer) -> None:
    made = Worker(house.context)
    made._add_jobs()
    executors = {job.id: job.executor for job in made.scheduler.get_jobs()}
    assert executors.pop("tell") == "telling"
    assert "telling" not in executors.values()

"""The comparison: the same posts as date jobs in APScheduler's own SQLAlchemy job store, on SQLite, in a process.

`python -m tests.performance.job_store DATABASE ADDRESS COUNT START_MS [GRACE_SECONDS]` runs until it is ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

import requests
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.clock import SystemClock, to_datetime
from scheduler.storage.engine import open_database

THREADS = 50


def post(url: str, key: str) -> None:
    """Send one post."""
    requests.post(url, json={"text": "Strong hips carry tired legs."}, headers={"webhook-id": key}, timeout=20)


def main(database: str, url: str, count: str, start_ms: str, grace_seconds: str = "") -> None:
    """Put the jobs into the store, say so, and work."""
    store = SQLAlchemyJobStore(engine=open_database(f"sqlite:///{Path(database)}").engine)
    defaults = {"misfire_grace_time": int(grace_seconds) if grace_seconds else None}
    scheduler = BackgroundScheduler(
        jobstores={"default": store}, executors={"default": ThreadPoolExecutor(THREADS)}, job_defaults=defaults
    )
    scheduler.start(paused=True)
    for n in range(int(count)):
        when = to_datetime(int(start_ms) + n * 1000 // int(count))
        scheduler.add_job(post, "date", run_date=when, args=[url, f"msg_{n}"])
    scheduler.resume()
    clock = SystemClock()
    while True:
        clock.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])

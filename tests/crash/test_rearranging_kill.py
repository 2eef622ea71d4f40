"""A process that changes the slots is killed with SIGKILL around the writing of the file: nothing is half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.domain.rearranging import Choice
from scheduler.domain.slots import Slot, local, occurrences
from scheduler.services.context import Context
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import CALENDAR
from scheduler.services.planning.rearranging import Proposal, finish_interrupted, preview
from scheduler.storage import deliveries
from tests.support.deliveries import queued_post
from tests.support.live import LiveServer
from tests.support.newsroom import add_account
from tests.support.product import ROOT
from tests.support.worker import until, worker

SCRIPT = """
import os, signal, sys
from scheduler import config_writer
from scheduler.config import LiveConfig, load_settings
from scheduler.domain.rearranging import Choice
from scheduler.services.context import build_context
from scheduler.services.planning.rearranging import Proposal, apply

point, seen, shown, slot = sys.argv[1:]
ctx = build_context(LiveConfig(load_settings()))
write = config_writer.change

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def change(*given):
    if point == "before the file":
        die()
    write(*given)
    if point == "after the file":
        die()

config_writer.change = change
apply(ctx, Proposal({"default.slots": [slot]}, seen), Choice(), shown, "Alex")
if point == "after all":
    die()
"""


@pytest.mark.parametrize("point", ["before the file", "after the file", "after all"])
def test_killed_while_the_slots_change(house: LiveServer, tmp_path: Path, point: str) -> None:
    ctx = house.context
    delivery_id, old, new, slot = one_queued_post(ctx)
    change_and_die(ctx, tmp_path, point, slot)
    done = point != "before the file"
    assert (str(ctx.settings.calendar.default.slots[0]) == slot) is done, "the file is the old one or the new one"
    assert due(ctx, delivery_id) == (new if point == "after all" else old)
    if point == "after the file":
        with worker(ctx, tmp_path):
            until(lambda: due(ctx, delivery_id) == new, "the worker's start finishes what was confirmed")
    assert finish_interrupted(ctx) == 0
    assert due(ctx, delivery_id) == (new if done else old)


def one_queued_post(ctx: Context) -> tuple[int, int, int, str]:
    """Queue a post for the day after tomorrow; return it and its time, and the time and name of a slot of that day."""
    zone, now = ctx.settings.calendar.zone, ctx.clock.now_ms()
    day = local(now + 2 * 86_400_000, zone).date()
    delivery_id = queued_post(ctx, add_account(ctx, "bluesky", "Clinic"), f"{day}T09:00")
    slot = Slot(day.weekday(), 10, 30)
    return delivery_id, due(ctx, delivery_id), next(occurrences([slot], zone, now)), str(slot)


def due(ctx: Context, delivery_id: int) -> int:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found.due_at


def change_and_die(ctx: Context, folder: Path, point: str, slot: str) -> None:
    seen = configuration.seen(ctx, CALENDAR)
    shown = preview(ctx, Proposal({"default.slots": [slot]}, seen), Choice()).shown
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, point, seen, shown, slot],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DRUMBEAT_ENCRYPTION_KEYS": ",".join(ctx.settings.encryption_keys),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr

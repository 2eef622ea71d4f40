"""A small portion of `python -m tests.crash`: a score of random kills under load, judged by the platforms' book."""

from __future__ import annotations

from pathlib import Path

from tests.crash.random_kills import run
from tests.support.launcher import Launcher

KILLS = 20


def test_random_kills_double_nothing_lose_nothing_and_leave_no_lie(launcher: Launcher, tmp_path: Path) -> None:
    report = run(launcher, tmp_path, KILLS, seed=20261122)
    assert report.verdict.faults == []
    assert report.wrongly_asked == []
    assert report.kills == KILLS
    assert report.verdict.posts > KILLS, "the workers were killed while they had something to do"

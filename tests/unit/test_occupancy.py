"""Who is in the house: many processes a little, or a restore alone."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import pytest

from scheduler.domain.problem import Conflict
from scheduler.services.operations.occupancy import alone, occupy


def test_many_may_be_there_but_a_restore_is_alone(tmp_path: Path) -> None:
    with occupy(tmp_path), occupy(tmp_path), pytest.raises(Conflict, match="is running"), alone(tmp_path):
        pass
    with alone(tmp_path):
        with pytest.raises(Conflict, match="being restored"):
            occupy(tmp_path)
        with pytest.raises(Conflict), alone(tmp_path):
            pass
    occupy(tmp_path).close()


def test_after_an_interrupted_restore_nobody_comes_in(tmp_path: Path) -> None:
    (tmp_path / "restore.json").write_text("{}")
    with pytest.raises(Conflict, match="python -m scheduler restore"):
        occupy(tmp_path)
    with alone(tmp_path):
        pass


def test_where_nothing_can_be_locked_it_runs_but_does_not_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    occupy(tmp_path).close()
    with pytest.raises(Conflict), alone(tmp_path):
        pass

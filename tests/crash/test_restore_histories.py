"""A portion of the random histories with backups and restores: never a double post. More: `tests.crash.restores`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.restores import live_through

LOST_WINDOW = 6
"""A backup made between a restore and its look-ups forgot since when a post may have gone out."""


@pytest.mark.parametrize("seed", [0, 1, 2, LOST_WINDOW])
def test_no_history_posts_anything_twice(tmp_path: Path, seed: int) -> None:
    live_through(seed, tmp_path)

"""Two thousand made-up worlds: the promise holds in each, and together they go through every step of a delivery.

For more of them, or to see one of them: `python -m tests.simulation --help`.
"""

from __future__ import annotations

import pytest

from tests.simulation.__main__ import failure
from tests.simulation.world import play

BLOCK, BLOCKS = 50, 40


@pytest.mark.parametrize("first", range(0, BLOCK * BLOCKS, BLOCK))
def test_the_promise_holds_in_made_up_worlds(first: int) -> None:
    for seed in range(first, first + BLOCK):
        result = play(seed)
        assert not result.violations, failure(result)


def test_the_same_seed_is_the_same_world() -> None:
    assert play(11, keep=10_000).story == play(11, keep=10_000).story

"""Six real workers on one PostgreSQL while connections, workers, the network and the server itself break down.

This is a small portion; `python -m tests.crash.postgres` runs the whole.
"""

from __future__ import annotations

from tests.support.storm import LEAST_KINDS, Weather, weather_the


def test_in_a_storm_every_post_goes_out_once_in_order_and_the_rows_are_true() -> None:
    verdict, said = weather_the(Weather(posts=300, seconds=9, rate=1.5, seed=7))
    assert verdict.clean, f"{verdict}\n{said[-8000:]}"
    assert len(verdict.events) >= LEAST_KINDS, "a storm that is none shows nothing"
    assert "unexpected error" not in said, said[-8000:]
    assert said.count("Traceback") == 0, said[-8000:]

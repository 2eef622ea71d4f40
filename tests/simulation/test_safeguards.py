"""Each safeguard switched off must be noticed: by the worlds within a few seeds, or by a story told for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.options import draw
from tests.simulation.safeguards import SAFEGUARDS, with_stale_heads, without
from tests.simulation.stories import HOUR, StoryWorld
from tests.simulation.world import play, quiet_and_ours

SEEDS = 150
LOST: dict[str, Any] = {"faults": {"close after reading": 1.0}, "spoiled": 0.8}
SEVERAL: dict[str, Any] = {"workers": 3, "cut": 1.5, "switch": 0.7, "turns": 120}
WORLDS: dict[str, dict[str, Any]] = {
    "fencing token": SEVERAL,
    "state guard of the finish": {
        **SEVERAL,
        "faults": {"403": 1.0},
        "spoiled": 1.0,
        "cut": 4.0,
        "accounts": 3,
        "deliveries": 8,
        "troubled": 0.0,
        "kill": 0.0,
        "crash": 0.0,
        "freeze": 0.0,
        "suspend": 0.0,
        "person": 0.0,
        "refreshes": 0.0,
        "new": 0.0,
    },
    "mark before the call": {"kinds": ("lookup",), "crash": 0.05},
    "unknown is not sent again": {"kinds": ("blind",), **LOST},
    "look-up before sending again": {"kinds": ("lookup",), **LOST},
    "settle time": {"kinds": ("lagging",), "faults": {"close after reading": 1.0, "apply late": 1.0}, "spoiled": 0.8},
    "settle time after a clock step": {"kinds": ("lagging",), **LOST, "clock_step": 2.5, "crash": 0.0, "kill": 0.0},
    "key window": {"kinds": ("keyed",), **LOST, "suspend": 0.5, "troubled": 0.0},
    "key window at the send": {"kinds": ("keyed",), **LOST, "suspend": 0.6, "switch": 0.0, "person": 0.0},
    "sticky maybe live": {
        "kinds": ("keyed",),
        "faults": {"close after reading": 1.0, "422": 1.0},
        "spoiled": 0.9,
        "accounts": 3,
        "deliveries": 8,
        "turns": 120,
        "troubled": 0.0,
        "kill": 0.0,
        "crash": 0.0,
        "person": 0.0,
    },
    "maybe live is kept": {"kinds": ("keyed",), **LOST},
    "guard of the claim": {"deliveries": 8, "accounts": 1},
    "one in flight": {},
    "one in flight, and the index": {"deliveries": 8, "accounts": 1},
    "proof of death": {**SEVERAL, "cut": 0.0, "kill": 0.0, "crash": 0.0, "person": 0.0},
    "distance in a catch-up": {"accounts": 1, "gap": HOUR // 2, "suspend": 2.0, "deliveries": 8, "clock_step": 0.0},
}
"""Worlds in which a safeguard is needed often."""


@pytest.mark.parametrize("name", WORLDS)
def test_the_worlds_notice_when_a_safeguard_is_off(name: str) -> None:
    with without(name):
        broken = (play(seed, replace(draw(seed), **WORLDS[name])).violations for seed in range(SEEDS))
        assert any(broken), f"{SEEDS} worlds did without: {name}"


def test_the_guard_of_the_claim_makes_up_for_what_was_read_too_early() -> None:
    with with_stale_heads():
        for seed in range(40):
            assert not play(seed, replace(draw(seed), **WORLDS["guard of the claim"])).violations


@pytest.fixture
def world() -> Iterator[StoryWorld]:
    with quiet_and_ours():
        made = StoryWorld(("blind", "blind"))
        made.begin()
        yield made
        made.close()


def calls_to_a_dead_host(world: StoryWorld) -> int:
    """Return how often a host that never answers is asked within an hour by twenty posts."""
    world.script.extend(["refuse"] * 1_000)
    for number in range(20):
        world.people.schedule_at(1 + number % 2, number * 60_000, 6 * HOUR, "publish")
    for _ in range(360):
        world.fate.pass_time(10_000)
        world.work("tick")
    return world.hits["refuse"]


def test_a_dead_host_is_left_alone(world: StoryWorld) -> None:
    kept = calls_to_a_dead_host(world)
    assert not world.judge.violations
    assert kept <= 25


def test_without_the_circuit_breaker_it_is_asked_again_and_again(world: StoryWorld) -> None:
    with without("circuit breaker"):
        assert calls_to_a_dead_host(world) > 35


def state_of_a_post_about_a_missing_article(world: StoryWorld) -> str:
    world.people.schedule_at(1, 0, 6 * HOUR, "hold", article="gone")
    world.work("tick")
    return world.judge.rows[1].state


def test_the_gate_holds_what_would_lead_nowhere(world: StoryWorld) -> None:
    assert state_of_a_post_about_a_missing_article(world) == "held"
    assert not world.book.posts


def test_without_the_gate_it_goes_out(world: StoryWorld) -> None:
    with without("publish gate"):
        assert state_of_a_post_about_a_missing_article(world) == "published"


def test_every_safeguard_has_its_test() -> None:
    assert set(SAFEGUARDS) == {*WORLDS, "circuit breaker", "publish gate"}

"""The temper of one world, drawn from its seed: which disasters it likes, and how much."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

KINDS = ("keyed-lookup", "lookup", "keyed", "blind", "asynchronous", "lagging")
"""The imitated platforms (see `networks`)."""
FAULTS = (
    "refuse",
    "close before reading",
    "close after reading",
    "apply, then hang",
    "apply late",
    "apply, then 500",
    "500",
    "429",
    "429 with a time",
    "401",
    "403",
    "422",
    "truncated answer",
    "duplicate",
    "crash of the connector",
)
"""How an imitated platform may spoil the one irreversible call."""


@dataclass(frozen=True, slots=True)
class Options:
    """One world. Chances are per opportunity (0 to 1), weights are relative to each other."""

    kinds: tuple[str, ...]
    accounts: int
    deliveries: int
    turns: int
    gap: int
    """The least distance of two posts of an account (ms): late ones keep it when they catch up."""
    newest_first: bool
    workers: int
    faults: dict[str, float]
    spoiled: float
    """Chance that the irreversible call meets one of `faults`."""
    troubled: float
    """Chance that a preparation, look-up or poll fails."""
    refreshes: float
    """Chance that renewing a sign-in works."""
    switch: float
    crash: float
    full: float
    kill: float
    freeze: float
    cut: float
    suspend: float
    clock_step: float
    outage: float
    person: float
    new: float


def draw(seed: int) -> Options:
    """Return the temper of the world number `seed`."""
    rng = random.Random(f"temper {seed}")

    def sometimes(most: float, often: float = 0.6) -> float:
        return rng.random() * most if rng.random() < often else 0.0

    return Options(
        kinds=tuple(rng.choice(KINDS) for _ in range(rng.randint(1, 3))),
        accounts=rng.randint(1, 3),
        deliveries=rng.randint(2, 8),
        turns=rng.randint(30, 130),
        gap=rng.choice((0, 0, 10, 30)) * 60_000,
        newest_first=rng.random() < 0.3,
        workers=rng.choice((1, 1, 1, 2, 3)),
        faults={name: rng.random() for name in FAULTS if rng.random() < 0.5},
        spoiled=sometimes(0.8, 0.85),
        troubled=sometimes(0.5),
        refreshes=rng.random(),
        switch=rng.choice((0.0, 0.2, 0.5, 0.8)),
        crash=sometimes(0.06),
        full=sometimes(0.05, 0.3),
        kill=sometimes(0.6),
        freeze=sometimes(0.5, 0.4),
        cut=sometimes(0.6, 0.5),
        suspend=sometimes(0.5, 0.4),
        clock_step=sometimes(0.5, 0.3),
        outage=sometimes(0.4, 0.3),
        person=sometimes(2.5, 0.7),
        new=sometimes(1.0, 0.5),
    )


def shown(options: Options) -> str:
    """Return the options as one readable line per option."""
    return "\n".join(f"  {field.name} = {getattr(options, field.name)!r}" for field in fields(options))

"""A worker kills itself at every named point, with every kind of platform; the platform's own book is the judge.

All the deaths are died first, one after another in one house, so that each fresh worker also takes over from the dead.
Then one worker brings everything to its end, and every case is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scheduler.domain.delivery import Delivery, State
from tests.crash.town import EVERYTHING, HOUR_MS, KINDS, Town, Verdict, judge, now_ms, town
from tests.support.book import BookServer
from tests.support.launcher import Launcher

DUE_IN_MS = {"during prepare ahead": 1_500, "during catch-up": -2 * HOUR_MS}
"""When the delivery is due, counted from the start of its worker; 0 for all others."""
CERTAINLY_NOT_SENT = (
    "during catch-up",
    "before claim commit",
    "after claim commit",
    "during prepare",
    "after prepare",
    "before mark commit",
)
PERHAPS_NOT_SENT = ("after mark commit", "before the request", "half the request sent")
SENT = (
    "request sent, not answered",
    "answered, nothing written",
    "attempt written, not committed",
    "before finish commit",
)
LOOKED_UP = ("before the look-up", "after the look-up", "before settle commit")
SEQUENCES: dict[str, tuple[str, ...]] = {
    **{point: (point,) for point in (*CERTAINLY_NOT_SENT, *PERHAPS_NOT_SENT, *SENT, "after finish")},
    "during prepare ahead": ("during prepare",),
    **{point: ("request sent, not answered", point) for point in LOOKED_UP},
    "before take-over commit (not sent)": ("after claim commit", "before take-over commit"),
    "before take-over commit (sent)": ("request sent, not answered", "before take-over commit"),
}
WITHOUT_LOOK_UP = ("keyed", "blind")


def sequences_of(kind: str) -> list[str]:
    """Return the names of the deaths that can be died with a kind of platform."""
    finds = kind not in WITHOUT_LOOK_UP
    return [name for name in SEQUENCES if finds or name not in ("before the look-up", "after the look-up")]


def cases() -> list[tuple[str, str]]:
    """Return every death with every kind, or (unless all are asked for) with the blind kind and one other in turn."""
    every = [(kind, name) for name in SEQUENCES for kind in KINDS if name in sequences_of(kind)]
    if EVERYTHING:
        return every
    turns = {name: KINDS[number % 3] for number, name in enumerate(SEQUENCES)}
    return [(kind, name) for kind, name in every if kind in ("blind", turns[name]) or name.endswith("the look-up")]


CASES = cases()


@dataclass
class Aftermath:
    """The town when all is over, and which delivery died which death."""

    town: Town
    codes: dict[tuple[str, str], str]
    verdict: Verdict

    def delivery(self, case: tuple[str, str]) -> Delivery:
        return self.town.delivery(self.codes[case])

    def live(self, case: tuple[str, str]) -> int:
        return self.town.server.book.counts(self.codes[case])


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher) -> Iterator[Aftermath]:
    """Die every death, recover once, and judge."""
    server = BookServer()
    with town(tmp_path_factory.mktemp("points"), launcher, server) as place:
        codes, held = {}, []
        for number, (kind, name) in enumerate(CASES):
            account = place.account(kind, number)
            (code,) = place.deliver(account, [now_ms() + DUE_IN_MS.get(name, 0)])
            for point in SEQUENCES[name]:
                place.crash(point, code, account)
            codes[kind, name] = code
            held.append(account)
            place.hold(account)  # the deaths of the others are not its own
        for account in held:
            place.hold(account, 0)
        last = place.start()
        place.until_over()
        assert last.stop() == 0
        yield Aftermath(place, codes, judge(place))
    server.close()


def test_nothing_is_doubled_lost_early_or_a_lie(aftermath: Aftermath) -> None:
    assert aftermath.verdict.faults == []


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_death_ends_in_a_true_state(aftermath: Aftermath, kind: str, name: str) -> None:
    found = aftermath.delivery((kind, name))
    died_before = SEQUENCES[name][0] in CERTAINLY_NOT_SENT
    if kind == "blind" and not died_before and name != "after finish":
        assert found.state is State.NEEDS_HUMAN, "it may be live and nobody can tell: a person is asked"
        assert aftermath.live((kind, name)) == (name not in PERHAPS_NOT_SENT)
        return
    assert found.state is State.PUBLISHED, found.sentence
    assert aftermath.live((kind, name)) == 1

"""Deadlines of calls: kept by one thread, each on its own, and by none when there is nothing to look after."""

from __future__ import annotations

import threading

from scheduler.platforms.watchdog import Watchdog

LONG, SHORT = 600.0, 0.02


class _Call:
    def __init__(self) -> None:
        self.is_cut = threading.Event()

    def cut(self) -> None:
        self.is_cut.set()


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watchdog"]


def test_a_call_is_cut_off_at_its_deadline_also_behind_one_that_has_longer() -> None:
    watchdog, patient, urgent = Watchdog(), _Call(), _Call()
    before = len(_threads())
    watchdog.watch(patient, LONG)
    watchdog.watch(urgent, SHORT)
    assert len(_threads()) == before + 1
    assert urgent.is_cut.wait(10)
    assert not patient.is_cut.is_set()
    watchdog.forget(patient)


def test_what_is_forgotten_is_not_cut_off_and_the_thread_goes_with_the_last() -> None:
    watchdog, over, last = Watchdog(), _Call(), _Call()
    before = set(_threads())
    watchdog.watch(over, SHORT)
    watchdog.forget(over)
    watchdog.watch(last, 2 * SHORT)
    (thread,) = set(_threads()) - before
    assert last.is_cut.wait(10)
    thread.join(10)
    assert not thread.is_alive()
    assert not over.is_cut.is_set()


def test_it_begins_again_after_a_rest() -> None:
    watchdog = Watchdog()
    for _ in range(2):
        before, call = set(_threads()), _Call()
        watchdog.watch(call, 0)
        assert call.is_cut.wait(10)
        for thread in set(_threads()) - before:
            thread.join(10)

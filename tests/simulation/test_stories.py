"""Stories that hypothesis makes up: people, workers and platforms step by step. It shrinks what breaks the promise."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.accounts import pausing
from scheduler.services.delivery import decisions
from tests.simulation.judge import Row
from tests.simulation.options import FAULTS, KINDS
from tests.simulation.safeguards import without
from tests.simulation.stories import HOUR, MINUTE, StoryWorld
from tests.simulation.world import quiet_and_ours

AHEAD = st.sampled_from([0, 0, 1_000, 5 * MINUTE, 2 * HOUR])
TIMES = st.sampled_from([1, 1_000, 29_999, 30_000, 61_000, 5 * MINUTE + 1, HOUR, 7 * HOUR])
WHICH = st.integers(0, 3)
FAULT = st.one_of(st.just(""), st.sampled_from(FAULTS))
DEATH = st.one_of(st.just(-1), st.integers(0, 12))


class Stories(RuleBasedStateMachine):
    """What may happen in a story."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._open.enter_context(quiet_and_ours())

    @initialize(first=st.sampled_from(KINDS), second=st.sampled_from(KINDS))
    def begin(self, first: str, second: str) -> None:
        """A house with two accounts, and a worker."""
        self.world = StoryWorld((first, second))
        self._open.callback(self.world.close)
        self.world.begin()
        for account in (1, 2):
            self.world.people.schedule_at(account, 0, 6 * HOUR, "hold")

    def _row(self, which: int) -> Row | None:
        rows = list(self.world.judge.rows.values())
        return rows[which % len(rows)] if rows else None

    @rule(account=st.integers(1, 2), ahead=AHEAD, tolerance=st.sampled_from([10 * MINUTE, 6 * HOUR]),
          policy=st.sampled_from(["hold", "publish", "skip"]))  # fmt: skip
    def schedule(self, account: int, ahead: int, tolerance: int, policy: str) -> None:
        """Somebody schedules a post."""
        self.world.people.schedule_at(account, ahead, tolerance, policy)

    @rule(which=WHICH, ahead=st.sampled_from([2 * MINUTE, HOUR]))
    def move(self, which: int, ahead: int) -> None:
        """Somebody moves a post."""
        if row := self._row(which):
            with suppress(Conflict, Invalid):
                self.world.people.move_to(row, ahead, "America/New_York")

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        """Somebody cancels a post."""
        if row := self._row(which):
            with suppress(Conflict):
                decisions.cancel(self.world.ctx, row.id)

    @rule(which=WHICH)
    def retry(self, which: int) -> None:
        """Somebody sends a post now."""
        if row := self._row(which):
            with suppress(Conflict):
                decisions.retry(self.world.ctx, row.id)

    @rule(which=WHICH, outcome=st.sampled_from(sorted(decisions.RESOLUTIONS)))
    def resolve(self, which: int, outcome: str) -> None:
        """Somebody settles a post that needs a person."""
        row = self._row(which)
        if row is not None and row.state == "needs_human":
            self.world.people.resolve(row, outcome)

    @rule(account=st.integers(1, 2))
    def pause_or_resume(self, account: int) -> None:
        """Somebody pauses an account, or lets it go again."""
        with suppress(Conflict):
            if self.world.account_state(account) == "paused":
                pausing.resume(self.world.ctx, account)
            else:
                pausing.pause(self.world.ctx, account)

    @rule()
    def reconnect(self) -> None:
        """Somebody makes everything work."""
        self.world.people.make_everything_work()

    @rule(fault=FAULT, points=DEATH)
    def the_worker_sends(self, fault: str, points: int) -> None:
        """The worker sends what is due; its call may be spoiled, and it may die so many points from now."""
        self.world.script.extend([fault] if fault else [])
        self.world.dies_at = points
        self.world.work("tick")
        self.world.dies_at = -1
        self.world.script.clear()

    @rule(ms=TIMES, points=DEATH)
    def time_passes(self, ms: int, points: int) -> None:
        """Time passes, and the worker looks after what it left; it may die in the middle of that."""
        self.world.fate.pass_time(ms)
        self.world.dies_at = points
        for job in ("prepare", "reconcile", "release"):
            self.world.work(job)
        self.world.dies_at = -1

    @invariant()
    def the_promise_is_kept(self) -> None:
        """Whatever happens."""
        if hasattr(self, "world"):
            assert not self.world.judge.violations, "\n".join([*self.world.judge.violations, *self.world.story])

    def teardown(self) -> None:
        """In the end everything finds its end."""
        try:
            if hasattr(self, "world") and not self.world.judge.violations:
                self.world.dies_at = -1
                self.world.script.clear()
                self.world.fate.settle()
                self.world.judge.at_the_end()
                assert not self.world.judge.violations, "\n".join([*self.world.judge.violations, *self.world.story])
        finally:
            self._open.close()


TestStories = Stories.TestCase
TestStories.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)


def test_a_story_finds_what_a_missing_safeguard_breaks() -> None:
    quick = settings(max_examples=1500, stateful_step_count=25, deadline=None, derandomize=True, database=None)
    with without("unknown is not sent again"), pytest.raises(AssertionError, match="never twice"):
        run_state_machine_as_test(Stories, settings=settings(quick, phases=[Phase.generate]))

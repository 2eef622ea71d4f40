"""Stories that hypothesis makes up: people, workers and platforms step by step. It shrinks what breaks the promise."""

from __future__ import annotations

from contextlib import ExitStack, suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.accounts import pausing
from scheduler.services.delivery import decisions
from tests.simulation.judge import Row
from tests.simulation.options import FAULTS, KINDS
from tests.simulation.stories import HOUR, MINUTE, StoryWorld
from tests.simulation.world import quiet_and_ours

AHEAD = st.sampled_from([0, 1, 1_000, 5 * MINUTE, 2 * HOUR])
TIMES = st.sampled_from([1, 1_000, 29_999, 30_000, 61_000, 5 * MINUTE + 1, HOUR, 7 * HOUR])
WHICH = st.integers(0, 3)


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

    @rule(fault=st.sampled_from(FAULTS))
    def the_next_call_fails(self, fault: str) -> None:
        """The next irreversible call will be spoiled."""
        self.world.script.append(fault)

    @rule(points=st.integers(0, 12))
    def the_worker_will_die(self, points: int) -> None:
        """The worker dies so many points from now."""
        self.world.dies_at = points

    @rule(ms=TIMES)
    def time_passes(self, ms: int) -> None:
        """Time passes."""
        self.world.fate.pass_time(ms)

    @rule(job=st.sampled_from(["tick", "tick", "reconcile", "release", "prepare"]))
    def work(self, job: str) -> None:
        """The worker does one of its jobs; a dead one is started again first."""
        self.world.work(job)

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

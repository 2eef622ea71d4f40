"""The promise, judged after every durable step against what the platforms really show.

At most one live post per delivery and decision of a person; never early; one at a time and in order per account; every
row's word true of the platform; nothing re-timed by itself; nothing lost.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from scheduler.domain.delivery import RESTARTED, TRANSITIONS, State
from scheduler.domain.lateness import LATE_MS

if TYPE_CHECKING:
    from tests.simulation.book import Post
    from tests.simulation.world import World


class Row(NamedTuple):
    """What the judge reads of a delivery."""

    id: int
    account_id: int
    short_code: str
    state: str
    due_at: int
    turn_at: int
    not_before: int
    maybe_live: int
    lease_token: int
    worker_id: str | None
    request_started_at: int | None
    remote_id: str
    reason: str
    sentence: str


_READ = f"SELECT {', '.join(Row._fields)} FROM deliveries"
_OVER = frozenset({"published", "failed", "cancelled", "missed", "needs_human"})
_NOT_LIVE = frozenset({"failed", "cancelled", "missed", "scheduled", "held", "draft", "needs_approval"})
_STEPS = {str(state): {str(target) for target in targets} for state, targets in TRANSITIONS.items()}


class Judge:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rows: dict[int, Row] = {}
        self.violations: list[str] = []
        self.steps: Counter[tuple[str, str]] = Counter()
        self.commits = 0
        self._sends_allowed: Counter[str] = Counter()
        self._vouched: set[int] = set()
        self._called: set[tuple[int, int]] = set()
        self._touched: set[int] = set()
        self._last_late: dict[int, int] = {}

    def accuse(self, promise: str, what: str) -> None:
        """Note that the promise was broken."""
        self.violations.append(f"{promise}: {what}")
        self._world.tell(f"VIOLATION {promise}: {what}")

    def row(self, code: str) -> Row:
        """Return the row of a short code as it stood at the last commit."""
        return next(row for row in self.rows.values() if row.short_code == code)

    def look(self) -> None:
        """Compare every row with what it was at the last commit."""
        self.commits += 1
        before = self.rows
        self.rows = {row[0]: Row._make(row) for row in self._world.database.raw.execute(_READ)}
        if lost := before.keys() - self.rows.keys():
            self.accuse("nothing is lost", f"deliveries {sorted(lost)} are gone")
        for key, row in self.rows.items():
            old = before.get(key)
            if old != row:
                self._changed(old, row)

    def _changed(self, old: Row | None, row: Row) -> None:
        if old is not None:
            if self._world.a_person_acts:
                self._touched.add(row.id)
            if old.state != row.state:
                self._stepped(old, row)
            elif row.request_started_at and old.request_started_at != row.request_started_at:
                self._world.marked()
            if old.due_at != row.due_at and not self._world.a_person_acts:
                self.accuse("nothing is re-timed by itself", f"delivery {row.id} moved from {old.due_at}")
            if old.state == row.state == State.SENDING and old.lease_token != row.lease_token:
                self.accuse("one owner at a time", f"delivery {row.id} was claimed while it was being sent")
            if old.maybe_live and not row.maybe_live and row.state != State.PUBLISHED:
                self.accuse("maybe live is sticky", f"delivery {row.id} forgot it on its way to {row.state}")
        self._word_is_true(row)

    def _stepped(self, old: Row, row: Row) -> None:
        self.steps[old.state, row.state] += 1
        self._world.tell(f"    delivery {row.id}: {old.state} -> {row.state} ({row.reason or row.sentence})")
        if row.state not in _STEPS[old.state]:
            self.accuse("only known steps", f"delivery {row.id} went from {old.state} to {row.state}")
        if row.state == State.SENDING:
            self._claimed(row)
        elif row.reason == RESTARTED:
            self._last_late.pop(row.account_id, None)  # it was claimed, and certainly not sent

    def _claimed(self, row: Row) -> None:
        now = self._world.clock.now_ms()
        if row.due_at > now or row.turn_at > now or row.not_before > now:
            self.accuse("never early", f"delivery {row.id} was claimed before its time")
        mates = [other for other in self.rows.values() if other.account_id == row.account_id and other.id != row.id]
        for other in mates:
            if other.state in (State.SENDING, State.UNKNOWN):
                self.accuse("one at a time", f"{row.id} was claimed while {other.id} is {other.state}")
            if other.state == State.SCHEDULED and (other.turn_at, other.id) < (row.turn_at, row.id):
                self.accuse("in order", f"delivery {row.id} was claimed before {other.id}")
        self._keeps_its_distance(row, now)
        if self._world.account_state(row.account_id) != "connected" or self._world.everything_is_paused:
            self.accuse("a pause is a pause", f"delivery {row.id} was claimed while it was paused")

    def _keeps_its_distance(self, row: Row, now: int) -> None:
        """Judge a catch-up: two posts that were late before their first try are not sent in a burst.

        A post counts as late after a while only, so by so much the distance may be shorter.
        """
        late = now - row.due_at > LATE_MS and row.lease_token == 1 and row.id not in self._touched
        if not late:
            return
        before = self._last_late.get(row.account_id)
        least = self._world.options.gap - LATE_MS
        if before is not None and now - before < least and not self._world.hits["clock step"]:
            self.accuse("late posts keep their distance", f"delivery {row.id} was claimed {now - before} ms after one")
        self._last_late[row.account_id] = now

    def _word_is_true(self, row: Row) -> None:
        """Judge the word on the screen by what the platform shows, or is about to show."""
        book = self._world.book
        live, coming = book.live(row.short_code), [post for post in book.on_its_way(row.short_code) if not post.refused]
        if row.state in _NOT_LIVE and not row.maybe_live and (live or coming):
            self.accuse("the screen tells the truth", f"delivery {row.id} is {row.state}, and live")
        if row.state == State.FAILED and (live or coming):
            self.accuse("the screen tells the truth", f"delivery {row.id} is failed, and live")
        there = any(post.remote_id == row.remote_id for post in [*live, *coming])
        if row.state == State.PUBLISHED and row.id not in self._vouched and not there:
            self.accuse("the screen tells the truth", f"delivery {row.id} is published, and not there")

    def request_leaves(self, code: str) -> None:
        """Judge the one irreversible call at the moment of no return."""
        row = self.row(code)
        task = self._world.turns.current
        assert task is not None
        task.calling = None
        self._called.add((row.id, row.lease_token))
        if row.due_at > self._world.clock.highest:
            self.accuse("never early", f"delivery {row.id} was sent before its time")
        owned = row.worker_id == task.process.name and row.state == State.SENDING
        if not owned and not task.process.cut_off:
            self.accuse("only the owner sends", f"delivery {row.id} ({row.state}) was sent by {task.process}")

    def went_live(self, post: Post) -> None:
        """Judge a post at the moment when it becomes visible to the world."""
        row, live = self.row(post.code), self._world.book.live(post.code)
        if len(live) > 1 + self._sends_allowed[post.code]:
            ids = ", ".join(each.remote_id for each in live)
            self.accuse("never twice", f"delivery {row.id} is live {len(live)} times: {ids}")
        self._word_is_true(row)

    def sent_again_by_a_person(self, row: Row) -> None:
        """Note that a person asked to send again what may well be live: one more is theirs to answer for."""
        if self._world.book.live(row.short_code) or self._world.book.on_its_way(row.short_code):
            self._sends_allowed[row.short_code] += 1

    def vouched_by_a_person(self, row: Row) -> None:
        """Note that a person said that it is live."""
        self._vouched.add(row.id)

    def all_over(self) -> bool:
        """Return whether every delivery has come to an end, or stands before a person."""
        return all(row.state in _OVER for row in self.rows.values())

    def at_the_end(self) -> None:
        """Judge what is left when every disaster is over and everything had its time."""
        for row in self.rows.values():
            if row.state not in _OVER:
                self.accuse("nothing is forgotten", f"delivery {row.id} is still {row.state} ({row.reason})")
            if row.state != State.PUBLISHED and not row.sentence:
                self.accuse("nothing is forgotten", f"delivery {row.id} is {row.state} and does not say why")
            claimed = row.state == State.PUBLISHED and row.id not in self._vouched
            if claimed and not self._world.book.live(row.short_code):
                self.accuse("the screen tells the truth", f"delivery {row.id} is published, and not there")
        read = "SELECT delivery_id, lease_token FROM attempts WHERE action = 'publish'"
        kept = set(self._world.database.raw.execute(read))
        if missing := self._called - kept:
            self.accuse("every try is kept", f"no attempt tells of the calls (delivery, claim) {sorted(missing)}")

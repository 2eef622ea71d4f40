"""Request budgets in fixed windows, as the imitated networks count them."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.clock import Clock
from scheduler.practice.database import Database


@dataclass(frozen=True)
class Budget:
    """So many points in so many seconds, per subject (a token, an account, an address)."""

    name: str
    limit: int
    window_seconds: int


@dataclass(frozen=True)
class BudgetState:
    """Where a subject stands in its window; `resets_at` in ms."""

    budget: Budget
    remaining: int
    resets_at: int
    exceeded: bool


class PracticeRates:
    """The windows of all subjects. `enforced` off: they are counted but never exceeded."""

    def __init__(self, database: Database, clock: Clock, enforced: bool) -> None:
        """Keep the windows in `database`."""
        self._database = database
        self._clock = clock
        self.enforced = enforced

    def spend(self, budget: Budget, subject: str, points: int = 1) -> BudgetState:
        """Spend points of the current window and return where the subject then stands."""
        window_ms = budget.window_seconds * 1000
        started_at = self._clock.now_ms() // window_ms * window_ms
        with self._database.write() as connection:
            row = connection.execute(
                "INSERT INTO rate_windows VALUES (?1, ?2, ?3, ?4) ON CONFLICT (bucket, subject) DO UPDATE SET"
                " used = ?4 + CASE WHEN started_at = ?3 THEN used ELSE 0 END, started_at = ?3 RETURNING used",
                (budget.name, subject, started_at, points),
            ).fetchone()
        left = budget.limit - int(row["used"])
        return BudgetState(budget, max(left, 0), started_at + window_ms, left < 0 and self.enforced)

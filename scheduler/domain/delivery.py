"""The state machine of a delivery: which state follows which outcome, and nothing else.

The rules that matter most: a delivery that was ever perhaps live (`maybe_live`) never ends as plain `failed`, and
an unknown outcome is never followed by another send unless a look-up proved the post absent, the platform
remembers our idempotency key, or a person decided.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    DRAFT = "draft"
    NEEDS_APPROVAL = "needs_approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PUBLISHED = "published"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    NEEDS_HUMAN = "needs_human"

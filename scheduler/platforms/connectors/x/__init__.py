"""X (API v2)."""

from scheduler.platforms.connectors.x.connector import X

PLATFORM = X()

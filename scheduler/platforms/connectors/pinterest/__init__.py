"""Pinterest, by its API v5."""

from scheduler.platforms.connectors.pinterest.connector import Pinterest

PLATFORM = Pinterest()

"""Instagram, for professional accounts."""

from scheduler.platforms.connectors.instagram.connector import Instagram

PLATFORM = Instagram()

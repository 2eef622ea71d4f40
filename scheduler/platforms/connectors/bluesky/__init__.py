"""Bluesky: app password and OAuth, posts with facets, link cards and media."""

from scheduler.platforms.connectors.bluesky.connector import Bluesky

PLATFORM = Bluesky()

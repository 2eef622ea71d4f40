"""YouTube."""

from scheduler.platforms.connectors.youtube.connector import YouTube

PLATFORM = YouTube()
